//! What an operator decides: one file, every key also by environment, secrets by file. Unknown keys are errors.
//!
//! `toml`'s own parser keeps the place of every key, and `strsim` (which comes with `clap`) finds the nearest name; the
//! larger crates do not do what is asked here: `figment` knows a value's source but not its line and brings an older
//! `toml`, `config` knows neither, and `serde_ignored` names unknown keys without a place.

mod delegation;
mod dpf;
mod dpi;
mod dpv;
mod embed_client;
pub mod keys;
pub mod layers;
mod message_channel;
pub mod mistake;
mod outside;
mod section;
mod show;

#[cfg(test)]
mod deploy_tests;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use konvolutt_shared::api::{ApprovalRule, OrganisationAccess, Trust};
use konvolutt_shared::identifier::MessageChannel;

use crate::broker::dpo::DpoConfig;
use crate::directory::{MaskinportenConfig, SecretPem};
use crate::identity::Lifetimes;
use crate::identity::openid::mapping::{Mapping, Row};
use crate::identity::openid::{Proof, Settings};
use crate::limit::Rates;
use crate::listen::Patience;
use crate::packages;
use crate::store::postgres;
use layers::Layers;
use mistake::Mistake;
use section::{Identity, PackagesSection, Sections, StoreSection};

pub use delegation::Delegation;
pub use embed_client::EmbedClient;
pub use outside::Outside;
pub use section::{LimitsSection, Log, LogFormat, Server};

/// Everything an operator decides, read and found good.
#[derive(Clone, Debug)]
pub struct Configuration {
    layers: Layers,
    sections: Sections,
}

/// What is laid over file and environment.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    pub data: Option<PathBuf>,
    pub listen: Option<SocketAddr>,
    pub dist: Option<PathBuf>,
}

/// Paths of key and certificate files.
#[derive(Clone, Copy, Debug)]
pub struct Files<'a> {
    /// Maskinporten's client key; secret.
    pub client_key: &'a Path,
    pub registry_key: &'a Path,
    pub anchors: &'a [PathBuf],
    pub intermediates: &'a [PathBuf],
}

/// Characters that a key for the secrets of webhooks has at least.
const WEBHOOK_KEY: usize = 32;

