//! Recipients that behave as their row of the test population says, and titles that ask for something: every one over
//! the built server, played with its own key over the public endpoints.
#![allow(clippy::unwrap_used)]

use anyhow::Result;
use jiff::SignedDuration;
use konvolutt_shared::api::{Direction, MessageSummary, MessageView, OrganisationHit, Status};
use konvolutt_shared::archive::{self, ArchivedDocument, Arkivmelding, JournalEntry};
use konvolutt_shared::container::VerifiedDocument;
use konvolutt_shared::pack::PackDocument;
use konvolutt_tests::Server;
use konvolutt_tests::client::{Client, SealedLetter, document, statuses};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

const OURS: &str = "310904007";
const SOLVIK: &str = "310900117";
const SVARETATEN: &str = "310900419";
const DOUBLES: &str = "310902616";
const RENEWED: &str = "310902012";
const PARENT: &str = "310903418";

use Status::{Feil, Lest, Levert, LevetidUtlopt, Mottatt, Opprettet, Sendt};

/// Recipient, the statuses of a letter in the order they must come, whether somebody has to act, and a word that the
/// history tells.
struct Row {
    recipient: &'static str,
    statuses: &'static [Status],
    attention: bool,
    told: &'static str,
}

const fn row(recipient: &'static str, statuses: &'static [Status], attention: bool, told: &'static str) -> Row {
    Row { recipient, statuses, attention, told }
}

const ROWS: &[Row] = &[
    row(SOLVIK, &[Opprettet, Sendt, Mottatt, Levert], false, ""),
    row("310900516", &[Opprettet, Sendt, Mottatt, Levert, Lest], false, ""),
    row("310900613", &[Opprettet, Sendt, Mottatt, Levert, Lest], false, "saksbehandleren ble ikke funnet"),
    row("310900710", &[Opprettet, Sendt, Mottatt, Levert, Feil], true, "Arkivet kunne ikke ta imot"),
    row("310900818", &[Opprettet, Sendt, Mottatt, Levert, Feil], true, "UnsupportedType"),
    row("310901016", &[Opprettet, Sendt, Feil], true, "ArkivError"),
    row("310901113", &[Opprettet, Sendt, Mottatt, Levert, Feil], true, "ArkivError"),
    row("310901210", &[Opprettet, Sendt, Mottatt, Levert, LevetidUtlopt], true, ""),
    row("310901512", &[Opprettet, Sendt, Mottatt, Feil], true, "UnsupportedType"),
    row("310901717", &[Opprettet, Sendt, Mottatt, Levert], false, ""),
    row("310902519", &[Opprettet, Sendt, Lest, Levert, Mottatt], false, ""),
    row(DOUBLES, &[Opprettet, Sendt, Mottatt, Levert], false, ""),
    row(PARENT, &[Opprettet, Sendt, Mottatt, Levert], false, ""),
];

fn told(view: &MessageView) -> String {
    view.events.iter().filter_map(|event| event.description.as_deref()).collect::<Vec<_>>().join("\n")
}

/// A letter with an archive record, which alone tells the recipient its title.
async fn titled(client: &Client, recipient: &str, title: &str) -> Result<SealedLetter> {
    client.seal(recipient, &titled_files(title)).await
}

fn titled_files(title: &str) -> Vec<PackDocument> {
    let main = ArchivedDocument {
        file: "brev.txt".to_owned(),
        title: "Brev".to_owned(),
        main: true,
        ..ArchivedDocument::default()
    };
    let entry = JournalEntry { title: title.to_owned(), documents: vec![main], ..JournalEntry::default() };
    let content = archive::write(&Arkivmelding { entry, ..Arkivmelding::default() });
    let record =
        PackDocument { name: archive::FILE_NAME.to_owned(), media_type: "application/xml".to_owned(), content };
    vec![document("brev.txt", "Innhold"), record]
}

/// What a counterpart keeps under a message id.
async fn received(client: &Client, letter: &SealedLetter) -> Result<Vec<Value>> {
    let entries = client.mailbox().await?["items"].as_array().cloned().unwrap_or_default();
    Ok(entries.into_iter().filter(|entry| entry["messageId"] == letter.message_id).collect())
}

