//! What an operator decides. Unknown keys are errors.

use std::path::PathBuf;

use konvolutt_shared::api::{OrganisationAccess, Person, Trust};
use serde::Deserialize;

use crate::broker::dpo::DpoConfig;
use crate::directory::MaskinportenConfig;

/// Everything the relay needs to know of the world outside.
#[derive(Debug)]
pub struct Outside {
    pub maskinporten: MaskinportenConfig,
    /// Altinn's token exchange.
    pub altinn_exchange: String,
    pub broker: DpoConfig,
    pub service_registry: String,
    pub enhetsregister: String,
    /// Addresses of certificate revocation lists.
    pub revocation_lists: Vec<String>,
    /// What `/trust.json` says.
    pub trust: Trust,
    /// People who may sign in by name; only the sandbox has such.
    pub people: Vec<Person>,
    /// Organisations we send and receive for.
    pub organisations: Vec<OrganisationAccess>,
    /// Base address of the sandbox, if it plays the outside.
    pub sandbox: Option<String>,
    /// Who may embed the frame.
    pub embed: Vec<EmbedClient>,
}

/// A site that embeds the frame.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbedClient {
    /// Publishable id, `pk_test_…`.
    pub id: String,
    /// Origins, with `*` allowed as the port: `http://localhost:*`.
    pub origins: Vec<String>,
}

impl EmbedClient {
    /// Whether a page of this origin may embed the frame.
    pub fn allows(&self, origin: &str) -> bool {
        self.origins.iter().any(|allowed| match allowed.strip_suffix(":*") {
            None => allowed == origin,
            Some(host) => {
                let port = origin.strip_prefix(host);
                port.is_some_and(|port| port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
            }
        })
    }
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The configuration file for running against real services.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Name of this relay, which every envelope must name as its audience.
    pub audience: String,
    pub maskinporten: MaskinportenFile,
    pub altinn_exchange: String,
    pub broker: String,
    /// Altinn resource of eFormidling.
    #[serde(default = "default_resource")]
    pub resource: String,
    pub service_registry: String,
    pub enhetsregister: String,
    #[serde(default)]
    pub revocation_lists: Vec<String>,
    /// PEM files.
    pub anchors: Vec<PathBuf>,
    /// PEM files.
    #[serde(default)]
    pub intermediates: Vec<PathBuf>,
    /// JWK file with the service registry's public key.
    pub registry_key: PathBuf,
    pub organisations: Vec<Organisation>,
    #[serde(default)]
    pub embed: Vec<EmbedClient>,
}

/// The Maskinporten client.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaskinportenFile {
    pub token: String,
    pub audience: String,
    pub client: String,
    pub kid: String,
    /// PKCS#8 PEM file.
    pub key: PathBuf,
}

/// An organisation we act for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    pub orgnr: String,
    pub name: String,
}

/// Longer than any gateway lets one request live.
const UPLOAD_PATIENCE: std::time::Duration = std::time::Duration::from_secs(30 * 60);

fn default_resource() -> String {
    "eformidling-dpo-meldingsutveksling".to_owned()
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file is missing or unreadable.
    #[error("{0} cannot be read: {1}")]
    File(PathBuf, std::io::Error),
    /// The configuration file has a mistake.
    #[error("the configuration file has a mistake: {0}")]
    Syntax(#[from] toml::de::Error),
    /// The registry's key is no JWK.
    #[error("the service registry's key is not a JSON Web Key")]
    RegistryKey,
}

impl File {
    /// Reads a file and everything it names.
    ///
    /// # Errors
    /// A file that cannot be read, a key that is not known or missing.
    pub fn read(path: &std::path::Path) -> Result<Outside, ConfigError> {
        toml::from_str::<Self>(&text(path)?)?.resolve()
    }

    fn resolve(self) -> Result<Outside, ConfigError> {
        let all = |paths: &[PathBuf]| paths.iter().map(|path| text(path)).collect::<Result<Vec<_>, _>>();
        let key = serde_json::from_str(&text(&self.registry_key)?).map_err(|_| ConfigError::RegistryKey)?;
        let organisations = self.organisations.into_iter();
        Ok(Outside {
            trust: Trust {
                audience: self.audience,
                sandbox: false,
                registry_keys: vec![key],
                anchors: all(&self.anchors)?,
                intermediates: all(&self.intermediates)?,
            },
            maskinporten: MaskinportenConfig {
                token_url: self.maskinporten.token,
                audience: self.maskinporten.audience,
                client_id: self.maskinporten.client,
                kid: self.maskinporten.kid,
                key_pem: text(&self.maskinporten.key)?.into(),
            },
            altinn_exchange: self.altinn_exchange,
            broker: DpoConfig { base: self.broker, resource: self.resource, patience: UPLOAD_PATIENCE },
            service_registry: self.service_registry,
            enhetsregister: self.enhetsregister,
            revocation_lists: self.revocation_lists,
            people: Vec::new(),
            organisations: organisations.map(|one| OrganisationAccess { orgnr: one.orgnr, name: one.name }).collect(),
            sandbox: None,
            embed: self.embed,
        })
    }
}

fn text(path: &std::path::Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|error| ConfigError::File(path.to_owned(), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_match_exactly_or_by_port() {
        let client = EmbedClient {
            id: "pk_test_a".to_owned(),
            origins: vec!["https://etat.example".to_owned(), "http://localhost:*".to_owned()],
        };
        for origin in ["https://etat.example", "http://localhost:8080", "http://localhost"] {
            assert!(client.allows(origin), "{origin}");
        }
        for origin in [
            "https://etat.example.evil",
            "http://localhost.evil:80",
            "http://localhost:80.evil",
            "null",
            "https://localhost:1",
        ] {
            assert!(!client.allows(origin), "{origin}");
        }
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        let error = toml::from_str::<File>("audience = 'x'\nbrokr = 'y'").unwrap_err().to_string();
        assert!(error.contains("brokr"), "{error}");
    }
}
