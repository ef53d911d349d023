//! What the browser does with letters to digital mailboxes and to print, with keys in memory.

use anyhow::{Context, Result, ensure};
use getrandom::SysRng;
use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::address;
use konvolutt_shared::api::{MailToken, MessageView, RecipientAnswer, Submission};
use konvolutt_shared::container::{Profile, SignatureDigest};
use konvolutt_shared::dpi::{
    self, Body, DigitalPost, Head, Notice, PostalAddress, PrintColour, PrintPost, ReturnHandling, WITHHELD,
};
use konvolutt_shared::envelope::{EnvelopeClaims, PackageClaim};
use konvolutt_shared::identifier::Iso6523;
use konvolutt_shared::jws::{self, Algorithm};
use konvolutt_shared::pack::{PackDocument, PackHead, pack};
use konvolutt_shared::pki::{Certificate, SoftKey};
use konvolutt_shared::sbd::{DocumentType, Sbd};
use konvolutt_shared::seal;
use rand_core::UnwrapErr;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::Client;

/// Process of decisions, as the registry calls it.
pub const DECISION: &str = "urn:no:difi:profile:digitalpost:vedtak:ver1.0";

/// Document type of letters to mailboxes, as the registry calls it.
pub const MAILBOX: &str = "urn:no:difi:digitalpost:xsd:digital::digital";

/// Document type of letters on paper, as the registry calls it.
pub const PAPER: &str = "urn:no:difi:digitalpost:xsd:fysisk::print";

/// Who delivers a letter, and what it is told.
#[derive(Clone, Debug)]
pub struct Mailing {
    /// Nine digits: the mailbox or print provider.
    pub provider: String,
    /// The provider's.
    pub certificate: Certificate,
    /// The letter, besides its documents.
    pub body: Body,
}

/// A sealed letter that has not been signed: what is spoilt in tests is spoilt here.
#[derive(Clone, Debug)]
pub struct Mail {
    /// With the token.
    pub head: Head,
    /// The letter, besides its documents.
    pub body: Body,
    /// The sealed package.
    pub package: Vec<u8>,
}

impl Mail {
    /// What the network gets, not yet signed.
    pub fn message(&self) -> Result<Sbd> {
        dpi::document(self.head.clone(), &self.body).map_err(|findings| anyhow::anyhow!("{findings:?}"))
    }

    /// What is kept.
    pub fn kept(&self) -> Result<Sbd> {
        let head = Head { token: WITHHELD.to_owned(), ..self.head.clone() };
        dpi::document(head, &self.body).map_err(|findings| anyhow::anyhow!("{findings:?}"))
    }
}

/// A message for the network, signed.
pub fn sign_message(message: &Sbd, key: &SoftKey) -> Result<String> {
    let unsigned = dpi::prepare(message, key.certificate())?;
    let signature = key.sign(Algorithm::Rs256.signature_algorithm(), unsigned.bytes())?;
    Ok(unsigned.finish(&signature))
}

/// An ordinary letter to a mailbox that asks for everything.
pub fn post(mailbox: &str, title: &str) -> DigitalPost {
    let notice = |address: &str| Notice { address: address.to_owned(), text: "Ny post".to_owned(), days: vec![0] };
    DigitalPost {
        mailbox: mailbox.to_owned(),
        security_level: 3,
        effective: None,
        opening_receipt: true,
        title: title.to_owned(),
        language: "nb".to_owned(),
        mail_notice: Some(notice("prove@example.test")),
        text_notice: Some(notice("+4740000000")),
    }
}

fn postal(address: &Value) -> PostalAddress {
    let text = |name: &str| address[name].as_str().unwrap_or_default().to_owned();
    PostalAddress {
        name: text("name"),
        lines: vec![text("street")],
        postal_code: Some(text("postalCode")),
        town: Some(text("postalArea")),
        ..PostalAddress::default()
    }
}

impl Mailing {
    /// What the registry's answer about a person says of one way, its signature taken for granted.
    pub fn find(answer: &str, standard: &str, title: &str) -> Result<Self> {
        let payload: Value = serde_json::from_slice(&jws::parse(answer)?.payload)?;
        let mut records = payload["serviceRecords"].as_array().into_iter().flatten();
        let fits = |record: &&Value| {
            record["process"] == DECISION
                && record["documentTypes"].as_array().is_some_and(|all| all.contains(&json!(standard)))
        };
        Self::of(records.find(fits).context("the person is not reached that way")?, standard, title)
    }