/// What the sandbox itself answers, on its own socket.
async fn outside(server: &Server, path: &str) -> Result<Vec<u8>> {
    let base = std::fs::read_to_string(server.data().join("sandbox/sandbox/address"))?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    Ok(http.get(format!("{base}/sandbox/{path}")).send().await?.error_for_status()?.bytes().await?.to_vec())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_recipient_does_what_its_row_says() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let mut sent = Vec::new();
    for row in ROWS {
        let letter = titled(&client, row.recipient, "Brev").await?;
        sent.push((row, client.send(&letter).await?.summary.id, letter));
    }
    for (row, id, letter) in sent {
        for status in row.statuses {
            client.wait_for(&id, *status).await?;
        }
        let view = client.message(&id).await?;
        assert_eq!(statuses(&view), row.statuses, "{}: {view:?}", row.recipient);
        assert_eq!(view.summary.attention, row.attention, "{}: {view:?}", row.recipient);
        assert!(told(&view).contains(row.told), "{}: {}", row.recipient, told(&view));
        let received = received(&client, &letter).await?;
        assert_eq!((received.len(), &received[0]["verdict"]), (1, &json!("ok")), "{}", row.recipient);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn titles_ask_for_what_happens() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    for (title, wanted, word) in [
        ("Brev [feil]", &[Opprettet, Sendt, Mottatt, Feil][..], "BestiltFeil"),
        ("Brev [virus]", &[Opprettet, Sendt, Mottatt, Feil], "viruskontroll"),
        ("Brev [forsink 30s]", &[Opprettet, Sendt, Mottatt, Levert], ""),
    ] {
        let id = client.send(&titled(&client, SOLVIK, title).await?).await?.summary.id;
        for status in wanted {
            client.wait_for(&id, *status).await?;
        }
        let view = client.message(&id).await?;
        assert_eq!(statuses(&view), wanted, "{title}");
        assert!(told(&view).contains(word), "{title}: {}", told(&view));
        if title.contains("forsink") {
            // Whatever else takes time: by the sandbox's clock, the answer is written half a minute later.
            let at = |status| view.events.iter().find(|event| event.status == status).unwrap().at;
            assert!(at(Mottatt).duration_since(at(Opprettet)).as_millis() >= 30_000 / 8, "{view:?}");
        }
    }
    let sent = client.send(&titled(&client, SOLVIK, "Brev [svar]").await?).await?.summary;
    let reply = client.wait_for_incoming(|one| one.conversation_id == sent.conversation_id).await?;
    assert_eq!(reply.summary.party.orgnr, SOLVIK);
    client.open(&reply).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_recipients_send_is_shown_as_what_it_is() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    // Two documents in the same conversation; everything twice; a broken signature; no metadata; odd file names.
    for (recipient, opens) in
        [(SVARETATEN, true), (DOUBLES, true), ("310902713", false), ("310902810", true), ("310902918", true)]
    {
        let sent = client.send(&titled(&client, recipient, "Brev").await?).await?.summary;
        let ours = |one: &MessageSummary| one.conversation_id == sent.conversation_id;
        let reply = client.wait_for_incoming(ours).await?;
        let opened = client.open(&reply).await;
        assert_eq!(opened.is_ok(), opens, "{recipient}: {:?}", opened.err());
        if recipient == "310902918" {
            let (verified, _) = client.open(&reply).await?;
            let names: Vec<&str> = verified.documents().iter().map(VerifiedDocument::name).collect();
            assert!(names.iter().any(|name| name.chars().count() > 290), "{names:?}");
            assert!(names.contains(&"A\u{30a}rsmelding.pdf"), "{names:?}");
        }
        if recipient == DOUBLES {
            // What is written later comes later: the second copy has been met by then.
            client.let_write(DOUBLES, "good").await?;
            client.wait_for_incoming(|one| one.party.orgnr == DOUBLES && !ours(one)).await?;
        }
        let came = client.list(Direction::In).await?.iter().filter(|one| ours(one)).count();
        assert_eq!(came, 1, "{recipient}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_that_are_replaced_revoked_or_over() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    // What was looked up first is laid aside by the time the letter comes; what the second look-up tells opens it.
    let (old, new) = (client.address(RENEWED).await?.certificate, client.address(RENEWED).await?.certificate);
    assert_ne!(old.der(), new.der());
    for (certificate, status, verdict) in [(&old, Feil, "refused"), (&new, Levert, "ok")] {
        let id = Uuid::new_v4().to_string();
        let letter = client.seal_as(&id, RENEWED, &titled_files("Brev"), certificate)?;
        let view = client.wait_for(&client.send(&letter).await?.summary.id, status).await?;
        assert_eq!(view.events.iter().any(|event| event.status == Levert), verdict == "ok");
        assert_eq!(received(&client, &letter).await?[0]["verdict"], verdict);
    }
    // Only eInnsyn and only the health network, which nobody speaks or plays here.
    for (recipient, service) in [("310903701", "dpe"), ("310903809", "dph")] {
        let unsupported = client.address(recipient).await.unwrap_err().to_string();
        assert!(unsupported.contains("ServiceUnsupported"), "{recipient}: {unsupported}");
        let refused = outside(&server, &format!("unavailable/{service}")).await.unwrap_err().to_string();
        assert!(refused.contains("501"), "{refused}");
    }
    let expired = client.address("310901814").await.unwrap_err().to_string();
    assert!(expired.contains("RecipientCertificate"), "{expired}");
    let revoked = client.address("310901911").await?.certificate;
    let list = outside(&server, "ca/issuing.crl").await?;
    assert!(konvolutt_shared::pki::Crl::from_der(&list).unwrap().lists(&revoked));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_never_fetched_runs_out_of_time() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let letter = client.seal_for("310900915", &titled_files("Brev"), SignedDuration::from_secs(10)).await?;
    let view = client.wait_for(&client.send(&letter).await?.summary.id, LevetidUtlopt).await?;
    assert_eq!(statuses(&view), [Opprettet, Sendt, LevetidUtlopt]);
    assert!(view.summary.attention, "somebody must act");
    assert_eq!(received(&client, &letter).await?, Vec::<Value>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_small_and_divided_recipients() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    // A minute before anything is taken.
    let slow = client.send(&titled(&client, "310903310", "Brev").await?).await?.summary.id;
    let view = client.wait_for(&slow, Levert).await?;
    let at = |status| view.events.iter().find(|event| event.status == status).unwrap().at;
    assert!(at(Sendt).duration_since(at(Opprettet)).as_millis() >= 60_000 / 8, "{view:?}");
    assert_eq!(view.events.iter().filter(|event| event.status == Sendt).count(), 1);
    // The registry says how much a small one takes.
    assert!(format!("{:?}", client.address("310901717").await?).contains("1000000"));
    // Sub-units stand in the register and have no address.
    let brreg = "brreg/enhetsregisteret/api/underenheter";
    let found: Value = serde_json::from_slice(&outside(&server, &format!("{brreg}?overordnetEnhet={PARENT}")).await?)?;
    let units = found["_embedded"]["underenheter"].as_array().unwrap();
    assert_eq!(units.len(), 2);
    for unit in units {
        assert_eq!(unit["overordnetEnhet"], PARENT);
        let number = unit["organisasjonsnummer"].as_str().unwrap();
        let one: Value = serde_json::from_slice(&outside(&server, &format!("{brreg}/{number}")).await?)?;
        assert_eq!(&one, unit);
        assert!(client.address(number).await.is_err(), "{number}");
        // Who searches for it is shown where its letters go.
        let hits = hits(&client, number).await?;
        assert_eq!(hits.iter().map(|hit| hit.orgnr.as_str()).collect::<Vec<_>>(), [number, PARENT]);
        assert_eq!(hits[0].parent.as_deref(), Some(PARENT));
    }
    // By name, too: organisations first, and behind sub-units the one that letters to them go to, once.
    let [north, south] = ["310903426", "310903434"];
    for (query, numbers) in [
        ("avd.%20nord", &[north, PARENT][..]),
        ("avd.", &[north, PARENT, south]),
        ("flere%20underenheter", &[PARENT, north, south]),
        ("Solvik%20Bakeri", &["310900311"]),
    ] {
        let hits = hits(&client, query).await?;
        assert_eq!(hits.iter().map(|hit| hit.orgnr.as_str()).collect::<Vec<_>>(), numbers, "{query}");
        for hit in hits.iter().filter(|hit| [north, south].contains(&hit.orgnr.as_str())) {
            assert_eq!(hit.parent.as_deref(), Some(PARENT));
        }
    }
    Ok(())
}

async fn hits(client: &Client, query: &str) -> Result<Vec<OrganisationHit>> {
    let found = client.request(Method::GET, &format!("/api/v1/organisations?query={query}")).send().await?;
    Ok(found.error_for_status()?.json().await?)
}

/// The register says it of those that nobody should write to, or not as if nothing had happened.
#[tokio::test]
async fn deleted_and_bankrupt_organisations_are_known_as_such() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let deleted = hits(&client, "310903515").await?;
    assert_eq!(deleted[0].deleted.as_deref(), Some("2025-06-30"));
    assert!(hits(&client, "Slettet").await?.is_empty(), "a name finds only what is there");
    let bankrupt = hits(&client, "Konkursrammet").await?;
    assert!(bankrupt[0].bankrupt && bankrupt[0].deleted.is_none());
    assert!(!hits(&client, SOLVIK).await?[0].bankrupt);
    Ok(())
}
