//! Letters to people by the network of digital mailboxes, through the built server and the sandbox: sealed to who delivers
//! them, signed with a token that nobody keeps, and followed by signed receipts.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use anyhow::{Result, ensure};
use jiff::Timestamp;
use konvolutt_shared::api::{Contact, ContactStatus, Direction, MessageView, Problem, Source, Status};
use konvolutt_shared::dpi::{self, Body, Head};
use konvolutt_shared::finding::Code;
use konvolutt_shared::identifier::Iso6523;
use konvolutt_shared::pack::PackDocument;
use konvolutt_tests::client::{Client, document};
use konvolutt_tests::mail::{MAILBOX, Mail, Mailing, PAPER, post, sign_message};
use konvolutt_tests::{Server, holding};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

const OURS: &str = "310904007";
const THEIRS: &str = "310904015";
const SOLVIK: &str = "310900117";

const DIGIPOST: &str = "01817010136";
const EBOKS: &str = "02817010256";
const RESERVED: &str = "03817010376";
const NOT_NOTIFIED: &str = "06817010626";
const RETURNED: &str = "09817010986";
const REFUSED: &str = "18817011892";

/// `{"exp":0}`, between what nobody looks at.
const EXPIRED: &str = "e30.eyJleHAiOjB9.c2ln";

const CONTENT: &str = "INNHOLD-4721-molte";

fn letter() -> Vec<PackDocument> {
    let content = format!("%PDF-1.7\n{CONTENT}\n%%EOF\n").into_bytes();
    let pdf = |name: &str| PackDocument {
        name: name.to_owned(),
        media_type: "application/pdf".to_owned(),
        content: content.clone(),
    };
    vec![pdf("Vedtak om støtte.pdf"), pdf("vedlegg.pdf")]
}

/// Whoever has a key can play a provider that never answers.
fn mailing(other: &Client) -> Mailing {
    Mailing {
        provider: THEIRS.to_owned(),
        certificate: other.key.certificate().clone(),
        body: Body::Digital(Box::new(post("prove.person#4F2A", "Vedtak"))),
    }
}

