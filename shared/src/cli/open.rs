//! `envelope open`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use konvolutt_shared::container::{Signer, Verdict, VerifyPolicy};
use konvolutt_shared::finding::Finding;
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Certificate, CertificatePolicies, Crl, Memo, Ocsp, Policy, Purpose, SoftKey};
use serde_json::{Value, json};

use crate::output::{self, Failure};
use crate::password::Password;
use crate::save::save;
use crate::stream::{self, Outcome, Spooled};

/// What `open --help` ends with.
pub(crate) const EXAMPLES: &str = "Examples:
  Open a sealed package and save its documents, if everything holds:
    envelope open pakke.cms --key mottaker.p12 --password-file passord.txt --trust root.pem --crl issuing.crl --sender 310452106 --out ut
  The same where the root has issued to an authority, and an answer by OCSP stands in for the list:
    envelope open pakke.cms --key mottaker.p12 --password-file passord.txt --trust root.pem --intermediate issuing.pem --ocsp svar.ocsp --json
  Only decrypt, to look at what is inside; nothing is verified:
    envelope open pakke.cms --key mottaker.p12 --password-file passord.txt --raw --out innhold
  Verify a bare container, which needs no key, as of another time:
    envelope open pakke.asice --trust root.pem --crl issuing.crl --at 2027-01-01T12:00:00Z";

/// The arguments of `open`.
#[derive(Args)]
pub(crate) struct Open {
    /// A sealed package (CMS) or a bare container.
    file: PathBuf,
    /// The recipient's key, PKCS#12. A bare container needs none.
    #[arg(long, value_name = "KEYSTORE.p12")]
    key: Option<PathBuf>,
    #[command(flatten)]
    password: Password,
    /// A trusted root, PEM. May be given several times.
    #[arg(long, value_name = "PEM")]
    trust: Vec<PathBuf>,
    /// An issuing authority's certificate, PEM. May be given several times.
    #[arg(long, value_name = "PEM")]
    intermediate: Vec<PathBuf>,
    /// A revocation list, DER or PEM. May be given several times.
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// An OCSP answer, DER. May be given several times.
    #[arg(long, value_name = "FILE")]
    ocsp: Vec<PathBuf>,
    /// Which certificate policies the signer's certificate must carry one of.
    #[arg(long, value_enum, default_value = "any")]
    policies: PoliciesName,
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

#[derive(Clone, Copy, ValueEnum)]
enum PoliciesName {
    /// None in particular.
    Any,
    /// Those of the test issuers.
    Test,
    /// Those of Buypass and Commfides.
    Production,
}

/// What `open` answers.
struct Answer {
    verdict: &'static str,
    findings: Vec<Finding>,
    signer: Option<Signer>,
    documents: Vec<Spooled>,
}

pub(crate) fn run(arguments: &Open) -> Result<bool, Failure> {
    let policy = policy(arguments)?;
    let bare = !arguments.raw && output::starts_with(&arguments.file, b"PK")?;
    let key = match key(arguments, bare)? {
        Ok(key) => key,
        Err(finding) => return report(arguments, &Answer::refused(vec![finding])),
    };
    // A file without a name: whatever happens, nothing of it stays behind.
    let spool = if arguments.out.is_some() { Some(stream::spool()?) } else { None };
    let outcome = if arguments.raw {
        stream::raw(&arguments.file, key.as_ref(), &policy.limits, spool.as_ref())?
    } else {
        stream::verify(&arguments.file, key.as_ref(), &policy, spool.as_ref())?
    };
    let answer = match outcome {
        Outcome::Refused(findings) => Answer::refused(findings),
        Outcome::Content(document) => {
            Answer { verdict: "ok", findings: Vec::new(), signer: None, documents: vec![document] }
        }
        Outcome::Judged(verdict) => Answer::of(*verdict),
    };
    if let (Some(directory), Some(spool), "ok") = (&arguments.out, spool, answer.verdict) {
        save(directory, &answer.documents, &spool)?;
    }
    report(arguments, &answer)
}

fn report(arguments: &Open, answer: &Answer) -> Result<bool, Failure> {
    if arguments.json {
        println!("{}", answer.to_json());
    } else {
        answer.print();
    }
    Ok(answer.verdict == "ok")
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
    let mut ocsp = Vec::new();
    for path in &arguments.ocsp {
        let answer = Ocsp::from_der(&output::read(path)?);
        ocsp.push(answer.map_err(|finding| Failure(format!("{}: {finding}", path.display())))?);
    }
    let path = Policy {
        at: arguments.at.unwrap_or_else(output::now),
        anchors: certificates(&arguments.trust)?,
        intermediates: certificates(&arguments.intermediate)?,
        crls,
        purpose: Purpose::Sign,
        ocsp,
        policies: match arguments.policies {
            PoliciesName::Any => CertificatePolicies::Any,
            PoliciesName::Test => CertificatePolicies::Test,
            PoliciesName::Production => CertificatePolicies::Production,
        },
        memo: Memo::default(),
    };
    Ok(VerifyPolicy { path, sender: arguments.sender.clone(), limits: Limits::default() })
}

/// The key, if one is needed; the inner error is a refusal of the key file, the outer one wrong usage.
fn key(arguments: &Open, bare: bool) -> Result<Result<Option<SoftKey>, Finding>, Failure> {
    if bare {
        return Ok(Ok(None));
    }
    let (Some(path), Some(password)) = (&arguments.key, arguments.password.read()?) else {
        return Err(Failure("a sealed package needs --key, and --password-file or --password".to_owned()));
    };
    Ok(SoftKey::from_pkcs12(&output::read(path)?, &password).map(Some))
}

impl Answer {
    fn refused(findings: Vec<Finding>) -> Self {
        Self { verdict: "refused", findings, signer: None, documents: Vec::new() }
    }

    /// An undetermined container is described, so that a person can decide; it is not saved.
    fn of(verdict: Verdict) -> Self {
        let word = verdict.as_str();
        match verdict.accept_unchecked() {
            Err(refusal) => {
                Self { verdict: word, findings: refusal.findings, signer: refusal.signer, documents: Vec::new() }
            }
            Ok(verified) => Self {
                verdict: word,
                findings: verified.findings().to_vec(),
                signer: Some(verified.signer().clone()),
                documents: verified.documents().iter().map(Spooled::from).collect(),
            },
        }
    }

    fn to_json(&self) -> Value {
        let document =
            |d: &Spooled| json!({ "name": d.name, "mediaType": d.media_type, "size": d.size, "sha256": d.sha256_hex });
        let signer = self
            .signer
            .as_ref()
            .map(|signer| json!({ "organisation": signer.organisation, "name": signer.name, "serial": signer.serial }));
        json!({
            "verdict": self.verdict,
            "findings": output::findings(&self.findings),
            "signer": signer,
            "documents": self.documents.iter().map(document).collect::<Value>(),
        })
    }

    fn print(&self) {
        println!("{}", self.verdict);
        if let Some(signer) = &self.signer {
            println!(
                "signed by {} ({})",
                signer.name,
                signer.organisation.as_deref().unwrap_or("no organisation number")
            );
        }
        for document in &self.documents {
            println!("{:>12}  {}  {}", document.size, document.sha256_hex, document.name);
        }
        output::print_findings(&self.findings);
    }
}
