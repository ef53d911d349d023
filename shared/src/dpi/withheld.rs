//! What is kept of a message: everything but the access token, which must not leak to others (RFC 6750, 5.3).
//! Ours: no standard has such a document.

use serde_json::Value;

use crate::finding::{Finding, Place, Rule};
use crate::json;
use crate::sbd::{Layer, Sbd};

/// Stands for the access token in everything that is kept: no token, since those are JWTs.
pub const WITHHELD: &str = "withheld";

/// The member that holds the token.
const MEMBER: &str = "maskinportentoken";

/// The token of a message (`maskinportentoken`), be it a real one or [`WITHHELD`]; `None` of one that has
/// none, as receipts.
pub fn token(sbd: &Sbd) -> Option<&str> {
    sbd.business().get(MEMBER)?.as_str()
}

/// Whether a document has the form of the network and [`WITHHELD`] for its token.
pub fn is_withheld(sbd: &Sbd) -> bool {
    sbd.layer() == Layer::Dpi && token(sbd) == Some(WITHHELD)
}

/// That a message says what the document says that is kept of it: all members of header and business message are equal,
/// but for the token, where `kept` has [`WITHHELD`] and `message` something else.
///
/// # Errors
/// [`Rule::MailKept`]: `kept` is no such document; [`Rule::MailTokenPresent`]: `message` holds no token;
/// [`Rule::MailSame`]: they differ, with the part that does as its place and nothing of what stands there.
pub fn binds(kept: &Sbd, message: &Sbd) -> Result<(), Finding> {
    let refuse = |rule, text: &str, path: String| Err(Finding::error(rule, text).at(Place::path(path)));
    let member = format!("sbd:/{}/{MEMBER}", kept.document_type());
    if !is_withheld(kept) {
        return refuse(Rule::MailKept, "the document that is kept must not hold an access token", member);
    }
    if token(message).is_none_or(|token| token == WITHHELD) {
        return refuse(Rule::MailTokenPresent, "the message holds no access token", member);
    }
    let (Some(ours), Some(theirs)) = (without_token(kept), without_token(message)) else {
        return refuse(
            Rule::MailSame,
            "the message cannot be compared with the document that is kept",
            "sbd:/".to_owned(),
        );
    };
    if ours == theirs {
        return Ok(());
    }
    refuse(
        Rule::MailSame,
        "the message says something else than the document that is kept",
        first_difference(&ours, &theirs, "sbd:"),
    )
}

/// The whole document as values, without the token.
fn without_token(sbd: &Sbd) -> Option<Value> {
    let mut whole = json::parse(sbd.text().as_bytes()).ok()?;
    let business = whole.get_mut("standardBusinessDocument")?.get_mut(sbd.document_type().as_str())?;
    business.as_object_mut()?.remove(MEMBER)?;
    Some(whole)
}

/// The path of the innermost object that differs. Names alone: members of the network's form hold nothing personal.
fn first_difference(ours: &Value, theirs: &Value, path: &str) -> String {
    let (Some(left), Some(right)) = (ours.as_object(), theirs.as_object()) else { return path.to_owned() };
    let differs = left.iter().find(|(name, value)| right.get(*name) != Some(*value));
    match differs.and_then(|(name, value)| Some((name, value, right.get(name)?))) {
        Some((name, value, other)) => first_difference(value, other, &format!("{path}/{name}")),
        None => path.to_owned(),
    }
}
