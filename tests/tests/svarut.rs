//! Letters to and from municipalities over the built server: KS SvarUt out, SvarInn in.
#![allow(clippy::unwrap_used)]

use anyhow::Result;
use konvolutt_shared::address;
use konvolutt_shared::api::{Direction, MessageView, Problem, RecipientAnswer, ShipmentTypes, Status};
use konvolutt_shared::finding::Code;
use konvolutt_shared::jws;
use konvolutt_shared::pack::PackDocument;
use konvolutt_shared::svarut::{Address, Choices, Level};
use konvolutt_tests::client::{Client, PROCESS, SealedLetter};
use konvolutt_tests::{Server, sha256};
use reqwest::StatusCode;

const OURS: &str = "310904007";
const CLOSED: &str = "310904074";
const SOLVIK: &str = "310900214";
const ANSWERS_SHORT: &str = "310903205";
const ANSWERS_LONG: &str = "310903604";
const LOSES_ANSWERS: &str = "310903221";
const NEVER_TAKES: &str = "310903248";
const HIGH: &str = "310903256";
const REPEATS: &str = "310903264";
const BROKEN: &str = "310903272";
const DOWN: &str = "310903280";
const MARKER: &str = "Dette er hemmelig: 4711-BLÅBÆR";

async fn client(server: &Server) -> Result<Client> {
    Client::sign_in(&server.base(), "siri", OURS).await
}

fn pdf(name: &str, content: &str) -> PackDocument {
    let content = format!("%PDF-1.7\n{content}").into_bytes();
    PackDocument { name: name.to_owned(), media_type: "application/pdf".to_owned(), content }
}

fn digital() -> Choices {
    Choices { digital_only: true, ..Choices::default() }
}

/// What municipalities received under a message id.
async fn received(client: &Client, message_id: &str) -> Result<Vec<serde_json::Value>> {
    let entries = client.mailbox().await?["items"].as_array().cloned().unwrap_or_default();
    Ok(entries.into_iter().filter(|entry| entry["messageId"] == message_id).collect())
}

