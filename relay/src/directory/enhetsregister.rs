//! Enhetsregisteret: finding organisations by name or number (Brønnøysundregistrene, `/enhetsregisteret/api`). Open
//! data.

use std::sync::Arc;
use std::time::Duration;

use konvolutt_shared::api::OrganisationHit;
use reqwest::{StatusCode, header};
use serde::Deserialize;

use super::kept::{Answered, Kept};
use super::{json, retry_after};
use crate::broker::Failure;

const WHO: &str = "Enhetsregisteret";

/// The register's client.
#[derive(Clone, Debug)]
pub struct Enhetsregister {
    base: String,
    http: reqwest::Client,
    answers: Arc<Kept<Vec<OrganisationHit>>>,
}

#[derive(Deserialize)]
struct Found {
    #[serde(rename = "_embedded", default)]
    embedded: Embedded,
}

#[derive(Default, Deserialize)]
struct Embedded {
    #[serde(default)]
    enheter: Vec<Unit>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Unit {
    organisasjonsnummer: String,
    navn: String,
    organisasjonsform: Option<Form>,
    postadresse: Option<Address>,
    forretningsadresse: Option<Address>,
    slettedato: Option<String>,
    #[serde(default)]
    konkurs: bool,
    overordnet_enhet: Option<String>,
}

#[derive(Deserialize)]
struct Form {
    kode: String,
}

#[derive(Deserialize)]
struct Address {
    poststed: Option<String>,
}

impl From<Unit> for OrganisationHit {
    fn from(unit: Unit) -> Self {
        let address = unit.postadresse.or(unit.forretningsadresse);
        Self {
            orgnr: unit.organisasjonsnummer,
            name: unit.navn,
            place: address.and_then(|address| address.poststed),
            form: unit.organisasjonsform.map(|form| form.kode),
            deleted: unit.slettedato,
            bankrupt: unit.konkurs,
            parent: unit.overordnet_enhet,
            age: 0,
        }
    }
}

impl Enhetsregister {
    /// A client of the register at `…/enhetsregisteret/api`.
    pub fn new(base: String, http: reqwest::Client) -> Self {
        Self { base, http, answers: Arc::default() }
    }

    /// Organisations by number (nine digits, spaces allowed) or by name, asked for anew if no answer is kept that is young
    /// enough.
    ///
    /// # Errors
    /// The register cannot be asked.
    pub async fn search(&self, query: &str, oldest: Duration) -> Result<Answered<Vec<OrganisationHit>>, Failure> {
        self.answers.or(&[query], oldest, self.find(query)).await
    }

    async fn find(&self, query: &str) -> Result<Vec<OrganisationHit>, Failure> {
        let digits: String = query.chars().filter(|c| !c.is_whitespace()).collect();
        if digits.len() == 9 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.by_number(&digits).await;
        }
        if query.is_empty() {
            return Ok(Vec::new());
        }
        let request = self.http.get(format!("{}/enheter", self.base)).query(&[("navn", query), ("size", "20")]);
        let response = self.answered(request).await?;
        let found: Found = json(response, WHO).await?;
        Ok(found.embedded.enheter.into_iter().map(OrganisationHit::from).collect())
    }

    /// An organisation; or a sub-unit, and behind it the organisation that letters to it go to.
    async fn by_number(&self, number: &str) -> Result<Vec<OrganisationHit>, Failure> {
        if let Some(unit) = self.unit("enheter", number).await? {
            return Ok(vec![unit]);
        }
        let Some(sub_unit) = self.unit("underenheter", number).await? else { return Ok(Vec::new()) };
        let parent = match &sub_unit.parent {
            Some(parent) => self.unit("enheter", parent).await?,
            None => None,
        };
        Ok([Some(sub_unit), parent].into_iter().flatten().collect())
    }

    /// One of the register's two lists.
    async fn unit(&self, list: &str, number: &str) -> Result<Option<OrganisationHit>, Failure> {
        let request = self.http.get(format!("{}/{list}/{number}", self.base));
        let response = request.header(header::ACCEPT, "application/json").send().await;
        let response = response.map_err(|_| Failure::down(WHO))?;
        match response.status() {
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
            status if status.is_success() => Ok(Some(json::<Unit>(response, WHO).await?.into())),
            status => Err(Failure::from_status(WHO, status.as_u16(), retry_after(response.headers()))),
        }
    }

    async fn answered(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, Failure> {
        let response =
            request.header(header::ACCEPT, "application/json").send().await.map_err(|_| Failure::down(WHO))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        Err(Failure::from_status(WHO, status.as_u16(), retry_after(response.headers())))
    }
}
