//! What an operator decides: one file, every key also by environment, secrets by file. Unknown keys are errors.
//!
//! `toml`'s own parser keeps the place of every key, and `strsim` (which comes with `clap`) finds the nearest name; the
//! larger crates do not do what is asked here: `figment` knows a value's source but not its line and brings an older
//! `toml`, `config` knows neither, and `serde_ignored` names unknown keys without a place.

mod delegation;
mod dpf;
mod dpi;
mod dpv;
pub mod keys;
pub mod layers;
mod message_channel;
pub mod mistake;
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
use konvolutt_shared::api::{ApprovalRule, OrganisationAccess, Person, Trust};
use konvolutt_shared::identifier::MessageChannel;
use konvolutt_shared::pki::Certificate;
use serde::Deserialize;

use crate::broker::dpf::DpfConfig;
use crate::broker::dpi::DpiConfig;
use crate::broker::dpo::DpoConfig;
use crate::broker::dpv::DpvConfig;
use crate::directory::{MaskinportenConfig, SecretPem};
use crate::identity::Lifetimes;
use crate::identity::openid::mapping::{Mapping, Row};
use crate::identity::openid::{Proof, Settings};
use crate::limit::Rates;
use crate::listen::Patience;
use crate::packages;
use crate::realm::Realm;
use crate::store::postgres;
use layers::Layers;
use mistake::Mistake;
use section::{Identity, PackagesSection, Sections, StoreSection};

pub use delegation::Delegation;
pub use section::{LimitsSection, Log, LogFormat, Server};

/// Everything the relay needs to know of the world outside.
#[derive(Debug)]
pub struct Outside {
    pub maskinporten: MaskinportenConfig,
    /// Altinn's token exchange.
    pub altinn_exchange: String,
    /// The id that this relay's system has in Altinn's system register, if that is said.
    pub altinn_system: Option<String>,
    pub broker: DpoConfig,
    /// KS, if letters go and come that way.
    pub dpf: Option<DpfConfig>,
    /// Altinn's inbox, if letters go that way.
    pub dpv: Option<DpvConfig>,
    /// Digital mailboxes and print, if letters go that way.
    pub dpi: Option<DpiConfig>,
    /// The contact register, if it can be asked.
    pub contact_register: Option<String>,
    pub service_registry: String,
    /// What the registry must be allowed to ask of people, where letters go to digital mailboxes and to print.
    pub people_scopes: Vec<String>,
    pub enhetsregister: String,
    /// Addresses of certificate revocation lists.
    pub revocation_lists: Vec<String>,
    /// What `/trust.json` says.
    pub trust: Trust,
    /// Where people sign in.
    pub identity: Settings,
    /// Who the frame is in test mode, without signing in; only the sandbox has such.
    pub people: Vec<Person>,
    /// Organisations we send and receive for.
    pub organisations: Vec<OrganisationAccess>,
    /// Who may sign for whom, besides everybody for themselves.
    pub delegations: Vec<Delegation>,
    /// Organisations whose letters by KS SvarUt are digital only, unless a person says otherwise.
    pub digital_only: Vec<String>,
    /// Which letters wait for approval.
    pub approvals: Vec<ApprovalRule>,
    /// Base address of the sandbox, if it plays the outside.
    pub sandbox: Option<String>,
    /// Which world all of this is.
    pub realm: Realm,
    /// Who may embed the frame.
    pub embed: Vec<EmbedClient>,
}

impl Outside {
    /// What a token for the service registry must be good for: the registry has a scope for each service, and whoever
    /// asks names those it uses (`eformidling:dpo` and so on, as the integrasjonspunkt does). With digital mailboxes the
    /// registry asks other registers of people in our name, and the token must be good for those, too.
    pub fn registry_scopes(&self) -> String {
        let services = [("dpf", self.dpf.is_some()), ("dpv", self.dpv.is_some()), ("dpi", self.dpi.is_some())];
        let used = services.into_iter().filter(|(_, is_used)| *is_used).map(|(service, _)| service);
        let services = std::iter::once("dpo").chain(used).map(|one| format!("eformidling:{one}"));
        let people = self.people_scopes.iter().filter(|_| self.dpi.is_some()).cloned();
        services.chain(people).collect::<Vec<_>>().join(" ")
    }

    /// Every service's address, with the key that names it.
    pub fn addresses(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![
            ("identity.issuer", self.identity.issuer.clone()),
            ("maskinporten.token", self.maskinporten.token_url.clone()),
            ("altinn.exchange", self.altinn_exchange.clone()),
            ("altinn.broker", self.broker.base.clone()),
            ("registry.address", self.service_registry.clone()),
            ("enhetsregister.address", self.enhetsregister.clone()),
        ];
        if let Some(dpf) = &self.dpf {
            all.extend([("dpf.address", dpf.address.clone()), ("dpf.svarinn", dpf.svarinn.clone())]);
        }
        all.extend(self.dpi.as_ref().map(|dpi| ("dpi.address", dpi.base.clone())));
        all.extend(self.contact_register.clone().map(|address| ("contact_register.address", address)));
        all.extend(self.dpv.as_ref().map(|dpv| ("dpv.address", dpv.base.clone())));
        all
    }

    /// Production has nothing of a sandbox in it.
    fn of_its_world(self) -> Result<Self, ConfigError> {
        let played = |pem: &String| {
            let all = Certificate::chain_from_pem(pem).unwrap_or_default();
            all.iter().any(|one| one.organisation_name().is_some_and(|name| name == SANDBOX))
        };
        let authorities = self.trust.anchors.iter().chain(&self.trust.intermediates);
        let trusted = authorities.into_iter().any(played).then_some("trust");
        let revocation = self.revocation_lists.iter().map(|address| ("trust.revocation_lists", address.clone()));
        let addressed =
            self.addresses().into_iter().chain(revocation).find(|(_, address)| address.contains("/sandbox/"));
        match addressed.map(|(key, _)| key).or(trusted) {
            Some(key) if self.realm == Realm::Production => Err(ConfigError::Sandbox(key)),
            _ => Ok(self),
        }
    }
}

/// The organisation in the names of the sandbox's authorities.
const SANDBOX: &str = "Konvolutt Sandkasse";

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
