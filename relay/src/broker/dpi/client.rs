//! The access point's calls over HTTP: `/messages/out` and `/messages/in` (Digdir, Digital postkasse, corner 2's API).

use std::sync::Arc;

use jiff::Timestamp;
use konvolutt_shared::finding::{Finding, Rule};
use reqwest::{RequestBuilder, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::progress::Told;
use super::{DpiConfig, expiry};
use crate::broker::streamed::Streamed;
use crate::broker::upload::Uploads;
use crate::broker::{Dispatch, Failure};
use crate::directory::{self, Tokens, retry_after};

const NETWORK: &str = "the access point for digital mail";

/// The largest refusal that is read, in bytes.
const MAX_PROBLEM: usize = 64 * 1024;

#[derive(Clone, Debug)]
pub(super) struct Client {
    base: String,
    channel: String,
    http: reqwest::Client,
    uploads: Uploads,
    tokens: Arc<Tokens>,
}

/// What became of a letter that was offered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Offered {
    Taken,
    /// The token that it bears is not taken.
    Unauthorised,
    /// The letter itself is not taken, or its id has been used.
    Refused(Finding),
}

#[derive(Deserialize)]
struct Item {
    forretningsmelding: String,
}

impl Client {
    pub(super) fn new(config: DpiConfig, http: reqwest::Client, tokens: Arc<Tokens>) -> Self {
        let uploads = Uploads::new(&http);
        Self { base: config.base, channel: config.channel, http, uploads, tokens }
    }

    pub(super) async fn fresh_token(&self, organisation: &str) -> Result<(String, Timestamp), Failure> {
        let token = self.tokens.fresh_mail(organisation).await?;
        let expires = expiry(&token).ok_or_else(|| Failure::down("Maskinporten"))?;
        Ok((token, expires))
    }

    /// `POST /messages/out`, with the token that the message holds and no other. It can be sent once only: the body is read
    /// from the package.
    pub(super) async fn offer(&self, message: &str, token: &str, dispatch: &Dispatch) -> Result<Offered, Failure> {
        let unreadable = || Failure::Later {
            after: None,
            finding: Finding::error(Rule::Broken, "the package cannot be read from disk"),
        };
        let package = dispatch.package.as_ref().ok_or_else(unreadable)?.open().await.map_err(|_| unreadable())?;
        let body = Streamed::new(Uuid::new_v4().simple().to_string())
            .text(
                "Content-Disposition: form-data; name=\"forretningsmelding\"; filename=\"sbd.jwt\"\r\n\
                 Content-Type: application/jwt",
                message,
            )
            .sealed(
                "Content-Disposition: form-data; name=\"dokumentpakke\"; filename=\"asic.cms\"\r\n\
                 Content-Type: application/cms",
                dispatch.package_size,
            );
        let request = self
            .uploads
            .post(format!("{}/messages/out", self.base))
            .query(&[("kanal", &self.channel)])
            .bearer_auth(token)
            .header(header::ACCEPT, "application/json, application/problem+json")
            .header(header::CONTENT_TYPE, body.content_type())
            .header(header::CONTENT_LENGTH, body.length())
            .body(reqwest::Body::wrap_stream(body.stream(package)));
        // Bytes may have left: the next try asks what is known of the letter first.
        let response = self.uploads.send(request).await.map_err(|silence| silence.failure(NETWORK, lost))?;
        match response.status() {
            StatusCode::UNAUTHORIZED => Ok(Offered::Unauthorised),
            _ => match success(response).await {
                Ok(_) => Ok(Offered::Taken),
                Err(Failure::Refused(finding)) => Ok(Offered::Refused(finding)),
                Err(failure) => Err(failure),
            },
        }
    }

    /// `GET /messages/out/{id}/statuses`; `None` for a letter that the network does not know.
    pub(super) async fn statuses(&self, organisation: &str, id: &str) -> Result<Option<Vec<Told>>, Failure> {
        let url = format!("{}/messages/out/{id}/statuses", self.base);
        let response = self.ask(organisation, || self.http.get(&url)).await?;
        match response.status() {
            StatusCode::NOT_FOUND | StatusCode::NO_CONTENT => Ok(None),
            _ => directory::json(ours(success(response).await)?, NETWORK).await.map(Some),
        }
    }

    /// `GET /messages/in`: a page of the receipts that wait, each a JWS. The first page is number 0.
    pub(super) async fn list(&self, organisation: &str, page: usize, size: usize) -> Result<Vec<String>, Failure> {
        let url = format!("{}/messages/in", self.base);
        let (size, page) = (size.to_string(), page.to_string());
        let query = [("kanal", self.channel.as_str()), ("page_size", &size), ("page", &page)];
        let response = self.ask(organisation, || self.http.get(&url).query(&query)).await?;
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(Vec::new());
        }
        let items: Vec<Value> = directory::json(ours(success(response).await)?, NETWORK).await?;
        // One that cannot be read must not hold up the others: it is kept as it came.
        let message = |item: Value| match serde_json::from_value::<Item>(item.clone()) {
            Ok(item) => item.forretningsmelding,
            Err(_) => item.to_string(),
        };
        Ok(items.into_iter().map(message).collect())
    }

    /// `POST /messages/in/{id}/read`. One that is gone has been read.
    pub(super) async fn read(&self, organisation: &str, id: &str) -> Result<(), Failure> {
        let url = format!("{}/messages/in/{id}/read", self.base);
        let response = self.ask(organisation, || self.http.post(&url)).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(());
        }
        ours(success(response).await).map(drop)
    }

    /// A call that can be made again, with a token of the organisation; after one 401 with a fresh one.
    async fn ask(&self, organisation: &str, build: impl Fn() -> RequestBuilder) -> Result<Response, Failure> {
        for last in [false, true] {
            let token = self.tokens.mail(organisation).await?;
            let request = build().bearer_auth(token).header(header::ACCEPT, "application/json");
            let response = request.send().await.map_err(|_| Failure::down(NETWORK))?;
            if response.status() != StatusCode::UNAUTHORIZED || last {
                return Ok(response);
            }
            self.tokens.forget_mail(organisation);
        }
        Err(Failure::down(NETWORK))
    }
}

/// A question is refused for our client or its rights, never for a letter.
fn ours(answer: Result<Response, Failure>) -> Result<Response, Failure> {
    answer.map_err(Failure::denied)
}

fn lost() -> Failure {
    let message = "the access point's answer was lost; it may have taken the letter";
    Failure::Unknown(Finding::warning(Rule::SendingUncertain, message))
}

/// What is no success. The words may quote the letter, so only the kind of problem is told.
async fn success(response: Response) -> Result<Response, Failure> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let failure = Failure::from_status(NETWORK, status.as_u16(), retry_after(response.headers()));
    let Failure::Refused(finding) = failure else { return Err(failure) };
    let body = directory::bytes(response, MAX_PROBLEM, NETWORK).await.unwrap_or_default();
    let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
    let plain = |kind: &&str| kind.len() <= 80 && kind.bytes().all(|byte| byte.is_ascii_graphic());
    Err(Failure::Refused(match problem["type"].as_str().filter(plain) {
        Some(kind) => finding.seen(kind),
        None => finding,
    }))
}
