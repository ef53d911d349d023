//! Starting and stopping, and what the relay needs to know to talk to the sandbox.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError};

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use konvolutt_shared::api::Person;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::authority::{Authority, Identity};
use crate::broker::state::Timing;
use crate::clock::Clock;
use crate::database::Database;
use crate::error::Error;
use crate::openid::{self, OpenId};
use crate::persona::Stage;
use crate::seed::{self, ORGANISATIONS};
use crate::serve::{Cuttable, Cutter, with_cutter};
use crate::token::{Client, Tokens};
use crate::world::World;
use crate::{broker, control, correspondence, enhetsregister, registry, shipment, site, svarut, switch, token};

/// How to start.
#[derive(Clone, Debug)]
pub struct Options {
    /// The sandbox keeps its state in `sandbox` below this folder.
    pub data: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Divides every delay: 10 makes ten seconds one.
    pub speed: f64,
}

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

/// A running sandbox.
#[derive(Debug)]
pub struct Sandbox {
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    world: Arc<World>,
    relay: Arc<Identity>,
    transit: Arc<Identity>,
    stop: CancellationToken,
    server: JoinHandle<()>,
}

/// Tells other processes where a sandbox listens.
const ADDRESS: &str = "address";

const RELAY_CLIENT: &str = "konvolutt-relay";
const PORTAL_CLIENT: &str = "konvolutt-portal";
const RELAY_SCOPES: &[&str] = &[
    "altinn:broker.read",
    "altinn:broker.write",
    "altinn:correspondence.read",
    "altinn:correspondence.write",
    "eformidling:dpo",
    "eformidling:dpe",
    "eformidling:dpv",
    "eformidling:dpf",
    "eformidling:dpi",
    "eformidling:dph",
    svarut::SCOPE,
];

/// Starts the sandbox on its own socket. The first start makes keys, which takes seconds; later ones only read them.
///
/// # Errors
/// If the data folder, the database or the socket cannot be used.
pub async fn start(options: Options) -> Result<Sandbox, Error> {
    // Whoever embeds the sandbox may have chosen a provider before; loopback has no TLS, so any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let clock = Clock::new(options.speed);
    let folder = options.data.join("sandbox");
    let listener = TcpListener::bind(options.listen).await?;
    let base = format!("http://{}", listener.local_addr()?);
    let keys = Keys::load(&folder.join("keys"), &clock).await?;
    let database = Arc::new(Database::open(&folder.join("sandbox.sqlite"))?);
    let store = broker::Store::open(database.clone(), folder.join("transfers"), Timing::scaled(&clock))?;
    let inbox = correspondence::Store::new(database.clone(), correspondence::Timing::scaled(&clock));
    let shipments = svarut::Store::open(database.clone(), folder.join("shipments"), shipment::Timing::scaled(&clock))?;
    let tokens = Tokens::new(&base, keys.maskinporten, keys.altinn);
    tokens.register(Client {
        id: RELAY_CLIENT.to_owned(),
        organisation: seed::VENDOR.to_owned(),
        kid: keys.relay.kid().to_owned(),
        key: keys.relay.public_key(),
        scopes: RELAY_SCOPES.to_vec(),
        system_users: seed::ours().map(|one| one.number.to_owned()).collect(),
    });
    let openid = OpenId::new(&base, keys.openid, PORTAL_CLIENT, keys.relay.clone());
    let stop = CancellationToken::new();
    let world = Arc::new(World {
        base: base.clone(),
        clock,
        database,
        authority: keys.authority,
        registry: keys.registry,
        tokens,
        openid,
        broker: store,
        correspondence: inbox,
        correspondence_faults: correspondence::Faults::default(),
        shipments,
        svarut: keys.svarut.clone(),
        faults: crate::fault::Faults::default(),
        switches: switch::Switches::default(),
        stage: OnceLock::new(),
        active: std::sync::Mutex::new(BTreeSet::new()),
    });
    let _ = world.stage.set(Stage::new(&world.base, stop.clone())?);
    let app = router(world.clone())
        .layer(from_fn_with_state(world.clone(), switch::disturb))
        .layer(from_fn(with_cutter))
        .into_make_service_with_connect_info::<Cutter>();
    let until = stop.clone();
    let server = tokio::spawn(async move {
        let served = axum::serve(Cuttable(listener), app).with_graceful_shutdown(until.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::error!(%error, "sandbox server");
        }
    });
    tokio::spawn(awaken(world.clone()));
    tokio::spawn(svarut::work(world.clone(), keys.svarut, stop.clone()));
    std::fs::write(folder.join(ADDRESS), &base)?;
    Ok(Sandbox { base, world, relay: keys.relay, transit: keys.transit, stop, server })
}

