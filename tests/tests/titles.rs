//! Titles that ask for something (`[feil]` and such), by the ways that carry them in the clear: Altinn's inbox, KS
//! SvarUt and digital mailboxes. By DPO they are in `magic.rs`.
#![allow(clippy::unwrap_used)]

use anyhow::Result;
use jiff::Timestamp;
use konvolutt_shared::api::{Direction, MessageView, Status};
use konvolutt_shared::pack::PackDocument;
use konvolutt_shared::sbd::DocumentType;
use konvolutt_tests::Server;
use konvolutt_tests::client::{Client, document};
use konvolutt_tests::inbox::{letter_files, sbd, sealed, transit};
use konvolutt_tests::mail::MAILBOX;
use serde_json::{Value, json};

use Status::{Feil, Lest, Levert, Opprettet, Sendt};

const OURS: &str = "310904007";
const BAKERY: &str = "310900311";
const MUNICIPALITY: &str = "310900214";
const DIGIPOST: &str = "01817010136";
const LETTERS: &str = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";
/// Of the sandbox's half minute, at the tests' speed.
const HALF_A_MINUTE: i128 = 30_000 / 8;

fn pdf() -> PackDocument {
    let content = b"%PDF-1.7\nBrev\n%%EOF\n".to_vec();
    PackDocument { name: "brev.pdf".to_owned(), media_type: "application/pdf".to_owned(), content }
}

fn statuses(view: &MessageView) -> Vec<Status> {
    view.events.iter().map(|event| event.status).collect()
}

/// By how many milliseconds a status came after another.
fn between(view: &MessageView, first: Status, then: Status) -> i128 {
    let at = |status| view.events.iter().find(|event| event.status == status).map(|event| event.at).unwrap();
    let (first, then): (Timestamp, Timestamp) = (at(first), at(then));
    then.duration_since(first).as_millis()
}

async fn to_inbox(client: &Client, title: &str) -> Result<String> {
    let sbd = sbd(OURS, Some(BAKERY), LETTERS, DocumentType::Arkivmelding, json!({ "sikkerhetsnivaa": 3 }))?;
    let files = letter_files(title, &document("brev.txt", "a"), &[]);
    let letter = sealed(client, &sbd, &files, &client.key, &transit(client)?)?;
    Ok(client.send(&letter).await?.summary.id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn altinns_inbox_does_what_a_title_asks() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    for title in ["Brev [feil]", "Brev [virus]"] {
        let view = client.wait_for(&to_inbox(&client, title).await?, Feil).await?;
        assert_eq!(
            (statuses(&view), view.summary.attention),
            (vec![Opprettet, Sendt, Feil], true),
            "{title}: {view:?}"
        );
    }
    let late = to_inbox(&client, "Brev [forsink 30s]").await?;
    // Nobody answers from an inbox: it is read as every other.
    let asked = to_inbox(&client, "Brev [svar]").await?;
    for (id, delayed) in [(asked, false), (late, true)] {
        let view = client.wait_for(&id, Lest).await?;
        assert_eq!(
            (statuses(&view), view.summary.attention),
            (vec![Opprettet, Sendt, Levert, Lest], false),
            "{view:?}"
        );
        // Altinn's own time of publishing, which our learning of it may be later than.
        assert_eq!(between(&view, Opprettet, Levert) >= HALF_A_MINUTE, delayed, "{view:?}");
    }
    assert!(client.list(Direction::In).await?.iter().all(|one| one.party.orgnr != BAKERY));
    Ok(())
}

async fn to_municipality(client: &Client, title: &str) -> Result<(String, String)> {
    let letter = client.seal_titled(MUNICIPALITY, title, &[pdf()]).await?;
    let sent = client.send(&letter).await?.summary;
    Ok((sent.id, sent.conversation_id))
}

/// What municipalities have said to KS.
async fn complaints(client: &Client) -> Result<Vec<String>> {
    let all: Value = client.request(reqwest::Method::GET, "/sandbox/control/shipments").send().await?.json().await?;
    Ok(all.as_array().into_iter().flatten().map(|one| one["complaints"].to_string()).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_municipality_does_what_a_title_asks() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    for (title, words) in [("Brev [feil]", "Tittelen ba om"), ("Brev [virus]", "viruskontroll")] {
        let (id, _) = to_municipality(&client, title).await?;
        let view = client.wait_for(&id, Feil).await?;
        assert!(view.summary.attention && !statuses(&view).contains(&Lest), "{title}: {view:?}");
        assert!(complaints(&client).await?.iter().any(|said| said.contains(words)), "{title}");
    }
    let (late, _) = to_municipality(&client, "Brev [forsink 30s]").await?;
    let (asked, conversation) = to_municipality(&client, "Brev [svar]").await?;
    for (id, delayed) in [(asked, false), (late, true)] {
        let view = client.wait_for(&id, Lest).await?;
        assert!(!view.summary.attention, "{view:?}");
        assert_eq!(between(&view, Sendt, Lest) >= HALF_A_MINUTE, delayed, "{view:?}");
    }
    let answer = client.wait_for_incoming(|one| one.party.orgnr == MUNICIPALITY).await?;
    assert_eq!(answer.summary.conversation_id, conversation);
    assert_eq!(client.open_shipment(&answer).await?.len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_does_what_a_title_asks() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    for (title, last, words) in [
        ("Brev [feil]", Feil, "Tittelen ba om"),
        ("Brev [virus]", Feil, "viruskontroll"),
        ("Brev [svar]", Lest, ""),
        ("Brev [forsink 30s]", Lest, ""),
    ] {
        let to = client.find_person(DIGIPOST, MAILBOX, title).await?;
        let mail = client.seal_mail(&to, &[pdf()]).await?;
        let view = client.wait_for(&client.send_mail(&mail).await?.summary.id, last).await?;
        assert_eq!(view.summary.attention, last == Feil, "{title}: {view:?}");
        assert!(
            view.events.iter().any(|one| one.description.as_deref().unwrap_or_default().contains(words))
                || words.is_empty()
        );
        if last == Lest {
            assert_eq!(between(&view, Sendt, Levert) >= HALF_A_MINUTE, title.contains("forsink"), "{title}: {view:?}");
        }
    }
    Ok(())
}
