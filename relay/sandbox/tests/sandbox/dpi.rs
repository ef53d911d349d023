//! Digital post to people over HTTP: what the access point refuses, and what providers answer.
#![allow(clippy::unwrap_used)]
#![allow(clippy::disallowed_methods, reason = "tests from outside use the real time")]

#[path = "dpi/faults.rs"]
mod faults;
#[path = "dpi/letters.rs"]
mod letters;
#[path = "dpi/refusals.rs"]
mod refusals;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use konvolutt_sandbox::Sandbox;
use konvolutt_shared::container::{Profile, SignatureDigest};
use konvolutt_shared::dpi::{
    self, Body, DigitalPost, DpiReceipt, Expected, Fault, Head, Notice, NoticeChannel, PostalAddress, PrintColour,
    PrintPost, ReturnHandling,
};
use konvolutt_shared::identifier::{ConversationId, Iso6523, MessageId};
use konvolutt_shared::jws::Algorithm;
use konvolutt_shared::pack::{PackDocument, PackHead, pack};
use konvolutt_shared::pki::{Certificate, Policy, Purpose, SoftKey};
use konvolutt_shared::sbd::{DocumentType, Sbd};
use konvolutt_shared::seal;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::{COUNTY, Relay, token, token_for};

const SCOPE: &str = "digitalpostinnbygger:send";
const DIRECTORATE: &str = "310904015";
const DIGIPOST: &str = "310904082";
const EBOKS: &str = "310904090";
const PRINT: &str = "310904104";
const CHANNEL: &str = "Solvik-1";
/// Stands in messages, which nobody may keep in the clear.
const TITLE: &str = "MERKE-SOM-IKKE-SKAL-FINNES";
const NOTICE: &str = "Du har et brev fra fylkeskommunen";
const EICAR: [&str; 2] = ["EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!"];

pub(crate) async fn works_from_both_sides(sandbox: &Sandbox, relay: &Relay) {
    // A token lives for two minutes, so each part has its own.
    Desk::open(sandbox, relay).await.refusals().await;
    Desk::open(sandbox, relay).await.one_letter().await;
    Desk::open(sandbox, relay).await.everybody().await;
    Desk::open(sandbox, relay).await.faults_on_request().await;
    Desk::open(sandbox, relay).await.receipts_to_order().await;
}

/// After a restart: the receipt that nobody read, with all it says.
pub(crate) async fn what_waited_still_waits(sandbox: &Sandbox, relay: &Relay) {
    let desk = Desk::open(sandbox, relay).await;
    let (status, list) = desk.get(&desk.token, "/in").await;
    assert_eq!((status, list.as_array().map(Vec::len)), (200, Some(1)));
    let verified = dpi::verify(list[0]["forretningsmelding"].as_str().unwrap(), &desk.expected()).unwrap();
    assert_eq!(verified.sbd.document_type(), DocumentType::Returpostkvittering);
}

fn party(number: &str) -> Iso6523 {
    format!("0192:{number}").parse().unwrap()
}

fn pdf(name: &str) -> PackDocument {
    let content = b"%PDF-1.4 MERKE-SOM-IKKE-SKAL-FINNES".to_vec();
    PackDocument { name: name.to_owned(), media_type: "application/pdf".to_owned(), content }
}

fn post(mailbox: &str) -> DigitalPost {
    DigitalPost {
        mailbox: mailbox.to_owned(),
        security_level: 3,
        effective: None,
        opening_receipt: true,
        title: TITLE.to_owned(),
        language: "nb".to_owned(),
        mail_notice: None,
        text_notice: None,
    }
}

fn paper(name: &str) -> Body {
    let address = |name: &str| PostalAddress {
        name: name.to_owned(),
        lines: vec!["Prøveveien 1".to_owned()],
        postal_code: Some("0001".to_owned()),
        town: Some("SOLVIK".to_owned()),
        ..PostalAddress::default()
    };
    Body::Print(Box::new(PrintPost {
        recipient: address(name),
        colour: PrintColour::BlackAndWhite,
        class: None,
        return_address: address("Solvik fylkeskommune"),
        return_handling: ReturnHandling::Return,
    }))
}

