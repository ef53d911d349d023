//! The access point's client against a small one of our own, over loopback: it does what it is told to do, and remembers what
//! it was sent. Keys and tokens are the sandbox's.

mod corner;
mod receipts;
mod sending;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use jiff::SignedDuration;
use konvolutt_sandbox::{Options, Sandbox};
use konvolutt_shared::api::{Direction, MessageView, OrganisationAccess};
use konvolutt_shared::dpi::{self as shared, Body, DigitalPost, Head, WITHHELD, document, package_digest, process};
use konvolutt_shared::identifier::Iso6523;
use konvolutt_shared::jws::Algorithm;
use konvolutt_shared::pki::{Certificate, CertificatePolicies, SoftKey};
use konvolutt_shared::sbd::DocumentType;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::channel;
use crate::directory::{MaskinportenConfig, Revocation};
use crate::message::NewMessage;
use crate::packages::{Folder, Package, Packages};
use crate::store::Store;
use corner::Corner;

const OURS: &str = "310904007";
/// It has a key, so it can play a mailbox provider.
const PROVIDER: &str = "310904015";
const OTHER_PROVIDER: &str = "310900117";
const SEALED: &[u8] = b"a sealed package, be it said";

/// This machine's clock, moved.
#[derive(Debug, Default)]
struct Moved(AtomicI64);

impl Moved {
    fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Relaxed);
    }
}

impl World for Moved {
    fn now(&self) -> Timestamp {
        Machine.now() + SignedDuration::from_secs(self.0.load(Relaxed))
    }

    fn random(&self) -> Uuid {
        Machine.random()
    }
}

struct Stand {
    sandbox: Sandbox,
    corner: Arc<Corner>,
    dpi: Dpi,
    world: Arc<Moved>,
    ours: SoftKey,
    provider: SoftKey,
    store: Arc<dyn Store>,
    packages: Arc<dyn Packages>,
    folder: TempDir,
}

async fn key(http: &reqwest::Client, base: &str, organisation: &str) -> SoftKey {
    let file = http.get(format!("{base}/sandbox/keystores/{organisation}.p12")).send().await.unwrap();
    SoftKey::from_pkcs12(&file.bytes().await.unwrap(), "test1234").unwrap()
}

async fn stand() -> Stand {
    let folder = tempfile::tempdir().unwrap();
    let listen = "127.0.0.1:0".parse().unwrap();
    let options = Options { data: folder.path().join("outside"), listen, speed: 100.0 };
    let sandbox = konvolutt_sandbox::start(options).await.unwrap();
    let (endpoints, client, trust) = (sandbox.endpoints(), sandbox.maskinporten_client().unwrap(), sandbox.trust());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let config = MaskinportenConfig {
        token_url: endpoints.maskinporten_token,
        audience: endpoints.maskinporten_audience,
        client_id: client.client_id,
        owner: None,
        kid: client.kid,
        key_pem: client.key_pem.into(),
        system_users: HashMap::new(),
    };
    let lock = lock(&config.key_pem).unwrap();
    let tokens = Arc::new(Tokens::new(config, endpoints.altinn_exchange, http.clone()).unwrap());
    let read = |pems: &[String]| pems.iter().map(|pem| Certificate::from_pem(pem).unwrap()).collect();
    let revocation = Revocation::new(endpoints.revocation_lists, &[], &http);
    let signers = Signers {
        anchors: read(&trust.anchors),
        intermediates: read(&trust.intermediates),
        policies: CertificatePolicies::Test,
        revocation,
        delegations: Vec::new(),
    };
    let (corner, base) = corner::serve().await;
    let world = Arc::new(Moved::default());
    let config = DpiConfig { base, channel: "konvolutt".to_owned() };
    let dpi = Dpi::over(config, signers, lock, http.clone(), tokens, world.clone());
    let (ours, provider) = (key(&http, &sandbox.base, OURS).await, key(&http, &sandbox.base, PROVIDER).await);
    let data = folder.path().join("relay");
    let store = crate::store::open(None, &data).await.unwrap();
    store.begin_log("relay").await.unwrap();
    let packages: Arc<dyn Packages> = Arc::new(Folder::open(&data.join("packages")).unwrap());
    Stand { sandbox, corner, dpi, world, ours, provider, store, packages, folder }
}

/// A letter, as its signer makes it.
struct Letter {
    id: String,
    token: String,
    /// What is kept of it.
    kept: Sbd,
    /// What the network gets.
    message: String,
}

fn sign(sbd: &Sbd, key: &SoftKey) -> String {
    let unsigned = shared::prepare(sbd, key.certificate()).unwrap();
    let signature = key.sign(Algorithm::Rs256.signature_algorithm(), unsigned.bytes()).unwrap();
    unsigned.finish(&signature)
}

