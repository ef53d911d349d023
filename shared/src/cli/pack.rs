//! `envelope pack`.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use clap::{Args, ValueEnum};
use getrandom::SysRng;
use konvolutt_shared::container::{DocumentHead, Profile, SignatureDigest};
use konvolutt_shared::finding::Finding;
use konvolutt_shared::identifier::OrganisationNumber;
use konvolutt_shared::pack::{PackHead, Packer, media_type};
use konvolutt_shared::pki::{Certificate, SoftKey};
use konvolutt_shared::seal::{SoftSealer, Suite};
use rand_core::{Rng as _, UnwrapErr};

use crate::output::{self, Failure};
use crate::password::Password;
use crate::stream::PIECE;

/// Pieces of the container that may wait to be sealed.
const PIECES: usize = 8;

/// What `pack --help` ends with.
pub(crate) const EXAMPLES: &str = "Examples:
  A letter with an attachment to another public body (DPO, signed with CAdES); an archive wants its arkivmelding.xml, too:
    envelope pack --key avsender.p12 --password-file passord.txt --recipient mottaker.pem --profile dpo --sender 310452106 --receiver 310452114 --out pakke.cms brev.pdf vedlegg.txt
  Digital mail to a person's mailbox (DPI, signed with XAdES); recipient is the mailbox provider:
    envelope pack --key avsender.p12 --password-file passord.txt --recipient mottaker.pem --profile dpi --sender 310452106 --receiver 310452114 --out post.cms brev.pdf
  For a recipient whose key store knows nothing but RSAES-PKCS1-v1_5:
    envelope pack --key avsender.p12 --password-file passord.txt --recipient mottaker.pem --profile dpo --suite pkcs1-cbc --sender 310452106 --receiver 310452114 --out gammel.cms brev.pdf";

/// The arguments of `pack`.
#[derive(Args)]
pub(crate) struct Pack {
    /// The sender's key file, PKCS#12 (.p12, .pfx): its enterprise certificate, those above it, and the
    /// private key, which signs.
    #[arg(long, value_name = "SENDER.p12")]
    key: PathBuf,
    #[command(flatten)]
    password: Password,
    /// The certificate to seal to, PEM, with an RSA key of at least 2048 bits: the recipient's own for dpo,
    /// the mailbox or print provider's for dpi. Whose it is, and whether it is still good, is not checked.
    #[arg(long, value_name = "CERT.pem")]
    recipient: PathBuf,
    /// The kind of container.
    #[arg(long, value_enum)]
    profile: ProfileName,
    /// The sender's organisation number, nine digits with a right check digit; it is written into the
    /// manifest.
    #[arg(long, value_name = "ORGNR")]
    sender: OrganisationNumber,
    /// The receiver's organisation number, likewise; the manifest of dpi does not have it.
    #[arg(long, value_name = "ORGNR")]
    receiver: OrganisationNumber,
    /// The digest of a dpo signature; dpi always has SHA-256. sha1 is weak, and only for receivers that read
    /// nothing else.
    #[arg(long, value_enum, default_value = "sha256")]
    digest: DigestName,
    /// How to seal: how the content key is encrypted to the recipient, and how the content.
    #[arg(long, value_enum, default_value = "oaep-cbc")]
    suite: SuiteName,
    /// Where to write the sealed package; a file that is there is replaced.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// One JSON object on standard output: verdict, findings.
    #[arg(long)]
    json: bool,
    /// The documents, at least one; the first is the main one. They keep their file names; for dpi with other
    /// characters than A-Z a-z 0-9 . _ - they get plain ones, and keep their own as titles.
    #[arg(required = true, value_name = "DOCUMENT")]
    documents: Vec<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum ProfileName {
    /// For public bodies, over DPO: signed with CAdES.
    Dpo,
    /// For people's mailboxes and print, over DPI: signed with XAdES.
    Dpi,
}

#[derive(Clone, Copy, ValueEnum)]
enum DigestName {
    /// SHA-256.
    Sha256,
    /// SHA-1, which the reference still writes.
    Sha1,
}

#[derive(Clone, Copy, ValueEnum)]
enum SuiteName {
    /// RSAES-OAEP with SHA-256, and AES-256-CBC: DPO, DPI and KS SvarUt.
    OaepCbc,
    /// RSAES-OAEP with SHA-256, and AES-256-GCM: DPH.
    OaepGcm,
    /// RSAES-PKCS1-v1_5, and AES-256-CBC: DPE, and recipients with old Windows key stores.
    Pkcs1Cbc,
}

impl From<SuiteName> for Suite {
    fn from(name: SuiteName) -> Self {
        match name {
            SuiteName::OaepCbc => Self::OaepCbc,
            SuiteName::OaepGcm => Self::OaepGcm,
            SuiteName::Pkcs1Cbc => Self::Pkcs1Cbc,
        }
    }
}

pub(crate) fn run(arguments: &Pack) -> Result<bool, Failure> {
    let key = output::read(&arguments.key)?;
    let recipient = output::read_text(&arguments.recipient)?;
    let Some(password) = arguments.password.read()? else {
        return Err(Failure("packing needs --password-file or --password".to_owned()));
    };
    let identities = SoftKey::from_pkcs12(&key, &password)
        .and_then(|key| Certificate::from_pem(&recipient).map(|recipient| (key, recipient)));
    let made = match identities {
        Ok((key, recipient)) => make(arguments, &key, &recipient)?,
        Err(finding) => Err(finding),
    };
    match made {
        Ok(()) => report(arguments, &[]),
        Err(finding) => {
            report(arguments, &[finding]);
            return Ok(false);
        }
    }
    Ok(true)
}

/// Packs into a file beside the target, which takes its name when it is whole. The inner error is a refusal.
fn make(arguments: &Pack, key: &SoftKey, recipient: &Certificate) -> Result<Result<(), Finding>, Failure> {
    let target = &arguments.out;
    let failure = |error: std::io::Error| Failure(format!("{}: {error}", target.display()));
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failure)?;
    // Packing hashes and sealing encrypts: each is the work of one core.
    let made = std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(PIECES);
        let target = file.as_file_mut();
        let suite = arguments.suite.into();
        let sealing = scope.spawn(move || seal(recipient, suite, receiver, target));
        let packed = packed(arguments, key, &sender);
        drop(sender);
        let sealed = sealing.join().unwrap_or_else(|_| Err(Broken::Failure("sealing broke off".to_owned())));
        // When sealing fails, packing only sees that nobody listens any more.
        sealed.and(packed)
    });
    match made {
        Ok(()) => {}
        Err(Broken::Refused(finding)) => return Ok(Err(finding)),
        Err(Broken::Failure(what)) => return Err(Failure(what)),
    }
    file.persist(target).map_err(|error| failure(error.error))?;
    Ok(Ok(()))
}

