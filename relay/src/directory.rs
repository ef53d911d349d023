//! Where things are and who may ask: Maskinporten, Altinn's token exchange, the service registry, contact register,
//! Enhetsregisteret, and revocation lists.

mod altinn;
mod enhetsregister;
mod kontaktregister;
mod maskinporten;
mod registry;
mod revocation;

use std::time::Duration;

use konvolutt_shared::finding::{Code, Finding};
use reqwest::Response;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::de::DeserializeOwned;

use crate::broker::Failure;

pub use altinn::Tokens;
pub use enhetsregister::Enhetsregister;
pub use kontaktregister::ContactRegister;
pub use maskinporten::{KeyError, MaskinportenConfig, SecretPem};
pub use registry::ServiceRegistry;
pub use revocation::Revocation;

/// A service that asks for more is asked again tomorrow all the same.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// Seconds of a `Retry-After` (RFC 9110, 10.2.3). The form with a date is not used by those we ask.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// The longest answer that is not a file, in bytes: a hundred ids, an overview, a registry's certificates.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// The whole body, if it is not longer than `most` bytes.
pub(crate) async fn bytes(mut response: Response, most: usize, who: &str) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|_| Failure::down(who))? {
        if body.len() + piece.len() > most {
            return Err(unreadable(who));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// The body as text, without space around it.
pub(crate) async fn text(response: Response, who: &str) -> Result<String, Failure> {
    let body = bytes(response, MAX_ANSWER, who).await?;
    String::from_utf8(body).map(|text| text.trim().to_owned()).map_err(|_| unreadable(who))
}

/// The body as JSON.
pub(crate) async fn json<T: DeserializeOwned>(response: Response, who: &str) -> Result<T, Failure> {
    serde_json::from_slice(&bytes(response, MAX_ANSWER, who).await?).map_err(|_| unreadable(who))
}

fn unreadable(who: &str) -> Failure {
    let message = format!("{who} gave an answer that cannot be read");
    Failure::Later { after: None, finding: Finding::error(Code::ServiceDown, message) }
}

/// What a token service's refusal means. Its 4xx is about our client, clock or rights, never about a message: somebody
/// can mend it, and no letter may die of it.
pub(crate) fn token_refused(response: &Response, who: &str) -> Failure {
    match Failure::from_status(who, response.status().as_u16(), retry_after(response.headers())) {
        Failure::Refused(finding) => Failure::Later { after: None, finding },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_never_longer_than_a_day() {
        let asked = |text: &'static str| {
            let value = reqwest::header::HeaderValue::from_static(text);
            retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value)]))
        };
        assert_eq!(asked("5"), Some(Duration::from_secs(5)));
        assert_eq!(asked("1000000000000000"), Some(LONGEST_WAIT));
        assert_eq!(asked("Wed, 21 Oct 2026 07:28:00 GMT"), None);
    }
}
