//! A letter as a person writes it, checked in full before a byte leaves.
//!
//! A [`Draft`] may be anything; a [`Letter`] has passed every rule and can be packed. The rules are L01 to
//! L25 of [`crate::finding::Rule`], where each names its source; the form itself is ours. Each finding names
//! its field in `place`, by the names that the draft has as JSON, and the values of its text in `params`. A
//! letter becomes eFormidling's `arkivmelding` or `avtalt`, and its archive fields Noark 5's
//! `arkivmelding.xml`.

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

/// Time for delivery unless said otherwise (integrasjonspunkt: `default-ttl-hours`, 24).
const DEADLINE: SignedDuration = SignedDuration::from_hours(24);

/// What a person has filled in so far; all texts are as typed and unchecked. Saved as it is, except for the
/// documents' bytes. `Debug` shows neither whom it is to nor what it is about.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Draft {
    /// Organisation number of the sender, nine digits.
    pub sender: String,
    /// The sender's name, for the archive (`korrespondansepartNavn`, `administrativEnhet`).
    pub sender_name: String,
    /// Organisation number of whoever signs for the sender, nine digits; empty when the sender signs itself.
    /// Letters to people have no use for it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub supplier: String,
    /// Organisation number of the recipient, nine digits; when [`Self::person`] is there an identity number,
    /// eleven digits, or nothing ([`PersonDraft::unnumbered`]).
    pub recipient: String,
    /// The recipient's name, for the archive (`korrespondansepartNavn`).
    pub recipient_name: String,
    /// Title of the message, 1 to [`MAX_TITLE`] characters; may be empty on paper, and is not used for what
    /// was agreed upon.
    pub title: String,
    /// Process URN, one of the recipient's; for people [`PersonDraft::kind`] decides instead.
    pub process: String,
    /// In the order of the person's choice, one of them the main one; at most as many as the recipient's
    /// [`Capability::max_documents`](crate::address::Capability::max_documents).
    pub documents: Vec<DraftDocument>,
    /// Archive fields; not for people.
    pub case: CaseFields,
    /// Set when it answers a message.
    pub reply: Option<ReplyTo>,
    /// For KS SvarUt, but for the security level, which stands in every `arkivmelding`.
    pub svarut: svarut::Choices,
    /// For organisations in Altinn's inbox only; a person's are in [`InboxChoices::options`].
    pub dpv: dpv::Options,
    /// Time for delivery, in seconds, from 1 to 2 592 000 (thirty days); a day when none. Not for people.
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

/// A document in a draft. `Debug` shows id and size alone.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DraftDocument {
    /// The page's own id, any text; nothing here reads it.
    pub id: String,
    /// File name, at most 255 bytes of UTF-8 once it is NFC-normalised ([`file_name_problem`]).
    pub name: String,
    /// Title, 1 to [`MAX_TITLE`] characters; may be empty for people and for what was agreed upon.
    pub title: String,
    /// Media type as the browser says, for example `application/pdf`; may be empty.
    pub media_type: String,
    /// Size of the file in bytes, at least 1.
    pub size: u64,
    /// The first bytes, from which the kind is told: 1024 or more, or the whole file; without them nothing is
    /// told. Never saved: fill them from the file again when a draft is opened.
    #[serde(skip)]
    pub head: Vec<u8>,
    /// The last bytes, a few kilobytes, where a PDF says that it is encrypted (ISO 32000-1, 7.5.5). Never
    /// saved.
    #[serde(skip)]
    pub tail: Vec<u8>,
    /// Whether it is the main document (`hoveddokument`).
    pub main: bool,
}

impl std::fmt::Debug for DraftDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DraftDocument").field("id", &self.id).field("size", &self.size).finish_non_exhaustive()
    }
}

/// The archive fields a person may fill in, of Noark 5's `saksmappe` and `journalpost`. Empty text means not
/// filled in; case number or case title must be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CaseFields {
    /// Case number as people write it, `2026/17` (`mappeID`); any form is taken.
    pub case_number: String,
    /// Case title (`mappe/tittel`); the letter's own when empty.
    pub case_title: String,
    /// One of [`archive::JOURNAL_TYPES`] (`journalposttype`); outgoing document when empty.
    pub journal_type: String,
    /// Date of the document (`dokumentetsDato`), `yyyy-mm-dd`; in the file today, in Norway, when empty.
    pub document_date: String,
    /// The sender's reference (scope `SenderRef`).
    pub our_reference: String,
    /// The recipient's reference (scope `ReceiverRef`).
    pub their_reference: String,
    /// Who handles the case, by name (`saksansvarlig`, `saksbehandler`).
    pub case_worker: String,
    /// Ground for withholding from the public (`skjermingshjemmel`).
    pub access_restriction: String,
}