/// Joins a sandbox that another process serves with this data folder: its keys and addresses. Nothing is served here.
///
/// # Errors
/// None has ever been started there.
pub async fn join(data: &Path) -> Result<Sandbox, Error> {
    let (folder, clock) = (data.join("sandbox"), Clock::new(1.0));
    let base = std::fs::read_to_string(folder.join(ADDRESS))?;
    let keys = Keys::load(&folder.join("keys"), &clock).await?;
    // The other's are its own.
    let database = Arc::new(Database::open(Path::new(":memory:"))?);
    let broker = broker::Store::open(database.clone(), folder.join("transfers"), Timing::scaled(&clock))?;
    let shipments = svarut::Store::open(database.clone(), folder.join("shipments"), shipment::Timing::scaled(&clock))?;
    let world = World {
        base: base.clone(),
        tokens: Tokens::new(&base, keys.maskinporten, keys.altinn),
        openid: OpenId::new(&base, keys.openid, PORTAL_CLIENT, keys.relay.clone()),
        clock,
        correspondence: correspondence::Store::new(database.clone(), correspondence::Timing::scaled(&clock)),
        correspondence_faults: correspondence::Faults::default(),
        database,
        authority: keys.authority,
        registry: keys.registry,
        broker,
        shipments,
        svarut: keys.svarut,
        faults: crate::fault::Faults::default(),
        switches: switch::Switches::default(),
        stage: OnceLock::new(),
        active: std::sync::Mutex::new(BTreeSet::new()),
    };
    let (stop, server) = (CancellationToken::new(), tokio::spawn(async {}));
    let (relay, transit) = (keys.relay, keys.transit);
    Ok(Sandbox { base, world: Arc::new(world), relay, transit, stop, server })
}

/// Counterparts that had a key before go on; on the first start, one writes first.
async fn awaken(world: Arc<World>) {
    for one in ORGANISATIONS.iter().filter(|one| one.is_played() && world.known(one.number)) {
        if let Err(error) = world.identity(one).await {
            tracing::error!(%error, organisation = one.number, "counterpart");
        }
    }
    if let Err(error) = control::welcome(&world).await {
        tracing::error!(%error, "welcome letters");
    }
}

fn router(world: Arc<World>) -> Router {
    Router::new()
        .nest("/sandbox/maskinporten", token::maskinporten_routes())
        .nest("/sandbox/altinn/authentication", token::altinn_routes())
        .nest("/sandbox/altinn/broker/api/v1", broker::routes())
        .nest("/sandbox/altinn/correspondence/api/v1", correspondence::routes(correspondence::Door::Altinn))
        .nest("/sandbox/altinn-proxy/correspondence/api/v1", correspondence::routes(correspondence::Door::Proxy))
        .nest("/sandbox/svarut/api", svarut::ut_routes())
        .nest("/sandbox/svarut/tjenester/svarinn", svarut::inn_routes())
        .nest("/sandbox/sr/adressetjeneste", registry::routes())
        .nest("/sandbox/brreg/enhetsregisteret/api", enhetsregister::routes())
        .nest("/sandbox/openid", openid::routes())
        .nest("/sandbox/control", control::routes())
        .merge(site::routes())
        .merge(switch::routes())
        .with_state(world)
}

/// Keys that must be there before anything is answered.
struct Keys {
    authority: Arc<Authority>,
    maskinporten: Arc<Identity>,
    altinn: Arc<Identity>,
    registry: Arc<Identity>,
    openid: Arc<Identity>,
    relay: Arc<Identity>,
    transit: Arc<Identity>,
    svarut: Arc<Identity>,
}

