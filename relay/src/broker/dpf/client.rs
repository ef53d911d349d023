//! SvarUt's calls over HTTP: three headers on every one.

use std::sync::Arc;

use jiff::Timestamp;
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::sbd::Sbd;
use konvolutt_shared::svarut::Signed;
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::super::upload::Uploads;
use super::super::{Dispatch, Failure, Reply};
use super::body::body;
use super::status::Told;
use super::{DpfConfig, Secret, Wire, forsendelse};
use crate::directory::{self, Tokens, retry_after};

const SVARUT: &str = "KS SvarUt";

/// What Maskinporten's token must be good for.
const SCOPE: &str = "ks:fiks";

/// The longest error body that is read, in bytes.
const MAX_ERROR: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Client {
    base: String,
    integration: String,
    password: Secret,
    http: reqwest::Client,
    uploads: Uploads,
    tokens: Arc<Tokens>,
}

#[derive(Deserialize)]
struct Made {
    // A UUID and nothing else: it becomes part of addresses.
    id: Uuid,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    forsendelse_ids: Vec<Uuid>,
}

#[derive(Deserialize)]
struct Statuses {
    statuser: Vec<OneStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OneStatus {
    id: Uuid,
    siste_status_endring: String,
    status: String,
}

#[derive(Deserialize)]
struct Types {
    forsendelsestyper: Vec<String>,
}

/// SvarUt's own error. Its `message` may quote what was sent, so only the code is taken.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ErrorMessage {
    error_code: Option<String>,
}

impl Client {
    pub(super) fn new(config: DpfConfig, http: reqwest::Client, tokens: Arc<Tokens>) -> Self {
        let uploads = Uploads::new(&http);
        let DpfConfig { address: base, integration, password, .. } = config;
        Self { base, integration, password, http, uploads, tokens }
    }

    fn signed_in(&self, request: RequestBuilder, token: &str) -> RequestBuilder {
        let request = request.bearer_auth(token).header(header::ACCEPT, "application/json");
        request.header("IntegrasjonId", &self.integration).header("IntegrasjonPassord", self.password.expose())
    }

    /// A call that changes nothing; after one 401 with a fresh token. KS may have the letter that is asked about, so no
    /// refusal of the question is a verdict on it.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        build: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Result<Response, Failure> {
        let url = format!("{}{path}", self.base);
        for last in [false, true] {
            let token = self.tokens.maskinporten(SCOPE).await?;
            let request = build(self.signed_in(self.http.request(method.clone(), &url), &token));
            let response = request.send().await.map_err(|_| Failure::down(SVARUT))?;
            if response.status() != StatusCode::UNAUTHORIZED || last {
                return success(response).await.map_err(Failure::denied);
            }
            self.tokens.forget(SCOPE);
        }
        Err(Failure::down(SVARUT))
    }

    async fn sent(&self, account: &str, reference: &str) -> Result<Vec<String>, Failure> {
        let path = format!("/v2/kontoer/{account}/forsendelser");
        let response = self.ask(Method::GET, &path, |request| request.query(&[("eksternRef", reference)])).await?;
        let sent: Sent = directory::json(response, SVARUT).await?;
        Ok(sent.forsendelse_ids.iter().map(Uuid::to_string).collect())
    }

    /// One try: the body cannot be sent twice. The look-up before it has proved the token.
    async fn send(&self, account: &str, signed: &Signed, dispatch: &Dispatch, sbd: &Sbd) -> Result<String, Failure> {
        let disk = || Failure::Later {
            after: None,
            finding: Finding::error(Rule::Broken, "the package cannot be read from disk"),
        };
        let package = dispatch.package.as_ref().ok_or_else(disk)?.open().await.map_err(|_| disk())?;
        let boundary = Uuid::new_v4().simple().to_string();
        let body = body(&forsendelse::write(signed, sbd), &signed.parts, boundary);
        let token = self.tokens.maskinporten(SCOPE).await?;
        let url = format!("{}/v3/kontoer/{account}/forsendelser/organisasjon", self.base);
        let request = self
            .signed_in(self.uploads.post(url), &token)
            .header(header::CONTENT_TYPE, body.content_type())
            .header(header::CONTENT_LENGTH, body.length())
            .body(reqwest::Body::wrap_stream(body.stream(package)));
        // Bytes may have left: the next try asks for our reference first.
        let response = self.uploads.send(request).await.map_err(|silence| silence.failure(SVARUT, lost))?;
        let made: Made = directory::json(success(response).await?, SVARUT).await.map_err(|_| lost())?;
        Ok(made.id.to_string())
    }

    async fn status(&self, account: &str, shipment: &str) -> Result<Option<Told>, Failure> {
        let path = format!("/v3/kontoer/{account}/forsendelser/status/sok");
        let sought = json!({ "id": [shipment] });
        let response = self.ask(Method::POST, &path, |request| request.json(&sought)).await?;
        let found: Statuses = directory::json(response, SVARUT).await?;
        let one = found.statuser.into_iter().find(|one| one.id.to_string() == shipment);
        one.map(|one| {
            let unreadable = |_| Failure::down(SVARUT);
            let changed: Timestamp = one.siste_status_endring.parse().map_err(unreadable)?;
            Ok(Told { status: one.status, changed })
        })
        .transpose()
    }

    async fn types(&self) -> Result<Vec<String>, Failure> {
        let response = self.ask(Method::GET, "/v2/forsendelsestyper", |request| request).await?;
        let types: Types = directory::json(response, SVARUT).await?;
        Ok(types.forsendelsestyper)
    }
}

