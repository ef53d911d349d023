//! What mailboxes say of letters.

use konvolutt_shared::finding::Code;
use std::pin::Pin;

use konvolutt_shared::api::{Source, Status};
use konvolutt_shared::identifier::Party;
use konvolutt_shared::sbd::{Layer, MessageHead, compose};
use serde_json::{Value, json};

use super::*;
use crate::collect::{Collector, Names};
use crate::store;

#[derive(Debug)]
struct Numbers;

impl Names for Numbers {
    fn name_of<'a>(&'a self, orgnr: &'a str) -> Pin<Box<dyn Future<Output = String> + Send + 'a>> {
        Box::pin(async move { orgnr.to_owned() })
    }
}

/// A receipt of a letter, whose deadline has long passed.
fn receipt(kind: DocumentType, letter: &str, from: &str, more: &Value) -> (String, Sbd) {
    let id = Uuid::new_v4().to_string();
    let party = |number: &str| {
        let value = format!("0192:{number}");
        json!({ "virksomhetsidentifikator": { "authority": "iso6523-actorid-upis", "value": value } })
    };
    let mut business = json!({ "avsender": party(OURS), "mottaker": party(from), "tidspunkt": "2026-01-02T03:04:05Z" });
    for (name, value) in more.as_object().unwrap() {
        business[name] = value.clone();
    }
    let head = MessageHead {
        sender: Party::Organisation(Iso6523::parse(from).unwrap()),
        receiver: Some(Party::Organisation(Iso6523::parse(OURS).unwrap())),
        process: process(kind),
        message_id: id.parse().unwrap(),
        conversation_id: letter.parse().unwrap(),
        created: "2026-01-02T03:04:05Z".parse().unwrap(),
        expires: Some("2026-01-02T04:04:05Z".parse().unwrap()),
        scopes: Vec::new(),
    };
    (id, compose(Layer::Dpi, head, kind, business).unwrap())
}

impl Stand {
    fn waits(&self, id: &str, message: &str) {
        self.corner.waiting.lock().unwrap().push((id.to_owned(), message.to_owned()));
    }

    /// A receipt that its provider has signed waits.
    fn comes(&self, kind: DocumentType, letter: &str, more: &Value) -> String {
        let (id, sbd) = receipt(kind, letter, PROVIDER, more);
        self.waits(&id, &sign(&sbd, &self.provider));
        id
    }

    async fn poll(&self, channel: &str) -> bool {
        let collector = Collector {
            store: &*self.store,
            mailbox: &self.dpi,
            channel,
            names: &Numbers,
            world: &*self.world,
            packages: &*self.packages,
            incoming: self.folder.path(),
        };
        collector.poll(OURS).await.came
    }

    async fn accepted(&self, provider: &str) -> (String, String) {
        let letter = self.letter(provider).await;
        let id = self.accept(&letter, provider).await;
        (letter.id, id)
    }

    /// What came in and was kept, with the codes of what refuses it.
    async fn aside(&self) -> Vec<(String, Vec<Code>)> {
        let listing = store::Listing::all(OURS, Some(Direction::In));
        let mut kept = Vec::new();
        for listed in self.store.list(&listing, None).await.unwrap().items {
            let view = self.view(&listed.summary.id).await;
            let codes = view.findings.iter().filter(|finding| finding.refuses()).map(|finding| finding.code);
            kept.push((listed.summary.document_type, codes.collect()));
        }
        kept
    }
}

