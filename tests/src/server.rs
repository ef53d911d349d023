//! The built server in a process of its own, on a port of the system's choice.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::binary;

/// Counterparts answer this many times faster than for a person who looks on.
const SPEED: &str = "8";

/// Only decides when a test gives up on a server that does not start.
const START: Duration = Duration::from_secs(60);

/// A running server with its sandbox. Its process ends with this value, its data with the folder.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: SocketAddr,
    folder: TempDir,
    variables: Vec<(String, String)>,
}

impl Server {
    /// Starts on data that nobody has used before.
    pub fn start() -> Result<Self> {
        Self::start_with(&[])
    }

    /// The same, configured by the environment.
    pub fn start_with(variables: &[(&str, &str)]) -> Result<Self> {
        Self::start_in(tempfile::tempdir()?, variables)
    }

    /// The same in a folder that somebody has prepared: its `data` is where everything is kept.
    pub fn start_in(folder: TempDir, variables: &[(&str, &str)]) -> Result<Self> {
        let variables: Vec<_> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (child, address) = spawn(folder.path(), SocketAddr::from(([127, 0, 0, 1], 0)), &variables)?;
        Ok(Self { child, address, folder, variables })
    }

    /// Ends the process without warning, as a power cut would, and starts again on the same data and address.
    pub fn cut_power_and_start_again(&mut self) -> Result<()> {
        self.kill()?;
        (self.child, self.address) = spawn(self.folder.path(), self.address, &self.variables)?;
        Ok(())
    }

    /// Ends the process without warning.
    pub fn stop(&mut self) -> Result<()> {
        self.kill()
    }

    /// `http://127.0.0.1:PORT`
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where relay and sandbox keep everything.
    pub fn data(&self) -> PathBuf {
        data_folder(self.folder.path())
    }

    /// What the server has written to its outputs so far.
    pub fn log(&self) -> Result<String> {
        Ok(std::fs::read_to_string(log_file(self.folder.path()))?)
    }

    fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself already.
        let _ = self.kill();
    }
}

fn data_folder(folder: &Path) -> PathBuf {
    folder.join("data")
}

fn log_file(folder: &Path) -> PathBuf {
    folder.join("server.log")
}

fn spawn(folder: &Path, listen: SocketAddr, variables: &[(String, String)]) -> Result<(Child, SocketAddr)> {
    let log = OpenOptions::new().create(true).append(true).open(log_file(folder))?;
    let mut child = Command::new(binary("konvolutt")?)
        .args(["serve", "--sandbox", "--listen", &listen.to_string(), "--data"])
        .arg(data_folder(folder))
        .env("KONVOLUTT_SANDBOX_SPEED", SPEED)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log.try_clone()?)
        .spawn()
        .context("The server cannot be started.")?;
    let stdout = child.stdout.take().context("The server has no output.")?;
    match wait_for_address(stdout, log) {
        Ok(address) => Ok((child, address)),
        Err(error) => {
            child.kill()?;
            child.wait()?;
            Err(error.context(std::fs::read_to_string(log_file(folder)).unwrap_or_default()))
        }
    }
}

/// Copies the output to the log for as long as the server lives, and returns when it says where it listens.
fn wait_for_address(stdout: ChildStdout, mut log: File) -> Result<SocketAddr> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some(address) = line.strip_prefix("Listening on http://").and_then(|text| text.trim().parse().ok()) {
                // Nobody listens any more once the first address is known.
                let _ = sender.send(address);
            }
            let _ = writeln!(log, "{line}");
        }
    });
    receiver.recv_timeout(START).context("The server did not say where it listens.")
}
