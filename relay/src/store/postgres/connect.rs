//! Connections: the address, TLS, and what every session must promise.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use deadpool_postgres::{
    ClientWrapper, Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres::{AsyncMessage, Config, Socket};
use zeroize::Zeroizing;

use super::{StoreError, get, schema};

/// Longer, and whoever asked has given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// What every session promises. A commit that is answered is on disk; the server's own setting may be stricter (with
/// a standby), never laxer. A relay that froze in the middle of something must not hold the others up.
const SESSION: &str = "
    SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write');
    SET idle_in_transaction_session_timeout = '15s';
    SET lock_timeout = '15s';
    SET statement_timeout = '60s'";

/// Where the database is.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `postgres://user@host/database`, without a password.
    pub url: String,
    /// Holds the password, if one is needed.
    pub password_file: Option<PathBuf>,
    /// The authority of the server's certificate, PEM; without it the system's are trusted.
    pub ca_file: Option<PathBuf>,
    /// Connections at most, beside one that listens.
    pub connections: usize,
}

/// Whether a text is an address of a database that holds no secret.
pub fn is_url(text: &str) -> bool {
    let scheme = text.starts_with("postgres://") || text.starts_with("postgresql://");
    scheme
        && Config::from_str(text).is_ok_and(|config| config.get_password().is_none() && !config.get_hosts().is_empty())
}

/// Whether an error says that there is no server to talk to, now: the connection broke or was never made, or the server
/// says that it stops, starts, or takes no more (PostgreSQL's appendix A, classes 08, 53 and 57).
pub(super) fn is_away(code: Option<&SqlState>, error: &tokio_postgres::Error) -> bool {
    let Some(code) = code else {
        let broken = std::error::Error::source(error).is_some_and(|source| source.is::<io::Error>());
        return broken || error.is_closed();
    };
    let stopping = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW];
    code.code().starts_with("08") || *code == SqlState::TOO_MANY_CONNECTIONS || stopping.contains(code)
}

/// An error with the server's own words, which the crate keeps apart.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.as_db_error().map_or_else(|| chain(.0), |said| format!("{} ({})", said.message(), said.code().code())))]
pub(super) struct Told(pub(super) tokio_postgres::Error);

fn chain(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(next) = source {
        text = format!("{text}: {next}");
        source = next.source();
    }
    text
}

/// Makes connections.
pub(super) struct Connector {
    config: Config,
    tls: Tls,
    connections: usize,
}

impl Connector {
    pub(super) fn new(settings: &Settings) -> Result<Self, StoreError> {
        let mut config = Config::from_str(&settings.url)?;
        if let Some(path) = &settings.password_file {
            let password = Zeroizing::new(std::fs::read_to_string(path)?);
            config.password(password.trim_end_matches(['\r', '\n']));
        }
        // Without TLS only where nobody stands between, or where the operator says so.
        let local = config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)));
        if !local && config.get_ssl_mode() != SslMode::Disable {
            config.ssl_mode(SslMode::Require);
        }
        config.application_name("konvolutt").connect_timeout(PATIENCE).tcp_user_timeout(Duration::from_secs(30));
        config.keepalives_idle(Duration::from_secs(30)).keepalives_interval(Duration::from_secs(10));
        Ok(Self { config, tls: Tls::trusting(settings.ca_file.as_deref())?, connections: settings.connections.max(2) })
    }

    /// Has the server refuse whatever is written.
    pub(super) fn reading(mut self) -> Self {
        let options = self.config.get_options().unwrap_or_default();
        let options = format!("{options} -c default_transaction_read_only=on");
        self.config.options(options.trim_start());
        self
    }

    pub(super) fn pool(&self) -> Result<Pool, StoreError> {
        let fast = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(self.config.clone(), self.tls.clone(), fast);
        let promise = Hook::async_fn(|client: &mut ClientWrapper, _| {
            Box::pin(async move { client.batch_execute(SESSION).await.map_err(HookError::Backend) })
        });
        let patience = Timeouts { wait: Some(PATIENCE), create: Some(PATIENCE), recycle: Some(PATIENCE) };
        let pool = Pool::builder(manager).max_size(self.connections).timeouts(patience).runtime(Runtime::Tokio1);
        pool.post_create(promise).build().map_err(|error| StoreError::Database(Box::new(error)))
    }

    /// A connection of its own that hears what is said on a channel.
    pub(super) async fn listen(&self, channel: &str) -> Result<Ear, StoreError> {
        let (client, mut connection) = self.config.connect(self.tls.clone()).await?;
        let (say, heard) = mpsc::channel(1);
        tokio::spawn(async move {
            loop {
                match std::future::poll_fn(|context| connection.poll_message(context)).await {
                    // One that waits to be heard is enough: it means everything that is there by then.
                    Some(Ok(AsyncMessage::Notification(_))) => drop(say.try_send(Ok(()))),
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return drop(say.send(Err(error)).await),
                    None => return,
                }
            }
        });
        client.batch_execute(&format!("LISTEN {channel}")).await?;
        Ok(Ear { client, heard })
    }
}

