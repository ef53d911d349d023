//! The contact register (Digdir's Kontakt- og reservasjonsregisteret, KRR, `POST /rest/v2/personer`): what a person has
//! chosen about digital post. Numbers go in bodies, and neither they nor addresses come out of here.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use konvolutt_shared::api::{Contact, ContactPoint, ContactStatus};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::identifier::PersonNumber;
use reqwest::{StatusCode, header};
use serde::Deserialize;
use serde_json::json;

use super::kept::{Answered, Kept};
use super::{Tokens, json as answer, retry_after};
use crate::broker::Failure;

const WHO: &str = "the contact register";

/// What Maskinporten's token must be good for.
const SCOPES: &str = "krr:global/kontaktinformasjon.read krr:global/digitalpost.read";

/// What has not been changed or confirmed for so long must not be used.
const FRESH_MONTHS: i64 = 18;

/// The register's client.
#[derive(Clone, Debug)]
pub struct ContactRegister {
    base: String,
    http: reqwest::Client,
    tokens: Arc<Tokens>,
    answers: Arc<Kept<Contact>>,
}

#[derive(Deserialize)]
struct Found {
    #[serde(default)]
    personer: Vec<Person>,
}

#[derive(Deserialize)]
struct Person {
    personidentifikator: String,
    reservasjon: Option<String>,
    status: Option<String>,
    varslingsstatus: Option<String>,
    kontaktinformasjon: Option<Information>,
    digital_post: Option<Mailbox>,
    spraak: Option<String>,
}

#[derive(Default, Deserialize)]
struct Information {
    epostadresse: Option<String>,
    epostadresse_oppdatert: Option<Timestamp>,
    epostadresse_sist_verifisert: Option<Timestamp>,
    mobiltelefonnummer: Option<String>,
    mobiltelefonnummer_oppdatert: Option<Timestamp>,
    mobiltelefonnummer_sist_verifisert: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Printer {
    x509_sertifikat: String,
}

#[derive(Deserialize)]
struct Mailbox {
    postkasseadresse: Option<String>,
}

impl ContactRegister {
    /// A client of the register at an address, without a slash at the end.
    pub fn new(base: String, http: reqwest::Client, tokens: Arc<Tokens>) -> Self {
        Self { base, http, tokens, answers: Arc::default() }
    }

    /// Whether there is a token for it.
    ///
    /// # Errors
    /// Maskinporten.
    pub async fn probe(&self) -> Result<(), Failure> {
        self.tokens.maskinporten(SCOPES).await.map(drop)
    }

    /// What the register says of a person, asked for anew if no answer is kept that is young enough. One whom it does not know
    /// is not registered.
    ///
    /// # Errors
    /// The register cannot be asked, or speaks of somebody else.
    pub async fn contact(
        &self,
        number: &PersonNumber,
        now: Timestamp,
        oldest: Duration,
    ) -> Result<Answered<Contact>, Failure> {
        let number = number.expose();
        self.answers.or(&[&number], oldest, self.ask_for(&number, now)).await
    }

    async fn ask_for(&self, number: &str, now: Timestamp) -> Result<Contact, Failure> {
        let asked = json!({ "personidentifikatorer": [number] });
        let response = self.ask("personer", |http, url| http.post(url).json(&asked)).await?;
        let found: Found = answer(response, WHO).await?;
        match found.personer.into_iter().next() {
            None => Ok(unknown()),
            Some(person) if person.personidentifikator == number => Ok(contact(person, now)),
            Some(_) => {
                let message = "the contact register speaks of somebody else";
                Err(Failure::Later { after: None, finding: Finding::error(Rule::ServiceDown, message) })
            }
        }
    }

    /// The print provider's certificate, PEM or its base64. Nobody has signed that it is that.
    ///
    /// # Errors
    /// The register cannot be asked.
    pub async fn print_certificate(&self) -> Result<String, Failure> {
        let response = self.ask("printSertifikat", |http, url| http.get(url)).await?;
        answer::<Printer>(response, WHO).await.map(|printer| printer.x509_sertifikat)
    }

