//! The message as a signed JWS (RFC 7515, compact), made in two phases, and verified.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::finding::{Finding, Place, Rule};
use crate::identifier::{Iso6523, Party};
use crate::jws::{self, Algorithm, Header, Unsigned};
use crate::pki::{Certificate, Policy, validate};
use crate::sbd::{DocumentType, Layer, Sbd};

/// The digest of a package that the message carries (`dokumentpakkefingeravtrykk`): SHA-256 of the sealed
/// bytes as they are uploaded, 32 bytes.
pub fn package_digest(sealed: &[u8]) -> [u8; 32] {
    Sha256::digest(sealed).into()
}

/// What is to be signed with RS256. The header holds `x5c`, with the signer's certificate alone, and `alg`; nothing
/// else, as the reference writes it. Once signed, [`Unsigned::finish`] gives the compact JWS.
///
/// # Errors
/// [`Rule::MailForm`]: a document of another form; [`Rule::MailKey`]: a key that cannot make RS256.
pub fn prepare(message: &Sbd, signer: &Certificate) -> Result<Unsigned, Finding> {
    if message.layer() != Layer::Dpi {
        return Err(Finding::error(Rule::MailForm, "the document has not the form of the DPI network"));
    }
    if signer.rsa_public_key().is_none() {
        return Err(Finding::error(Rule::MailKey, "the DPI network takes RSA signatures only"));
    }
    let header = Header { algorithm: Algorithm::Rs256, kind: None, key_id: None, chain: vec![signer.der().to_vec()] };
    Ok(jws::prepare(&header, message.to_json().as_bytes()))
}

/// What a message is held against.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    /// Whom to trust, and when it is: for the signer's certificate, and in [`verify`] for the document's times.
    pub policy: Policy,
    /// [`package_digest`] of the package that came along, when one did.
    pub package: Option<[u8; 32]>,
    /// The token that the request bore, without `Bearer`, when the message must hold the same.
    pub token: Option<&'a str>,
}

/// A message whose signature, signer and document have been verified, and package and token where
/// [`Expected`] had them.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The document, in the network's form.
    pub sbd: Sbd,
    /// Who signed: the first certificate of `x5c`.
    pub signer: Certificate,
    /// What was noticed about the certificate and does not refuse; the document's own are [`Sbd::remarks`].
    pub remarks: Vec<Finding>,
}

/// Reads and verifies a message or receipt. The signer is the first certificate of `x5c`; algorithms are,
/// as for the reference, any RS and PS ([`Algorithm::RSA`]). The signer's organisation must be the header's
/// sender, or the one the letter is sent for (`avsender`).
///
/// # Errors
/// Alone: [`Rule::MailText`] for a text that is no such JWS, what is wrong with a certificate that cannot be
/// read, [`Rule::MailSignature`] for a signature that does not hold. Together: what [`validate()`] finds about
/// the signer, and either what [`Sbd::parse`] refuses the document for or [`Rule::MailForm`],
/// [`Rule::MailSigner`], [`Rule::MailPackage`] and [`Rule::MailToken`].
pub fn verify(text: &str, expected: &Expected<'_>) -> Result<Verified, Vec<Finding>> {
    verify_at(text, expected, Some(expected.policy.at))
}

/// The same for a receipt, which counts however late it comes: no time of the document is judged, and no
/// package or token.
///
/// # Errors
/// As [`verify`], but for times, package and token.
pub fn verify_receipt(text: &str, policy: Policy) -> Result<Verified, Vec<Finding>> {
    verify_at(text, &Expected { policy, package: None, token: None }, None)
}

fn verify_at(text: &str, expected: &Expected<'_>, deadline: Option<Timestamp>) -> Result<Verified, Vec<Finding>> {
    let malformed = |message: &str| vec![Finding::error(Rule::MailText, message)];
    let parsed = jws::parse_among(text, Algorithm::RSA).map_err(|error| malformed(&error.to_string()))?;
    let chain: Result<Vec<_>, _> = parsed.header.chain.iter().map(|der| Certificate::from_der(der)).collect();
    let chain = chain.map_err(|finding| vec![finding])?;
    let Some((signer, extra)) = chain.split_first() else {
        return Err(malformed("there is no certificate in x5c"));
    };
    if !parsed.verify(signer) {
        return Err(vec![Finding::error(Rule::MailSignature, "the signature of the message does not hold")]);
    }
    let mut findings = validate(signer, extra, &expected.policy).findings;
    let sbd = Sbd::parse(&parsed.payload, deadline);
    match &sbd {
        Ok(sbd) => findings.extend(compare(sbd, signer, expected)),
        Err(more) => findings.extend(more.iter().cloned()),
    }
    match sbd {
        Ok(sbd) if !findings.iter().any(Finding::refuses) => {
            Ok(Verified { sbd, signer: signer.clone(), remarks: findings })
        }
        _ => Err(findings),
    }
}

fn compare(sbd: &Sbd, signer: &Certificate, expected: &Expected<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if sbd.layer() != Layer::Dpi {
        findings.push(Finding::error(Rule::MailForm, "the document has not the form of the DPI network"));
    }
    let organisation = signer.organisation();
    let owner = sbd.business()["avsender"]["virksomhetsidentifikator"]["value"].as_str();
    let owner = owner.filter(|_| carries_package(sbd)).and_then(|text| Iso6523::parse(text).ok());
    let sender = sbd.sender_party().and_then(Party::organisation);
    let named = |party: Option<&Iso6523>| {
        organisation.is_some() && party.and_then(Iso6523::number).map(|number| number.to_string()) == organisation
    };
    if !named(sender) && !named(owner.as_ref()) {
        findings.push(Finding::error(Rule::MailSigner, "the signer is another organisation than the sender"));
    }
    let at = |name: &str| Place::path(format!("sbd:/{}/{name}", sbd.document_type()));
    if let Some(package) = expected.package {
        let told = sbd.business()["dokumentpakkefingeravtrykk"]["digestValue"].as_str();
        if told.and_then(|text| STANDARD.decode(text).ok()).is_none_or(|told| told != package) {
            let message = "the package is not the one that the message tells of";
            findings.push(Finding::error(Rule::MailPackage, message).at(at("dokumentpakkefingeravtrykk")));
        }
    }
    if expected.token.is_some_and(|token| sbd.business()["maskinportentoken"].as_str() != Some(token)) {
        let message = "the message holds another access token than the request bore";
        findings.push(Finding::error(Rule::MailToken, message).at(at("maskinportentoken")));
    }
    findings
}

fn carries_package(sbd: &Sbd) -> bool {
    matches!(sbd.document_type(), DocumentType::Digital | DocumentType::Utskrift | DocumentType::Flyttet)
}
