//! Digital post to people over HTTP: what the access point refuses, and what providers answer.
#![allow(clippy::unwrap_used)]
#![allow(clippy::disallowed_methods, reason = "tests from outside use the real time")]

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use konvolutt_sandbox::Sandbox;
use konvolutt_shared::container::{Profile, SignatureDigest};
use konvolutt_shared::dpi::{
    self, Body, DigitalPost, DpiReceipt, Expected, Fault, Head, NoticeChannel, PostalAddress, PrintColour, PrintPost,
    ReturnHandling,
};
use konvolutt_shared::identifier::{ConversationId, Iso6523, MessageId};
use konvolutt_shared::jws::Algorithm;
use konvolutt_shared::pack::{PackDocument, PackHead, pack};
use konvolutt_shared::pki::{Certificate, Policy, Purpose, SoftKey};
use konvolutt_shared::sbd::{DocumentType, Sbd};
use konvolutt_shared::seal;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::{COUNTY, Relay, token};

const SCOPE: &str = "digitalpostinnbygger:send";
const DIRECTORATE: &str = "310904015";
const DIGIPOST: &str = "310904082";
const EBOKS: &str = "310904090";
const PRINT: &str = "310904104";
const CHANNEL: &str = "Solvik-1";
const EICAR: [&str; 2] = ["EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!"];

