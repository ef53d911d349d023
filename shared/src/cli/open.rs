//! `envelope open`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use konvolutt_shared::container::{Signer, Verdict, VerifyPolicy};
use konvolutt_shared::finding::Finding;
use konvolutt_shared::identifier::OrganisationNumber;
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Certificate, CertificatePolicies, Crl, Memo, Ocsp, Policy, Purpose, SoftKey};
use serde_json::{Value, json};

use crate::output::{self, Failure};
use crate::password::Password;
use crate::save;
use crate::stream::{self, Outcome, Spooled};

/// What `open --help` ends with.
pub(crate) const EXAMPLES: &str = "Examples:
  Open a sealed package from a sender that is known, and save its documents in the folder ut, if everything holds:
    envelope open pakke.cms --key mottaker.p12 --password-file passord.txt --trust root.pem --intermediate issuing.pem --crl root.crl --crl issuing.crl --sender 310452106 --out ut
  The same as JSON, where an answer by OCSP stands in for the issuing authority's list:
    envelope open pakke.cms --key mottaker.p12 --password-file passord.txt --trust root.pem --intermediate issuing.pem --crl root.crl --ocsp svar.ocsp --json
  Only decrypt, to look at what is inside (innhold/content is written); nothing is verified, and nothing in it is to be trusted:
    envelope open pakke.cms --key mottaker.p12 --password-file passord.txt --raw --out innhold
  Verify a bare container, which needs no key, as of another time:
    envelope open pakke.asice --trust root.pem --intermediate issuing.pem --crl root.crl --crl issuing.crl --at 2027-01-01T12:00:00Z";

/// The arguments of `open`.
#[derive(Args)]
pub(crate) struct Open {
    /// A sealed package (CMS, for example the asic.zip of a DPO transfer), or a bare container (ASiC-E),
    /// which its first two bytes tell: PK.
    file: PathBuf,
    /// The recipient's key file, PKCS#12 (.p12, .pfx): its enterprise certificate with the private key. A
    /// bare container needs none.
    #[arg(long, value_name = "KEYSTORE.p12")]
    key: Option<PathBuf>,
    #[command(flatten)]
    password: Password,
    /// A root that you trust, PEM; the file may hold several. May be given several times. Without one nothing
    /// is trusted, and the verdict is refused.
    #[arg(long, value_name = "PEM")]
    trust: Vec<PathBuf>,
    /// The certificate of an authority between the root and the signer, PEM; the file may hold several. May
    /// be given several times. Not trusted by itself.
    #[arg(long, value_name = "PEM")]
    intermediate: Vec<PathBuf>,
    /// A revocation list (CRL), DER or PEM. May be given several times: the list of the authority that issued
    /// the signer's certificate, and the root's, which tells of the authority. Without both the verdict is
    /// undetermined.
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// An OCSP answer about the signer's or an authority's certificate, DER, instead of a list. May be given
    /// several times.
    #[arg(long, value_name = "FILE")]
    ocsp: Vec<PathBuf>,
    /// Which kind of certificate the signer must have: one of these certificate policies must stand in it.
    #[arg(long, value_enum, default_value = "any")]
    policies: PoliciesName,
    /// The time to judge certificates and revocation at, RFC 3339 with its zone, for example
    /// 2027-01-01T12:00:00Z; now if left out. What was revoked later was not revoked then; lists and answers
    /// must be of that time.
    #[arg(long, value_name = "RFC3339")]
    at: Option<Timestamp>,
    /// Since when you know that the package exists, RFC 3339: of one that came long ago. Certificates may have
    /// expired since. Whether they were revoked can no longer be checked then, so the verdict is undetermined.
    #[arg(long, value_name = "RFC3339")]
    since: Option<Timestamp>,
    /// The organisation number, nine digits, that must stand in the signer's certificate. Without it any
    /// organisation with a trusted certificate may have signed: look at who did.
    #[arg(long, value_name = "ORGNR")]
    sender: Option<OrganisationNumber>,
    /// The folder to write the documents to, only when the verdict is ok, and never outside it. It is made if
    /// it is not there; files of the same name are overwritten. Documents that would overwrite each other, or
    /// whose names no file can have, are refused, and nothing is written. Without it nothing is written.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Stop after decryption: the content is one document, `(content)`, written as `content`, with no
    /// signature to verify. The verdict ok then says only that it could be decrypted.
    #[arg(long)]
    raw: bool,
    /// One JSON object on standard output: verdict, findings, signer, documents.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum PoliciesName {
    /// None in particular: policies are not judged.
    Any,
    /// Enterprise certificates of Buypass' and Commfides' test systems and of Digdir's test authority.
    Test,
    /// Enterprise certificates of Buypass and Commfides.
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
    let mut answer = match outcome {
        Outcome::Refused(findings) => Answer::refused(findings),
        Outcome::Content(document) => {
            Answer { verdict: "ok", findings: Vec::new(), signer: None, documents: vec![document] }
        }
        Outcome::Judged(verdict) => Answer::of(*verdict),
    };
    if let (Some(directory), Some(spool), "ok") = (&arguments.out, spool, answer.verdict) {
        let problems = save::problems(&answer.documents);
        if problems.is_empty() {
            save::save(directory, &answer.documents, &spool)?;
        } else {
            answer = Answer { signer: answer.signer, ..Answer::refused(problems) };
        }
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
        since: arguments.since,
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
    Ok(VerifyPolicy { path, sender: arguments.sender.as_ref().map(ToString::to_string), limits: Limits::default() })
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
