//! Letters to Altinn's inbox, through the built server and the sandbox: sealed until they are handed over, sent once
//! whatever happens on the way, and followed until they are read.
#![allow(clippy::unwrap_used)]

use anyhow::{Result, ensure};
use getrandom::SysRng;
use konvolutt_shared::api::{MessageView, Problem, Status};
use konvolutt_shared::dpv::{self, DigitalDpv, Options, ReplyOption, Transport};
use konvolutt_shared::finding::Code;
use konvolutt_shared::pack::PackDocument;
use konvolutt_shared::sbd::DocumentType;
use konvolutt_shared::seal::seal;
use konvolutt_shared::svarut::Choices;
use konvolutt_tests::client::{Client, SealedLetter, document};
use konvolutt_tests::inbox::{container, enveloped_over, letter_files, sbd, sealed, transit};
use konvolutt_tests::{Server, holding, sha256};
use rand_core::UnwrapErr;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const OURS: &str = "310904007";
const THEIRS: &str = "310904015";
const BAKERY: &str = "310900311";
const VIRUS: &str = "310903019";
const NO_ROLE: &str = "310903116";
const NO_CONFIDENTIAL_ROLE: &str = "310903213";
const READER: &str = "07817010746";
const NEVER_READS: &str = "08817010866";
const RESERVED: &str = "03817010376";

const LETTERS: &str = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";
const DECISIONS: &str = "urn:no:difi:profile:digitalpost:vedtak:ver1.0";

const TITLE: &str = "TITTEL-4711-blåbær";
const CONTENT: &str = "INNHOLD-4712-tyttebær";
const DOCUMENT: &str = "DOKUMENT-4713-multe";
const DOCUMENT_TITLE: &str = "DOKUMENTTITTEL-4716-rogn";
const FILE: &str = "filnavn-4714-krekling.txt";
const NOTICE: &str = "VARSEL-4715-einer";

/// A letter with two documents, which lie in the package in another order than in the archive.
fn files(title: &str) -> Vec<PackDocument> {
    letter_files(title, &document(FILE, DOCUMENT), &[document("b.txt", "vedlegg")])
}

fn letter(client: &Client, to: &str, title: &str) -> Result<SealedLetter> {
    letter_about(client, to, LETTERS, title)
}

fn letter_about(client: &Client, to: &str, process: &str, title: &str) -> Result<SealedLetter> {
    let sbd = sbd(OURS, Some(to), process, DocumentType::Arkivmelding, json!({ "sikkerhetsnivaa": 3 }))?;
    sealed(client, &sbd, &files(title), &client.key, &transit(client)?)
}

fn to_person(client: &Client, number: &str, process: &str) -> Result<SealedLetter> {
    let options = Options {
        varsel_transport_type: Some(Transport::Sms),
        varsel_tekst: Some(NOTICE.to_owned()),
        svarvalg: vec![ReplyOption { url: "https://svar.example/1".to_owned(), tekst: "Svar her".to_owned() }],
        dager_til_svarfrist: Some(3),
        ..Options::default()
    };
    let message = DigitalDpv {
        mottaker: number.to_owned(),
        tittel: TITLE.to_owned(),
        sammendrag: "Om saken".to_owned(),
        innhold: CONTENT.to_owned(),
        hoveddokument: Some(FILE.to_owned()),
        titler: [(FILE.to_owned(), DOCUMENT_TITLE.to_owned())].into(),
        dpv: options,
    };
    let own = PackDocument {
        name: dpv::FILE_NAME.to_owned(),
        media_type: "application/json".to_owned(),
        content: message.write(),
    };
    let sbd = sbd(OURS, None, process, DocumentType::DigitalDpv, dpv::sealed_business())?;
    sealed(client, &sbd, &[document(FILE, DOCUMENT), own], &client.key, &transit(client)?)
}

/// What Altinn has under a reference.
async fn at_altinn(client: &Client, letter: &SealedLetter) -> Result<Vec<Value>> {
    let all = client.mailbox().await?["correspondences"].as_array().cloned().unwrap_or_default();
    Ok(all.into_iter().filter(|one| one["sendersReference"] == letter.message_id).collect())
}

async fn disturb(client: &Client, fault: &str) -> Result<()> {
    let order = json!({ "fault": fault, "times": 1 });
    let answer = client.request(Method::POST, "/sandbox/control/correspondence").json(&order).send().await?;
    ensure!(answer.status() == StatusCode::ACCEPTED, "control: {}", answer.status());
    Ok(())
}

fn words(view: &MessageView) -> Vec<Status> {
    view.events.iter().map(|event| event.status).collect()
}

