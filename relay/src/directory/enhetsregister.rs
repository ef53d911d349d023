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

/// How many organisations a name is answered with.
const UNITS: &str = "20";

/// How many sub-units.
const SUB_UNITS: &str = "10";

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
    #[serde(default)]
    underenheter: Vec<Unit>,
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
        match self.answers.or(&[query], oldest, self.find(query)).await {
            Ok(found) => Ok(found),
            Err(Missed::Beside(answer)) => Ok(Answered { answer, age: Duration::ZERO }),
            Err(Missed::All(failure)) => Err(failure),
        }
    }

    async fn find(&self, query: &str) -> Result<Vec<OrganisationHit>, Missed> {
        let digits: String = query.chars().filter(|c| !c.is_whitespace()).collect();
        if digits.len() == 9 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(self.by_number(&digits).await?);
        }
        if query.is_empty() {
            return Ok(Vec::new());
        }
        let (of_units, of_sub_units) = ([("navn", query), ("size", UNITS)], [("navn", query), ("size", SUB_UNITS)]);
        let (units, sub_units) =
            tokio::join!(self.list("enheter", &of_units), self.list("underenheter", &of_sub_units));
        let units = units?;
        let mut whole = true;
        let sub_units = telling(&units, besides(sub_units, &mut whole));
        let numbers = missing(&units, &sub_units).join(",");
        let parents = match numbers.as_str() {
            "" => Vec::new(),
            numbers => {
                let query = [("organisasjonsnummer", numbers), ("size", SUB_UNITS)];
                besides(self.list("enheter", &query).await, &mut whole)
            }
        };
        let found = ordered(units, sub_units, parents);
        if whole { Ok(found) } else { Err(Missed::Beside(found)) }
    }

    /// What one of the register's two lists has, in its order.
    async fn list(&self, list: &str, query: &[(&str, &str)]) -> Result<Vec<OrganisationHit>, Failure> {
        let response = self.answered(self.http.get(format!("{}/{list}", self.base)).query(query)).await?;
        let Embedded { enheter, underenheter } = json::<Found>(response, WHO).await?.embedded;
        Ok(enheter.into_iter().chain(underenheter).map(OrganisationHit::from).collect())
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

/// Why an answer is not kept.
enum Missed {
    /// There is none.
    All(Failure),
    /// The organisations are there, and not all that stands beside them.
    Beside(Vec<OrganisationHit>),
}

impl From<Failure> for Missed {
    fn from(failure: Failure) -> Self {
        Self::All(failure)
    }
}

/// What stands beside the organisations: they are found without it, too.
fn besides(found: Result<Vec<OrganisationHit>, Failure>, whole: &mut bool) -> Vec<OrganisationHit> {
    found.unwrap_or_else(|failure| {
        *whole = false;
        tracing::warn!(code = %failure.code(), "sub-units or whom they belong to could not be looked up");
        Vec::new()
    })
}

/// Nearly every organisation has a sub-unit of its own name, which says nothing that the organisation does not.
fn telling(units: &[OrganisationHit], mut sub_units: Vec<OrganisationHit>) -> Vec<OrganisationHit> {
    sub_units.retain(|one| {
        let repeats = |unit: &OrganisationHit| one.parent.as_ref() == Some(&unit.orgnr) && one.name == unit.name;
        !units.iter().any(repeats)
    });
    sub_units
}

/// Whom letters to sub-units go to and the name has not found, each once.
fn missing<'a>(units: &[OrganisationHit], sub_units: &'a [OrganisationHit]) -> Vec<&'a str> {
    let is_new = |parent: &&str| units.iter().all(|unit| unit.orgnr != *parent);
    let mut numbers: Vec<_> = sub_units.iter().filter_map(|one| one.parent.as_deref()).filter(is_new).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Organisations first, then sub-units, and each parent that is not among the organisations behind the first of its own.
fn ordered(
    mut units: Vec<OrganisationHit>,
    sub_units: Vec<OrganisationHit>,
    mut parents: Vec<OrganisationHit>,
) -> Vec<OrganisationHit> {
    for one in sub_units {
        let at = parents.iter().position(|parent| one.parent.as_ref() == Some(&parent.orgnr));
        let parent = at.map(|at| parents.remove(at));
        units.extend([Some(one), parent].into_iter().flatten());
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::sandboxed::{disturb, sandboxed};

    fn hit(orgnr: &str, name: &str, parent: Option<&str>) -> OrganisationHit {
        OrganisationHit {
            orgnr: orgnr.to_owned(),
            name: name.to_owned(),
            place: None,
            form: None,
            deleted: None,
            bankrupt: false,
            parent: parent.map(str::to_owned),
            age: 0,
        }
    }

    #[test]
    fn a_name_finds_organisations_first_and_behind_sub_units_whom_letters_go_to() {
        let units = vec![hit("1", "Solvik skole", None), hit("2", "Solvik", None)];
        let sub_units = vec![
            hit("11", "Solvik skole", Some("1")),
            hit("12", "Solvik skole avd. nord", Some("1")),
            hit("31", "Solvik skole", Some("3")),
            hit("32", "Solvik skole", Some("3")),
        ];
        let left = telling(&units, sub_units);
        assert_eq!(missing(&units, &left), ["3"]);
        let all = ordered(units, left, vec![hit("3", "Vik kommune", None)]);
        let numbers: Vec<&str> = all.iter().map(|one| one.orgnr.as_str()).collect();
        assert_eq!(numbers, ["1", "2", "12", "31", "3", "32"]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn organisations_are_found_without_sub_units() {
        let stand = sandboxed(100.0).await;
        let register = Enhetsregister::new(stand.sandbox.endpoints().enhetsregister, stand.http);
        let search = async || {
            let found = register.search("flere underenheter", Duration::ZERO).await?;
            Ok::<_, Failure>(found.answer.into_iter().map(|hit| hit.orgnr).collect::<Vec<_>>())
        };
        const ALL: [&str; 3] = ["310903418", "310903426", "310903434"];
        assert_eq!(search().await.unwrap(), ALL);
        for fault in ["unavailable", "busy"] {
            disturb(&stand.sandbox, "enhetsregister", ("GET", "/underenheter"), fault, 1).await;
            assert_eq!(search().await.unwrap(), ALL[..1], "{fault}");
        }
        disturb(&stand.sandbox, "enhetsregister", ("GET", "/enheter"), "unavailable", 1).await;
        assert!(search().await.is_err(), "without them nothing is found");
        stand.sandbox.stop().await;
    }
}