impl Wire for Client {
    fn sent<'a>(&'a self, account: &'a str, reference: &'a str) -> Reply<'a, Vec<String>> {
        Box::pin(self.sent(account, reference))
    }

    fn send<'a>(
        &'a self,
        account: &'a str,
        signed: &'a Signed,
        dispatch: &'a Dispatch,
        sbd: &'a Sbd,
    ) -> Reply<'a, String> {
        Box::pin(self.send(account, signed, dispatch, sbd))
    }

    fn status<'a>(&'a self, account: &'a str, shipment: &'a str) -> Reply<'a, Option<Told>> {
        Box::pin(self.status(account, shipment))
    }

    fn types(&self) -> Reply<'_, Vec<String>> {
        Box::pin(self.types())
    }
}

/// No answer came to the shipment.
fn lost() -> Failure {
    let message = "KS SvarUt's answer was lost; it may have taken the shipment";
    Failure::Unknown(Finding::warning(Rule::SendingUncertain, message))
}

async fn success(response: Response) -> Result<Response, Failure> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let failure = Failure::from_status(SVARUT, status.as_u16(), retry_after(response.headers()));
    match failure {
        // Integration, password and account are the operator's to mend: no letter may die of them.
        refused @ Failure::Refused(_) if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            Err(refused.denied())
        }
        Failure::Refused(finding) => {
            let body = directory::bytes(response, MAX_ERROR, SVARUT).await.unwrap_or_default();
            let told: ErrorMessage = serde_json::from_slice(&body).unwrap_or_default();
            let plain = |code: &String| code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_graphic());
            Err(Failure::Refused(match told.error_code.filter(plain) {
                Some(code) => finding.seen(code),
                None => finding,
            }))
        }
        other => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use konvolutt_shared::finding::Code;

    use super::*;
    use crate::broker::sandboxed::{disturb, sandboxed};

    /// KS may have the letter that is asked about; whatever it says against the question is no verdict.
    #[tokio::test(flavor = "multi_thread")]
    async fn no_letter_dies_of_a_question_about_it() {
        let stand = sandboxed(100.0).await;
        let config = crate::serve::svarut(&stand.sandbox);
        let account = config.accounts[0].account.clone();
        let client = Client::new(config, stand.http, stand.tokens);
        for (fault, code) in [
            ("bad-request", Code::CarrierDenied),
            ("forbidden", Code::CarrierDenied),
            ("not-found", Code::CarrierDenied),
            ("conflict", Code::CarrierDenied),
            ("internal-error", Code::ServiceDown),
        ] {
            disturb(&stand.sandbox, "svarut", ("GET", "/forsendelser"), fault, 1).await;
            disturb(&stand.sandbox, "svarut", ("GET", "/forsendelsestyper"), fault, 1).await;
            for failure in [client.sent(&account, "r").await.unwrap_err(), client.types().await.unwrap_err()] {
                let later = matches!(&failure, Failure::Later { finding, .. } if finding.code == code);
                assert!(later, "{fault}: {failure:?}");
            }
        }
        assert_eq!(client.sent(&account, "r").await, Ok(vec![]));
        assert!(client.types().await.is_ok());
        stand.sandbox.stop().await;
    }
}
