//! Choosing a record, with the reasons as values: the portal says them in the person's language.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Capability, Channel, RegistryAnswer, ServiceRecord};
use crate::finding::{Code, Finding, Place};
use crate::pki::{self, Certificate, Policy};

/// The recipient, how it is reached, and why so.
#[derive(Clone, Debug)]
pub struct Addressed {
    /// The channel.
    pub channel: Channel,
    /// What to seal to; its chain holds and it belongs to the recipient.
    pub certificate: Certificate,
    /// What the recipient can take.
    pub capability: Capability,
    /// Why this channel and what was checked, in the order it was found out.
    pub reasons: Vec<Reason>,
    /// What is worth knowing and does not refuse.
    pub findings: Vec<Finding>,
}

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// Which rule.
    pub rule: Rule,
    /// Values for its text.
    pub params: BTreeMap<String, String>,
}

/// The rules. The names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Rule {
    /// The registry's signature holds.
    RegistrySigned,
    /// The recipient is registered for the process and the document type. `prosess`.
    Registered,
    /// The channel follows from the registration. `kanal`.
    ChannelFromRegistry,
    /// The certificate is valid and belongs to the recipient, or to KS when that is who opens it. `orgnr`, `gyldigTil`.
    CertificateHolds,
}

impl Reason {
    fn new<const N: usize>(rule: Rule, params: [(&str, String); N]) -> Self {
        Self { rule, params: params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect() }
    }
}

/// Chooses the first record for `process` whose document types hold `standard` exactly, as the reference does, and
/// checks its certificate: chain, revocation, and, but for KS SvarUt, that it belongs to the recipient's organisation.
///
/// # Errors
/// Why nothing can be sent: no such process, no such document type, a channel that is not set up, or a certificate
/// that does not hold ([`Code::RecipientCertificate`], followed by what is wrong with it).
pub fn choose(
    answer: &RegistryAnswer,
    process: &str,
    standard: &str,
    policy: &Policy,
) -> Result<Addressed, Vec<Finding>> {
    let record = find(answer, process, standard).map_err(|finding| vec![finding])?;
    let channel = channel(record).map_err(|finding| vec![finding])?;
    let (certificate, findings) = certificate(answer, record, channel, policy)?;
    let processes = answer.records.iter().filter(|other| other.service.identifier == channel.as_str());
    let capability = Capability {
        channel,
        max_bytes: record.service.max_bytes.map_or(channel.max_bytes(), |max| max.min(channel.max_bytes())),
        can_reply: channel.can_reply(),
        processes: processes.map(|other| other.process.clone()).collect(),
        document_types: record.document_types.clone(),
        security_level: record.service.security_level,
    };
    let reasons = vec![
        Reason::new(Rule::RegistrySigned, []),
        Reason::new(Rule::Registered, [("prosess", process.to_owned())]),
        Reason::new(Rule::ChannelFromRegistry, [("kanal", channel.as_str().to_owned())]),
        Reason::new(
            Rule::CertificateHolds,
            [
                ("orgnr", certificate.organisation().unwrap_or_default()),
                ("gyldigTil", certificate.not_after().to_string()),
            ],
        ),
    ];
    Ok(Addressed { channel, certificate, capability, reasons, findings })
}

fn find<'a>(answer: &'a RegistryAnswer, process: &str, standard: &str) -> Result<&'a ServiceRecord, Finding> {
    let mut records = answer.records.iter().filter(|record| record.process == process).peekable();
    if records.peek().is_none() {
        let message = "the recipient is not registered for the process";
        return Err(Finding::error(Code::RecipientNoProcess, message).with("prosess", process));
    }
    records.find(|record| record.document_types.iter().any(|known| known == standard)).ok_or_else(|| {
        let message = "the recipient does not take the document type for this process";
        Finding::error(Code::RecipientNoDocumentType, message).with("dokumenttype", standard)
    })
}

/// The channels that are spoken.
fn channel(record: &ServiceRecord) -> Result<Channel, Finding> {
    match Channel::find(&record.service.identifier) {
        Some(channel @ (Channel::Dpo | Channel::Dpf)) => Ok(channel),
        _ => Err(Finding::error(Code::ServiceOff, "the recipient is reached by a channel that is not set up yet")
            .with("leveringsmåte", record.service.identifier.clone())),
    }
}

fn certificate(
    answer: &RegistryAnswer,
    record: &ServiceRecord,
    channel: Channel,
    policy: &Policy,
) -> Result<(Certificate, Vec<Finding>), Vec<Finding>> {
    let refuse = |message: &str| {
        Finding::error(Code::RecipientCertificate, message).at(Place::path("registry:/serviceRecords/pemCertificate"))
    };
    let text = record.pem_certificate.as_deref().unwrap_or_default();
    let chain = Certificate::chain_from_pem(&wrapped(text)).unwrap_or_default();
    let Some((leaf, extra)) = chain.split_first() else {
        return Err(vec![refuse("the registry gives no certificate that can be read")]);
    };
    let recipient = record
        .organisation_number
        .as_deref()
        .or_else(|| answer.info.as_ref().map(|info| info.identifier.as_str()))
        .map(|text| text.rsplit(':').next().unwrap_or_default());
    let mut findings = pki::validate(leaf, extra, policy).findings;
    let refused = findings.iter().any(Finding::refuses);
    // SvarUt's documents are sealed to KS, which seals them anew to the recipient: only the registry can say who that is.
    let anothers = channel == Channel::Dpf;
    if !anothers && (recipient.is_none() || leaf.organisation().as_deref() != recipient) {
        findings.insert(0, refuse("the certificate belongs to another organisation than the recipient"));
        return Err(findings);
    }
    if refused {
        findings.insert(0, refuse("the recipient's certificate does not hold"));
        return Err(findings);
    }
    Ok((leaf.clone(), findings))
}

/// The registry may give the base64 alone.
fn wrapped(text: &str) -> String {
    if text.contains("-----BEGIN") {
        return text.to_owned();
    }
    let base64: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let lines: Vec<String> = base64.chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
