//! What a mailbox shows beside a letter: an event (`arrangement`) or a proof (`bevis`), as a file of its own that tells more
//! about the main document (`crypto.md` 4: `data href mime`). A mailbox that knows none of it shows the letter alone.
//!
//! Forms: `begrep.difi.no/sdp/utvidelser`, `arrangement.xsd` and `bevis.xsd`. What there is room for and nobody has asked
//! for is left out: bar codes, colours, periods that repeat every year, the holder's number and address.

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use super::check::Fields;
use crate::container::DocumentHead;
use crate::container::dom::Document;
use crate::container::manifest::escaped;
use crate::finding::{Code, Finding};

const NAMESPACE: &str = "http://begrep.difi.no/sdp/utvidelser/";

/// Titles and names of an event, and names on a proof, in characters.
const MAX_NAME: usize = 100;
/// How to meet, in characters.
const MAX_MEETING: usize = 400;
/// A proof's title, in characters.
const MAX_TITLE: usize = 255;

/// One of them. `Debug` shows which.
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

/// An event (`arrangement`). Times are Norwegian.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EventChoice {
    /// What it is, 1 to 100 characters.
    pub title: String,
    /// When it begins, `yyyy-mm-ddThh:mm`; not told when empty.
    pub from: String,
    /// When it ends, likewise.
    pub until: String,
    /// How to meet, at most 400 characters.
    pub meeting: String,
    /// Name of the place.
    pub place: String,
    /// Street and number.
    pub street: String,
    /// Four digits.
    pub postal_code: String,
    /// Town.
    pub town: String,
}

/// A proof (`bevis`).
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProofChoice {
    /// What it proves, 1 to 255 characters.
    pub title: String,
    /// Whose it is: first name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// The issuer's name as it is shown, at most 100 characters.
    pub issuer: String,
    /// The first day it is valid, `yyyy-mm-dd`; from the beginning when empty.
    pub from: String,
    /// The last day, likewise.
    pub until: String,
    /// What its number is called, at most 100 characters.
    pub id_name: String,
    /// Its number, at most 100 characters.
    pub id: String,
}

impl Extension {
    /// The word of the format.
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

/// The word of the extension that a file is, as a mailbox reads it before it shows it: well-formed, of the root and
/// namespace that its media type says, with what its schema asks for.
///
/// # Errors
/// [`Code::MetadataUnknown`] for another media type, [`Code::ManifestMalformed`] for a file that is not what it says.
pub fn extension_kind(media_type: &str, bytes: &[u8]) -> Result<&'static str, Finding> {
    const KINDS: [(&str, &[&str]); 3] =
        [("arrangement", &["tittel", "møteplass"]), ("bevis", &["bevisholder", "tittel"]), ("lenke", &["url"])];
    let kind = media_type.strip_prefix("application/vnd.difi.dpi.").and_then(|rest| rest.strip_suffix("+xml"));
    let known = KINDS.into_iter().find(|(name, _)| Some(*name) == kind);
    let (kind, needed) =
        known.ok_or_else(|| Finding::error(Code::MetadataUnknown, "the file is no extension that mailboxes know"))?;
    let document = Document::parse(bytes, "asic:/data")?;
    let (root, namespace) = (document.root(), format!("{NAMESPACE}{kind}"));
    let has = |name: &&str| document.only(root, &namespace, name).is_some();
    if !document.is(root, &namespace, kind) || !needed.iter().all(has) {
        return Err(Finding::error(Code::ManifestMalformed, "the extension is not what its media type says"));
    }
    Ok(kind)
}