    /// A good answer of an operation's. A token that is refused is asked for anew, once.
    async fn ask(
        &self,
        operation: &str,
        request: impl Fn(&reqwest::Client, &str) -> reqwest::RequestBuilder,
    ) -> Result<reqwest::Response, Failure> {
        let url = format!("{}/rest/v2/{operation}", self.base);
        for last in [false, true] {
            let token = self.tokens.maskinporten(SCOPES).await?;
            let request = request(&self.http, &url).bearer_auth(token).header(header::ACCEPT, "application/json");
            let response = request.send().await.map_err(|_| Failure::down(WHO))?;
            if response.status() == StatusCode::UNAUTHORIZED && !last {
                self.tokens.forget(SCOPES);
                continue;
            }
            if !response.status().is_success() {
                let status = response.status().as_u16();
                return Err(Failure::from_status(WHO, status, retry_after(response.headers())));
            }
            return Ok(response);
        }
        Err(Failure::down(WHO))
    }
}

fn unknown() -> Contact {
    Contact {
        reserved: false,
        status: ContactStatus::NotRegistered,
        notifiable: false,
        language: None,
        mailbox: false,
        email: None,
        mobile: None,
        age: 0,
    }
}

fn contact(person: Person, now: Timestamp) -> Contact {
    let is = |word: &Option<String>, wanted: &str| word.as_deref() == Some(wanted);
    let information = person.kontaktinformasjon.unwrap_or_default();
    let point = |text: Option<String>, changed: Option<Timestamp>, confirmed: Option<Timestamp>| {
        let updated = changed.max(confirmed);
        text.filter(|text| !text.is_empty())
            .map(|_| ContactPoint { updated, outdated: updated.is_none_or(|updated| is_old(updated, now)) })
    };
    Contact {
        reserved: is(&person.reservasjon, "JA"),
        status: match person.status.as_deref() {
            Some("AKTIV") => ContactStatus::Active,
            Some("SLETTET") => ContactStatus::Deleted,
            _ => ContactStatus::NotRegistered,
        },
        notifiable: is(&person.varslingsstatus, "KAN_VARSLES"),
        language: person.spraak.filter(|code| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_lowercase())),
        mailbox: person.digital_post.and_then(|post| post.postkasseadresse).is_some_and(|text| !text.is_empty()),
        email: point(
            information.epostadresse,
            information.epostadresse_oppdatert,
            information.epostadresse_sist_verifisert,
        ),
        mobile: point(
            information.mobiltelefonnummer,
            information.mobiltelefonnummer_oppdatert,
            information.mobiltelefonnummer_sist_verifisert,
        ),
        age: 0,
    }
}

fn is_old(updated: Timestamp, now: Timestamp) -> bool {
    let limit = now.to_zoned(TimeZone::UTC).checked_sub(Span::new().months(FRESH_MONTHS));
    limit.is_ok_and(|limit| updated < limit.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(person: serde_json::Value) -> Contact {
        contact(serde_json::from_value(person).unwrap(), "2026-12-01T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn what_is_told_is_whether_and_how_old_and_never_what() {
        let contact = read(json!({
            "personidentifikator": "01817010136", "reservasjon": "NEI", "status": "AKTIV",
            "varslingsstatus": "KAN_VARSLES", "spraak": "nn",
            "kontaktinformasjon": {
                "epostadresse": "prove@example.test", "epostadresse_oppdatert": "2024-01-01T00:00:00Z",
                "epostadresse_sist_verifisert": "2025-06-01T13:00:00Z",
                "mobiltelefonnummer": "+4740000000", "mobiltelefonnummer_oppdatert": "2025-06-01T11:59:59Z",
            },
            "digital_post": { "postkasseadresse": "prove#1", "postkasseleverandoeradresse": "310900001" },
            "sertifikat": "MIIB",
        }));
        let updated = |text: &str| Some(text.parse().unwrap());
        let (email, mobile) = (contact.email.unwrap(), contact.mobile.unwrap());
        assert_eq!(email, ContactPoint { updated: updated("2025-06-01T13:00:00Z"), outdated: false });
        assert_eq!(mobile, ContactPoint { updated: updated("2025-06-01T11:59:59Z"), outdated: true });
        assert_eq!((contact.status, contact.language.as_deref()), (ContactStatus::Active, Some("nn")));
        assert!(contact.mailbox && contact.notifiable && !contact.reserved);
        let told = serde_json::to_string(&contact).unwrap();
        for secret in ["01817010136", "example.test", "40000000", "prove#1", "MIIB"] {
            assert!(!told.contains(secret), "{told}");
        }
    }

    #[test]
    fn who_has_chosen_nothing_has_nothing() {
        let number = "02817010256";
        for (person, status) in [
            (json!({ "personidentifikator": number, "status": "SLETTET" }), ContactStatus::Deleted),
            (json!({ "personidentifikator": number, "status": "IKKE_REGISTRERT" }), ContactStatus::NotRegistered),
            (json!({ "personidentifikator": number, "digital_post": {} }), ContactStatus::NotRegistered),
        ] {
            assert_eq!(read(person), Contact { status, ..unknown() });
        }
        let reserved = read(json!({
            "personidentifikator": number, "reservasjon": "JA", "status": "AKTIV", "kontaktinformasjon": { "epostadresse": "a@b.test" }
        }));
        assert!(reserved.reserved && !reserved.notifiable);
        assert_eq!(reserved.email, Some(ContactPoint { updated: None, outdated: true }), "of unknown age");
    }
}
