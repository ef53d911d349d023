//! The service registry. Its signed answers pass through untouched: the browser verifies them.

use std::sync::Arc;
use std::time::Duration;

use konvolutt_shared::finding::{Finding, Rule};
use reqwest::{Response, StatusCode, header};
use serde::Deserialize;

use super::kept::{Answered, Kept};
use super::{Tokens, json, retry_after, text};
use crate::broker::Failure;

const WHO: &str = "the address service";

/// The most that is passed on of the registry's own words, in characters.
const MAX_REASON: usize = 200;

/// How many digits an identity number has.
const PERSON_DIGITS: usize = 11;

/// What a letter is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question<'a> {
    /// Process URN.
    pub process: &'a str,
    /// Security level, 3 or 4, where only that one will do.
    pub level: Option<u8>,
}

impl<'a> Question<'a> {
    /// A process, at whatever level.
    pub const fn about(process: &'a str) -> Self {
        Self { process, level: None }
    }
}

/// The registry's client.
#[derive(Clone, Debug)]
pub struct ServiceRegistry {
    base: String,
    http: reqwest::Client,
    tokens: Arc<Tokens>,
    scopes: String,
    answers: Arc<Kept<String>>,
}

impl ServiceRegistry {
    /// A client of the registry at `…/adressetjeneste`, whose tokens are for these scopes.
    pub fn new(base: String, scopes: String, http: reqwest::Client, tokens: Arc<Tokens>) -> Self {
        Self { base, http, tokens, scopes, answers: Arc::default() }
    }

    /// Whether there is a token for it.
    ///
    /// # Errors
    /// Maskinporten.
    pub async fn probe(&self) -> Result<(), Failure> {
        self.tokens.maskinporten(&self.scopes).await.map(drop)
    }

    /// The answer about an organisation, a compact JWS, asked for anew if none is kept that is young enough. When the registry
    /// knows nothing of it for this process, the answer is the one about everything it can receive, so that the browser sees,
    /// signed, what is lacking.
    ///
    /// # Errors
    /// [`Rule::RecipientUnknown`]; [`Rule::RecipientProcess`] if the registry refuses the question, which it does when
    /// nothing reaches the recipient as was asked; or it cannot be asked.
    pub async fn lookup(
        &self,
        identifier: &str,
        asked: Option<Question<'_>>,
        oldest: Duration,
    ) -> Result<Answered<String>, Failure> {
        let level = asked.and_then(|asked| asked.level).map(|level| level.to_string()).unwrap_or_default();
        let question = [identifier, asked.map_or("", |asked| asked.process), &level];
        self.answers.or(&question, oldest, self.look(identifier, asked)).await
    }

    async fn look(&self, identifier: &str, asked: Option<Question<'_>>) -> Result<String, Failure> {
        if identifier.is_empty() || !identifier.bytes().all(|byte| byte.is_ascii_digit() || byte == b':') {
            return Err(Failure::Refused(Finding::error(Rule::RequestInvalid, "the identifier is not a number")));
        }
        let whole = format!("{}/identifier/{identifier}", self.base);
        if let Some(Question { process, level }) = asked {
            if level.is_some_and(|level| !matches!(level, 3 | 4)) {
                return Err(Failure::Refused(Finding::error(Rule::RequestInvalid, "the security level is not 3 or 4")));
            }
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '-' | '_');
            if !process.chars().all(plain) {
                return Err(Failure::Refused(Finding::error(Rule::RequestInvalid, "the process is not a URN of ours")));
            }
            let level = level.map(|level| format!("?securityLevel={level}")).unwrap_or_default();
            if let Some(answer) = self.ask(&format!("{whole}/process/{process}{level}")).await? {
                return Ok(answer);
            }
        }
        let unknown =
            || Failure::Refused(Finding::error(Rule::RecipientUnknown, "the registry does not know the recipient"));
        self.ask(&whole).await?.ok_or_else(unknown)
    }

    async fn ask(&self, url: &str) -> Result<Option<String>, Failure> {
        let response = self.get(url).await?;
        match response.status().as_u16() {
            200..=299 => text(response, WHO).await.map(Some),
            404 => Ok(None),
            400 => Err(Failure::Refused(Finding::error(Rule::RecipientProcess, refusal(response).await))),
            status => Err(Failure::from_status(WHO, status, retry_after(response.headers()))),
        }
    }

    /// After one 401 with a fresh token.
    async fn get(&self, url: &str) -> Result<Response, Failure> {
        for last in [false, true] {
            let token = self.tokens.maskinporten(&self.scopes).await?;
            let request = self.http.get(url).bearer_auth(token).header(header::ACCEPT, "application/jose");
            let response = request.send().await.map_err(|_| Failure::down(WHO))?;
            if response.status() != StatusCode::UNAUTHORIZED || last {
                return Ok(response);
            }
            self.tokens.forget(&self.scopes);
        }
        Err(Failure::down(WHO))
    }
}

/// An error in the dialect of eFormidling's service registry. Its code is mostly empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Refusal {
    error_description: String,
}

async fn refusal(response: Response) -> String {
    let refusal: Refusal = json(response, WHO).await.unwrap_or_default();
    reason(&refusal.error_description)
}

/// Why the registry refuses a question: in its own words, unless there are none or they name a person. Findings are
/// logged.
fn reason(said: &str) -> String {
    let names_person = said.as_bytes().windows(PERSON_DIGITS).any(|some| some.iter().all(u8::is_ascii_digit));
    let said: String = said.chars().filter(|c| !c.is_control()).take(MAX_REASON).collect();
    if said.is_empty() || names_person {
        format!("{WHO} answered 400")
    } else {
        format!("{WHO} refused the question: {said}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::sandboxed::{disturb, sandboxed};

    #[test]
    fn the_registrys_words_are_passed_on_unless_they_name_a_person() {
        assert_eq!(reason("no such level"), "the address service refused the question: no such level");
        assert_eq!(reason(""), "the address service answered 400");
        assert_eq!(reason("07817010746 is unknown"), "the address service answered 400");
        assert!(reason("310900117 is unknown").ends_with(": 310900117 is unknown"));
        assert!(reason(&"x\n".repeat(1_000)).ends_with(&format!(": {}", "x".repeat(MAX_REASON))));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_token_that_is_not_taken_is_fetched_anew_once() {
        let stand = sandboxed(100.0).await;
        let (base, scopes) = (stand.sandbox.endpoints().service_registry, "eformidling:dpo".to_owned());
        let registry = ServiceRegistry::new(base, scopes, stand.http, stand.tokens.clone());
        let look_up = async || registry.lookup("310900117", None, Duration::ZERO).await;
        let before = stand.tokens.maskinporten("eformidling:dpo").await.unwrap();
        disturb(&stand.sandbox, "registry", ("GET", "/310900117"), "unauthorized", 1).await;
        assert!(look_up().await.is_ok());
        assert_ne!(stand.tokens.maskinporten("eformidling:dpo").await.unwrap(), before);
        disturb(&stand.sandbox, "registry", ("GET", "/310900117"), "unauthorized", 2).await;
        assert!(look_up().await.is_err(), "and no more than once");
        assert!(look_up().await.is_ok());
        stand.sandbox.stop().await;
    }
}