impl EventChoice {
    fn check(&self, fields: &mut Fields<'_>) {
        fields.needed(&self.title, Code::FieldMissing, "event/title");
        fields.needed(&self.place, Code::FieldMissing, "event/place");
        for (text, max, name) in [
            (&self.title, MAX_NAME, "event/title"),
            (&self.meeting, MAX_MEETING, "event/meeting"),
            (&self.place, MAX_NAME, "event/place"),
            (&self.street, MAX_NAME, "event/street"),
            (&self.town, MAX_NAME, "event/town"),
        ] {
            fields.at_most(text, max, Code::TextLong, name);
        }
        let code = self.postal_code.trim();
        let good = code.is_empty() || (code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_digit()));
        fields.refuse(!good, Code::FieldInvalid, "a Norwegian postal code has four digits", "event/postalCode");
        for (text, name) in [(&self.from, "event/from"), (&self.until, "event/until")] {
            let wrong = !text.is_empty() && moment(text).is_none();
            fields.refuse(wrong, Code::FieldInvalid, "the field is no date and time", name);
        }
        let backwards = moment(&self.from).zip(moment(&self.until)).is_some_and(|(from, until)| until < from);
        fields.refuse(backwards, Code::FieldInvalid, "the event ends before it begins", "event/until");
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
        fields.needed(&self.title, Code::FieldMissing, "proof/title");
        fields.needed(&self.first_name, Code::FieldMissing, "proof/firstName");
        fields.needed(&self.last_name, Code::FieldMissing, "proof/lastName");
        for (text, max, name) in [
            (&self.title, MAX_TITLE, "proof/title"),
            (&self.first_name, MAX_NAME, "proof/firstName"),
            (&self.last_name, MAX_NAME, "proof/lastName"),
            (&self.issuer, MAX_NAME, "proof/issuer"),
            (&self.id_name, MAX_NAME, "proof/idName"),
            (&self.id, MAX_NAME, "proof/id"),
        ] {
            fields.at_most(text, max, Code::TextLong, name);
        }
        fields.date(&self.from, "proof/from");
        fields.date(&self.until, "proof/until");
        let backwards = day(&self.from).zip(day(&self.until)).is_some_and(|(from, until)| until < from);
        fields.refuse(backwards, Code::FieldInvalid, "the proof ends before it begins", "proof/until");
        // A number that nobody knows the name of says nothing, and a name without a number neither.
        let halves = (self.id_name.trim().is_empty(), self.id.trim().is_empty());
        fields.refuse(halves == (true, false), Code::FieldMissing, "the number has no name", "proof/idName");
        fields.refuse(halves == (false, true), Code::FieldMissing, "the number is missing", "proof/id");
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
mod tests {
    use super::*;

    fn event() -> EventChoice {
        EventChoice {
            title: "Time hos <tannlegen> & co".to_owned(),
            from: "2026-12-24T09:30".to_owned(),
            until: "2026-12-24T10:00".to_owned(),
            meeting: "Ta med brevet.".to_owned(),
            place: "Solvik tannklinikk".to_owned(),
            street: "Prøveveien 1".to_owned(),
            postal_code: "0001".to_owned(),
            town: "Solvik".to_owned(),
        }
    }

    fn proof() -> ProofChoice {
        ProofChoice {
            title: "Båtførerprøven".to_owned(),
            first_name: "Prøve".to_owned(),
            last_name: "Person".to_owned(),
            issuer: "Solvik fylkeskommune".to_owned(),
            from: "2026-07-01".to_owned(),
            until: "2027-06-30".to_owned(),
            id_name: "Bevisnummer".to_owned(),
            id: "A-17".to_owned(),
        }
    }

    fn written(extension: &Extension) -> String {
        String::from_utf8(extension.write("nb")).unwrap()
    }

    fn wrong(extension: &Extension) -> Vec<(Code, String)> {
        let mut findings = Vec::new();
        extension.check(&mut Fields { path: "person/mailbox/extension", findings: &mut findings });
        findings.into_iter().map(|finding| (finding.code, finding.place.unwrap().path)).collect()
    }

    #[test]
    fn an_event_is_written_in_the_order_of_its_schema() {
        let event = Extension::Event(Box::new(event()));
        assert_eq!(wrong(&event), []);
        assert_eq!(
            written(&event),
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
             <arrangement xmlns=\"http://begrep.difi.no/sdp/utvidelser/arrangement\">\
             <tittel lang=\"nb\">Time hos &lt;tannlegen&gt; &amp; co</tittel>\
             <tidsrom><fra>2026-12-24T09:30:00+01:00</fra><til>2026-12-24T10:00:00+01:00</til></tidsrom>\
             <oppmøte-informasjon lang=\"nb\">Ta med brevet.</oppmøte-informasjon>\
             <møteplass><tittel lang=\"nb\">Møtested</tittel><navn>Solvik tannklinikk</navn>\
             <gateadresse>Prøveveien 1</gateadresse><postnummer>0001</postnummer><sted>Solvik</sted></møteplass>\
             </arrangement>"
        );
        let head = event.head();
        assert_eq!(
            (head.name.as_str(), head.media_type.as_str()),
            ("arrangement.xml", "application/vnd.difi.dpi.arrangement+xml")
        );
        let least = EventChoice { title: "Møte".to_owned(), place: "Rådhuset".to_owned(), ..EventChoice::default() };
        let least = Extension::Event(Box::new(least));
        assert_eq!(wrong(&least), []);
        assert!(
            !written(&least).contains("tidsrom") && !written(&least).contains("postnummer"),
            "nothing empty is written"
        );
    }

