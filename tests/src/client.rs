//! A client of the relay that does what the browser does, with keys in memory.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use getrandom::SysRng;
use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::address::{self, Addressed, Ways};
use konvolutt_shared::api::{Direction, MessageSummary, MessageView, Page, RecipientAnswer, Status, Submission, Trust};
use konvolutt_shared::container::verify::verify;
use konvolutt_shared::container::{Profile, Quarantine, SignatureDigest, Verified, VerifyPolicy};
use konvolutt_shared::envelope::{self, EnvelopeClaims, PackageClaim};
use konvolutt_shared::identifier::{ConversationId, Iso6523, MessageId};
use konvolutt_shared::jws::Algorithm;
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pack::{PackDocument, PackHead, pack};
use konvolutt_shared::pki::{Certificate, Policy, Purpose, SoftKey};
use konvolutt_shared::sbd::{self, ArkivmeldingHead, Sbd};
use konvolutt_shared::seal;
use rand_core::UnwrapErr;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::json;
use uuid::Uuid;

/// Process of ordinary letters.
pub const PROCESS: &str = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";

const ARKIVMELDING: &str = "urn:no:difi:arkivmelding:xsd::arkivmelding";

/// Only decides when a test gives up waiting.
const PATIENCE: Duration = Duration::from_secs(180);

/// The statuses of a message in their order, but SENDT where it belongs: a receipt may overtake the try that finds the
/// letter uploaded.
pub fn statuses(view: &MessageView) -> Vec<Status> {
    let mut all: Vec<Status> = view.events.iter().map(|event| event.status).collect();
    if let Some(at) = all.iter().position(|status| *status == Status::Sendt) {
        let sent = all.remove(at);
        all.insert(1.min(all.len()), sent);
    }
    all
}

/// A signed-in person with the organisation's key.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    cookie: String,
    /// Nine digits.
    pub organisation: String,
    /// The organisation's key.
    pub key: SoftKey,
    /// What the operator pinned.
    pub trust: Trust,
}

/// A sealed letter that has not been handed over.
#[derive(Clone, Debug)]
pub struct SealedLetter {
    /// UUID.
    pub message_id: String,
    /// Compact JWS.
    pub envelope: String,
    /// The sealed package.
    pub package: Vec<u8>,
}

impl Client {
    /// Signs in and fetches the test key.
    pub async fn sign_in(base: &str, person: &str, organisation: &str) -> Result<Self> {
        // Already installed when several clients share a process.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
        let cookie = crate::sign_in::session(base, person).await?;
        let file = http.get(format!("{base}/sandbox/keystores/{organisation}.p12")).send().await?.bytes().await?;
        let key = SoftKey::from_pkcs12(&file, "test1234")?;
        let trust = http.get(format!("{base}/trust.json")).send().await?.json().await?;
        Ok(Self { http, base: base.to_owned(), cookie, organisation: organisation.to_owned(), key, trust })
    }

