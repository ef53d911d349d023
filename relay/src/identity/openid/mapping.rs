//! From an ID token's claims to a person with roles. Pure.

use std::collections::{BTreeMap, BTreeSet};

use konvolutt_shared::api::{OrganisationAccess, Person, Role};
use konvolutt_shared::identifier::PersonNumber;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::id_token::{Claims, string};

/// A row of the configuration's table: whoever has the value in the claim has the roles.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// A text or list of texts; or `authorization_details` (RFC 9396), where the value is a resource.
    pub claim: String,
    pub value: String,
    /// Nine digits; `*` for every organisation that the provider names beside the resource, else for all of ours.
    pub organisation: String,
    pub roles: Vec<Role>,
}

/// How claims are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The claim that tells people apart.
    pub person: String,
    /// The claim with the name that is shown.
    pub name: String,
    /// A claim with texts of the form `ORGANISATION:ROLE`.
    pub roles: Option<String>,
    pub table: Vec<Row>,
}

/// Why somebody who has signed in at the provider is not let in. Holds nothing of who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unmapped {
    #[error("the claim that tells people apart is missing")]
    Nobody,
    #[error("the claim that tells people apart is a national identity number, which must not be kept: choose another")]
    Number,
}

/// The person, with the roles they have in organisations of ours; perhaps in none.
///
/// # Errors
/// There is nobody, or nobody whose id may be kept.
pub fn person(claims: &Claims, issuer: &str, map: &Mapping, ours: &[OrganisationAccess]) -> Result<Person, Unmapped> {
    let subject = string(claims, &map.person).filter(|text| !text.is_empty()).ok_or(Unmapped::Nobody)?;
    if PersonNumber::parse(subject).is_ok() {
        return Err(Unmapped::Number);
    }
    let id = id(subject, issuer);
    let mut roles: BTreeMap<String, BTreeSet<Role>> = BTreeMap::new();
    let mut give = |organisation: &str, role: Role| {
        if ours.iter().any(|one| one.orgnr == organisation) {
            roles.entry(organisation.to_owned()).or_default().insert(role);
        }
    };
    for text in map.roles.iter().flat_map(|claim| texts(claims, claim)) {
        if let Some((organisation, role)) = text.split_once(':')
            && let Some(role) = Role::parse(role)
        {
            give(organisation, role);
        }
    }
    for row in &map.table {
        for organisation in organisations(row, claims, ours) {
            row.roles.iter().for_each(|role| give(organisation, *role));
        }
    }
    let organisations = ours.iter().filter(|one| roles.contains_key(&one.orgnr)).cloned().collect();
    let name = string(claims, &map.name).map_or_else(|| given_name(claims), |name| Some(name.to_owned()));
    Ok(Person { name: name.unwrap_or_else(|| id.clone()), id, organisations, roles })
}

/// The subject where it can stand in the audit log as it is, else a digest that is stable. A colon is never in it:
/// those are ids of ours.
fn id(subject: &str, issuer: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if subject.len() <= 64 && subject.chars().all(plain) {
        return subject.to_owned();
    }
    let digest = Sha256::digest(format!("{issuer}\n{subject}"));
    digest[..16].iter().fold("p-".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

fn given_name(claims: &Claims) -> Option<String> {
    let both = [string(claims, "given_name"), string(claims, "family_name")];
    let name = both.into_iter().flatten().collect::<Vec<_>>().join(" ");
    (!name.is_empty()).then_some(name)
}

/// The organisations that a row is about for who has these claims.
fn organisations<'a>(row: &'a Row, claims: &'a Claims, ours: &'a [OrganisationAccess]) -> Vec<&'a str> {
    let wanted = |organisation: &str| row.organisation == "*" || row.organisation == organisation;
    if row.claim == "authorization_details" {
        return named(claims, &row.value).into_iter().filter(|one| wanted(one)).collect();
    }
    if !texts(claims, &row.claim).contains(&row.value.as_str()) {
        return Vec::new();
    }
    ours.iter().map(|one| one.orgnr.as_str()).filter(|one| wanted(one)).collect()
}

/// A claim's texts.
fn texts<'a>(claims: &'a Claims, name: &str) -> Vec<&'a str> {
    match claims.get(name) {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The organisations that Ansattporten says a person has chosen for a resource: `authorized_parties[].orgno.ID` of
/// Altinn 3's resources, `reportees[].ID` of Altinn 2's services, each `0192:` and nine digits.
fn named<'a>(claims: &'a Claims, resource: &str) -> Vec<&'a str> {
    let details = claims.get("authorization_details").and_then(Value::as_array).into_iter().flatten();
    let details = details.filter(|one| one.get("resource").and_then(Value::as_str) == Some(resource));
    let list = |one: &'a Value, name: &str| one.get(name).and_then(Value::as_array).into_iter().flatten();
    let ids = details.flat_map(|one| {
        let parties = list(one, "authorized_parties").filter_map(|party| party.get("orgno")?.get("ID")?.as_str());
        parties.chain(list(one, "reportees").filter_map(|party| party.get("ID")?.as_str()))
    });
    ids.filter_map(|id| id.strip_prefix("0192:")).collect()
}
