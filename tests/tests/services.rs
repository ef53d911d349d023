//! Fault switches of the services beside the broker and KS: Altinn's inbox, the network of mailboxes, the registers, the
//! authority's lists, and Maskinporten's clock. And receipts that a person orders on the sandbox's page.
#![allow(clippy::unwrap_used)]

use anyhow::{Result, ensure};
use konvolutt_shared::api::{MessageView, Problem, RevocationLists, Status};
use konvolutt_shared::finding::Code;
use konvolutt_shared::pack::PackDocument;
use konvolutt_shared::sbd::DocumentType;
use konvolutt_tests::Server;
use konvolutt_tests::client::{Client, SealedLetter, document};
use konvolutt_tests::inbox::{letter_files, sbd, sealed, transit};
use konvolutt_tests::mail::MAILBOX;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const OURS: &str = "310904007";
const SOLVIK: &str = "310900117";
const BAKERY: &str = "310900311";
const PERSON: &str = "01817010136";
const NEVER_OPENS: &str = "08817010866";
const PROVIDER: &str = "310904082";
const LETTERS: &str = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";

async fn put(client: &Client, order: Value) -> Result<()> {
    let answer = client.request(Method::PUT, "/sandbox/control/faults").json(&order).send().await?;
    ensure!(answer.status() == StatusCode::CREATED, "{order}: {}", answer.text().await?);
    Ok(())
}

async fn on(client: &Client) -> Result<Vec<Value>> {
    let all: Value = client.request(Method::GET, "/sandbox/control/faults").send().await?.json().await?;
    Ok(all["items"].as_array().cloned().unwrap_or_default())
}

async fn clear(client: &Client) -> Result<()> {
    let answer = client.request(Method::DELETE, "/sandbox/control/faults").send().await?;
    ensure!(answer.status() == StatusCode::NO_CONTENT, "{}", answer.status());
    Ok(())
}

fn to_inbox(client: &Client) -> Result<SealedLetter> {
    let sbd = sbd(OURS, Some(BAKERY), LETTERS, DocumentType::Arkivmelding, json!({ "sikkerhetsnivaa": 3 }))?;
    let files = letter_files("Brev", &document("brev.txt", "a"), &[]);
    sealed(client, &sbd, &files, &client.key, &transit(client)?)
}

fn brev() -> PackDocument {
    let content = b"%PDF-1.7\nBrev\n%%EOF\n".to_vec();
    PackDocument { name: "brev.pdf".to_owned(), media_type: "application/pdf".to_owned(), content }
}

fn count(view: &MessageView, status: Status) -> usize {
    view.events.iter().filter(|event| event.status == status).count()
}

/// The lost answer has the relay look for what it sent, in a list that has it twice or the other way round.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_is_once_in_altinns_inbox() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    for fault in ["duplicate", "reorder", "unavailable", "truncate", "bad-request", "forbidden", "not-found"] {
        put(&client, json!({ "service": "correspondence", "method": "POST", "fault": "cut-after", "times": 1 }))
            .await?;
        put(
            &client,
            json!({
                "service": "correspondence", "method": "GET", "path": "/correspondence", "fault": fault, "times": 1,
            }),
        )
        .await?;
        let letter = to_inbox(&client)?;
        let view = client.wait_for(&client.send(&letter).await?.summary.id, Status::Lest).await?;
        assert_eq!((count(&view, Status::Sendt), view.summary.attention), (1, false), "{fault}: {view:?}");
        let all = client.mailbox().await?["correspondences"].as_array().cloned().unwrap_or_default();
        assert_eq!(all.iter().filter(|one| one["sendersReference"] == letter.message_id).count(), 1, "{fault}");
        assert_eq!(on(&client).await?, Vec::<Value>::new(), "{fault}: both have struck");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_to_a_mailbox_is_there_once_and_its_receipts_are_told_once() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    for (method, path, fault) in [
        ("POST", "/messages/out", "busy"),
        ("POST", "/messages/out", "unavailable"),
        ("POST", "/messages/out", "cut-before"),
        ("POST", "/messages/out", "cut-after"),
        ("GET", "/messages/in", "duplicate"),
        ("GET", "/messages/in", "reorder"),
        ("GET", "/messages/in", "truncate"),
        ("POST", "/read", "cut-after"),
    ] {
        put(&client, json!({ "service": "dpi", "method": method, "path": path, "fault": fault, "times": 1 })).await?;
        let to = client.find_person(PERSON, MAILBOX, "Vedtak").await?;
        let mail = client.seal_mail(&to, &[brev()]).await?;
        let id = client.send_mail(&mail).await?.summary.id;
        let view = client.wait_for(&id, Status::Lest).await?;
        for status in [Status::Levert, Status::Lest] {
            assert_eq!(count(&view, status), 1, "{method} {path} {fault}: {view:?}");
        }
        assert!(!view.summary.attention, "{method} {path} {fault}: {view:?}");
        let all = client.mailbox().await?["items"].as_array().cloned().unwrap_or_default();
        let known = all.iter().filter(|one| one["messageId"] == view.summary.message_id).count();
        assert_eq!((known, on(&client).await?.len()), (1, 0), "{method} {path} {fault}");
    }
    Ok(())
}

