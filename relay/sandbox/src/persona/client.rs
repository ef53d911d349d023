//! A counterpart's own system towards the public services.

mod dpi;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use konvolutt_shared::pki::{Certificate, Crl};
use reqwest::header;
use serde::Deserialize;
use serde_json::json;

pub(super) use self::dpi::Letter;
use super::municipality::Listed;

use crate::authority::Identity;
use crate::broker::RESOURCE;
use crate::clock::Clock;
use crate::jws;
use crate::svarut;
use crate::switch::COUNTERPART;

/// Why a call did not succeed; the counterpart tries again later.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    #[error("no answer: {0}")]
    Http(#[from] reqwest::Error),
    #[error("{call} answered {status}")]
    Refused { call: &'static str, status: u16 },
    #[error("an answer could not be read: {0}")]
    Answer(String),
}

/// Calls the services as one organisation.
#[derive(Debug)]
pub(super) struct Client {
    base: String,
    http: reqwest::Client,
    client_id: String,
    scopes: &'static [&'static str],
    identity: Arc<Identity>,
    clock: Clock,
    own: Mutex<Kept>,
    altinn: Mutex<Kept>,
}

/// A token that is used more than once, and until when.
type Kept = Option<(String, Instant)>;

/// What the overview tells a recipient.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Overview {
    pub(super) sender: String,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Initialized {
    file_transfer_id: String,
}

/// Shorter than the 30 minutes that the token lives.
const TOKEN_LIFE: Duration = Duration::from_secs(25 * 60);
/// Shorter than the 120 seconds of Maskinporten's own.
const OWN_LIFE: Duration = Duration::from_secs(90);

