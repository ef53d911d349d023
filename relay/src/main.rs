//! The server `konvolutt`.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, value_parser};
use konvolutt_relay::audit::{self, Action, Head, Id, Object, ObjectKind, Record, Unverified, verify_export};
use konvolutt_relay::backup::{BackupError, Copied};
use konvolutt_relay::broker::dpf;
use konvolutt_relay::config::{ConfigError, Configuration, Flags, Log, LogFormat};
use konvolutt_relay::identity::Ending;
use konvolutt_relay::observe::trace::Traces;
use konvolutt_relay::serve::{FOLDER, Settings, World, serve};
use konvolutt_relay::store::{Access, Migrated, Store};
use konvolutt_relay::{backup, doctor, evidence, store};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

/// A store numbers entries with 63 bits.
const LAST: u64 = i64::MAX.unsigned_abs();

/// Konvolutt's relay: verifies signed envelopes, stores them durably and forwards them. It cannot read them.
#[derive(Parser)]
#[command(version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the portal, the frame, the lab and the API.
    ///
    /// With --sandbox the outside world is played on loopback: no registration, no certificate, no network. Without it,
    /// --config names real services, or the environment does (KONVOLUTT_SECTION__KEY).
    Serve {
        #[command(flatten)]
        place: Place,
        /// Address to listen on; port 0 chooses a free one.
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<SocketAddr>,
        /// The built front end.
        #[arg(long, value_name = "DIR")]
        dist: Option<PathBuf>,
        /// Play no world, but share that of a relay with this data folder. Both must share a store, too (store.url).
        #[arg(long, value_name = "DIR", requires = "sandbox")]
        join: Option<PathBuf>,
        /// How many times faster the sandbox's delays pass.
        #[arg(long, value_name = "FACTOR", default_value_t = 1.0, env = "KONVOLUTT_SANDBOX_SPEED")]
        speed: f64,
    },
    /// Try everything the relay depends on, and say what to do about what does not work. Exit code 1 if something fails.
    ///
    /// With --sandbox the outside world is played; with --config the real one is asked, with the relay's own rights.
    Doctor {
        #[command(flatten)]
        place: Place,
        /// The built front end.
        #[arg(long, value_name = "DIR")]
        dist: Option<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Ask a relay that serves on this machine whether it is ready. Exit code 1 if not. For containers' health checks.
    Probe {
        #[command(flatten)]
        place: Place,
    },
    /// Make or complete the tables of the store, and say from which version to which. `serve` does the same when it starts.
    ///
    /// Old relays go on working on a newer store while they are replaced one by one; a relay refuses to start on one that
    /// is newer than itself.
    Migrate {
        #[command(flatten)]
        place: Place,
    },
    /// Copy everything that is kept into an empty or new folder, also while the relay serves.
    ///
    /// Configuration and key files are not part of it: keep them elsewhere.
    Backup {
        /// The relay's data folder.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// Where to.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Bring a backup back into a data folder where no relay has kept anything yet.
    ///
    /// What came in after the backup was made is lost; what went out since is found again at the broker.
    Restore {
        /// The backup.
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
        /// The relay's data folder.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// Write down who asked for a letter to be sent, and when, so that public tools can prove it (EVIDENCE.md says how).
    ///
    /// Reads SQLite. From PostgreSQL, fetch `GET /api/v1/messages/{id}/evidence`.
    Evidence {
        /// The relay's id of the message.
        id: String,
        /// The relay's data folder.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// Where to: an empty or new folder.
        #[arg(long, value_name = "FOLDER")]
        to: PathBuf,
    },
    /// The audit log.
    #[command(subcommand)]
    Audit(Audit),
    /// Sessions of people and frames.
    #[command(subcommand)]
    Sessions(Sessions),
    /// Send a shipment that waits in KS SvarInn back for good, as somebody has decided: it will not be taken in.
    ///
    /// One that is in the portal already has been acknowledged and cannot be sent back.
    Refuse {
        #[command(flatten)]
        place: Place,
        /// Whose receiving system it waits in: nine digits.
        #[arg(long, value_name = "NUMBER")]
        organisation: String,
        /// Why, for the sender.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// The shipment's id.
        shipment: uuid::Uuid,
    },
    /// Print the configuration that counts, and where each value came from. Secrets are not shown.
    Config {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Subcommand)]
enum Sessions {
    /// End a person's sessions, or all, also while the relay serves. Whoever signs in again has the roles of today.
    ///
    /// A session keeps the roles that its person had at sign-in. End it when a role is taken away.
    End {
        #[command(flatten)]
        place: Place,
        /// The person's id, as the audit log has it.
        #[arg(value_name = "PERSON", required_unless_present = "all")]
        person: Option<String>,
        /// Everybody's, those of frames too.
        #[arg(long, conflicts_with = "person")]
        all: bool,
    },
}

#[derive(Subcommand)]
enum Audit {
    /// Print the log, one entry a line, also while the relay serves.
    Export {
        #[command(flatten)]
        place: Place,
        /// Only what comes after the entry with this number.
        #[arg(long, value_name = "NUMBER", default_value_t = 0, value_parser = value_parser!(u64).range(..=LAST))]
        after: u64,
    },
    /// Verify the log, or an export of it: that nothing in it was changed, removed, inserted or moved. Exit code 1 with the
    /// place if so.
    ///
    /// That nothing was cut off or written anew can only be said up to the heads that are given.
    Verify {
        /// An export, one entry a line; without it the relay's own log is verified, also while the relay serves.
        #[arg(value_name = "FILE", requires = "begins")]
        file: Option<PathBuf>,
        /// The name of the relay that the export is about (server.audience), if it begins with the first entry.
        #[arg(long, value_name = "NAME", requires = "file", group = "begins")]
        audience: Option<String>,
        /// The head that the export goes on from, if it was made with --after: NUMBER:DIGEST, as «audit verify» said it of
        /// what came before. It is trusted.
        #[arg(long, value_name = "HEAD", requires = "file", group = "begins")]
        from: Option<Head>,
        #[command(flatten)]
        place: Place,
        /// A head that was noted earlier, elsewhere: NUMBER:DIGEST. May be given several times.
        #[arg(long = "head", value_name = "HEAD")]
        heads: Vec<Head>,
    },
}

/// Which configuration and which data.
#[derive(Args)]
struct Place {
    /// Play the outside world in this process.
    #[arg(long, conflicts_with = "config")]
    sandbox: bool,
    /// Configuration file (TOML).
    #[arg(long, value_name = "FILE", env = "KONVOLUTT_CONFIG")]
    config: Option<PathBuf>,
    /// Folder for everything that is kept.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Place {
    fn read(&self, flags: Flags) -> Result<Configuration, ConfigError> {
        let flags = Flags { data: self.data.clone(), ..flags };
        // Text that is no Unicode fits no key of ours.
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Configuration::read(self.config.as_deref(), variables, &flags, !self.sandbox)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Serve { place, listen, dist, join, speed } => {
            let flags = Flags { listen, dist, ..Flags::default() };
            let configuration = match place.read(flags) {
                Ok(configuration) => configuration,
                Err(error) => return complain(&error),
            };
            let world = match join {
                Some(data) => World::Joined { data },
                None if place.sandbox => World::Sandbox { speed },
                None => World::Configured,
            };
            run(configuration, world).await
        }
        Command::Doctor { place, dist, json } => {
            let report = match place.read(Flags { dist, ..Flags::default() }) {
                Ok(configuration) => doctor::examine(&configuration, &dist_of(&configuration), place.sandbox).await,
                Err(error) => doctor::unreadable(&error),
            };
            let said = say(&if json { report.json() } else { report.text() });
            if report.is_healthy() { said } else { ExitCode::FAILURE }
        }
        // The sandbox's needs are the lesser ones, and only the address counts.
        Command::Probe { place } => match (Place { sandbox: true, ..place }).read(Flags::default()) {
            Ok(configuration) => probe(configuration.server().listen).await,
            Err(error) => complain(&error),
        },
        // Only the store counts, and nothing that only the real world needs.
        Command::Migrate { place } => match (Place { sandbox: true, ..place }).read(Flags::default()) {
            Ok(configuration) => migrate(&configuration).await,
            Err(error) => complain(&error),
        },
        Command::Refuse { place, organisation, reason, shipment } => {
            let refused = match place.read(Flags::default()).and_then(|configuration| configuration.outside()) {
                Ok(outside) => dpf::refuse(outside.dpf.as_ref(), &organisation, shipment, &reason).await,
                Err(error) => return complain(&error),
            };
            match refused {
                Ok(()) => say("sent back\n"),
                Err(finding) => complain(&finding),
            }
        }
        Command::Backup { data, to } => copied(backup::backup(&data.join(FOLDER), &to)),
        Command::Restore { from, data } => copied(backup::restore(&from, &data.join(FOLDER), audit::operator())),
        Command::Evidence { id, data, to } => export_evidence(&data, &id, &to),
        Command::Audit(Audit::Verify { file: Some(file), audience, from, heads, .. }) => {
            audit_verify(&file, from.unwrap_or_else(|| Head::beginning(&audience.unwrap_or_default())), &heads)
        }
        Command::Audit(Audit::Verify { file: None, place, heads, .. }) => match opened(place, Access::Read).await {
            Ok(store) => verified(audit::verify_kept(&*store, &heads).await.map(|(_, head)| head)),
            Err(error) => complain(&*error),
        },
        Command::Audit(Audit::Export { place, after }) => match opened(place, Access::Write).await {
            Ok(store) => match audit::export(&*store, audit::operator(), after, &mut std::io::stdout()).await {
                Ok(_) => ExitCode::SUCCESS,
                Err(error) => complain(&error),
            },
            Err(error) => complain(&*error),
        },
        Command::Sessions(Sessions::End { place, person, .. }) => match end_sessions(place, person).await {
            Ok(1) => say("1 session ended\n"),
            Ok(ended) => say(&format!("{ended} sessions ended\n")),
            Err(error) => complain(&*error),
        },
        Command::Config { place } => match place.read(Flags::default()) {
            Ok(configuration) => say(&configuration.show()),
            Err(error) => complain(&error),
        },
    }
}

fn export_evidence(data: &Path, id: &str, to: &Path) -> ExitCode {
    let place = Place { sandbox: true, config: None, data: Some(data.to_owned()) };
    match place.read(Flags::default()) {
        Ok(configuration) if configuration.postgres().is_some() => {
            return complain(&evidence::EvidenceError::Elsewhere(id.to_owned()));
        }
        Ok(_) => {}
        Err(error) => return complain(&error),
    }
    match evidence::export(&data.join(FOLDER), id, to) {
        Ok(files) => say(&format!("{files} files; EVIDENCE.md says how to check them\n")),
        Err(error) => complain(&error),
    }
}

async fn migrate(configuration: &Configuration) -> ExitCode {
    let data = configuration.server().data.join(FOLDER);
    match store::migrate(configuration.postgres().as_ref(), &data).await {
        Ok(Migrated { from, to }) if from == to => say(&format!("the store has version {to}; nothing was to do\n")),
        Ok(Migrated { from: 0, to }) => say(&format!("the store was made, version {to}\n")),
        Ok(Migrated { from, to }) => say(&format!("the store came from version {from} to {to}\n")),
        Err(error) => complain(&error),
    }
}

fn audit_verify(file: &Path, start: Head, heads: &[Head]) -> ExitCode {
    let file = std::fs::File::open(file).map_err(Unverified::Read);
    verified(file.and_then(|file| verify_export(std::io::BufReader::new(file), start, heads)))
}

/// A person's sessions, or everybody's. Answers how many there were.
async fn end_sessions(place: Place, person: Option<String>) -> Result<usize, Box<dyn std::error::Error>> {
    let store = opened(place, Access::Write).await?;
    let object = match &person {
        Some(person) => Object { id: Id::new(person.as_str())?, kind: ObjectKind::Person },
        None => Object { id: Id::new("all")?, kind: ObjectKind::Session },
    };
    let record = Record::done(audit::operator(), Action::SessionsEnded, object.kind, object.id);
    Ok(store.end_sessions(person.map_or(Ending::All, Ending::Person), Some(record)).await?)
}

/// The store as it is: what is run beside the relay must neither make nor complete one.
async fn opened(place: Place, access: Access) -> Result<Arc<dyn Store>, Box<dyn std::error::Error>> {
    // Only the store counts, and nothing that only the real world needs.
    let configuration = (Place { sandbox: true, ..place }).read(Flags::default())?;
    let (postgres, data) = (configuration.postgres(), configuration.server().data.join(FOLDER));
    Ok(store::open_as_it_is(postgres.as_ref(), &data, access).await?)
}

fn verified(verified: Result<Head, Unverified>) -> ExitCode {
    match verified {
        Ok(head) => say(&format!("{} entries hold together; the head is {head}\n", head.sequence)),
        Err(error) => complain(&error),
    }
}

async fn run(configuration: Configuration, world: World) -> ExitCode {
    let traces = match begin_log(configuration.log(), configuration.otlp()) {
        Ok(traces) => traces,
        Err(error) => return complain(&*error),
    };
    let dist = dist_of(&configuration);
    let served = serve(Settings { configuration, dist, world }, announce, stop()).await;
    if let Some(traces) = traces {
        traces.end().await;
    }
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "konvolutt stopped");
            ExitCode::FAILURE
        }
    }
}

