//! `konvolutt serve`.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use konvolutt_sandbox::{Options, Sandbox, SvarUtAccount};
use konvolutt_shared::api::{ApprovalRule, OrganisationAccess, Trust};
use tokio::net::TcpListener;

use crate::app::{self, App, Kept, StartError};
use crate::audit::{Action, Id, ObjectKind, Record, Who};
use crate::broker::dpf::{self, DpfConfig};
use crate::broker::dpi::DpiConfig;
use crate::broker::dpo::DpoConfig;
use crate::broker::dpv::{Defaults, DpvConfig};
use crate::config::{ConfigError, Configuration, EmbedClient, Outside};
use crate::directory::MaskinportenConfig;
use crate::health::Health;
use crate::http::Hosts;
use crate::identity::openid::mapping::Mapping;
use crate::identity::openid::{Proof, Settings as Identity};
use crate::limit::{Limits, Streams};
use crate::realm::Realm;
use crate::upload::Quota;
use crate::webhook::{Courier, Guard, SystemLookup};
use crate::{http, listen, store};

/// The relay's own part of the data folder.
pub const FOLDER: &str = "relay";

/// How long open requests may take to finish when the relay stops.
const GRACE: Duration = Duration::from_secs(10);

/// What to serve.
#[derive(Clone, Debug)]
pub struct Settings {
    pub configuration: Configuration,
    /// The built front end.
    pub dist: PathBuf,
    pub world: World,
}

/// Who plays the outside.
#[derive(Clone, Debug)]
pub enum World {
    /// The sandbox, in this process; its delays are divided by the factor.
    Sandbox { speed: f64 },
    /// The sandbox of another relay, which has this data folder.
    Joined { data: PathBuf },
    /// Real services, by configuration.
    Configured,
}

