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

use crate::{binary, holding, postgres, s3};

/// Counterparts answer this many times faster than for a person who looks on.
const SPEED: &str = "8";

/// Only decides when a test gives up on a server that does not start.
const START: Duration = Duration::from_secs(120);

/// Tests ask as fast as they can. Those of the limits set their own.
pub const NO_LIMITS: [(&str, &str); 3] = [
    ("KONVOLUTT_LIMITS__PER_PERSON", "0"),
    ("KONVOLUTT_LIMITS__PER_ORGANISATION", "0"),
    ("KONVOLUTT_LIMITS__SIGN_IN", "0"),
];

/// A running server with its sandbox. Its process ends with this value, its data with the folder.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: SocketAddr,
    folder: TempDir,
    how: How,
}

/// What a server is started with besides its folder and address.
#[derive(Clone, Debug, Default)]
pub struct How {
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

impl How {
    /// A database and a bucket that nobody has used. `None` where there is no PostgreSQL or no S3 server.
    pub fn shared() -> Result<Option<Self>> {
        let (Some(url), Some((endpoint, bucket))) = (postgres::database(), s3::bucket()) else { return Ok(None) };
        // Beside the server's folder, which may be one of several.
        let key = s3::key_file(&tempfile::tempdir()?.keep());
        let environment = [
            ("KONVOLUTT_STORE__URL", url),
            ("KONVOLUTT_PACKAGES__ENDPOINT", endpoint),
            ("KONVOLUTT_PACKAGES__BUCKET", bucket),
            ("KONVOLUTT_PACKAGES__ACCESS_KEY", s3::KEY.to_owned()),
            ("KONVOLUTT_PACKAGES__SECRET_KEY_FILE", key.to_string_lossy().into_owned()),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Ok(Some(Self { arguments: Vec::new(), environment }))
    }

    /// A database that nobody has used, and packages in the folder. `None` where there is no PostgreSQL.
    pub fn on_postgresql() -> Option<Self> {
        let environment = vec![("KONVOLUTT_STORE__URL".to_owned(), postgres::database()?)];
        Some(Self { arguments: Vec::new(), environment })
    }

    /// `KONVOLUTT_TEST_STORE=shared` has every server of the tests on PostgreSQL and S3.
    fn chosen() -> Result<Self> {
        if std::env::var("KONVOLUTT_TEST_STORE").is_ok_and(|store| store == "shared") {
            return Self::shared()?.context("There is no PostgreSQL, or no S3 server.");
        }
        Ok(Self::default())
    }

    /// With these variables, too.
    #[must_use]
    pub fn with_environment(mut self, variables: &[(&str, &str)]) -> Self {
        self.environment.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self
    }

    /// With these arguments, too.
    #[must_use]
    pub fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }
}

impl Server {
    /// Starts on data that nobody has used before.
    pub fn start() -> Result<Self> {
        Self::start_as(How::chosen()?)
    }

    /// The same, configured by the environment.
    pub fn start_with(variables: &[(&str, &str)]) -> Result<Self> {
        Self::start_as(How::chosen()?.with_environment(variables))
    }

    /// The same on SQLite and a folder, whatever was chosen: for tests that look at what lies there.
    pub fn start_on_files() -> Result<Self> {
        Self::start_in(tempfile::tempdir()?, &[])
    }

    /// The same in a folder that somebody has prepared: its `data` is where everything is kept.
    pub fn start_in(folder: TempDir, variables: &[(&str, &str)]) -> Result<Self> {
        let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self::start_how(folder, How { arguments: Vec::new(), environment: environment.collect() })
    }

    /// The same, in a certain way.
    pub fn start_as(how: How) -> Result<Self> {
        Self::start_how(tempfile::tempdir()?, how)
    }

    fn start_how(folder: TempDir, how: How) -> Result<Self> {
        // Whoever calls a server needs it. It is there already if another test of the process was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (child, address) = spawn(folder.path(), SocketAddr::from(([127, 0, 0, 1], 0)), &how)?;
        Ok(Self { child, address, folder, how })
    }

    /// Ends the process without warning, as a power cut would, and starts again on the same data and address.
    pub fn cut_power_and_start_again(&mut self) -> Result<()> {
        self.kill()?;
        self.start_again()
    }

    /// Starts again on the same data and address after it has ended.
    pub fn start_again(&mut self) -> Result<()> {
        (self.child, self.address) = spawn(self.folder.path(), self.address, &self.how)?;
        Ok(())
    }

    /// Ends it without warning, and starts it again with these variables, too.
    pub fn restart_with(&mut self, variables: &[(&str, &str)]) -> Result<()> {
        self.kill()?;
        self.how = std::mem::take(&mut self.how).with_environment(variables);
        self.start_again()
    }

    /// `http://127.0.0.1:PORT`
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where relay and sandbox keep everything.
    pub fn data(&self) -> PathBuf {
        data_folder(self.folder.path())
    }

    /// Another program of ours with the server's configuration, on its data.
    pub fn command(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = Command::new(binary("konvolutt")?);
        command.args(arguments).arg("--data").arg(self.data()).envs(self.how.environment.iter().cloned());
        Ok(command)
    }

    /// Asks the process to end, and waits until it has.
    pub fn stop(&mut self) -> Result<()> {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        anyhow::ensure!(asked.success(), "kill");
        anyhow::ensure!(self.child.wait()?.success(), "it did not end well");
        Ok(())
    }

    /// What the server has written to its outputs so far.
    pub fn log(&self) -> Result<String> {
        Ok(std::fs::read_to_string(log_file(self.folder.path()))?)
    }

    /// Whether a text lies anywhere in what relay and sandbox keep, or was logged.
    pub fn holds(&self, text: &str) -> Result<bool> {
        Ok(!holding(&self.data(), text.as_bytes())?.is_empty() || self.log()?.contains(text))
    }

    /// Ends the process without warning.
    pub fn kill(&mut self) -> Result<()> {
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

fn spawn(folder: &Path, listen: SocketAddr, how: &How) -> Result<(Child, SocketAddr)> {
    let log = OpenOptions::new().create(true).append(true).open(log_file(folder))?;
    let mut child = Command::new(binary("konvolutt")?)
        .args(["serve", "--sandbox", "--listen", &listen.to_string(), "--data"])
        .arg(data_folder(folder))
        .args(&how.arguments)
        .envs(NO_LIMITS)
        .envs(how.environment.iter().cloned())
        .env("KONVOLUTT_SANDBOX_SPEED", SPEED)
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
