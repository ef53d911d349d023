//! A provider's system towards the access point of digital post, and towards Maskinporten's public keys.

use konvolutt_shared::pki::PublicKey;
use reqwest::{StatusCode, header};
use rsa::RsaPublicKey;
use serde::Deserialize;
use serde_json::Value;

use super::{CallError, Client, checked};
use crate::switch::COUNTERPART;

/// A letter as the list has it.
#[derive(Deserialize)]
pub(in crate::persona) struct Letter {
    /// The message, a compact JWS.
    #[serde(rename = "forretningsmelding")]
    pub(in crate::persona) message: String,
    #[serde(rename = "downloadurl")]
    pub(in crate::persona) package: Option<String>,
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Letter").field("package", &self.package).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<Value>,
}

impl Client {
    /// The letters that wait, oldest first: a page of them.
    pub(in crate::persona) async fn letters(&self) -> Result<Vec<Letter>, CallError> {
        let request = self.http.get(self.url("dpi/messages/in")).bearer_auth(self.bearer().await?);
        let answer = checked("messages/in", request.send().await?)?;
        if answer.status() == StatusCode::NO_CONTENT {
            return Ok(Vec::new());
        }
        Ok(answer.json().await?)
    }

    pub(in crate::persona) async fn package(&self, url: &str) -> Result<Vec<u8>, CallError> {
        let request = self.http.get(url).bearer_auth(self.bearer().await?);
        Ok(checked("package", request.send().await?)?.bytes().await?.to_vec())
    }

    /// Says that a letter has been taken.
    pub(in crate::persona) async fn read_letter(&self, id: &str) -> Result<(), CallError> {
        let url = self.url(&format!("dpi/messages/in/{id}/read"));
        checked("read", self.http.post(url).bearer_auth(self.bearer().await?).send().await?).map(drop)
    }

    /// Sends a receipt (RFC 7578). One that was sent before has arrived before.
    pub(in crate::persona) async fn receipt(&self, id: &str, jws: &str) -> Result<(), CallError> {
        let token = self.bearer().await?;
        let boundary = uuid::Uuid::new_v4().simple().to_string();
        let body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"forretningsmelding\"; filename=\"sbd.jwt\"\r\n\
             Content-Type: application/jwt\r\n\r\n{jws}\r\n--{boundary}--\r\n"
        );
        let request = self.http.post(self.url("dpi/messages/out")).bearer_auth(&token);
        let request = request.header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={boundary}"));
        let answer = request.body(body).send().await?;
        if answer.status() == StatusCode::BAD_REQUEST {
            let url = self.url(&format!("dpi/messages/out/{id}/statuses"));
            return checked("receipt", self.http.get(url).bearer_auth(&token).send().await?).map(drop);
        }
        checked("receipt", answer).map(drop)
    }

    /// The keys that Maskinporten signs tokens with.
    pub(in crate::persona) async fn token_keys(&self) -> Result<Vec<RsaPublicKey>, CallError> {
        let request = self.http.get(self.url("maskinporten/jwk")).header(COUNTERPART, self.number());
        let answer = checked("jwk", request.send().await?)?;
        let keys = answer.json::<Keys>().await?.keys;
        let rsa = |key: &Value| match PublicKey::from_jwk(key) {
            Ok(PublicKey::Rsa(key)) => Some(key),
            _ => None,
        };
        Ok(keys.iter().filter_map(rsa).collect())
    }
}
