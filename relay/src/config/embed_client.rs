//! Sites that may embed the send widget.

use serde::Deserialize;

/// A site that embeds the frame.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbedClient {
    /// Publishable id, `pk_test_…`.
    pub id: String,
    /// Origins, with `*` allowed as the port: `http://localhost:*`.
    pub origins: Vec<String>,
    /// Whose frames it may embed; without it, those of any organisation.
    pub orgnr: Option<String>,
}

impl EmbedClient {
    /// Whether a page of this origin may embed frames of an organisation.
    pub fn allows_for(&self, origin: &str, organisation: &str) -> bool {
        self.allows(origin) && self.orgnr.as_deref().is_none_or(|orgnr| orgnr == organisation)
    }

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
