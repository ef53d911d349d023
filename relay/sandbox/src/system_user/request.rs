//! What a vendor sends, checked against the system that it names.

use serde::{Deserialize, Serialize};

use super::problem::{NO_REDIRECT, Problem, RIGHTS, SYSTEM};
use super::state::{Key, Order};
use super::system;

const RESOURCE_TYPE: &str = "urn:altinn:resource";

/// `POST /systemuser/request/vendor`. Names are read as ASP.NET reads them where clients are known to differ.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Create {
    external_ref: Option<String>,
    system_id: Option<String>,
    party_org_no: Option<String>,
    rights: Vec<Right>,
    #[serde(alias = "accesspackages")]
    access_packages: Vec<Package>,
    redirect_url: Option<String>,
}

/// A right to a resource.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Right {
    #[serde(alias = "Resource")]
    resource: Vec<Attribute>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Attribute {
    id: String,
    value: String,
}

/// An access package.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Package {
    urn: String,
}

impl Create {
    /// The order, or what is wrong with it. `vendor` is whose token it came with.
    pub(super) fn check(self, vendor: &str) -> Result<Order, Problem> {
        let trimmed = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let (system_id, organisation) = match (trimmed(self.system_id), trimmed(self.party_org_no)) {
            (Some(system_id), Some(organisation)) => (system_id, organisation),
            (system_id, organisation) => {
                let fields = [("SystemId", system_id.is_none()), ("PartyOrgNo", organisation.is_none())];
                let missing = fields.into_iter().filter(|(_, is_missing)| *is_missing);
                return Err(Problem::Binding(
                    missing.map(|(name, _)| (name, format!("The {name} field is required."))).collect(),
                ));
            }
        };
        if organisation.len() != 9 || !organisation.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Problem::Binding(vec![("PartyOrgNo", "The value is not an organisation number.".to_owned())]));
        }
        let system = system(&system_id, vendor).ok_or(SYSTEM)?;
        if trimmed(self.redirect_url).is_some() {
            return Err(NO_REDIRECT);
        }
        let rights = rights(self.rights, system.rights)?;
        let packages = packages(self.access_packages, system.packages)?;
        if rights.is_empty() && packages.is_empty() {
            return Err(RIGHTS);
        }
        let reference = trimmed(self.external_ref).unwrap_or_else(|| organisation.clone());
        Ok(Order { key: Key { system: system_id, organisation, reference }, rights, packages })
    }
}

/// Ids of resources, each one that the system may ask for.
fn rights(wanted: Vec<Right>, allowed: &[&str]) -> Result<Vec<String>, Problem> {
    let mut ids = Vec::new();
    for one in wanted.into_iter().flat_map(|right| right.resource) {
        if one.id != RESOURCE_TYPE || !allowed.contains(&one.value.as_str()) {
            return Err(RIGHTS);
        }
        ids.push(one.value);
    }
    Ok(ids)
}

fn packages(wanted: Vec<Package>, allowed: &[&str]) -> Result<Vec<String>, Problem> {
    if let Some(at) = wanted.iter().position(|one| !allowed.contains(&one.urn.as_str())) {
        let detail = "One or all the accesspackage(s) is not found in altinn's access packages or is not delegable";
        return Err(Problem::Validation(8, detail, format!("/accessPackages/{at}/urn")));
    }
    Ok(wanted.into_iter().map(|one| one.urn).collect())
}

/// `rights` as they are told.
pub(super) fn told_rights(ids: &[String]) -> Vec<Right> {
    let attribute = |id: &String| Attribute { id: RESOURCE_TYPE.to_owned(), value: id.clone() };
    ids.iter().map(|id| Right { resource: vec![attribute(id)] }).collect()
}

/// `accessPackages` as they are told.
pub(super) fn told_packages(urns: &[String]) -> Vec<Package> {
    urns.iter().map(|urn| Package { urn: urn.clone() }).collect()
}
