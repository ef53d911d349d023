//! A relay in a few lines: what a client of the sandbox does, with the shared core for everything sealed.
#![allow(clippy::unwrap_used, missing_debug_implementations, unreachable_pub)]
#![allow(clippy::disallowed_methods, reason = "tests from outside use the real time")]

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use konvolutt_sandbox::{Endpoints, MaskinportenClient, Options, Sandbox, start};
use konvolutt_shared::container::write::{ContainerWriter, DocumentHead, Profile, SignatureDigest, business_manifest};
use konvolutt_shared::container::zip::{self, DosTime, ZipWriter};
use konvolutt_shared::identifier::{ConversationId, Iso6523, MessageId};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Certificate, SoftKey};
use konvolutt_shared::sbd::{ArkivmeldingHead, Sbd, arkivmelding};
use konvolutt_shared::seal;
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::sha2::{Sha256, Sha384, Sha512};
use rsa::signature::{SignatureEncoding, Signer};
use serde_json::{Value, json};
use uuid::Uuid;

pub const COUNTY: &str = "310904007";
pub const PROCESS: &str = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";
pub const RESOURCE: &str = "eformidling-dpo-meldingsutveksling";

pub async fn sandbox(data: &std::path::Path) -> Sandbox {
    let options = Options { data: data.to_owned(), listen: ([127, 0, 0, 1], 0).into(), speed: 20.0 };
    start(options).await.unwrap()
}

pub fn claims(sandbox: &Sandbox) -> Value {
    let now = Timestamp::now().as_second();
    json!({
        "aud": sandbox.endpoints().maskinporten_audience,
        "iss": sandbox.maskinporten_client().unwrap().client_id,
        "scope": "altinn:broker.read altinn:broker.write eformidling:dpo",
        "iat": now,
        "exp": now + 100,
        "jti": Uuid::new_v4().to_string(),
        "authorization_details": [{
            "type": "urn:altinn:systemuser",
            "systemuser_org": { "authority": "iso6523-actorid-upis", "ID": format!("0192:{COUNTY}") },
            "externalRef": format!("{COUNTY}_integrasjonspunkt_systembruker"),
        }],
    })
}

pub fn assertion(client: &MaskinportenClient, kid: &str, claims: &Value) -> String {
    assertion_as("RS256", client, kid, claims)
}

/// The same, signed as RS384 or RS512 say, or as RS256 whatever the name.
pub fn assertion_as(algorithm: &str, client: &MaskinportenClient, kid: &str, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!("{}.{}", part(&json!({ "alg": algorithm, "kid": kid })), part(claims));
    let (key, bytes) = (RsaPrivateKey::from_pkcs8_pem(&client.key_pem).unwrap(), input.as_bytes());
    let signature = match algorithm {
        "RS384" => SigningKey::<Sha384>::new(key).sign(bytes),
        "RS512" => SigningKey::<Sha512>::new(key).sign(bytes),
        _ => SigningKey::<Sha256>::new(key).sign(bytes),
    };
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature.to_vec()))
}

pub struct Relay {
    pub http: reqwest::Client,
    pub endpoints: Endpoints,
    pub maskinporten: String,
    pub altinn: String,
}

pub async fn grant(http: &reqwest::Client, endpoints: &Endpoints, assertion: &str) -> (u16, Value) {
    let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion)];
    let answer = http.post(&endpoints.maskinporten_token).form(&form).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// A token of Maskinporten with these scopes, of the relay's operator or on behalf of an organisation.
pub async fn token(sandbox: &Sandbox, http: &reqwest::Client, scope: &str, on_behalf_of: Option<&str>) -> String {
    token_for(sandbox, http, scope, on_behalf_of, None).await
}

/// The same, for one service.
pub async fn token_for(
    sandbox: &Sandbox,
    http: &reqwest::Client,
    scope: &str,
    on_behalf_of: Option<&str>,
    resource: Option<&str>,
) -> String {
    let client = sandbox.maskinporten_client().unwrap();
    let mut claims = claims(sandbox);
    claims["scope"] = json!(scope);
    claims.as_object_mut().unwrap().remove("authorization_details");
    for (name, value) in [("consumer_org", on_behalf_of), ("resource", resource)] {
        if let Some(value) = value {
            claims[name] = json!(value);
        }
    }
    let (status, answer) = grant(http, &sandbox.endpoints(), &assertion(&client, &client.kid, &claims)).await;
    assert_eq!(status, 200, "{answer}");
    answer["access_token"].as_str().unwrap().to_owned()
}