/// A register that is down or tells rubbish is told as such, and asked again by whoever asks again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registers_that_fail_say_so_and_come_back() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let contact = async || {
        let ask = client.request(Method::POST, "/api/v1/recipients/contact").json(&json!({ "identifier": PERSON }));
        ask.send().await
    };
    let search = async || client.request(Method::GET, "/api/v1/organisations?query=bakeri").send().await;
    for fault in ["busy", "internal-error", "unavailable", "cut-before", "cut-midway", "truncate", "forbidden"] {
        put(&client, json!({ "service": "kontaktregister", "fault": fault })).await?;
        put(&client, json!({ "service": "enhetsregister", "fault": fault })).await?;
        for answer in [contact().await?, search().await?] {
            assert!(!answer.status().is_success(), "{fault}");
            let problem: Problem = answer.json().await?;
            let codes = [Code::ServiceDown, Code::ServiceBusy, Code::ServiceRefused];
            assert!(codes.contains(&problem.code), "{fault}: {problem:?}");
        }
        assert!(on(&client).await?.iter().all(|one| one["met"].as_u64() >= Some(1)), "{fault}: both have struck");
        clear(&client).await?;
        assert_eq!((contact().await?.status(), search().await?.status()), (StatusCode::OK, StatusCode::OK), "{fault}");
    }
    Ok(())
}

/// The last good list of each counts until there is another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn post_goes_while_the_authoritys_lists_cannot_be_had() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let lists = async || -> Result<usize> {
        let answer = client.request(Method::GET, "/api/v1/revocation-lists").send().await?.error_for_status()?;
        Ok(answer.json::<RevocationLists>().await?.lists.len())
    };
    assert_eq!(lists().await?, 2);
    for fault in ["unavailable", "cut-before", "cut-midway", "truncate", "corrupt"] {
        put(&client, json!({ "service": "authority", "fault": fault })).await?;
        assert_eq!(lists().await?, 2, "{fault}");
        let letter = client.seal(SOLVIK, &[document("brev.txt", "a")]).await?;
        let view = client.wait_for(&client.send(&letter).await?.summary.id, Status::Levert).await?;
        assert!(!view.summary.attention && view.findings.is_empty(), "{fault}: {view:?}");
        clear(&client).await?;
    }
    Ok(())
}

/// To a clock that is five minutes ahead, every assertion is too old: no letter dies of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_waits_until_maskinportens_clock_is_right() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    put(&client, json!({ "service": "maskinporten", "path": "/token", "fault": "clock-skew" })).await?;
    // By a channel that has not asked for its token yet.
    let letter = to_inbox(&client)?;
    let id = client.send(&letter).await?.summary.id;
    let view = client.wait_for(&id, Status::Annet).await?;
    // Its sender is told: those who run the relay must mend it.
    let told =
        view.events.iter().any(|event| event.finding.as_ref().is_some_and(|one| one.code == Code::CarrierDenied));
    assert!(told && view.summary.attention && count(&view, Status::Sendt) == 0, "{view:?}");
    clear(&client).await?;
    let view = client.wait_for(&id, Status::Lest).await?;
    assert_eq!((count(&view, Status::Sendt), view.summary.attention), (1, false), "{view:?}");
    Ok(())
}

