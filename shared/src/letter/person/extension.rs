//! What a mailbox shows beside a letter: an event (`arrangement`) or a proof (`bevis`), as a file of its own
//! that tells more about the main document (`sdp-manifest.xsd`: `data`). A mailbox that knows none of it
//! shows the letter alone.
//!
//! Forms: `begrep.difi.no/sdp/utvidelser`, `arrangement.xsd` and `bevis.xsd`. What there is room for and
//! nobody has asked for is left out: bar codes, colours, periods that repeat every year, the holder's number
//! and address. Limits in characters include the limit itself.

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use super::check::Fields;
use crate::container::DocumentHead;
use crate::container::dom::Document;
use crate::container::manifest::escaped;
use crate::finding::{Finding, Rule};

const NAMESPACE: &str = "http://begrep.difi.no/sdp/utvidelser/";

/// Titles and names of an event, and names on a proof, in characters.
const MAX_NAME: usize = 100;
/// How to meet, in characters.
const MAX_MEETING: usize = 400;
/// A proof's title, in characters.
const MAX_TITLE: usize = 255;

/// What tells more about the main document: one or the other. `Debug` shows which.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Extension {
    /// Somewhere to be at a time.
    Event(Box<EventChoice>),
    /// Something that the person can show.
    Proof(Box<ProofChoice>),
}

impl std::fmt::Debug for Extension {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind())
    }
}

/// An event (`arrangement.xsd`). Times are local in Norway. `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EventChoice {
    /// What it is, 1 to 100 characters (`tittel`).
    pub title: String,
    /// When it begins, `yyyy-mm-ddThh:mm` (`tidsrom/fra`); not told when empty.
    pub from: String,
    /// When it ends, likewise (`tidsrom/til`); not before it begins.
    pub until: String,
    /// How to meet, at most 400 characters (`oppmøte-informasjon`); not told when empty.
    pub meeting: String,
    /// Name of the place, 1 to 100 characters (`møteplass/navn`).
    pub place: String,
    /// Street and number, at most 100 characters (`gateadresse`); not told when empty.
    pub street: String,
    /// Four digits (`postnummer`); not told when empty.
    pub postal_code: String,
    /// Town, at most 100 characters (`sted`); not told when empty.
    pub town: String,
}

/// A proof (`bevis.xsd`). `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProofChoice {
    /// What it proves, 1 to 255 characters (`tittel`).
    pub title: String,
    /// Whose it is: first name, 1 to 100 characters (`bevisholder/fornavn`).
    pub first_name: String,
    /// Family name, 1 to 100 characters (`bevisholder/etternavn`).
    pub last_name: String,
    /// The issuer's name as it is shown, at most 100 characters (`utsteder-visningsnavn`); not told when empty.
    pub issuer: String,
    /// The first day it is valid, `yyyy-mm-dd` (`periode/fra`, 00:00:00); from the beginning when empty.
    pub from: String,
    /// The last day, likewise (`periode/til`, 23:59:59), not before the first; without end when empty.
    pub until: String,
    /// What its number is called, at most 100 characters (`bevis-id-navn`); both or none of name and number.
    pub id_name: String,
    /// Its number, any text of at most 100 characters (`bevis-id-verdi`).
    pub id: String,
}

impl Extension {
    /// The word of the format, which names root, namespace, file and media type: `arrangement` or `bevis`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Event(_) => "arrangement",
            Self::Proof(_) => "bevis",
        }
    }

    /// The file's name and media type.
    pub(super) fn head(&self) -> DocumentHead {
        let kind = self.kind();
        DocumentHead { name: format!("{kind}.xml"), media_type: format!("application/vnd.difi.dpi.{kind}+xml") }
    }

    /// What the format would refuse, and what would make no sense to who reads it.
    pub(super) fn check(&self, fields: &mut Fields<'_>) {
        match self {
            Self::Event(event) => event.check(fields),
            Self::Proof(proof) => proof.check(fields),
        }
    }

    /// The file, its texts in that language.
    pub(super) fn write(&self, language: &str) -> Vec<u8> {
        let kind = self.kind();
        let mut xml =
            Xml { text: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>"), language };
        xml.text.push_str(&format!("<{kind} xmlns=\"{NAMESPACE}{kind}\">"));
        match self {
            Self::Event(event) => event.write(&mut xml),
            Self::Proof(proof) => proof.write(&mut xml),
        }
        xml.text.push_str(&format!("</{kind}>"));
        xml.text.into_bytes()
    }
}

