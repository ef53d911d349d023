//! The evidence of one outgoing letter: who asked for it to be sent, and when, for public tools to check.
//!
//! `relay/EVIDENCE.md` lies in every export and says how; a test runs its commands as they stand there.

mod tar;

use std::io;
use std::path::{Path, PathBuf};

use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use konvolutt_shared::api::MessageView;
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use crate::audit::{self, Unverified};
use crate::packages;
use crate::store::{self, Access, StoreError, postgres};

pub use tar::Archive;

/// What every export explains itself with.
pub const GUIDE: &str = include_str!("../EVIDENCE.md");

/// The sealed package's name in an export.
pub const PACKAGE: &str = "package.p7m";

/// The audit log's lines in an export: the letter's, and those after it where they were asked for.
const LOG: &str = "audit.txt";

/// Where messages and packages are kept.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// SQLite in the data folder without it.
    pub postgres: Option<&'a postgres::Settings>,
    /// The data folder without it.
    pub s3: Option<&'a packages::Settings>,
    pub data: &'a Path,
}

/// Why there is no evidence.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// What came in was signed for its recipient, who has the proof in the package.
    #[error("only an outgoing letter has a signed envelope")]
    NoEnvelope,
    /// What was accepted once does not parse any more: the row was damaged.
    #[error("the stored envelope is damaged: {0}")]
    Damaged(&'static str),
    /// There is no such message.
    #[error("there is no message {0}")]
    Unknown(String),
    #[error("{0} is not empty; nothing is ever written over")]
    NotEmpty(PathBuf),
    #[error("the store: {0}")]
    Store(#[from] StoreError),
    #[error("the sealed package {0}: {1}")]
    Package(String, StoreError),
    #[error("the audit log: {0}")]
    Log(#[from] Unverified),
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
}

/// One file of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub name: &'static str,
    pub bytes: Vec<u8>,
}

/// Everything but the package. Of the audit log the letter's own line alone: those beside it tell what other people did, for
/// other organisations, and they cannot be told in part, for a digest is of a whole line.
///
/// # Errors
/// The message has no envelope, or one that cannot be read.
pub fn pieces(view: &MessageView, submission: Option<&str>) -> Result<Vec<Piece>, EvidenceError> {
    let envelope = view.envelope.as_ref().ok_or(EvidenceError::NoEnvelope)?;
    let mut parts = envelope.split('.');
    let mut decoded = || {
        let part = parts.next().ok_or(EvidenceError::Damaged("it has not three parts"))?;
        URL_SAFE_NO_PAD.decode(part).map_err(|_| EvidenceError::Damaged("a part is not base64url"))
    };
    let (header, payload) = (decoded()?, decoded()?);
    let unread = |_| EvidenceError::Damaged("a part is not JSON");
    let claims: serde_json::Value = serde_json::from_slice(&payload).map_err(unread)?;
    let head: serde_json::Value = serde_json::from_slice(&header).map_err(unread)?;
    let sbd = claims["sbd"].as_str().ok_or(EvidenceError::Damaged("it has no document"))?.to_owned();
    let chain = head["x5c"].as_array().ok_or(EvidenceError::Damaged("it has no certificates"))?;
    let mut pems = chain.iter().map(|one| one.as_str().and_then(pem));
    let signer = pems.next().flatten().ok_or(EvidenceError::Damaged("its certificate cannot be read"))?;
    let chain = pems.map(Option::unwrap_or_default).collect::<String>();
    // `openssl verify -untrusted` refuses an empty file; the signer vouches for nobody, so it does no harm there.
    let chain = if chain.is_empty() { signer.clone() } else { chain };
    let events = serde_json::to_vec_pretty(&view.events).map_err(unread)?;
    let findings = serde_json::to_vec_pretty(&view.findings).map_err(unread)?;
    let piece = |name, bytes| Piece { name, bytes };
    let log = submission.map(|line| piece(LOG, format!("{line}\n").into_bytes()));
    let pieces = vec![
        piece("EVIDENCE.md", GUIDE.as_bytes().to_vec()),
        piece("envelope.jws", envelope.clone().into_bytes()),
        piece("header.json", header),
        piece("payload.json", payload),
        piece("sbd.json", sbd.into_bytes()),
        piece("signer.pem", signer.into_bytes()),
        piece("chain.pem", chain.into_bytes()),
        piece("events.json", events),
        piece("findings.json", findings),
    ];
    Ok(pieces.into_iter().chain(log).collect())
}

/// A certificate of `x5c` (base64 of DER) as PEM, RFC 7468: lines of 64.
fn pem(base64: &str) -> Option<String> {
    let text = STANDARD.encode(STANDARD.decode(base64).ok()?);
    let lines = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned() + "\n");
    let body = lines.collect::<String>();
    Some(format!("-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"))
}

/// Writes the evidence of a message into an empty or new folder, also while the relay serves: `konvolutt evidence`. With
/// `chain` the audit log goes on from the letter's line to its end. Answers how many files there are.
///
/// # Errors
/// See [`EvidenceError`].
pub async fn export(from: &Place<'_>, id: &str, to: &Path, chain: bool) -> Result<usize, EvidenceError> {
    let at = |error| EvidenceError::File(to.to_owned(), error);
    let found = store::message_of_anybody(from.postgres, from.data, id).await?;
    let (view, package) = found.ok_or_else(|| EvidenceError::Unknown(id.to_owned()))?;
    let access = if chain { Access::Write } else { Access::Read };
    let store = store::open_as_it_is(from.postgres, from.data, access).await?;
    let submission = store.submission(id).await?;
    let pieces = pieces(&view, submission.as_ref().map(|(_, line)| line.as_str()))?;
    std::fs::create_dir_all(to).map_err(at)?;
    if std::fs::read_dir(to).map_err(at)?.next().is_some() {
        return Err(EvidenceError::NotEmpty(to.to_owned()));
    }
    let files = pieces.len() + usize::from(package.is_some());
    for Piece { name, bytes } in pieces {
        write(&to.join(name), stream::iter([Ok(Bytes::from(bytes))]).boxed()).await?;
    }
    if let Some((number, _)) = submission.filter(|_| chain) {
        // The letter's line again, and what follows.
        let mut log = io::BufWriter::new(std::fs::File::create(to.join(LOG)).map_err(at)?);
        audit::export(&*store, audit::operator(), number - 1, &mut log).await?;
        log.into_inner().map_err(|error| at(error.into_error()))?.sync_all().map_err(at)?;
    }
    if let Some(name) = package {
        let lost = |error| EvidenceError::Package(name.clone(), error);
        let content = packages::open(from.s3, from.data).map_err(lost)?.open(&name).await.map_err(lost)?;
        write(&to.join(PACKAGE), content.into_stream()).await?;
    }
    Ok(files)
}

async fn write(path: &Path, mut content: BoxStream<'static, io::Result<Bytes>>) -> Result<(), EvidenceError> {
    let written = async {
        let mut file = File::create(path).await?;
        while let Some(piece) = content.try_next().await? {
            file.write_all(&piece).await?;
        }
        file.sync_all().await
    };
    written.await.map_err(|error| EvidenceError::File(path.to_owned(), error))
}
