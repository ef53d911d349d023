//! What two organisations have agreed to send each other: data that the recipient's system reads, with
//! documents beside it (eFormidling, document type `avtalt`). Neither title nor archive fields travel with
//! it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Draft;
use super::check::error;
use crate::address::Channel;
use crate::finding::{Finding, Rule};
use crate::json;
use crate::sbd::DocumentType;

/// The one process of such messages (eFormidling, process `avtalt`).
pub const AGREED_PROCESS: &str = "urn:no:difi:profile:avtalt:avtalt:ver1.0";

/// The longest name of an agreement, in characters, itself included. The reference has no limit; ours keeps a
/// slip of the hand out.
pub const MAX_IDENTIFIER: usize = 255;

/// The longest content, in bytes as typed, itself included: ours. It travels in the clear in the document,
/// which brokers keep small.
const MAX_CONTENT: usize = 64 * 1024;

/// What is filled in. `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Agreed {
    /// Which agreement it is, 1 to [`MAX_IDENTIFIER`] characters without the white space around
    /// (`identifier`): the recipient's system looks at it first.
    pub identifier: String,
    /// The text of a JSON object, at most 65 536 bytes (`content`).
    pub content: String,
}

impl std::fmt::Debug for Agreed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agreed").finish_non_exhaustive()
    }
}

impl Agreed {
    /// The content as an object; `None` when it is something else, too large, or has a member name twice.
    pub fn object(&self) -> Option<Map<String, Value>> {
        let read = Some(self.content.as_bytes()).filter(|bytes| bytes.len() <= MAX_CONTENT).map(json::parse)?;
        match read.ok()? {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The business message.
    pub(super) fn business(&self) -> Value {
        serde_json::json!({ "identifier": self.identifier.trim(), "content": self.object().unwrap_or_default() })
    }
}

/// The type of a letter that goes by a process: `avtalt` by [`AGREED_PROCESS`], `arkivmelding` by any other.
pub fn document_type(process: &str) -> DocumentType {
    if process == AGREED_PROCESS { DocumentType::Avtalt } else { DocumentType::Arkivmelding }
}

/// Everything that is wrong with what was agreed.
pub(super) fn agreed(draft: &Draft, channel: Option<Channel>, findings: &mut Vec<Finding>) {
    let Some(agreed) = &draft.agreed else {
        if draft.process == AGREED_PROCESS {
            findings.push(error(Rule::AgreedName, "what was agreed is not filled in", "agreed/identifier"));
        }
        return;
    };
    if draft.process != AGREED_PROCESS {
        findings.push(error(Rule::AgreedProcess, "an agreed message has a process of its own", "process"));
    }
    if channel.is_some_and(|channel| channel != Channel::Dpo) {
        findings.push(error(Rule::AgreedChannel, "agreed messages go over DPO alone", "recipient"));
    }
    let length = agreed.identifier.trim().chars().count();
    if length == 0 {
        findings.push(error(Rule::AgreedName, "the agreement has no name", "agreed/identifier"));
    } else if length > MAX_IDENTIFIER {
        let finding = error(Rule::AgreedContent, "the agreement's name is too long", "agreed/identifier");
        findings.push(finding.with("max", MAX_IDENTIFIER.to_string()));
    }
    if agreed.object().is_none() {
        findings.push(error(Rule::AgreedContent, "the content is no JSON object, or too large", "agreed/content"));
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::super::{DraftDocument, LetterIds, check};
    use super::*;
    use crate::address::Capability;
    use crate::sbd::Sbd;

    fn draft(identifier: &str, content: &str) -> Draft {
        let document = DraftDocument { name: "liste.csv".to_owned(), size: 3, main: true, ..DraftDocument::default() };
        Draft {
            sender: "310900117".to_owned(),
            recipient: "310900419".to_owned(),
            process: AGREED_PROCESS.to_owned(),
            documents: vec![document],
            agreed: Some(Agreed { identifier: identifier.to_owned(), content: content.to_owned() }),
            ..Draft::default()
        }
    }

    fn capability(channel: Channel) -> Capability {
        Capability { processes: vec![AGREED_PROCESS.to_owned()], ..Capability::of(channel) }
    }

    fn refused(draft: &Draft, channel: Channel) -> Vec<String> {
        let findings = check(draft, &capability(channel)).err().unwrap_or_default();
        let refusing = findings.into_iter().filter(Finding::refuses);
        refusing.filter_map(|finding| Some(finding.place?.path)).collect()
    }

    #[test]
    fn it_needs_a_name_and_an_object_and_neither_title_nor_case() {
        assert_eq!(refused(&draft("skolebytte", "{}"), Channel::Dpo), Vec::<String>::new());
        for (identifier, content, wrong) in [
            (" ", "{}", "agreed/identifier"),
            (&*"a".repeat(MAX_IDENTIFIER + 1), "{}", "agreed/identifier"),
            ("a", "[1]", "agreed/content"),
            ("a", "", "agreed/content"),
            ("a", "{\"a\":1,\"a\":2}", "agreed/content"),
            ("a", &format!("{{\"a\":\"{}\"}}", "b".repeat(MAX_CONTENT)), "agreed/content"),
        ] {
            assert_eq!(refused(&draft(identifier, content), Channel::Dpo), [wrong], "{identifier}");
        }
    }

    #[test]
    fn it_goes_over_one_channel_under_one_process() {
        assert_eq!(refused(&draft("a", "{}"), Channel::Dpv), ["recipient"]);
        let letter = Draft { agreed: None, ..draft("a", "{}") };
        assert!(refused(&letter, Channel::Dpo).contains(&"agreed/identifier".to_owned()));
        let process = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0".to_owned();
        let other = Draft { process: process.clone(), ..draft("a", "{}") };
        let known = Capability { processes: vec![process], ..Capability::of(Channel::Dpo) };
        assert!(check(&other, &known).is_err());
    }

    #[test]
    fn what_was_agreed_stands_in_the_document_and_no_archive_goes_along() {
        let letter = check(&draft(" skolebytte ", "{\"elev\": [1, 2]}"), &capability(Channel::Dpo)).unwrap();
        assert!(!letter.has_archive());
        let id = "1111aaaa-0000-4000-8000-000000000001";
        let ids = LetterIds {
            message_id: id.parse().unwrap(),
            conversation_id: id.parse().unwrap(),
            case: Uuid::nil(),
            entry: Uuid::nil(),
            documents: Vec::new(),
        };
        let now: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        let sbd = letter.sbd(now, letter.expires(now), &ids);
        // As a recipient reads it.
        let sbd = Sbd::parse(sbd.text().as_bytes(), Some(now)).unwrap();
        assert_eq!((sbd.document_type(), sbd.process()), (DocumentType::Avtalt, AGREED_PROCESS));
        let said = serde_json::json!({ "identifier": "skolebytte", "content": { "elev": [1, 2] } });
        assert_eq!(*sbd.business(), said);
        assert_eq!(sbd.remarks(), []);
    }
}
