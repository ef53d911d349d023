//! Choosing a service record, with the reasons as values: the portal says them in the person's language. How
//! the record is found is integrasjonspunkt's; the checks of its certificate and the reasons are ours.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Capability, Channel, RegistryAnswer, ServiceRecord};
use crate::finding::{self, Finding, Place};
use crate::pki::{self, Certificate, Policy};

/// The recipient, how it is reached, and why so. Only [`choose`] makes one.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Addressed {
    /// The channel that the record names.
    pub channel: Channel,
    /// What to seal to. Its chain holds, and it belongs to whoever [`Self::reader`] says; the relay's own is the operator's
    /// to vouch for.
    pub certificate: Certificate,
    /// Who can open what is sealed.
    pub reader: Reader,
    /// What the recipient can take.
    pub capability: Capability,
    /// The Altinn resource that the record names, with [`Channel::Dpv`] alone.
    pub resource: Option<String>,
    /// Why this channel and what was checked, in the order it was found out.
    pub reasons: Vec<Reason>,
    /// What is worth knowing and does not refuse.
    pub findings: Vec<Finding>,
}

/// Whose key opens what the browser seals. Ours: eFormidling has no word for it. In JSON in lower case with
/// hyphens, as [`Rule`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reader {
    /// The recipient's own, and nobody's on the way (DPO).
    Recipient,
    /// KS's, which opens what it carries and seals it anew to the municipality (DPF).
    SvarUt,
    /// The relay's while it hands over; then Altinn has it in the clear (DPV).
    Altinn,
    /// The mailbox provider's of a person (DPI).
    Mailbox,
    /// That of whoever prints and posts (DPI).
    Printer,
}

impl Reader {
    /// The channel of letters that this one opens.
    pub const fn channel(self) -> Channel {
        match self {
            Self::Recipient => Channel::Dpo,
            Self::SvarUt => Channel::Dpf,
            Self::Altinn => Channel::Dpv,
            Self::Mailbox | Self::Printer => Channel::Dpi,
        }
    }

    /// Of a channel between organisations; `None` for those that are not set up. Letters to people have [`super::offers`].
    pub const fn of(channel: Channel) -> Option<Self> {
        match channel {
            Channel::Dpo => Some(Self::Recipient),
            Channel::Dpf => Some(Self::SvarUt),
            Channel::Dpv => Some(Self::Altinn),
            Channel::Dpi | Channel::Dpe | Channel::Dph => None,
        }
    }
}

/// What the relay has set up besides the way between public bodies.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ways<'a> {
    /// Whether letters can go by KS SvarUt.
    pub svarut: bool,
    /// The relay's own certificate for letters to Altinn's inbox; `None` where that channel is not set up.
    pub transit: Option<&'a Certificate>,
    /// Whether letters can go to digital mailboxes and to print.
    pub dpi: bool,
}

/// One reason why a letter goes the way it does: something that was looked at, and held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// What was looked at.
    pub rule: Rule,
    /// Values for its text, by the names that stand at the rule.
    pub params: BTreeMap<String, String>,
}

/// What a [`Reason`] tells of. Ours, and another thing than [`finding::Rule`], which tells of refusals. The
/// names are stable; those of values stand at the end: `prosess` is a process URN, `kanal` a [`Channel`],
/// `orgnr` the nine digits in the certificate, or empty, and `gyldigTil` when the certificate ends (RFC 3339,
/// UTC).
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
    /// The certificate is valid and belongs to the recipient, which alone can open. `orgnr`, `gyldigTil`.
    CertificateHolds,
    /// The certificate is valid and is what the registry gives as that of the carrier, KS, which opens what
    /// it carries. `orgnr`, `gyldigTil`.
    CarrierOpens,
    /// There is no certificate to seal to: the letter is sealed to the relay for the way to the inbox. `gyldigTil`.
    RelayOpens,
    /// The person has a digital mailbox, and may be written to there.
    MailboxActive,
    /// Only paper is offered for decisions: the person has reserved themselves, or cannot be notified.
    PaperOnly,
    /// The person has no digital mailbox.
    NoMailbox,
    /// There are several ways, and the sender may choose.
    SenderMayChoose,
    /// The certificate is valid and the mailbox provider's, which opens what it keeps for people. `orgnr`, `gyldigTil`.
    MailboxOpens,
    /// The certificate is valid and the print provider's, which opens what it prints. `orgnr`, `gyldigTil`.
    PrinterOpens,
    /// Nobody is looked up: the letter goes to the address that is filled in, by the print provider that is pinned. `orgnr`.
    PrinterPinned,
}