/// `RUST_LOG` wins, for a moment's curiosity. Traces begin with the log, if anybody collects them.
fn begin_log(log: &Log, collector: Option<&str>) -> Result<Option<Traces>, Box<dyn std::error::Error>> {
    let wanted = std::env::var("RUST_LOG").ok().filter(|wanted| !wanted.is_empty());
    let filter = EnvFilter::builder().parse(wanted.as_ref().unwrap_or(&log.filter))?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match log.format {
        LogFormat::Text => lines.with_filter(filter).boxed(),
        LogFormat::Json => lines.json().with_filter(filter).boxed(),
    };
    let traces = collector.map(Traces::to).transpose()?;
    tracing_subscriber::registry().with(lines).with(traces.as_ref().map(Traces::layer)).init();
    Ok(traces)
}

/// A store that had lost packages is copied all the same, but not reported as good.
fn copied(result: Result<Copied, BackupError>) -> ExitCode {
    let copied = match result {
        Ok(copied) => copied,
        Err(error) => return complain(&error),
    };
    let Copied { messages, packages, bytes, missing } = copied;
    let said = say(&format!("{messages} messages and {packages} packages, {bytes} bytes, checked\n"));
    if missing.is_empty() {
        return said;
    }
    complain(&std::io::Error::other(format!("the store had lost these packages before: {}", missing.join(", "))))
}

