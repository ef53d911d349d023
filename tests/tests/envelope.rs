//! Whose signature an envelope may bear, at the relay: organisations that act for others, and certificates that are no
//! longer good, never were, or of which nobody can tell.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::api::{MessageView, Problem, Session, Status};
use konvolutt_shared::finding::{Code, Finding, Rule};
use konvolutt_shared::jws::Algorithm;
use konvolutt_shared::pki::SoftKey;
use konvolutt_tests::Server;
use konvolutt_tests::client::{Client, SealedLetter, document};
use reqwest::{Method, StatusCode};
use serde_json::json;

const OURS: &str = "310904007";
const THEIRS: &str = "310904015";
const SOLVIK: &str = "310900117";
/// The organisation whose certificate the sandbox's authority has revoked.
const REVOKED: &str = "310901911";

/// Hands a letter over; its view, or what is wrong with it.
async fn submit(client: &Client, letter: &SealedLetter) -> Result<Result<MessageView, Problem>> {
    let upload = client.upload(&letter.package).await?;
    let answer = client.submit(&letter.envelope, &upload).await?;
    match answer.status() {
        StatusCode::CREATED => Ok(Ok(answer.json().await?)),
        _ => Ok(Err(answer.json().await?)),
    }
}

/// Our letter, and the same payload under another's signature.
async fn signed_by(client: &Client, signer: &Client) -> Result<SealedLetter> {
    let letter = client.seal(SOLVIK, &[document("brev.txt", "a")]).await?;
    signer.sign_anew(letter, Algorithm::Rs256)
}

