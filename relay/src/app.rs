//! The relay put together.

mod workers;

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use konvolutt_shared::api::{ApprovalRule, OrganisationAccess, OwnChannel, Person, Supplier, Trust};
use konvolutt_shared::envelope::{self, VerifyEnvelope};
use konvolutt_shared::finding::Finding;
use konvolutt_shared::identifier::MessageChannel;
use konvolutt_shared::pki::{Certificate, Memo, Policy, Purpose};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::broker::Signers;
use crate::broker::dpf::{Dpf, SvarInn};
use crate::broker::dpi::{self, Dpi};
use crate::broker::dpo::Dpo;
use crate::broker::dpv::Dpv;
use crate::channel::Channel;
use crate::config::{Configuration, Delegation, EmbedClient, Outside};
use crate::directory::{AGENT, ContactRegister, Enhetsregister, Names, Revocation, ServiceRegistry, Tokens};
use crate::files::Files;
use crate::health::Health;
use crate::http::Hosts;
use crate::identity::Lifetimes;
use crate::identity::openid::{Provider, Unusable};
use crate::limit::{Limits, Streams};
use crate::observe::Metrics;
use crate::packages::Packages;
use crate::realm::Realm;
use crate::store::{Store, StoreError};
use crate::upload::Quota;
use crate::webhook::{Courier, Guard, Safe, SystemLookup};
use crate::{collect, packages, store};

pub use workers::start_workers;

/// Where the configuration says nothing else; its default.
const UPLOADS: Quota = Quota { uploads: 200, bytes: 51_200 << 20 };

/// The same.
const PATIENCE: Duration = Duration::from_secs(30);

/// What handlers share.
pub type Shared = Arc<App>;

/// Everything a request or a worker needs.
#[derive(Debug)]
pub struct App {
    pub store: Arc<dyn Store>,
    pub packages: Arc<dyn Packages>,
    pub files: Files,
    /// The ways out and in.
    pub channels: Vec<Arc<Channel>>,
    /// KS SvarUt, to be asked what may be chosen.
    pub svarut: Option<Arc<Dpf>>,
    /// Whom Maskinporten and Altinn know.
    pub tokens: Arc<Tokens>,
    /// Digital mailboxes, for tokens and for what is queued.
    pub mail: Option<Arc<Dpi>>,
    pub contacts: Option<ContactRegister>,
    pub registry: ServiceRegistry,
    pub enhetsregister: Enhetsregister,
    pub revocation: Revocation,
    pub trust: Trust,
    /// Where people sign in.
    pub identity: Provider,
    /// How long they stay signed in.
    pub lifetimes: Lifetimes,
    pub people: Vec<Person>,
    pub organisations: Vec<OrganisationAccess>,
    /// Who may sign for whom, besides everybody for themselves.
    pub delegations: Vec<Delegation>,
    /// Organisations whose letters by KS SvarUt are digital only, unless a person says otherwise.
    pub digital_only: Vec<String>,
    /// Which letters wait for approval.
    pub approvals: Vec<ApprovalRule>,
    /// By organisation number, its own message channel.
    pub message_channels: HashMap<String, MessageChannel>,
    pub embed: Vec<EmbedClient>,
    /// Whether the sandbox plays the outside.
    pub sandbox: bool,
    /// Whose numbers there are.
    pub realm: Realm,
    /// Where the sandbox listens.
    pub sandbox_base: Option<String>,
    pub http: reqwest::Client,
    /// The built front end.
    pub dist: PathBuf,
    /// Wakes a delivery worker.
    pub wake: Notify,
    /// What a person, or a key with its frames, may have begun and not submitted.
    pub uploads: Quota,
    /// How often one may ask.
    pub limits: Limits,
    /// Who listens to events.
    pub streams: Streams,
    /// Under which names the relay is asked.
    pub hosts: Hosts,
    /// Machines whose word about where a request comes from is taken.
    pub proxies: Vec<IpAddr>,
    /// How long a body may stand still.
    pub patience: Duration,
    /// Carries webhooks out.
    pub webhooks: Courier,
    /// Seals and opens the secrets of webhooks.
    pub safe: Safe,
    /// Wakes those who do.
    pub wake_webhooks: Notify,
    /// Ends open event streams when the relay stops.
    pub stopping: CancellationToken,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Whether new letters can be taken.
    pub health: Health,
    /// Names from Enhetsregisteret.
    names: Names,
    anchors: Vec<Certificate>,
    intermediates: Vec<Certificate>,
    /// Signatures of certificates and lists that held before.
    memo: Memo,
}