fn codes(view: &MessageView) -> Vec<Code> {
    view.events.iter().filter_map(|event| event.finding.as_ref()).map(|finding| finding.code).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_are_read_at_altinn_and_nowhere_else() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let organisation = letter(&client, BAKERY, TITLE)?;
    let person = to_person(&client, READER, DECISIONS)?;
    let first = client.send(&organisation).await?.summary;
    let second = client.send(&person).await?.summary;
    assert_eq!((second.party.orgnr.as_str(), second.party.name.as_str()), ("", "Privatperson"));
    for id in [&first.id, &second.id] {
        let view = client.wait_for(id, Status::Lest).await?;
        assert_eq!(words(&view), [Status::Opprettet, Status::Sendt, Status::Levert, Status::Lest]);
    }

    let found = at_altinn(&client, &organisation).await?;
    assert_eq!(found.len(), 1);
    let one = &found[0];
    assert_eq!(
        (&one["content"]["messageTitle"], &one["messageSender"]),
        (&json!(TITLE), &json!("Solvik fylkeskommune"))
    );
    let digests: Vec<&str> = one["documents"].as_array().unwrap().iter().filter_map(|d| d["sha256"].as_str()).collect();
    assert_eq!(digests, [sha256(DOCUMENT.as_bytes()), sha256(b"vedlegg")], "the same bytes, in the archive's order");

    let found = at_altinn(&client, &person).await?;
    let one = &found[0];
    assert_eq!((found.len(), &one["recipient"], &one["content"]["messageBody"]), (1, &json!(READER), &json!(CONTENT)));
    assert_eq!(one["replyOptions"][0]["linkURL"], "https://svar.example/1");
    assert_eq!(one["content"]["attachments"][0]["displayName"], DOCUMENT_TITLE);
    let notices = client.mailbox().await?["notifications"].as_array().cloned().unwrap_or_default();
    let sms: Vec<&Value> = notices.iter().filter(|notice| notice["to"] == READER).collect();
    assert_eq!((sms.len(), &sms[0]["kind"], &sms[0]["text"]), (1, &json!("sms"), &json!(NOTICE)));

    let log = server.log()?;
    for secret in [TITLE, CONTENT, DOCUMENT, DOCUMENT_TITLE, FILE, NOTICE] {
        assert_eq!(holding(&server.data(), secret.as_bytes())?, Vec::<std::path::PathBuf>::new(), "{secret}");
        assert!(!log.contains(secret), "{secret}");
    }
    // Whom Altinn writes to, Altinn knows; the relay keeps it sealed.
    let own: Vec<_> = holding(&server.data(), READER.as_bytes())?
        .into_iter()
        .filter(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("sandbox.sqlite")))
        .collect();
    assert_eq!(own, Vec::<std::path::PathBuf>::new());
    assert!(!log.contains(READER));
    Ok(())
}

/// Which way a letter goes may depend on what it is about.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_organisation_is_reached_by_two_channels() -> Result<()> {
    const PARTLY: &str = "310903531";
    const PLANNING: &str = "urn:no:difi:profile:arkivmelding:planByggOgGeodata:ver1.0";
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let general = client.seal(PARTLY, &[document("brev.txt", "a")]).await?;
    let general = client.send(&general).await?.summary;
    let planning = client.send(&letter_about(&client, PARTLY, PLANNING, TITLE)?).await?.summary;
    assert_eq!((general.channel.as_str(), planning.channel.as_str()), ("DPO", "DPV"));
    client.wait_for(&general.id, Status::Levert).await?;
    client.wait_for(&planning.id, Status::Lest).await?;
    Ok(())
}

