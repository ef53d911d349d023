//! The letters and receipts of all histories, made once.

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::api::Status;
use konvolutt_shared::identifier::{ConversationId, Iso6523, MessageId};
use konvolutt_shared::sbd::{self, ArkivmeldingHead, Sbd};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::START;
use crate::operation::Word;

/// We.
pub(crate) const OURS: &str = "310904007";
/// Whom letters go to, by turns.
pub(crate) const THEIRS: [&str; 2] = ["310900117", "310900419"];
/// Somebody else.
pub(crate) const STRANGER: &str = "310900915";

/// Letters that we may send.
pub(crate) const LETTERS: usize = 8;
/// Letters that counterparts may send.
pub(crate) const INCOMING: usize = 3;

/// Seconds from the start to the deadline, by letter.
const DEADLINES: [i64; LETTERS] = [300, 7_200, 43_200, 43_200, 5_000_000, 5_000_000, 43_200, 5_000_000];

/// Which of them must be approved.
const HELD: [usize; 2] = [6, 7];

/// A letter of ours.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) message_id: String,
    pub(crate) conversation_id: String,
    pub(crate) recipient: &'static str,
    pub(crate) deadline: Timestamp,
    pub(crate) sbd: String,
    /// It must be approved before it leaves.
    pub(crate) held: bool,
    /// By [`Word`]; from the recipient, and from a stranger.
    receipts: Vec<[String; 2]>,
}

impl Letter {
    /// A receipt's document.
    pub(crate) fn receipt(&self, word: Word, stranger: bool) -> &str {
        &self.receipts[word as usize][usize::from(stranger)]
    }
}

/// A letter to us.
#[derive(Debug)]
pub(crate) struct Theirs {
    pub(crate) message_id: String,
    pub(crate) sender: &'static str,
    pub(crate) sbd: String,
    /// The channel that its sender listens on for answers.
    pub(crate) channel: Option<&'static str>,
}

/// All of ours.
pub(crate) static POST: LazyLock<Vec<Letter>> = LazyLock::new(|| (0..LETTERS).map(letter).collect());

/// All of theirs.
pub(crate) static TO_US: LazyLock<Vec<Theirs>> = LazyLock::new(|| (0..INCOMING).map(theirs).collect());

fn start() -> Timestamp {
    Timestamp::from_second(START).unwrap()
}

fn uuid(kind: u8, number: usize) -> String {
    uuid::Builder::from_random_bytes([[kind; 15].as_slice(), &[number as u8]].concat().try_into().unwrap())
        .into_uuid()
        .to_string()
}

fn document(from: &str, to: &str, message_id: &str, conversation_id: &str, expires: Timestamp) -> Sbd {
    sbd::arkivmelding(ArkivmeldingHead {
        sender: Iso6523::parse(from).unwrap(),
        receiver: Iso6523::parse(to).unwrap(),
        process: "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0".to_owned(),
        message_id: MessageId::parse(message_id).unwrap(),
        conversation_id: ConversationId::parse(conversation_id).unwrap(),
        created: start(),
        expires,
        sender_ref: None,
        receiver_ref: None,
        main_document: None,
        security_level: 3,
        dpv: None,
    })
}

fn letter(number: usize) -> Letter {
    let (message_id, conversation_id) = (uuid(1, number), uuid(2, number));
    let recipient = THEIRS[number % 2];
    let deadline = start() + SignedDuration::from_secs(DEADLINES[number]);
    let original = document(OURS, recipient, &message_id, &conversation_id, deadline);
    let foreign = document(OURS, STRANGER, &message_id, &conversation_id, deadline);
    let receipts = [Word::Mottatt, Word::Levert, Word::Ok, Word::Error]
        .map(|word| [answer(&original, word), answer(&foreign, word)])
        .to_vec();
    Letter {
        message_id,
        conversation_id,
        recipient,
        deadline,
        sbd: original.to_json(),
        held: HELD.contains(&number),
        receipts,
    }
}

fn answer(original: &Sbd, word: Word) -> String {
    let lines = [sbd::ReceiptMessage { code: "1".to_owned(), text: "tekst".to_owned() }];
    let sbd = match word {
        Word::Mottatt => sbd::status(original, Status::Mottatt, start()),
        Word::Levert => sbd::status(original, Status::Levert, start()),
        Word::Ok => sbd::kvittering(original, "OK", &lines, MessageId::parse(&uuid(3, 1)).unwrap(), start()),
        Word::Error => sbd::kvittering(original, "ERROR", &lines, MessageId::parse(&uuid(3, 2)).unwrap(), start()),
    };
    sbd.unwrap().to_json()
}

fn theirs(number: usize) -> Theirs {
    let (message_id, sender) = (uuid(4, number), THEIRS[number % 2]);
    let expires = start() + SignedDuration::from_hours(24);
    let mut text: Value =
        serde_json::from_str(&document(sender, OURS, &message_id, &uuid(5, number), expires).to_json()).unwrap();
    let channel = (number == 1).then_some("kanal-1");
    if let Some(channel) = channel {
        let scopes = text["standardBusinessDocumentHeader"]["businessScope"]["scope"].as_array_mut().unwrap();
        scopes.push(json!({ "type": "MessageChannel", "instanceIdentifier": Uuid::nil(), "identifier": channel }));
    }
    Theirs { message_id, sender, sbd: text.to_string(), channel }
}
