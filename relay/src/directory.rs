//! Where things are and who may ask: Maskinporten, Altinn's token exchange, the service registry, contact register,
//! Enhetsregisteret, and revocation lists.

mod altinn;
mod enhetsregister;
mod kept;
mod kontaktregister;
mod maskinporten;
mod names;
mod registry;
mod revocation;

use std::time::Duration;

use jiff::Timestamp;
use konvolutt_shared::finding::{Finding, Rule};
use reqwest::Response;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::de::DeserializeOwned;

use crate::broker::Failure;
use crate::clock;

pub use altinn::Tokens;
pub use enhetsregister::Enhetsregister;
pub use kept::Answered;
pub use kontaktregister::ContactRegister;
pub use maskinporten::{KeyError, MaskinportenConfig, SecretPem};
pub use names::Names;
pub use registry::{Question, ServiceRegistry};
pub use revocation::Revocation;

/// What we call ourselves to every service (RFC 9110, 10.1.5).
pub(crate) const AGENT: &str = concat!("konvolutt/", env!("CARGO_PKG_VERSION"));

/// How long the next piece of an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A service that asks for more is asked again tomorrow all the same.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// How long a `Retry-After` asks to wait (RFC 9110, 10.2.3), in seconds or as a date in any of HTTP's three forms.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    wait(headers.get(RETRY_AFTER)?.to_str().ok()?, clock::now())
}

/// A date that has passed asks for no wait.
fn wait(text: &str, now: Timestamp) -> Option<Duration> {
    let asked = if let Ok(seconds) = text.parse() {
        Duration::from_secs(seconds)
    } else {
        let date = Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok()?;
        Duration::try_from(date.duration_since(now)).unwrap_or_default()
    };
    Some(asked.min(LONGEST_WAIT))
}

/// The longest answer that is not a file, in bytes: a hundred ids, an overview, a registry's certificates.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// The whole body, if it is not longer than `most` bytes.
pub(crate) async fn bytes(mut response: Response, most: usize, who: &str) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    let silent = || Failure::down(who);
    while let Some(piece) =
        tokio::time::timeout(PATIENCE, response.chunk()).await.map_err(|_| silent())?.map_err(|_| silent())?
    {
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
    Failure::Later { after: None, finding: Finding::error(Rule::ServiceDown, message) }
}

/// What a token service's refusal means. Its 4xx is about our client, clock or rights, never about a message: somebody
/// can mend it, and no letter may die of it.
pub(crate) fn token_refused(response: &Response, who: &str) -> Failure {
    Failure::from_status(who, response.status().as_u16(), retry_after(response.headers())).denied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_every_form_of_a_date_are_understood_and_a_wait_is_never_longer_than_a_day() {
        let now = "2026-10-21T07:28:00Z".parse().unwrap();
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        for (text, expected) in [
            ("5", seconds(5)),
            ("0", seconds(0)),
            ("1000000000000000", Some(LONGEST_WAIT)),
            ("Wed, 21 Oct 2026 07:28:30 GMT", seconds(30)),
            ("Wednesday, 21-Oct-26 07:28:30 GMT", seconds(30)),
            ("Wed Oct 21 07:28:30 2026", seconds(30)),
            ("Wed, 21 Oct 2026 07:27:59 GMT", seconds(0)),
            ("Thu, 21 Oct 2027 07:28:00 GMT", Some(LONGEST_WAIT)),
            ("Wed, 21 Oct 2026 07:28:30 CET", None),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(wait(text, now), expected, "{text}");
        }
        let value = reqwest::header::HeaderValue::from_static("5");
        assert_eq!(retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value)])), seconds(5));
    }
}