fn statuses(view: &MessageView) -> Vec<Status> {
    view.events.iter().map(|event| event.status).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_reaches_a_municipality_and_is_read() -> Result<()> {
    let server = Server::start()?;
    let client = client(&server).await?;
    let documents = [pdf("Brev – prøve.pdf", MARKER), pdf("Vedlegg æøå.pdf", &"x".repeat(300_000))];
    let types = client.request(reqwest::Method::GET, "/api/v1/shipment-types").send().await?;
    let types: ShipmentTypes = types.json().await?;
    assert!(types.types.iter().any(|one| one == "Byggesøknad"), "{types:?}");
    let choices = Choices { shipment_type: "Byggesøknad".to_owned(), ..digital() };
    let letter = client.seal_shipment(SOLVIK, &documents, choices, "2025/9").await?;
    let sent = client.send(&letter).await?;
    assert_eq!(sent.summary.channel, "DPF");
    let view = client.wait_for(&sent.summary.id, Status::Lest).await?;
    // SvarUt tells the latest only: what lay between may have passed before it was asked.
    for status in [Status::Opprettet, Status::Sendt, Status::Lest] {
        assert_eq!(statuses(&view).iter().filter(|one| **one == status).count(), 1, "{status:?}: {view:?}");
    }
    assert!(!view.summary.attention, "{view:?}");
    let entries = received(&client, &letter.message_id).await?;
    assert_eq!(entries.len(), 1);
    assert_eq!((&entries[0]["verdict"], &entries[0]["sender"]), (&"ok".into(), &OURS.into()));
    for (entry, document) in entries[0]["documents"].as_array().unwrap().iter().zip(&documents) {
        assert_eq!(
            (entry["name"].as_str(), entry["sha256"].as_str()),
            (Some(&*document.name), Some(&*sha256(&document.content)))
        );
    }
    // The list tells the channel, too, and nothing that is stored or logged holds the text.
    assert_eq!(client.list(Direction::Out).await?[0].channel, "DPF");
    assert!(!server.holds(MARKER)?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_makes_one_shipment_and_a_stop_costs_time_only() -> Result<()> {
    let server = Server::start()?;
    let client = client(&server).await?;
    for recipient in [LOSES_ANSWERS, DOWN] {
        let letter = client.seal_shipment(recipient, &[pdf("brev.pdf", "a")], digital(), "").await?;
        let sent = client.send(&letter).await?;
        let view = client.wait_for(&sent.summary.id, Status::Lest).await?;
        assert_eq!(statuses(&view).iter().filter(|one| **one == Status::Sendt).count(), 1, "{recipient}: {view:?}");
        assert!(view.events.iter().any(|event| event.finding.is_some()), "{recipient}: the delay is told");
        assert_eq!(received(&client, &letter.message_id).await?.len(), 1, "{recipient}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_municipality_never_takes_has_failed() -> Result<()> {
    let server = Server::start()?;
    let client = client(&server).await?;
    let letter = client.seal_shipment(NEVER_TAKES, &[pdf("brev.pdf", "a")], digital(), "").await?;
    let view = client.wait_for(&client.send(&letter).await?.summary.id, Status::Feil).await?;
    assert!(view.summary.attention, "somebody must act: {view:?}");
    // It may be printed, and is not where nobody has said where that goes.
    let claims = client.shipment_claims(NEVER_TAKES, &[pdf("brev.pdf", "a")], Choices::default(), "").await?;
    let (mut claims, package, message_id) = claims;
    claims.svarut.as_mut().unwrap().recipient.address = None;
    let letter = SealedLetter { message_id, envelope: client.sign(&claims)?, package };
    client.wait_for(&client.send(&letter).await?.summary.id, Status::Feil).await?;
    let recipient_address = Some(Address {
        lines: vec!["Prøveveien 1".to_owned()],
        postal_code: "0001".to_owned(),
        place: "SOLVIK".to_owned(),
        country: String::new(),
    });
    let choices = Choices { recipient_address, ..Choices::default() };
    let letter = client.seal_shipment(NEVER_TAKES, &[pdf("brev.pdf", "a")], choices, "").await?;
    let view = client.wait_for(&client.send(&letter).await?.summary.id, Status::Levert).await?;
    assert!(!statuses(&view).contains(&Status::Feil), "{view:?}");
    // What KS stops never arrives: here a document that holds the malware scanners' test text.
    let infected = ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"].concat();
    let letter = client.seal_shipment(SOLVIK, &[pdf("brev.pdf", &infected)], digital(), "").await?;
    client.wait_for(&client.send(&letter).await?.summary.id, Status::Feil).await?;
    assert!(received(&client, &letter.message_id).await?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_come_as_one_document_or_as_a_zip_into_the_same_conversation() -> Result<()> {
    let server = Server::start()?;
    let client = client(&server).await?;
    for (recipient, documents) in [(ANSWERS_SHORT, 1), (ANSWERS_LONG, 2)] {
        let letter = client.seal_shipment(recipient, &[pdf("brev.pdf", "a")], digital(), "").await?;
        let sent = client.send(&letter).await?;
        let answer = client.wait_for_incoming(|message| message.party.orgnr == recipient).await?;
        assert_eq!(answer.summary.channel, "DPF");
        assert_eq!(answer.summary.conversation_id, sent.summary.conversation_id, "{recipient}");
        assert_eq!(answer.summary.status, Status::InnkommendeMottatt);
        assert!(answer.findings.is_empty(), "{:?}", answer.findings);
        let opened = client.open_shipment(&answer).await?;
        assert_eq!(opened.len(), documents);
        assert!(opened.iter().all(|one| one.content.starts_with(b"%PDF") && one.media_type == "application/pdf"));
        assert_eq!(answer.received().unwrap().content_type == "application/zip", documents > 1);
        // And it can be answered: the municipality sees which shipment of its own is meant.
        let shipment = answer.received().unwrap().id.to_string();
        let reply = client.seal_shipment(recipient, &[pdf("svar.pdf", "b")], digital(), &shipment).await?;
        let view = client.wait_for(&client.send(&reply).await?.summary.id, Status::Lest).await?;
        assert_eq!(view.details.unwrap()["shipment"]["replyTo"], shipment);
    }
    Ok(())
}

/// It waited for the recipient's archive, which will not have it: what became of it since is told in KS's own words.
#[tokio::test(flavor = "multi_thread")]
async fn what_ks_puts_on_paper_is_told() -> Result<()> {
    let server = Server::start()?;
    let client = client(&server).await?;
    let letter = client.seal_shipment(NEVER_TAKES, &[pdf("brev.pdf", "a")], Choices::default(), "").await?;
    let id = client.send(&letter).await?.summary.id;
    let says = |view: &MessageView, word: &str| view.events.iter().any(|one| one.description.as_deref() == Some(word));
    let view = client.wait_until(&id, |view| says(view, "PRINTET")).await?;
    // SvarUt tells the latest only.
    let told =
        |word: &str| view.events.iter().find(|one| one.description.as_deref() == Some(word)).map(|one| one.status);
    assert_eq!(told("PRINTET"), Some(Status::Levert));
    assert!(matches!(told("SENDT_PRINT"), None | Some(Status::Annet)), "{view:?}");
    assert_eq!(view.summary.status, Status::Levert);
    assert!(!view.summary.attention, "{view:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_twice_broken_or_astray_is_taken_once_or_sent_back() -> Result<()> {
    let server = Server::start()?;
    let client = client(&server).await?;
    // Its receipt is not heard: it is listed again, and taken in once.
    client.let_write(REPEATS, "good").await?;
    // Cut off when it is fetched first; whole the next time.
    client.let_write(BROKEN, "short").await?;
    for sender in [REPEATS, BROKEN] {
        let view = client.wait_for_incoming(|message| message.party.orgnr == sender).await?;
        assert!(!client.open_shipment(&view).await?.is_empty(), "{sender}");
    }
    // For an organisation that nobody acts for any more: sent back for good, and its sender is told.
    let order = serde_json::json!({ "from": SOLVIK, "to": CLOSED, "kind": "good" });
    let request = client.request(reqwest::Method::POST, "/sandbox/control/write").json(&order);
    assert!(request.send().await?.status().is_success());
    let gone = async || -> Result<bool> {
        let list = client.request(reqwest::Method::GET, "/sandbox/control/shipments").send().await?;
        let list: Vec<serde_json::Value> = list.json().await?;
        Ok(list.iter().any(|one| one["recipient"] == CLOSED && one["status"] == "IKKE_LEVERT"))
    };
    for _ in 0..600 {
        if gone().await? {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(gone().await?);
    let incoming = client.list(Direction::In).await?;
    for sender in [REPEATS, BROKEN] {
        assert_eq!(incoming.iter().filter(|message| message.party.orgnr == sender).count(), 1, "{sender}");
    }
    assert!(incoming.iter().all(|message| message.party.orgnr != SOLVIK), "what is for others is not kept");
    let shipments = client.request(reqwest::Method::GET, "/sandbox/control/shipments").send().await?;
    let shipments: Vec<serde_json::Value> = shipments.json().await?;
    let complaints = |sender: &str| {
        let one = shipments.iter().find(|one| one["sender"] == sender).unwrap();
        one["complaints"].as_array().unwrap().len()
    };
    assert_eq!((complaints(REPEATS), complaints(BROKEN), complaints(SOLVIK)), (0, 1, 1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_and_metadata_are_held_against_the_signature() -> Result<()> {
    let server = Server::start()?;
    let client = client(&server).await?;
    let documents = [pdf("a.pdf", "1"), pdf("b.pdf", "2")];
    let (claims, package, _) = client.shipment_claims(SOLVIK, &documents, digital(), "").await?;
    let code = async |envelope: String, package: &[u8]| -> Result<(StatusCode, Option<Code>)> {
        let upload = client.upload(package).await?;
        let answer = client.submit(&envelope, &upload).await?;
        let status = answer.status();
        Ok((status, answer.json::<Problem>().await.ok().map(|problem| problem.code)))
    };
    let refused = |code| (StatusCode::UNPROCESSABLE_ENTITY, Some(code));
    // The whole is the signed one; what lies in it is not cut where the parts say.
    let mut moved = claims.clone();
    moved.package.parts[0].size += 1;
    moved.package.parts[1].size -= 1;
    assert_eq!(code(client.sign(&moved)?, &package).await?, refused(Code::EnvelopePackage));
    let mut swapped = claims.clone();
    swapped.package.parts.swap(0, 1);
    assert_eq!(code(client.sign(&swapped)?, &package).await?, refused(Code::EnvelopePackage));
    let mut without = claims.clone();
    without.svarut = None;
    assert_eq!(code(client.sign(&without)?, &package).await?, refused(Code::ShipmentInvalid));
    let mut elsewhere = claims.clone();
    elsewhere.svarut.as_mut().unwrap().recipient.organisation = HIGH.to_owned();
    assert_eq!(code(client.sign(&elsewhere)?, &package).await?, refused(Code::ShipmentInvalid));
    assert_eq!(code(client.sign(&claims)?, &package).await?.0, StatusCode::CREATED);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_security_level_is_the_recipients_or_lower() -> Result<()> {
    let server = Server::start()?;
    let client = client(&server).await?;
    let high = Choices { security_level: Level::High, ..digital() };
    let refused = client.seal_shipment(SOLVIK, &[pdf("a.pdf", "1")], high.clone(), "").await.unwrap_err();
    assert!(refused.to_string().contains("ShipmentInvalid"), "{refused}");
    let letter = client.seal_shipment(HIGH, &[pdf("a.pdf", "1")], high, "").await?;
    client.wait_for(&client.send(&letter).await?.summary.id, Status::Lest).await?;
    Ok(())
}

/// Which way the registry tells of depends on the level that the letter must have.
#[tokio::test(flavor = "multi_thread")]
async fn the_registry_is_asked_at_the_letters_level() -> Result<()> {
    let server = Server::start()?;
    let client = client(&server).await?;
    let ask = async |recipient: &str, level: Option<u8>| -> Result<reqwest::Response> {
        let body = serde_json::json!({ "identifier": recipient, "process": PROCESS, "securityLevel": level });
        Ok(client.request(reqwest::Method::POST, "/api/v1/recipients/lookup").json(&body).send().await?)
    };
    for (recipient, level, wanted) in [
        (HIGH, None, Ok("DPF")),
        (HIGH, Some(4), Ok("DPF")),
        (HIGH, Some(3), Ok("DPV")),
        (SOLVIK, Some(3), Ok("DPF")),
        (SOLVIK, Some(4), Err(Code::RecipientNoProcess)),
        (SOLVIK, Some(5), Err(Code::RequestInvalid)),
    ] {
        let answer = ask(recipient, level).await?;
        let told = if answer.status() == StatusCode::OK {
            let answer = answer.json::<RecipientAnswer>().await?.registry_answer;
            address::verify_registry_answer(&answer, &client.trust.registry_keys)?;
            let payload: serde_json::Value = serde_json::from_slice(&jws::parse(&answer)?.payload)?;
            Ok(payload["serviceRecords"][0]["service"]["identifier"].as_str().unwrap_or_default().to_owned())
        } else {
            Err(answer.json::<Problem>().await?.code)
        };
        assert_eq!(told, wanted.map(str::to_owned), "{recipient} {level:?}");
    }
    Ok(())
}
