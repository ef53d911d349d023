//! A letter as a person writes it, checked in full before a byte leaves.
//!
//! A [`Draft`] may be anything; a [`Letter`] has passed every rule and can be packed. Rules: `ux.md` P-M06 to P-M09
//! and 4.6, for DPO. Each finding names its field in `place` and the values of its text in `params`.

mod agreed;
mod check;
mod content;
mod name;
mod person;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use agreed::{AGREED_PROCESS, Agreed, MAX_IDENTIFIER, document_type};
pub use check::{MAX_DOCUMENTS, MAX_TITLE, WARN_TITLE, check, problems};
pub use name::{file_name_problem, safe_name, unique_name};
pub use person::{
    EventChoice, Extension, InboxChoices, LinkChoice, MailboxChoices, Packing, PersonDraft, PersonLetter,
    PersonSending, PrintChoices, ProofChoice, active_html, check_person, extension_kind, person_problems,
};

use crate::address::Channel;
use crate::archive::{self, ArchivedDocument, Arkivmelding, Case, CorrespondenceParty, JournalEntry};
use crate::finding::Finding;
use crate::identifier::{ConversationId, Iso6523, MessageChannel, MessageId, OrganisationNumber, Party};
use crate::sbd::{self, ArkivmeldingHead, MessageHead, Sbd, Scope};
use crate::{dpv, svarut};

/// Time for delivery (`integrasjonspunkt.md`, 4.2: 24 hours unless said otherwise).
const DEADLINE: SignedDuration = SignedDuration::from_hours(24);

/// What a person has filled in so far. Saved as it is, except for the documents' bytes. `Debug` shows neither whom it is
/// to nor what it is about.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Draft {
    /// Organisation number of the sender.
    pub sender: String,
    /// The sender's name, for the archive.
    pub sender_name: String,
    /// Organisation number of whoever signs for the sender; empty when the sender signs itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub supplier: String,
    /// Organisation number of the recipient, or eleven digits when [`Self::person`] is there.
    pub recipient: String,
    /// The recipient's name, for the archive.
    pub recipient_name: String,
    /// Title of the message.
    pub title: String,
    /// Process URN.
    pub process: String,
    /// In the order of the person's choice.
    pub documents: Vec<DraftDocument>,
    /// Archive fields.
    pub case: CaseFields,
    /// Set when it answers a message.
    pub reply: Option<ReplyTo>,
    /// For KS SvarUt only.
    pub svarut: svarut::Choices,
    /// For Altinn's inbox only.
    pub dpv: dpv::Options,
    /// Time for delivery, in seconds; a day when none.
    pub deadline_seconds: Option<u32>,
    /// Set when it is no letter but what was agreed upon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed: Option<Agreed>,
    /// For letters to people only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonDraft>,
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { sender, process, documents, .. } = self;
        let mut shown = f.debug_struct("Draft");
        shown.field("sender", sender).field("process", process).field("documents", documents).finish_non_exhaustive()
    }
}

/// A document in a draft. `Debug` shows neither bytes nor more than they need.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DraftDocument {
    /// The page's own id.
    pub id: String,
    /// File name.
    pub name: String,
    /// Title.
    pub title: String,
    /// Media type as the browser says.
    pub media_type: String,
    /// In bytes.
    pub size: u64,
    /// The first bytes, about a kilobyte. Never saved: fill them from the file again when a draft is opened.
    #[serde(skip)]
    pub head: Vec<u8>,
    /// The last bytes, a few kilobytes, where a PDF says that it is encrypted. Never saved.
    #[serde(skip)]
    pub tail: Vec<u8>,
    /// Whether it is the main document.
    pub main: bool,
}

impl std::fmt::Debug for DraftDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DraftDocument").field("id", &self.id).field("size", &self.size).finish_non_exhaustive()
    }
}

/// The archive fields a person may fill in (P-M12). Empty text means not filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CaseFields {
    /// Case number, `2026/17`.
    pub case_number: String,
    /// Case title.
    pub case_title: String,
    /// One of [`archive::JOURNAL_TYPES`]; outgoing document when empty.
    pub journal_type: String,
    /// Date of the document, `yyyy-mm-dd`; today when empty.
    pub document_date: String,
    /// The sender's reference.
    pub our_reference: String,
    /// The recipient's reference.
    pub their_reference: String,
    /// Who handles the case.
    pub case_worker: String,
    /// Ground for withholding from the public.
    pub access_restriction: String,
}