fn broken(findings: &[Finding]) -> Vec<Rule> {
    findings.iter().filter(|one| one.refuses()).map(|one| one.rule).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_may_sign_for_the_sender_while_a_delegation_holds() -> Result<()> {
    let today = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let (before, after) = (today.yesterday()?.yesterday()?, today.tomorrow()?.tomorrow()?);
    let row = |signer: &str, sender: &str, from: jiff::civil::Date, to: jiff::civil::Date| {
        format!("[{{signer = '{signer}', sender = '{sender}', from = '{from}', to = '{to}'}}]")
    };
    for (rows, holds) in [
        (row(THEIRS, OURS, before, after), true),
        (row(THEIRS, OURS, before.yesterday()?, before), false),
        (row(THEIRS, OURS, after, after.tomorrow()?), false),
        (row(OURS, THEIRS, before, after), false),
        (row(THEIRS, SOLVIK, before, after), false),
        ("[]".to_owned(), false),
    ] {
        let server = Server::start_with(&[("KONVOLUTT_DELEGATIONS", &rows)])?;
        let siri = Client::sign_in(&server.base(), "siri", OURS).await?;
        let jon = Client::sign_in(&server.base(), "jon", THEIRS).await?;
        let letter = signed_by(&siri, &jon).await?;
        // Who signs and who may send are two questions: jon may not send for us, whatever was signed.
        let refused = submit(&jon, &letter).await?.unwrap_err();
        let code = if holds { Code::AccessDenied } else { Code::EnvelopeSender };
        assert_eq!((refused.status, refused.code), (403, code), "{rows}");
        match submit(&siri, &letter).await? {
            Ok(view) => {
                ensure!(holds, "{rows}: it was accepted");
                assert_eq!(view.summary.organisation, OURS);
                siri.wait_for(&view.summary.id, Status::Levert).await?;
            }
            Err(refused) => {
                ensure!(!holds, "{rows}: {refused:?}");
                assert_eq!((refused.status, refused.code), (403, Code::EnvelopeSender), "{rows}");
            }
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supplier_that_names_whom_it_acts_for_is_believed_by_the_recipient() -> Result<()> {
    let row = format!("[{{signer = '{SOLVIK}', sender = '{OURS}', from = '2020-01-01', to = '2099-12-31'}}]");
    let server = Server::start_with(&[("KONVOLUTT_DELEGATIONS", &row)])?;
    let mut siri = Client::sign_in(&server.base(), "siri", OURS).await?;
    let jon = Client::sign_in(&server.base(), "jon", THEIRS).await?;
    let session: Session = siri.request(Method::GET, "/api/v1/session").send().await?.json().await?;
    let suppliers: Vec<_> =
        session.suppliers.iter().map(|one| (one.signer.orgnr.as_str(), one.sender.as_str())).collect();
    assert_eq!(suppliers, [(SOLVIK, OURS)]);
    let session: Session = jon.request(Method::GET, "/api/v1/session").send().await?.json().await?;
    assert_eq!(session.suppliers, [], "nobody signs for his");

    // She has the supplier's certificate and no other.
    siri.key = Client::sign_in(&server.base(), "siri", SOLVIK).await?.key;
    siri.organisation = format!("0192:{SOLVIK}:{OURS}");
    let letter = siri.seal(THEIRS, &[document("brev.txt", "a")]).await?;
    let refused = submit(&jon, &letter).await?.unwrap_err();
    assert_eq!(refused.code, Code::AccessDenied, "he may not send for us");
    let sent = submit(&siri, &letter).await?.unwrap();
    assert_eq!(sent.summary.organisation, OURS, "it is ours, whoever signed");

    let came = jon.wait_for_incoming(|message| message.message_id == letter.message_id).await?;
    assert_eq!((came.summary.party.orgnr.as_str(), came.broker_sender.as_deref()), (OURS, Some(OURS)));
    assert_eq!(came.findings, [], "no name contradicts another");
    let (verified, _) = jon.open(&came).await?;
    assert_eq!(verified.signer().organisation.as_deref(), Some(SOLVIK));
    // His answers find the way back and count.
    siri.wait_for(&sent.summary.id, Status::Mottatt).await?;
    let path = format!("/api/v1/messages/{}/acknowledge", came.summary.id);
    jon.request(Method::POST, &path).send().await?.error_for_status()?;
    let view = siri.wait_for(&sent.summary.id, Status::Levert).await?;
    assert!(!view.summary.attention, "{:?}", view.events);

    // A counterpart that looks who signed takes it, too.
    let letter = siri.seal("310900419", &[document("brev.txt", "a")]).await?;
    let sent = submit(&siri, &letter).await?.unwrap();
    siri.wait_for(&sent.summary.id, Status::Levert).await?;
    Ok(())
}

/// Issues certificates in the name of the sandbox's authority, which nobody outside can.
struct Issuer {
    keys: PathBuf,
    folder: tempfile::TempDir,
}

impl Issuer {
    fn new(server: &Server) -> Result<Self> {
        let keys = find(&server.data(), "issuing.key.pem")?.context("the sandbox's authority has no key")?;
        let keys = keys.parent().context("a folder")?.to_owned();
        Ok(Self { keys, folder: tempfile::tempdir()? })
    }

    fn openssl(&self, arguments: &[&str]) -> Result<()> {
        let run = Command::new("openssl").args(arguments).current_dir(self.folder.path()).output()?;
        ensure!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        Ok(())
    }

    /// A certificate of ours with this key usage, valid until then.
    fn issue(&self, usage: &str, until: Timestamp) -> Result<SoftKey> {
        let path = |name: &str| self.folder.path().join(name);
        let settings = format!(
            "[ca]\ndefault_ca = own\n[own]\ndatabase = index.txt\nrand_serial = yes\nnew_certs_dir = .\n\
             default_md = sha256\npolicy = any\nx509_extensions = more\npreserve = yes\n\
             [any]\ncountryName = optional\norganizationName = optional\norganizationIdentifier = optional\n\
             commonName = supplied\n\
             [more]\nbasicConstraints = CA:FALSE\nkeyUsage = critical,{usage}\n"
        );
        std::fs::write(path("ca.cnf"), settings)?;
        std::fs::write(path("index.txt"), "")?;
        let subject = format!("/C=NO/O=Prove/organizationIdentifier=NTRNO-{OURS}/CN=Prove");
        let request = ["-newkey", "rsa:2048", "-nodes", "-keyout", "own.key", "-subj", &subject, "-out", "own.csr"];
        self.openssl(&[&["req"], request.as_slice()].concat())?;
        let time = |at: Timestamp| at.strftime("%Y%m%d%H%M%SZ").to_string();
        let (from, until) = (time(until - SignedDuration::from_hours(24 * 30)), time(until));
        let chain = self.keys.join("issuing.chain.pem");
        let (key, chain_text) = (self.keys.join("issuing.key.pem"), std::fs::read_to_string(&chain)?);
        let (key, chain) = (key.to_str().context("a path")?, chain.to_str().context("a path")?);
        let sign = ["ca", "-batch", "-notext", "-config", "ca.cnf", "-keyfile", key, "-cert", chain, "-in", "own.csr"];
        let validity = ["-startdate", &from, "-enddate", &until, "-out", "own.pem"];
        self.openssl(&[sign.as_slice(), validity.as_slice()].concat())?;
        let own = std::fs::read_to_string(path("own.pem"))? + &chain_text;
        Ok(SoftKey::from_pem(&std::fs::read_to_string(path("own.key"))?, &own)?)
    }
}

fn find(folder: &Path, name: &str) -> Result<Option<PathBuf>> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if let Some(found) = find(&path, name)? {
                return Ok(Some(found));
            }
        } else if path.ends_with(name) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_expired_or_not_for_signing_is_refused_and_told_apart() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let mut signer = Client::sign_in(&server.base(), "siri", OURS).await?;
    let issuer = Issuer::new(&server)?;
    let (now, day) = (Timestamp::now(), SignedDuration::from_hours(24));
    for (usage, until, wrong) in [
        // Everything else about them is well, or this one would be refused, too.
        ("digitalSignature", now + day, None),
        ("digitalSignature", now - day, Some(Rule::SignerPast)),
        ("keyEncipherment,dataEncipherment", now + day, Some(Rule::SignerUsage)),
    ] {
        signer.key = issuer.issue(usage, until)?;
        match (submit(&client, &signed_by(&client, &signer).await?).await?, wrong) {
            (Ok(view), None) => assert_eq!(view.findings, [], "nothing is wrong"),
            (Err(refused), Some(wrong)) => {
                assert_eq!(broken(&refused.findings), [wrong], "{usage} {until}: {refused:?}");
            }
            (told, _) => anyhow::bail!("{usage} {until}: {told:?}"),
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_certificate_is_refused_as_soon_as_there_is_a_list() -> Result<()> {
    let row = format!("[{{signer = '{REVOKED}', sender = '{OURS}', from = '2020-01-01', to = '2099-12-31'}}]");
    let server = Server::start_with(&[("KONVOLUTT_DELEGATIONS", &row)])?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let revoked = Client::sign_in(&server.base(), "siri", REVOKED).await?;
    let order = json!({ "service": "authority", "fault": "unavailable" });
    let answer = client.request(Method::PUT, "/sandbox/control/faults").json(&order).send().await?;
    assert_eq!(answer.status(), StatusCode::CREATED);

    // Without a list nobody can tell: post goes on, and the message keeps that it was not checked.
    for signer in [&client, &revoked] {
        let view = submit(&client, &signed_by(&client, signer).await?).await?.unwrap();
        let seen: Vec<_> = view.findings.iter().map(|one| (one.rule, one.refuses(), one.leaves_open())).collect();
        assert_eq!(seen, [(Rule::SignerStatusKnown, false, true)]);
        assert!(!view.summary.attention, "nobody has to act");
        assert_eq!(client.message(&view.summary.id).await?.findings, view.findings, "it is kept");
    }

    let answer = client.request(Method::DELETE, "/sandbox/control/faults").send().await?;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    // Whoever does not answer is left alone for a minute.
    let patience = Instant::now() + Duration::from_secs(120);
    while !submit(&client, &signed_by(&client, &client).await?).await?.unwrap().findings.is_empty() {
        ensure!(Instant::now() < patience, "the list is not fetched again");
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    let refused = submit(&client, &signed_by(&client, &revoked).await?).await?.unwrap_err();
    assert_eq!(broken(&refused.findings), [Rule::SignerStatus], "{refused:?}");

    // A list that was fetched counts until it can be fetched anew.
    client.request(Method::PUT, "/sandbox/control/faults").json(&order).send().await?.error_for_status()?;
    let refused = submit(&client, &signed_by(&client, &revoked).await?).await?.unwrap_err();
    assert_eq!(broken(&refused.findings), [Rule::SignerStatus], "{refused:?}");
    Ok(())
}
