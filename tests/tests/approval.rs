//! Four eyes, through the built server and the sandbox: what a rule covers waits, somebody else than its sender decides,
//! and only what was approved arrives.
#![allow(clippy::unwrap_used)]

use anyhow::{Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use getrandom::SysRng;
use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::api::{
    ApiKeySecret, Approval, ApprovalStep, AuditLine, Direction, MessageView, Page, Problem, Session, Status,
    Submission, Waiting, WaitingView,
};
use konvolutt_shared::dpi::Body;
use konvolutt_shared::finding::Code;
use konvolutt_shared::pack::PackDocument;
use konvolutt_shared::seal::{ContentCipher, ContentKey, KeyTransport, recipient_info};
use konvolutt_tests::Server;
use konvolutt_tests::client::{Client, SealedLetter, document};
use konvolutt_tests::mail::{Mailing, post, sign_message};
use rand_core::UnwrapErr;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const OURS: &str = "310904007";
const SOLVIK: &str = "310900117";
/// Has a rule for every channel in the sandbox.
const FOUR_EYES: &str = "310904120";

/// A rule for letters of ours by eFormidling.
const RULE: (&str, &str) = ("KONVOLUTT_APPROVALS", r#"[{ organisation = "310904007", channels = ["DPO"] }]"#);

struct Office {
    server: Server,
    siri: Client,
    gro: Client,
}

impl Office {
    async fn open() -> Result<Self> {
        let server = Server::start_with(&[RULE])?;
        let siri = Client::sign_in(&server.base(), "siri", OURS).await?;
        let gro = Client::sign_in(&server.base(), "gro", OURS).await?;
        Ok(Self { server, siri, gro })
    }

    async fn letter(&self) -> Result<SealedLetter> {
        self.siri.seal(SOLVIK, &[document("brev.txt", "Hei")]).await
    }
}

async fn decide(client: &Client, id: &str, note: Option<&str>) -> Result<(StatusCode, Option<Problem>)> {
    let path = format!("/api/v1/approvals/{id}/{}", if note.is_some() { "return" } else { "approve" });
    let mut request = client.request(Method::POST, &path);
    if let Some(note) = note {
        request = request.json(&json!({ "note": note }));
    }
    let answer = request.send().await?;
    let status = answer.status();
    Ok((status, if status.is_success() { None } else { Some(answer.json().await?) }))
}

async fn refused(client: &Client, id: &str, note: Option<&str>) -> Result<(u16, Code)> {
    let (status, problem) = decide(client, id, note).await?;
    Ok((status.as_u16(), problem.unwrap().code))
}

async fn waiting(client: &Client, organisation: &str) -> Result<Vec<Waiting>> {
    let path = format!("/api/v1/approvals?organisation={organisation}");
    Ok(client.request(Method::GET, &path).send().await?.error_for_status()?.json().await?)
}

/// How many packages the recipient has received with this message id.
async fn arrived(client: &Client, letter: &SealedLetter) -> Result<usize> {
    let all = client.mailbox().await?["items"].as_array().cloned().unwrap_or_default();
    Ok(all.iter().filter(|one| one.to_string().contains(&letter.message_id)).count())
}

fn steps(view: &MessageView) -> Vec<Approval> {
    view.events.iter().filter_map(|event| event.approval.clone()).collect()
}

fn step(step: ApprovalStep, by: &str) -> Approval {
    Approval { step, by: by.to_owned() }
}

/// What the auditor reads of acts on a message.
async fn acts(server: &Server, id: &str) -> Result<Vec<(String, String)>> {
    let rut = Client::sign_in(&server.base(), "rut", OURS).await?;
    let path = format!("/api/v1/audit?organisation={OURS}");
    let page: Page<AuditLine> = rut.request(Method::GET, &path).send().await?.json().await?;
    let lines = page.items.iter().map(|one| one.line.split_once(' ').unwrap().1);
    let acts = lines.map(|line| serde_json::from_str::<Value>(line).unwrap()).filter(|act| act["object"]["id"] == id);
    let told =
        |act: Value| (act["action"].as_str().unwrap().to_owned(), act["who"]["name"].as_str().unwrap().to_owned());
    Ok(acts.map(told).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_waits_is_approved_and_arrives_once() -> Result<()> {
    let office = Office::open().await?;
    let (siri, gro) = (&office.siri, &office.gro);
    let letter = office.letter().await?;
    let sent = siri.send(&letter).await?;
    let id = sent.summary.id.as_str();
    ensure!(sent.summary.awaits_approval && sent.summary.status == Status::Opprettet);

    // Another letter, by a channel without a rule, leaves meanwhile: the queue is at work.
    let list = waiting(gro, OURS).await?;
    assert_eq!(list.iter().map(|one| one.summary.id.as_str()).collect::<Vec<_>>(), [id]);
    assert_eq!((list[0].sent_by.as_str(), list[0].yours), ("Siri Saksbehandler", false));
    let free = Client::sign_in(&office.server.base(), "jon", "310904015").await?;
    let other = free.send(&free.seal(SOLVIK, &[document("brev.txt", "Hei")]).await?).await?;
    free.wait_for(&other.summary.id, Status::Levert).await?;
    assert_eq!(arrived(siri, &letter).await?, 0, "nothing is handed over before it is approved");

    // Handing the same over again is no way round, nor is trying again.
    let again = siri.submit(&letter.envelope, "00000000-0000-0000-0000-000000000000").await?;
    ensure!(again.status() == StatusCode::OK && again.json::<MessageView>().await?.summary.awaits_approval);
    let retried = siri.request(Method::POST, &format!("/api/v1/messages/{id}/retry")).send().await?;
    assert_eq!(retried.status(), StatusCode::BAD_REQUEST);

    let view: WaitingView = gro.request(Method::GET, &format!("/api/v1/approvals/{id}")).send().await?.json().await?;
    assert_eq!(view.message.envelope.as_deref(), Some(letter.envelope.as_str()), "what was signed is seen");
    let path = format!("/api/v1/approvals/{id}/package");
    let package = gro.request(Method::GET, &path).send().await?.bytes().await?;
    ensure!(package == letter.package, "byte by byte what will be sent");

    assert_eq!(decide(gro, id, None).await?.0, StatusCode::NO_CONTENT);
    let view = siri.wait_for(id, Status::Levert).await?;
    let by = [step(ApprovalStep::Asked, "Siri Saksbehandler"), step(ApprovalStep::Approved, "Gro Godkjenner")];
    assert_eq!(steps(&view), by);
    ensure!(!view.summary.awaits_approval);
    assert_eq!(decide(gro, id, None).await?.0, StatusCode::NO_CONTENT, "twice is once");
    assert_eq!(refused(gro, id, Some("For sent")).await?, (409, Code::ApprovalDecided));
    assert_eq!(arrived(siri, &letter).await?, 1, "once");
    assert_eq!(steps(&siri.message(id).await?), by);
    for path in [format!("/api/v1/approvals/{id}"), path] {
        let gone = gro.request(Method::GET, &path).send().await?.status();
        assert_eq!(gone, StatusCode::NOT_FOUND, "it does not wait any more");
    }
    ensure!(waiting(gro, OURS).await?.is_empty());
    let acts = acts(&office.server, id).await?;
    let approved: Vec<_> = acts.iter().filter(|(action, _)| action == "message_approved").collect();
    assert_eq!(approved, [&("message_approved".to_owned(), "gro".to_owned())]);
    assert_eq!(acts.iter().filter(|(action, who)| action == "package_fetched" && who == "gro").count(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_that_is_returned_is_never_sent_and_its_sender_reads_why() -> Result<()> {
    let office = Office::open().await?;
    let letter = office.letter().await?;
    let sent = office.siri.send(&letter).await?;
    let id = sent.summary.id.as_str();
    for note in ["", " \n", &"x".repeat(2_001)] {
        assert_eq!(refused(&office.gro, id, Some(note)).await?, (400, Code::RequestInvalid));
    }
    assert_eq!(decide(&office.gro, id, Some(" Vedlegg 2 mangler. ")).await?.0, StatusCode::NO_CONTENT);
    assert_eq!(decide(&office.gro, id, Some("En gang til")).await?.0, StatusCode::NO_CONTENT);
    assert_eq!(refused(&office.gro, id, None).await?, (409, Code::ApprovalDecided));
    let view = office.siri.message(id).await?;
    assert_eq!((view.summary.status, view.summary.attention, view.retryable), (Status::Feil, true, false));
    let last = view.events.last().unwrap();
    assert_eq!(last.description.as_deref(), Some("Vedlegg 2 mangler."), "the first note counts");
    assert_eq!(last.approval, Some(step(ApprovalStep::Returned, "Gro Godkjenner")));
    // What is sent anew is another message.
    let anew = office.letter().await?;
    let second = office.siri.send(&anew).await?.summary.id;
    decide(&office.gro, &second, None).await?;
    office.siri.wait_for(&second, Status::Levert).await?;
    assert_eq!((arrived(&office.siri, &letter).await?, arrived(&office.siri, &anew).await?), (0, 1));
    ensure!(acts(&office.server, id).await?.contains(&("message_returned".to_owned(), "gro".to_owned())));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_approves_what_they_sent_themselves_nor_what_is_anothers() -> Result<()> {
    let server = Server::start_with(&[RULE])?;
    let sign_in = async |person, organisation| Client::sign_in(&server.base(), person, organisation).await;
    // Eli has both roles.
    let (eli, leo) = (sign_in("eli", FOUR_EYES).await?, sign_in("leo", FOUR_EYES).await?);
    let session: Session = eli.request(Method::GET, "/api/v1/session").send().await?.json().await?;
    ensure!(session.approvals.iter().any(|rule| rule.covers(FOUR_EYES, "DPO")), "the form can say so beforehand");
    let letter = eli.seal(SOLVIK, &[document("brev.txt", "Hei")]).await?;
    let id = eli.send(&letter).await?.summary.id;
    ensure!(waiting(&eli, FOUR_EYES).await?[0].yours);
    assert_eq!(refused(&eli, &id, None).await?, (403, Code::ApprovalOwn));
    assert_eq!(refused(&eli, &id, Some("Nei")).await?, (403, Code::ApprovalOwn));
    let again = sign_in("eli", FOUR_EYES).await?;
    assert_eq!(refused(&again, &id, None).await?, (403, Code::ApprovalOwn), "another session is the same person");

    let (gro, ada) = (sign_in("gro", OURS).await?, sign_in("ada", OURS).await?);
    assert_eq!(refused(&gro, &id, None).await?, (404, Code::MessageUnknown), "of another organisation");
    assert_eq!(refused(&ada, &id, None).await?, (403, Code::AccessDenied), "without the role");
    let other = gro.request(Method::GET, &format!("/api/v1/approvals?organisation={FOUR_EYES}")).send().await?;
    assert_eq!(other.status(), StatusCode::FORBIDDEN);

    // A key cannot be given the right, and the highest that it can be given is not enough.
    let siri = sign_in("siri", OURS).await?;
    let key = async |scope: &[&str]| {
        let expires = (Timestamp::now() + SignedDuration::from_hours(1)).to_string();
        let body = json!({ "organisation": OURS, "name": "x", "scope": scope, "expires": expires });
        siri.request(Method::POST, "/api/v1/keys").json(&body).send().await
    };
    ensure!(key(&["approve"]).await?.status().is_client_error());
    let made: ApiKeySecret = key(&["look", "send", "open"]).await?.json().await?;
    let ours = siri.send(&siri.seal(SOLVIK, &[document("brev.txt", "Hei")]).await?).await?.summary.id;
    let path = format!("/api/v1/approvals/{ours}/approve");
    let answer = siri.anonymous(Method::POST, &path).bearer_auth(&made.secret).send().await?;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);

    assert_eq!(decide(&leo, &id, None).await?.0, StatusCode::NO_CONTENT);
    eli.wait_for(&id, Status::Levert).await?;
    assert_eq!(arrived(&eli, &letter).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadline_goes_on_while_a_letter_waits() -> Result<()> {
    let office = Office::open().await?;
    let life = SignedDuration::from_secs(4);
    let letter = office.siri.seal_for(SOLVIK, &[document("brev.txt", "Hei")], life).await?;
    let id = office.siri.send(&letter).await?.summary.id;
    let view = office.siri.wait_for(&id, Status::LevetidUtlopt).await?;
    assert_eq!((view.summary.status, view.summary.awaits_approval), (Status::LevetidUtlopt, false));
    assert_eq!(refused(&office.gro, &id, None).await?, (409, Code::ApprovalDecided));
    ensure!(waiting(&office.gro, OURS).await?.is_empty());
    assert_eq!(arrived(&office.siri, &letter).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_that_cannot_wait_is_refused_instead_of_sent() -> Result<()> {
    let server = Server::start()?;
    let eli = Client::sign_in(&server.base(), "eli", FOUR_EYES).await?;
    let jon = Client::sign_in(&server.base(), "jon", "310904015").await?;
    let body = Body::Digital(Box::new(post("prove.person#4F2A", "Vedtak")));
    let to = Mailing { provider: "310904015".to_owned(), certificate: jon.key.certificate().clone(), body };
    let pdf =
        |name: &str| PackDocument { media_type: "application/pdf".to_owned(), ..document(name, "%PDF-1.7\n%%EOF\n") };
    let mail = eli.seal_mail(&to, &[pdf("vedtak.pdf")]).await?;
    let message = sign_message(&mail.message()?, &eli.key)?;
    let envelope = eli.mail_envelope(&mail.kept()?, &mail.package)?;
    let answer = eli.submit_mail(&envelope, &mail.package, Some(&message)).await?;
    let problem: Problem = answer.json().await?;
    assert_eq!((problem.status, problem.code), (422, Code::ApprovalImpossible));
    ensure!(eli.list(Direction::Out).await?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_survives_a_power_cut() -> Result<()> {
    let mut office = Office::open().await?;
    let letter = office.letter().await?;
    let id = office.siri.send(&letter).await?.summary.id;
    office.server.cut_power_and_start_again()?;
    assert_eq!(decide(&office.gro, &id, None).await?.0, StatusCode::NO_CONTENT);
    office.server.cut_power_and_start_again()?;
    office.siri.wait_for(&id, Status::Levert).await?;
    assert_eq!(arrived(&office.siri, &letter).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_content_key_is_for_those_who_approve_and_for_as_long_as_it_waits() -> Result<()> {
    let office = Office::open().await?;
    let mut rng = UnwrapErr(SysRng);
    let content_key = ContentKey::generate(ContentCipher::Aes256Cbc, &mut rng);
    let own = &office.siri.key.chain()[0];
    let info = recipient_info(own, KeyTransport::OAEP_SHA256, &content_key, &mut rng).unwrap();
    let submit = async |client: &Client, key: &str| {
        let letter = client.seal(SOLVIK, &[document("brev.txt", "Hei")]).await?;
        let upload = client.upload(&letter.package).await?;
        let (envelope, approval_key) = (letter.envelope, Some(key.to_owned()));
        let submission = Submission { envelope, upload, business_message: None, approval_key };
        anyhow::Ok(client.request(Method::POST, "/api/v1/messages").json(&submission).send().await?)
    };
    for wrong in ["", "???", "MAA=", &STANDARD.encode([&info[..], b"x"].concat())] {
        let problem: Problem = submit(&office.siri, wrong).await?.json().await?;
        assert_eq!((problem.status, problem.code), (400, Code::RequestInvalid), "{wrong}");
    }
    let key = STANDARD.encode(&info);
    let jon = Client::sign_in(&office.server.base(), "jon", "310904015").await?;
    let unasked: Problem = submit(&jon, &key).await?.json().await?;
    assert_eq!(unasked.code, Code::RequestInvalid, "no rule asks for it");

    let sent = submit(&office.siri, &key).await?.text().await?;
    ensure!(!sent.contains(&key), "senders have no need of it");
    let id = serde_json::from_str::<MessageView>(&sent)?.summary.id;
    let path = format!("/api/v1/approvals/{id}");
    let view: WaitingView = office.gro.request(Method::GET, &path).send().await?.json().await?;
    assert_eq!(view.approval_key.as_deref(), Some(key.as_str()));
    let message = office.gro.request(Method::GET, &format!("/api/v1/messages/{id}")).send().await?.text().await?;
    ensure!(!message.contains(&key), "it stands nowhere else");
    Ok(())
}