/// Why packing ended early.
enum Broken {
    Refused(Finding),
    Failure(String),
}

impl From<Finding> for Broken {
    fn from(finding: Finding) -> Self {
        Self::Refused(finding)
    }
}

/// Packs the documents and sends the container on, piece by piece.
fn packed(arguments: &Pack, key: &SoftKey, pieces: &SyncSender<Vec<u8>>) -> Result<(), Broken> {
    let mut heads = Vec::new();
    for path in &arguments.documents {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| Broken::Failure(format!("{}: no usable file name", path.display())))?.to_owned();
        heads.push(DocumentHead { media_type: media_type(&name).to_owned(), name });
    }
    let (sender, receiver) = (arguments.sender.to_string(), arguments.receiver.to_string());
    let mut out = Vec::with_capacity(2 * PIECE);
    let mut packer = Packer::begin(head(arguments, &sender, &receiver), &heads, &mut out)?;
    let mut piece = vec![0; PIECE];
    for path in &arguments.documents {
        let failure = |error| Broken::Failure(format!("{}: {error}", path.display()));
        let mut file = File::open(path).map_err(failure)?;
        packer.next_document(&mut out)?;
        loop {
            let length = file.read(&mut piece).map_err(failure)?;
            if length == 0 {
                break;
            }
            packer.write(&piece[..length], &mut out)?;
            put(&mut out, pieces)?;
        }
        packer.end_document(&mut out)?;
    }
    packer.finish(key, &mut out)?;
    put(&mut out, pieces)
}

fn put(out: &mut Vec<u8>, pieces: &SyncSender<Vec<u8>>) -> Result<(), Broken> {
    let piece = std::mem::replace(out, Vec::with_capacity(2 * PIECE));
    pieces.send(piece).map_err(|_| Broken::Failure("sealing broke off".to_owned()))
}

fn head<'a>(arguments: &Pack, sender: &'a str, receiver: &'a str) -> PackHead<'a> {
    let mut random = [0; 16];
    UnwrapErr(SysRng).fill_bytes(&mut random);
    PackHead {
        profile: match arguments.profile {
            ProfileName::Dpo => Profile::Cades,
            ProfileName::Dpi => Profile::Xades,
        },
        sender,
        receiver,
        digest: match arguments.digest {
            DigestName::Sha256 => SignatureDigest::Sha256,
            DigestName::Sha1 => SignatureDigest::Sha1,
        },
        now: output::now(),
        signature_id: uuid::Builder::from_random_bytes(random).into_uuid(),
    }
}

fn seal(recipient: &Certificate, suite: Suite, pieces: Receiver<Vec<u8>>, file: &mut File) -> Result<(), Broken> {
    let failure = |error: std::io::Error| Broken::Failure(format!("the package cannot be written: {error}"));
    let mut out = Vec::with_capacity(2 * PIECE);
    let mut sealer = SoftSealer::new(recipient, suite, &mut UnwrapErr(SysRng), &mut out)?;
    for piece in pieces {
        sealer.push(&piece, &mut out);
        if out.len() >= PIECE {
            file.write_all(&out).map_err(failure)?;
            out.clear();
        }
    }
    sealer.finish(&mut out);
    file.write_all(&out).map_err(failure)
}

fn report(arguments: &Pack, findings: &[Finding]) {
    if arguments.json {
        let verdict = if findings.is_empty() { "ok" } else { "refused" };
        println!("{}", serde_json::json!({ "verdict": verdict, "findings": output::findings(findings) }));
    } else {
        output::print_findings(findings);
    }
}
