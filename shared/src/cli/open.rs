//! `envelope open`.

use std::path::{Component, Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use konvolutt_shared::container::{Opened, Signer, VerifyPolicy};
use konvolutt_shared::finding::Finding;
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Certificate, Crl, Policy, Purpose, SoftKey};
use konvolutt_shared::seal;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::output::{self, Failure};

/// The arguments of `open`.
#[derive(Args)]
pub(crate) struct Open {
    /// A sealed package (CMS) or a bare container.
    file: PathBuf,
    /// The recipient's key, PKCS#12. A bare container needs none.
    #[arg(long, value_name = "KEYSTORE.p12", requires = "password")]
    key: Option<PathBuf>,
    /// The key file's password.
    #[arg(long, value_name = "PW")]
    password: Option<String>,
    /// A trusted root, PEM. May be given several times.
    #[arg(long, value_name = "PEM")]
    trust: Vec<PathBuf>,
    /// An issuing authority's certificate, PEM. May be given several times.
    #[arg(long, value_name = "PEM")]
    intermediate: Vec<PathBuf>,
    /// A revocation list, DER or PEM. May be given several times.
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// The time to judge at; now if left out.
    #[arg(long, value_name = "RFC3339")]
    at: Option<Timestamp>,
    /// The organisation number that must have signed.
    #[arg(long, value_name = "ORGNR")]
    sender: Option<String>,
    /// Where to write the documents, only when the verdict is ok, and never outside this folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Stop after decryption: the content is one document, `(content)`, with no signature to verify.
    #[arg(long)]
    raw: bool,
    /// One JSON object on standard output.
    #[arg(long)]
    json: bool,
}

/// What `open` answers.
struct Answer {
    findings: Vec<Finding>,
    signer: Option<Signer>,
    documents: Option<Vec<Document>>,
}

struct Document {
    name: String,
    media_type: Option<String>,
    sha256: String,
    content: Vec<u8>,
}

pub(crate) fn run(arguments: &Open) -> Result<bool, Failure> {
    let policy = policy(arguments)?;
    let bytes = output::read(&arguments.file)?;
    let answer = match decrypt(arguments, bytes, &policy.limits)? {
        Err(finding) => Answer { findings: vec![finding], signer: None, documents: None },
        Ok(plain) if arguments.raw => raw(plain),
        Ok(plain) => verify(plain, &policy),
    };
    let ok = answer.documents.is_some();
    if let (Some(directory), Some(documents)) = (&arguments.out, &answer.documents) {
        save(directory, documents)?;
    }
    if arguments.json {
        println!("{}", answer.to_json());
    } else {
        answer.print();
    }
    Ok(ok)
}

fn policy(arguments: &Open) -> Result<VerifyPolicy, Failure> {
    let certificates = |paths: &[PathBuf]| -> Result<Vec<Certificate>, Failure> {
        let mut all = Vec::new();
        for path in paths {
            let chain = Certificate::chain_from_pem(&output::read_text(path)?);
            all.extend(chain.map_err(|finding| Failure(format!("{}: {finding}", path.display())))?);
        }
        Ok(all)
    };
    let mut crls = Vec::new();
    for path in &arguments.crl {
        let crl = Crl::from_bytes(&output::read(path)?);
        crls.push(crl.map_err(|finding| Failure(format!("{}: {finding}", path.display())))?);
    }
    let path = Policy {
        at: arguments.at.unwrap_or_else(output::now),
        anchors: certificates(&arguments.trust)?,
        intermediates: certificates(&arguments.intermediate)?,
        crls,
        purpose: Purpose::Sign,
        ..Policy::default()
    };
    Ok(VerifyPolicy { path, sender: arguments.sender.clone(), limits: Limits::default() })
}