/// Hears notifications.
pub(super) struct Ear {
    client: tokio_postgres::Client,
    heard: mpsc::Receiver<Result<(), tokio_postgres::Error>>,
}

impl Ear {
    /// Resolves when something was said since the last time.
    pub(super) async fn heard(&mut self) -> Result<(), StoreError> {
        self.heard.recv().await.ok_or(StoreError::Closed)?.map_err(StoreError::from)
    }

    /// Ends well if the server still answers.
    pub(super) async fn is_alive(&self) -> Result<(), StoreError> {
        let asked = tokio::time::timeout(PATIENCE, self.client.batch_execute("")).await;
        Ok(asked.map_err(|late| StoreError::Database(Box::new(late)))??)
    }
}

/// What somebody who examines the relay wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// For people: `15.18`.
    pub server: String,
    /// Of the tables; 0 where there are none.
    pub version: u32,
    /// What this program makes.
    pub known: u32,
    /// Settings of the server without which a commit may be lost in a crash of its machine.
    pub unsafe_settings: Vec<String>,
    /// How far the server's clock is from ours, in milliseconds.
    pub clock_off: i64,
    pub messages: u64,
    /// Relays that proved a commit within the last minutes.
    pub relays: u64,
    pub encrypted: bool,
}

/// Looks at a server and at what we keep there, without changing anything.
pub(super) async fn examine(client: &mut ClientWrapper) -> Result<Examined, StoreError> {
    let sql = "SELECT current_setting('server_version'), (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
                   array(SELECT name || ' = ' || setting FROM pg_settings
                         WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'),
                   coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)";
    let before = crate::clock::now().as_millisecond();
    let server = client.query_one(sql, &[]).await?;
    let after = crate::clock::now().as_millisecond();
    let version = schema::version(client).await?;
    let (mut messages, mut relays) = (0_i64, 0_i64);
    if version > 0 {
        let sql = "SELECT (SELECT count(*) FROM message),
                       (SELECT count(*) FROM relay WHERE seen > now() - interval '5 minutes')";
        let row = client.query_one(sql, &[]).await?;
        (messages, relays) = (get(&row, 0)?, get(&row, 1)?);
    }
    Ok(Examined {
        server: get(&server, 0)?,
        version,
        known: schema::known(),
        unsafe_settings: get(&server, 2)?,
        clock_off: get::<i64>(&server, 1)? - (before + after) / 2,
        messages: messages.unsigned_abs(),
        relays: relays.unsigned_abs(),
        encrypted: get(&server, 3)?,
    })
}

/// TLS as the rest of the relay has it.
#[derive(Clone)]
pub(super) struct Tls(Arc<rustls::ClientConfig>);

impl Tls {
    fn trusting(authority: Option<&std::path::Path>) -> Result<Self, StoreError> {
        let refused = |error: rustls::Error| StoreError::Database(Box::new(error));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider.clone());
        let builder = builder.with_safe_default_protocol_versions().map_err(refused)?;
        let builder = match authority {
            None => {
                let system = rustls_platform_verifier::Verifier::new(provider).map_err(refused)?;
                builder.dangerous().with_custom_certificate_verifier(Arc::new(system))
            }
            Some(path) => {
                let mut roots = rustls::RootCertStore::empty();
                let wrong =
                    |error: rustls::pki_types::pem::Error| StoreError::File(io::Error::other(error.to_string()));
                for certificate in CertificateDer::pem_file_iter(path).map_err(wrong)? {
                    roots.add(certificate.map_err(wrong)?).map_err(refused)?;
                }
                builder.with_root_certificates(roots)
            }
        };
        Ok(Self(Arc::new(builder.with_no_client_auth())))
    }
}

type Future<T> = Pin<Box<dyn std::future::Future<Output = io::Result<T>> + Send>>;

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Stream;
    type TlsConnect = Handshake;
    type Error = io::Error;

    fn make_tls_connect(&mut self, host: &str) -> io::Result<Handshake> {
        // Asked for sockets on this machine, too, which have no name and no TLS.
        Ok(Handshake { connector: self.0.clone().into(), name: ServerName::try_from(host.to_owned()).ok() })
    }
}

pub(super) struct Handshake {
    connector: tokio_rustls::TlsConnector,
    name: Option<ServerName<'static>>,
}

impl TlsConnect<Socket> for Handshake {
    type Stream = Stream;
    type Error = io::Error;
    type Future = Future<Stream>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async move {
            let name = self.name.ok_or_else(|| io::Error::other("the server has no name that TLS knows"))?;
            Ok(Stream(self.connector.connect(name, socket).await?))
        })
    }
}

pub(super) struct Stream(tokio_rustls::client::TlsStream<Socket>);

impl TlsStream for Stream {
    /// The certificate is verified, so nobody stands between whom a binding would find.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, into)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
