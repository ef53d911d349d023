//! What a checked letter to a person becomes: the container's files, and the documents beside it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Extension, PersonDraft, PersonLetter};
use crate::address::{AddressFields, PersonWay};
use crate::container::manifest::{SdpDocument, SdpFile, SdpLink, SdpRecipient, SdpText};
use crate::container::{DocumentHead, Profile, SdpManifest, business_manifest, entry_names};
use crate::dpi::{
    self, Body, DigitalPost, Effective, Head, Notice, PostClass, PostalAddress, PrintColour, PrintPost, ReturnHandling,
};
use crate::dpv::{self, DigitalDpv};
use crate::finding::{Finding, Rule};
use crate::identifier::{ConversationId, MessageId, Party};
use crate::letter::DraftDocument;
use crate::sbd::{self, DocumentType, Layer, MessageHead, Sbd};

/// How much older than now a document says it is, since clocks differ: as the reference does it.
const BACKDATED: SignedDuration = SignedDuration::from_secs(5);

/// What a letter's container holds, in its order: the manifest, the files, and one that was written here.
/// `Debug` shows how many.
#[derive(Clone, PartialEq, Eq)]
pub struct Packing {
    /// How it is signed: XAdES for mailbox and paper (Digital postkasse), CAdES for Altinn's inbox.
    pub profile: Profile,
    /// `manifest.xml`, UTF-8: that of `sdp-manifest.xsd` for XAdES, eFormidling's own for CAdES.
    pub manifest: Vec<u8>,
    /// Which of the draft's documents, counted from 0, and what it is called in the container; the main one
    /// first.
    pub files: Vec<(usize, DocumentHead)>,
    /// The file after them: [`dpv::FILE_NAME`] for Altinn's inbox, the [`Extension`] for a mailbox; else none.
    pub last: Option<(DocumentHead, Vec<u8>)>,
}

/// It holds content, so only the number of files shows.
impl std::fmt::Debug for Packing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { profile, files, .. } = self;
        f.debug_struct("Packing").field("profile", profile).field("files", &files.len()).finish_non_exhaustive()
    }
}

/// One sending of a letter, once its package is sealed. Another sending is another message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PersonSending {
    /// The message, new; its UUID is the conversation's too, since a mailbox's receipt names that alone.
    pub message_id: MessageId,
    /// The time of sending; the message says that it was made five seconds before.
    pub now: Timestamp,
    /// Latest time for delivery (`expectedResponseDateTime`).
    pub expires: Timestamp,
    /// SHA-256 of the sealed package as it is uploaded, 32 bytes (`dokumentpakkefingeravtrykk`); not for the
    /// inbox.
    pub package_digest: [u8; 32],
}

impl PersonLetter {
    /// What is packed, before anything is signed or sealed.
    pub fn packing(&self) -> Packing {
        let documents = self.documents();
        let mut order: Vec<usize> = (0..documents.len()).collect();
        order.sort_by_key(|index| *index != self.main);
        let mut heads: Vec<_> = order.iter().map(|index| head(&documents[*index])).collect();
        let profile = match self.way() {
            PersonWay::Mailbox | PersonWay::Print => Profile::Xades,
            PersonWay::Inbox => Profile::Cades,
        };
        let extension = self.person.mailbox.extension.as_ref().filter(|_| self.way() == PersonWay::Mailbox);
        heads.extend(extension.map(Extension::head));
        let mut heads = entry_names(profile, &heads);
        let last = match (extension.and_then(|one| Some((one, heads.pop()?))), self.way()) {
            (Some((one, head)), _) => Some((head, one.write(&self.person.mailbox.language))),
            (None, PersonWay::Inbox) => {
                let head = DocumentHead { name: dpv::FILE_NAME.to_owned(), media_type: "application/json".to_owned() };
                Some((head, self.digital_dpv().write()))
            }
            (None, _) => None,
        };
        let manifest = match profile {
            Profile::Xades => {
                let data = last
                    .as_ref()
                    .map(|(head, _)| SdpFile { name: head.name.clone(), media_type: head.media_type.clone() });
                self.manifest(&order, &heads, data).write()
            }
            Profile::Cades => {
                let sender = self.sender().qualified();
                // This manifest knows organisations only; the person stands in the message inside.
                heads.first().map(|main| business_manifest(&sender, &sender, main)).unwrap_or_default()
            }
        };
        Packing { profile, manifest, files: order.into_iter().zip(heads).collect(), last }
    }