/// What programs order at `/sandbox/control/write` and `/sandbox/control/correspondence`, people order on pages.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_and_the_inboxs_faults_are_ordered_on_pages() -> Result<()> {
    const WRITER: &str = "310903205";
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let index = client.request(Method::GET, "/sandbox/").send().await?.text().await?;
    let order = async |page: &str, fields: &[(&str, &str)]| -> Result<StatusCode> {
        Ok(client.request(Method::POST, page).form(fields).send().await?.status())
    };
    for (page, word) in [("/sandbox/write", WRITER), ("/sandbox/inbox", "gateway")] {
        assert!(index.contains(&format!("href=\"{page}\"")), "{index}");
        let text = client.request(Method::GET, page).send().await?.error_for_status()?.text().await?;
        assert!(text.contains(&format!("action=\"{page}\"")) && text.contains(word), "{text}");
    }
    let write = |from, to| [("from", from), ("to", to), ("kind", "good"), ("times", "1")];
    assert_eq!(order("/sandbox/write", &write(BAKERY, OURS)).await?, StatusCode::BAD_REQUEST, "nobody plays it");
    assert_eq!(order("/sandbox/write", &write(WRITER, OURS)).await?, StatusCode::SEE_OTHER);
    client.wait_for_incoming(|one| one.party.orgnr == WRITER).await?;
    assert_eq!(order("/sandbox/inbox", &[("fault", "flood"), ("times", "1")]).await?, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(order("/sandbox/inbox", &[("fault", "down"), ("times", "1")]).await?, StatusCode::SEE_OTHER);
    let letter = to_inbox(&client)?;
    let view = client.wait_for(&client.send(&letter).await?.summary.id, Status::Levert).await?;
    assert_eq!(count(&view, Status::Annet), 1, "its first upload met it: {view:?}");
    Ok(())
}

/// A receipt that nobody sends by themselves, and one whose signature does not hold, from the page.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receipts_are_ordered_on_a_page() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let text = async |path: &str| -> Result<String> {
        Ok(client.request(Method::GET, path).send().await?.error_for_status()?.text().await?)
    };
    let faults = text("/sandbox/faults").await?;
    for service in ["correspondence", "dpi", "kontaktregister", "enhetsregister", "authority", "clock-skew", "quota"] {
        assert!(faults.contains(&format!("<option>{service}</option>")), "{service}: {faults}");
    }
    let page = text("/sandbox/receipts").await?;
    assert!(page.contains("action=\"/sandbox/receipts\"") && page.contains(PROVIDER), "{page}");
    assert!(text("/sandbox/").await?.contains("href=\"/sandbox/receipts\""));

    let to = client.find_person(NEVER_OPENS, MAILBOX, "Vedtak").await?;
    let id = client.send_mail(&client.seal_mail(&to, &[brev()]).await?).await?.summary.id;
    let conversation = client.wait_for(&id, Status::Levert).await?.summary.conversation_id;
    let order = async |from: &str, says: &str, spoilt: bool| -> Result<StatusCode> {
        let mut fields = vec![("from", from), ("to", OURS), ("conversation", &*conversation), ("says", says)];
        fields.extend(spoilt.then_some(("spoilt", "on")));
        Ok(client.request(Method::POST, "/sandbox/receipts").form(&fields).send().await?.status())
    };
    assert_eq!(order(OURS, "opened", false).await?, StatusCode::BAD_REQUEST, "no provider");
    assert_eq!(order(PROVIDER, "failed-client", true).await?, StatusCode::SEE_OTHER);
    let kept = client.wait_for_incoming(|one| one.channel == "DPI").await?;
    assert!(kept.findings.iter().any(|one| one.code == Code::SignatureInvalid), "{kept:?}");
    assert_eq!(order(PROVIDER, "opened", false).await?, StatusCode::SEE_OTHER);
    let view = client.wait_for(&id, Status::Lest).await?;
    assert_eq!((count(&view, Status::Feil), view.summary.attention), (0, false), "what is not signed proves nothing");
    Ok(())
}
