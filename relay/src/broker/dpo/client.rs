//! The broker's calls over HTTP.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt;
use konvolutt_shared::finding::{Finding, Rule};
use md5::{Digest as _, Md5};
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use super::super::upload::Uploads;
use super::super::{Dispatch, Failure, Reply, discard};
use super::wire::Downloaded;
use super::{Fetched, Listing, Overview, Wire, already_uploaded, lost, package, unpack};
use crate::directory::{self, Tokens, retry_after};

const BROKER: &str = "the Altinn broker";

/// The largest download, in bytes: the channel's gigabyte and what packing, sealing and zipping add.
pub(super) const MAX_DOWNLOAD: u64 = 1_200_000_000;

/// The largest refusal that is read, in bytes.
const MAX_PROBLEM: usize = 64 * 1024;

#[derive(Clone, Debug)]
pub(super) struct Client {
    base: String,
    resource: String,
    http: reqwest::Client,
    uploads: Uploads,
    tokens: Arc<Tokens>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    // A UUID and nothing else: it becomes part of addresses and file names.
    file_transfer_id: Uuid,
}

impl Client {
    pub(super) fn new(base: String, resource: String, http: reqwest::Client, tokens: Arc<Tokens>) -> Self {
        let uploads = Uploads::new(&http);
        Self { base, resource, http, uploads, tokens }
    }

    async fn initialize(&self, dispatch: &Dispatch) -> Result<String, Failure> {
        let body = json!({
            "fileName": "sbd.zip",
            "resourceId": self.resource,
            "sendersFileTransferReference": dispatch.reference,
            "sender": format!("0192:{}", dispatch.sender),
            "recipients": [format!("0192:{}", dispatch.recipient)],
            "propertyList": {},
        });
        // The trailing slash is the reference's.
        let build = |request: RequestBuilder| request.header(header::ACCEPT, "application/json").json(&body);
        let response = self.send(&dispatch.sender, Method::POST, "/filetransfer/", build).await?;
        let made: Made = directory::json(success(response).await?, BROKER).await.map_err(|_| lost())?;
        Ok(made.file_transfer_id.to_string())
    }

    async fn overview(&self, organisation: &str, transfer: &str) -> Result<Overview, Failure> {
        let path = format!("/filetransfer/{transfer}");
        let response =
            self.send(organisation, Method::GET, &path, |request| request.header(header::ACCEPT, "application/json"));
        directory::json(success(response.await?).await?, BROKER).await
    }

    async fn list(&self, organisation: &str, listing: &Listing) -> Result<Vec<String>, Failure> {
        let mut query = vec![("status", "Published".to_owned()), ("recipientStatus", listing.state.to_owned())];
        query.extend(listing.from.map(|from| ("from", from.to_string())));
        query.push(("resourceId", self.resource.clone()));
        query.push(("orderAscending", "true".to_owned()));
        let build = |request: RequestBuilder| request.header(header::ACCEPT, "application/json").query(&query);
        let response = self.send(organisation, Method::GET, "/filetransfer", build).await?;
        let ids: Vec<Uuid> = directory::json(success(response).await?, BROKER).await?;
        Ok(ids.iter().map(Uuid::to_string).collect())
    }