/// What a draft answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplyTo {
    /// The conversation to stay in.
    pub conversation_id: ConversationId,
    /// The other side's reference, returned to it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub their_reference: Option<String>,
}

/// A letter that has passed every rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    draft: Draft,
    sender: OrganisationNumber,
    supplier: Option<OrganisationNumber>,
    channel: Channel,
    recipient: OrganisationNumber,
    main: usize,
    remarks: Vec<Finding>,
    /// The channel that answers come back on.
    answers: Option<Scope>,
}

/// The ids a letter needs, made outside since nothing here makes randomness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterIds {
    /// The message.
    pub message_id: MessageId,
    /// The conversation, unless the letter answers one.
    pub conversation_id: ConversationId,
    /// The case.
    pub case: Uuid,
    /// The journal entry.
    pub entry: Uuid,
    /// One for each document, in order. A missing one becomes the nil UUID.
    pub documents: Vec<Uuid>,
}

impl Letter {
    /// The sender.
    pub fn sender(&self) -> OrganisationNumber {
        self.sender
    }

    /// Whose certificate signs: the sender's, or that of one who acts for it.
    pub fn signer(&self) -> OrganisationNumber {
        self.supplier.unwrap_or(self.sender)
    }

    /// The sender as the document names it. Where another signs, DPO names both (`integrasjonspunkt.md`, 6.3); the other
    /// channels know the sender alone.
    pub fn sender_party(&self) -> Iso6523 {
        match self.supplier.filter(|_| self.channel == Channel::Dpo) {
            Some(supplier) => Iso6523::acting(supplier, self.sender),
            None => self.sender.into(),
        }
    }

    /// The recipient.
    pub fn recipient(&self) -> OrganisationNumber {
        self.recipient
    }

    /// The documents in order; file names are NFC-normalised and distinct.
    pub fn documents(&self) -> &[DraftDocument] {
        &self.draft.documents
    }

    /// The main document.
    pub fn main(&self) -> &DraftDocument {
        &self.draft.documents[self.main]
    }

    /// The sender's name.
    pub fn sender_name(&self) -> &str {
        &self.draft.sender_name
    }

    /// The recipient's name.
    pub fn recipient_name(&self) -> &str {
        &self.draft.recipient_name
    }

    /// What the person chose for KS SvarUt.
    pub fn svarut(&self) -> &svarut::Choices {
        &self.draft.svarut
    }

    /// How long the letter may take to be delivered.
    fn deadline(&self) -> SignedDuration {
        let chosen = self.draft.deadline_seconds.map(|seconds| SignedDuration::from_secs(seconds.into()));
        chosen.unwrap_or(DEADLINE)
    }

    /// Latest time for delivery. What shall be published later has so much longer.
    pub fn expires(&self, now: Timestamp) -> Timestamp {
        let published = self.draft.dpv.published(now);
        published.checked_add(self.deadline()).unwrap_or(published)
    }

    /// The recipient's own reference, which the person filled in or the letter that is answered had.
    pub fn receiver_reference(&self) -> Option<&str> {
        let filled = Some(self.draft.case.their_reference.as_str()).filter(|text| !text.trim().is_empty());
        filled.or_else(|| self.draft.reply.as_ref()?.their_reference.as_deref())
    }

    /// The same letter, whose answers come back on a channel of the sender's. Only DPO has such (`integrasjonspunkt.md`, 2.2);
    /// elsewhere nothing is changed. `instance` is a new id.
    #[must_use]
    pub fn answered_on(mut self, channel: &MessageChannel, instance: Uuid) -> Self {
        self.answers = (self.channel == Channel::Dpo).then(|| Scope::message_channel(channel, instance));
        self
    }

    /// Whether the archive's file goes along: what was agreed has none.
    pub fn has_archive(&self) -> bool {
        self.draft.agreed.is_none()
    }

    /// Title of the message.
    pub fn title(&self) -> &str {
        &self.draft.title
    }

