//! A package of the interop vectors, opened and verified as the program does it.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use konvolutt_shared::container::VerifyPolicy;
use konvolutt_shared::container::verify::verify;
use konvolutt_shared::finding::{Code, Finding, Rule};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Certificate, Crl, Policy, Purpose, SoftKey};
use konvolutt_shared::seal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What to hold a package against.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// `cms`, `cms-raw` (a single document without container) or `asice`.
    pub kind: String,
    /// The key file's password.
    #[serde(default)]
    pub password: String,
    /// When, RFC 3339.
    pub clock: String,
    /// PEM.
    pub anchors: Vec<String>,
    /// PEM.
    pub intermediates: Vec<String>,
    /// Base64 of DER or PEM.
    pub crls: Vec<String>,
    /// Organisation number that the signature must be of.
    #[serde(default)]
    pub sender: Option<String>,
}

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// Whether all holds.
    pub accepted: bool,
    /// The codes of what refused it, the decisive one first.
    pub codes: Vec<Code>,
    /// In order. Empty unless accepted.
    pub documents: Vec<Document>,
    /// SHA-256 of what was sealed, hexadecimal, for `cms-raw`.
    pub content: Option<String>,
}

/// A document of an accepted package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// Its name in the container.
    pub name: String,
    /// Hexadecimal.
    pub sha256: String,
}

/// Opens and verifies. `key_file` is PKCS#12; it is not looked at for `asice`.
pub fn open(artefact: &[u8], key_file: &[u8], question: &Question) -> Verdict {
    judge(artefact, key_file, question).unwrap_or_else(|findings| Verdict {
        codes: findings.iter().map(|finding| finding.code).collect(),
        ..Verdict::default()
    })
}

fn judge(artefact: &[u8], key_file: &[u8], question: &Question) -> Result<Verdict, Vec<Finding>> {
    let one = |finding| vec![finding];
    let plain = match question.kind.as_str() {
        "asice" => artefact.to_vec(),
        _ => SoftKey::from_pkcs12(key_file, &question.password)
            .and_then(|key| seal::open(artefact, &key, &Limits::default()))
            .map_err(one)?,
    };
    if question.kind == "cms-raw" {
        let content = Sha256::digest(plain).iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        return Ok(Verdict { accepted: true, content: Some(content), ..Verdict::default() });
    }
    let policy = policy(question).map_err(one)?;
    let verified = verify(&plain, &policy).0.good().map_err(|refusal| refusal.findings)?;
    let documents = verified.documents().iter();
    let documents =
        documents.map(|one| Document { name: one.name().to_owned(), sha256: one.sha256_hex().to_owned() }).collect();
    Ok(Verdict { accepted: true, documents, ..Verdict::default() })
}

fn policy(question: &Question) -> Result<VerifyPolicy, Finding> {
    let certificates = |texts: &[String]| -> Result<Vec<Certificate>, Finding> {
        let chains = texts.iter().map(|text| Certificate::chain_from_pem(text)).collect::<Result<Vec<_>, _>>()?;
        Ok(chains.concat())
    };
    let crl = |text: &String| {
        let bytes = STANDARD.decode(text).map_err(|_| Finding::error(Rule::Broken, "the list is not base64"))?;
        Crl::from_bytes(&bytes)
    };
    Ok(VerifyPolicy {
        path: Policy {
            at: question.clock.parse().map_err(|_| Finding::error(Rule::Broken, "the clock is not a time"))?,
            anchors: certificates(&question.anchors)?,
            intermediates: certificates(&question.intermediates)?,
            crls: question.crls.iter().map(crl).collect::<Result<_, _>>()?,
            purpose: Purpose::Sign,
            ..Policy::default()
        },
        sender: question.sender.clone(),
        limits: Limits::default(),
    })
}
