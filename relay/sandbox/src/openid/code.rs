//! Authorization codes (RFC 6749, 4.1.2): short-lived, for one use, bound to a challenge (RFC 7636, 4.6).

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use rsa::sha2::{Digest, Sha256};
use uuid::Uuid;

const LIFE: SignedDuration = SignedDuration::from_secs(60);

/// What a code stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) person: String,
    pub(super) redirect: String,
    pub(super) nonce: String,
    pub(super) challenge: String,
}

/// Codes that nobody has redeemed, and ids of assertions that were used.
#[derive(Debug, Default)]
pub(super) struct Codes {
    waiting: HashMap<String, (Grant, Timestamp)>,
    assertions: HashMap<String, Timestamp>,
}

impl Codes {
    pub(super) fn issue(&mut self, grant: Grant, now: Timestamp) -> String {
        self.waiting.retain(|_, (_, end)| *end > now);
        let code = Uuid::new_v4().simple().to_string();
        self.waiting.insert(code.clone(), (grant, now + LIFE));
        code
    }

    /// What a code stands for, if verifier and address are those of the request. Whatever comes of it, the code is used.
    pub(super) fn redeem(&mut self, code: &str, verifier: &str, redirect: &str, now: Timestamp) -> Option<Grant> {
        let (grant, end) = self.waiting.remove(code)?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
        let fits = end > now && (43..=128).contains(&verifier.len()) && challenge == grant.challenge;
        (fits && grant.redirect == redirect).then_some(grant)
    }

    /// Whether an assertion's id is new.
    pub(super) fn first_use(&mut self, id: &str, end: Timestamp, now: Timestamp) -> bool {
        self.assertions.retain(|_, end| *end > now);
        self.assertions.insert(id.to_owned(), end).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn a_code_is_good_once_with_its_verifier_and_address() {
        let grant = Grant {
            person: "siri".to_owned(),
            redirect: "http://localhost/a".to_owned(),
            nonce: "n".to_owned(),
            challenge: CHALLENGE.to_owned(),
        };
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let mut codes = Codes::default();
        let tries = [
            (VERIFIER, "http://localhost/a", 0, true),
            (VERIFIER, "http://localhost/b", 0, false),
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl", "http://localhost/a", 0, false),
            (VERIFIER, "http://localhost/a", 61, false),
        ];
        for (verifier, redirect, seconds, good) in tries {
            let code = codes.issue(grant.clone(), now);
            let later = now + SignedDuration::from_secs(seconds);
            let redeemed = codes.redeem(&code, verifier, redirect, later);
            assert_eq!(redeemed, good.then(|| grant.clone()));
            assert_eq!(codes.redeem(&code, VERIFIER, "http://localhost/a", now), None, "used up");
        }
        assert!(codes.first_use("a", now + LIFE, now));
        assert!(!codes.first_use("a", now + LIFE, now));
    }
}
