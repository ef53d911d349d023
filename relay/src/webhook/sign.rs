//! The signature of Standard Webhooks 1.0.0, symmetric: `v1`, HMAC-SHA256 over id, time and body.
//!
//! The crate `standardwebhooks` does the same with a second HMAC and a second base64; what is ours is one line of it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// Bytes of a secret; the specification asks for 24 to 64.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// The key that an endpoint and we share: `whsec_` and base64.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// A new one from randomness: 32 bytes, of which 244 bits are random (RFC 9562, 5.4).
    pub fn new(randomness: [Uuid; 2]) -> Self {
        let bytes = Zeroizing::new(randomness.map(Uuid::into_bytes).concat());
        Self(Zeroizing::new(format!("{PREFIX}{}", STANDARD.encode(&bytes))))
    }

    /// A secret as it is written.
    pub fn parse(text: &str) -> Option<Self> {
        let secret = Self(Zeroizing::new(text.to_owned()));
        secret.key().map(|_| secret)
    }

    /// As it is written: for the one answer that shows it, and to be sealed.
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn key(&self) -> Option<Zeroizing<Vec<u8>>> {
        let key = STANDARD.decode(self.0.strip_prefix(PREFIX)?).ok().map(Zeroizing::new)?;
        LENGTHS.contains(&key.len()).then_some(key)
    }
}

/// `webhook-signature`: one signature for each secret, newest first. Neither `id` nor `seconds` holds a full stop.
pub fn sign(secrets: &[Secret], id: &str, seconds: i64, body: &[u8]) -> String {
    let keys = secrets.iter().filter_map(Secret::key);
    let signatures = keys.filter_map(|key| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    });
    signatures.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector that the specification's own libraries carry in their tests (standard-webhooks, libraries).
    #[test]
    fn the_signature_is_the_one_that_others_make() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let sign = |secrets: &[Secret], body: &str| {
            sign(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body.as_bytes())
        };
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(sign(std::slice::from_ref(&secret), r#"{"test": 2432232314}"#), expected);
        assert_ne!(sign(std::slice::from_ref(&secret), r#"{"test": 2432232315}"#), expected);
        let newer = Secret::new([Uuid::from_u128(1), Uuid::from_u128(2)]);
        let both = sign(&[newer, secret], r#"{"test": 2432232314}"#);
        assert_eq!(both.split(' ').nth(1), Some(expected));
        assert_eq!(both.split(' ').count(), 2);
    }

    #[test]
    fn a_secret_is_long_enough_and_not_shown() {
        let secret = Secret::new([Uuid::from_u128(1), Uuid::from_u128(2)]);
        assert_eq!(secret.key().unwrap().len(), 32);
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        for wrong in ["whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_not base64 not base64 not base64"] {
            assert!(Secret::parse(wrong).is_none(), "{wrong}");
        }
    }
}
