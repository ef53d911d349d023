//! What comes and goes over the broker besides plain letters: agreed messages, receipts of archives, late and broken
//! ones, and more than the broker lists at a time.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use konvolutt_shared::api::{Direction, MessageView, Problem, Session, Status};
use konvolutt_shared::finding::Code;
use konvolutt_shared::sbd::DocumentType;
use konvolutt_tests::Server;
use konvolutt_tests::client::{Client, SealedLetter, document};
use konvolutt_tests::inbox::sbd;
use konvolutt_tests::server::How;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const OURS: &str = "310904007";
const SOLVIK: &str = "310900117";

async fn receipt(client: &Client, view: &MessageView, body: &Value) -> Result<reqwest::Response> {
    let path = format!("/api/v1/messages/{}/receipt", view.summary.id);
    Ok(client.request(Method::POST, &path).json(body).send().await?)
}

/// What a counterpart received about a message of a type.
async fn received(client: &Client, kind: &str, conversation: &str) -> Result<usize> {
    let entries = client.mailbox().await?["items"].as_array().cloned().unwrap_or_default();
    let fits = |entry: &&Value| entry["documentType"] == kind && entry["conversationId"] == conversation;
    Ok(entries.iter().filter(fits).count())
}

async fn wait_received(client: &Client, kind: &str, conversation: &str) -> Result<()> {
    for _ in 0..600 {
        if received(client, kind, conversation).await? > 0 {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    anyhow::bail!("no {kind} came")
}

/// The next message that comes after an order to the counterpart.
async fn next(client: &Client, kind: &str) -> Result<MessageView> {
    let before: BTreeSet<String> = client.list(Direction::In).await?.into_iter().map(|message| message.id).collect();
    client.let_write(SOLVIK, kind).await?;
    client.wait_for_incoming(|message| !before.contains(&message.id)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_over_the_broker_is_kept_and_told_as_what_it_is() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    client.wait_for_incoming(|message| message.party.orgnr == SOLVIK).await?;

    // Agreed upon, and without a package: nothing is missing.
    let agreed = next(&client, "avtalt").await?;
    assert_eq!((agreed.summary.document_type.as_str(), agreed.has_package), ("avtalt", false));
    assert!(agreed.findings.is_empty() && !agreed.summary.attention, "{agreed:?}");
    assert!(agreed.sbd.contains("Avtalt innhold fra sandkassen."));
    wait_received(&client, "status", &agreed.summary.conversation_id).await?;
    let refused = receipt(&client, &agreed, &json!({ "receiptType": "OK" })).await?;
    assert_eq!(refused.json::<Problem>().await?.code, Code::RequestInvalid, "no letter");

    // Late, and still taken in: the reference drops it.
    let late = next(&client, "expired").await?;
    assert!(late.findings.iter().any(|finding| finding.code == Code::SbdExpired), "{late:?}");
    client.open(&late).await?;

    // Broken: kept, shown, and nobody is told that it arrived.
    let broken = next(&client, "bad-sbd").await?;
    assert!(broken.summary.attention && !broken.findings.is_empty());
    assert!(broken.sbd.contains("\"ukjent\""), "kept as it came");
    let refused = receipt(&client, &broken, &json!({ "receiptType": "OK" })).await?;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);

    // A receipt about nothing of ours: kept, with the reason, and it changes nothing.
    let stray = next(&client, "stray-receipt").await?;
    assert_eq!(stray.summary.document_type, "status");
    assert!(stray.findings.iter().any(|finding| finding.code == Code::ReceiptForeign), "{stray:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_agreed_upon_goes_out_like_a_letter() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let business = json!({ "identifier": "prøvemelding", "content": { "melding": "Avtalt innhold fra oss." } });
    let process = "urn:no:difi:profile:avtalt:avtalt:ver1.0";
    let agreed = sbd(OURS, Some(SOLVIK), process, DocumentType::Avtalt, business)?;
    let letter = client.seal(SOLVIK, &[document("avtalt.txt", "avtalt")]).await?;
    let envelope = client.envelope(&agreed, &letter.package)?;
    let message_id = agreed.message_id().unwrap().to_string();
    let sent = client.send(&SealedLetter { message_id, envelope, ..letter }).await?;
    assert_eq!((sent.summary.document_type.as_str(), sent.summary.process.as_str()), ("avtalt", process));
    client.wait_for(&sent.summary.id, Status::Levert).await?;
    assert_eq!(received(&client, "avtalt", &sent.summary.conversation_id).await?, 1, "once");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_can_tell_what_it_made_of_a_letter() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let letter = client.wait_for_incoming(|message| message.party.orgnr == SOLVIK).await?;
    let warning = json!({ "receiptType": "WARNING", "messages": [{ "code": "A1", "text": "Vedlegg 2 mangler." }] });
    for _ in 0..2 {
        assert_eq!(receipt(&client, &letter, &warning).await?.status(), StatusCode::NO_CONTENT);
    }
    wait_received(&client, "arkivmelding_kvittering", &letter.summary.conversation_id).await?;
    assert_eq!(receipt(&client, &letter, &json!({ "receiptType": "OK" })).await?.status(), StatusCode::NO_CONTENT);
    for _ in 0..600 {
        if received(&client, "arkivmelding_kvittering", &letter.summary.conversation_id).await? == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(received(&client, "arkivmelding_kvittering", &letter.summary.conversation_id).await?, 2, "once each");
    let view = client.message(&letter.summary.id).await?;
    let told: Vec<_> = view.events.iter().filter_map(|event| event.receipt.as_deref()).collect();
    assert_eq!(told, ["WARNING", "OK"]);
    assert!(!view.summary.attention);

    for nonsense in [json!({ "receiptType": "PERHAPS" }), json!({}), json!({ "receiptType": "OK", "more": 1 })] {
        assert!(receipt(&client, &letter, &nonsense).await?.status().is_client_error(), "{nonsense}");
    }
    let long = json!({ "receiptType": "OK", "messages": [{ "code": "x".repeat(101), "text": "" }] });
    assert_eq!(receipt(&client, &letter, &long).await?.status(), StatusCode::BAD_REQUEST);
    // One of our own is not answered.
    let sent = client.send(&client.seal(SOLVIK, &[document("brev.txt", "a")]).await?).await?;
    assert_eq!(receipt(&client, &sent, &json!({ "receiptType": "OK" })).await?.status(), StatusCode::BAD_REQUEST);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_the_broker_lists_at_a_time_comes_in_once() -> Result<()> {
    const MANY: usize = 260;
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    client.wait_for_incoming(|message| message.party.orgnr == SOLVIK).await?;
    // Nothing is listed for us until everything waits.
    let closed = json!({
        "service": "broker", "method": "GET", "path": "/filetransfer", "fault": "unavailable", "tenant": OURS,
    });
    let answer = client.request(Method::PUT, "/sandbox/control/faults").json(&closed).send().await?;
    ensure!(answer.status() == StatusCode::CREATED, "{}", answer.status());
    let order = json!({ "from": SOLVIK, "to": OURS, "kind": "avtalt", "times": MANY });
    let answer = client.request(Method::POST, "/sandbox/control/write").json(&order).send().await?;
    ensure!(answer.status().is_success(), "control: {}", answer.status());
    while client.request(Method::GET, "/sandbox/control/write").send().await?.json::<Value>().await?["left"] != 0 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let answer = client.request(Method::DELETE, "/sandbox/control/faults").send().await?;
    ensure!(answer.status() == StatusCode::NO_CONTENT, "{}", answer.status());
    let mut seen = BTreeSet::new();
    let mut cursor = String::new();
    for _ in 0..1_200 {
        let path = format!("/api/v1/messages?direction=in&organisation={OURS}{cursor}");
        let page: Value = client.request(Method::GET, &path).send().await?.json().await?;
        let agreed = page["items"].as_array().into_iter().flatten().filter(|one| one["documentType"] == "avtalt");
        for one in agreed {
            ensure!(one["status"] == "INNKOMMENDE_MOTTATT", "{one}");
            seen.insert((one["id"].as_str().unwrap().to_owned(), one["messageId"].as_str().unwrap().to_owned()));
        }
        cursor = page["next"].as_str().map(|next| format!("&cursor={next}")).unwrap_or_default();
        if cursor.is_empty() && seen.len() >= MANY {
            break;
        }
        if cursor.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }
    let messages: BTreeSet<_> = seen.iter().map(|(_, message)| message).collect();
    assert_eq!((seen.len(), messages.len()), (MANY, MANY), "every one, once");
    Ok(())
}

/// One relay without a message channel, as an Integrasjonspunkt would be, and one with, for the same organisation.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_installations_of_one_organisation_take_each_what_is_its_own() -> Result<()> {
    let plain = Server::start_on_files()?;
    let data = plain.data().to_string_lossy().into_owned();
    let channels = format!("[{{orgnr = '{OURS}', name = 'konvolutt'}}]");
    let how = How::default().with(&["--join", &data]).with_environment(&[("KONVOLUTT_MESSAGE_CHANNELS", &channels)]);
    let on_channel = Server::start_as(how)?;
    let theirs = Client::sign_in(&plain.base(), "siri", OURS).await?;
    let ours = Client::sign_in(&on_channel.base(), "siri", OURS).await?;
    let session: Session = ours.request(Method::GET, "/api/v1/session").send().await?.json().await?;
    let told: Vec<_> = session.message_channels.iter().map(|one| (&*one.organisation, one.channel.as_str())).collect();
    assert_eq!(told, [(OURS, "konvolutt")]);

    // What answers would not find back from is refused before anything is kept.
    let letter = ours.seal(SOLVIK, &[document("brev.txt", "Hei")]).await?;
    let upload = ours.upload(&letter.package).await?;
    let other = ours.on_channel(letter.clone(), "Konvolutt")?;
    for (envelope, code) in [(&letter.envelope, Code::SbdFieldMissing), (&other.envelope, Code::SbdFieldInvalid)] {
        let refused = ours.submit(envelope, &upload).await?;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let problem: Problem = refused.json().await?;
        assert_eq!(problem.code, code);
        assert!(problem.detail.contains("MessageChannel must be konvolutt"));
    }

    // Each side's letter is answered to itself: the broker shows both relays every transfer to the organisation.
    let sent = ours.send(&ours.on_channel(letter, "konvolutt")?).await?;
    let plainly = theirs.send(&theirs.seal(SOLVIK, &[document("brev.txt", "Hei")]).await?).await?;
    ours.wait_for(&sent.summary.id, Status::Levert).await?;
    theirs.wait_for(&plainly.summary.id, Status::Levert).await?;
    // Letters of others come to the relay without a channel.
    theirs.wait_for_incoming(|message| message.party.orgnr == SOLVIK).await?;
    assert_eq!(ours.list(Direction::In).await?, []);
    Ok(())
}