/// The registry says over which of Altinn's resources a letter goes, and so who may open it; the sender has signed it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_goes_over_the_resource_that_was_signed() -> Result<()> {
    const CARE: &str = "urn:no:difi:profile:arkivmelding:helseSosialOgOmsorg:ver1.0";
    const USUAL: &str = "eformidling-meldingsteneste-administrasjon";
    const CONFIDENTIAL: &str = "eformidling-dpv-taushetsbelagt";
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let over = |process: &str, resource: Option<&str>| -> Result<SealedLetter> {
        let sbd = sbd(OURS, Some(BAKERY), process, DocumentType::Arkivmelding, json!({ "sikkerhetsnivaa": 3 }))?;
        let container = container(&client, &files(TITLE), &client.key)?;
        enveloped_over(&client, &sbd, resource, seal(&transit(&client)?, &container, &mut UnwrapErr(SysRng))?)
    };
    for (process, named, arrives, confidential) in [
        (CARE, Some("eformidling-meldingsteneste-helse"), "eformidling-meldingsteneste-helse", false),
        (CARE, None, USUAL, false),
        (dpv::CONFIDENTIAL_PROCESS, None, CONFIDENTIAL, true),
        (dpv::CONFIDENTIAL_PROCESS, Some(CONFIDENTIAL), CONFIDENTIAL, true),
    ] {
        // A lost answer is looked for over the same resource.
        disturb(&client, "lost").await?;
        let letter = over(process, named)?;
        let sent = client.send(&letter).await?;
        assert_eq!(sent.details, named.map(|resource| json!({ "resource": resource })));
        client.wait_for(&sent.summary.id, Status::Levert).await?;
        let found = at_altinn(&client, &letter).await?;
        let one = &found[0];
        assert_eq!(
            (found.len(), &one["resourceId"], &one["isConfidential"]),
            (1, &json!(arrives), &json!(confidential))
        );
    }
    // What is confidential is not shown to those with ordinary roles, whatever resource was named: Altinn refuses it.
    let mistaken = over(dpv::CONFIDENTIAL_PROCESS, Some(USUAL))?;
    let view = client.wait_for(&client.send(&mistaken).await?.summary.id, Status::Feil).await?;
    assert_eq!(codes(&view), [Code::ServiceRefused]);
    assert_eq!(at_altinn(&client, &mistaken).await?, Vec::<Value>::new());
    let malformed = over(CARE, Some("en ressurs"))?;
    let upload = client.upload(&malformed.package).await?;
    let answer = client.submit(&malformed.envelope, &upload).await?;
    assert_eq!(answer.json::<Problem>().await?.code, Code::EnvelopeRoute);
    Ok(())
}

/// Whoever does not read is reminded after a day, which the sandbox's clock is advanced by.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_never_reads_is_reminded() -> Result<()> {
    const HALF_A_DAY: u32 = 43_200;
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let id = client.send(&to_person(&client, NEVER_READS, DECISIONS)?).await?.summary.id;
    client.wait_for(&id, Status::Levert).await?;
    let reminders = async || -> Result<Vec<bool>> {
        let sent = client.mailbox().await?["notifications"].as_array().cloned().unwrap_or_default();
        let theirs = sent.iter().filter(|notice| notice["to"] == NEVER_READS);
        Ok(theirs.filter_map(|notice| notice["isReminder"].as_bool()).collect())
    };
    client.advance(HALF_A_DAY).await?;
    assert_eq!(reminders().await?, [false]);
    // By hand, on the sandbox's page.
    let page = client.request(Method::GET, "/sandbox/").send().await?.text().await?;
    assert!(page.contains("action=\"/sandbox/clock\""), "{page}");
    let form = client.request(Method::POST, "/sandbox/clock").form(&[("seconds", HALF_A_DAY)]).send().await?;
    assert_eq!(form.status(), StatusCode::SEE_OTHER);
    assert_eq!(reminders().await?, [false, true]);
    assert!(words(&client.message(&id).await?).iter().all(|word| *word != Status::Lest));
    Ok(())
}

