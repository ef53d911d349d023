//! Starting and stopping, and telling the relay what it needs to know.

mod given;
mod keys;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError};

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use konvolutt_shared::api::Person;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use self::given::{Endpoints, MaskinportenClient, OpenIdClient, SvarUtAccount, SvarUtClient, Transit, Trust};
use self::keys::Keys;
use crate::authority::Identity;
use crate::clock::{self, Clock};
use crate::database::Database;
use crate::error::Error;
use crate::openid::{self, OpenId};
use crate::persona::Stage;
use crate::seed::{self, ORGANISATIONS, PROVIDERS};
use crate::serve::{Cuttable, Cutter, heard, with_cutter};
use crate::token::{Client, Tokens};
use crate::world::World;
use crate::{
    broker, control, correspondence, dpi, enhetsregister, kontaktregister, post, registry, shipment, site, svarut,
    switch, system_user, token, unavailable,
};

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
const OWNER_CLIENT: &str = "tjenesteeier";
const PORTAL_CLIENT: &str = "konvolutt-portal";
const RELAY_SCOPES: &[&str] = &[
    "altinn:broker.read",
    "altinn:broker.write",
    "altinn:authentication/systemuser.request.read",
    "altinn:authentication/systemuser.request.write",
    "altinn:correspondence.read",
    "altinn:correspondence.write",
    "eformidling:dpo",
    "eformidling:dpe",
    "eformidling:dpv",
    "eformidling:dpf",
    "eformidling:dpi",
    "eformidling:dph",
    svarut::SCOPE,
    dpi::SCOPE,
    kontaktregister::CONTACT,
    kontaktregister::MAILBOX,
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
    clock.resume(&database)?;
    let store = broker::Store::open(database.clone(), folder.join("transfers"), clock.clone())?;
    let inbox = correspondence::Store::new(database.clone(), correspondence::Timing::scaled(&clock));
    let shipments = svarut::Store::open(database.clone(), folder.join("shipments"), shipment::Timing::scaled(&clock))?;
    let post = dpi::Store::open(database.clone(), folder.join("post"), post::Timing::scaled(&clock), &keys.dpi)?;
    let tokens = Tokens::new(&base, keys.maskinporten, keys.altinn);
    tokens.register(Client {
        id: RELAY_CLIENT.to_owned(),
        organisation: seed::VENDOR.to_owned(),
        kid: keys.relay.kid().to_owned(),
        key: keys.relay.public_key(),
        scopes: [RELAY_SCOPES, &registry::PEOPLE_SCOPES].concat(),
        system: Some(system_user::KONVOLUTT.id),
        delegations: seed::ours().map(|one| one.number.to_owned()).collect(),
    });
    let system_users = system_user::Store::new(database.clone(), system_user::state::Timing::scaled(&clock));
    let openid = OpenId::new(&base, keys.openid, PORTAL_CLIENT, keys.relay.clone());
    let (stop, switches) = (CancellationToken::new(), switch::Switches::new(minute(&clock)));
    let world = Arc::new(World {
        base: base.clone(),
        clock,
        database,
        authority: keys.authority,
        registry: keys.registry,
        tokens,
        system_users,
        openid,
        broker: store,
        correspondence: inbox,
        correspondence_faults: correspondence::Faults::default(),
        shipments,
        svarut: keys.svarut.clone(),
        dpi: post,
        faults: crate::fault::Faults::default(),
        switches,
        stage: OnceLock::new(),
        active: std::sync::Mutex::new(BTreeSet::new()),
    });
    let _ = world.stage.set(Stage::new(&world.base, stop.clone())?);
    let app = router(world.clone())
        .layer(from_fn_with_state(world.clone(), switch::disturb))
        .layer(from_fn(heard))
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
    let broker = broker::Store::open(database.clone(), folder.join("transfers"), clock.clone())?;
    let shipments = svarut::Store::open(database.clone(), folder.join("shipments"), shipment::Timing::scaled(&clock))?;
    let post = dpi::Store::open(database.clone(), folder.join("post"), post::Timing::scaled(&clock), &keys.dpi)?;
    let switches = switch::Switches::new(minute(&clock));
    let world = World {
        base: base.clone(),
        tokens: Tokens::new(&base, keys.maskinporten, keys.altinn),
        system_users: system_user::Store::new(database.clone(), system_user::state::Timing::scaled(&clock)),
        openid: OpenId::new(&base, keys.openid, PORTAL_CLIENT, keys.relay.clone()),
        correspondence: correspondence::Store::new(database.clone(), correspondence::Timing::scaled(&clock)),
        clock,
        correspondence_faults: correspondence::Faults::default(),
        database,
        authority: keys.authority,
        registry: keys.registry,
        broker,
        shipments,
        svarut: keys.svarut,
        dpi: post,
        faults: crate::fault::Faults::default(),
        switches,
        stage: OnceLock::new(),
        active: std::sync::Mutex::new(BTreeSet::new()),
    };
    let (stop, server) = (CancellationToken::new(), tokio::spawn(async {}));
    let (relay, transit) = (keys.relay, keys.transit);
    Ok(Sandbox { base, world: Arc::new(world), relay, transit, stop, server })
}

