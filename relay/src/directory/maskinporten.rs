//! Maskinporten: a signed grant for an access token (RFC 7523, section 2.1). The key is the relay's own registered one,
//! never an organisation's certificate.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use rsa::pkcs8::DecodePrivateKey;
use rsa::signature::{SignatureEncoding, Signer};
use rsa::{RsaPrivateKey, pkcs1v15::SigningKey};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{json as answer, token_refused};
use crate::broker::Failure;

/// How long a grant is valid; Maskinporten allows 120 seconds.
const GRANT_SECONDS: i64 = 100;

/// A PEM text that is never shown, and wiped when it is dropped.
pub struct SecretPem(Zeroizing<String>);

impl From<String> for SecretPem {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl SecretPem {
    /// The text, for whoever uses it at once.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretPem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretPem(…)")
    }
}

/// The relay's client.
#[derive(Debug)]
pub struct MaskinportenConfig {
    /// Where tokens are given.
    pub token_url: String,
    /// `aud` of the grant; ends in a slash.
    pub audience: String,
    /// Client id.
    pub client_id: String,
    /// Nine digits: whose client it is, if that is known. Other organisations are named in grants for them.
    pub owner: Option<String>,
    /// Id of the registered key.
    pub kid: String,
    /// PKCS#8.
    pub key_pem: SecretPem,
    /// By organisation number, the `externalRef` of its system user at Altinn where that is not the usual one.
    pub system_users: HashMap<String, String>,
}

impl MaskinportenConfig {
    /// The `externalRef` of an organisation's system user.
    pub(crate) fn system_user(&self, organisation: &str) -> String {
        let usual = || format!("{organisation}_integrasjonspunkt_systembruker");
        self.system_users.get(organisation).cloned().unwrap_or_else(usual)
    }
}

/// In whose name a token is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act<'a> {
    /// The client's own.
    Client,
    /// As the system user of an organisation.
    SystemUser(&'a str),
    /// For an organisation that has delegated the scope, unless the client is its own.
    Consumer(&'a str),
}

/// The key cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the client key is no RSA key in PKCS#8")]
pub struct KeyError;

pub(super) struct Maskinporten {
    config: MaskinportenConfig,
    key: SigningKey<Sha256>,
    http: reqwest::Client,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
}

impl Maskinporten {
    pub(super) fn new(config: MaskinportenConfig, http: reqwest::Client) -> Result<Self, KeyError> {
        let key = RsaPrivateKey::from_pkcs8_pem(&config.key_pem.0).map_err(|_| KeyError)?;
        Ok(Self { config, key: SigningKey::new(key), http })
    }

    /// A fresh token.
    pub(super) async fn token(&self, scope: &str, act: Act<'_>) -> Result<String, Failure> {
        const WHO: &str = "Maskinporten";
        let assertion = self.grant(scope, act, crate::clock::now());
        let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", &assertion)];
        let response =
            self.http.post(&self.config.token_url).form(&form).send().await.map_err(|_| Failure::down(WHO))?;
        if !response.status().is_success() {
            return Err(token_refused(&response, WHO));
        }
        let answer: Answer = answer(response, WHO).await?;
        Ok(answer.access_token)
    }

    fn grant(&self, scope: &str, act: Act<'_>, now: Timestamp) -> String {
        let header = json!({ "alg": "RS256", "kid": self.config.kid });
        let mut claims = json!({
            "aud": self.config.audience,
            "iss": self.config.client_id,
            "scope": scope,
            "iat": now.as_second(),
            "exp": now.as_second() + GRANT_SECONDS,
            "jti": Uuid::new_v4().to_string(),
        });
        match act {
            Act::Client => {}
            Act::SystemUser(organisation) => {
                claims["authorization_details"] = json!([{
                    "type": "urn:altinn:systemuser",
                    "systemuser_org": { "authority": "iso6523-actorid-upis", "ID": format!("0192:{organisation}") },
                    "externalRef": self.config.system_user(organisation),
                }]);
            }
            // It must differ from the client's own.
            Act::Consumer(organisation) if self.config.owner.as_deref() == Some(organisation) => {}
            Act::Consumer(organisation) => claims["consumer_org"] = json!(organisation),
        }
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(&header), part(&claims));
        let signature = self.key.sign(input.as_bytes()).to_vec();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

#[cfg(test)]
mod tests {
    use rsa::pkcs8::{EncodePrivateKey, LineEnding};

    use super::*;

    fn client() -> Maskinporten {
        // Already installed when several tests share a process.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let key = RsaPrivateKey::new(&mut rand_core::UnwrapErr(getrandom::SysRng), 2048).unwrap();
        let key_pem = key.to_pkcs8_pem(LineEnding::LF).unwrap().to_string().into();
        let config = MaskinportenConfig {
            token_url: String::new(),
            audience: String::new(),
            client_id: String::new(),
            owner: None,
            kid: String::new(),
            key_pem,
            system_users: HashMap::from([("310904015".to_owned(), "310904015_leverandor".to_owned())]),
        };
        Maskinporten::new(config, reqwest::Client::new()).unwrap()
    }

    #[test]
    fn each_organisation_is_asked_for_as_its_own_system_user() {
        let client = client();
        for (organisation, reference) in
            [("310904007", "310904007_integrasjonspunkt_systembruker"), ("310904015", "310904015_leverandor")]
        {
            let grant = client.grant("a", Act::SystemUser(organisation), Timestamp::UNIX_EPOCH);
            let payload = URL_SAFE_NO_PAD.decode(grant.split('.').nth(1).unwrap()).unwrap();
            let claims: Value = serde_json::from_slice(&payload).unwrap();
            let user = &claims["authorization_details"][0];
            assert_eq!(user["systemuser_org"]["ID"], format!("0192:{organisation}"));
            assert_eq!(user["externalRef"], reference);
        }
    }
}