pub(crate) async fn works_from_both_sides(sandbox: &Sandbox, relay: &Relay) {
    // A token lives for two minutes, so each part has its own.
    Desk::open(sandbox, relay).await.refusals().await;
    Desk::open(sandbox, relay).await.one_letter().await;
    Desk::open(sandbox, relay).await.everybody().await;
    Desk::open(sandbox, relay).await.receipts_to_order().await;
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
        title: "Brev".to_owned(),
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
        let bearer = token(sandbox, &relay.http, "eformidling:dpi", None).await;
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
        let request = self.relay.http.post(self.url(&format!("/out?kanal={channel}"))).bearer_auth(bearer);
        let answer = request.header("content-type", "multipart/form-data; boundary=x").body(body).send().await.unwrap();
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

    /// `brokers.md` 4.5, and what the description says of the operations.
    async fn refusals(&self) {
        let http = &self.relay.http;
        let parcel = self.parcel(DIGIPOST, Body::Digital(Box::new(post("prove.en#01DP"))), &[pdf("brev.pdf")]);
        let jwt = self.signed(&parcel, &self.key);
        let good = parts(&jwt, &parcel.package);
        let refused = |status: u16, kind: &str| (status, kind.to_owned());
        let again = self.hand_in("ugyldig", "", &good).await;
        assert_eq!(again, refused(401, "unauthorized"));
        let (front, signature) = self.token.rsplit_once('.').unwrap();
        let forged = format!("{front}.{}", signature.chars().rev().collect::<String>());
        assert_eq!(self.hand_in(&forged, "", &good).await, refused(401, "unauthorized"));
        let altinn = &self.relay.altinn;
        assert_eq!(self.hand_in(altinn, "", &good).await, refused(401, "unauthorized"), "Maskinporten's tokens only");
        let scoped = token(self.sandbox, http, "eformidling:dpi", Some(COUNTY)).await;
        assert_eq!(self.hand_in(&scoped, "", &good).await, refused(403, "scope"));
        assert_eq!(self.hand_in(&self.token, "a%20b", &good).await, refused(400, "request"), "kanal");
        let message = ("forretningsmelding", "application/jwt", jwt.as_bytes());
        let package = ("dokumentpakke", "application/cms", parcel.package.as_slice());
        for wrong in [
            &[package][..],
            &[message],
            &[message, package, ("annet", "text/plain", b"x")],
            &[message, message, package],
            &[("forretningsmelding", "text/plain", jwt.as_bytes()), package],
            &[message, ("dokumentpakke", "application/zip", parcel.package.as_slice())],
            &[message, ("dokumentpakke", "application/cms", b"")],
        ] {
            assert_eq!(self.hand_in(&self.token, "", wrong).await, refused(400, "request"));
        }
        let large = vec![0; 50 * 1024 * 1024 + 1];
        assert_eq!(self.hand_in(&self.token, "", &parts(&jwt, &large)).await, refused(400, "size"));
        assert_eq!(self.hand_in(&self.token, "", &parts(&jwt, b"noe annet")).await, refused(400, "digest"));
        // Signed by the right key over something else, by an unknown key, and by nobody.
        let (front, _) = jwt.rsplit_once('.').unwrap();
        for broken in ["x.y.z".to_owned(), format!("{front}.AAAA")] {
            assert_eq!(
                self.hand_in(&self.token, "", &parts(&broken, &parcel.package)).await,
                refused(400, "signature")
            );
        }
        let untyped = without_certificate(&jwt);
        assert_eq!(self.hand_in(&self.token, "", &parts(&untyped, &parcel.package)).await, refused(400, "signature"));

        let with = async |change: &dyn Fn(&mut Parcel), key: &SoftKey, bearer: &str| -> (u16, String) {
            let mut other = self.parcel(DIGIPOST, Body::Digital(Box::new(post("prove.en#01DP"))), &[pdf("brev.pdf")]);
            change(&mut other);
            self.hand_in(bearer, "", &parts(&self.signed(&other, key), &other.package)).await
        };
        let own = &self.key;
        let fresh = token(self.sandbox, http, SCOPE, Some(COUNTY)).await;
        assert_eq!(with(&|_| {}, own, &fresh).await, refused(400, "token"), "the embedded token is another");
        let theirs = token(self.sandbox, http, SCOPE, Some(DIRECTORATE)).await;
        let embed = |parcel: &mut Parcel| parcel.head.token.clone_from(&theirs);
        assert_eq!(with(&embed, own, &theirs).await, refused(400, "sender"), "the consumer is not the sender");
        let posed = |parcel: &mut Parcel| {
            embed(parcel);
            parcel.head.on_behalf_of = Some(party(DIRECTORATE));
        };
        assert_eq!(with(&posed, own, &theirs).await, refused(400, "sender"), "nobody named the header's sender");
        let stranger = self.relay.keystore(self.sandbox, DIRECTORATE).await;
        assert_eq!(with(&|_| {}, &stranger, &self.token).await, refused(400, "sender"), "another signer");
        let revoked = self.relay.keystore(self.sandbox, "310901911").await;
        assert_eq!(with(&|_| {}, &revoked, &self.token).await, refused(400, "certificate"));
        let late = |parcel: &mut Parcel| {
            parcel.head.created = Timestamp::now() - SignedDuration::from_hours(2);
            parcel.head.expires = Timestamp::now() - SignedDuration::from_hours(1);
        };
        assert_eq!(with(&late, own, &self.token).await, refused(400, "schema"), "the deadline has passed");
        let schema = self.signed(&parcel, own);
        let schema = resigned(&schema, own, |message| message["digital"]["sikkerhetsnivaa"] = json!(2));
        assert_eq!(self.hand_in(&self.token, "", &parts(&schema, &parcel.package)).await, refused(400, "schema"));
        let receipt = resigned(&jwt, own, |message| {
            let party = json!({ "virksomhetsidentifikator": { "authority": "iso6523-actorid-upis", "value": format!("0192:{COUNTY}") } });
            let text = message.to_string().replace("digital::1.0", "leveringskvittering::1.0");
            *message = serde_json::from_str(&text).unwrap();
            message["standardBusinessDocumentHeader"]["documentIdentification"]["type"] = json!("leveringskvittering");
            message.as_object_mut().unwrap().remove("digital");
            message["leveringskvittering"] =
                json!({ "avsender": party, "mottaker": party, "tidspunkt": "2026-12-01T01:00:00+01:00" });
        });
        let alone = [("forretningsmelding", "application/jwt", receipt.as_bytes())];
        assert_eq!(self.hand_in(&self.token, "", &alone).await, refused(403, "party"), "only providers give receipts");

        for path in [format!("/out/{}/statuses", parcel.head.message_id), "/out/x/statuses".to_owned()] {
            assert_eq!(self.get(&self.token, &path).await.0, 404, "what was refused was not kept");
        }
        let nothing = Uuid::new_v4().to_string();
        assert_eq!(self.get(&self.token, &format!("/in/{nothing}")).await.0, 404);
        assert_eq!(self.mark_read(&self.token, &nothing).await, 404);
        for path in ["/in", "/in/x", "/out/x/statuses"] {
            assert_eq!(self.get("ugyldig", path).await.0, 401, "{path}");
            assert_eq!(self.get(&scoped, path).await.0, 403, "{path}");
        }
        assert_eq!(self.mark_read(&scoped, &nothing).await, 403);
        for query in ["page_size=0", "page_size=101", "page_size=x", "page=-1", "kanal=a.b"] {
            assert_eq!(self.get(&self.token, &format!("/in?{query}")).await.0, 400, "{query}");
        }
        assert_eq!(self.get(&self.token, "/in").await.0, 204, "nothing waits");
    }

    async fn one_letter(&self) {
        let mut parcel = self.parcel(DIGIPOST, Body::Digital(Box::new(post("prove.en#01DP"))), &[pdf("brev.pdf")]);
        parcel.head.sender_unit = Some("avd-7".to_owned());
        assert_eq!(self.send(&parcel).await, (201, String::new()));
        assert_eq!(self.send(&parcel).await, (400, "duplicate".to_owned()), "an id is used once");
        let path = format!("/out/{}/statuses", parcel.head.message_id);
        let theirs = token(self.sandbox, &self.relay.http, SCOPE, Some(DIRECTORATE)).await;
        assert_eq!(self.get(&theirs, &path).await.0, 404, "others learn nothing");
        let words = |list: &Value| -> Vec<String> {
            list.as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap().to_owned()).collect()
        };
        let mut seen = self.get(&self.token, &path).await.1;
        for _ in 0..200 {
            if words(&seen).len() > 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            seen = self.get(&self.token, &path).await.1;
        }
        assert_eq!(words(&seen), ["OPPRETTET", "SENDT"]);
        assert!(
            seen[0]["timestamp"].as_str().unwrap().parse::<Timestamp>().is_ok() && seen[0]["beskrivelse"].is_string()
        );

        // Delivered and opened lie in the queue of the letter, oldest first, a page each, until they are read.
        let list = format!("/in?kanal={}&page_size=1", CHANNEL.to_lowercase());
        let mut pages = Vec::new();
        for _ in 0..600 {
            pages = vec![self.get(&self.token, &list).await, self.get(&self.token, &format!("{list}&page=1")).await];
            if pages[1].0 == 200 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let read = |page: &Value| {
            assert_eq!(page.as_array().unwrap().len(), 1);
            let verified = dpi::verify(page[0]["forretningsmelding"].as_str().unwrap(), &self.expected()).unwrap();
            assert_eq!(verified.signer.organisation().as_deref(), Some(DIGIPOST));
            dpi::read_receipt(&verified.sbd).unwrap()
        };
        let (first, second) = (read(&pages[0].1), read(&pages[1].1));
        assert_eq!((first.kind, second.kind), (DocumentType::Leveringskvittering, DocumentType::Aapningskvittering));
        assert_eq!(first.conversation_id, parcel.head.conversation_id);
        let (ours, provider) = (COUNTY.parse().unwrap(), DIGIPOST.parse().unwrap());
        assert_eq!(first.matches(parcel.head.conversation_id, ours, provider), Ok(()));
        assert_eq!(self.get(&self.token, &format!("{list}&page=2")).await.0, 204, "no third page");
        for (query, status) in [
            ("", 204),
            ("?kanal=annen", 204),
            ("?kanal=solvik-1&avsenderidentifikator=avd-8", 204),
            ("?kanal=solvik-1&avsenderidentifikator=avd-7", 200),
        ] {
            assert_eq!(self.get(&self.token, &format!("/in{query}")).await.0, status, "{query}");
        }
        assert_eq!(self.get(&theirs, &list).await.0, 204, "somebody else's queue");
        assert_eq!(self.get(&self.token, &format!("/in/{}", first.id)).await.0, 404, "a receipt has no package");
        for id in [first.id, second.id] {
            assert_eq!(self.mark_read(&theirs, &id.to_string()).await, 404);
            assert_eq!(self.mark_read(&self.token, &id.to_string()).await, 200);
            assert_eq!(self.mark_read(&self.token, &id.to_string()).await, 404, "read is gone");
        }
        assert_eq!(self.get(&self.token, &list).await.0, 204);
        let package = format!("/in/{}", parcel.head.message_id);
        assert_eq!(self.get(&self.token, &package).await.0, 404, "the letter is the provider's");

        // A provider that the network does not know.
        let mut lost = self.parcel(DIGIPOST, Body::Digital(Box::new(post("prove.en#01DP"))), &[pdf("brev.pdf")]);
        lost.head.receiver = party(DIRECTORATE);
        assert_eq!(self.send(&lost).await.0, 201);
        let path = format!("/out/{}/statuses", lost.head.message_id);
        for _ in 0..200 {
            seen = self.get(&self.token, &path).await.1;
            if words(&seen).len() > 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(words(&seen), ["OPPRETTET", "FEILET"]);
    }

    /// Every row at once; each letter's receipts are told by what they come to.
    async fn everybody(&self) {
        let digital = |mailbox: &str, title: &str| {
            Body::Digital(Box::new(DigitalPost { title: title.to_owned(), ..post(mailbox) }))
        };
        let plain = |provider, mailbox: &str| self.parcel(provider, digital(mailbox, "Brev"), &[pdf("brev.pdf")]);
        let text = PackDocument { media_type: "text/plain".to_owned(), ..pdf("brev.txt") };
        let infected = PackDocument { content: EICAR.concat().into_bytes(), ..pdf("virus.pdf") };
        let twice = [pdf("brev.pdf"), pdf("vedlegg.pdf"), pdf("vedlegg.pdf")];
        let titled = |title: &str| self.parcel(DIGIPOST, digital("prove.en#01DP", title), &[pdf("brev.pdf")]);
        let printed = |name: &str, document: PackDocument| self.parcel(PRINT, paper(name), &[document]);
        let mut garbled = plain(DIGIPOST, "prove.en#01DP");
        garbled.package =
            seal::seal(&self.providers[DIGIPOST], b"ingen pakke", &mut rand_core::UnwrapErr(getrandom::SysRng))
                .unwrap();
        garbled.head.package_digest = dpi::package_digest(&garbled.package);
        let mut misled = plain(EBOKS, "prove.to#02EB");
        misled.head.receiver = party(DIGIPOST);
        let client = "Feil KLIENT";
        let rows: Vec<(&str, Parcel, Vec<&str>)> = vec![
            ("delivered, not opened", plain(EBOKS, "prove.to#02EB"), vec!["Leveringskvittering"]),
            ("notice fails", plain(DIGIPOST, "prove.seks#06DP"), vec!["Leveringskvittering", "Varslingfeilet sms"]),
            ("opened", plain(EBOKS, "prove.sju#07EB"), vec!["Leveringskvittering", "Aapningskvittering"]),
            ("never opened", plain(DIGIPOST, "prove.otte#08DP"), vec!["Leveringskvittering"]),
            ("equal names", self.parcel(EBOKS, digital("prove.fjorten#14EB", "Brev"), &twice), vec![client]),
            ("other names", plain(EBOKS, "prove.fjorten#14EB"), vec!["Leveringskvittering"]),
            ("text", self.parcel(DIGIPOST, digital("prove.femten#15DP", "Brev"), &[text.clone()]), vec![client]),
            ("pdf", plain(DIGIPOST, "prove.femten#15DP"), vec!["Leveringskvittering"]),
            ("blames", plain(DIGIPOST, "prove.atten#18DP"), vec![client]),
            ("unknown mailbox", plain(DIGIPOST, "prove.ukjent#99XX"), vec![client]),
            ("another's mailbox", plain(DIGIPOST, "prove.to#02EB"), vec![client]),
            ("sealed to another", misled, vec![client]),
            ("no container", garbled, vec![client]),
            ("virus", self.parcel(DIGIPOST, digital("prove.en#01DP", "Brev"), &[infected.clone()]), vec![client]),
            ("title: fault", titled("[feil] Brev"), vec![client]),
            ("title: virus", titled("Brev [virus]"), vec![client]),
            ("paper", printed("Person uten postkasse", pdf("brev.pdf")), vec!["Mottakskvittering"]),
            (
                "paper comes back",
                printed("Person med papirpost som kommer i retur", pdf("brev.pdf")),
                vec!["Mottakskvittering", "Returpostkvittering"],
            ),
            ("paper: text", printed("Person uten postkasse", text), vec![client]),
            ("paper: virus", printed("Person uten postkasse", infected), vec![client]),
        ];
        for (what, parcel, _) in &rows {
            assert_eq!(self.send(parcel).await, (201, String::new()), "{what}");
        }
        let wanted: usize = rows.iter().map(|(.., receipts)| receipts.len()).sum();
        let all = self.receipts_until(|all| all.len() >= wanted).await;
        for (what, parcel, receipts) in &rows {
            let ours = all.iter().filter(|one| one.conversation_id == parcel.head.conversation_id);
            assert_eq!(&ours.map(told).collect::<Vec<_>>(), receipts, "{what}");
        }
        // The provider fails once, and the letter that is sent again passes.
        for outcome in ["Feil SERVER", "Leveringskvittering", "Feil SERVER"] {
            let parcel = plain(EBOKS, "prove.nitten#19EB");
            assert_eq!(self.send(&parcel).await.0, 201);
            let all = self.receipts_until(|all| !all.is_empty()).await;
            assert_eq!(all.iter().map(told).collect::<Vec<_>>(), [outcome]);
            assert_eq!(all[0].conversation_id, parcel.head.conversation_id);
        }
        self.mailbox_shows(&rows[0].1, &rows[1].1).await;
    }

    async fn mailbox_shows(&self, ebox: &Parcel, digipost: &Parcel) {
        let url = format!("{}/sandbox/mailbox.json", self.sandbox.base);
        let mailbox: Value = self.relay.http.get(url).send().await.unwrap().json().await.unwrap();
        let entry = |parcel: &Parcel| {
            let id = parcel.head.message_id.to_string();
            mailbox["items"].as_array().unwrap().iter().find(|one| one["messageId"] == id).unwrap().clone()
        };
        let one = entry(ebox);
        assert_eq!(
            (&one["person"], &one["verdict"], &one["signer"]),
            (&json!("Person hos e-Boks"), &json!("ok"), &json!(COUNTY))
        );
        assert_eq!((&one["recipient"], &one["documents"][0]["name"]), (&json!(EBOKS), &json!("brev.pdf")));
        assert_eq!(one["notices"][0]["text"], "Du har fått ny post i e-Boks (emulert).");
        assert_eq!(entry(digipost)["person"], "Person med varsel som feiler");
        let page = self.relay.http.get(format!("{}/sandbox/mailbox", self.sandbox.base)).send().await.unwrap();
        assert!(page.text().await.unwrap().contains("Person hos e-Boks"));
    }

    /// Receipts that no letter asked for, and one whose signature does not hold.
    async fn receipts_to_order(&self) {
        let url = format!("{}/sandbox/control/receipt", self.sandbox.base);
        let order =
            async |order: Value| self.relay.http.post(&url).json(&order).send().await.unwrap().status().as_u16();
        let parcel = self.parcel(DIGIPOST, Body::Digital(Box::new(post("prove.otte#08DP"))), &[pdf("brev.pdf")]);
        assert_eq!(self.send(&parcel).await.0, 201);
        self.receipts_until(|all| !all.is_empty()).await;
        let conversation = parcel.head.conversation_id.to_string();
        let spoilt = json!({ "from": DIGIPOST, "to": COUNTY, "conversation": conversation, "says": "opened", "spoilt": "signature" });
        assert_eq!(order(spoilt).await, 202);
        let stray = json!({ "from": PRINT, "to": COUNTY, "conversation": Uuid::new_v4(), "says": "returned" });
        assert_eq!(order(stray).await, 202);
        assert_eq!(
            order(json!({ "from": COUNTY, "to": COUNTY, "conversation": conversation, "says": "opened" })).await,
            400
        );
        for (queue, holds) in [(format!("/in?kanal={CHANNEL}"), false), ("/in".to_owned(), true)] {
            let mut found = (204, Value::Null);
            for _ in 0..200 {
                found = self.get(&self.token, &queue).await;
                if found.0 == 200 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            let verified = dpi::verify(found.1[0]["forretningsmelding"].as_str().unwrap(), &self.expected());
            assert_eq!(verified.is_ok(), holds, "{queue}");
        }
    }
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