    /// Uploads with the organisation's token; after a 401, before which nothing is taken, once more with a fresh one.
    async fn upload(&self, transfer: &str, dispatch: &Dispatch) -> Result<(), Failure> {
        let mut response = self.offer_package(transfer, dispatch).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            self.tokens.forget(&dispatch.sender);
            response = self.offer_package(transfer, dispatch).await?;
        }
        match response.status() {
            StatusCode::CONFLICT => Err(already_uploaded()),
            _ => success(response).await.map(drop),
        }
    }

    async fn offer_package(&self, transfer: &str, dispatch: &Dispatch) -> Result<Response, Failure> {
        let (length, body) = package::stream(dispatch).await.map_err(|_| Failure::Later {
            after: None,
            finding: Finding::error(Rule::Broken, "the package cannot be read from disk"),
        })?;
        self.offer(&dispatch.sender, transfer, length, body).await
    }

    /// One upload, with whatever is answered.
    pub(super) async fn offer(
        &self,
        organisation: &str,
        transfer: &str,
        length: u64,
        body: reqwest::Body,
    ) -> Result<Response, Failure> {
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
        self.uploads.send(request).await.map_err(|silence| silence.failure(BROKER, lost))
    }

    async fn fetch(
        &self,
        organisation: &str,
        transfer: &str,
        overview: &Overview,
        folder: &Path,
    ) -> Result<Fetched, Failure> {
        // One transfer may be to several of our organisations.
        let file: PathBuf = folder.join(format!("download-{organisation}-{transfer}"));
        let downloaded = self.download(organisation, transfer, &file).await;
        let whole = matches!(&downloaded, Ok(Some(downloaded)) if overview.describes(downloaded));
        if !whole {
            discard(&file).await;
        }
        if downloaded?.is_none() {
            return Ok(too_large());
        }
        if !whole {
            // Confirmed, the broker would throw the original away.
            return Err(damaged());
        }
        let target = folder.join(format!("in-{organisation}-{transfer}"));
        let unpacked = tokio::task::spawn_blocking({
            let (file, target) = (file.clone(), target.clone());
            move || unpack::unpack(&file, &target)
        });
        let unpacked = unpacked.await.map_err(std::io::Error::other).flatten();
        discard(&file).await;
        if unpacked.is_err() {
            discard(&target).await;
        }
        Ok(unpacked?)
    }

    /// Streams to a file, durably. `None` if it is larger than is taken.
    async fn download(&self, organisation: &str, transfer: &str, to: &Path) -> Result<Option<Downloaded>, Failure> {
        let path = format!("/filetransfer/{transfer}/download");
        let response = success(self.send(organisation, Method::GET, &path, |request| request).await?).await?;
        let mut file = tokio::fs::File::create(to).await?;
        let (mut pieces, mut size, mut digest) = (response.bytes_stream(), 0_u64, Md5::new());
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| Failure::down(BROKER))?;
            size += piece.len() as u64;
            if size > MAX_DOWNLOAD {
                return Ok(None);
            }
            digest.update(&piece);
            file.write_all(&piece).await?;
        }
        file.sync_all().await?;
        let md5 = digest.finalize().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        Ok(Some(Downloaded { size, md5 }))
    }

    async fn confirm(&self, organisation: &str, transfer: &str) -> Result<(), Failure> {
        let path = format!("/filetransfer/{transfer}/confirmdownload");
        let build = |request: RequestBuilder| request.header(header::ACCEPT, "application/json");
        success(self.send(organisation, Method::POST, &path, build).await?).await.map(drop)
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

impl Wire for Client {
    fn initialize<'a>(&'a self, dispatch: &'a Dispatch) -> Reply<'a, String> {
        Box::pin(self.initialize(dispatch))
    }

    fn overview<'a>(&'a self, organisation: &'a str, transfer: &'a str) -> Reply<'a, Overview> {
        Box::pin(self.overview(organisation, transfer))
    }

    fn list<'a>(&'a self, organisation: &'a str, listing: &'a Listing) -> Reply<'a, Vec<String>> {
        Box::pin(self.list(organisation, listing))
    }

    fn upload<'a>(&'a self, transfer: &'a str, dispatch: &'a Dispatch) -> Reply<'a, ()> {
        Box::pin(self.upload(transfer, dispatch))
    }

    fn fetch<'a>(
        &'a self,
        organisation: &'a str,
        transfer: &'a str,
        overview: &'a Overview,
        folder: &'a Path,
    ) -> Reply<'a, Fetched> {
        Box::pin(self.fetch(organisation, transfer, overview, folder))
    }

    fn confirm<'a>(&'a self, organisation: &'a str, transfer: &'a str) -> Reply<'a, ()> {
        Box::pin(self.confirm(organisation, transfer))
    }
}

/// It is never confirmed, so the broker keeps it.
pub(super) fn too_large() -> Fetched {
    let message = "the transfer is larger than is taken, and is left at Altinn";
    Fetched { findings: vec![Finding::error(Rule::TransferSize, message)], left: true, ..Fetched::default() }
}

/// What came is not what the broker says it has: the way there has changed it, and the next try may bring it whole.
fn damaged() -> Failure {
    let message = format!("what {BROKER} sent is not what it says it has");
    Failure::Later { after: None, finding: Finding::error(Rule::ServiceDown, message) }
}

/// A request that changes something may have arrived although no answer came, unless there never was a connection.
fn unanswered(method: &Method, error: &reqwest::Error) -> Failure {
    if method.is_safe() || error.is_connect() { Failure::down(BROKER) } else { lost() }
}

/// What is no success. Rights, gateways and addresses are an operator's to mend, and what is not found may only be too
/// new: no letter may die of them. The broker's word against a letter is a 400 that names its error (`code`, the
/// numbers of altinn-broker's `Errors.cs`), or the fields that it does not take (`errors`). Its other words may quote
/// the letter and are not told.
async fn success(response: Response) -> Result<Response, Failure> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let failure = Failure::from_status(BROKER, status.as_u16(), retry_after(response.headers()));
    if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        return Err(failure.denied());
    }
    let (Failure::Refused(finding), StatusCode::BAD_REQUEST) = (&failure, status) else {
        return Err(failure.for_now());
    };
    let body = directory::bytes(response, MAX_PROBLEM, BROKER).await.unwrap_or_default();
    let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
    let plain = |code: &&str| code.len() <= 80 && code.bytes().all(|byte| byte.is_ascii_graphic());
    match problem["code"].as_str().filter(plain) {
        Some(code) => Err(Failure::Refused(finding.clone().seen(code))),
        None if problem["errors"].is_object() => Err(failure),
        None => Err(failure.for_now()),
    }
}