fn events(view: &MessageView) -> Vec<(Status, Option<&str>, Option<&str>)> {
    let told = view.events.iter().filter(|event| event.source == Source::Mailbox);
    told.map(|event| (event.status, event.receipt.as_deref(), event.description.as_deref())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_receipts_count_once_and_however_late_they_come() {
    use DocumentType as Kind;
    let stand = stand().await;
    let (letter, id) = stand.accepted(PROVIDER).await;
    let first = stand.comes(Kind::Leveringskvittering, &letter, &json!({}));
    // The same again, and another that says the same.
    let (_, twin) = stand.corner.waiting.lock().unwrap()[0].clone();
    stand.waits(&first, &twin);
    let second = stand.comes(Kind::Leveringskvittering, &letter, &json!({}));
    assert!(stand.poll(channel::DPI).await);
    let view = stand.view(&id).await;
    assert_eq!(events(&view), [(Status::Levert, Some("leveringskvittering"), None)]);
    assert_eq!(view.events[1].at, "2026-01-02T03:04:05Z".parse().unwrap(), "when the mailbox says that it was");
    assert_eq!((view.summary.status, view.summary.attention), (Status::Levert, false));
    let mut read = stand.corner.read.lock().unwrap().clone();
    read.sort();
    let mut both = [first, second];
    both.sort();
    assert_eq!(read, both, "each was confirmed");
    assert!(stand.corner.waiting.lock().unwrap().is_empty());

    // What comes after LEVERT is told, too; each kind is something else.
    let notice = json!({ "varslingskanal": "sms", "beskrivelse": "Ukjent nummer" });
    for (kind, more) in [
        (Kind::Aapningskvittering, json!({})),
        (Kind::Varslingfeiletkvittering, notice),
        (Kind::Returpostkvittering, json!({})),
        (Kind::Feil, json!({ "feiltype": "SERVER", "detaljer": "Nede" })),
    ] {
        stand.comes(kind, &letter, &more);
        assert!(stand.poll(channel::DPI).await, "{kind}");
    }
    let view = stand.view(&id).await;
    assert_eq!(
        events(&view)[1..],
        [
            (Status::Lest, Some("aapningskvittering"), None),
            (Status::Feil, Some("varslingfeiletkvittering"), Some("sms: Ukjent nummer")),
            (Status::Feil, Some("returpostkvittering"), None),
            (Status::Feil, Some("feil"), Some("SERVER: Nede")),
        ]
    );
    assert_eq!((view.summary.status, view.summary.attention), (Status::Feil, true));
    assert_eq!(stand.aside().await, []);

    // What has been taken in is not taken in again, though the network goes on showing it.
    *stand.corner.forgetful.lock().unwrap() = true;
    let (other, id) = stand.accepted(PROVIDER).await;
    stand.comes(Kind::Mottakskvittering, &other, &json!({}));
    assert!(stand.poll(channel::DPI).await);
    assert!(!stand.poll(channel::DPI).await);
    assert_eq!(events(&stand.view(&id).await), [(Status::Levert, Some("mottakskvittering"), None)]);
    stand.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_verify_is_kept_and_never_counted() {
    let stand = stand().await;
    let (letter, id) = stand.accepted(PROVIDER).await;
    let kind = DocumentType::Leveringskvittering;
    let (good, sbd) = receipt(kind, &letter, PROVIDER, &json!({}));
    let signed = sign(&sbd, &stand.provider);
    // Another signature; the right one over something else; a signer who is not the sender; no JWS at all.
    let (front, signature) = signed.rsplit_once('.').unwrap();
    let other = sign(&receipt(DocumentType::Aapningskvittering, &letter, PROVIDER, &json!({})).1, &stand.provider);
    stand.waits(&good, &format!("{front}.{}", other.rsplit_once('.').unwrap().1));
    stand.waits(&good, &format!("{}.{signature}", other.rsplit_once('.').unwrap().0));
    stand.waits(&good, &sign(&sbd, &stand.ours));
    stand.waits(&good, "no.jws");
    assert!(stand.poll(channel::DPI).await);
    let mut kept = stand.aside().await;
    kept.sort();
    assert_eq!(
        kept,
        [
            ("aapningskvittering".to_owned(), vec![Code::SignatureInvalid]),
            ("leveringskvittering".to_owned(), vec![Code::SignatureInvalid]),
            ("leveringskvittering".to_owned(), vec![Code::SignerOrgMismatch]),
            ("ukjent".to_owned(), vec![Code::SbdMalformed]),
        ]
    );
    let view = stand.view(&id).await;
    assert_eq!((events(&view), view.summary.status), (vec![], Status::Opprettet));

    // The real one has the id of those that were forged, and counts all the same; none is taken in twice.
    stand.corner.waiting.lock().unwrap().retain(|(_, message)| message == "no.jws");
    stand.waits(&good, &signed);
    assert!(stand.poll(channel::DPI).await);
    assert_eq!(events(&stand.view(&id).await), [(Status::Levert, Some("leveringskvittering"), None)]);
    assert_eq!(stand.aside().await.len(), 4);
    stand.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_organisations_letters_and_channels_prove_nothing() {
    let stand = stand().await;
    let kind = DocumentType::Leveringskvittering;
    // Signed as it should be, by a provider that the letter did not go to.
    let (letter, id) = stand.accepted(OTHER_PROVIDER).await;
    stand.comes(kind, &letter, &json!({}));
    assert!(stand.poll(channel::DPI).await);
    let view = stand.view(&id).await;
    assert_eq!(view.events[1].finding.as_ref().unwrap().code, Code::ReceiptForeign);
    assert_eq!((view.summary.status, view.summary.attention), (Status::Opprettet, true));
    // About no letter of ours.
    stand.comes(kind, &Uuid::new_v4().to_string(), &json!({}));
    assert!(stand.poll(channel::DPI).await);
    assert_eq!(stand.aside().await, [("leveringskvittering".to_owned(), vec![])]);
    // By a way where nobody looks at signatures.
    let (letter, id) = stand.accepted(PROVIDER).await;
    stand.comes(kind, &letter, &json!({}));
    assert!(stand.poll(channel::DPO).await);
    assert_eq!(events(&stand.view(&id).await), []);
    assert_eq!(stand.aside().await[0].1, [Code::SignatureMissing]);
    stand.sandbox.stop().await;
}
