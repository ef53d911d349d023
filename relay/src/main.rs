//! The server `konvolutt`.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use konvolutt_relay::serve::{Settings, World, serve};
use tracing_subscriber::EnvFilter;

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
    /// With --sandbox the outside world is played on loopback: no registration, no certificate, no network.
    Serve {
        /// Play the outside world in this process.
        #[arg(long, conflicts_with = "config")]
        sandbox: bool,
        /// Configuration for real services (TOML).
        #[arg(long, value_name = "FILE", required_unless_present = "sandbox")]
        config: Option<PathBuf>,
        /// Folder for everything that is kept.
        #[arg(long, value_name = "DIR", default_value = "data")]
        data: PathBuf,
        /// Address to listen on; port 0 chooses a free one.
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
        /// The built front end.
        #[arg(long, value_name = "DIR")]
        dist: Option<PathBuf>,
        /// How many times faster the sandbox's delays pass.
        #[arg(long, value_name = "FACTOR", default_value_t = 1.0, env = "KONVOLUTT_SANDBOX_SPEED")]
        speed: f64,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let Command::Serve { sandbox, config, data, listen, dist, speed } = Arguments::parse().command;
    let world = match config {
        Some(path) if !sandbox => World::Configured(path),
        _ => World::Sandbox { speed },
    };
    let settings = Settings { data, listen, dist: dist.unwrap_or_else(find_dist), world };
    match serve(settings, announce, stop()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "konvolutt stopped");
            ExitCode::FAILURE
        }
    }
}

/// `dist` in the working folder, else beside or above the program.
fn find_dist() -> PathBuf {
    let here = PathBuf::from("dist");
    if here.is_dir() {
        return here;
    }
    let program = std::env::current_exe().unwrap_or_default();
    let above = program.ancestors().skip(1).take(4).map(|folder| folder.join("dist")).find(|dist| dist.is_dir());
    above.unwrap_or(here)
}

/// Tells people and programs that start this where it listens.
fn announce(address: SocketAddr) {
    let mut out = std::io::stdout();
    // Nobody may be reading.
    let _ = writeln!(out, "Listening on http://{address}").and_then(|()| out.flush());
}

async fn stop() {
    let interrupted = tokio::signal::ctrl_c();
    let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
        let _ = interrupted.await;
        return;
    };
    tokio::select! {
        _ = interrupted => {}
        _ = terminated.recv() => {}
    }
}