/// The plain bytes; the inner error is a refusal of the package, the outer one wrong usage.
fn decrypt(arguments: &Open, bytes: Vec<u8>, limits: &Limits) -> Result<Result<Vec<u8>, Finding>, Failure> {
    if bytes.starts_with(b"PK") && !arguments.raw {
        return Ok(Ok(bytes));
    }
    let (Some(path), Some(password)) = (&arguments.key, &arguments.password) else {
        return Err(Failure("a sealed package needs --key and --password".to_owned()));
    };
    match SoftKey::from_pkcs12(&output::read(path)?, password) {
        Ok(key) => Ok(seal::open(&bytes, &key, limits)),
        Err(finding) => Ok(Err(finding)),
    }
}

fn raw(content: Vec<u8>) -> Answer {
    let sha256 = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    let document = Document { name: "(content)".to_owned(), media_type: None, sha256, content };
    Answer { findings: Vec::new(), signer: None, documents: Some(vec![document]) }
}

fn verify(plain: Vec<u8>, policy: &VerifyPolicy) -> Answer {
    match Opened::new(plain).verify(policy) {
        Err(refusal) => Answer { findings: refusal.findings, signer: refusal.signer, documents: None },
        Ok(verified) => {
            let document = |d: &konvolutt_shared::container::VerifiedDocument| Document {
                name: d.name.clone(),
                media_type: d.media_type.clone(),
                sha256: d.sha256_hex.clone(),
                content: d.content().to_vec(),
            };
            Answer {
                findings: verified.findings().to_vec(),
                signer: Some(verified.signer().clone()),
                documents: Some(verified.documents().iter().map(document).collect()),
            }
        }
    }
}

impl Answer {
    fn to_json(&self) -> Value {
        let documents = self.documents.as_deref().unwrap_or_default();
        let document = |d: &Document| json!({ "name": d.name, "mediaType": d.media_type, "size": d.content.len(), "sha256": d.sha256 });
        let signer = self
            .signer
            .as_ref()
            .map(|signer| json!({ "organisation": signer.organisation, "name": signer.name, "serial": signer.serial }));
        json!({
            "verdict": if self.documents.is_some() { "ok" } else { "refused" },
            "findings": output::findings(&self.findings),
            "signer": signer,
            "documents": documents.iter().map(document).collect::<Value>(),
        })
    }

    fn print(&self) {
        println!("{}", if self.documents.is_some() { "ok" } else { "refused" });
        if let Some(signer) = &self.signer {
            println!(
                "signed by {} ({})",
                signer.name,
                signer.organisation.as_deref().unwrap_or("no organisation number")
            );
        }
        for document in self.documents.iter().flatten() {
            println!("{:>12}  {}  {}", document.content.len(), document.sha256, document.name);
        }
        output::print_findings(&self.findings);
    }
}

/// Writes the documents below `directory`. Names were checked when the container was read; they are checked again
/// here, where the harm would be done.
fn save(directory: &Path, documents: &[Document]) -> Result<(), Failure> {
    let failure = |path: &Path, error: std::io::Error| Failure(format!("{}: {error}", path.display()));
    std::fs::create_dir_all(directory).map_err(|error| failure(directory, error))?;
    let root = directory.canonicalize().map_err(|error| failure(directory, error))?;
    for document in documents {
        let name = if document.name == "(content)" { "content" } else { &document.name };
        let relative = Path::new(name);
        if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(Failure("a document's name leads out of the folder".to_owned()));
        }
        let target = root.join(relative);
        let parent = target.parent().unwrap_or(&root).to_owned();
        std::fs::create_dir_all(&parent).map_err(|error| failure(&parent, error))?;
        // A link that stood there before could lead elsewhere.
        let real = parent.canonicalize().map_err(|error| failure(&parent, error))?;
        if !real.starts_with(&root) || target.is_symlink() {
            return Err(Failure("a link in the folder leads out of it".to_owned()));
        }
        std::fs::write(&target, &document.content).map_err(|error| failure(&target, error))?;
    }
    Ok(())
}