/// The word of the extension that a file is (`arrangement`, `bevis` or `lenke`), as a mailbox reads it before
/// it shows it: well-formed, of the root and namespace that its media type
/// (`application/vnd.difi.dpi.<word>+xml`) says, with the elements that its schema asks for, each once.
///
/// # Errors
/// [`Rule::ExtensionKnown`] for another media type, [`Rule::ManifestXml`] for a file that is not well-formed
/// XML within the budgets, [`Rule::ExtensionForm`] for one that is not what it says.
pub fn extension_kind(media_type: &str, bytes: &[u8]) -> Result<&'static str, Finding> {
    const KINDS: [(&str, &[&str]); 3] =
        [("arrangement", &["tittel", "møteplass"]), ("bevis", &["bevisholder", "tittel"]), ("lenke", &["url"])];
    let kind = media_type.strip_prefix("application/vnd.difi.dpi.").and_then(|rest| rest.strip_suffix("+xml"));
    let known = KINDS.into_iter().find(|(name, _)| Some(*name) == kind);
    let (kind, needed) =
        known.ok_or_else(|| Finding::error(Rule::ExtensionKnown, "the file is no extension that mailboxes know"))?;
    let document = Document::parse(bytes, "data")?;
    let (root, namespace) = (document.root(), format!("{NAMESPACE}{kind}"));
    let has = |name: &&str| document.only(root, &namespace, name).is_some();
    if !document.is(root, &namespace, kind) || !needed.iter().all(has) {
        return Err(Finding::error(Rule::ExtensionForm, "the extension is not what its media type says"));
    }
    Ok(kind)
}

impl EventChoice {
    fn check(&self, fields: &mut Fields<'_>) {
        fields.needed(&self.title, Rule::PersonValue, "event/title");
        fields.needed(&self.place, Rule::PersonValue, "event/place");
        for (text, max, name) in [
            (&self.title, MAX_NAME, "event/title"),
            (&self.meeting, MAX_MEETING, "event/meeting"),
            (&self.place, MAX_NAME, "event/place"),
            (&self.street, MAX_NAME, "event/street"),
            (&self.town, MAX_NAME, "event/town"),
        ] {
            fields.at_most(text, max, Rule::PersonText, name);
        }
        let code = self.postal_code.trim();
        let good = code.is_empty() || (code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_digit()));
        fields.refuse(!good, Rule::PersonField, "a Norwegian postal code has four digits", "event/postalCode");
        for (text, name) in [(&self.from, "event/from"), (&self.until, "event/until")] {
            let wrong = !text.is_empty() && moment(text).is_none();
            fields.refuse(wrong, Rule::PersonField, "the field is no date and time", name);
        }
        let backwards = moment(&self.from).zip(moment(&self.until)).is_some_and(|(from, until)| until < from);
        fields.refuse(backwards, Rule::PersonField, "the event ends before it begins", "event/until");
    }

    fn write(&self, xml: &mut Xml<'_>) {
        xml.said("tittel", &self.title);
        if moment(&self.from).is_some() || moment(&self.until).is_some() {
            xml.text.push_str("<tidsrom>");
            xml.plain("fra", &moment(&self.from).and_then(at).unwrap_or_default());
            xml.plain("til", &moment(&self.until).and_then(at).unwrap_or_default());
            xml.text.push_str("</tidsrom>");
        }
        xml.said("oppmøte-informasjon", &self.meeting);
        xml.text.push_str("<møteplass>");
        xml.said("tittel", place_heading(xml.language));
        xml.plain("navn", &self.place);
        xml.plain("gateadresse", &self.street);
        xml.plain("postnummer", &self.postal_code);
        xml.plain("sted", &self.town);
        xml.text.push_str("</møteplass>");
    }
}