/// Each channel has its own queue: what one service does to its letters is nothing to the others'.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_dead_service_holds_no_other_up() -> Result<()> {
    const SOLVIK: &str = "310900117";
    const MUNICIPALITY: &str = "310900214";
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let order = json!({ "service": "broker", "method": "POST", "path": "/filetransfer", "fault": "unavailable" });
    let answer = client.request(Method::PUT, "/sandbox/control/faults").json(&order).send().await?;
    assert_eq!(answer.status(), StatusCode::CREATED);
    // More than there are workers for one channel.
    let mut held = Vec::new();
    for _ in 0..8 {
        let letter = client.seal(SOLVIK, &[document("brev.txt", "a")]).await?;
        held.push(client.send(&letter).await?.summary.id);
    }
    client.wait_for(&held[0], Status::Annet).await?;
    for _ in 0..2 {
        let choices = Choices { digital_only: true, ..Choices::default() };
        let content = b"%PDF-1.7\nBrev".to_vec();
        let brev = PackDocument { name: "brev.pdf".to_owned(), media_type: "application/pdf".to_owned(), content };
        let shipment = client.seal_shipment(MUNICIPALITY, &[brev], choices, "").await?;
        let shipment = client.send(&shipment).await?.summary.id;
        let to_inbox = client.send(&letter(&client, BAKERY, TITLE)?).await?.summary.id;
        client.wait_for(&shipment, Status::Lest).await?;
        client.wait_for(&to_inbox, Status::Levert).await?;
    }
    for id in &held {
        let view = client.message(id).await?;
        assert!(words(&view).iter().all(|word| matches!(word, Status::Opprettet | Status::Annet)), "{view:?}");
        assert!(!view.summary.attention, "it is tried on, and nobody has to act");
    }
    let answer = client.request(Method::DELETE, "/sandbox/control/faults").send().await?;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    for id in &held {
        let view = client.wait_for(id, Status::Levert).await?;
        assert_eq!(words(&view).iter().filter(|word| **word == Status::Sendt).count(), 1, "{view:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_a_letter_is_there_once_or_refused_with_a_reason() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;

    // An answer that is lost after everything was done, one that a gateway swallows, and nothing done at all.
    for fault in ["lost", "gateway", "cut", "down", "busy"] {
        disturb(&client, fault).await?;
        let letter = letter(&client, BAKERY, fault)?;
        let sent = client.send(&letter).await?.summary;
        client.wait_for(&sent.id, Status::Levert).await?;
        assert_eq!(at_altinn(&client, &letter).await?.len(), 1, "{fault}");
    }

    let reserved = client.send(&to_person(&client, RESERVED, DECISIONS)?).await?.summary;
    let view = client.wait_for(&reserved.id, Status::Feil).await?;
    assert_eq!(codes(&view), [Code::RecipientReserved]);
    // Information goes to those, too.
    let informed = to_person(&client, RESERVED, dpv::INFORMATION_PROCESS)?;
    client.wait_for(&client.send(&informed).await?.summary.id, Status::Levert).await?;

    let removed = client.send(&letter(&client, BAKERY, "Brev [slett]")?).await?.summary;
    let view = client.wait_for(&removed.id, Status::Annet).await?;
    assert_eq!(words(&view), [Status::Opprettet, Status::Sendt, Status::Levert, Status::Annet]);
    // One that was delayed at first is told of, too.
    disturb(&client, "down").await?;
    let removed = client.send(&letter(&client, BAKERY, "Forsinket [slett]")?).await?.summary;
    client.wait_for(&removed.id, Status::Levert).await?;
    let delayed = [Status::Opprettet, Status::Annet, Status::Sendt, Status::Levert, Status::Annet];
    let view = client.wait_until(&removed.id, |view| view.events.len() == delayed.len()).await?;
    assert_eq!(words(&view), delayed);
    assert_eq!(view.events[4].description.as_deref(), Some("Altinn: PurgedByRecipient"));
    let infected = client.send(&letter(&client, VIRUS, "Brev")?).await?.summary;
    client.wait_for(&infected.id, Status::Feil).await?;

    // Signed by somebody else than the sender, sealed to somebody else than the relay.
    let other = Client::sign_in(&server.base(), "jon", THEIRS).await?;
    let sbd = || sbd(OURS, Some(BAKERY), LETTERS, DocumentType::Arkivmelding, json!({ "sikkerhetsnivaa": 3 }));
    let foreign = sealed(&client, &sbd()?, &files("Brev"), &other.key, &transit(&client)?)?;
    let mistaken = sealed(&client, &sbd()?, &files("Brev"), &client.key, client.key.certificate())?;
    for (letter, code) in [(foreign, Code::SignerOrgMismatch), (mistaken, Code::CmsNoRecipient)] {
        let sent = client.send(&letter).await?.summary;
        let view = client.wait_for(&sent.id, Status::Feil).await?;
        assert_eq!(codes(&view), [code]);
        assert_eq!(at_altinn(&client, &letter).await?, Vec::<Value>::new(), "nothing reached Altinn");
    }
    a_person_is_never_named_outside(&client).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_nobody_to_open_a_letter_gets_none() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    for (recipient, process) in [(NO_ROLE, LETTERS), (NO_CONFIDENTIAL_ROLE, dpv::CONFIDENTIAL_PROCESS)] {
        let letter = letter_about(&client, recipient, process, "Brev")?;
        let view = client.wait_for(&client.send(&letter).await?.summary.id, Status::Feil).await?;
        assert!(view.summary.attention && codes(&view).len() == 1, "{recipient}: {view:?}");
        assert_eq!(words(&view), [Status::Opprettet, Status::Feil], "{recipient}");
        assert_eq!(at_altinn(&client, &letter).await?, Vec::<Value>::new(), "{recipient}");
    }
    let ordinary = letter(&client, NO_CONFIDENTIAL_ROLE, "Brev")?;
    client.wait_for(&client.send(&ordinary).await?.summary.id, Status::Levert).await?;
    Ok(())
}

/// An SBD that names a person would be kept in the clear.
async fn a_person_is_never_named_outside(client: &Client) -> Result<()> {
    let business = json!({ "tittel": "t", "sammendrag": "s", "innhold": "i" });
    let sbd = sbd(OURS, Some(READER), DECISIONS, DocumentType::DigitalDpv, business)?;
    let letter = sealed(client, &sbd, &[document("a.txt", "a")], &client.key, &transit(client)?)?;
    let upload = client.upload(&letter.package).await?;
    let answer = client.submit(&letter.envelope, &upload).await?;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json::<Problem>().await?.code, Code::SbdFieldMissing);
    Ok(())
}
