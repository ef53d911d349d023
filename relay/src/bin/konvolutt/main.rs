//! The server `konvolutt`.

mod arguments;

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser as _;
use konvolutt_relay::audit::{self, Action, Head, Id, Object, ObjectKind, Record, Unverified, verify_export};
use konvolutt_relay::backup::{BackupError, Copied};
use konvolutt_relay::broker::{Failure, dpf};
use konvolutt_relay::config::{Configuration, Flags, Log, LogFormat};
use konvolutt_relay::identity::Ending;
use konvolutt_relay::observe::trace::Traces;
use konvolutt_relay::serve::{FOLDER, Settings, World, joined, serve};
use konvolutt_relay::store::{Access, Migrated, Store};
use konvolutt_relay::system_user::Standing;
use konvolutt_relay::{backup, doctor, evidence, store};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use arguments::{Arguments, Audit, Command, Place, Sessions, SystemUser};

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
        Command::Evidence { place, id, to, chain } => export_evidence(place, &id, &to, chain).await,
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
        Command::SystemUser(asked) => match system_user(asked).await {
            Ok(code) => code,
            Err(error) => complain(&*error),
        },
        Command::Config { place } => match place.read(Flags::default()) {
            Ok(configuration) => say(&configuration.show()),
            Err(error) => complain(&error),
        },
    }
}

/// Asks Altinn, or the sandbox that another process serves.
async fn system_user(asked: SystemUser) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let (place, organisation) = match &asked {
        SystemUser::Request { place, organisation, .. } | SystemUser::Status { place, organisation } => {
            (place, organisation)
        }
    };
    let configuration = place.read(Flags::default())?;
    let outside = if place.sandbox { joined(&configuration).await? } else { configuration.outside()? };
    let user = konvolutt_relay::system_user::SystemUser::new(outside, organisation)?;
    let standing = match asked {
        SystemUser::Request { again, .. } => user.request(again).await,
        SystemUser::Status { .. } => user.status().await,
    };
    let standing = standing.map_err(Failure::into_finding)?;
    let said = say(&user.told(&standing));
    let is_done = standing == Standing::Acts || matches!(asked, SystemUser::Request { .. });
    Ok(if is_done { said } else { ExitCode::FAILURE })
}

async fn export_evidence(place: Place, id: &str, to: &Path, chain: bool) -> ExitCode {
    // Only store and packages count, and nothing that only the real world needs.
    let configuration = match (Place { sandbox: true, ..place }).read(Flags::default()) {
        Ok(configuration) => configuration,
        Err(error) => return complain(&error),
    };
    let (postgres, s3) = (configuration.postgres(), configuration.s3());
    let data = configuration.server().data.join(FOLDER);
    let from = evidence::Place { postgres: postgres.as_ref(), s3: s3.as_ref(), data: &data };
    match evidence::export(&from, id, to, chain).await {
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
        Some(person) => Object::new(ObjectKind::Person, Id::new(person.as_str())?),
        None => Object::new(ObjectKind::Session, Id::new("all")?),
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