/// How long the sandbox's minute is.
fn minute(clock: &Clock) -> jiff::SignedDuration {
    clock.delay(60.0).try_into().unwrap_or(jiff::SignedDuration::MAX)
}

/// Counterparts that had a key before go on; on the first start, one writes first.
async fn awaken(world: Arc<World>) {
    for one in ORGANISATIONS.iter().filter(|one| one.is_played() && world.known(one.number)) {
        if let Err(error) = world.identity(one).await {
            tracing::error!(%error, organisation = one.number, "counterpart");
        }
    }
    for one in PROVIDERS.into_iter().filter(|one| world.known(one.number)) {
        if let Err(error) = world.provider(one).await {
            tracing::error!(%error, organisation = one.number, "provider");
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
        .nest("/sandbox/altinn/authentication/api/v1/systemuser/request/vendor", system_user::routes())
        .nest("/sandbox/altinn/broker/api/v1", broker::routes())
        .nest("/sandbox/altinn/correspondence/api/v1", correspondence::routes(correspondence::Door::Altinn))
        .nest("/sandbox/altinn-proxy/correspondence/api/v1", correspondence::routes(correspondence::Door::Proxy))
        .nest("/sandbox/svarut/api", svarut::ut_routes())
        .nest("/sandbox/svarut/tjenester/svarinn", svarut::inn_routes())
        .nest("/sandbox/dpi", dpi::routes())
        .nest("/sandbox/krr/rest/v2", kontaktregister::routes())
        .nest("/sandbox/sr/adressetjeneste", registry::routes())
        .nest("/sandbox/brreg/enhetsregisteret/api", enhetsregister::routes())
        .nest("/sandbox/openid", openid::routes())
        .nest("/sandbox/unavailable", unavailable::routes())
        .nest("/sandbox/control", control::routes())
        .merge(site::routes())
        .merge(control::page_routes())
        .merge(clock::routes())
        .merge(system_user::page_routes())
        .merge(switch::routes())
        .with_state(world)
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

    /// The organisation whose letters wait until somebody else has approved them.
    pub fn four_eyes(&self) -> &'static str {
        seed::FOUR_EYES
    }

    /// The relay's own client.
    ///
    /// # Errors
    /// If the key cannot be encoded.
    pub fn maskinporten_client(&self) -> Result<MaskinportenClient, Error> {
        Ok(MaskinportenClient {
            client_id: RELAY_CLIENT.to_owned(),
            system: system_user::KONVOLUTT.id.to_owned(),
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

    /// What a token that asks the service registry of digital mailboxes must be good for besides.
    pub fn people_scopes(&self) -> Vec<String> {
        registry::PEOPLE_SCOPES.map(str::to_owned).to_vec()
    }

    /// The print provider: nine digits.
    pub fn printer(&self) -> &'static str {
        seed::PRINT.number
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

    /// The client of the service owner of eFormidling's resource at the broker.
    ///
    /// # Errors
    /// If its key cannot be made or encoded.
    pub async fn service_owner(&self) -> Result<MaskinportenClient, Error> {
        let (authority, now) = (self.world.authority.clone(), self.world.clock.wall());
        let make = move || authority.organisation(seed::REGISTRY, seed::REGISTRY_NAME, now);
        let identity = tokio::task::spawn_blocking(make).await.map_err(Error::authority)??;
        self.world.tokens.register(Client {
            id: OWNER_CLIENT.to_owned(),
            organisation: seed::REGISTRY.to_owned(),
            kid: identity.kid().to_owned(),
            key: identity.public_key(),
            scopes: vec![broker::OWNER_SCOPE],
            system: None,
            delegations: Vec::new(),
        });
        let (client_id, kid) = (OWNER_CLIENT.to_owned(), identity.kid().to_owned());
        Ok(MaskinportenClient { client_id, system: String::new(), kid, key_pem: identity.key_pem()? })
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
            dpi: at("dpi"),
            kontaktregister: at("krr"),
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
