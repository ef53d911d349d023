//! Tokens: Maskinporten's, and Altinn's in exchange for them; kept as long as they are good for.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::maskinporten::{Act, KeyError, Maskinporten, MaskinportenConfig};
use super::{text, token_refused};
use crate::broker::Failure;

/// Altinn's tokens (`/authentication/api/v1/exchange/maskinporten`) live 30 minutes; the reference keeps them 25.
const ALTINN_KEPT: Duration = Duration::from_secs(25 * 60);

/// Maskinporten's live about 120 seconds; the reference keeps them 90.
const MASKINPORTEN_KEPT: Duration = Duration::from_secs(90);

/// Under which the exchanged token for Altinn's inbox is kept.
const CORRESPONDENCE: &str = "correspondence";

/// What tokens for digital mailboxes must be good for.
const MAIL: &str = "digitalpostinnbygger:send";

/// What tokens for requests about system users must be good for.
const SYSTEM_USERS: &str =
    "altinn:authentication/systemuser.request.read altinn:authentication/systemuser.request.write";

/// Longest token that is taken, in bytes.
const MAX_TOKEN: usize = 64 * 1024;

/// Access tokens for everything the relay asks.
pub struct Tokens {
    maskinporten: Maskinporten,
    exchange: String,
    http: reqwest::Client,
    kept: Mutex<HashMap<String, (String, Instant)>>,
    /// One fetch at a time: the others find its result.
    fetching: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(…)")
    }
}

impl Tokens {
    /// Tokens by a client.
    ///
    /// # Errors
    /// The client's key cannot be used.
    pub fn new(config: MaskinportenConfig, exchange: String, http: reqwest::Client) -> Result<Self, KeyError> {
        let maskinporten = Maskinporten::new(config, http.clone())?;
        Ok(Self { maskinporten, exchange, http, kept: Mutex::default(), fetching: tokio::sync::Mutex::default() })
    }

    /// A token for the broker, as the system user of an organisation.
    ///
    /// # Errors
    /// Maskinporten or Altinn.
    pub async fn altinn(&self, organisation: &str) -> Result<String, Failure> {
        if let Some(token) = self.kept(organisation) {
            return Ok(token);
        }
        let _turn = self.fetching.lock().await;
        if let Some(token) = self.kept(organisation) {
            return Ok(token);
        }
        let token =
            self.maskinporten.token("altinn:broker.read altinn:broker.write", Act::SystemUser(organisation)).await?;
        let token = self.exchanged(&token).await?;
        self.keep(organisation, &token, ALTINN_KEPT);
        Ok(token)
    }

    /// A token for Altinn's inbox: of the relay's operator, since Digdir's proxy takes no system users (the
    /// integrasjonspunkt asks for the scope `eformidling:dpv` without one).
    ///
    /// # Errors
    /// Maskinporten or Altinn.
    pub async fn correspondence(&self) -> Result<String, Failure> {
        if let Some(token) = self.kept(CORRESPONDENCE) {
            return Ok(token);
        }
        let _turn = self.fetching.lock().await;
        if let Some(token) = self.kept(CORRESPONDENCE) {
            return Ok(token);
        }
        let token = self.maskinporten.token("eformidling:dpv", Act::Client).await?;
        let token = self.exchanged(&token).await?;
        self.keep(CORRESPONDENCE, &token, ALTINN_KEPT);
        Ok(token)
    }

    /// Drops the inbox's token, which was refused.
    pub fn forget_correspondence(&self) {
        self.forget(CORRESPONDENCE);
    }

    /// A token for requests that ask for system users, made for this call alone: few are made.
    ///
    /// # Errors
    /// Maskinporten or Altinn.
    pub async fn system_users(&self) -> Result<String, Failure> {
        let token = self.maskinporten.token(SYSTEM_USERS, Act::Client).await?;
        self.exchanged(&token).await
    }

    /// A token of Maskinporten's own for scopes.
    ///
    /// # Errors
    /// Maskinporten.
    pub async fn maskinporten(&self, scope: &str) -> Result<String, Failure> {
        if let Some(token) = self.kept(scope) {
            return Ok(token);
        }
        let _turn = self.fetching.lock().await;
        if let Some(token) = self.kept(scope) {
            return Ok(token);
        }
        let token = self.maskinporten.token(scope, Act::Client).await?;
        self.keep(scope, &token, MASKINPORTEN_KEPT);
        Ok(token)
    }

    /// A token for the network of digital mailboxes, for what the relay asks there in an organisation's name.
    ///
    /// # Errors
    /// Maskinporten.
    pub async fn mail(&self, organisation: &str) -> Result<String, Failure> {
        let name = mail(organisation);
        if let Some(token) = self.kept(&name) {
            return Ok(token);
        }
        let _turn = self.fetching.lock().await;
        if let Some(token) = self.kept(&name) {
            return Ok(token);
        }
        let token = self.fresh_mail(organisation).await?;
        self.keep(&name, &token, MASKINPORTEN_KEPT);
        Ok(token)
    }

    /// The same, made for this call alone: whoever signs a letter puts it into the message, and has its whole life before it.
    ///
    /// # Errors
    /// Maskinporten.
    pub async fn fresh_mail(&self, organisation: &str) -> Result<String, Failure> {
        self.maskinporten.token(MAIL, Act::Consumer(organisation)).await
    }

    /// Drops an organisation's token for digital mailboxes, which was refused.
    pub fn forget_mail(&self, organisation: &str) {
        self.forget(&mail(organisation));
    }

    /// Drops a token that was refused: an organisation's, or that for a scope.
    pub fn forget(&self, organisation: &str) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(organisation);
    }

    async fn exchanged(&self, token: &str) -> Result<String, Failure> {
        const WHO: &str = "Altinn's token exchange";
        let response = self.http.get(&self.exchange).bearer_auth(token).send().await.map_err(|_| Failure::down(WHO))?;
        if !response.status().is_success() {
            return Err(token_refused(&response, WHO));
        }
        let text = text(response, WHO).await?;
        // Sometimes the text comes as a JSON string.
        let token = text.trim_matches('"').to_owned();
        if token.is_empty() || token.len() > MAX_TOKEN { Err(Failure::down(WHO)) } else { Ok(token) }
    }

    fn kept(&self, name: &str) -> Option<String> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(name).filter(|(_, until)| *until > Instant::now()).map(|(token, _)| token.clone())
    }

    fn keep(&self, name: &str, token: &str, long: Duration) {
        let entry = (token.to_owned(), Instant::now() + long);
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), entry);
    }
}

/// Under which an organisation's token for digital mailboxes is kept.
fn mail(organisation: &str) -> String {
    format!("{MAIL} {organisation}")
}