impl Client {
    pub(super) fn new(
        base: &str,
        http: reqwest::Client,
        client_id: String,
        scopes: &'static [&'static str],
        identity: Arc<Identity>,
        clock: Clock,
    ) -> Self {
        Self {
            base: base.to_owned(),
            http,
            client_id,
            scopes,
            identity,
            clock,
            own: Mutex::default(),
            altinn: Mutex::default(),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}/sandbox/{path}", self.base)
    }

    /// Nine digits.
    fn number(&self) -> &str {
        self.client_id.trim_start_matches("etat-")
    }

    async fn maskinporten(&self) -> Result<String, CallError> {
        let now = self.clock.wall().as_second();
        let claims = json!({
            "aud": self.url("maskinporten/"),
            "iss": self.client_id,
            "scope": self.scopes.join(" "),
            "iat": now,
            "exp": now + 100,
            "jti": uuid::Uuid::new_v4().to_string(),
        });
        let assertion = jws::sign(&self.identity, &json!({}), &claims);
        let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion.as_str())];
        let request = self.http.post(self.url("maskinporten/token")).header(COUNTERPART, self.number());
        let answer = request.form(&form).send().await?;
        Ok(checked("token", answer)?.json::<Token>().await?.access_token)
    }

    /// Maskinporten's token, kept for a while.
    async fn bearer(&self) -> Result<String, CallError> {
        if let Some(token) = kept(&self.own) {
            return Ok(token);
        }
        let token = self.maskinporten().await?;
        keep(&self.own, &token, OWN_LIFE);
        Ok(token)
    }

    /// Altinn's token, kept for a while.
    async fn token(&self) -> Result<String, CallError> {
        if let Some(token) = kept(&self.altinn) {
            return Ok(token);
        }
        let token = self.maskinporten().await?;
        let url = self.url("altinn/authentication/api/v1/exchange/maskinporten");
        let answer = checked("exchange", self.http.get(url).bearer_auth(token).send().await?)?;
        let token = answer.text().await?.trim_matches('"').to_owned();
        keep(&self.altinn, &token, TOKEN_LIFE);
        Ok(token)
    }

    fn broker(&self, path: &str) -> String {
        self.url(&format!("altinn/broker/api/v1/filetransfer{path}"))
    }

    /// Ids of what waits for this organisation. What was fetched but not confirmed is asked for too: a stop between
    /// the two must lose nothing.
    pub(super) async fn waiting(&self) -> Result<Vec<String>, CallError> {
        let token = self.token().await?;
        let mut ids = Vec::new();
        for status in ["Initialized", "DownloadStarted"] {
            let query = [
                ("resourceId", RESOURCE),
                ("status", "Published"),
                ("recipientStatus", status),
                ("orderAscending", "true"),
            ];
            let request = self.http.get(self.broker("")).query(&query).bearer_auth(&token);
            let request = request.header(header::ACCEPT, "application/json");
            ids.extend(checked("list", request.send().await?)?.json::<Vec<String>>().await?);
        }
        Ok(ids)
    }

    pub(super) async fn overview(&self, id: &str) -> Result<Overview, CallError> {
        let request = self.http.get(self.broker(&format!("/{id}"))).bearer_auth(self.token().await?);
        let request = request.header(header::ACCEPT, "application/json");
        Ok(checked("overview", request.send().await?)?.json().await?)
    }

    pub(super) async fn download(&self, id: &str) -> Result<Vec<u8>, CallError> {
        let request = self.http.get(self.broker(&format!("/{id}/download"))).bearer_auth(self.token().await?);
        Ok(checked("download", request.send().await?)?.bytes().await?.to_vec())
    }

    pub(super) async fn confirm(&self, id: &str) -> Result<(), CallError> {
        let request = self.http.post(self.broker(&format!("/{id}/confirmdownload"))).bearer_auth(self.token().await?);
        checked("confirm", request.send().await?)?;
        Ok(())
    }

    /// Sends a transfer. `sender` and `recipient` are nine digits.
    pub(super) async fn send(
        &self,
        sender: &str,
        recipient: &str,
        reference: &str,
        bytes: Vec<u8>,
    ) -> Result<(), CallError> {
        let token = self.token().await?;
        let body = json!({
            "fileName": "sbd.zip",
            "resourceId": RESOURCE,
            "sendersFileTransferReference": reference,
            "sender": format!("0192:{sender}"),
            "recipients": [format!("0192:{recipient}")],
            "propertyList": {},
        });
        let request = self.http.post(self.broker("/")).bearer_auth(&token).json(&body);
        let id = checked("initialize", request.send().await?)?.json::<Initialized>().await?.file_transfer_id;
        let request = self.http.post(self.broker(&format!("/{id}/upload"))).bearer_auth(&token);
        let request = request.header(header::CONTENT_TYPE, "application/octet-stream").body(bytes);
        checked("upload", request.send().await?)?;
        Ok(())
    }

    /// The certificate to seal to, from the service registry.
    pub(super) async fn certificate_of(&self, organisation: &str) -> Result<Certificate, CallError> {
        let url = self.url(&format!("sr/adressetjeneste/virksert/{organisation}"));
        let request = self.http.get(url).bearer_auth(self.maskinporten().await?);
        let pem = checked("virksert", request.send().await?)?.text().await?;
        Certificate::from_pem(&pem).map_err(|finding| CallError::Answer(finding.to_string()))
    }

    /// What waits in the organisation's receiving system.
    pub(super) async fn shipments(&self, organisation: &str) -> Result<Vec<Listed>, CallError> {
        let url = self.url("svarut/tjenester/svarinn/mottaker/hentNyeForsendelser");
        let request = self.http.get(url).basic_auth(svarut::receiver(organisation), Some(svarut::PASSWORD));
        Ok(checked("hentNyeForsendelser", request.send().await?)?.json().await?)
    }

    /// A sealed shipment, and whether it is a zip inside.
    pub(super) async fn shipment(&self, organisation: &str, url: &str) -> Result<(Vec<u8>, bool), CallError> {
        let request = self.http.get(url).basic_auth(svarut::receiver(organisation), Some(svarut::PASSWORD));
        let answer = checked("download", request.send().await?)?;
        let is_zip = answer.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/zip");
        Ok((answer.bytes().await?.to_vec(), is_zip))
    }

    pub(super) async fn acknowledge_shipment(&self, organisation: &str, id: &str) -> Result<(), CallError> {
        let url = self.url(&format!("svarut/tjenester/svarinn/kvitterMottak/forsendelse/{id}"));
        let request = self.http.post(url).basic_auth(svarut::receiver(organisation), Some(svarut::PASSWORD));
        checked("kvitterMottak", request.send().await?).map(drop)
    }

    pub(super) async fn refuse_shipment(&self, organisation: &str, id: &str, why: &str) -> Result<(), CallError> {
        let url = self.url(&format!("svarut/tjenester/svarinn/mottakFeilet/forsendelse/{id}"));
        let request = self.http.post(url).basic_auth(svarut::receiver(organisation), Some(svarut::PASSWORD));
        let request = request.json(&json!({ "feilmelding": why, "permanent": true }));
        checked("mottakFeilet", request.send().await?).map(drop)
    }

    /// SvarUt's certificate, from a record of an organisation that is reached that way.
    pub(super) async fn svarut_certificate(&self, organisation: &str) -> Result<Certificate, CallError> {
        let url = self.url(&format!("sr/adressetjeneste/identifier/{organisation}"));
        let request = self.http.get(url).bearer_auth(self.maskinporten().await?);
        let answer: serde_json::Value = checked("identifier", request.send().await?)?.json().await?;
        let pem = answer["serviceRecords"][0]["pemCertificate"].as_str().unwrap_or_default();
        Certificate::from_pem(pem).map_err(|finding| CallError::Answer(finding.to_string()))
    }

    /// Sends sealed documents with SvarUt (RFC 7578).
    pub(super) async fn ship(
        &self,
        organisation: &str,
        forsendelse: &serde_json::Value,
        documents: &[(String, Vec<u8>)],
    ) -> Result<(), CallError> {
        let boundary = uuid::Uuid::new_v4().simple().to_string();
        let mut body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"forsendelse\"\r\n\
             Content-Type: application/json\r\n\r\n{forsendelse}\r\n"
        )
        .into_bytes();
        for (number, (name, sealed)) in documents.iter().enumerate() {
            let head = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"filer_{number}\"; filename=\"{name}\"\r\n\
                 Content-Type: application/pdf\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(sealed);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        let account = svarut::account(organisation);
        let url = self.url(&format!("svarut/api/v3/kontoer/{account}/forsendelser/organisasjon"));
        let request = self.http.post(url).bearer_auth(self.maskinporten().await?);
        let request = request
            .header("IntegrasjonId", svarut::integration(organisation).to_string())
            .header("IntegrasjonPassord", svarut::PASSWORD)
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={boundary}"))
            .body(body);
        checked("forsendelser", request.send().await?).map(drop)
    }

    /// The revocation lists as they are now.
    pub(super) async fn revocation_lists(&self) -> Result<Vec<Crl>, CallError> {
        let mut lists = Vec::new();
        for file in ["root.crl", "issuing.crl"] {
            let request = self.http.get(self.url(&format!("ca/{file}"))).header(COUNTERPART, self.number());
            let answer = request.send().await?;
            let der = checked("revocation list", answer)?.bytes().await?;
            lists.push(Crl::from_der(&der).map_err(|finding| CallError::Answer(finding.to_string()))?);
        }
        Ok(lists)
    }
}

fn checked(call: &'static str, answer: reqwest::Response) -> Result<reqwest::Response, CallError> {
    let status = answer.status();
    if status.is_success() { Ok(answer) } else { Err(CallError::Refused { call, status: status.as_u16() }) }
}

fn kept(place: &Mutex<Kept>) -> Option<String> {
    let kept = place.lock().unwrap_or_else(PoisonError::into_inner);
    kept.as_ref().filter(|(_, until)| *until > Instant::now()).map(|(token, _)| token.clone())
}

fn keep(place: &Mutex<Kept>, token: &str, life: Duration) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = Some((token.to_owned(), Instant::now() + life));
}
