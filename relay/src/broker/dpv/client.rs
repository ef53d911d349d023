//! Correspondence's calls over HTTP (`/correspondence/api/v1/correspondence`), by way of Digdir's proxy.

use std::sync::Arc;
use std::time::Duration;

use konvolutt_shared::finding::{Finding, Rule};
use reqwest::{RequestBuilder, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::multipart::Multipart;
use super::progress::Overview;
use crate::broker::Failure;
use crate::broker::upload::Uploads;
use crate::directory::{self, Tokens, retry_after};

const ALTINN: &str = "Altinn Correspondence";

/// A recipient who has reserved themselves (altinn-correspondence, `CorrespondenceErrors`).
const RESERVED: u64 = 1030;
/// Nobody at the recipient has the role that the resource demands.
const NO_ROLE: u64 = 1044;
/// No access, said of the resource and not of the token.
const NO_ACCESS: u64 = 4001;

/// The largest refusal that is read, in bytes.
const MAX_PROBLEM: usize = 64 * 1024;

#[derive(Clone, Debug)]
pub(super) struct Client {
    base: String,
    http: reqwest::Client,
    uploads: Uploads,
    tokens: Arc<Tokens>,
}

/// What became of an upload.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// A new correspondence.
    New(String),
    /// The key was used before: an earlier try succeeded.
    Before,
}

#[derive(Deserialize)]
struct Made {
    correspondences: Vec<Correspondence>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Correspondence {
    // A UUID and nothing else: it becomes part of addresses.
    correspondence_id: Uuid,
}

#[derive(Deserialize)]
struct Found {
    ids: Vec<Uuid>,
}

impl Client {
    pub(super) fn new(base: String, http: reqwest::Client, tokens: Arc<Tokens>) -> Self {
        let uploads = Uploads::new(&http);
        Self { base, http, uploads, tokens }
    }

    /// `POST /correspondence/upload`.
    pub(super) async fn upload(&self, form: &Multipart) -> Result<Sent, Failure> {
        let response = self
            .send(true, |token| {
                self.uploads
                    .post(format!("{}/correspondence/upload", self.base))
                    .bearer_auth(token)
                    .header(header::ACCEPT, "application/json")
                    .header(header::CONTENT_TYPE, &form.content_type)
                    .header(header::CONTENT_LENGTH, form.length())
                    .body(form.body())
            })
            .await?;
        if response.status() == StatusCode::CONFLICT {
            return Ok(Sent::Before);
        }
        let made: Made = directory::json(success(response).await?, ALTINN).await.map_err(|_| lost())?;
        let first = made.correspondences.first().ok_or_else(lost)?;
        Ok(Sent::New(first.correspondence_id.to_string()))
    }

    /// The correspondence that was sent under a reference.
    pub(super) async fn find(&self, resource: &str, reference: &str) -> Result<Option<String>, Failure> {
        // The proxy needs neither resource nor role; Altinn itself does.
        let query = [("resourceId", resource), ("role", "Sender"), ("sendersReference", reference)];
        let url = format!("{}/correspondence", self.base);
        let response = self.send(false, |token| self.get(&url, token).query(&query)).await?;
        let found: Found = directory::json(answered(response)?, ALTINN).await?;
        Ok(found.ids.first().map(Uuid::to_string))
    }

    /// `GET /correspondence/{id}`; `None` when there is no such any more.
    pub(super) async fn overview(&self, id: &str) -> Result<Option<Overview>, Failure> {
        let url = format!("{}/correspondence/{id}", self.base);
        let response = self.send(false, |token| self.get(&url, token)).await?;
        if matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::GONE) {
            return Ok(None);
        }
        directory::json(answered(response)?, ALTINN).await.map(Some)
    }

    fn get(&self, url: &str, token: String) -> RequestBuilder {
        self.http.get(url).bearer_auth(token).header(header::ACCEPT, "application/json")
    }

    /// Sends with a token; after one 401 with a fresh one. Altinn also says 401 for lacking rights (4001), so there is no
    /// second refresh.
    async fn send(&self, changes: bool, build: impl Fn(String) -> RequestBuilder) -> Result<Response, Failure> {
        for last in [false, true] {
            let token = self.tokens.correspondence().await?;
            let request = build(token);
            let response = if changes {
                self.uploads.send(request).await.map_err(|silence| silence.failure(ALTINN, lost))?
            } else {
                request.send().await.map_err(|_| Failure::down(ALTINN))?
            };
            if response.status() != StatusCode::UNAUTHORIZED || last {
                return Ok(response);
            }
            self.tokens.forget_correspondence();
        }
        Err(Failure::down(ALTINN))
    }
}

/// An upload may have arrived although no answer came. The key makes it safe to try again.
fn lost() -> Failure {
    let message = "Altinn's answer was lost; it may have taken the letter";
    Failure::Unknown(Finding::warning(Rule::SendingUncertain, message))
}

async fn success(response: Response) -> Result<Response, Failure> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let wait = retry_after(response.headers());
    let body = directory::bytes(response, MAX_PROBLEM, ALTINN).await.unwrap_or_default();
    Err(failure(status.as_u16(), &serde_json::from_slice(&body).unwrap_or_default(), wait))
}

/// The answer to a question. Altinn may have the letter that is asked about, so nothing it says against the question is a
/// verdict on the letter.
fn answered(response: Response) -> Result<Response, Failure> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    Err(Failure::of_question(ALTINN, status.as_u16(), retry_after(response.headers())))
}

/// What a refusal means. Altinn's words may quote the letter, so only its numbers and the names of fields are told.
pub(super) fn failure(status: u16, problem: &Value, wait: Option<Duration>) -> Failure {
    let number = problem["errorCode"].as_u64();
    match (status, number) {
        (422, Some(RESERVED)) => {
            let message = "the recipient has reserved themselves from digital post of public bodies";
            Failure::Refused(Finding::error(Rule::RecipientReserved, message).with("kode", "1030"))
        }
        (422, Some(NO_ROLE)) => {
            let message = "nobody at the recipient has the role that opens the message";
            Failure::Refused(Finding::error(Rule::RecipientNoRole, message).with("kode", "1044"))
        }
        // About our client or its rights, never about a letter: somebody can mend it, and no letter may die of it.
        (401 | 403, number) if number != Some(NO_ACCESS) => Failure::from_status(ALTINN, status, wait).denied(),
        (400..=499, Some(number)) if status != 429 && status != 408 => {
            let message = format!("{ALTINN} refused the letter: {status}, error {number}");
            Failure::Refused(Finding::error(Rule::ServiceRefused, message).with("kode", number.to_string()))
        }
        (400, None) => {
            let fields = problem["errors"].as_object().into_iter().flat_map(|errors| errors.keys());
            let fields = fields.filter(|name| is_plain(name)).take(10).cloned().collect::<Vec<_>>().join(", ");
            let message = format!("{ALTINN} refused the letter's fields: {fields}");
            Failure::Refused(Finding::error(Rule::ServiceRefused, message).with("kode", "400"))
        }
        _ => Failure::from_status(ALTINN, status, wait),
    }
}

fn is_plain(name: &str) -> bool {
    name.len() <= 80 && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '[' | ']' | '_'))
}