impl Keys {
    /// Loads them, or makes them side by side.
    async fn load(folder: &Path, clock: &Clock) -> Result<Self, Error> {
        let (folder, now) = (folder.to_owned(), clock.now());
        let opened = tokio::task::spawn_blocking(move || Authority::open(&folder, now)).await;
        let authority = Arc::new(opened.map_err(Error::authority)??);
        let service = |file: &'static str, name: &'static str| {
            let authority = authority.clone();
            tokio::task::spawn_blocking(move || authority.service(file, name, now))
        };
        let services = [
            service("maskinporten", "Maskinporten"),
            service("altinn", "Altinn"),
            service("registry", "Adressetjenesten"),
            service("openid", "Innlogging"),
            service("relay", "Konvolutt drift"),
            service("transit", "Konvolutt gjennomgang"),
        ];
        let ours: Vec<_> = seed::ours()
            .map(|one| {
                let authority = authority.clone();
                tokio::task::spawn_blocking(move || authority.organisation(one.number, one.name, now))
            })
            .collect();
        let ks = {
            let authority = authority.clone();
            tokio::task::spawn_blocking(move || authority.organisation(seed::KS, "KS SvarUt", now))
        };
        let [maskinporten, altinn, registry, openid, relay, transit] = services;
        let keys = Self {
            authority,
            maskinporten: maskinporten.await.map_err(Error::authority)??,
            altinn: altinn.await.map_err(Error::authority)??,
            registry: registry.await.map_err(Error::authority)??,
            openid: openid.await.map_err(Error::authority)??,
            relay: relay.await.map_err(Error::authority)??,
            transit: transit.await.map_err(Error::authority)??,
            svarut: ks.await.map_err(Error::authority)??,
        };
        for one in ours {
            one.await.map_err(Error::authority)??;
        }
        Ok(keys)
    }
}

impl Sandbox {
    /// What to pin.
    pub fn trust(&self) -> Trust {
        Trust {
            anchors: vec![self.world.authority.root().certificate_pem()],
            intermediates: vec![self.world.authority.issuing().certificate_pem()],
            registry_keys: vec![self.world.registry.jwk()],
        }
    }

    /// Who may sign in.
    pub fn people(&self) -> Vec<Person> {
        seed::people()
    }

    /// The relay's own client.
    ///
    /// # Errors
    /// If the key cannot be encoded.
    pub fn maskinporten_client(&self) -> Result<MaskinportenClient, Error> {
        Ok(MaskinportenClient {
            client_id: RELAY_CLIENT.to_owned(),
            kid: self.relay.kid().to_owned(),
            key_pem: self.relay.key_pem()?,
        })
    }

    /// The relay's key for letters to Altinn's inbox.
    ///
    /// # Errors
    /// If the key cannot be encoded.
    pub fn transit(&self) -> Result<Transit, Error> {
        Ok(Transit { key_pem: self.transit.key_pem()?, chain_pem: self.transit.chain_pem() })
    }

    /// The relay's own integration with KS.
    pub fn svarut_client(&self) -> SvarUtClient {
        let accounts = seed::ours().map(|one| SvarUtAccount {
            organisation: one.number.to_owned(),
            account: svarut::account(one.number).to_string(),
            receiver: svarut::receiver(one.number),
        });
        SvarUtClient {
            integration: svarut::integration(seed::VENDOR).to_string(),
            password: svarut::PASSWORD.to_owned(),
            accounts: accounts.collect(),
        }
    }

    /// The relay's client at the OpenID provider.
    ///
    /// # Errors
    /// If the key cannot be encoded.
    pub fn openid_client(&self) -> Result<OpenIdClient, Error> {
        Ok(OpenIdClient {
            issuer: self.world.openid.issuer().to_owned(),
            client_id: PORTAL_CLIENT.to_owned(),
            kid: self.relay.kid().to_owned(),
            key_pem: self.relay.key_pem()?,
        })
    }

    /// Lets people come back from signing in to a portal at this address too. Loopback is always allowed.
    pub fn allow_portal(&self, address: &str) {
        self.world.openid.allow(address);
    }

    /// Where everything is.
    pub fn endpoints(&self) -> Endpoints {
        let at = |path: &str| format!("{}/sandbox/{path}", self.base);
        Endpoints {
            maskinporten_token: at("maskinporten/token"),
            maskinporten_audience: at("maskinporten/"),
            altinn_exchange: at("altinn/authentication/api/v1/exchange/maskinporten"),
            broker: at("altinn/broker/api/v1"),
            correspondence: at("altinn-proxy/correspondence/api/v1"),
            svarut: at("svarut/api"),
            svarinn: at("svarut/tjenester/svarinn"),
            service_registry: at("sr/adressetjeneste"),
            enhetsregister: at("brreg/enhetsregisteret/api"),
            revocation_lists: vec![at("ca/root.crl"), at("ca/issuing.crl")],
        }
    }

    /// Stops the counterparts and the server.
    pub async fn stop(self) {
        self.stop.cancel();
        // Keep-alive connections may stay open for long; what is stored is stored.
        if tokio::time::timeout(std::time::Duration::from_secs(1), self.server).await.is_err() {
            tracing::debug!("sandbox stopped with open connections");
        }
        self.world.active.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
