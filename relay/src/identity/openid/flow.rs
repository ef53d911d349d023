//! What is remembered between sending a person to the provider and their coming back: one secret in a cookie that only
//! this browser has. State, nonce and verifier follow from it, so nothing is kept here and several relays can share.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

/// The cookie. `SameSite=Lax`: the provider is another site, and its answer is a navigation.
pub const COOKIE: &str = "__Host-konvolutt-sign-in";

/// How long a person may take, in seconds.
pub const SECONDS: u32 = 15 * 60;

/// One attempt to sign in.
#[derive(Clone, PartialEq, Eq)]
pub struct Flow {
    seed: String,
    /// The page to come back to: a path of ours.
    pub back: String,
}

impl std::fmt::Debug for Flow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flow").field("back", &self.back).finish_non_exhaustive()
    }
}

impl Flow {
    /// A new attempt, from 244 random bits. What is no path of ours becomes the first page.
    pub fn new(randomness: [Uuid; 2], back: &str) -> Self {
        let [one, two] = randomness;
        let back = if is_path(back) { back } else { "/" };
        Self { seed: format!("{}{}", one.simple(), two.simple()), back: back.to_owned() }
    }

    /// The cookie's value.
    pub fn cookie(&self) -> String {
        format!("{}.{}", self.seed, URL_SAFE_NO_PAD.encode(&self.back))
    }

    /// Reads the cookie's value.
    pub fn parse(text: &str) -> Option<Self> {
        let (seed, back) = text.split_once('.')?;
        let back = String::from_utf8(URL_SAFE_NO_PAD.decode(back).ok()?).ok().filter(|back| is_path(back))?;
        let good = seed.len() == 64 && seed.bytes().all(|byte| byte.is_ascii_hexdigit());
        good.then(|| Self { seed: seed.to_owned(), back })
    }

    /// `state`: binds the answer to this browser.
    pub fn state(&self) -> String {
        self.derived("state")
    }

    /// Whether an answer has this attempt's `state`.
    pub fn has_state(&self, state: &str) -> bool {
        self.state().as_bytes().ct_eq(state.as_bytes()).into()
    }

    /// `nonce`: binds the ID token to this browser.
    pub fn nonce(&self) -> String {
        self.derived("nonce")
    }

    /// The verifier (RFC 7636, 4.1): 43 characters.
    pub fn verifier(&self) -> String {
        self.derived("verifier")
    }

    /// The challenge with S256 (RFC 7636, 4.2).
    pub fn challenge(&self) -> String {
        challenge(&self.verifier())
    }

    fn derived(&self, purpose: &str) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(format!("konvolutt sign-in {purpose}\n{}", self.seed)))
    }
}

fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// Whether it is a path of this site and cannot be read as another's address.
fn is_path(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '\\' | '"' | '<' | '>');
    text.len() <= 512 && text.starts_with('/') && !text.starts_with("//") && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_comes_back_from_its_cookie() {
        let flow = Flow::new([Uuid::from_u128(1), Uuid::from_u128(2)], "/melding/1?a=b");
        let again = Flow::parse(&flow.cookie()).unwrap();
        assert_eq!((again.state(), again.nonce(), again.verifier()), (flow.state(), flow.nonce(), flow.verifier()));
        assert_eq!(again.back, "/melding/1?a=b");
        assert!(flow.has_state(&flow.state()) && !flow.has_state(&flow.nonce()) && !flow.has_state(""));
        let all = [flow.state(), flow.nonce(), flow.verifier()];
        assert!(all.iter().all(|one| one.len() == 43 && !flow.cookie().contains(one)));
        let other = Flow::new([Uuid::from_u128(1), Uuid::from_u128(3)], "/");
        assert_ne!(other.state(), flow.state());
        for bad in ["", ".", "x.Lw", &flow.cookie()[1..]] {
            assert_eq!(Flow::parse(bad), None, "{bad}");
        }
    }

    /// RFC 7636, appendix B.
    #[test]
    fn the_challenge_is_the_standards() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn nobody_is_sent_to_another_site() {
        for bad in ["", "innboks", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "/a b"] {
            assert_eq!(Flow::new([Uuid::nil(), Uuid::nil()], bad).back, "/", "{bad}");
        }
    }
}