    #[test]
    fn a_proof_is_written_in_the_order_of_its_schema() {
        let proof = Extension::Proof(Box::new(proof()));
        assert_eq!(wrong(&proof), []);
        assert_eq!(
            written(&proof),
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
             <bevis xmlns=\"http://begrep.difi.no/sdp/utvidelser/bevis\">\
             <utsteder-visningsnavn lang=\"nb\">Solvik fylkeskommune</utsteder-visningsnavn>\
             <gyldighetsperiode><periode><fra>2026-07-01T00:00:00+02:00</fra><til>2027-06-30T23:59:59+02:00</til></periode></gyldighetsperiode>\
             <bevisholder><fornavn>Prøve</fornavn><etternavn>Person</etternavn></bevisholder>\
             <tittel lang=\"nb\">Båtførerprøven</tittel><bevis-id-navn lang=\"nb\">Bevisnummer</bevis-id-navn>\
             <bevis-id-verdi>A-17</bevis-id-verdi></bevis>"
        );
    }

    #[test]
    fn what_is_written_is_what_a_mailbox_reads_and_nothing_else_is() {
        for extension in [Extension::Event(Box::new(event())), Extension::Proof(Box::new(proof()))] {
            let (head, file) = (extension.head(), extension.write("nn"));
            assert_eq!(extension_kind(&head.media_type, &file), Ok(extension.kind()));
            let other = if extension.kind() == "bevis" { "arrangement" } else { "bevis" };
            let told = |media_type: &str, file: &[u8]| extension_kind(media_type, file).unwrap_err().code;
            let other = format!("application/vnd.difi.dpi.{other}+xml");
            assert_eq!(told(&other, &file), Code::ManifestMalformed);
            assert_eq!(told("application/xml", &file), Code::MetadataUnknown);
            let text = String::from_utf8(file).unwrap();
            let without = text.replace("tittel", "titel");
            assert_eq!(told(&head.media_type, without.as_bytes()), Code::ManifestMalformed);
            assert!(extension_kind(&head.media_type, &text.as_bytes()[..text.len() - 3]).is_err());
        }
    }

    #[test]
    fn each_rule_names_its_field() {
        let invalid = |name: &str| (Code::FieldInvalid, format!("person/mailbox/extension/{name}"));
        let missing = |name: &str| (Code::FieldMissing, format!("person/mailbox/extension/{name}"));
        let long = |name: &str| (Code::TextLong, format!("person/mailbox/extension/{name}"));
        type Change<T> = fn(&mut T);
        let events: &[(Change<EventChoice>, _)] = &[
            (|e| e.title.clear(), missing("event/title")),
            (|e| e.place = " ".to_owned(), missing("event/place")),
            (|e| e.title = "x".repeat(101), long("event/title")),
            (|e| e.meeting = "x".repeat(401), long("event/meeting")),
            (|e| e.postal_code = "12".to_owned(), invalid("event/postalCode")),
            (|e| e.from = "2026-12-24".to_owned(), invalid("event/from")),
            (|e| e.until = "2026-12-23T10:00".to_owned(), invalid("event/until")),
        ];
        for (change, expected) in events {
            let mut one = event();
            change(&mut one);
            assert_eq!(wrong(&Extension::Event(Box::new(one))), std::slice::from_ref(expected));
        }
        let proofs: &[(Change<ProofChoice>, _)] = &[
            (|p| p.title.clear(), missing("proof/title")),
            (|p| p.first_name.clear(), missing("proof/firstName")),
            (|p| p.last_name.clear(), missing("proof/lastName")),
            (|p| p.title = "x".repeat(256), long("proof/title")),
            (|p| p.issuer = "x".repeat(101), long("proof/issuer")),
            (|p| p.from = "i dag".to_owned(), invalid("proof/from")),
            (|p| p.until = "2026-06-30".to_owned(), invalid("proof/until")),
            (|p| p.id_name.clear(), missing("proof/idName")),
            (|p| p.id.clear(), missing("proof/id")),
        ];
        for (change, expected) in proofs {
            let mut one = proof();
            change(&mut one);
            assert_eq!(wrong(&Extension::Proof(Box::new(one))), std::slice::from_ref(expected));
        }
    }
}
