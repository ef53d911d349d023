//! Standard Business Documents, receipts and `arkivmelding.xml`.

use konvolutt_shared::api::Status;
use konvolutt_shared::archive;
use konvolutt_shared::container::manifest::{self, BusinessManifest};
use konvolutt_shared::finding::Finding;
use konvolutt_shared::identifier::{ConversationId, Iso6523, MessageId, OrganisationNumber};
use konvolutt_shared::receipt::{self, SentMessage};
use konvolutt_shared::sbd::{self, ReceiptMessage, Sbd};

use crate::material::{RECEIVER, SENDER, now};

/// Ids of the letter in the corpus.
const MESSAGE: &str = "d5c9f24d-4ce5-4d70-97a3-d0e3294210af";
pub(super) const CONVERSATION: &str = "2c93858d-36c9-4fa2-924a-603a23f80401";
const OTHER_MESSAGE: &str = "1111aaaa-0000-4000-8000-000000000001";

/// A document: kept as it was, read the same again, and whatever we answer to it is a document too.
pub fn sbd(data: &[u8]) {
    for at in [None, Some(now())] {
        let parsed = Sbd::parse(data, at);
        let findings = sbd::validate(data, at);
        assert_eq!(
            parsed.is_err(),
            findings.iter().any(Finding::refuses),
            "refused without a reason, or accepted with one"
        );
        let Ok(document) = parsed else { continue };
        assert!(data.ends_with(document.text().as_bytes()), "the text was changed");
        assert_eq!(Sbd::parse(document.text().as_bytes(), at).as_ref(), Ok(&document), "read otherwise a second time");
        answer(&document);
    }
}

fn answer(original: &Sbd) {
    let id: MessageId = OTHER_MESSAGE.parse().expect("an id");
    let expires = "2026-12-02T00:00:00Z".parse().expect("a time");
    let lines = [ReceiptMessage { code: "1".to_owned(), text: "x".to_owned() }];
    let status = sbd::status(original, Status::Levert, now());
    assert_eq!(status.is_ok(), original.routing().is_ok());
    let reply = sbd::reply_head(original, id, now(), expires).map(sbd::arkivmelding);
    for answer in [status, sbd::kvittering(original, "OK", &lines, id, now()), reply].into_iter().flatten() {
        let read = Sbd::parse(answer.text().as_bytes(), Some(now()));
        assert_eq!(read.as_ref().map_err(Vec::len), Ok(&answer), "our own answer is not a document: {read:?}");
    }
}

/// A receipt counts for a message only when every name on it fits.
pub fn receipts(data: &[u8]) {
    let Ok(document) = Sbd::parse(data, Some(now())) else { return };
    let Some(receipt) = receipt::read(&document) else { return };
    let number = |text: &str| OrganisationNumber::parse(text).expect("an organisation number");
    let sent = SentMessage {
        message_id: MESSAGE.parse().expect("an id"),
        conversation_id: CONVERSATION.parse::<ConversationId>().expect("an id"),
        sender: number(SENDER),
        recipient: number(RECEIVER),
    };
    let plain = receipt.matches(&sent, None);
    let broker = receipt.matches(&sent, Some(&format!("0192:{RECEIVER}")));
    assert_eq!(plain.is_ok(), broker.is_ok(), "the recipient's own account makes a difference");
    assert!(receipt.matches(&sent, Some(&format!("0192:{SENDER}"))).is_err(), "from another account");
    assert!(receipt.matches(&sent, Some("")).is_err(), "from no account");
    if plain.is_err() {
        return;
    }
    assert_eq!(receipt.message_id, sent.message_id);
    assert_eq!(document.sender().and_then(Iso6523::number), Some(sent.recipient), "from somebody else");
    assert_eq!(document.receiver().and_then(Iso6523::number), Some(sent.sender), "to somebody else");
    assert_eq!(document.conversation_id(), Some(sent.conversation_id), "in another conversation");
}

/// `arkivmelding.xml`: what was read, written by us, is read the same for ever after.
pub fn arkivmelding(data: &[u8]) {
    let Ok((first, findings)) = archive::read(data) else { return };
    assert!(!findings.iter().any(Finding::refuses), "read and refused");
    let written = archive::write(&first);
    let (second, _) = archive::read(&written).expect("our own arkivmelding");
    assert_eq!(second.entry.documents.len(), first.entry.documents.len(), "other documents");
    assert_eq!(second.entry.parties.len(), first.entry.parties.len(), "other parties");
    let (third, _) = archive::read(&archive::write(&second)).expect("our own arkivmelding");
    assert_eq!(third, second, "it changes when it is written again");
}

/// The business `manifest.xml`: what is read and has no problems is read the same when it is written again.
pub fn manifest(data: &[u8]) {
    let Ok(BusinessManifest::Sdp(manifest)) = manifest::read(data) else { return };
    if !manifest.problems().is_empty() {
        return;
    }
    match manifest::read(&manifest.write()) {
        Ok(BusinessManifest::Sdp(again)) => assert_eq!(again, manifest, "read otherwise a second time"),
        other => panic!("our own manifest is not read: {other:?}"),
    }
}
