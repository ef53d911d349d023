//! Letters that counterparts write: archive record, documents, container, seal, and the flaws they are asked for.

use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::api::Status;
use konvolutt_shared::container::write::{ContainerWriter, DocumentHead, Profile, SignatureDigest, business_manifest};
use konvolutt_shared::container::zip::{self, DosTime, ZipWriter};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::identifier::{ConversationId, Iso6523, MessageId, Party};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Certificate, SoftKey};
use konvolutt_shared::sbd::{self, ArkivmeldingHead, DocumentType, Layer, MessageHead, Sbd, compose};
use konvolutt_shared::seal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::noark::{self, Record};
use super::pdf;
use crate::authority::rng;
use crate::seed::{self, Organisation};

/// What is wrong with a letter, on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Flaw {
    /// Nothing.
    Good,
    /// The container's signature does not hold.
    Tampered,
    /// Another organisation signed it.
    ForeignSigner,
    /// The envelope breaks its rules.
    BadSbd,
    /// The archive record lacks what it must have.
    Incomplete,
    /// File names that are hard to store.
    StrangeNames,
    /// Nothing, and it has one document only.
    Short,
    /// Its deadline has passed already.
    Expired,
}

/// A letter before it is packed.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) head: ArkivmeldingHead,
    from: &'static str,
    title: &'static str,
    lines: &'static [&'static str],
}

const PROCESS: &str = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";

impl Letter {
    /// An answer.
    pub(super) fn reply(head: ArkivmeldingHead, from: &'static str) -> Self {
        let lines =
            &["Vi viser til brevet deres.", "Vedlagt følger svaret vårt.", "Dette er en prøvemelding fra sandkassen."];
        Self { head, from, title: "Svar på henvendelse", lines }
    }

    /// A letter that starts a conversation with `to`, nine digits.
    pub(super) fn first(from: &'static Organisation, to: &str, now: Timestamp) -> Result<Self, Finding> {
        let lines = &[
            "Velkommen som bruker av Konvolutt.",
            "Åpne vedlegget, og svar gjerne på brevet.",
            "Dette er en prøvemelding fra sandkassen.",
        ];
        let head = ArkivmeldingHead {
            sender: party(from.number)?,
            receiver: party(to)?,
            process: PROCESS.to_owned(),
            message_id: new_message_id()?,
            conversation_id: new_conversation_id()?,
            created: now,
            expires: deadline(now),
            sender_ref: None,
            receiver_ref: None,
            main_document: None,
            security_level: 3,
            dpv: None,
        };
        Ok(Self { head, from: from.name, title: "Velkommen til Konvolutt", lines })
    }

    /// Written two days ago, so that its deadline passed yesterday.
    pub(super) fn aged(mut self) -> Self {
        let earlier = |at: Timestamp| at.checked_sub(SignedDuration::from_hours(48)).unwrap_or(at);
        (self.head.created, self.head.expires) = (earlier(self.head.created), earlier(self.head.expires));
        self
    }

    /// The head with its main document.
    pub(super) fn into_head(self) -> ArkivmeldingHead {
        let main_document = self.head.main_document.or_else(|| Some(MAIN.to_owned()));
        ArkivmeldingHead { main_document, ..self.head }
    }

    /// The sealed container.
    pub(super) fn package(
        &self,
        signer: &SoftKey,
        recipient: &Certificate,
        flaw: Flaw,
        now: Timestamp,
    ) -> Result<Vec<u8>, Finding> {
        let mut container = self.container(signer, flaw, now)?;
        if flaw == Flaw::Tampered {
            container = break_signature(&container, now)?;
        }
        seal::seal(recipient, &container, &mut rng())
    }

    fn container(&self, signer: &SoftKey, flaw: Flaw, now: Timestamp) -> Result<Vec<u8>, Finding> {
        let names = match flaw {
            Flaw::StrangeNames => strange_names(),
            Flaw::Short => vec![MAIN.to_owned()],
            _ => vec![MAIN.to_owned(), ATTACHMENT.to_owned()],
        };
        let mut out = Vec::new();
        let mut writer = ContainerWriter::new(Profile::Cades, now);
        let main = DocumentHead { name: MAIN.to_owned(), media_type: pdf::MEDIA_TYPE.to_owned() };
        let (sender, receiver) = (self.head.sender.to_string(), self.head.receiver.to_string());
        let manifest = DocumentHead { name: "manifest.xml".to_owned(), media_type: "application/xml".to_owned() };
        writer.add(&manifest, &business_manifest(&sender, &receiver, &main), &mut out)?;
        let mut written = Vec::new();
        for name in names {
            let title = if written.is_empty() { self.title } else { "Vedlegg" };
            let content = pdf::write(title, self.from, self.lines);
            let head = DocumentHead { name: name.clone(), media_type: pdf::MEDIA_TYPE.to_owned() };
            // The container itself refuses some names; what it takes is strange enough.
            if writer.add(&head, &content, &mut out).is_ok() {
                written.push(name);
            }
        }
        let counterpart = self.head.receiver.principal().map(|number| number.to_string()).unwrap_or_default();
        let record = Record {
            message_id: self.head.message_id.to_string(),
            title: self.title,
            from: self.from,
            to: seed::organisation(&counterpart).map_or("", |one| one.name),
            documents: &written,
            now,
        };
        let xml = if flaw == Flaw::Incomplete { noark::incomplete(&record) } else { noark::write(&record) };
        let head = DocumentHead { name: "arkivmelding.xml".to_owned(), media_type: "application/xml".to_owned() };
        writer.add(&head, xml.as_bytes(), &mut out)?;
        let to_sign = writer.prepare(signer.chain(), SignatureDigest::Sha256, now, Uuid::new_v4(), &mut out)?;
        let signature = signer.sign(to_sign.algorithm(), to_sign.bytes())?;
        to_sign.finish(&signature, &mut out)?;
        Ok(out)
    }
}

