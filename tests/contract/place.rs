//! Where the suite asks: the sandbox, or what a configuration file names.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use jiff::Timestamp;
use konvolutt_relay::app::App;
use konvolutt_relay::app::Kept;
use konvolutt_relay::broker::{Dispatch, Failure};
use konvolutt_relay::channel::Channel;
use konvolutt_relay::config::{Configuration, Flags, Outside};
use konvolutt_relay::packages::Package;
use konvolutt_relay::serve::sandboxed;
use konvolutt_sandbox::{Options, Sandbox};
use konvolutt_shared::pki::{Certificate, Policy, Purpose, SoftKey};
use tempfile::TempDir;
use uuid::Uuid;

/// Only decides when the suite gives up waiting for what comes by itself.
const PATIENCE: Duration = Duration::from_secs(120);

/// Between two questions; real services count them.
const PAUSE: Duration = Duration::from_secs(7);

/// Where, and in whose name.
pub(crate) struct Place {
    /// The relay's clients.
    pub(crate) app: App,
    /// Ours: nine digits.
    pub(crate) sender: String,
    /// Ours too.
    pub(crate) recipient: String,
    /// The sender's.
    pub(crate) key: SoftKey,
    /// Who has an inbox at Altinn.
    pub(crate) inbox: Option<String>,
    /// Who is reached by KS SvarUt.
    pub(crate) municipality: Option<String>,
    /// Who has a digital mailbox: eleven digits.
    pub(crate) person: Option<String>,
    /// Who gets a letter on paper: eleven digits.
    pub(crate) paper: Option<String>,
    /// Who has an inbox at Altinn: eleven digits.
    pub(crate) inbox_person: Option<String>,
    /// What a system user is to be called that nobody has asked for yet.
    pub(crate) system_user: Option<String>,
    folder: TempDir,
    world: World,
}

/// What is asked.
enum World {
    Played(Sandbox),
    Real(Box<Configuration>),
}

impl Place {
    /// The place that the environment names, else a sandbox of its own.
    pub(crate) async fn open() -> Result<Self> {
        match env::var_os("KONVOLUTT_CONTRACT") {
            Some(file) => Self::real(Path::new(&file)).await,
            None => Self::played().await,
        }
    }

