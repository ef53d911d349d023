//! The file's sections as types.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use konvolutt_shared::api::ApprovalRule;
use konvolutt_shared::pki::CertificatePolicies;
use serde::Deserialize;

use crate::realm::Realm;

use super::{Delegation, EmbedClient, dpf, dpi, dpv, message_channel};
use crate::identity::openid::mapping::Row;

/// The keys of `keys.rs` as types. That list decides what is known and what is missing; here all may be absent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sections {
    pub(super) server: Server,
    pub(super) limits: LimitsSection,
    pub(super) store: StoreSection,
    pub(super) packages: PackagesSection,
    pub(super) log: Log,
    #[serde(default)]
    pub(super) metrics: Metrics,
    #[serde(default)]
    pub(super) observe: Observe,
    #[serde(default)]
    pub(super) webhooks: Webhooks,
    pub(super) identity: Identity,
    #[serde(default)]
    pub(super) maskinporten: Maskinporten,
    #[serde(default)]
    pub(super) altinn: Altinn,
    #[serde(default)]
    pub(super) dpf: dpf::Section,
    #[serde(default)]
    pub(super) dpf_accounts: Vec<dpf::Account>,
    #[serde(default)]
    pub(super) dpv: dpv::Section,
    #[serde(default)]
    pub(super) dpv_older: Vec<dpv::Older>,
    #[serde(default)]
    pub(super) dpi: dpi::Section,
    #[serde(default)]
    pub(super) contact_register: ContactRegister,
    #[serde(default)]
    pub(super) registry: Registry,
    #[serde(default)]
    pub(super) enhetsregister: EnhetsregisterSection,
    #[serde(default)]
    pub(super) trust: TrustFiles,
    #[serde(default)]
    pub(super) roles: Vec<Row>,
    #[serde(default)]
    pub(super) organisations: Vec<Organisation>,
    #[serde(default)]
    pub(super) system_users: Vec<SystemUser>,
    #[serde(default)]
    pub(super) message_channels: Vec<message_channel::Row>,
    #[serde(default)]
    pub(super) delegations: Vec<Delegation>,
    #[serde(default)]
    pub(super) approvals: Vec<ApprovalRule>,
    #[serde(default)]
    pub(super) embed: Vec<EmbedClient>,
}

/// This program itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Name of this relay, which every envelope must name as its audience.
    #[serde(default)]
    pub audience: String,
    /// Whose services these are, where the sandbox does not play them.
    pub world: Realm,
    pub listen: SocketAddr,
    pub data: PathBuf,
    /// The built front end.
    pub dist: Option<PathBuf>,
    /// Free disk below which nothing new is taken, in MiB.
    pub min_free_mib: u64,
    /// Uploads that a person may have begun and not submitted.
    pub uploads_per_person: u32,
    /// And how much they may be together, in MiB.
    pub upload_mib_per_person: u64,
    /// Names under which the relay is asked, without ports; none is this machine's own.
    pub hosts: Vec<String>,
    /// Machines whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpAddr>,
}

/// How much one may ask for, and how long it may take.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsSection {
    /// Requests a minute; 0 is no limit.
    pub(super) per_person: u32,
    pub(super) per_organisation: u32,
    pub(super) sign_in: u32,
    /// Event streams at once; 0 is no limit.
    pub(super) streams_per_person: u32,
    pub(super) connections: usize,
    pub(super) header_seconds: u64,
    pub(super) body_seconds: u64,
}

/// Where messages are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoreSection {
    pub(super) url: Option<String>,
    pub(super) password_file: Option<PathBuf>,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) connections: usize,
}

/// Where sealed packages are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PackagesSection {
    pub(super) bucket: Option<String>,
    pub(super) endpoint: Option<String>,
    pub(super) region: String,
    pub(super) access_key: Option<String>,
    pub(super) secret_key_file: Option<PathBuf>,
}

/// What is logged, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// As `tracing_subscriber::EnvFilter` reads it.
    pub filter: String,
    pub format: LogFormat,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Metrics {
    pub(super) listen: Option<SocketAddr>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Observe {
    pub(super) otlp: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Webhooks {
    pub(super) key_file: Option<PathBuf>,
    pub(super) loopback: String,
}

/// The OpenID provider, and how long people stay signed in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Identity {
    pub(super) portal: Option<String>,
    #[serde(default)]
    pub(super) issuer: String,
    #[serde(default)]
    pub(super) client: String,
    pub(super) kid: Option<String>,
    /// PKCS#8 PEM.
    pub(super) key_file: Option<PathBuf>,
    pub(super) secret_file: Option<PathBuf>,
    pub(super) scopes: Vec<String>,
    pub(super) levels: Vec<String>,
    pub(super) authorization_details: Option<String>,
    pub(super) person_claim: String,
    pub(super) name_claim: String,
    pub(super) roles_claim: Option<String>,
    pub(super) idle_minutes: u32,
    pub(super) hours: u32,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Maskinporten {
    pub(super) token: String,
    pub(super) audience: String,
    pub(super) client: String,
    pub(super) owner: Option<String>,
    pub(super) kid: String,
    /// PKCS#8 PEM.
    pub(super) key_file: PathBuf,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Altinn {
    pub(super) exchange: String,
    pub(super) broker: String,
    pub(super) resource: String,
    pub(super) system: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Registry {
    pub(super) address: String,
    /// JWK with the public key.
    pub(super) key_file: PathBuf,
    pub(super) people_scopes: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct EnhetsregisterSection {
    pub(super) address: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ContactRegister {
    pub(super) address: Option<String>,
}

/// PEM files and lists' addresses.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TrustFiles {
    pub(super) anchors: Vec<PathBuf>,
    pub(super) intermediates: Vec<PathBuf>,
    pub(super) revocation_lists: Vec<String>,
    /// Those of the relay's world, if nothing is said.
    pub(super) policies: Option<CertificatePolicies>,
}

/// What Altinn calls the system user of an organisation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SystemUser {
    pub(super) orgnr: String,
    /// Its `externalRef`.
    pub(super) name: String,
}

/// An organisation we act for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Organisation {
    pub(super) orgnr: String,
    pub(super) name: String,
}