const MAIN: &str = "Svarbrev – prøve.pdf";
const ATTACHMENT: &str = "Vedlegg 1.pdf";

/// Equal but for case, colon, emoji, decomposed å, 300 characters, a device name, spaces at the end.
fn strange_names() -> Vec<String> {
    let mut names: Vec<String> = [
        MAIN,
        "Referat.pdf",
        "referat.PDF",
        "Møte: referat.pdf",
        "😀 skål.pdf",
        "A\u{30a}rsmelding.pdf",
        "CON.pdf",
        "mange  mellomrom .pdf",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push(format!("{}.pdf", "lang".repeat(74)));
    names
}

/// An `avtalt`: what two organisations have agreed to send each other, without a package.
pub(super) fn agreed(from: &Organisation, to: &str, now: Timestamp) -> Result<Sbd, Vec<Finding>> {
    let one = |finding| vec![finding];
    let head = MessageHead {
        sender: Party::Organisation(party(from.number).map_err(one)?),
        receiver: Some(Party::Organisation(party(to).map_err(one)?)),
        process: "urn:no:difi:profile:avtalt:avtalt:ver1.0".to_owned(),
        message_id: new_message_id().map_err(one)?,
        conversation_id: new_conversation_id().map_err(one)?,
        created: now,
        expires: Some(deadline(now)),
        scopes: Vec::new(),
    };
    let business = json!({ "identifier": "prøvemelding", "content": { "melding": "Avtalt innhold fra sandkassen." } });
    compose(Layer::Plain, head, DocumentType::Avtalt, business)
}

/// A `status` about a letter that was never sent.
pub(super) fn stray(from: &'static Organisation, to: &str, now: Timestamp) -> Result<Sbd, Vec<Finding>> {
    let letter = Letter::first(from, to, now).map_err(|finding| vec![finding])?;
    // As if it had gone the other way.
    let head = ArkivmeldingHead { sender: letter.head.receiver, receiver: letter.head.sender, ..letter.head };
    sbd::status(&sbd::arkivmelding(head), Status::Levert, now)
}

/// A day, as the reference gives.
pub(super) fn deadline(now: Timestamp) -> Timestamp {
    now.checked_add(SignedDuration::from_hours(24)).unwrap_or(now)
}

pub(super) fn new_message_id() -> Result<MessageId, Finding> {
    MessageId::parse(&Uuid::new_v4().to_string()).map_err(internal)
}

fn new_conversation_id() -> Result<ConversationId, Finding> {
    ConversationId::parse(&Uuid::new_v4().to_string()).map_err(internal)
}

fn party(number: &str) -> Result<Iso6523, Finding> {
    Iso6523::parse(&format!("0192:{number}")).map_err(internal)
}

fn internal(error: impl std::fmt::Display) -> Finding {
    Finding::error(Rule::Broken, error.to_string())
}

/// Rewrites the container with one changed byte at the end of the signature file, where the signature value is.
/// The zip itself stays sound, so that only the signature is to blame.
fn break_signature(container: &[u8], now: Timestamp) -> Result<Vec<u8>, Finding> {
    rewrite(container, now, |name, content| {
        if name.ends_with(".p7s")
            && let Some(last) = content.last_mut()
        {
            *last ^= 1;
        }
    })
}

fn rewrite(container: &[u8], now: Timestamp, change: impl Fn(&str, &mut Vec<u8>)) -> Result<Vec<u8>, Finding> {
    let first =
        |findings: Vec<Finding>| findings.into_iter().next().unwrap_or_else(|| internal("unreadable container"));
    let archive = zip::read(container, &Limits::default()).map_err(first)?;
    let mut out = Vec::new();
    let mut writer = ZipWriter::new(DosTime::from_timestamp(now));
    for entry in archive.entries() {
        let mut content = archive.read(entry)?;
        change(&entry.name, &mut content);
        if entry.name == "mimetype" {
            writer.stored(&entry.name, "", &content, &mut out)?;
        } else {
            writer.add(&entry.name, &content, &mut out)?;
        }
    }
    writer.finish("", &mut out)?;
    Ok(out)
}

/// The uploaded file, the integrasjonspunkt's `sbd.zip`: `sbd.json`, and `asic.zip` if there is a package.
pub(super) fn transfer(sbd: &str, package: Option<&[u8]>, now: Timestamp) -> Result<Vec<u8>, Finding> {
    let mut out = Vec::new();
    let mut writer = ZipWriter::new(DosTime::from_timestamp(now));
    writer.add("sbd.json", sbd.as_bytes(), &mut out)?;
    if let Some(package) = package {
        writer.add("asic.zip", package, &mut out)?;
    }
    writer.finish("", &mut out)?;
    Ok(out)
}

/// An envelope with its ids and parties but a type that nobody knows, and no time.
pub(super) fn spoil(sbd: &Sbd) -> String {
    let mut document: Value = serde_json::from_str(sbd.text()).unwrap_or_default();
    let identification = &mut document["standardBusinessDocumentHeader"]["documentIdentification"];
    if let Some(identification) = identification.as_object_mut() {
        identification.remove("creationDateAndTime");
        identification.insert("type".to_owned(), "ukjent".into());
    }
    document.to_string()
}