    fn of(record: &Value, standard: &str, title: &str) -> Result<Self> {
        let text = |name: &str| record[name].as_str().with_context(|| format!("no {name} in the record"));
        let body = if standard == PAPER {
            Body::Print(Box::new(PrintPost {
                recipient: postal(&record["postAddress"]),
                colour: PrintColour::BlackAndWhite,
                class: None,
                return_address: postal(&record["returnAddress"]),
                return_handling: ReturnHandling::Return,
            }))
        } else {
            Body::Digital(Box::new(post(text("postkasseAdresse")?, title)))
        };
        let certificate = Certificate::from_pem(text("pemCertificate")?)?;
        Ok(Self { provider: text("orgnrPostkasse")?.to_owned(), certificate, body })
    }

    /// Packs and signs in a sender's name, and seals to the provider.
    pub fn seal(&self, sender: &str, documents: &[PackDocument], key: &SoftKey) -> Result<Vec<u8>> {
        let head = PackHead {
            profile: Profile::Xades,
            sender,
            receiver: &self.provider,
            digest: SignatureDigest::Sha256,
            now: Timestamp::now(),
            signature_id: Uuid::new_v4(),
        };
        Ok(seal::seal(&self.certificate, &pack(head, documents, key)?, &mut UnwrapErr(SysRng))?)
    }

    /// The letter around a sealed package.
    pub fn mail(&self, sender: &str, package: Vec<u8>, token: String) -> Result<Mail> {
        let id = Uuid::new_v4().to_string();
        let kind = match self.body {
            Body::Digital(_) => DocumentType::Digital,
            Body::Print(_) => DocumentType::Utskrift,
        };
        let now = Timestamp::now();
        let head = Head {
            sender: Iso6523::parse(sender)?,
            on_behalf_of: None,
            receiver: Iso6523::parse(&self.provider)?,
            message_id: id.parse()?,
            conversation_id: id.parse()?,
            process: dpi::process(kind),
            created: now - SignedDuration::from_secs(5),
            expires: now + SignedDuration::from_hours(1),
            sender_unit: None,
            invoice_reference: None,
            package_digest: dpi::package_digest(&package),
            token,
        };
        Ok(Mail { head, body: self.body.clone(), package })
    }
}

impl Client {
    /// What the registry says of a person by one way, verified.
    pub async fn find_person(&self, number: &str, standard: &str, title: &str) -> Result<Mailing> {
        let lookup = self.request(Method::POST, "/api/v1/recipients/lookup");
        let answer = lookup.json(&json!({ "identifier": number, "process": DECISION })).send().await?;
        ensure!(answer.status() == StatusCode::OK, "lookup: {}", answer.text().await?);
        let answer: RecipientAnswer = answer.json().await?;
        address::verify_registry_answer(&answer.registry_answer, &self.trust.registry_keys)?;
        Mailing::find(&answer.registry_answer, standard, title)
    }

    /// Asks for a token.
    pub async fn ask_mail_token(&self, sender: &str) -> Result<Response> {
        Ok(self.request(Method::POST, "/api/v1/mail-tokens").json(&json!({ "sender": sender })).send().await?)
    }

    /// A token for a letter of our own.
    pub async fn mail_token(&self) -> Result<String> {
        let answer = self.ask_mail_token(&self.organisation).await?;
        ensure!(answer.status() == StatusCode::OK, "token: {}", answer.status());
        Ok(answer.json::<MailToken>().await?.token)
    }

    /// Packs, signs and seals, and then asks for a token.
    pub async fn seal_mail(&self, to: &Mailing, documents: &[PackDocument]) -> Result<Mail> {
        let package = to.seal(&self.organisation, documents, &self.key)?;
        to.mail(&self.organisation, package, self.mail_token().await?)
    }

    /// The envelope of a document for a mailbox.
    pub fn mail_envelope(&self, kept: &Sbd, package: &[u8]) -> Result<String> {
        let claim = PackageClaim::of("application/pkcs7-mime", package);
        self.sign(&EnvelopeClaims::new(&self.trust.audience, Timestamp::now(), 600, kept, "DPI", claim))
    }

    /// Uploads a package and hands over an envelope, with what is said to be its message for the network.
    pub async fn submit_mail(&self, envelope: &str, package: &[u8], message: Option<&str>) -> Result<Response> {
        let upload = self.upload(package).await?;
        let business_message = message.map(str::to_owned);
        let submission = Submission { envelope: envelope.to_owned(), upload, business_message, approval_key: None };
        Ok(self.request(Method::POST, "/api/v1/messages").json(&submission).send().await?)
    }

    /// Signs a letter, and hands it over; it must be taken.
    pub async fn send_mail(&self, mail: &Mail) -> Result<MessageView> {
        let message = sign_message(&mail.message()?, &self.key)?;
        let envelope = self.mail_envelope(&mail.kept()?, &mail.package)?;
        let answer = self.submit_mail(&envelope, &mail.package, Some(&message)).await?;
        ensure!(answer.status() == StatusCode::CREATED, "submit: {}", answer.text().await?);
        Ok(answer.json().await?)
    }
}
