//! What comes over the other channels: the DPI network, Altinn's inbox, KS SvarInn.

use konvolutt_shared::dpi::{self, Expected};
use konvolutt_shared::dpv::{DigitalDpv, Options};
use konvolutt_shared::identifier::OrganisationNumber;
use konvolutt_shared::sbd::Sbd;
use konvolutt_shared::svarut::{self, Received};
use serde_json::{Value, json};

use super::documents::CONVERSATION;
use super::jose::was_signed;
use crate::material::{POLICY, RECEIVER, SENDER, limits, now};

fn number(text: &str) -> OrganisationNumber {
    OrganisationNumber::parse(text).expect("an organisation number")
}

/// The DPI network. After an odd first byte comes a whole JWS, which must be one that was signed; after an even one a
/// document, and a receipt counts for a letter only when every name on it fits.
pub fn dpi(data: &[u8]) {
    let Some((mode, rest)) = data.split_first() else { return };
    if mode % 2 == 1 {
        let Ok(text) = std::str::from_utf8(rest) else { return };
        let expected = Expected { policy: POLICY.clone(), package: None, token: None };
        if dpi::verify(text, &expected).is_ok() {
            assert!(text.rsplit_once('.').is_some_and(|(input, _)| was_signed(input.as_bytes())), "a forged message");
        }
        return;
    }
    let Ok(document) = Sbd::parse(rest, Some(now())) else { return };
    let Some(receipt) = dpi::read_receipt(&document) else { return };
    let conversation = CONVERSATION.parse().expect("an id");
    let (sender, provider) = (number(SENDER), number(RECEIVER));
    if receipt.matches(conversation, sender, provider).is_ok() {
        assert_eq!(document.conversation_id(), Some(conversation), "in another conversation");
        assert!(receipt.matches(conversation, provider, sender).is_err(), "from anybody");
        assert_eq!(receipt.kind, document.document_type());
    }
}

/// Altinn's inbox. After an even first byte comes the business message, after an odd one an SBD's.
pub fn dpv(data: &[u8]) {
    let Some((mode, rest)) = data.split_first() else { return };
    if mode % 2 == 1 {
        let Ok(business) = serde_json::from_slice::<Value>(rest) else { return };
        let Ok(options) = Options::of(&business) else { return };
        let again = Options::of(&json!({ "dpv": options })).expect("our own options");
        assert_eq!(again, options, "read otherwise a second time");
        assert_eq!(again.problems(), options.problems());
        return;
    }
    let Ok(message) = DigitalDpv::read(rest) else { return };
    assert_eq!(DigitalDpv::read(&message.write()).as_ref(), Ok(&message), "read otherwise a second time");
    assert_eq!(format!("{message:?}"), "DigitalDpv(…)");
    if message.problems().is_empty() {
        assert!(message.recipient().is_some() && !message.tittel.trim().is_empty(), "accepted without what it needs");
    }
}

/// A shipment: what SvarInn says of it, a line feed, and what was in it.
pub fn svarut(data: &[u8]) {
    let Some(end) = data.iter().position(|byte| *byte == b'\n') else { return };
    let Ok(received) = serde_json::from_slice::<Received>(&data[..end]) else { return };
    let written = serde_json::to_vec(&received).expect("a shipment that was read");
    let kept = Received { download_url: String::new(), ..received.clone() };
    assert_eq!(serde_json::from_slice::<Received>(&written).ok(), Some(kept), "read otherwise a second time");
    let archive = received.archive();
    assert_eq!(archive.message_id, received.id.to_string());
    if let Ok(document) = received.sbd(number(RECEIVER)) {
        let read = Sbd::parse(document.text().as_bytes(), None);
        assert_eq!(read.as_ref().map_err(Vec::len), Ok(&document), "our own document is none: {read:?}");
    }
    let Ok(documents) = svarut::documents(&data[end + 1..], &received, &limits()) else { return };
    for file in &received.files {
        let found = documents.iter().find(|document| document.name == file.name).expect("a file of the list");
        assert!(file.size.is_none_or(|size| size == found.content.len() as u64), "of another size than the list says");
    }
}
