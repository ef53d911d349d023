//! The broker's calls over HTTP.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use konvolutt_shared::finding::{Code, Finding};
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use serde::Deserialize;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use super::super::Failure;
use crate::directory::{Tokens, json, retry_after};

const BROKER: &str = "the Altinn broker";

/// The largest download, in bytes: the channel's gigabyte and what packing, sealing and zipping add.
const MAX_DOWNLOAD: u64 = 1_200_000_000;

#[derive(Clone, Debug)]
pub(super) struct Client {
    base: String,
    http: reqwest::Client,
    uploads: reqwest::Client,
    tokens: Arc<Tokens>,
}

/// A transfer as the broker describes it, as far as we look (`brokers.md`, 1.5).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Overview {
    #[serde(default)]
    pub(super) senders_file_transfer_reference: String,
    pub(super) file_transfer_status: String,
    #[serde(default)]
    pub(super) file_transfer_status_changed: String,
    #[serde(default)]
    pub(super) created: String,
    #[serde(default)]
    pub(super) sender: String,
    #[serde(default)]
    pub(super) recipients: Vec<Recipient>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Recipient {
    pub(super) recipient: String,
    #[serde(default)]
    pub(super) current_recipient_file_transfer_status_code: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    // A UUID and nothing else: it becomes part of addresses and file names.
    file_transfer_id: Uuid,
}

impl Client {
    pub(super) fn new(base: String, http: reqwest::Client, tokens: Arc<Tokens>) -> Self {
        // reqwest's read timeout runs while a body is being sent, too, and would cut a slow upload.
        let uploads = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        let uploads = uploads.connect_timeout(Duration::from_secs(10)).build().unwrap_or_else(|_| http.clone());
        Self { base, http, uploads, tokens }
    }

    pub(super) async fn initialize(&self, organisation: &str, body: &serde_json::Value) -> Result<String, Failure> {
        // The trailing slash is the reference's.
        let build = |request: RequestBuilder| request.header(header::ACCEPT, "application/json").json(body);
        let response = self.send(organisation, Method::POST, "/filetransfer/", build).await?;
        let made: Made = json(success(response)?, BROKER).await.map_err(|_| lost())?;
        Ok(made.file_transfer_id.to_string())
    }

    pub(super) async fn overview(&self, organisation: &str, transfer: &str) -> Result<Overview, Failure> {
        let path = format!("/filetransfer/{transfer}");
        let response =
            self.send(organisation, Method::GET, &path, |request| request.header(header::ACCEPT, "application/json"));
        json(success(response.await?)?, BROKER).await
    }

    pub(super) async fn list(&self, organisation: &str, query: &[(&str, String)]) -> Result<Vec<String>, Failure> {
        let build = |request: RequestBuilder| request.header(header::ACCEPT, "application/json").query(query);
        let response = self.send(organisation, Method::GET, "/filetransfer", build).await?;
        let ids: Vec<Uuid> = json(success(response)?, BROKER).await?;
        Ok(ids.iter().map(Uuid::to_string).collect())
    }

    /// One upload; its body cannot be sent twice, so an old token is replaced before, not after.
    pub(super) async fn upload(
        &self,
        organisation: &str,
        transfer: &str,
        length: u64,
        body: reqwest::Body,
    ) -> Result<(), Failure> {
        let token = self.tokens.altinn(organisation).await?;
        let request = self
            .uploads
            .post(format!("{}/filetransfer/{transfer}/upload", self.base))
            .bearer_auth(token)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .header(header::CONTENT_LENGTH, length)
            .body(body);
        // Bytes may have left: the next try looks at the transfer first.
        let response = request.send().await.map_err(|error| unanswered(&Method::POST, &error))?;
        match response.status() {
            StatusCode::CONFLICT => {
                let message = "the transfer had an upload before";
                Err(Failure::Abandoned(Finding::warning(Code::SendingUncertain, message)))
            }
            _ => success(response).map(drop),
        }
    }

    /// Streams to a file, durably. `false` if it is larger than is taken; then nothing is left of it.
    pub(super) async fn download(&self, organisation: &str, transfer: &str, to: &Path) -> Result<bool, Failure> {
        let path = format!("/filetransfer/{transfer}/download");
        let response = success(self.send(organisation, Method::GET, &path, |request| request).await?)?;
        let disk = |_| Failure::Later {
            after: None,
            finding: Finding::error(Code::Internal, "the download cannot be written"),
        };
        let mut file = tokio::fs::File::create(to).await.map_err(disk)?;
        let (mut pieces, mut size) = (response.bytes_stream(), 0_u64);
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| Failure::down(BROKER))?;
            size += piece.len() as u64;
            if size > MAX_DOWNLOAD {
                drop(file);
                tokio::fs::remove_file(to).await.map_err(disk)?;
                return Ok(false);
            }
            file.write_all(&piece).await.map_err(disk)?;
        }
        file.sync_all().await.map_err(disk)?;
        Ok(true)
    }

    pub(super) async fn confirm(&self, organisation: &str, transfer: &str) -> Result<(), Failure> {
        let path = format!("/filetransfer/{transfer}/confirmdownload");
        let build = |request: RequestBuilder| request.header(header::ACCEPT, "application/json");
        success(self.send(organisation, Method::POST, &path, build).await?).map(drop)
    }

    /// Sends with the organisation's token; after one 401 with a fresh one. The broker also says 401 for lacking
    /// rights (error 6), so there is no second refresh.
    async fn send(
        &self,
        organisation: &str,
        method: Method,
        path: &str,
        build: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Result<Response, Failure> {
        let url = format!("{}{path}", self.base);
        for last in [false, true] {
            let token = self.tokens.altinn(organisation).await?;
            let request = build(self.http.request(method.clone(), &url).bearer_auth(token));
            let response = request.send().await.map_err(|error| unanswered(&method, &error))?;
            if response.status() != StatusCode::UNAUTHORIZED || last {
                return Ok(response);
            }
            self.tokens.forget(organisation);
        }
        Err(Failure::down(BROKER))
    }
}

/// A request that changes something may have arrived although no answer came, unless there never was a connection.
fn unanswered(method: &Method, error: &reqwest::Error) -> Failure {
    if method.is_safe() || error.is_connect() { Failure::down(BROKER) } else { lost() }
}

fn lost() -> Failure {
    let message = "the broker's answer was lost; it may have taken the request";
    Failure::Unknown(Finding::warning(Code::SendingUncertain, message))
}

fn success(response: Response) -> Result<Response, Failure> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    Err(Failure::from_status(BROKER, status.as_u16(), retry_after(response.headers())))
}
