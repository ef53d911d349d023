//! How a person can be reached: every way that the registry offers and the relay has set up, with the reasons as values.
//!
//! The service registry decides by reservation, notification and mailbox, which it has from the contact
//! register (KRR), and tells only what is left: reserved or not to be notified, paper for decisions; an
//! active mailbox, that; else Altinn's inbox; paper besides. The first way is the registry's own choice; the
//! sender may take another of them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::choose::{Owner, capability, certificate, held, relays, resource, sealed_to};
use super::{Capability, Channel, PostalRecord, Reader, Reason, RegistryAnswer, Rule, ServiceRecord, Ways};
use crate::dpv;
use crate::finding::{self, Finding, Severity};
use crate::identifier::OrganisationNumber;
use crate::pki::{Certificate, Policy};
use crate::sbd::DocumentType;

/// The process of administrative decisions.
const DECISION_PROCESS: &str = "urn:no:difi:profile:digitalpost:vedtak:ver1.0";

/// What kind of letter it is: the `digitalpost` process that the registry is asked for. A reservation against
/// digital post counts for decisions only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PersonKind {
    /// An administrative decision, or another letter that the person must be notified of.
    #[default]
    Decision,
    /// Information that decides nothing.
    Information,
}

impl PersonKind {
    /// Process URN: `urn:no:difi:profile:digitalpost:vedtak:ver1.0`, or the same with `info`.
    pub const fn process(self) -> &'static str {
        match self {
            Self::Decision => DECISION_PROCESS,
            Self::Information => dpv::INFORMATION_PROCESS,
        }
    }
}

/// A way to reach a person: a document type of the registry's over a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PersonWay {
    /// A digital mailbox: `digital` over DPI.
    #[default]
    Mailbox,
    /// Printed and posted: `print` over DPI.
    Print,
    /// Altinn's inbox: `digital_dpv` over DPV.
    Inbox,
}

impl PersonWay {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Mailbox, Self::Print, Self::Inbox];

    /// The document type that the registry names the way by.
    pub const fn document_type(self) -> DocumentType {
        match self {
            Self::Mailbox => DocumentType::Digital,
            Self::Print => DocumentType::Print,
            Self::Inbox => DocumentType::DigitalDpv,
        }
    }

    /// The channel that carries it.
    pub const fn channel(self) -> Channel {
        match self {
            Self::Mailbox | Self::Print => Channel::Dpi,
            Self::Inbox => Channel::Dpv,
        }
    }

    /// Who can open what is sealed.
    pub const fn reader(self) -> Reader {
        match self {
            Self::Mailbox => Reader::Mailbox,
            Self::Print => Reader::Printer,
            Self::Inbox => Reader::Altinn,
        }
    }

    fn is_of(self, record: &ServiceRecord) -> bool {
        let standard = self.document_type().standard();
        record.service.identifier == self.channel().as_str()
            && record.document_types.iter().any(|known| Some(known.as_str()) == standard)
    }
}

/// A postal address as a person fills it in, for print. How much each field may hold is checked with the
/// letter ([`crate::letter::check_person`]). `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AddressFields {
    /// Who lives there, person or organisation.
    pub name: String,
    /// Street and number or box, one to four lines.
    pub lines: Vec<String>,
    /// Four digits in Norway.
    pub postal_code: String,
    /// Town.
    pub town: String,
    /// By name, or two letters of ISO 3166-1; Norway when empty.
    pub country: String,
}

impl AddressFields {
    /// Whether nothing is filled in but white space.
    pub fn is_empty(&self) -> bool {
        let Self { name, lines, postal_code, town, country } = self;
        lines.iter().chain([name, postal_code, town, country]).all(|text| text.trim().is_empty())
    }

    /// Whether it lies in Norway: no country, or `no`, `norge`, `noreg` or `norway` in capitals or not.
    pub fn is_norwegian(&self) -> bool {
        const NAMES: [&str; 5] = ["", "no", "norge", "noreg", "norway"];
        NAMES.contains(&self.country.trim().to_lowercase().as_str())
    }
}

impl From<&PostalRecord> for AddressFields {
    fn from(record: &PostalRecord) -> Self {
        let text = |text: &Option<String>| text.as_deref().unwrap_or_default().trim().to_owned();
        let street = text(&record.street);
        let lines = street.split(';').map(str::trim).filter(|line| !line.is_empty());
        let fields = Self {
            name: text(&record.name),
            lines: lines.map(str::to_owned).collect(),
            postal_code: text(&record.postal_code),
            town: text(&record.postal_area),
            country: text(&record.country),
        };
        let country = if fields.is_norwegian() { String::new() } else { fields.country.clone() };
        Self { country, ..fields }
    }
}