    /// What the person should know and that does not refuse.
    pub fn remarks(&self) -> &[Finding] {
        &self.remarks
    }

    /// The file that goes first into the package, beside the documents.
    pub fn arkivmelding(&self, now: Timestamp, ids: &LetterIds) -> Vec<u8> {
        archive::write(&self.archive(now, ids))
    }

    /// The archive's view of the letter.
    pub fn archive(&self, now: Timestamp, ids: &LetterIds) -> Arkivmelding {
        let (draft, fields) = (&self.draft, &self.draft.case);
        let filled = |text: &str| (!text.trim().is_empty()).then(|| text.to_owned());
        let party = |kind: &str, name: &str, worker: Option<String>| CorrespondenceParty {
            kind: kind.to_owned(),
            name: name.to_owned(),
            unit: None,
            case_worker: worker,
        };
        let documents = draft.documents.iter().enumerate().map(|(index, document)| ArchivedDocument {
            system_id: ids.documents.get(index).copied().unwrap_or_default(),
            title: document.title.clone(),
            file: document.name.clone(),
            main: document.main,
        });
        Arkivmelding {
            system: "Konvolutt".to_owned(),
            message_id: ids.message_id.to_string(),
            created: Some(now),
            case: Case {
                system_id: ids.case,
                number: filled(&fields.case_number),
                year: None,
                sequence: None,
                title: filled(&fields.case_title).unwrap_or_else(|| draft.title.clone()),
                public_title: None,
                date: None,
                unit: draft.sender_name.clone(),
                responsible: fields.case_worker.clone(),
            },
            entry: JournalEntry {
                system_id: ids.entry,
                number: None,
                year: None,
                sequence: None,
                status: Some(archive::SENT.to_owned()),
                title: draft.title.clone(),
                public_title: None,
                journal_type: filled(&fields.journal_type).unwrap_or_else(|| archive::JOURNAL_TYPES[1].to_owned()),
                date: None,
                document_date: fields.document_date.parse().ok(),
                access_restriction: filled(&fields.access_restriction),
                parties: vec![
                    party("Avsender", &draft.sender_name, filled(&fields.case_worker)),
                    party("Mottaker", &draft.recipient_name, None),
                ],
                documents: documents.collect(),
            },
            own: Vec::new(),
        }
    }

    /// The SBD, created five seconds ago as the reference does it, since clocks differ.
    pub fn sbd(&self, now: Timestamp, expires: Timestamp, ids: &LetterIds) -> Sbd {
        let sbd = self.plain_sbd(now, expires, ids);
        match self.answers.clone() {
            Some(channel) => sbd.with_scope(channel),
            None => sbd,
        }
    }

    fn plain_sbd(&self, now: Timestamp, expires: Timestamp, ids: &LetterIds) -> Sbd {
        let reply = self.draft.reply.as_ref();
        let conversation_id = reply.map_or(ids.conversation_id, |reply| reply.conversation_id);
        let created = now.checked_sub(SignedDuration::from_secs(5)).unwrap_or(now);
        if let Some(agreed) = &self.draft.agreed {
            let head = MessageHead {
                sender: Party::Organisation(self.sender_party()),
                receiver: Some(Party::Organisation(self.recipient.into())),
                process: self.draft.process.clone(),
                message_id: ids.message_id,
                conversation_id,
                created,
                expires: Some(expires),
                scopes: Vec::new(),
            };
            return sbd::avtalt(head, agreed.business());
        }
        let fields = &self.draft.case;
        let filled = |text: &str| (!text.trim().is_empty()).then(|| text.to_owned());
        sbd::arkivmelding(ArkivmeldingHead {
            sender: self.sender_party(),
            receiver: Iso6523::from(self.recipient),
            process: self.draft.process.clone(),
            message_id: ids.message_id,
            conversation_id,
            created,
            expires,
            sender_ref: filled(&fields.our_reference),
            receiver_ref: self.receiver_reference().map(str::to_owned),
            main_document: Some(self.main().name.clone()),
            security_level: self.draft.svarut.security_level.number(),
            dpv: Some(self.draft.dpv.clone()).filter(|options| *options != dpv::Options::default()),
        })
    }
}

#[cfg(test)]
mod tests;
