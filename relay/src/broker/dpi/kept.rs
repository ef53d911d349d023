//! The message of a letter that waits. It holds a live access token, so the row has it sealed.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use konvolutt_shared::sbd::Sbd;
use konvolutt_shared::{dpi, jws};
use serde_json::Value;

use crate::lock::Lock;

/// For the row of the letter with this id, and no other.
pub(super) fn seal(lock: &Lock, message_id: &str, message: &str) -> Option<String> {
    lock.seal(message.as_bytes(), message_id.as_bytes()).map(|sealed| STANDARD.encode(sealed))
}

/// What was sealed. `None` for another letter's, or if the lock has changed since.
pub(super) fn open(lock: &Lock, message_id: &str, kept: &str) -> Option<String> {
    String::from_utf8(lock.open(&STANDARD.decode(kept).ok()?, message_id.as_bytes())?).ok()
}

/// The access token in a message that was verified when it was accepted.
pub(super) fn token(message: &str) -> Option<String> {
    let sbd = Sbd::parse(&jws::parse(message).ok()?.payload, None).ok()?;
    dpi::token(&sbd).map(str::to_owned)
}

/// When an access token expires, as it says itself (RFC 7519, 4.1.4). `None` if it does not say.
pub(crate) fn expiry(token: &str) -> Option<Timestamp> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    Timestamp::from_second(claims.get("exp")?.as_i64()?).ok()
}