/// Longer than any gateway lets one request live.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(30 * 60);

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file is missing or unreadable.
    #[error("{0} cannot be read: {1}")]
    File(PathBuf, std::io::Error),
    /// Everything that is wrong with it.
    #[error("the configuration has mistakes:{}", .0.iter().map(|one| format!("\n  {one}")).collect::<String>())]
    Mistakes(Vec<Mistake>),
    /// The registry's key is no JWK.
    #[error("the service registry's key is not a JSON Web Key")]
    RegistryKey,
    /// The key for the secrets of webhooks is too short to be one.
    #[error("webhooks.key_file holds less than 32 characters; «openssl rand -base64 32» makes a key")]
    WebhookKey,
    /// The client at the OpenID provider can prove itself in no way, or in two.
    #[error("[identity] needs either kid and key_file, or secret_file")]
    IdentityProof,
    /// KS is reached with all of it or not at all.
    #[error("dpf needs address, svarinn, integration and password_file, or none of them")]
    HalfOfDpf,
    /// The inbox is reached with all of it or not at all.
    #[error("dpv needs address, transit_key_file and transit_certificate_file, or none of them")]
    HalfOfDpv,
    /// The access point takes no such channel.
    #[error("dpi.channel must be 1 to 28 of A-Z, a-z, 0-9, _ and -")]
    DpiChannel,
    /// An organisation has one message channel, and only those that are served have any.
    #[error("[[message_channels]] names {0} {1}")]
    MessageChannel(String, &'static str),
    /// The print provider is no organisation.
    #[error("dpi.printer must be an organisation number of nine digits")]
    Printer,
    /// Production would use what is played.
    #[error("«{0}» leads to a sandbox, and this is production. Name the real service, or say «server.world = 'test'»")]
    Sandbox(&'static str),
    /// List and types do not agree: a bug.
    #[error("the configuration does not fit the program: {0}")]
    Shape(String),
}

impl Configuration {
    /// Reads defaults, then a file if one is named, then the environment, then the command line.
    ///
    /// # Errors
    /// An unreadable file, or every mistake at once. `real` demands what the sandbox would bring along.
    pub fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: &Flags,
        real: bool,
    ) -> Result<Self, ConfigError> {
        let mut layers = Layers::defaults();
        if let Some(path) = file {
            layers.file(&text(path)?, path.parent().unwrap_or(Path::new("")));
        }
        layers.environment(environment);
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
        layers.flag("server.data", "--data", path(&flags.data));
        layers.flag("server.dist", "--dist", path(&flags.dist));
        layers.flag("server.listen", "--listen", flags.listen.map(|listen| listen.to_string()));
        if real {
            layers.demand_everything();
        }
        if !layers.mistakes.is_empty() {
            layers.mistakes.sort_by_key(|mistake| match mistake.origin {
                layers::Origin::File(line) => line,
                _ => usize::MAX,
            });
            return Err(ConfigError::Mistakes(layers.mistakes));
        }
        let sections = layers.tables().try_into::<Sections>();
        let sections = sections.map_err(|error| ConfigError::Shape(error.message().to_owned()))?;
        Ok(Self { layers, sections })
    }

    /// The whole of it with origins, without secrets.
    pub fn show(&self) -> String {
        show::show(&self.layers)
    }

    /// This program itself.
    pub fn server(&self) -> &Server {
        &self.sections.server
    }

    /// How often one may ask.
    pub fn rates(&self) -> Rates {
        let LimitsSection { per_person, per_organisation, sign_in, .. } = self.sections.limits;
        Rates { person: per_person, organisation: per_organisation, sign_in }
    }

    /// How many event streams a person, or a key, may hold open; 0 is no limit.
    pub fn streams_per_person(&self) -> u32 {
        self.sections.limits.streams_per_person
    }

    /// How many connections there may be, and how slow. Nobody gets no time at all.
    pub fn patience(&self) -> Patience {
        let LimitsSection { connections, header_seconds, body_seconds, .. } = self.sections.limits;
        let seconds = |seconds: u64| Duration::from_secs(seconds.max(1));
        Patience { connections: connections.max(1), headers: seconds(header_seconds), body: seconds(body_seconds) }
    }

    /// What is logged.
    pub fn log(&self) -> &Log {
        &self.sections.log
    }

    /// Where metrics are given, if anywhere.
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.sections.metrics.listen
    }

    /// The collector that traces are given to, if any.
    pub fn otlp(&self) -> Option<&str> {
        self.sections.observe.otlp.as_deref()
    }

    /// PostgreSQL, if messages are kept there and not in the data folder.
    pub fn postgres(&self) -> Option<postgres::Settings> {
        let StoreSection { url, password_file, ca_file, connections } = self.sections.store.clone();
        Some(postgres::Settings { url: url?, password_file, ca_file, connections })
    }

    /// A bucket, if packages are kept there and not in the data folder.
    pub fn s3(&self) -> Option<packages::Settings> {
        let PackagesSection { bucket, endpoint, region, access_key, secret_key_file } = self.sections.packages.clone();
        Some(packages::Settings { bucket: bucket?, endpoint, region, access_key, secret_key_file })
    }

    /// What the secrets of webhooks are sealed under, if it is a key of its own.
    ///
    /// # Errors
    /// A file that cannot be read, or holds too little.
    pub fn webhook_key(&self) -> Result<Option<SecretPem>, ConfigError> {
        let Some(path) = &self.sections.webhooks.key_file else { return Ok(None) };
        let key = text(path)?;
        if key.trim().len() < WEBHOOK_KEY { Err(ConfigError::WebhookKey) } else { Ok(Some(key.into())) }
    }

    /// Whether webhooks may tell this machine. Only the sandbox asks.
    pub fn webhooks_may_tell_loopback(&self) -> bool {
        self.sections.webhooks.loopback == "allowed"
    }

    /// Who may sign for whom, besides everybody for themselves.
    pub fn delegations(&self) -> &[Delegation] {
        &self.sections.delegations
    }

    /// By organisation number, what its system user is called where that is not the usual.
    pub fn system_users(&self) -> HashMap<String, String> {
        self.sections.system_users.iter().map(|one| (one.orgnr.clone(), one.name.clone())).collect()
    }

    /// By organisation number, its own message channel.
    ///
    /// # Errors
    /// [`ConfigError::MessageChannel`] for one that is none of these organisations, or that is named twice.
    pub fn message_channels(
        &self,
        organisations: &[OrganisationAccess],
    ) -> Result<HashMap<String, MessageChannel>, ConfigError> {
        message_channel::by_organisation(&self.sections.message_channels, organisations)
    }

    /// Organisations whose letters by KS SvarUt are digital only, unless a person says otherwise.
    pub fn digital_only(&self) -> &[String] {
        self.sections.dpf.digital_only()
    }

    /// Which letters wait for approval.
    pub fn approvals(&self) -> &[ApprovalRule] {
        &self.sections.approvals
    }

    /// Where people reach this relay, if that is said.
    pub fn portal(&self) -> Option<&str> {
        self.sections.identity.portal.as_deref()
    }

    /// How long people stay signed in.
    pub fn lifetimes(&self) -> Lifetimes {
        let Identity { idle_minutes, hours, .. } = &self.sections.identity;
        Lifetimes {
            idle: SignedDuration::from_mins(i64::from(*idle_minutes)),
            whole: SignedDuration::from_hours(i64::from(*hours)),
        }
    }

    /// The files that the real world needs.
    pub fn files(&self) -> Files<'_> {
        let Sections { maskinporten, registry, trust, .. } = &self.sections;
        Files {
            client_key: &maskinporten.key_file,
            registry_key: &registry.key_file,
            anchors: &trust.anchors,
            intermediates: &trust.intermediates,
        }
    }

    /// Reads every file that is named: what the relay needs to serve the real world.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn outside(&self) -> Result<Outside, ConfigError> {
        let all = self.sections.clone();
        let every = |paths: &[PathBuf]| paths.iter().map(|path| text(path)).collect::<Result<Vec<_>, _>>();
        let key = serde_json::from_str(&text(&all.registry.key_file)?).map_err(|_| ConfigError::RegistryKey)?;
        let organisations = all.organisations.into_iter();
        let organisations: Vec<_> =
            organisations.map(|one| OrganisationAccess { orgnr: one.orgnr, name: one.name }).collect();
        Outside {
            trust: Trust {
                audience: all.server.audience,
                sandbox: false,
                registry_keys: vec![key],
                anchors: every(&all.trust.anchors)?,
                intermediates: every(&all.trust.intermediates)?,
                policies: all.trust.policies.unwrap_or_else(|| all.server.world.policies()),
                transit: None,
                svarut: all.dpf.is_set_up(),
                dpi: false,
                printer: all.dpi.printer(),
            },
            maskinporten: MaskinportenConfig {
                token_url: all.maskinporten.token,
                audience: all.maskinporten.audience,
                client_id: all.maskinporten.client,
                owner: all.maskinporten.owner,
                kid: all.maskinporten.kid,
                key_pem: text(&all.maskinporten.key_file)?.into(),
                system_users: self.system_users(),
            },
            altinn_exchange: all.altinn.exchange,
            altinn_system: all.altinn.system,
            broker: DpoConfig {
                base: all.altinn.broker,
                resource: all.altinn.resource,
                patience: UPLOAD_PATIENCE,
                channels: self.message_channels(&organisations)?,
            },
            digital_only: all.dpf.digital_only().to_vec(),
            dpf: dpf::config(all.dpf, all.dpf_accounts)?,
            dpv: dpv::config(all.dpv, all.dpv_older)?,
            dpi: dpi::config(all.dpi)?,
            contact_register: all.contact_register.address,
            service_registry: all.registry.address,
            people_scopes: all.registry.people_scopes,
            enhetsregister: all.enhetsregister.address,
            revocation_lists: all.trust.revocation_lists,
            identity: identity(all.identity, all.roles)?,
            people: Vec::new(),
            organisations,
            delegations: all.delegations,
            approvals: all.approvals,
            sandbox: None,
            realm: all.server.world,
            embed: all.embed,
        }
        .of_its_world()
    }
}

fn identity(section: Identity, table: Vec<Row>) -> Result<Settings, ConfigError> {
    let proof = match (section.kid, section.key_file, section.secret_file) {
        (Some(kid), Some(file), None) => Proof::Key { kid, pem: text(&file)?.into() },
        (None, None, Some(file)) => Proof::Secret(text(&file)?.trim_end().to_owned().into()),
        _ => return Err(ConfigError::IdentityProof),
    };
    Ok(Settings {
        issuer: section.issuer,
        client: section.client,
        proof,
        scopes: section.scopes,
        levels: section.levels,
        authorization_details: section.authorization_details,
        mapping: Mapping { person: section.person_claim, name: section.name_claim, roles: section.roles_claim, table },
        portal: section.portal.map(|portal| portal.trim_end_matches('/').to_owned()),
        through_us: None,
    })
}

fn text(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|error| ConfigError::File(path.to_owned(), error))
}
