//! The relay under test, in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, Result};
use konvolutt_relay::app::{App, Kept};
use konvolutt_relay::config::{Configuration, Flags};
use konvolutt_relay::serve::sandboxed;
use konvolutt_relay::upload::Quota;
use konvolutt_sandbox::Options;
use tempfile::TempDir;

/// Serves until it is killed; says its address first.
pub(crate) async fn serve(data: &Path) -> Result<()> {
    // What goes wrong is said.
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::ERROR)
        .with_writer(std::io::stderr)
        .init();
    let options = Options { data: data.join("sandbox"), listen: ([127, 0, 0, 1], 0).into(), speed: 1.0 };
    let sandbox = konvolutt_sandbox::start(options).await?;
    let (configuration, folder) =
        (Configuration::read(None, Vec::new(), &Flags::default(), false)?, data.join("relay"));
    let (kept, patience) = (Kept::open(&configuration, &folder).await?, configuration.patience());
    let mut app = App::open(sandboxed(&sandbox)?, kept, &folder, data.to_owned())?;
    // Thousands of packages wait for their envelopes.
    app.uploads = Quota { uploads: u32::MAX, bytes: u64::MAX };
    let app = Arc::new(app);
    app.store.begin_log(&app.trust.audience).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    konvolutt_relay::listen::serve(listener, konvolutt_relay::http::router(app), patience, std::future::pending())
        .await;
    Ok(())
}

/// That process.
pub(crate) struct Server {
    child: Child,
    address: String,
    _folder: TempDir,
}

impl Server {
    pub(crate) fn start(folder: TempDir) -> Result<Self> {
        let mut serve = Command::new(std::env::current_exe()?);
        let mut child = serve.arg("serve").arg(folder.path()).stdout(Stdio::piped()).spawn()?;
        let mut address = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut address)?;
        Ok(Self { child, address: address.trim().to_owned(), _folder: folder })
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn memory(&self) -> Result<Memory> {
        Memory::of(self.child.id())
    }

    /// Lets the peak begin anew (proc(5), `clear_refs`).
    pub(crate) fn forget_peak(&self) -> Result<()> {
        Ok(std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5")?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Resident memory, in MiB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) now: f64,
    pub(crate) peak: f64,
}

impl Memory {
    pub(crate) fn of(process: u32) -> Result<Self> {
        let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
        let field = |name: &str| -> Option<f64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.trim().strip_suffix(" kB")?.parse::<f64>().ok()? / 1024.0)
        };
        Ok(Self { now: field("VmRSS:").context("VmRSS")?, peak: field("VmHWM:").context("VmHWM")? })
    }
}
