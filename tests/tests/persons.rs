//! The sandbox's people, each by its row (`relay/sandbox/src/seed/resident.rs`): how the registry has them reached, and
//! what a letter's history says in the end. Those who answer as everybody does are in `dpi.rs`.
#![allow(clippy::unwrap_used)]

use anyhow::{Result, ensure};
use konvolutt_shared::api::{Contact, ContactStatus, MessageView, Problem, RecipientAnswer, Source, Status};
use konvolutt_shared::finding::Code;
use konvolutt_shared::jws;
use konvolutt_shared::pack::PackDocument;
use konvolutt_tests::Server;
use konvolutt_tests::client::{Client, document};
use konvolutt_tests::mail::{DECISION, MAILBOX, PAPER};
use reqwest::{Method, Response};
use serde_json::{Value, json};

const OURS: &str = "310904007";
const OPENS: &str = "07817010746";
const NOT_NOTIFIABLE: &str = "05817010506";
const NEVER_OPENS: &str = "08817010866";
const DECEASED: &str = "10817011042";
const MINOR: &str = "11817011162";
const BLOCKED: &str = "12817011282";
const NO_EQUAL_NAMES: &str = "14817011412";
const ONLY_PDF: &str = "15817011532";
const NYNORSK: &str = "16817011652";
const NORTH_SAMI: &str = "17817011772";
const FAILS_ONCE: &str = "19817011902";
/// Of the published mocks; the second has wrong check digits.
const MOCKS: [&str; 2] = ["06068700602", "10068700602"];
const MOCK_ORGANISATIONS: [&str; 2] = ["810074582", "910075918"];

const DELIVERED: (Status, &str) = (Status::Levert, "leveringskvittering");
const PRINTED: (Status, &str) = (Status::Levert, "mottakskvittering");
const FAILED: (Status, &str) = (Status::Feil, "feil");

fn pdf(name: &str) -> PackDocument {
    let content = b"%PDF-1.7\nBrev\n%%EOF\n".to_vec();
    PackDocument { name: name.to_owned(), media_type: "application/pdf".to_owned(), content }
}

async fn send(client: &Client, number: &str, standard: &str, documents: &[PackDocument]) -> Result<String> {
    let to = client.find_person(number, standard, "Vedtak").await?;
    let mail = client.seal_mail(&to, documents).await?;
    Ok(client.send_mail(&mail).await?.summary.id)
}

