//! The main job over HTTP against the built server: a letter out, its receipts and its answer in, and what must
//! never happen on the way.
#![allow(clippy::unwrap_used)]

use anyhow::Result;
use konvolutt_relay::store::Upkeep as _;
use konvolutt_shared::api::{Direction, Problem, Status};
use konvolutt_shared::container::VerifiedDocument;
use konvolutt_shared::envelope::{EnvelopeClaims, PackageClaim};
use konvolutt_shared::finding::Code;
use konvolutt_tests::client::{Client, document, statuses};
use konvolutt_tests::{Server, holding, sha256};
use reqwest::{Method, StatusCode};
use uuid::Uuid;

const OURS: &str = "310904007";
const THEIRS: &str = "310904015";
const SOLVIK: &str = "310900117";
const SVARETATEN: &str = "310900419";
const MARKER: &str = "Dette er hemmelig: 4711-BLÅBÆR";

async fn client(server: &Server) -> Result<Client> {
    Client::sign_in(&server.base(), "siri", OURS).await
}

/// How many packages a counterpart received with this message id, and the digests of one document.
fn received(mailbox: &serde_json::Value, message_id: &str) -> Vec<serde_json::Value> {
    let entries = mailbox["items"].as_array().cloned().unwrap_or_default();
    entries
        .into_iter()
        .filter(|entry| entry["messageId"] == message_id && entry["documentType"] == "arkivmelding")
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_delivered_read_and_answered() -> Result<()> {
    let server = Server::start()?;
    let client = client(&server).await?;
    let content = format!("%PDF-1.4\n{MARKER}\n");
    let letter =
        client.seal(SVARETATEN, &[document("brev.txt", &content), document("Søknad – vedlegg æøå.txt", "b")]).await?;
    let sent = client.send(&letter).await?;
    client.wait_for(&sent.summary.id, Status::Lest).await?;
    let view = client.wait_for(&sent.summary.id, Status::Sendt).await?;
    assert_eq!(statuses(&view), [Status::Opprettet, Status::Sendt, Status::Mottatt, Status::Levert, Status::Lest]);

    let received = received(&client.mailbox().await?, &letter.message_id);
    assert_eq!(received.len(), 1, "delivered exactly once");
    assert!(received[0].to_string().contains(&sha256(content.as_bytes())), "the same bytes: {}", received[0]);

    let conversation = view.summary.conversation_id;
    let reply = client.wait_for_incoming(|message| message.conversation_id == conversation).await?;
    assert_eq!(reply.findings, [], "nothing is wrong with a good answer");
    assert!(!reply.summary.attention && reply.summary.unread);
    assert_eq!(reply.summary.party.name, "Svaretaten");
    let (opened, content) = client.open(&reply).await?;
    assert_eq!(opened.signer().organisation.as_deref(), Some(SVARETATEN));
    let is_pdf = |document: &&VerifiedDocument| content.content(document).starts_with(b"%PDF-");
    assert!(opened.documents().iter().filter(is_pdf).count() >= 2);

    // A person takes it over; the sender learns it once.
    for _ in 0..2 {
        let path = format!("/api/v1/messages/{}/acknowledge", reply.summary.id);
        assert_eq!(client.request(Method::POST, &path).send().await?.status(), StatusCode::NO_CONTENT);
    }
    let taken = client.wait_for(&reply.summary.id, Status::InnkommendeLevert).await?;
    assert_eq!(taken.events.iter().filter(|event| event.status == Status::InnkommendeLevert).count(), 1);

    // Neither relay nor sandbox ever wrote what was in it.
    let hits = holding(&server.data(), MARKER.as_bytes())?;
    assert!(hits.is_empty(), "{hits:?}");
    assert!(!server.log()?.contains(MARKER));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_the_middle_loses_and_repeats_nothing() -> Result<()> {
    let mut server = Server::start()?;
    let first = client(&server).await?;
    let letter = first.seal(SOLVIK, &[document("brev.txt", &"x".repeat(200_000))]).await?;
    let half = letter.package.len() / 2;
    let upload = first.begin_upload(letter.package.len()).await?;
    assert_eq!(first.append(&upload, 0, &letter.package[..half]).await?.status(), StatusCode::NO_CONTENT);

    server.cut_power_and_start_again()?;
    // The session survives, and so does what was uploaded.
    assert_eq!(first.offset(&upload).await?, half);
    let wrong = first.append(&upload, half - 1, b"x").await?;
    assert_eq!(wrong.status(), StatusCode::CONFLICT);
    assert_eq!(first.append(&upload, half, &letter.package[half..]).await?.status(), StatusCode::NO_CONTENT);
    let accepted = first.submit(&letter.envelope, &upload).await?;
    assert_eq!(accepted.status(), StatusCode::CREATED);
    let id = accepted.json::<konvolutt_shared::api::MessageView>().await?.summary.id;

    // Killed at once: it may be anywhere in the delivery.
    server.cut_power_and_start_again()?;
    first.wait_for(&id, Status::Levert).await?;
    let view = first.wait_for(&id, Status::Sendt).await?;
    assert_eq!(view.events.iter().filter(|event| event.status == Status::Sendt).count(), 1);
    assert_eq!(received(&first.mailbox().await?, &letter.message_id).len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_envelope_is_held_against_everything() -> Result<()> {
    let server = Server::start()?;
    let client = client(&server).await?;
    let letter = client.seal(SOLVIK, &[document("brev.txt", "a")]).await?;
    let code = async |envelope: &str, package: &[u8]| -> Result<(u16, Code)> {
        let upload = client.upload(package).await?;
        let problem: Problem = client.submit(envelope, &upload).await?.json().await?;
        Ok((problem.status, problem.code))
    };

    // Another package than the signed one.
    let mut changed = letter.package.clone();
    changed[100] ^= 1;
    assert_eq!(code(&letter.envelope, &changed).await?, (422, Code::EnvelopePackage));
    // A changed envelope.
    let mut tampered = letter.envelope.clone().into_bytes();
    let middle = tampered.len() / 2;
    tampered[middle] = if tampered[middle] == b'A' { b'B' } else { b'A' };
    let (status, _) = code(&String::from_utf8(tampered)?, &letter.package).await?;
    assert!((400..500).contains(&status));
    // Another relay's.
    let sbd = client.sbd(&Uuid::new_v4().to_string(), SOLVIK, "a.txt")?;
    let claim = PackageClaim::of("application/pkcs7-mime", b"a");
    let mut claims = EnvelopeClaims::new("another-relay", sbd.created().unwrap(), 600, &sbd, "DPO", claim);
    assert_eq!(code(&client.sign(&claims)?, b"a").await?, (422, Code::EnvelopeAudience));
    claims.aud.clone_from(&client.trust.audience);
    // In somebody else's name.
    let other = Client::sign_in(&server.base(), "jon", THEIRS).await?;
    let foreign = other.sign(&claims)?;
    assert_eq!(code(&foreign, b"a").await?, (403, Code::EnvelopeSender));
    // Signed by the right organisation, handed over by a person who may not act for it.
    let upload = other.upload(b"a").await?;
    let problem: Problem = other.submit(&client.sign(&claims)?, &upload).await?.json().await?;
    assert_eq!((problem.status, problem.code), (403, Code::AccessDenied));

    // Accepted; the same again is the same; another package under the same id is a conflict.
    let view = client.send(&letter).await?;
    let again = client.submit(&letter.envelope, "00000000-0000-4000-8000-000000000000").await?;
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(again.json::<konvolutt_shared::api::MessageView>().await?.summary.id, view.summary.id);
    let certificate = client.address(SOLVIK).await?.certificate;
    let other = client.seal_as(&letter.message_id, SOLVIK, &[document("annet.txt", "b")], &certificate)?;
    assert_eq!(code(&other.envelope, &other.package).await?, (409, Code::EnvelopeConflict));
    // The same package with another document around it, too.
    let other = client.envelope(&client.sbd(&letter.message_id, SOLVIK, "brev.txt")?, &letter.package)?;
    assert_eq!(code(&other, &letter.package).await?, (409, Code::EnvelopeConflict));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_anothers_messages() -> Result<()> {
    let server = Server::start()?;
    let client = client(&server).await?;
    let view = client.send(&client.seal(SOLVIK, &[document("brev.txt", "a")]).await?).await?;
    let other = Client::sign_in(&server.base(), "jon", THEIRS).await?;
    let id = &view.summary.id;
    for (method, path) in [
        (Method::GET, format!("/api/v1/messages/{id}")),
        (Method::GET, format!("/api/v1/messages/{id}/package")),
        (Method::POST, format!("/api/v1/messages/{id}/acknowledge")),
        (Method::POST, format!("/api/v1/messages/{id}/opened")),
        (Method::POST, format!("/api/v1/messages/{id}/retry")),
    ] {
        let foreign = other.request(method.clone(), &path).send().await?;
        assert_eq!(foreign.status(), StatusCode::NOT_FOUND, "{method} {path}");
        let nobody = client.anonymous(method.clone(), &path).send().await?;
        assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED, "{method} {path}");
    }
    let list = format!("/api/v1/messages?direction=out&organisation={OURS}");
    assert_eq!(other.request(Method::GET, &list).send().await?.status(), StatusCode::FORBIDDEN);
    let log = other.request(Method::GET, "/api/v1/event-log?after=0").send().await?.text().await?;
    assert!(!log.contains(id.as_str()));
    let cross =
        client.request(Method::POST, &format!("/api/v1/messages/{id}/opened")).header("sec-fetch-site", "cross-site");
    assert_eq!(cross.send().await?.status(), StatusCode::FORBIDDEN);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_misbehaves_costs_time_and_nothing_else() -> Result<()> {
    let server = Server::start()?;
    let client = client(&server).await?;
    // 429 three times, 503 for a while, a connection cut in the middle of the upload.
    for recipient in ["310902217", "310902314", "310902411"] {
        let letter = client.seal(recipient, &[document("brev.txt", &"y".repeat(300_000))]).await?;
        let sent = client.send(&letter).await?;
        let view = client.wait_for(&sent.summary.id, Status::Levert).await?;
        assert_eq!(view.events.iter().filter(|event| event.status == Status::Sendt).count(), 1, "{recipient}");
        assert!(view.events.iter().any(|event| event.finding.is_some()), "{recipient}: the delay is told");
        assert_eq!(received(&client.mailbox().await?, &letter.message_id).len(), 1, "{recipient}");
        assert!(!view.summary.attention, "{recipient}: nobody has to act");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_incoming_messages_are_kept_and_shown() -> Result<()> {
    let server = Server::start()?;
    let client = client(&server).await?;
    let welcome = client.wait_for_incoming(|message| message.party.orgnr == SOLVIK).await?;
    client.open(&welcome).await?;

    client.let_write(SOLVIK, "tampered").await?;
    let tampered = client.wait_for_incoming(|message| message.id != welcome.summary.id).await?;
    assert!(client.open(&tampered).await.is_err(), "a broken signature must not open");

    client.let_write(SOLVIK, "bad-sbd").await?;
    let known = [welcome.summary.id.clone(), tampered.summary.id.clone()];
    let bad = client.wait_for_incoming(|message| !known.contains(&message.id)).await?;
    assert!(bad.summary.attention && !bad.findings.is_empty(), "{:?}", bad.findings);

    client.let_write(SOLVIK, "foreign-signer").await?;
    let known = [known.to_vec(), vec![bad.summary.id.clone()]].concat();
    let foreign = client.wait_for_incoming(|message| !known.contains(&message.id)).await?;
    let refused = client.open(&foreign).await.unwrap_err().to_string();
    assert!(refused.contains("SignerOrgMismatch"), "{refused}");
    assert_eq!(client.list(Direction::In).await?.len(), 4, "nothing was dropped");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn recipients_that_cannot_be_sent_to() -> Result<()> {
    let server = Server::start()?;
    let client = client(&server).await?;
    let lookup = async |number: &str| -> Result<(u16, String)> {
        let body = serde_json::json!({ "identifier": number });
        let answer = client.request(Method::POST, "/api/v1/recipients/lookup").json(&body).send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    };
    let (status, body) = lookup("310901318").await?;
    assert!(status == 404 && body.contains("mottaker.ukjent"), "{status} {body}");
    let (status, body) = lookup("310900118").await?;
    assert!(status == 422 && body.contains("orgnr_invalid"), "{status} {body}");
    for (number, code) in [("310901415", "RecipientNoProcess"), ("310901814", "RecipientCertificate")] {
        let refused = client.address(number).await.unwrap_err().to_string();
        assert!(refused.contains(code), "{number}: {refused}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_writers_on_one_upload_never_spoil_it() -> Result<()> {
    let server = Server::start()?;
    let client = client(&server).await?;
    let bytes = vec![7_u8; 100_000];
    for _ in 0..5 {
        let upload = client.begin_upload(bytes.len()).await?;
        let (one, other) = tokio::join!(client.append(&upload, 0, &bytes), client.append(&upload, 0, &bytes));
        let mut statuses = [one?.status(), other?.status()];
        statuses.sort();
        assert_eq!(statuses, [StatusCode::NO_CONTENT, StatusCode::CONFLICT]);
        assert_eq!(client.offset(&upload).await?, bytes.len());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_event_stream_ends_with_the_session() -> Result<()> {
    let server = Server::start()?;
    let client = client(&server).await?;
    let mut stream = client.request(Method::GET, "/api/v1/events").send().await?;
    assert_eq!(stream.status(), StatusCode::OK);
    assert_eq!(client.request(Method::DELETE, "/api/v1/session").send().await?.status(), StatusCode::OK);
    // Another person of the same organisation makes something happen.
    let other = Client::sign_in(&server.base(), "ada", OURS).await?;
    let sent = other.send(&other.seal(SOLVIK, &[document("brev.txt", "a")]).await?).await?;
    let mut heard = Vec::new();
    while let Some(piece) = stream.chunk().await? {
        heard.extend_from_slice(&piece);
    }
    assert!(!String::from_utf8_lossy(&heard).contains(&sent.summary.id), "nothing after signing out");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_are_told_as_problems() -> Result<()> {
    let server = Server::start()?;
    let client = client(&server).await?;
    for path in [
        format!("/api/v1/messages?organisation={OURS}&cursor=abc.def"),
        "/api/v1/messages".to_owned(),
        "/api/v1/event-log?after=-1".to_owned(),
    ] {
        let problem: Problem = client.request(Method::GET, &path).send().await?.json().await?;
        assert_eq!((problem.status, problem.code), (400, Code::RequestInvalid), "{path}");
    }
    let far = client.request(Method::GET, &format!("/api/v1/event-log?after={}", u64::MAX)).send().await?;
    assert_eq!(far.text().await?, r#"{"items":[]}"#);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_whose_length_is_told_at_the_end() -> Result<()> {
    let server = Server::start()?;
    let client = client(&server).await?;
    let letter = client.seal(SOLVIK, &[document("brev.txt", "hei")]).await?;
    let begin = client.request(Method::POST, "/api/v1/uploads").header("upload-defer-length", "1");
    let answer = begin.header("tus-resumable", "1.0.0").send().await?;
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert_eq!(answer.headers().get("upload-defer-length").map(|value| value.as_bytes()), Some(&b"1"[..]));
    let location = answer.headers()["location"].to_str()?.to_owned();
    let upload = location.rsplit('/').next().unwrap_or_default();
    let (first, rest) = letter.package.split_at(1000);
    assert_eq!(client.append(upload, 0, first).await?.status(), StatusCode::NO_CONTENT);
    let early = client.submit(&letter.envelope, upload).await?;
    assert!(early.status().is_client_error(), "an upload without an end is not complete");
    let last = |length: usize| {
        let request = client.request(Method::PATCH, &location).header("upload-offset", 1000);
        let request = request.header("upload-length", length).header("tus-resumable", "1.0.0");
        request.header("content-type", "application/offset+octet-stream").body(rest.to_vec()).send()
    };
    assert_eq!(last(999).await?.status(), StatusCode::BAD_REQUEST, "less than has come");
    assert_eq!(last(letter.package.len()).await?.status(), StatusCode::NO_CONTENT);
    assert_eq!(last(letter.package.len() + 1).await?.status(), StatusCode::BAD_REQUEST, "told twice");
    assert_eq!(client.submit(&letter.envelope, upload).await?.status(), StatusCode::CREATED);
    Ok(())
}

/// What people really have is never typed into a test, and nothing of it is sent from there.
#[tokio::test(flavor = "multi_thread")]
async fn a_real_recipient_is_refused_in_the_sandbox() -> Result<()> {
    let server = Server::start()?;
    let client = client(&server).await?;
    let body = serde_json::json!({ "identifier": "974760673" });
    let answer = client.request(Method::POST, "/api/v1/recipients/lookup").json(&body).send().await?;
    assert_eq!(answer.json::<Problem>().await?.code, Code::RecipientWorld);
    let certificate = client.address(SOLVIK).await?.certificate;
    let id = Uuid::new_v4().to_string();
    let letter = client.seal_as(&id, "974760673", &[document("brev.txt", "a")], &certificate)?;
    let upload = client.upload(&letter.package).await?;
    let problem: Problem = client.submit(&letter.envelope, &upload).await?.json().await?;
    assert_eq!((problem.status, problem.code), (422, Code::RecipientWorld));
    Ok(())
}

/// What a sandbox has kept is opened by no other world.
#[test]
fn a_store_belongs_to_the_world_in_which_it_began() -> Result<()> {
    let mut server = Server::start_on_files()?;
    server.stop()?;
    let data = server.data();
    let store = konvolutt_relay::store::sqlite::Sqlite::open(&data.join("relay"))?;
    let runtime = tokio::runtime::Runtime::new()?;
    assert_eq!(runtime.block_on(store.belongs_to("production"))?, "sandbox");
    Ok(())
}