/// Why the server stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("the sandbox cannot start: {0}")]
    Sandbox(#[from] konvolutt_sandbox::Error),
    #[error("the store: {0}")]
    Store(#[from] store::StoreError),
    #[error(
        "what is kept in the store belongs to another world, «{found}», and this is «{wanted}»: name another data folder \
         (server.data), and another store (store.url) if one is named"
    )]
    OtherWorld { found: String, wanted: &'static str },
    #[error("the network: {0}")]
    Network(#[from] std::io::Error),
}

/// Serves until `stop` resolves. `ready` is told the address.
///
/// # Errors
/// Why it could not start or had to stop.
pub async fn serve(
    settings: Settings,
    ready: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let server = settings.configuration.server();
    let (mut outside, sandbox, poll) = match settings.world {
        World::Sandbox { speed } => {
            let folder = server.data.join("sandbox");
            let listen = SocketAddr::from(([127, 0, 0, 1], 0));
            let sandbox = konvolutt_sandbox::start(Options { data: folder, listen, speed }).await?;
            if let Some(portal) = settings.configuration.portal() {
                sandbox.allow_portal(portal);
            }
            (sandboxed(&sandbox)?, Some(sandbox), Duration::from_millis(700))
        }
        World::Joined { data } => {
            let sandbox = konvolutt_sandbox::join(&data.join("sandbox")).await?;
            (sandboxed(&sandbox)?, None, Duration::from_millis(700))
        }
        // The broker's gateway allows ten lists a minute, and every poll makes two.
        World::Configured => (settings.configuration.outside()?, None, Duration::from_secs(15)),
    };
    if outside.sandbox.is_some() {
        outside.identity.portal = settings.configuration.portal().map(str::to_owned);
        outside.maskinporten.system_users = settings.configuration.system_users();
        outside.broker.channels = settings.configuration.message_channels(&outside.organisations)?;
        outside.delegations = settings.configuration.delegations().to_vec();
        outside.digital_only = settings.configuration.digital_only().to_vec();
        outside.approvals.extend_from_slice(settings.configuration.approvals());
    }
    let data = server.data.join(FOLDER);
    let kept = Kept::open(&settings.configuration, &data).await?;
    let wanted = outside.realm.word();
    let found = kept.store.belongs_to(wanted).await?;
    if found != wanted {
        return Err(ServeError::OtherWorld { found, wanted });
    }
    let mut app = App::open(outside, kept, &data, settings.dist)?;
    let bytes = server.upload_mib_per_person.saturating_mul(1024 * 1024);
    app.uploads = Quota { uploads: server.uploads_per_person, bytes };
    app.lifetimes = settings.configuration.lifetimes();
    let patience = settings.configuration.patience();
    app.patience = patience.body;
    app.limits = Limits::new(settings.configuration.rates(), Arc::new(std::time::Instant::now()));
    app.streams = Streams::new(settings.configuration.streams_per_person());
    app.hosts = Hosts::new(&server.hosts, Some(server.listen.ip()));
    app.proxies.clone_from(&server.proxies);
    app.health = Health::demanding(&data, server.min_free_mib.saturating_mul(1024 * 1024));
    // Only where the whole world is played may this machine be told.
    let loopback = sandbox.is_some() && settings.configuration.webhooks_may_tell_loopback();
    app.webhooks = Courier::new(Guard::new(loopback, Arc::new(SystemLookup))).map_err(StartError::Client)?;
    if let Some(key) = settings.configuration.webhook_key()? {
        app.safe = app.safe.under(&key).ok_or(StartError::Safe)?;
    }
    let app = Arc::new(app);
    let listener = TcpListener::bind(server.listen).await?;
    if let Some(address) = settings.configuration.metrics() {
        let metrics = TcpListener::bind(address).await?;
        tracing::info!(address = %metrics.local_addr()?, "metrics");
        tokio::spawn(
            app.stopping
                .clone()
                .run_until_cancelled_owned(axum::serve(metrics, http::metrics_router(app.clone())).into_future()),
        );
    }
    let workers = app::start_workers(&app, poll).await?;
    let relay = Id::of_uuid(store::relay_id(&data)?);
    let record = |action| Record::done(Who::Relay, action, ObjectKind::Relay, relay.clone());
    app.store.record(record(Action::RelayStarted)).await?;
    ready(listener.local_addr()?);
    let stopping = app.stopping.clone();
    let stop = async move {
        stop.await;
        stopping.cancel();
    };
    let server = listen::serve(listener, http::router(app.clone()), patience, stop);
    let overdue = async {
        app.stopping.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        () = server => {}
        () = overdue => tracing::warn!("open requests were cut off"),
    }
    if tokio::time::timeout(GRACE, workers.wait()).await.is_err() {
        tracing::warn!("workers were still busy; their deliveries go on at the next start");
    }
    app.store.record(record(Action::RelayStopped)).await?;
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    Ok(())
}

/// What a configuration would say to use the sandbox that another process serves with the same data folder.
///
/// # Errors
/// None has ever been started there.
pub async fn joined(configuration: &Configuration) -> Result<Outside, konvolutt_sandbox::Error> {
    let sandbox = konvolutt_sandbox::join(&configuration.server().data.join("sandbox")).await?;
    let mut outside = sandboxed(&sandbox)?;
    outside.maskinporten.system_users = configuration.system_users();
    Ok(outside)
}

/// What a configuration would say to use this sandbox.
///
/// # Errors
/// The client's key cannot be encoded.
pub fn sandboxed(sandbox: &Sandbox) -> Result<Outside, konvolutt_sandbox::Error> {
    let (endpoints, trust, client) = (sandbox.endpoints(), sandbox.trust(), sandbox.maskinporten_client()?);
    let (people, openid) = (sandbox.people(), sandbox.openid_client()?);
    let mut organisations: Vec<OrganisationAccess> =
        people.iter().flat_map(|person| person.organisations.clone()).collect();
    organisations.sort_by(|a, b| a.orgnr.cmp(&b.orgnr));
    organisations.dedup();
    Ok(Outside {
        maskinporten: MaskinportenConfig {
            token_url: endpoints.maskinporten_token,
            audience: endpoints.maskinporten_audience,
            client_id: client.client_id,
            // The vendor's, which sends no letters of its own.
            owner: None,
            kid: client.kid,
            key_pem: client.key_pem.into(),
            system_users: HashMap::new(),
        },
        altinn_exchange: endpoints.altinn_exchange,
        altinn_system: Some(client.system),
        broker: DpoConfig {
            base: endpoints.broker,
            resource: "eformidling-dpo-meldingsutveksling".to_owned(),
            // The sandbox breaks uploads at once.
            patience: UPLOAD_PATIENCE,
            channels: HashMap::new(),
        },
        dpf: Some(svarut(sandbox)),
        dpv: Some(inbox(sandbox)?),
        dpi: Some(DpiConfig { base: endpoints.dpi, channel: "konvolutt".to_owned() }),
        contact_register: Some(endpoints.kontaktregister),
        service_registry: endpoints.service_registry,
        people_scopes: sandbox.people_scopes(),
        enhetsregister: endpoints.enhetsregister,
        revocation_lists: endpoints.revocation_lists,
        trust: Trust {
            audience: "konvolutt-sandkasse".to_owned(),
            sandbox: true,
            registry_keys: trust.registry_keys,
            anchors: trust.anchors,
            intermediates: trust.intermediates,
            policies: Realm::Sandbox.policies(),
            transit: None,
            svarut: true,
            dpi: false,
            printer: Some(sandbox.printer().to_owned()),
        },
        identity: Identity {
            issuer: openid.issuer,
            client: openid.client_id,
            proof: Proof::Key { kid: openid.kid, pem: openid.key_pem.into() },
            scopes: vec!["openid".to_owned(), "profile".to_owned()],
            levels: Vec::new(),
            authorization_details: None,
            mapping: Mapping {
                person: "sub".to_owned(),
                name: "name".to_owned(),
                roles: Some("konvolutt_roles".to_owned()),
                table: Vec::new(),
            },
            portal: None,
            through_us: Some(sandbox.base.clone()),
        },
        people,
        organisations,
        delegations: Vec::new(),
        digital_only: Vec::new(),
        approvals: vec![ApprovalRule { organisation: sandbox.four_eyes().to_owned(), channels: Vec::new() }],
        sandbox: Some(sandbox.base.clone()),
        realm: Realm::Sandbox,
        embed: vec![EmbedClient {
            id: "pk_test_sandbox".to_owned(),
            origins: vec!["http://127.0.0.1:*".to_owned(), "http://localhost:*".to_owned()],
            orgnr: None,
        }],
    })
}

/// The sandbox's Altinn, and the key that it made for this relay.
fn inbox(sandbox: &Sandbox) -> Result<DpvConfig, konvolutt_sandbox::Error> {
    let transit = sandbox.transit()?;
    let notice = "Du har fått en melding fra $reporterName$.";
    Ok(DpvConfig {
        base: sandbox.endpoints().correspondence,
        defaults: Defaults {
            resource: "eformidling-meldingsteneste-administrasjon".to_owned(),
            confidential_resource: "eformidling-dpv-taushetsbelagt".to_owned(),
            due_days: 7,
            notification_subject: "Melding i Altinn".to_owned(),
            notification_text: notice.to_owned(),
            confidential_notification_text: format!("{notice} Den er taushetsbelagt."),
        },
        keys: vec![(transit.key_pem.into(), transit.chain_pem)],
    })
}

/// The sandbox takes in at once what it takes in at all.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(2);

/// The sandbox's KS.
pub(crate) fn svarut(sandbox: &Sandbox) -> DpfConfig {
    let (endpoints, client) = (sandbox.endpoints(), sandbox.svarut_client());
    let account = |one: SvarUtAccount| dpf::Account {
        organisation: one.organisation,
        account: one.account,
        receiver: one.receiver,
        password: client.password.clone().into(),
    };
    DpfConfig {
        address: endpoints.svarut,
        svarinn: endpoints.svarinn,
        integration: client.integration.clone(),
        password: client.password.clone().into(),
        patience: UPLOAD_PATIENCE,
        accounts: client.accounts.iter().cloned().map(account).collect(),
    }
}