impl Stand {
    /// A letter to the mailbox of a provider, with a fresh token.
    async fn letter(&self, provider: &str) -> Letter {
        let (token, expires) = self.dpi.token(OURS).await.unwrap();
        assert!(expires > Machine.now());
        let id = Uuid::new_v4().to_string();
        let head = |token: &str| Head {
            sender: Iso6523::parse(OURS).unwrap(),
            on_behalf_of: None,
            receiver: Iso6523::parse(provider).unwrap(),
            message_id: id.parse().unwrap(),
            conversation_id: id.parse().unwrap(),
            process: process(DocumentType::Digital),
            created: Machine.now() - SignedDuration::from_secs(5),
            expires: Machine.now() + SignedDuration::from_hours(1),
            sender_unit: None,
            invoice_reference: None,
            package_digest: package_digest(SEALED),
            token: token.to_owned(),
        };
        let body = Body::Digital(Box::new(DigitalPost {
            mailbox: "prove.person#4F2A".to_owned(),
            security_level: 3,
            effective: None,
            opening_receipt: false,
            title: "Brev".to_owned(),
            language: "nb".to_owned(),
            mail_notice: None,
            text_notice: None,
        }));
        let message = sign(&document(head(&token), &body).unwrap(), &self.ours);
        let kept = document(head(WITHHELD), &body).unwrap();
        Letter { id, token, kept, message }
    }

    /// The letter as it lies in the queue.
    async fn dispatch(&self, letter: &Letter) -> Dispatch {
        let name = self.package().await;
        Dispatch {
            reference: String::new(),
            created: Machine.now(),
            sender: OURS.to_owned(),
            recipient: PROVIDER.to_owned(),
            sbd: letter.kept.text().to_owned(),
            package: Some(Package { name, among: self.packages.clone() }),
            package_size: SEALED.len() as u64,
            details: self.dpi.seal(&letter.id, &letter.message),
            doubtful: false,
        }
    }

    async fn package(&self) -> String {
        let (name, file) = (format!("out-{}", Uuid::new_v4()), self.folder.path().join("package"));
        std::fs::write(&file, SEALED).unwrap();
        self.packages.keep(&name, &file).await.unwrap();
        name
    }

    /// Accepts a letter; the relay's id of it.
    async fn accept(&self, letter: &Letter, provider: &str) -> String {
        let id = self.world.id().to_string();
        let message = NewMessage {
            id: id.clone(),
            message_id: letter.id.clone(),
            conversation_id: letter.id.clone(),
            direction: Direction::Out,
            channel: channel::DPI.to_owned(),
            organisation: OURS.to_owned(),
            party: OrganisationAccess { orgnr: provider.to_owned(), name: provider.to_owned() },
            document_type: "digital".to_owned(),
            process: letter.kept.process().to_owned(),
            created: self.world.now(),
            expires: letter.kept.expires(),
            size: SEALED.len() as u64,
            sbd: letter.kept.text().to_owned(),
            envelope: None,
            digest: None,
            broker_sender: None,
            package: Some(self.package().await),
            findings: Vec::new(),
            about: None,
            details: None,
            trace: None,
            upload: None,
            hold: None,
        };
        let sealed = self.dpi.seal(&letter.id, &letter.message);
        crate::accept::enter(&*self.store, &Machine, message, sealed, None).await.unwrap();
        id
    }

    async fn view(&self, id: &str) -> MessageView {
        self.store.message(id, &[OURS.to_owned()]).await.unwrap().unwrap()
    }
}

#[test]
fn what_waits_opens_for_its_own_letter_only() {
    let lock = |secret: &str| lock(&secret.to_owned().into()).unwrap();
    let kept = kept::seal(&lock("key"), "a", "message").unwrap();
    assert_eq!(kept::open(&lock("key\n"), "a", &kept).as_deref(), Some("message"), "files end with a line break");
    assert_eq!(kept::open(&lock("key"), "b", &kept), None);
    assert_eq!(kept::open(&lock("another"), "a", &kept), None);
    assert_eq!(kept::open(&lock("key"), "a", "?"), None);
}

#[test]
fn tokens_tell_when_they_expire() {
    // {"exp":1800000000} and {}
    assert_eq!(expiry("e30.eyJleHAiOjE4MDAwMDAwMDB9.c2ln"), Timestamp::from_second(1_800_000_000).ok());
    for token in ["e30.e30.c2ln", "opaque", "", "a.b.c"] {
        assert_eq!(expiry(token), None, "{token}");
    }
}