/// What is handed in, ready to be changed.
struct Parcel {
    head: Head,
    body: Body,
    package: Vec<u8>,
}

/// A sender with its key and the providers' certificates.
struct Desk<'a> {
    sandbox: &'a Sandbox,
    relay: &'a Relay,
    key: SoftKey,
    token: String,
    providers: BTreeMap<&'static str, Certificate>,
}

impl<'a> Desk<'a> {
    async fn open(sandbox: &'a Sandbox, relay: &'a Relay) -> Self {
        let scopes = format!("eformidling:dpi {}", sandbox.people_scopes().join(" "));
        let bearer = token(sandbox, &relay.http, &scopes, None).await;
        let mut providers = BTreeMap::new();
        for (number, person, record) in
            [(DIGIPOST, "01817010136", 0), (EBOKS, "02817010256", 0), (PRINT, "01817010136", 1)]
        {
            let url = format!("{}/identifier/{person}", relay.endpoints.service_registry);
            let answer: Value = relay.http.get(url).bearer_auth(&bearer).send().await.unwrap().json().await.unwrap();
            let pem = answer["serviceRecords"][record]["pemCertificate"].as_str().unwrap();
            providers.insert(number, Certificate::from_pem(pem).unwrap());
        }
        let key = relay.keystore(sandbox, COUNTY).await;
        let token = token(sandbox, &relay.http, SCOPE, Some(COUNTY)).await;
        Self { sandbox, relay, key, token, providers }
    }

    fn url(&self, path: &str) -> String {
        format!("{}/messages{path}", self.relay.endpoints.dpi)
    }

    fn parcel(&self, provider: &'static str, body: Body, documents: &[PackDocument]) -> Parcel {
        let now = Timestamp::now();
        let head = PackHead {
            profile: Profile::Xades,
            sender: COUNTY,
            receiver: provider,
            digest: SignatureDigest::Sha256,
            now,
            signature_id: Uuid::new_v4(),
        };
        let container = pack(head, documents, &self.key).unwrap();
        let mut random = rand_core::UnwrapErr(getrandom::SysRng);
        let package = seal::seal(&self.providers[provider], &container, &mut random).unwrap();
        let id = Uuid::new_v4().to_string();
        let kind = if matches!(body, Body::Digital(_)) { DocumentType::Digital } else { DocumentType::Utskrift };
        let head = Head {
            sender: party(COUNTY),
            on_behalf_of: None,
            receiver: party(provider),
            message_id: MessageId::parse(&id).unwrap(),
            conversation_id: ConversationId::parse(&id).unwrap(),
            process: dpi::process(kind),
            created: now,
            expires: now + SignedDuration::from_hours(1),
            sender_unit: None,
            invoice_reference: None,
            package_digest: dpi::package_digest(&package),
            token: self.token.clone(),
        };
        Parcel { head, body, package }
    }

    fn signed(&self, parcel: &Parcel, key: &SoftKey) -> String {
        sign(&dpi::document(parcel.head.clone(), &parcel.body).unwrap(), key)
    }