/// Where everything is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    pub store: Arc<dyn Store>,
    pub packages: Arc<dyn Packages>,
}

impl Kept {
    /// Opens what the configuration names. Older tables are completed.
    ///
    /// # Errors
    /// It cannot be reached, or is of a newer version.
    pub async fn open(configuration: &Configuration, data: &std::path::Path) -> Result<Self, StoreError> {
        let store = store::open(configuration.postgres().as_ref(), data).await?;
        Ok(Self { store, packages: packages::open(configuration.s3().as_ref(), data)? })
    }
}

/// Why the relay cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A certificate in the configuration.
    #[error("a certificate in the configuration cannot be read: {0}")]
    Certificate(Finding),
    /// The HTTP client.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(#[from] reqwest::Error),
    /// Signing in.
    #[error("signing in cannot be set up: {0}")]
    Identity(#[from] Unusable),
    /// The key for letters to Altinn's inbox.
    #[error("the transit key cannot be used: {0}")]
    Transit(Finding),
    /// Maskinporten's key.
    #[error("the Maskinporten client cannot be set up: {0}")]
    Tokens(String),
    /// The key for the secrets of webhooks.
    #[error("no key can be made for the secrets of webhooks")]
    Safe,
}

impl App {
    /// Sets up folders and clients. Nothing is sent yet.
    ///
    /// # Errors
    /// Why it cannot start.
    pub fn open(outside: Outside, kept: Kept, data: &std::path::Path, dist: PathBuf) -> Result<Self, StartError> {
        let files = Files::open(data).map_err(StoreError::from)?;
        // Installing twice in one process, as tests do, keeps the first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(Duration::from_secs(60))
            .user_agent(AGENT)
            .no_proxy()
            .build()?;
        let safe = Safe::new(&outside.maskinporten.key_pem).ok_or(StartError::Safe)?;
        let (lock, registry_scopes) = (dpi::lock(&outside.maskinporten.key_pem), outside.registry_scopes());
        let tokens = Tokens::new(outside.maskinporten, outside.altinn_exchange, http.clone());
        let tokens = Arc::new(tokens.map_err(|error| StartError::Tokens(error.to_string()))?);
        let message_channels = outside.broker.channels.clone();
        let mut channels = vec![Arc::new(Channel::dpo(Dpo::new(outside.broker, http.clone(), tokens.clone())))];
        let mut svarut = None;
        if let Some(config) = outside.dpf {
            let svarinn = SvarInn::new(&config, http.clone());
            let dpf = Arc::new(Dpf::new(config, http.clone(), tokens.clone()));
            channels.push(Arc::new(Channel::dpf(dpf.clone(), svarinn)));
            svarut = Some(dpf);
        }
        // Roots come in bundles.
        let read = |pems: &[String]| -> Result<Vec<Certificate>, Finding> {
            let bundles = pems.iter().map(|pem| Certificate::bundle_from_pem(pem)).collect::<Result<Vec<_>, _>>();
            Ok(bundles?.concat())
        };
        let mut trust = outside.trust;
        let policies = trust.policies;
        let anchors = read(&trust.anchors).map_err(StartError::Certificate)?;
        let intermediates = read(&trust.intermediates).map_err(StartError::Certificate)?;
        let revocation = Revocation::new(outside.revocation_lists, &[&*anchors, &*intermediates].concat(), &http);
        let signers = || Signers {
            anchors: anchors.clone(),
            intermediates: intermediates.clone(),
            policies,
            revocation: revocation.clone(),
            delegations: outside.delegations.clone(),
        };
        if let Some(config) = outside.dpv {
            let names = outside.organisations.iter().map(|one| (one.orgnr.clone(), one.name.clone())).collect();
            let dpv = Dpv::new(config, signers(), names, http.clone(), tokens.clone()).map_err(StartError::Transit)?;
            trust.transit = Some(dpv.certificate_pem());
            channels.push(Arc::new(Channel::dpv(dpv)));
        }
        let mail = match (outside.dpi, lock) {
            (Some(config), Some(lock)) => {
                let dpi = Arc::new(Dpi::new(config, signers(), lock, http.clone(), tokens.clone()));
                channels.push(Arc::new(Channel::dpi(dpi.clone())));
                Some(dpi)
            }
            _ => None,
        };
        trust.dpi = mail.is_some();
        let contacts = outside.contact_register;
        // The certificate comes from the contact register.
        trust.printer = trust.printer.filter(|_| mail.is_some() && contacts.is_some());
        Ok(Self {
            channels,
            svarut,
            mail,
            contacts: contacts.map(|address| ContactRegister::new(address, http.clone(), tokens.clone())),
            registry: ServiceRegistry::new(outside.service_registry, registry_scopes, http.clone(), tokens.clone()),
            tokens,
            enhetsregister: Enhetsregister::new(outside.enhetsregister, http.clone()),
            revocation,
            anchors,
            intermediates,
            trust,
            identity: Provider::new(outside.identity, http.clone())?,
            lifetimes: Lifetimes::default(),
            people: outside.people,
            organisations: outside.organisations,
            delegations: outside.delegations,
            digital_only: outside.digital_only,
            approvals: outside.approvals,
            message_channels,
            embed: outside.embed,
            sandbox: outside.sandbox.is_some(),
            realm: outside.realm,
            sandbox_base: outside.sandbox,
            store: kept.store,
            packages: kept.packages,
            files,
            http,
            dist,
            wake: Notify::new(),
            uploads: UPLOADS,
            limits: Limits::none(),
            streams: Streams::new(0),
            hosts: Hosts::new(&[], None),
            proxies: Vec::new(),
            patience: PATIENCE,
            webhooks: Courier::new(Guard::new(false, Arc::new(SystemLookup)))?,
            safe,
            wake_webhooks: Notify::new(),
            stopping: CancellationToken::new(),
            metrics: Arc::default(),
            health: Health::demanding(data, 0),
            names: Names::default(),
            memo: Memo::remembering(),
        })
    }