impl Relay {
    pub async fn sign_in(sandbox: &Sandbox) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let (client, endpoints) = (sandbox.maskinporten_client().unwrap(), sandbox.endpoints());
        let (status, answer) = grant(&http, &endpoints, &assertion(&client, &client.kid, &claims(sandbox))).await;
        assert_eq!(status, 200, "{answer}");
        let maskinporten = answer["access_token"].as_str().unwrap().to_owned();
        let altinn = http.get(&endpoints.altinn_exchange).bearer_auth(&maskinporten).send().await.unwrap();
        assert_eq!(altinn.status(), 200);
        let altinn = altinn.text().await.unwrap();
        Self { http, endpoints, maskinporten, altinn }
    }

    pub fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.get(format!("{}/filetransfer{path}", self.endpoints.broker)).bearer_auth(&self.altinn)
    }

    pub fn post(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.post(format!("{}/filetransfer{path}", self.endpoints.broker)).bearer_auth(&self.altinn)
    }

    pub fn initialize_body(to: &str) -> Value {
        json!({
            "fileName": "sbd.zip", "resourceId": RESOURCE,
            "sendersFileTransferReference": Uuid::new_v4().to_string(),
            "sender": format!("0192:{COUNTY}"), "recipients": [format!("0192:{to}")],
        })
    }

    pub async fn initialize(&self, to: &str) -> Result<String, u16> {
        let answer = self.post("/").json(&Self::initialize_body(to)).send().await.unwrap();
        if !answer.status().is_success() {
            return Err(answer.status().as_u16());
        }
        let body: Value = answer.json().await.unwrap();
        Ok(body["fileTransferId"].as_str().unwrap().to_owned())
    }

    pub async fn certificate(&self, organisation: &str) -> Certificate {
        let url = format!("{}/identifier/{organisation}/process/{PROCESS}", self.endpoints.service_registry);
        let answer: Value =
            self.http.get(url).bearer_auth(&self.maskinporten).send().await.unwrap().json().await.unwrap();
        Certificate::from_pem(answer["serviceRecords"][0]["pemCertificate"].as_str().unwrap()).unwrap()
    }

    /// Everything waiting for us, confirmed: SBD and package.
    pub async fn collect(&self) -> Vec<(Value, Option<Vec<u8>>)> {
        let list = self
            .get(&format!("?resourceId={RESOURCE}&status=Published&recipientStatus=Initialized&orderAscending=true"));
        let ids: Vec<String> = list.send().await.unwrap().json().await.unwrap();
        let mut found = Vec::new();
        for id in ids {
            let bytes = self.get(&format!("/{id}/download")).send().await.unwrap().bytes().await.unwrap();
            let archive = zip::read(&bytes, &Limits::default()).unwrap();
            let entry = |name: &str| archive.find(name).map(|entry| archive.read(entry).unwrap());
            found.push((serde_json::from_slice(&entry("sbd.json").unwrap()).unwrap(), entry("asic.zip")));
            assert_eq!(self.post(&format!("/{id}/confirmdownload")).send().await.unwrap().status(), 204);
        }
        found
    }

    /// Collects until `enough`; gives up after a generous while.
    pub async fn collect_until(
        &self,
        enough: impl Fn(&[(Value, Option<Vec<u8>>)]) -> bool,
    ) -> Vec<(Value, Option<Vec<u8>>)> {
        let mut all = Vec::new();
        for _ in 0..600 {
            all.extend(self.collect().await);
            if enough(&all) {
                return all;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("only got {} messages", all.len());
    }

    pub async fn keystore(&self, sandbox: &Sandbox, organisation: &str) -> SoftKey {
        let url = format!("{}/sandbox/keystores/{organisation}.p12", sandbox.base);
        let bytes = self.http.get(url).send().await.unwrap().bytes().await.unwrap();
        SoftKey::from_pkcs12(&bytes, "test1234").unwrap()
    }

    pub async fn letter(&self, key: &SoftKey, to: &str) -> (Sbd, Vec<u8>) {
        let recipient = self.certificate(to).await;
        letter(key, &recipient, to)
    }

    pub async fn upload(&self, id: &str, bytes: Vec<u8>) -> reqwest::Result<reqwest::Response> {
        self.post(&format!("/{id}/upload")).header("content-type", "application/octet-stream").body(bytes).send().await
    }
}

/// A letter with one document, packed, sealed and put into `sbd.zip`.
pub fn letter(key: &SoftKey, recipient: &Certificate, to: &str) -> (Sbd, Vec<u8>) {
    let now = Timestamp::now();
    let party = |number: &str| Iso6523::parse(&format!("0192:{number}")).unwrap();
    let sbd = arkivmelding(ArkivmeldingHead {
        sender: party(COUNTY),
        receiver: party(to),
        process: PROCESS.to_owned(),
        message_id: MessageId::parse(&Uuid::new_v4().to_string()).unwrap(),
        conversation_id: ConversationId::parse(&Uuid::new_v4().to_string()).unwrap(),
        created: now,
        expires: now + jiff::SignedDuration::from_hours(24),
        sender_ref: None,
        receiver_ref: None,
        main_document: Some("brev.pdf".to_owned()),
        security_level: 3,
        dpv: None,
    });
    let head = |name: &str, media_type: &str| DocumentHead { name: name.to_owned(), media_type: media_type.to_owned() };
    let main = head("brev.pdf", "application/pdf");
    let mut container = Vec::new();
    let mut writer = ContainerWriter::new(Profile::Cades, now);
    let manifest = business_manifest(&format!("0192:{COUNTY}"), &format!("0192:{to}"), &main);
    writer.add(&head("manifest.xml", "application/xml"), &manifest, &mut container).unwrap();
    writer.add(&main, b"%PDF-1.4 MERKE-SOM-IKKE-SKAL-FINNES", &mut container).unwrap();
    writer.add(&head("arkivmelding.xml", "application/xml"), b"<arkivmelding/>", &mut container).unwrap();
    let to_sign = writer.prepare(key.chain(), SignatureDigest::Sha256, now, Uuid::new_v4(), &mut container).unwrap();
    let signature = key.sign(to_sign.algorithm(), to_sign.bytes()).unwrap();
    to_sign.finish(&signature, &mut container).unwrap();
    let sealed = seal::seal(recipient, &container, &mut rand_core::UnwrapErr(getrandom::SysRng)).unwrap();
    let mut bytes = Vec::new();
    let mut zip = ZipWriter::new(DosTime::from_timestamp(now));
    zip.add("sbd.json", sbd.to_json().as_bytes(), &mut bytes).unwrap();
    zip.add("asic.zip", &sealed, &mut bytes).unwrap();
    zip.finish("", &mut bytes).unwrap();
    (sbd, bytes)
}