    /// Status and the end of the problem's type.
    async fn hand_in(&self, bearer: &str, channel: &str, parts: &[(&str, &str, &[u8])]) -> (u16, String) {
        let request = self.relay.http.post(self.url(&format!("/out?kanal={channel}"))).bearer_auth(bearer);
        let answer = request
            .header("content-type", "multipart/form-data; boundary=x")
            .body(multipart(parts))
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        if status == 201 {
            return (status, String::new());
        }
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["status"], status);
        (status, problem["type"].as_str().unwrap().rsplit(':').next().unwrap().to_owned())
    }

    async fn send(&self, parcel: &Parcel) -> (u16, String) {
        let jwt = self.signed(parcel, &self.key);
        self.hand_in(&self.token, CHANNEL, &parts(&jwt, &parcel.package)).await
    }

    async fn get(&self, bearer: &str, path: &str) -> (u16, Value) {
        let answer = self.relay.http.get(self.url(path)).bearer_auth(bearer).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    async fn mark_read(&self, bearer: &str, id: &str) -> u16 {
        let request = self.relay.http.post(self.url(&format!("/in/{id}/read"))).bearer_auth(bearer);
        request.send().await.unwrap().status().as_u16()
    }

    fn expected(&self) -> Expected<'static> {
        let read = |pem: &String| Certificate::from_pem(pem).unwrap();
        let trust = self.sandbox.trust();
        let policy = Policy {
            at: Timestamp::now(),
            anchors: trust.anchors.iter().map(read).collect(),
            intermediates: trust.intermediates.iter().map(read).collect(),
            purpose: Purpose::Sign,
            ..Policy::default()
        };
        Expected { policy, package: None, token: None }
    }

    /// Fetches receipts, and reads them, until enough have come.
    async fn receipts_until(&self, enough: impl Fn(&[DpiReceipt]) -> bool) -> Vec<DpiReceipt> {
        let mut all = Vec::new();
        for _ in 0..600 {
            let (status, list) = self.get(&self.token, &format!("/in?kanal={CHANNEL}&page_size=100")).await;
            assert!(matches!(status, 200 | 204), "{status}");
            for item in list.as_array().into_iter().flatten() {
                assert_eq!(item["downloadurl"], Value::Null, "receipts have no package");
                let verified = dpi::verify(item["forretningsmelding"].as_str().unwrap(), &self.expected()).unwrap();
                let receipt = dpi::read_receipt(&verified.sbd).unwrap();
                assert_eq!(self.mark_read(&self.token, &receipt.id.to_string()).await, 200);
                all.push(receipt);
            }
            if enough(&all) {
                return all;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("only got {all:?}");
    }
}

/// A body in the form of RFC 7578.
fn multipart(parts: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, media_type, content) in parts {
        let head = format!(
            "--x\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\nContent-Type: {media_type}\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--x--\r\n");
    body
}

fn parts<'a>(jwt: &'a str, package: &'a [u8]) -> [(&'static str, &'static str, &'a [u8]); 2] {
    [("forretningsmelding", "application/jwt", jwt.as_bytes()), ("dokumentpakke", "application/cms", package)]
}

fn sign(sbd: &Sbd, key: &SoftKey) -> String {
    let unsigned = dpi::prepare(sbd, key.certificate()).unwrap();
    let signature = key.sign(Algorithm::Rs256.signature_algorithm(), unsigned.bytes()).unwrap();
    unsigned.finish(&signature)
}

/// The same message with something changed, and a signature that holds.
fn resigned(jwt: &str, key: &SoftKey, change: impl Fn(&mut Value)) -> String {
    let mut payload = decoded(jwt.split('.').nth(1).unwrap());
    change(&mut payload["standardBusinessDocument"]);
    let head = jwt.split('.').next().unwrap().to_owned();
    signed_parts(&head, &encoded(&payload), key)
}

fn without_certificate(jwt: &str) -> String {
    let rest = jwt.split_once('.').unwrap().1;
    format!("{}.{rest}", encoded(&json!({ "alg": "RS256" })))
}

fn signed_parts(head: &str, payload: &str, key: &SoftKey) -> String {
    let input = format!("{head}.{payload}");
    let signature = key.sign(Algorithm::Rs256.signature_algorithm(), input.as_bytes()).unwrap();
    format!("{input}.{}", base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, signature))
}

fn decoded(part: &str) -> Value {
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, part).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn encoded(value: &Value) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, value.to_string())
}

/// What a receipt says, in a word or two.
fn told(receipt: &DpiReceipt) -> &'static str {
    match (receipt.kind, receipt.fault, receipt.channel) {
        (DocumentType::Leveringskvittering, ..) => "Leveringskvittering",
        (DocumentType::Mottakskvittering, ..) => "Mottakskvittering",
        (DocumentType::Aapningskvittering, ..) => "Aapningskvittering",
        (DocumentType::Returpostkvittering, ..) => "Returpostkvittering",
        (DocumentType::Feil, Some(Fault::Client), _) => "Feil KLIENT",
        (DocumentType::Feil, Some(Fault::Server), _) => "Feil SERVER",
        (DocumentType::Varslingfeiletkvittering, _, Some(NoticeChannel::Text)) => "Varslingfeilet sms",
        _ => "?",
    }
}