/// Whom to write to, how, what, the last receipt, and a word that the history tells.
type Row = (&'static str, &'static str, Vec<PackDocument>, (Status, &'static str), &'static str);

/// What mailbox or print provider have said.
fn told(view: &MessageView) -> Vec<(Status, &str)> {
    let receipts = view.events.iter().filter(|event| event.source == Source::Mailbox);
    receipts.filter_map(|event| Some((event.status, event.receipt.as_deref()?))).collect()
}

async fn look_up(client: &Client, number: &str) -> Result<Response> {
    let lookup = client.request(Method::POST, "/api/v1/recipients/lookup");
    Ok(lookup.json(&json!({ "identifier": number, "process": DECISION })).send().await?)
}

/// What the registry says of a person, its signature taken for granted.
async fn registered(client: &Client, number: &str) -> Result<Value> {
    let answer: RecipientAnswer = look_up(client, number).await?.error_for_status()?.json().await?;
    Ok(serde_json::from_slice(&jws::parse(&answer.registry_answer)?.payload)?)
}

async fn contact(client: &Client, number: &str) -> Result<Contact> {
    let ask = client.request(Method::POST, "/api/v1/recipients/contact").json(&json!({ "identifier": number }));
    Ok(ask.send().await?.error_for_status()?.json().await?)
}

/// Document types, in the registry's order.
fn ways(answer: &Value) -> Vec<&str> {
    let records = answer["serviceRecords"].as_array().into_iter().flatten();
    records.filter_map(|record| record["documentTypes"][0].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_is_reached_as_their_row_says() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    for (number, wanted, language) in [
        (NOT_NOTIFIABLE, &[PAPER][..], "nb"),
        (NEVER_OPENS, &[MAILBOX, PAPER], "nb"),
        (MINOR, &[PAPER], "nb"),
        (BLOCKED, &[MAILBOX], "nb"),
        (NYNORSK, &[MAILBOX, PAPER], "nn"),
        (NORTH_SAMI, &[MAILBOX, PAPER], "se"),
        (MOCKS[0], &[MAILBOX, PAPER], "nb"),
        (MOCKS[1], &[PAPER], "nb"),
    ] {
        let answer = registered(&client, number).await?;
        assert_eq!(ways(&answer), wanted, "{answer}");
        assert_eq!(answer["serviceRecords"][0]["spraak"], language, "{answer}");
        let contact = contact(&client, number).await?;
        let known = contact.status == ContactStatus::Active;
        assert_eq!(contact.language.as_deref(), known.then_some(language), "{contact:?}");
        assert_eq!(contact.notifiable, !matches!(number, NOT_NOTIFIABLE | MINOR) && number != MOCKS[1], "{contact:?}");
    }
    // Nothing tells where somebody lives whose address is blocked, nor what they are called.
    let blocked = registered(&client, BLOCKED).await?.to_string();
    for hidden in ["postAddress", "Prøveveien", "adressesperre"] {
        assert!(!blocked.contains(hidden), "{blocked}");
    }
    let refused: Problem = look_up(&client, DECEASED).await?.json().await?;
    assert_eq!((refused.status, refused.code), (404, Code::RecipientUnknown));
    assert_eq!(contact(&client, DECEASED).await?.status, ContactStatus::Deleted);
    assert_eq!(contact(&client, MINOR).await?.status, ContactStatus::NotRegistered);
    // Whoever has the mocks' number but for its last digit is nobody.
    let refused: Problem = look_up(&client, "10068700603").await?.json().await?;
    assert_eq!(refused.code, Code::PersonIdInvalid);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_end_as_the_row_of_their_reader_says() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let unread = send(&client, NEVER_OPENS, MAILBOX, &[pdf("brev.pdf")]).await?;
    let rows: [Row; 11] = [
        (NOT_NOTIFIABLE, PAPER, vec![pdf("brev.pdf")], PRINTED, ""),
        (MINOR, PAPER, vec![pdf("brev.pdf")], PRINTED, ""),
        (BLOCKED, MAILBOX, vec![pdf("brev.pdf")], DELIVERED, ""),
        (NO_EQUAL_NAMES, MAILBOX, vec![pdf("brev.pdf"), pdf("Brev.pdf")], FAILED, "KLIENT: SBD:5023"),
        (NO_EQUAL_NAMES, MAILBOX, vec![pdf("brev.pdf"), pdf("vedlegg.pdf")], DELIVERED, ""),
        (ONLY_PDF, MAILBOX, vec![pdf("brev.pdf"), document("b.txt", "x")], FAILED, "KLIENT: Filtypen"),
        (ONLY_PDF, MAILBOX, vec![pdf("brev.pdf")], DELIVERED, ""),
        (NYNORSK, MAILBOX, vec![pdf("brev.pdf")], DELIVERED, ""),
        (NORTH_SAMI, MAILBOX, vec![pdf("brev.pdf")], DELIVERED, ""),
        (MOCKS[0], MAILBOX, vec![pdf("brev.pdf")], DELIVERED, ""),
        (MOCKS[1], PAPER, vec![pdf("brev.pdf")], PRINTED, ""),
    ];
    let mut under_way = Vec::new();
    for (number, standard, documents, last, words) in &rows {
        under_way.push((send(&client, number, standard, documents).await?, number, last, words));
    }
    for (id, number, last, words) in &under_way {
        let view = client.wait_for(id, last.0).await?;
        assert_eq!(told(&view), [**last], "{number}: {view:?}");
        assert_eq!((view.summary.status, view.summary.attention), (last.0, last.0 == Status::Feil), "{number}");
        let said = view.events.iter().filter_map(|event| event.description.as_deref()).collect::<Vec<_>>().join("\n");
        assert!(said.contains(**words), "{number}: {said}");
    }
    // Whoever opens everything has opened a letter that was sent later.
    let read = send(&client, OPENS, MAILBOX, &[pdf("brev.pdf")]).await?;
    client.wait_for(&read, Status::Lest).await?;
    assert_eq!(told(&client.message(&unread).await?), [DELIVERED], "never opened");
    Ok(())
}

/// The provider failed and not the letter: the same one, sent anew, is delivered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_failed_takes_the_next_one() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let first = send(&client, FAILS_ONCE, MAILBOX, &[pdf("brev.pdf")]).await?;
    let view = client.wait_for(&first, Status::Feil).await?;
    let said =
        view.events.iter().find(|event| event.status == Status::Feil).and_then(|event| event.description.clone());
    assert!(said.is_some_and(|said| said.starts_with("SERVER")) && view.summary.attention, "{view:?}");
    let second = send(&client, FAILS_ONCE, MAILBOX, &[pdf("brev.pdf")]).await?;
    let view = client.wait_for(&second, Status::Levert).await?;
    assert!(told(&view) == [DELIVERED] && !view.summary.attention, "{view:?}");
    Ok(())
}

/// Tests that were made for the published mocks run here, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_published_mocks_organisations_take_letters() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    for number in MOCK_ORGANISATIONS {
        let letter = client.seal(number, &[document("brev.txt", "a")]).await?;
        let view = client.wait_for(&client.send(&letter).await?.summary.id, Status::Levert).await?;
        ensure!(view.summary.party.orgnr == number && view.summary.channel == "DPO", "{view:?}");
    }
    Ok(())
}