impl ProofChoice {
    fn check(&self, fields: &mut Fields<'_>) {
        fields.needed(&self.title, Rule::PersonValue, "proof/title");
        fields.needed(&self.first_name, Rule::PersonValue, "proof/firstName");
        fields.needed(&self.last_name, Rule::PersonValue, "proof/lastName");
        for (text, max, name) in [
            (&self.title, MAX_TITLE, "proof/title"),
            (&self.first_name, MAX_NAME, "proof/firstName"),
            (&self.last_name, MAX_NAME, "proof/lastName"),
            (&self.issuer, MAX_NAME, "proof/issuer"),
            (&self.id_name, MAX_NAME, "proof/idName"),
            (&self.id, MAX_NAME, "proof/id"),
        ] {
            fields.at_most(text, max, Rule::PersonText, name);
        }
        fields.date(&self.from, "proof/from");
        fields.date(&self.until, "proof/until");
        let backwards = day(&self.from).zip(day(&self.until)).is_some_and(|(from, until)| until < from);
        fields.refuse(backwards, Rule::PersonField, "the proof ends before it begins", "proof/until");
        // A number that nobody knows the name of says nothing, and a name without a number neither.
        let halves = (self.id_name.trim().is_empty(), self.id.trim().is_empty());
        fields.refuse(halves == (true, false), Rule::PersonValue, "the number has no name", "proof/idName");
        fields.refuse(halves == (false, true), Rule::PersonValue, "the number is missing", "proof/id");
    }

    fn write(&self, xml: &mut Xml<'_>) {
        xml.said("utsteder-visningsnavn", &self.issuer);
        let (from, until) = (day(&self.from), day(&self.until));
        if from.is_some() || until.is_some() {
            xml.text.push_str("<gyldighetsperiode><periode>");
            xml.plain("fra", &from.and_then(|day| at(day.at(0, 0, 0, 0))).unwrap_or_default());
            xml.plain("til", &until.and_then(|day| at(day.at(23, 59, 59, 0))).unwrap_or_default());
            xml.text.push_str("</periode></gyldighetsperiode>");
        }
        xml.text.push_str("<bevisholder>");
        xml.plain("fornavn", &self.first_name);
        xml.plain("etternavn", &self.last_name);
        xml.text.push_str("</bevisholder>");
        xml.said("tittel", &self.title);
        xml.said("bevis-id-navn", &self.id_name);
        xml.plain("bevis-id-verdi", &self.id);
    }
}

/// What stands over the place: the format asks for a heading, which says the same for every event.
fn place_heading(language: &str) -> &'static str {
    match language {
        "nn" => "Møtestad",
        "en" => "Place",
        "se" => "Báiki",
        _ => "Møtested",
    }
}

fn moment(text: &str) -> Option<DateTime> {
    text.contains('T').then(|| text.parse().ok()).flatten()
}

fn day(text: &str) -> Option<Date> {
    text.parse().ok()
}

/// With Norway's offset, as `xsd:dateTime` has it.
fn at(moment: DateTime) -> Option<String> {
    let zoned = moment.to_zoned(jiff::tz::get!("Europe/Oslo")).ok()?;
    Some(zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

/// A file being written. Empty texts are left out: the format wants at least one character.
struct Xml<'a> {
    text: String,
    language: &'a str,
}

impl Xml<'_> {
    fn plain(&mut self, name: &str, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            self.text.push_str(&format!("<{name}>{}</{name}>", escaped(text)));
        }
    }

    /// A text in a language.
    fn said(&mut self, name: &str, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            let language = escaped(self.language);
            self.text.push_str(&format!("<{name} lang=\"{language}\">{}</{name}>", escaped(text)));
        }
    }
}

#[cfg(test)]
mod tests;
