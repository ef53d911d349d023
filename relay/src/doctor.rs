//! `konvolutt doctor`: tries everything the relay depends on, says what it saw and what to do.
//!
//! It changes nothing but a probe file of its own, and can run beside a relay that serves.

mod approvals;
mod delegations;
mod keys;
mod local;
mod services;
mod shared;

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use konvolutt_sandbox::Options;
use serde::Serialize;
use uuid::Uuid;

use crate::config::{ConfigError, Configuration, Outside};
use crate::serve::{FOLDER, sandboxed};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Ok,
    /// It works, but somebody should look.
    Warn,
    /// The relay cannot do its job with this.
    Fail,
}

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Stable: `data.folder`, `service.broker`.
    pub name: String,
    pub outcome: Outcome,
    /// What was seen, without secrets.
    pub seen: String,
    /// What to do, unless all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Check {
    fn ok(name: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { name: name.into(), outcome: Outcome::Ok, seen: seen.into(), advice: None }
    }

    fn warn(name: impl Into<String>, seen: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { outcome: Outcome::Warn, advice: Some(advice.into()), ..Self::ok(name, seen) }
    }

    fn fail(name: impl Into<String>, seen: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { outcome: Outcome::Fail, advice: Some(advice.into()), ..Self::ok(name, seen) }
    }
}

/// Everything that was tried.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether nothing failed; warnings are allowed.
    pub fn is_healthy(&self) -> bool {
        self.checks.iter().all(|check| check.outcome != Outcome::Fail)
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for check in &self.checks {
            let word = match check.outcome {
                Outcome::Ok => "ok  ",
                Outcome::Warn => "WARN",
                Outcome::Fail => "FAIL",
            };
            let _ = writeln!(text, "{word}  {:<26} {}", check.name, check.seen);
            if let Some(advice) = &check.advice {
                let _ = writeln!(text, "      {:<26} → {advice}", "");
            }
        }
        let count = |outcome| self.checks.iter().filter(|check| check.outcome == outcome).count();
        let (ok, warn, fail) = (count(Outcome::Ok), count(Outcome::Warn), count(Outcome::Fail));
        let _ = writeln!(text, "{ok} ok, {warn} to look at, {fail} failed");
        text
    }

    /// For programs.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

/// A text that came from a file or from the sandbox.
#[derive(Debug)]
struct Material {
    name: String,
    path: Option<PathBuf>,
    text: Result<String, String>,
}

impl Material {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string());
        Self { name: path.display().to_string(), path: Some(path.to_owned()), text }
    }

    fn given(text: String) -> Self {
        Self { name: "the sandbox's".to_owned(), path: None, text: Ok(text) }
    }
}

/// What is examined.
#[derive(Debug)]
struct Subject {
    client_key: Material,
    registry_key: Material,
    anchors: Vec<Material>,
    intermediates: Vec<Material>,
    /// Absent when a file that is needed cannot be read.
    outside: Result<Outside, String>,
    /// Addresses of the relay's own.
    own: Vec<services::Address>,
}

/// Tries everything of a configuration for the real world, or of a sandbox that is started for this alone.
pub async fn examine(configuration: &Configuration, dist: &Path, sandbox: bool) -> Report {
    let server = configuration.server();
    let folder = server.data.join(FOLDER);
    let mut checks = vec![Check::ok("configuration", "read without a mistake")];
    checks.extend(local::data(&folder, server.min_free_mib));
    match configuration.postgres() {
        None => checks.push(local::database(&folder)),
        Some(settings) => checks.extend(shared::database(&settings, configuration.s3().is_some()).await),
    }
    if let Some(settings) = configuration.s3() {
        checks.push(shared::bucket(&settings).await);
    }
    checks.push(local::front_end(dist));
    if sandbox {
        checks.extend(with_sandbox(configuration).await);
    } else {
        checks.extend(subject_checks(configured(configuration)).await);
    }
    Report { checks }
}

/// A configuration that cannot be read: nothing else can be tried.
pub fn unreadable(error: &ConfigError) -> Report {
    let advice = "mend the configuration; relay/konvolutt.example.toml explains every key";
    let checks = match error {
        ConfigError::Mistakes(mistakes) => {
            mistakes.iter().map(|one| Check::fail("configuration", one.to_string(), advice)).collect()
        }
        other => vec![Check::fail("configuration", other.to_string(), advice)],
    };
    Report { checks }
}

async fn subject_checks(subject: Subject) -> Vec<Check> {
    let now = crate::clock::now();
    let mut checks = vec![keys::client(&subject.client_key), keys::registry(&subject.registry_key)];
    checks.extend(keys::certificates("trust.anchors", &subject.anchors, now));
    checks.extend(keys::certificates("trust.intermediates", &subject.intermediates, now));
    if let Ok(outside) = &subject.outside {
        checks.extend(delegations::delegations(outside, now));
        checks.extend(approvals::approvals(outside));
    }
    // All that is outside is large, and every future around this one would be larger still.
    checks.extend(Box::pin(services::probe(subject.outside, subject.own)).await);
    checks
}

fn configured(configuration: &Configuration) -> Subject {
    let all = |paths: &[PathBuf]| paths.iter().map(|path| Material::read(path)).collect();
    let files = configuration.files();
    Subject {
        client_key: Material::read(files.client_key),
        registry_key: Material::read(files.registry_key),
        anchors: all(files.anchors),
        intermediates: all(files.intermediates),
        outside: configuration.outside().map_err(|error| error.to_string()),
        own: services::own(configuration),
    }
}

/// A sandbox of its own in a folder of its own: one that serves is not disturbed.
async fn with_sandbox(configuration: &Configuration) -> Vec<Check> {
    let advice = "the system's folder for temporary files must be writable, and loopback usable";
    let folder = std::env::temp_dir().join(format!("konvolutt-doctor-{}", Uuid::new_v4()));
    let options = Options { data: folder.clone(), listen: SocketAddr::from(([127, 0, 0, 1], 0)), speed: 1.0 };
    let checks = match konvolutt_sandbox::start(options).await {
        Err(error) => vec![Check::fail("sandbox", error.to_string(), advice)],
        Ok(sandbox) => {
            let mut checks = vec![Check::ok("sandbox", "started for this examination")];
            match (sandboxed(&sandbox), sandbox.maskinporten_client()) {
                (Ok(outside), Ok(client)) => {
                    let subject = played(outside, client.key_pem, services::own(configuration));
                    checks.extend(subject_checks(subject).await);
                }
                (Err(error), _) | (_, Err(error)) => checks.push(Check::fail("sandbox", error.to_string(), advice)),
            }
            sandbox.stop().await;
            checks
        }
    };
    // What cannot be removed lies in a folder for such things.
    let _ = std::fs::remove_dir_all(&folder);
    checks
}

fn played(outside: Outside, client_key: String, own: Vec<services::Address>) -> Subject {
    let all = |pems: &[String]| pems.iter().cloned().map(Material::given).collect();
    let registry_key = outside.trust.registry_keys.first().map(ToString::to_string).unwrap_or_default();
    Subject {
        client_key: Material::given(client_key),
        registry_key: Material::given(registry_key),
        anchors: all(&outside.trust.anchors),
        intermediates: all(&outside.trust.intermediates),
        outside: Ok(outside),
        own,
    }
}