/// Asks over loopback, wherever it listens.
async fn probe(listen: SocketAddr) -> ExitCode {
    let host = match listen.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    let ask = async {
        let mut stream = TcpStream::connect((host, listen.port())).await?;
        stream.write_all(b"GET /health/ready HTTP/1.1\r\nhost: probe\r\nconnection: close\r\n\r\n").await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    match tokio::time::timeout(Duration::from_secs(4), ask).await {
        Ok(Ok(answer)) if answer.starts_with("HTTP/1.1 200 ") => ExitCode::SUCCESS,
        Ok(Ok(answer)) => complain(&std::io::Error::other(answer.lines().last().unwrap_or_default().to_owned())),
        Ok(Err(error)) => complain(&error),
        Err(late) => complain(&late),
    }
}

fn dist_of(configuration: &Configuration) -> PathBuf {
    configuration.server().dist.clone().unwrap_or_else(find_dist)
}

/// `dist` in the working folder, else beside or above the program.
fn find_dist() -> PathBuf {
    let here = Path::new("dist");
    if here.is_dir() {
        return here.to_owned();
    }
    let program = std::env::current_exe().unwrap_or_default();
    let above = program.ancestors().skip(1).take(4).map(|folder| folder.join("dist")).find(|dist| dist.is_dir());
    above.unwrap_or_else(|| here.to_owned())
}

/// Tells people and programs that start this where it listens.
fn announce(address: SocketAddr) {
    // Nobody may be reading.
    let _ = say(&format!("Listening on http://{address}\n"));
}

fn say(text: &str) -> ExitCode {
    let mut out = std::io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn complain(error: &dyn std::error::Error) -> ExitCode {
    // Nobody may be reading; the exit code tells.
    let _ = writeln!(std::io::stderr(), "konvolutt: {error}");
    ExitCode::FAILURE
}

/// Resolves when the first signal comes. A second one ends the program at once: what was accepted is on disk.
fn stop() -> impl Future<Output = ()> {
    // From now on, not from when somebody waits for them: the first may come before that.
    let signals = Signals::new();
    async move {
        let Ok(mut signals) = signals else {
            // Without signals only a power cut ends it, which it survives.
            return std::future::pending().await;
        };
        signals.next().await;
        tokio::spawn(async move {
            signals.next().await;
            // Nobody may be reading.
            let _ = writeln!(std::io::stderr(), "konvolutt: ended by a second signal");
            std::process::exit(1);
        });
    }
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