/// What is known of a way before anything is sent by it; nothing of it opens a mailbox. `Debug` shows the way alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Terms {
    /// Which way it is.
    pub way: PersonWay,
    /// Who can open what is sealed.
    pub reader: Reader,
    /// What can be taken: size, document types, security level.
    pub capability: Capability,
    /// Why this way and what was checked, in the order it was found out.
    pub reasons: Vec<Reason>,
    /// Whether a mobile number is known for text messages.
    pub mobile: bool,
    /// Whether a mail address is known.
    pub email: bool,
    /// Whether the person can be notified, as the registry says (`kanVarsles`); where it does not, whether it
    /// gives a mobile number or mail address.
    pub notifiable: bool,
    /// The language that the person has chosen, as the registry writes it: two letters of ISO 639-1.
    pub language: Option<String>,
    /// Where paper goes, as the registry has it.
    pub postal: Option<AddressFields>,
    /// Where paper goes that was not delivered, as the registry has it.
    pub return_postal: Option<AddressFields>,
}

/// A way to a person, verified, with what it takes to send by it. `Debug` shows the way alone.
#[derive(Clone)]
pub struct Offer {
    /// What to seal to. Its chain holds and it belongs to the provider; the relay's own is the operator's to vouch for.
    pub certificate: Certificate,
    /// The mailbox or print provider, who receives on the network; `None` for Altinn's inbox.
    pub provider: Option<OrganisationNumber>,
    /// The person's address at the mailbox provider (`postkasseAdresse`); `None` for other ways.
    pub mailbox: Option<String>,
    /// Mobile number for text messages, as the registry writes it.
    pub mobile: Option<String>,
    /// Mail address for notices.
    pub email: Option<String>,
    /// The Altinn resource that the record names, of [`PersonWay::Inbox`] alone.
    pub resource: Option<String>,
    /// What is worth knowing and does not refuse.
    pub findings: Vec<Finding>,
    /// The rest, which a page may show.
    pub terms: Terms,
}

impl fmt::Debug for AddressFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressFields(redacted)")
    }
}

impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terms").field("way", &self.way).finish_non_exhaustive()
    }
}

impl fmt::Debug for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Offer").field("way", &self.terms.way).finish_non_exhaustive()
    }
}

/// Every way that the registry offers for the kind and that can be used, in the registry's order; each way once. What
/// is wrong with the others is told by those that remain, as warnings: nobody is moved to paper without a word.
///
/// # Errors
/// Why nothing can be sent: [`finding::Rule::RecipientProcess`] without a record for the kind,
/// [`finding::Rule::RecipientType`] without a way that is known; else what is wrong with every way:
/// [`finding::Rule::ChannelOn`] where it is not set up, [`finding::Rule::RecipientType`] where the registry
/// names no provider or mailbox, and for its certificate what [`choose`](super::choose()) tells.
pub fn offers(
    answer: &RegistryAnswer,
    kind: PersonKind,
    policy: &Policy,
    ways: Ways<'_>,
) -> Result<Vec<Offer>, Vec<Finding>> {
    let records: Vec<_> = answer.records.iter().filter(|record| record.process == kind.process()).collect();
    if records.is_empty() {
        let message = "the person cannot be reached with this kind of letter";
        return Err(vec![Finding::error(finding::Rule::RecipientProcess, message).with("prosess", kind.process())]);
    }
    let mut found: Vec<(PersonWay, &ServiceRecord)> = Vec::new();
    for record in records {
        for way in PersonWay::ALL.into_iter().filter(|way| way.is_of(record)) {
            if found.iter().all(|(other, _)| *other != way) {
                found.push((way, record));
            }
        }
    }
    if found.is_empty() {
        let message = "the registry offers no way that is known";
        return Err(vec![Finding::error(finding::Rule::RecipientType, message)]);
    }
    let offered: Vec<PersonWay> = found.iter().map(|(way, _)| *way).collect();
    let (mut offers, mut wrong) = (Vec::new(), Vec::new());
    for (way, record) in found {
        match offer(answer, way, record, policy, ways) {
            Ok(offer) => offers.push(offer),
            Err(findings) => wrong.extend(findings),
        }
    }
    if offers.is_empty() {
        return Err(wrong);
    }
    wrong.iter_mut().for_each(|finding| finding.severity = finding.severity.max(Severity::Warning));
    let several = offers.len() > 1;
    for offer in &mut offers {
        let why = why(&offered, several).into_iter().map(|rule| Reason::new(rule, []));
        let first = [
            Reason::new(Rule::RegistrySigned, []),
            Reason::new(Rule::Registered, [("prosess", kind.process().to_owned())]),
        ];
        let last = sealed_to(&offer.certificate, offer.terms.reader);
        offer.terms.reasons = first.into_iter().chain(why).chain([last]).collect();
        offer.findings.extend(wrong.iter().cloned());
    }
    Ok(offers)
}

