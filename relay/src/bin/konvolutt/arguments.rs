//! What the program can be asked to do.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, value_parser};
use konvolutt_relay::audit::Head;
use konvolutt_relay::config::{ConfigError, Configuration, Flags};

/// A store numbers entries with 63 bits.
const LAST: u64 = i64::MAX.unsigned_abs();

/// Konvolutt's relay: verifies signed envelopes, stores them durably and forwards them. It cannot read them.
#[derive(Parser)]
#[command(version, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
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
    /// Reads the store and the packages where the configuration has them, also while the relay serves.
    Evidence {
        #[command(flatten)]
        place: Place,
        /// The relay's id of the message.
        id: String,
        /// Where to: an empty or new folder.
        #[arg(long, value_name = "FOLDER")]
        to: PathBuf,
        /// Add the audit log's lines from the letter's to its end: they prove that nothing was changed since, and name everybody
        /// who did anything meanwhile, for whichever organisation. The log says that they were exported.
        #[arg(long)]
        chain: bool,
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
    /// Let organisations be acted for in Altinn, which letters by eFormidling (DPO) need.
    ///
    /// With --sandbox, of a sandbox that serves with this data folder.
    #[command(subcommand)]
    SystemUser(SystemUser),
    /// Print the configuration that counts, and where each value came from. Secrets are not shown.
    Config {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Subcommand)]
pub(crate) enum Audit {
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

#[derive(Subcommand)]
pub(crate) enum Sessions {
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
pub(crate) enum SystemUser {
    /// Ask that this relay may act for an organisation, and print where somebody of it answers.
    Request {
        #[command(flatten)]
        place: Place,
        /// Nine digits.
        #[arg(long, value_name = "NUMBER")]
        organisation: String,
        /// Also when somebody has refused before.
        #[arg(long)]
        again: bool,
    },
    /// Say what became of it. Exit code 1 until this relay may act for the organisation.
    Status {
        #[command(flatten)]
        place: Place,
        /// Nine digits.
        #[arg(long, value_name = "NUMBER")]
        organisation: String,
    },
}

/// Which configuration and which data.
#[derive(Args)]
pub(crate) struct Place {
    /// Play the outside world in this process.
    #[arg(long, conflicts_with = "config")]
    pub(crate) sandbox: bool,
    /// Configuration file (TOML).
    #[arg(long, value_name = "FILE", env = "KONVOLUTT_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Folder for everything that is kept.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

impl Place {
    pub(crate) fn read(&self, flags: Flags) -> Result<Configuration, ConfigError> {
        let flags = Flags { data: self.data.clone(), ..flags };
        // Text that is no Unicode fits no key of ours.
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Configuration::read(self.config.as_deref(), variables, &flags, !self.sandbox)
    }
}