async fn refusal(client: &Client, envelope: &str, package: &[u8], message: Option<&str>) -> Result<Code> {
    let answer = client.submit_mail(envelope, package, message).await?;
    ensure!(answer.status().is_client_error(), "{}", answer.status());
    Ok(answer.json::<Problem>().await?.code)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_envelopes_own_message_is_taken() -> Result<()> {
    let server = Server::start_on_files()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let other = Client::sign_in(&server.base(), "jon", THEIRS).await?;
    assert!(client.trust.dpi);
    let good = client.seal_mail(&mailing(&other), &letter()).await?;
    let (package, head) = (&good.package, &good.head);
    let envelope = client.mail_envelope(&good.kept()?, package)?;
    let message = sign_message(&good.message()?, &client.key)?;
    let told = |mail: &Mail, key| sign_message(&mail.message()?, key);

    let titled = Mail { body: Body::Digital(Box::new(post("prove.person#4F2A", "Noe annet"))), ..good.clone() };
    let sender = Iso6523::parse(THEIRS)?;
    let theirs = Mail { head: Head { sender, ..head.clone() }, ..good.clone() };
    let late = Mail { head: Head { token: EXPIRED.to_owned(), ..head.clone() }, ..good.clone() };
    let (front, _) = message.rsplit_once('.').unwrap();
    for (what, message, code) in [
        ("no message", None, Code::RequestInvalid),
        ("no JWS", Some("{}".to_owned()), Code::SbdMalformed),
        ("a signature that does not hold", Some(format!("{front}.AAAA")), Code::SignatureInvalid),
        ("another signer", Some(told(&good, &other.key)?), Code::SignerOrgMismatch),
        ("another sender, who has signed it", Some(told(&theirs, &other.key)?), Code::SbdFieldInvalid),
        ("another document", Some(told(&titled, &client.key)?), Code::SbdFieldInvalid),
        ("no token", Some(sign_message(&good.kept()?, &client.key)?), Code::SbdFieldInvalid),
        ("a token that has expired", Some(told(&late, &client.key)?), Code::MailboxTokenExpired),
    ] {
        assert_eq!(refusal(&client, &envelope, package, message.as_deref()).await?, code, "{what}");
    }

    // What is wrong with envelope and message alike.
    let digest = Mail { head: Head { package_digest: [7; 32], ..head.clone() }, ..good.clone() };
    let conversation = Uuid::new_v4().to_string().parse()?;
    let talk = Mail { head: Head { conversation_id: conversation, ..head.clone() }, ..good.clone() };
    for (what, mail, code) in
        [("another package", &digest, Code::DigestMismatch), ("another conversation", &talk, Code::SbdFieldInvalid)]
    {
        let envelope = client.mail_envelope(&mail.kept()?, package)?;
        let message = told(mail, &client.key)?;
        assert_eq!(refusal(&client, &envelope, package, Some(&message)).await?, code, "{what}");
    }
    let open = client.mail_envelope(&good.message()?, package)?;
    assert_eq!(refusal(&client, &open, package, Some(&message)).await?, Code::SbdFieldInvalid, "a token that is kept");
    let ordinary = client.seal(SOLVIK, &[document("brev.txt", "Hei")]).await?;
    let refused = refusal(&client, &ordinary.envelope, &ordinary.package, Some(&message)).await?;
    assert_eq!(refused, Code::RequestInvalid, "a message that belongs to no mailbox");

    assert_eq!(client.list(Direction::Out).await?, []);
    let sent = client.send_mail(&good).await?;
    let again = client.submit_mail(&envelope, package, Some(&message)).await?;
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(again.json::<MessageView>().await?.summary.id, sent.summary.id);
    assert_eq!((sent.summary.channel.as_str(), sent.summary.document_type.as_str()), ("DPI", "digital"));
    assert!(sent.sbd.contains(dpi::WITHHELD) && sent.details.is_none());
    the_relay_has_kept(&server, &[], &good.head.token, &message)
}

/// Some texts lie in the relay's part of the data, and neither token nor message do, nor in the log.
fn the_relay_has_kept(server: &Server, texts: &[&str], token: &str, message: &str) -> Result<()> {
    let (data, log) = (server.data().join("relay"), server.log()?);
    for text in texts {
        assert_ne!(holding(&data, text)?, Vec::<PathBuf>::new(), "{text}");
    }
    // Headers of tokens are all alike; what tells one from another is not.
    for part in token.split('.').skip(1).chain(message.split('.').skip(1)) {
        assert_eq!(holding(&data, part)?, Vec::<PathBuf>::new());
        assert!(!log.contains(part));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_made_for_those_who_may_send_and_kept_nowhere() -> Result<()> {
    let server = Server::start_on_files()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let answer = client.ask_mail_token(OURS).await?;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let told: Value = answer.json().await?;
    let expires: Timestamp = told["expires"].as_str().unwrap().parse()?;
    assert!(expires > Timestamp::now());
    assert_eq!(client.ask_mail_token(THEIRS).await?.status(), StatusCode::FORBIDDEN);
    assert_eq!(client.ask_mail_token("noe annet").await?.status(), StatusCode::FORBIDDEN);
    // A key does not make the answer one that is kept.
    let mut tokens = vec![told["token"].as_str().unwrap().to_owned()];
    for _ in 0..2 {
        let request = client.request(Method::POST, "/api/v1/mail-tokens").header("idempotency-key", "en-og-samme");
        let told: Value = request.json(&json!({ "sender": OURS })).send().await?.error_for_status()?.json().await?;
        tokens.push(told["token"].as_str().unwrap().to_owned());
    }
    tokens.dedup();
    assert_eq!(tokens.len(), 3, "each is made anew");
    for token in &tokens {
        the_relay_has_kept(&server, &["mail_token_made"], token, "")?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_contact_register_says_names_nobody() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let ask = async |number: &str| -> Result<reqwest::Response> {
        let body = json!({ "identifier": number });
        Ok(client.request(Method::POST, "/api/v1/recipients/contact").json(&body).send().await?)
    };
    let text = ask(DIGIPOST).await?.error_for_status()?.text().await?;
    assert!(!text.contains(DIGIPOST) && !text.contains('@') && !text.contains('+'), "{text}");
    let contact: Contact = serde_json::from_str(&text)?;
    assert_eq!((contact.status, contact.mailbox, contact.reserved), (ContactStatus::Active, true, false));
    let contact: Contact = ask(RESERVED).await?.error_for_status()?.json().await?;
    assert!(contact.reserved);
    assert_eq!(ask("01817010137").await?.json::<Problem>().await?.code, Code::PersonIdInvalid);
    for number in [DIGIPOST, RESERVED] {
        assert_eq!(holding(&server.data().join("relay"), number)?, Vec::<PathBuf>::new());
        assert!(!server.log()?.contains(number));
    }
    Ok(())
}

fn told(view: &MessageView) -> Vec<(Status, &str)> {
    let receipts = view.events.iter().filter(|event| event.source == Source::Mailbox);
    receipts.filter_map(|event| Some((event.status, event.receipt.as_deref()?))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_get_their_letters_and_the_mailboxes_say_so() -> Result<()> {
    use Status::{Feil, Lest, Levert};
    let server = Server::start_on_files()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let mut under_way = Vec::new();
    let delivered = (Levert, "leveringskvittering");
    for (number, standard, last, receipts) in [
        (DIGIPOST, MAILBOX, Lest, vec![delivered, (Lest, "aapningskvittering")]),
        (EBOKS, MAILBOX, Levert, vec![delivered]),
        (NOT_NOTIFIED, MAILBOX, Feil, vec![delivered, (Feil, "varslingfeiletkvittering")]),
        (RETURNED, PAPER, Feil, vec![(Levert, "mottakskvittering"), (Feil, "returpostkvittering")]),
        (REFUSED, MAILBOX, Feil, vec![(Feil, "feil")]),
    ] {
        let to = client.find_person(number, standard, "Vedtak").await?;
        let mail = client.seal_mail(&to, &letter()).await?;
        let sent = client.send_mail(&mail).await?.summary;
        assert_eq!((&sent.party.orgnr, sent.channel.as_str()), (&to.provider, "DPI"), "{number}");
        under_way.push((number, sent.id, mail, last, receipts));
    }
    for (number, id, mail, last, receipts) in &under_way {
        let view = client.wait_for(id, *last).await?;
        let seen = told(&view);
        assert_eq!(seen[..receipts.len()], receipts[..], "{number}: {view:?}");
        assert!(view.events.iter().any(|event| event.status == Status::Sendt), "{number}");
        assert!(view.events.iter().all(|event| event.finding.is_none()), "{number}: {view:?}");
        assert_eq!((view.summary.status, view.summary.attention), (*last, *last == Feil), "{number}");
        let message = sign_message(&mail.message()?, &client.key)?;
        the_relay_has_kept(&server, &[&view.summary.message_id], &mail.head.token, &message)?;
    }
    let (_, refused, ..) = under_way.last().unwrap();
    let view = client.message(refused).await?;
    let words = view.events.iter().filter(|event| event.status == Feil).find_map(|event| event.description.as_deref());
    assert!(words.is_some_and(|words| words.starts_with("KLIENT")), "{view:?}");
    assert_eq!(client.list(Direction::In).await?.iter().filter(|one| one.channel == "DPI").count(), 0);
    assert_eq!(holding(&server.data().join("relay"), CONTENT)?, Vec::<PathBuf>::new());
    Ok(())
}