    /// DPI's manifest of the documents in this order, which the container calls so.
    fn manifest(&self, order: &[usize], heads: &[DocumentHead], data: Option<SdpFile>) -> SdpManifest {
        let chosen = &self.person.mailbox;
        let digital = self.way() == PersonWay::Mailbox;
        let language = if digital { chosen.language.as_str() } else { "nb" };
        let text = |text: &str| SdpText { text: text.to_owned(), language: language.to_owned() };
        let mut documents = order.iter().zip(heads).map(|(index, head)| {
            let document = &self.documents()[*index];
            let title = if document.title.trim().is_empty() { &document.name } else { &document.title };
            SdpDocument { title: Some(text(title)), ..SdpDocument::new(&head.name, &head.media_type) }
        });
        let link = chosen.link.as_ref().filter(|_| digital).map(|link| SdpLink {
            url: link.url.clone(),
            description: Some(text(&link.text)),
            button: Some(text(&link.button)),
            deadline: link.deadline.parse().ok().and_then(end_of_day),
        });
        let (sender_unit, invoice_reference) = self.invoiced();
        SdpManifest {
            recipient: digital.then(|| SdpRecipient { person: None, mailbox: self.mailbox.clone() }),
            sender: self.sender().qualified(),
            sender_unit,
            invoice_reference,
            main: SdpDocument { data, ..documents.next().unwrap_or_default() },
            attachments: documents.collect(),
            link,
        }
    }

    /// The sender's unit and the reference for the invoice, as chosen for the way.
    fn invoiced(&self) -> (Option<String>, Option<String>) {
        let PersonDraft { mailbox, print, .. } = &self.person;
        let (unit, reference) = match self.way() {
            PersonWay::Mailbox => (&mailbox.sender_unit, &mailbox.invoice_reference),
            PersonWay::Print => (&print.sender_unit, &print.invoice_reference),
            PersonWay::Inbox => return (None, None),
        };
        (filled(unit), filled(reference))
    }

    fn digital_dpv(&self) -> DigitalDpv {
        let chosen = &self.person.inbox;
        let main = &self.documents()[self.main];
        let title = |one: &DraftDocument| Some((one.name.clone(), filled(&one.title)?));
        DigitalDpv {
            mottaker: self.recipient().map(|person| person.expose()).unwrap_or_default(),
            tittel: self.draft.title.clone(),
            sammendrag: filled(&chosen.summary).unwrap_or_else(|| self.draft.title.clone()),
            innhold: chosen.body.clone(),
            hoveddokument: Some(main.name.clone()),
            titler: self.documents().iter().filter_map(title).collect(),
            dpv: chosen.options.clone(),
        }
    }

    /// The document that is signed with the envelope and kept: to Altinn's inbox a `digital_dpv` that names
    /// no person and says where its text lies, else the network's message with [`dpi::WITHHELD`] in place of
    /// the token.
    ///
    /// # Errors
    /// Everything that the rules of documents (D and N of [`Rule`]) would refuse.
    pub fn sbd(&self, sending: &PersonSending) -> Result<Sbd, Vec<Finding>> {
        if self.way() != PersonWay::Inbox {
            return self.message(sending, dpi::WITHHELD);
        }
        let head = MessageHead {
            sender: Party::Organisation(self.sender().into()),
            receiver: None,
            process: self.person.kind.process().to_owned(),
            message_id: sending.message_id,
            conversation_id: conversation(sending),
            created: created(sending),
            expires: Some(sending.expires),
            scopes: Vec::new(),
        };
        sbd::compose(Layer::Plain, head, DocumentType::DigitalDpv, dpv::sealed_business())
    }