/// The way to a person without a number: printed by the provider whose organisation number, `printer`, is
/// pinned, and sealed to its certificate, `text` (PEM, or its base64 alone), which the contact register gives
/// (KRR, `GET /rest/v2/printSertifikat`). Nobody has signed for that certificate being the right one, so that it must
/// be the pinned provider's own.
///
/// # Errors
/// [`finding::Rule::ChannelOn`] where no provider is pinned or print is not set up; of a certificate
/// [`finding::Rule::RecipientSeal`] when it cannot be read, [`finding::Rule::RecipientOwner`] when it is not
/// the provider's, [`finding::Rule::RecipientHolds`] when it does not hold.
pub fn print_offer(text: &str, printer: Option<&str>, policy: &Policy, ways: Ways<'_>) -> Result<Offer, Vec<Finding>> {
    let pinned = printer.filter(|_| ways.dpi).and_then(|number| OrganisationNumber::parse(number).ok());
    let provider = pinned.ok_or_else(|| {
        let message = "letters to people without a number are not set up";
        vec![Finding::error(finding::Rule::ChannelOn, message).with("leveringsmåte", Channel::Dpi.as_str())]
    })?;
    let number = provider.to_string();
    let (certificate, findings) =
        held(text, "contact-register:/printSertifikat", Owner::Number(Some(&number)), policy)?;
    let way = PersonWay::Print;
    let standard = way.document_type().standard().unwrap_or_default();
    let terms = Terms {
        way,
        reader: way.reader(),
        capability: Capability { document_types: vec![standard.to_owned()], ..Capability::of_way(way) },
        reasons: vec![Reason::new(Rule::PrinterPinned, [("orgnr", number)]), sealed_to(&certificate, way.reader())],
        mobile: false,
        email: false,
        notifiable: false,
        language: None,
        postal: None,
        return_postal: None,
    };
    let (mailbox, mobile, email, resource) = (None, None, None, None);
    Ok(Offer { certificate, provider: Some(provider), mailbox, mobile, email, resource, findings, terms })
}

/// What the registry's choice tells of the person.
fn why(offered: &[PersonWay], several: bool) -> Vec<Rule> {
    let mut rules = vec![if offered.contains(&PersonWay::Mailbox) {
        Rule::MailboxActive
    } else if offered == [PersonWay::Print] {
        Rule::PaperOnly
    } else {
        Rule::NoMailbox
    }];
    rules.extend(several.then_some(Rule::SenderMayChoose));
    rules
}

fn offer(
    answer: &RegistryAnswer,
    way: PersonWay,
    record: &ServiceRecord,
    policy: &Policy,
    ways: Ways<'_>,
) -> Result<Offer, Vec<Finding>> {
    let one = |finding: Finding| vec![finding];
    let lacking = |message: &str| one(Finding::error(finding::Rule::RecipientType, message));
    let person = &record.person;
    let (certificate, findings) = match way {
        PersonWay::Inbox => (relays(ways.transit, policy.at).map_err(one)?, Vec::new()),
        PersonWay::Mailbox | PersonWay::Print if !ways.dpi => {
            let message = "letters to digital mailboxes and to print are not set up";
            return Err(one(
                Finding::error(finding::Rule::ChannelOn, message).with("leveringsmåte", Channel::Dpi.as_str())
            ));
        }
        PersonWay::Mailbox | PersonWay::Print => {
            certificate(record, Owner::Number(person.provider.as_deref()), policy)?
        }
    };
    let provider = person.provider.as_deref().filter(|_| way != PersonWay::Inbox);
    let provider = provider.map(OrganisationNumber::parse).transpose();
    let provider = provider.map_err(|_| lacking("the registry names no provider that is an organisation"))?;
    let mailbox = person.mailbox.clone().filter(|address| way == PersonWay::Mailbox && !address.trim().is_empty());
    if way == PersonWay::Mailbox && mailbox.is_none() {
        return Err(lacking("the registry tells no address of the mailbox"));
    }
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let (mobile, email) = (filled(&person.mobile), filled(&person.email));
    let terms = Terms {
        way,
        reader: way.reader(),
        capability: capability(answer, record, Capability::of_way(way)),
        reasons: Vec::new(),
        mobile: mobile.is_some(),
        email: email.is_some(),
        notifiable: person.notifiable.unwrap_or(mobile.is_some() || email.is_some()),
        language: filled(&person.language),
        postal: person.post_address.as_ref().map(AddressFields::from),
        return_postal: person.return_address.as_ref().map(AddressFields::from),
    };
    let resource = resource(record, way.channel());
    Ok(Offer { certificate, provider, mailbox, mobile, email, resource, findings, terms })
}

#[cfg(all(test, feature = "soft-keys"))]
mod tests;
