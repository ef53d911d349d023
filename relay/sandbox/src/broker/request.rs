//! The body of initialize (Altinn 3 Broker, `FileTransferInitializeExt`), checked field by field.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::problem::Problem;
use super::state::{Order, Refusal};

/// `POST /filetransfer`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Initialize {
    pub(super) file_name: Option<String>,
    pub(super) resource_id: Option<String>,
    pub(super) senders_file_transfer_reference: Option<String>,
    pub(super) sender: Option<String>,
    pub(super) recipients: Vec<String>,
    pub(super) property_list: BTreeMap<String, String>,
    pub(super) checksum: Option<String>,
    pub(super) disable_virus_scan: Option<bool>,
}

impl Initialize {
    /// The order, or everything that is wrong with the body.
    pub(super) fn check(self) -> Result<Order, Problem> {
        let mut wrong: Vec<(String, String)> = Vec::new();
        let mut text = |field: &str, value: Option<String>, max: usize| {
            let value = value.unwrap_or_default();
            let length = value.chars().count();
            if length == 0 || length > max {
                wrong.push((field.to_owned(), format!("The field {field} must have 1 to {max} characters.")));
            }
            value
        };
        let file_name = text("FileName", self.file_name, 255);
        let resource = text("ResourceId", self.resource_id, 255);
        let senders_reference = text("SendersFileTransferReference", self.senders_file_transfer_reference, 4096);
        let party =
            "Organization numbers should be on the form countrycode:organizationnumber, for instance 0192:910753614";
        let sender = self.sender.as_deref().and_then(organisation).unwrap_or_default();
        if sender.is_empty() {
            wrong.push(("Sender".to_owned(), party.to_owned()));
        }
        let recipients: Vec<String> = self.recipients.iter().filter_map(|one| organisation(one)).collect();
        if recipients.is_empty() || recipients.len() != self.recipients.len() {
            wrong.push(("Recipients".to_owned(), party.to_owned()));
        }
        let properties_fit = self.property_list.len() <= 10
            && self.property_list.iter().all(|(k, v)| k.chars().count() <= 50 && v.chars().count() <= 3000);
        if !properties_fit {
            wrong.push((
                "PropertyList".to_owned(),
                "At most 10 properties, keys 50 and values 3000 characters".to_owned(),
            ));
        }
        let is_md5 = |sum: &String| sum.len() == 32 && sum.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if self.checksum.as_ref().is_some_and(|sum| !is_md5(sum)) {
            wrong.push((
                "Checksum".to_owned(),
                "The checksum, if used, must be a MD5 hash with 32 characters".to_owned(),
            ));
        }
        if !wrong.is_empty() {
            return Err(Problem::Validation(wrong));
        }
        let resource = plain_resource(&resource).to_owned();
        if resource != super::RESOURCE {
            return Err(Refusal::ResourceUnknown.into());
        }
        Ok(Order {
            resource,
            file_name,
            senders_reference,
            sender,
            recipients,
            properties: self.property_list,
            checksum: self.checksum,
            virus_scan: !self.disable_virus_scan.unwrap_or(false),
        })
    }
}

/// A resource may be written with its URN prefix.
pub(super) fn plain_resource(id: &str) -> &str {
    id.strip_prefix("urn:altinn:resource:").unwrap_or(id)
}

/// Nine digits out of `0192:NNNNNNNNN` or `urn:altinn:organization:identifier-no:NNNNNNNNN`.
fn organisation(party: &str) -> Option<String> {
    let number = match party.strip_prefix("urn:altinn:organization:identifier-no:") {
        Some(number) => number,
        None => {
            let (icd, number) = party.split_once(':')?;
            let icd_fits = icd.len() == 4 && icd.bytes().all(|b| b.is_ascii_digit());
            if icd_fits { number } else { return None }
        }
    };
    (number.len() == 9 && number.bytes().all(|b| b.is_ascii_digit())).then(|| number.to_owned())
}