    /// The DPI network's message, with the access token in it (`maskinportentoken`): the same that the upload
    /// bears.
    ///
    /// # Errors
    /// [`Rule::MailWay`] for Altinn's inbox, which has no such message; everything that the network's schemas
    /// would refuse (D and N of [`Rule`]).
    pub fn message(&self, sending: &PersonSending, token: &str) -> Result<Sbd, Vec<Finding>> {
        let (Some(provider), Some(body)) = (self.provider, self.body(sending.now)) else {
            return Err(vec![Finding::error(Rule::MailWay, "the letter does not go by the DPI network")]);
        };
        let kind = match body {
            Body::Digital(_) => DocumentType::Digital,
            Body::Print(_) => DocumentType::Utskrift,
        };
        let (sender_unit, invoice_reference) = self.invoiced();
        let head = Head {
            sender: self.sender().into(),
            on_behalf_of: None,
            receiver: provider.into(),
            message_id: sending.message_id,
            conversation_id: conversation(sending),
            process: dpi::process(kind),
            created: created(sending),
            expires: sending.expires,
            sender_unit,
            invoice_reference,
            package_digest: sending.package_digest,
            token: token.to_owned(),
        };
        dpi::document(head, &body)
    }

    fn body(&self, now: Timestamp) -> Option<Body> {
        match self.way() {
            PersonWay::Mailbox => Some(Body::Digital(Box::new(self.digital(now)))),
            PersonWay::Print => Some(Body::Print(Box::new(self.print()))),
            PersonWay::Inbox => None,
        }
    }

    fn digital(&self, now: Timestamp) -> DigitalPost {
        let chosen = &self.person.mailbox;
        let days = if chosen.reminder_days.is_empty() { vec![0] } else { chosen.reminder_days.clone() };
        let notice = |address: &str, text: &str| {
            filled(text).map(|text| Notice { address: address.to_owned(), text, days: days.clone() })
        };
        let today = || now.to_zoned(oslo()).date();
        DigitalPost {
            mailbox: self.mailbox.clone(),
            security_level: chosen.security_level,
            // The network takes letters without a date, the reference's API does not: the day is always told.
            effective: Some(Effective::Date(chosen.available_from.parse().unwrap_or_else(|_| today()))),
            opening_receipt: chosen.opening_receipt,
            title: self.draft.title.clone(),
            language: chosen.language.clone(),
            mail_notice: notice(&self.email, &chosen.email),
            text_notice: notice(&self.mobile, &chosen.sms),
        }
    }

    fn print(&self) -> PrintPost {
        let chosen = &self.person.print;
        PrintPost {
            recipient: postal(&chosen.recipient),
            colour: if chosen.colour { PrintColour::Colour } else { PrintColour::BlackAndWhite },
            class: Some(if chosen.priority { PostClass::Priority } else { PostClass::Economy }),
            return_address: postal(&chosen.return_address),
            return_handling: if chosen.destroy { ReturnHandling::DestroyAndTell } else { ReturnHandling::Return },
        }
    }
}

const fn oslo() -> TimeZone {
    jiff::tz::get!("Europe/Oslo")
}

fn end_of_day(date: Date) -> Option<Timestamp> {
    date.at(23, 59, 59, 0).to_zoned(oslo()).ok().map(|moment| moment.timestamp())
}

fn created(sending: &PersonSending) -> Timestamp {
    sending.now.checked_sub(BACKDATED).unwrap_or(sending.now)
}

fn conversation(sending: &PersonSending) -> ConversationId {
    ConversationId::from(sending.message_id.uuid())
}

fn filled(text: &str) -> Option<String> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn head(document: &DraftDocument) -> DocumentHead {
    let media_type = if document.media_type.is_empty() { "application/octet-stream" } else { &document.media_type };
    DocumentHead { name: document.name.clone(), media_type: media_type.to_owned() }
}

/// In Norway with code and town; elsewhere the town is a line, and the country stands alone.
fn postal(fields: &AddressFields) -> PostalAddress {
    let mut lines: Vec<String> = fields.lines.iter().filter_map(|line| filled(line)).collect();
    let name = fields.name.trim().to_owned();
    if fields.is_norwegian() {
        let (postal_code, town) = (filled(&fields.postal_code), filled(&fields.town));
        return PostalAddress { name, lines, postal_code, town, ..PostalAddress::default() };
    }
    lines.extend(filled(&format!("{} {}", fields.postal_code.trim(), fields.town.trim())));
    let country = fields.country.trim();
    let is_code = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic());
    let (country, country_code) =
        if is_code { (None, Some(country.to_uppercase())) } else { (Some(country.to_owned()), None) };
    PostalAddress { name, lines, country, country_code, ..PostalAddress::default() }
}