impl Reason {
    pub(super) fn new<const N: usize>(rule: Rule, params: [(&str, String); N]) -> Self {
        Self { rule, params: params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect() }
    }
}

/// Chooses the first record for `process` (URN) whose document types hold `standard` (URN) exactly, as
/// integrasjonspunkt does, and checks its certificate: chain, revocation, and that it belongs to the
/// recipient's organisation where only the recipient may read. Of the relay's own certificate, for Altinn's
/// inbox, only that it has not expired.
///
/// # Errors
/// Why nothing can be sent: [`finding::Rule::RecipientProcess`] or [`finding::Rule::RecipientType`] where
/// there is no such record, [`finding::Rule::ChannelSpoken`] or [`finding::Rule::ChannelOn`] for its channel,
/// and for its certificate [`finding::Rule::RecipientSeal`], [`finding::Rule::RecipientOwner`] or
/// [`finding::Rule::RecipientHolds`], the last two followed by what else is wrong with it.
pub fn choose(
    answer: &RegistryAnswer,
    process: &str,
    standard: &str,
    policy: &Policy,
    ways: Ways<'_>,
) -> Result<Addressed, Vec<Finding>> {
    let record = find(answer, process, standard).map_err(|finding| vec![finding])?;
    let (channel, reader) = channel(record, ways).map_err(|finding| vec![finding])?;
    let (certificate, findings) = match reader {
        Reader::Altinn => (relays(ways.transit, policy.at).map_err(|finding| vec![finding])?, Vec::new()),
        // The carrier's own is whoever's the registry says, which has signed it.
        Reader::SvarUt => certificate(record, Owner::Anybody, policy)?,
        _ => certificate(record, Owner::Number(recipient(answer, record)), policy)?,
    };
    let capability = capability(answer, record, Capability::of(channel));
    let reasons = vec![
        Reason::new(Rule::RegistrySigned, []),
        Reason::new(Rule::Registered, [("prosess", process.to_owned())]),
        Reason::new(Rule::ChannelFromRegistry, [("kanal", channel.as_str().to_owned())]),
        sealed_to(&certificate, reader),
    ];
    let resource = resource(record, channel);
    Ok(Addressed { channel, certificate, reader, capability, resource, reasons, findings })
}

/// Over which of Altinn's resources a letter goes, as the record says.
pub(super) fn resource(record: &ServiceRecord, channel: Channel) -> Option<String> {
    let named = record.service.resource.as_deref().map(str::trim).filter(|_| channel == Channel::Dpv);
    named.filter(|resource| !resource.is_empty()).map(str::to_owned)
}

/// What a record says that can be taken of what its channel or way offers by itself.
pub(super) fn capability(answer: &RegistryAnswer, record: &ServiceRecord, offered: Capability) -> Capability {
    let channel = offered.channel;
    let processes = answer.records.iter().filter(|other| other.service.identifier == channel.as_str());
    Capability {
        max_bytes: record.service.max_bytes.map_or(offered.max_bytes, |max| max.min(offered.max_bytes)),
        processes: processes.map(|other| other.process.clone()).collect(),
        document_types: record.document_types.clone(),
        security_level: record.service.security_level,
        paper: answer
            .info
            .as_ref()
            .filter(|_| channel == Channel::Dpf)
            .and_then(|info| info.postal.as_ref()?.for_paper()),
        ..offered
    }
}

fn find<'a>(answer: &'a RegistryAnswer, process: &str, standard: &str) -> Result<&'a ServiceRecord, Finding> {
    let mut records = answer.records.iter().filter(|record| record.process == process).peekable();
    if records.peek().is_none() {
        // Another process would not help whoever is only reached by what is not spoken.
        let mut unspoken = answer.records.iter().map(|one| spoken(one).err());
        if let Some(Some(finding)) = unspoken.next()
            && unspoken.all(|other| other.is_some())
        {
            return Err(finding);
        }
        let message = "the recipient is not registered for the process";
        return Err(Finding::error(finding::Rule::RecipientProcess, message).with("prosess", process));
    }
    records.find(|record| record.document_types.iter().any(|known| known == standard)).ok_or_else(|| {
        let message = "the recipient does not take the document type for this process";
        Finding::error(finding::Rule::RecipientType, message).with("dokumenttype", standard)
    })
}