    /// The session's cookie.
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// A request in the person's name.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base)).header("cookie", &self.cookie)
    }

    /// A request in nobody's name.
    pub fn anonymous(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// Roots, and no revocation lists, at the present time.
    pub fn policy(&self, purpose: Purpose) -> Result<Policy> {
        let read = |pems: &[String]| pems.iter().map(|pem| Certificate::from_pem(pem)).collect::<Result<Vec<_>, _>>();
        Ok(Policy {
            at: now(),
            anchors: read(&self.trust.anchors)?,
            intermediates: read(&self.trust.intermediates)?,
            crls: Vec::new(),
            purpose,
            ..Policy::default()
        })
    }

    /// What the registry says of a recipient, verified.
    pub async fn address(&self, recipient: &str) -> Result<Addressed> {
        let lookup = self.request(Method::POST, "/api/v1/recipients/lookup");
        let answer = lookup.json(&json!({ "identifier": recipient, "process": PROCESS })).send().await?;
        ensure!(answer.status() == StatusCode::OK, "lookup: {}", answer.text().await?);
        let answer: RecipientAnswer = answer.json().await?;
        let registry = address::verify_registry_answer(&answer.registry_answer, &self.trust.registry_keys)?;
        let transit = self.trust.transit.as_deref().map(Certificate::from_pem).transpose()?;
        let ways = Ways { svarut: self.trust.svarut, transit: transit.as_ref(), dpi: self.trust.dpi };
        address::choose(&registry, PROCESS, ARKIVMELDING, &self.policy(Purpose::Encrypt)?, ways)
            .map_err(|findings| anyhow::anyhow!("{findings:?}"))
    }

    /// Packs, signs and seals.
    pub async fn seal(&self, recipient: &str, documents: &[PackDocument]) -> Result<SealedLetter> {
        let addressed = self.address(recipient).await?;
        self.seal_as(&Uuid::new_v4().to_string(), recipient, documents, &addressed.certificate)
    }

    /// Packs, signs and seals under a given message id.
    pub fn seal_as(
        &self,
        message_id: &str,
        recipient: &str,
        documents: &[PackDocument],
        certificate: &Certificate,
    ) -> Result<SealedLetter> {
        let head = PackHead {
            profile: Profile::Cades,
            sender: &self.organisation,
            receiver: recipient,
            digest: SignatureDigest::Sha256,
            now: now(),
            signature_id: Uuid::new_v4(),
        };
        let container = pack(head, documents, &self.key)?;
        let package = seal::seal(certificate, &container, &mut UnwrapErr(SysRng))?;
        let sbd = self.sbd(message_id, recipient, &documents[0].name)?;
        let envelope = self.envelope(&sbd, &package)?;
        Ok(SealedLetter { message_id: message_id.to_owned(), envelope, package })
    }

    /// The document of a letter.
    pub fn sbd(&self, message_id: &str, recipient: &str, main: &str) -> Result<Sbd> {
        self.sbd_until(message_id, recipient, main, now() + SignedDuration::from_hours(1))
    }

    /// A letter that lives so long after it is sealed. What follows must be in time on any machine, so it lives the longer
    /// the more slowly this one seals.
    pub async fn seal_for(
        &self,
        recipient: &str,
        documents: &[PackDocument],
        life: SignedDuration,
    ) -> Result<SealedLetter> {
        let begun = Instant::now();
        let letter = self.seal(recipient, documents).await?;
        let deadline = now() + life + SignedDuration::try_from(begun.elapsed() * 4)?;
        let sbd = self.sbd_until(&letter.message_id, recipient, &documents[0].name, deadline)?;
        Ok(SealedLetter { envelope: self.envelope(&sbd, &letter.package)?, ..letter })
    }

    /// The same letter, whose answers come back on a message channel.
    pub fn on_channel(&self, letter: SealedLetter, channel: &str) -> Result<SealedLetter> {
        let payload = konvolutt_shared::jws::parse(&letter.envelope)?.payload;
        let claims: EnvelopeClaims = serde_json::from_slice(&payload)?;
        let mut document: serde_json::Value = serde_json::from_str(&claims.sbd)?;
        let scopes = &mut document["standardBusinessDocumentHeader"]["businessScope"]["scope"];
        let scope = json!({ "type": "MessageChannel", "instanceIdentifier": Uuid::new_v4(), "identifier": channel });
        scopes.as_array_mut().context("no scopes")?.push(scope);
        let sbd = Sbd::parse(document.to_string().as_bytes(), None);
        let sbd = sbd.map_err(|findings| anyhow::anyhow!("{findings:?}"))?;
        Ok(SealedLetter { envelope: self.envelope(&sbd, &letter.package)?, ..letter })
    }

    fn sbd_until(&self, message_id: &str, recipient: &str, main: &str, expires: Timestamp) -> Result<Sbd> {
        Ok(sbd::arkivmelding(ArkivmeldingHead {
            sender: Iso6523::parse(&self.organisation)?,
            receiver: Iso6523::parse(recipient)?,
            process: PROCESS.to_owned(),
            message_id: MessageId::parse(message_id)?,
            conversation_id: ConversationId::parse(&Uuid::new_v4().to_string())?,
            created: now() - SignedDuration::from_secs(5),
            expires,
            sender_ref: None,
            receiver_ref: None,
            main_document: Some(main.to_owned()),
            security_level: 3,
            dpv: None,
        }))
    }

    /// A signed envelope around a document and a package.
    pub fn envelope(&self, sbd: &Sbd, package: &[u8]) -> Result<String> {
        let claim = PackageClaim::of("application/pkcs7-mime", package);
        let claims = EnvelopeClaims::new(&self.trust.audience, now(), 600, sbd, "DPO", claim);
        self.sign(&claims)
    }

    /// Signs claims as they are.
    pub fn sign(&self, claims: &EnvelopeClaims) -> Result<String> {
        self.sign_with(claims, Algorithm::Rs256)
    }

    fn sign_with(&self, claims: &EnvelopeClaims, algorithm: Algorithm) -> Result<String> {
        let unsigned = envelope::prepare(claims, self.key.chain(), algorithm)?;
        let signature = self.key.sign(algorithm.signature_algorithm(), unsigned.bytes())?;
        Ok(unsigned.finish(&signature).0)
    }

    /// The same letter under another kind of signature.
    pub fn sign_anew(&self, letter: SealedLetter, algorithm: Algorithm) -> Result<SealedLetter> {
        let payload = konvolutt_shared::jws::parse(&letter.envelope)?.payload;
        let envelope = self.sign_with(&serde_json::from_slice(&payload)?, algorithm)?;
        Ok(SealedLetter { envelope, ..letter })
    }

    /// Begins an upload; its id.
    pub async fn begin_upload(&self, length: usize) -> Result<String> {
        let begin = self.request(Method::POST, "/api/v1/uploads").header("upload-length", length);
        let answer = begin.header("tus-resumable", "1.0.0").send().await?;
        ensure!(answer.status() == StatusCode::CREATED, "upload: {}", answer.status());
        let location = answer.headers().get("location").context("no location")?.to_str()?;
        Ok(location.rsplit('/').next().unwrap_or_default().to_owned())
    }

    /// Adds bytes to an upload.
    pub async fn append(&self, upload: &str, offset: usize, bytes: &[u8]) -> Result<Response> {
        let request = self.request(Method::PATCH, &format!("/api/v1/uploads/{upload}"));
        let request = request.header("upload-offset", offset).header("tus-resumable", "1.0.0");
        let request = request.header("content-type", "application/offset+octet-stream");
        Ok(request.body(bytes.to_vec()).send().await?)
    }

    /// How far an upload has come.
    pub async fn offset(&self, upload: &str) -> Result<usize> {
        let request = self.request(Method::HEAD, &format!("/api/v1/uploads/{upload}"));
        let answer = request.header("tus-resumable", "1.0.0").send().await?;
        Ok(answer.headers().get("upload-offset").context("no offset")?.to_str()?.parse()?)
    }

    /// Uploads a whole package.
    pub async fn upload(&self, package: &[u8]) -> Result<String> {
        let upload = self.begin_upload(package.len()).await?;
        let answer = self.append(&upload, 0, package).await?;
        ensure!(answer.status() == StatusCode::NO_CONTENT, "append: {}", answer.status());
        Ok(upload)
    }

    /// Hands an envelope over.
    pub async fn submit(&self, envelope: &str, upload: &str) -> Result<Response> {
        let submission = Submission {
            envelope: envelope.to_owned(),
            upload: upload.to_owned(),
            business_message: None,
            approval_key: None,
        };
        Ok(self.request(Method::POST, "/api/v1/messages").json(&submission).send().await?)
    }

    /// Uploads and hands over a letter that must be taken.
    pub async fn send(&self, letter: &SealedLetter) -> Result<MessageView> {
        let upload = self.upload(&letter.package).await?;
        let answer = self.submit(&letter.envelope, &upload).await?;
        ensure!(answer.status() == StatusCode::CREATED, "submit: {}", answer.text().await?);
        Ok(answer.json().await?)
    }

    /// A message.
    pub async fn message(&self, id: &str) -> Result<MessageView> {
        Ok(self.request(Method::GET, &format!("/api/v1/messages/{id}")).send().await?.json().await?)
    }

    /// Waits until a message has a status.
    pub async fn wait_for(&self, id: &str, status: Status) -> Result<MessageView> {
        let has = |view: &MessageView| view.events.iter().any(|event| event.status == status);
        self.wait_until(id, has).await.with_context(|| format!("{status:?}"))
    }

    /// Waits until a message's history is as it must be.
    pub async fn wait_until(&self, id: &str, fits: impl Fn(&MessageView) -> bool) -> Result<MessageView> {
        let start = Instant::now();
        loop {
            // The server may be starting again.
            if let Ok(view) = self.message(id).await
                && fits(&view)
            {
                return Ok(view);
            }
            ensure!(start.elapsed() < PATIENCE, "it does not come to that: {:?}", self.message(id).await);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The list of one side.
    pub async fn list(&self, direction: Direction) -> Result<Vec<MessageSummary>> {
        let direction = if direction == Direction::In { "in" } else { "out" };
        let path = format!("/api/v1/messages?direction={direction}&organisation={}", self.organisation);
        let page: Page<MessageSummary> = self.request(Method::GET, &path).send().await?.json().await?;
        Ok(page.items)
    }

    /// Waits for an incoming message that fits.
    pub async fn wait_for_incoming(&self, fits: impl Fn(&MessageSummary) -> bool) -> Result<MessageView> {
        let start = Instant::now();
        loop {
            if let Some(found) = self.list(Direction::In).await?.iter().find(|message| fits(message)) {
                return self.message(&found.id).await;
            }
            ensure!(start.elapsed() < PATIENCE, "nothing came: {:?}", self.list(Direction::In).await);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Opens an incoming message and verifies it.
    pub async fn open(&self, view: &MessageView) -> Result<(Verified, Quarantine)> {
        let path = format!("/api/v1/messages/{}/package", view.summary.id);
        let sealed = self.request(Method::GET, &path).send().await?.bytes().await?;
        let content = seal::open(&sealed, &self.key, &Limits::default())?;
        let sbd = Sbd::parse(view.sbd.as_bytes(), None).map_err(|findings| anyhow::anyhow!("{findings:?}"))?;
        let policy = VerifyPolicy {
            path: self.policy(Purpose::Sign)?,
            sender: sbd.sender().and_then(Iso6523::number).map(|number| number.to_string()),
            limits: Limits::default(),
        };
        let (verdict, content) = verify(&content, &policy);
        // This policy has no revocation lists; the browser tests have.
        let verified = verdict.accept_unchecked().map_err(|refusal| anyhow::anyhow!("{:?}", refusal.findings))?;
        Ok((verified, content))
    }

    /// Makes a counterpart write.
    pub async fn let_write(&self, from: &str, kind: &str) -> Result<()> {
        let order = json!({ "from": from, "to": self.organisation, "kind": kind });
        let answer = self.request(Method::POST, "/sandbox/control/write").json(&order).send().await?;
        ensure!(answer.status().is_success(), "control: {}", answer.status());
        Ok(())
    }

    /// Moves the sandbox's scenario on. The seconds are divided by its speed, as all its delays are.
    pub async fn advance(&self, seconds: u32) -> Result<()> {
        let step = json!({ "seconds": seconds });
        let answer = self.request(Method::POST, "/sandbox/control/clock").json(&step).send().await?;
        ensure!(answer.status().is_success(), "clock: {}", answer.status());
        Ok(())
    }

    /// What counterparts received, as the sandbox tells developers.
    pub async fn mailbox(&self) -> Result<serde_json::Value> {
        Ok(self.request(Method::GET, "/sandbox/mailbox.json").send().await?.json().await?)
    }
}

fn now() -> Timestamp {
    Timestamp::now()
}

/// A small text document.
pub fn document(name: &str, content: &str) -> PackDocument {
    PackDocument { name: name.to_owned(), media_type: "text/plain".to_owned(), content: content.as_bytes().to_vec() }
}
