//! The service registry. Its signed answers pass through untouched: the browser verifies them.

use std::sync::Arc;

use konvolutt_shared::finding::{Code, Finding};
use reqwest::header;

use super::{Tokens, retry_after, text};
use crate::broker::Failure;

/// The registry's client.
#[derive(Clone, Debug)]
pub struct ServiceRegistry {
    base: String,
    http: reqwest::Client,
    tokens: Arc<Tokens>,
    scopes: String,
}

impl ServiceRegistry {
    /// A client of the registry at `…/adressetjeneste`, whose tokens are for these scopes.
    pub fn new(base: String, scopes: String, http: reqwest::Client, tokens: Arc<Tokens>) -> Self {
        Self { base, http, tokens, scopes }
    }

    /// Whether there is a token for it.
    ///
    /// # Errors
    /// Maskinporten.
    pub async fn probe(&self) -> Result<(), Failure> {
        self.tokens.maskinporten(&self.scopes).await.map(drop)
    }

    /// The answer about an organisation: a compact JWS. When the registry knows nothing of it for this process, the
    /// answer is the one about everything it can receive, so that the browser sees, signed, what is lacking.
    ///
    /// # Errors
    /// [`Code::RecipientUnknown`], or the registry cannot be asked.
    pub async fn lookup(&self, identifier: &str, process: Option<&str>) -> Result<String, Failure> {
        if identifier.is_empty() || !identifier.bytes().all(|byte| byte.is_ascii_digit() || byte == b':') {
            return Err(Failure::Refused(Finding::error(Code::RequestInvalid, "the identifier is not a number")));
        }
        let whole = format!("{}/identifier/{identifier}", self.base);
        if let Some(process) = process {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '-' | '_');
            if !process.chars().all(plain) {
                return Err(Failure::Refused(Finding::error(Code::RequestInvalid, "the process is not a URN of ours")));
            }
            if let Some(answer) = self.ask(&format!("{whole}/process/{process}")).await? {
                return Ok(answer);
            }
        }
        let unknown =
            || Failure::Refused(Finding::error(Code::RecipientUnknown, "the registry does not know the recipient"));
        self.ask(&whole).await?.ok_or_else(unknown)
    }

    async fn ask(&self, url: &str) -> Result<Option<String>, Failure> {
        const WHO: &str = "the address service";
        let token = self.tokens.maskinporten(&self.scopes).await?;
        let request = self.http.get(url).bearer_auth(token).header(header::ACCEPT, "application/jose");
        let response = request.send().await.map_err(|_| Failure::down(WHO))?;
        match response.status().as_u16() {
            200..=299 => text(response, WHO).await.map(Some),
            404 => Ok(None),
            status => Err(Failure::from_status(WHO, status, retry_after(response.headers()))),
        }
    }
}