/// What a draft answers (eFormidling: same `ConversationId`, their `SenderRef` returned as `ReceiverRef`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplyTo {
    /// The conversation to stay in.
    pub conversation_id: ConversationId,
    /// The other side's reference, returned to it unless [`CaseFields::their_reference`] is filled in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub their_reference: Option<String>,
}

/// A letter to an organisation that has passed every rule; only [`check()`] makes one.
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
    /// The message, new.
    pub message_id: MessageId,
    /// The conversation, new; not used when the letter answers one.
    pub conversation_id: ConversationId,
    /// The case (`systemID` of the `saksmappe`).
    pub case: Uuid,
    /// The journal entry (`systemID` of the `journalpost`).
    pub entry: Uuid,
    /// One for each document (`systemID` of its `dokumentbeskrivelse`), in order. A missing one becomes the
    /// nil UUID.
    pub documents: Vec<Uuid>,
}

impl Letter {
    /// The organisation whose letter it is.
    pub fn sender(&self) -> OrganisationNumber {
        self.sender
    }

    /// Whose certificate signs: the sender's, or that of one who acts for it.
    pub fn signer(&self) -> OrganisationNumber {
        self.supplier.unwrap_or(self.sender)
    }

    /// The sender as the document names it. Where another signs, DPO names both, `0192:<signer>:<sender>`
    /// (integrasjonspunkt: sending on behalf of); the other channels know the sender alone.
    pub fn sender_party(&self) -> Iso6523 {
        match self.supplier.filter(|_| self.channel == Channel::Dpo) {
            Some(supplier) => Iso6523::acting(supplier, self.sender),
            None => self.sender.into(),
        }
    }

    /// The organisation that receives.
    pub fn recipient(&self) -> OrganisationNumber {
        self.recipient
    }

    /// The documents in the draft's order, at least one; file names are NFC-normalised, usable and distinct.
    pub fn documents(&self) -> &[DraftDocument] {
        &self.draft.documents
    }

    /// The main document, one of [`Self::documents`].
    pub fn main(&self) -> &DraftDocument {
        &self.draft.documents[self.main]
    }

    /// The sender's name as it was filled in; may be empty.
    pub fn sender_name(&self) -> &str {
        &self.draft.sender_name
    }

    /// The recipient's name as it was filled in; may be empty.
    pub fn recipient_name(&self) -> &str {
        &self.draft.recipient_name
    }

    /// What the person chose for KS SvarUt; the default when nothing was.
    pub fn svarut(&self) -> &svarut::Choices {
        &self.draft.svarut
    }

    /// How long the letter may take to be delivered: 1 second to 30 days, 24 hours when nothing was chosen.
    fn deadline(&self) -> SignedDuration {
        let chosen = self.draft.deadline_seconds.map(|seconds| SignedDuration::from_secs(seconds.into()));
        chosen.unwrap_or(DEADLINE)
    }

    /// Latest time for delivery. What shall be published later has so much longer.
    pub fn expires(&self, now: Timestamp) -> Timestamp {
        let published = self.draft.dpv.published(now);
        published.checked_add(self.deadline()).unwrap_or(published)
    }

    /// The recipient's own reference (scope `ReceiverRef`), which the person filled in or the letter that is
    /// answered had.
    pub fn receiver_reference(&self) -> Option<&str> {
        let filled = Some(self.draft.case.their_reference.as_str()).filter(|text| !text.trim().is_empty());
        filled.or_else(|| self.draft.reply.as_ref()?.their_reference.as_deref())
    }

    /// The same letter, whose answers come back on a channel of the sender's (scope `MessageChannel`). Only
    /// DPO has such: elsewhere nothing is changed. `instance` is a new id, of the scope itself.
    #[must_use]
    pub fn answered_on(mut self, channel: &MessageChannel, instance: Uuid) -> Self {
        self.answers = (self.channel == Channel::Dpo).then(|| Scope::message_channel(channel, instance));
        self
    }

    /// Whether the archive's file goes along: what was agreed has none.
    pub fn has_archive(&self) -> bool {
        self.draft.agreed.is_none()
    }

    /// Title of the message, 1 to [`MAX_TITLE`] characters; of what was agreed upon anything, and not sent.
    pub fn title(&self) -> &str {
        &self.draft.title
    }

    /// What the person should know and that does not refuse: warnings, in the order of the form.
    pub fn remarks(&self) -> &[Finding] {
        &self.remarks
    }

    /// [`archive::FILE_NAME`], the file that goes into the package beside the documents, made at `now`. Only
    /// where [`Self::has_archive`].
    pub fn arkivmelding(&self, now: Timestamp, ids: &LetterIds) -> Vec<u8> {
        archive::write(&self.archive(now, ids))
    }

    /// The archive's view of the letter: one case with one journal entry, `Ekspedert` (Noark 5).
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

    /// The SBD: `avtalt` or `arkivmelding`, to be delivered before `expires`. It says that it was made five
    /// seconds before `now`, as the integrasjonspunkt does it, since clocks differ.
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