    /// What an envelope is held against now. Where no revocation list can be had, it is held against none: the envelope
    /// then carries a finding that says so, which stays with the message.
    pub async fn expected(&self) -> VerifyEnvelope {
        let crls = self.revocation.parsed().await.unwrap_or_default();
        let now = crate::clock::now();
        let policy = Policy {
            at: now,
            anchors: self.anchors.clone(),
            intermediates: self.intermediates.clone(),
            crls,
            purpose: Purpose::Sign,
            policies: self.trust.policies,
            memo: self.memo.clone(),
            ..Policy::default()
        };
        let delegations = self
            .delegations
            .iter()
            .filter(|one| one.holds(now))
            .map(|one| envelope::Delegation { signer: one.signer.clone(), sender: one.sender.clone() });
        let delegations = delegations.collect();
        VerifyEnvelope { delegations, ..VerifyEnvelope::new(self.trust.audience.clone(), now, policy) }
    }

    /// Who may sign now for the organisations of a person.
    pub async fn suppliers_of(&self, person: &Person) -> Vec<Supplier> {
        let now = crate::clock::now();
        let mut suppliers = Vec::new();
        for one in self.delegations.iter().filter(|one| one.holds(now)) {
            if person.organisations.iter().any(|ours| ours.orgnr == one.sender) {
                let signer = OrganisationAccess { name: self.name_of(&one.signer).await, orgnr: one.signer.clone() };
                suppliers.push(Supplier { signer, sender: one.sender.clone() });
            }
        }
        suppliers
    }

    /// Which organisations of a person have chosen that KS SvarUt prints nothing.
    pub fn digital_only_of(&self, person: &Person) -> Vec<String> {
        let ours = |orgnr: &&String| person.organisations.iter().any(|one| one.orgnr == **orgnr);
        self.digital_only.iter().filter(ours).cloned().collect()
    }

    /// The message channels of a person's organisations.
    pub fn message_channels_of(&self, person: &Person) -> Vec<OwnChannel> {
        let organisations = person.organisations.iter();
        let own = organisations.filter_map(|one| Some((one, self.message_channels.get(&one.orgnr)?)));
        own.map(|(one, channel)| OwnChannel { organisation: one.orgnr.clone(), channel: channel.clone() }).collect()
    }

    /// Which letters of a person's organisations wait for approval.
    pub fn approvals_of(&self, person: &Person) -> Vec<ApprovalRule> {
        let ours = |rule: &&ApprovalRule| person.organisations.iter().any(|one| one.orgnr == rule.organisation);
        self.approvals.iter().filter(ours).cloned().collect()
    }

    /// The name of an organisation: ours, else Enhetsregisteret's, else its number.
    pub async fn name_of(&self, orgnr: &str) -> String {
        if let Some(own) = self.organisations.iter().find(|one| one.orgnr == orgnr) {
            return own.name.clone();
        }
        self.names.name_of(&self.enhetsregister, orgnr).await.unwrap_or_else(|| orgnr.to_owned())
    }
}

impl collect::Names for App {
    fn name_of<'a>(&'a self, orgnr: &'a str) -> Pin<Box<dyn Future<Output = String> + Send + 'a>> {
        Box::pin(self.name_of(orgnr))
    }
}
