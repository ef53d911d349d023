//! What a relay is given to talk to the sandbox: addresses, clients with their keys, and whom to trust.

use serde_json::Value;

/// What a relay pins to trust this sandbox, and nothing else.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Root certificates, PEM.
    pub anchors: Vec<String>,
    /// Issuing certificates, PEM.
    pub intermediates: Vec<String>,
    /// Public keys (JWK) of the service registry.
    pub registry_keys: Vec<Value>,
}

/// The Maskinporten client registered for the relay. Its `Debug` shows no key.
#[derive(Clone)]
pub struct MaskinportenClient {
    /// Goes into `iss`.
    pub client_id: String,
    /// The system that it belongs to in Altinn's system register.
    pub system: String,
    /// Goes into the header.
    pub kid: String,
    /// Private key, PKCS#8 PEM.
    pub key_pem: String,
}

impl std::fmt::Debug for MaskinportenClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { client_id, kid, .. } = self;
        f.debug_struct("MaskinportenClient").field("client_id", client_id).field("kid", kid).finish_non_exhaustive()
    }
}

/// The key that letters to Altinn's inbox are sealed to on their way through the relay. Its `Debug` shows no key.
#[derive(Clone)]
pub struct Transit {
    /// Private key, PKCS#8 PEM.
    pub key_pem: String,
    /// The certificate with its issuers, PEM.
    pub chain_pem: String,
}

impl std::fmt::Debug for Transit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Transit(…)")
    }
}

/// The OpenID client registered for the relay: it proves itself with the same key as at Maskinporten.
#[derive(Clone)]
pub struct OpenIdClient {
    pub issuer: String,
    pub client_id: String,
    /// Goes into the assertion's header.
    pub kid: String,
    /// Private key, PKCS#8 PEM.
    pub key_pem: String,
}

impl std::fmt::Debug for OpenIdClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { issuer, client_id, kid, .. } = self;
        let mut text = f.debug_struct("OpenIdClient");
        text.field("issuer", issuer).field("client_id", client_id).field("kid", kid).finish_non_exhaustive()
    }
}

/// Absolute addresses of every service, without a slash at the end unless it belongs.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// `POST` a grant here.
    pub maskinporten_token: String,
    /// `aud` of the assertion; ends in a slash.
    pub maskinporten_audience: String,
    /// `GET` with a Maskinporten token.
    pub altinn_exchange: String,
    /// `…/broker/api/v1`.
    pub broker: String,
    /// `…/correspondence/api/v1` behind Digdir's proxy, which eFormidling's senders use.
    pub correspondence: String,
    /// SvarUt: `…/api`.
    pub svarut: String,
    /// `…/tjenester/svarinn`.
    pub svarinn: String,
    /// The access point of digital post to people: operations are `…/messages/out` and so on.
    pub dpi: String,
    /// The contact register: operations are `…/rest/v2/personer` and so on.
    pub kontaktregister: String,
    /// `…/adressetjeneste`.
    pub service_registry: String,
    /// `…/enhetsregisteret/api`.
    pub enhetsregister: String,
    /// DER lists: root, issuing.
    pub revocation_lists: Vec<String>,
}

/// The integration with KS that is registered for the relay. Its `Debug` shows no password.
#[derive(Clone)]
pub struct SvarUtClient {
    /// `IntegrasjonId`.
    pub integration: String,
    /// `IntegrasjonPassord`, and the password of every receiving system.
    pub password: String,
    /// One for each of our organisations.
    pub accounts: Vec<SvarUtAccount>,
}

/// What an organisation has at KS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SvarUtAccount {
    /// Nine digits.
    pub organisation: String,
    /// `kontoId`.
    pub account: String,
    /// User name of its receiving system.
    pub receiver: String,
}

impl std::fmt::Debug for SvarUtClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SvarUtClient").field("integration", &self.integration).finish_non_exhaustive()
    }
}