    async fn played() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let options = Options { data: folder.path().to_owned(), listen: "127.0.0.1:0".parse()?, speed: 8.0 };
        let sandbox = konvolutt_sandbox::start(options).await?;
        let sender = "310904007".to_owned();
        let file = reqwest::Client::builder().no_proxy().build()?;
        let file = file.get(format!("{}/sandbox/keystores/{sender}.p12", sandbox.base)).send().await?.bytes().await?;
        let configuration = Configuration::read(None, Vec::new(), &Flags::default(), false)?;
        let kept = Kept::open(&configuration, folder.path()).await?;
        Ok(Self {
            app: App::open(sandboxed(&sandbox)?, kept, folder.path(), PathBuf::new())?,
            sender,
            recipient: "310904015".to_owned(),
            key: SoftKey::from_pkcs12(&file, "test1234")?,
            inbox: Some("310900311".to_owned()),
            municipality: Some("310900214".to_owned()),
            person: Some("01817010136".to_owned()),
            paper: Some("01817010136".to_owned()),
            inbox_person: Some("07817010746".to_owned()),
            system_user: Some("310904007_kontrakt".to_owned()),
            folder,
            world: World::Played(sandbox),
        })
    }

    async fn real(file: &Path) -> Result<Self> {
        let needed = |name: &str| env::var(name).with_context(|| format!("{name} is not set"));
        let configuration = Configuration::read(Some(file), env::vars(), &Flags::default(), true)?;
        let folder = tempfile::tempdir()?;
        let kept = Kept::open(&Configuration::read(None, Vec::new(), &Flags::default(), false)?, folder.path()).await?;
        let password = std::fs::read_to_string(needed("KONVOLUTT_CONTRACT_PASSWORD_FILE")?)?;
        let keystore = std::fs::read(needed("KONVOLUTT_CONTRACT_KEYSTORE")?)?;
        Ok(Self {
            app: App::open(configuration.outside()?, kept, folder.path(), PathBuf::new())?,
            sender: needed("KONVOLUTT_CONTRACT_SENDER")?,
            recipient: needed("KONVOLUTT_CONTRACT_RECIPIENT")?,
            key: SoftKey::from_pkcs12(&keystore, password.trim_end())?,
            inbox: env::var("KONVOLUTT_CONTRACT_INBOX").ok(),
            municipality: env::var("KONVOLUTT_CONTRACT_SHIPMENT").ok(),
            person: env::var("KONVOLUTT_CONTRACT_PERSON").ok(),
            paper: env::var("KONVOLUTT_CONTRACT_PAPER").ok(),
            inbox_person: env::var("KONVOLUTT_CONTRACT_INBOX_PERSON").ok(),
            system_user: env::var("KONVOLUTT_CONTRACT_SYSTEM_USER").ok(),
            folder,
            world: World::Real(Box::new(configuration)),
        })
    }

    /// Whether somebody else runs it.
    pub(crate) fn is_real(&self) -> bool {
        matches!(self.world, World::Real(_))
    }

    /// Everything the relay knows of it.
    pub(crate) fn outside(&self) -> Result<Outside> {
        Ok(match &self.world {
            World::Played(sandbox) => sandboxed(sandbox)?,
            World::Real(configuration) => configuration.outside()?,
        })
    }

    /// A channel, if it is set up.
    pub(crate) fn channel(&self, name: &str) -> Option<Arc<Channel>> {
        self.app.channels.iter().find(|channel| channel.name == name).cloned()
    }

    /// Where downloads go.
    pub(crate) fn incoming(&self) -> &Path {
        self.app.files.incoming()
    }

    /// What is to be sent, with its package where the relay keeps such.
    pub(crate) async fn dispatch(&self, to: &str, sbd: String, package: &[u8]) -> Result<Dispatch> {
        let (name, file) = (format!("out-{}", Uuid::new_v4()), self.folder.path().join("package"));
        std::fs::write(&file, package)?;
        self.app.packages.keep(&name, &file).await?;
        Ok(Dispatch {
            reference: Uuid::new_v4().to_string(),
            created: Timestamp::now(),
            sender: self.sender.clone(),
            recipient: to.to_owned(),
            sbd,
            package: Some(Package { name, among: self.app.packages.clone() }),
            package_size: package.len() as u64,
            details: None,
            doubtful: false,
        })
    }

    /// Roots at the present time.
    pub(crate) fn policy(&self, purpose: Purpose) -> Result<Policy> {
        let read = |pems: &[String]| pems.iter().map(|pem| Certificate::from_pem(pem)).collect::<Result<Vec<_>, _>>();
        Ok(Policy {
            at: Timestamp::now(),
            anchors: read(&self.app.trust.anchors)?,
            intermediates: read(&self.app.trust.intermediates)?,
            purpose,
            ..Policy::default()
        })
    }

    /// Asks until there is an answer.
    pub(crate) async fn until<T>(&self, what: &str, ask: impl AsyncFn() -> Result<Option<T>>) -> Result<T> {
        let begun = Instant::now();
        let pause = if self.is_real() { PAUSE } else { Duration::from_millis(200) };
        while begun.elapsed() < PATIENCE {
            if let Some(answer) = ask().await? {
                return Ok(answer);
            }
            tokio::time::sleep(pause).await;
        }
        bail!("{what} did not come")
    }
}

/// A failure in words.
pub(crate) fn failed(what: &str) -> impl Fn(Failure) -> anyhow::Error {
    move |failure| anyhow!("{what}: {failure:?}")
}
