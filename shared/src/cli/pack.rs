//! `envelope pack`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use getrandom::SysRng;
use konvolutt_shared::container::{Profile, SignatureDigest};
use konvolutt_shared::finding::Finding;
use konvolutt_shared::identifier::OrganisationNumber;
use konvolutt_shared::pack::{PackDocument, PackHead, media_type, pack};
use konvolutt_shared::pki::{Certificate, SoftKey};
use konvolutt_shared::seal;
use rand_core::{Rng as _, UnwrapErr};

use crate::output::{self, Failure};

/// The arguments of `pack`.
#[derive(Args)]
pub(crate) struct Pack {
    /// The sender's key, PKCS#12.
    #[arg(long, value_name = "SENDER.p12")]
    key: PathBuf,
    /// The key file's password.
    #[arg(long, value_name = "PW")]
    password: String,
    /// The recipient's certificate, PEM.
    #[arg(long, value_name = "CERT.pem")]
    recipient: PathBuf,
    /// The kind of container: dpo is signed with CAdES, dpi with XAdES.
    #[arg(long, value_enum)]
    profile: ProfileName,
    /// The sender's organisation number.
    #[arg(long, value_name = "ORGNR")]
    sender: OrganisationNumber,
    /// The receiver's organisation number.
    #[arg(long, value_name = "ORGNR")]
    receiver: OrganisationNumber,
    /// The digest of a dpo signature; sha1 only for receivers that read nothing else.
    #[arg(long, value_enum, default_value = "sha256")]
    digest: DigestName,
    /// Where to write the sealed package.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// One JSON object on standard output.
    #[arg(long)]
    json: bool,
    /// The documents; the first is the main one.
    #[arg(required = true, value_name = "DOCUMENT")]
    documents: Vec<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum ProfileName {
    Dpo,
    Dpi,
}

#[derive(Clone, Copy, ValueEnum)]
enum DigestName {
    Sha256,
    Sha1,
}

pub(crate) fn run(arguments: &Pack) -> Result<bool, Failure> {
    let mut documents = Vec::new();
    for path in &arguments.documents {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| Failure(format!("{}: no usable file name", path.display())))?.to_owned();
        documents.push(PackDocument { media_type: media_type(&name).to_owned(), name, content: output::read(path)? });
    }
    let key = output::read(&arguments.key)?;
    let recipient = output::read_text(&arguments.recipient)?;
    let sealed = match make(arguments, &key, &recipient, &documents) {
        Ok(sealed) => sealed,
        Err(finding) => {
            report(arguments, &[finding]);
            return Ok(false);
        }
    };
    std::fs::write(&arguments.out, sealed).map_err(|error| Failure(format!("{}: {error}", arguments.out.display())))?;
    report(arguments, &[]);
    Ok(true)
}

fn make(arguments: &Pack, key: &[u8], recipient: &str, documents: &[PackDocument]) -> Result<Vec<u8>, Finding> {
    let key = SoftKey::from_pkcs12(key, &arguments.password)?;
    let recipient = Certificate::from_pem(recipient)?;
    let mut random = [0; 16];
    UnwrapErr(SysRng).fill_bytes(&mut random);
    let head = PackHead {
        profile: match arguments.profile {
            ProfileName::Dpo => Profile::Cades,
            ProfileName::Dpi => Profile::Xades,
        },
        sender: &arguments.sender.to_string(),
        receiver: &arguments.receiver.to_string(),
        digest: match arguments.digest {
            DigestName::Sha256 => SignatureDigest::Sha256,
            DigestName::Sha1 => SignatureDigest::Sha1,
        },
        now: output::now(),
        signature_id: uuid::Builder::from_random_bytes(random).into_uuid(),
    };
    seal::seal(&recipient, &pack(head, documents, &key)?, &mut UnwrapErr(SysRng))
}

fn report(arguments: &Pack, findings: &[Finding]) {
    if arguments.json {
        let verdict = if findings.is_empty() { "ok" } else { "refused" };
        println!("{}", serde_json::json!({ "verdict": verdict, "findings": output::findings(findings) }));
    } else {
        output::print_findings(findings);
    }
}