fn channel(record: &ServiceRecord, ways: Ways<'_>) -> Result<(Channel, Reader), Finding> {
    let (channel, reader) = spoken(record)?;
    if channel == Channel::Dpf && !ways.svarut {
        let finding =
            Finding::error(finding::Rule::ChannelOn, "the recipient is reached by a channel that is not set up yet");
        return Err(finding.with("leveringsmåte", record.service.identifier.clone()));
    }
    Ok((channel, reader))
}

/// Refuses eInnsyn and the health network, and what nobody here has heard of: no setting makes them work. Digital mailboxes
/// are for people, and an organisation that is said to have one is not reached there either.
fn spoken(record: &ServiceRecord) -> Result<(Channel, Reader), Finding> {
    let known = Channel::find(&record.service.identifier).and_then(|channel| Some((channel, Reader::of(channel)?)));
    known.ok_or_else(|| {
        Finding::error(finding::Rule::ChannelSpoken, "the recipient is reached by a channel that is not spoken")
            .with("leveringsmåte", record.service.identifier.clone())
    })
}

pub(super) fn sealed_to(certificate: &Certificate, reader: Reader) -> Reason {
    let until = ("gyldigTil", certificate.not_after().to_string());
    let owner = ("orgnr", certificate.organisation().unwrap_or_default());
    match reader {
        Reader::Recipient => Reason::new(Rule::CertificateHolds, [owner, until]),
        Reader::SvarUt => Reason::new(Rule::CarrierOpens, [owner, until]),
        Reader::Altinn => Reason::new(Rule::RelayOpens, [until]),
        Reader::Mailbox => Reason::new(Rule::MailboxOpens, [owner, until]),
        Reader::Printer => Reason::new(Rule::PrinterOpens, [owner, until]),
    }
}

/// The relay's own certificate is as good as the relay, which has said which one it is.
pub(super) fn relays(transit: Option<&Certificate>, now: Timestamp) -> Result<Certificate, Finding> {
    let off =
        |message: &str| Finding::error(finding::Rule::ChannelOn, message).with("leveringsmåte", Channel::Dpv.as_str());
    let transit = transit.ok_or_else(|| off("the relay has no key for letters to Altinn's inbox"))?;
    if transit.not_after() < now {
        return Err(off("the relay's certificate for letters to Altinn's inbox has expired"));
    }
    Ok(transit.clone())
}

/// Whose a certificate must be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Owner<'a> {
    /// Whoever's the registry says, which has signed it.
    Anybody,
    /// This organisation's; nobody's when there is none.
    Number(Option<&'a str>),
}

fn recipient<'a>(answer: &'a RegistryAnswer, record: &'a ServiceRecord) -> Option<&'a str> {
    let named = record.organisation_number.as_deref();
    let number = named.or_else(|| answer.info.as_ref().map(|info| info.identifier.as_str()));
    number.map(|text| text.rsplit(':').next().unwrap_or_default())
}

/// The certificate of a record, whose chain holds and which is its owner's; with what does not refuse it.
pub(super) fn certificate(
    record: &ServiceRecord,
    owner: Owner<'_>,
    policy: &Policy,
) -> Result<(Certificate, Vec<Finding>), Vec<Finding>> {
    held(
        record.pem_certificate.as_deref().unwrap_or_default(),
        "registry:/serviceRecords/pemCertificate",
        owner,
        policy,
    )
}

/// The same of a certificate alone, PEM or its base64, from a place.
pub(super) fn held(
    text: &str,
    place: &str,
    owner: Owner<'_>,
    policy: &Policy,
) -> Result<(Certificate, Vec<Finding>), Vec<Finding>> {
    let refuse = |rule, message: &str| Finding::error(rule, message).at(Place::path(place));
    let chain = Certificate::chain_from_pem(&wrapped(text)).unwrap_or_default();
    let Some((leaf, extra)) = chain.split_first() else {
        return Err(vec![refuse(finding::Rule::RecipientSeal, "the register gives no certificate that can be read")]);
    };
    let mut findings = pki::validate(leaf, extra, policy).findings;
    let belongs = match owner {
        Owner::Anybody => true,
        Owner::Number(number) => number.is_some() && leaf.organisation().as_deref() == number,
    };
    if !belongs {
        findings.insert(
            0,
            refuse(
                finding::Rule::RecipientOwner,
                "the certificate belongs to another organisation than the one that receives",
            ),
        );
        return Err(findings);
    }
    if findings.iter().any(Finding::refuses) {
        findings.insert(0, refuse(finding::Rule::RecipientHolds, "the recipient's certificate does not hold"));
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
