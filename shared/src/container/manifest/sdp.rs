//! DPI's manifest: what the package holds and for whom (Digdir, Digital postkasse: `sdp-manifest.xsd`). Lengths
//! are counted in Unicode characters, limits included.

use std::fmt;

use jiff::Timestamp;

use crate::finding::{Finding, Place, Rule};
use crate::identifier::Iso6523;
use crate::sbd::write_time;

/// The namespace of the schema.
pub const SDP_NAMESPACE: &str = "http://begrep.difi.no/sdp/schema_v10";

/// The most attachments a package may have.
const MAX_ATTACHMENTS: usize = 200;

/// The manifest, `manifest` of the schema. Its parts are written in the schema's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SdpManifest {
    /// The person, `mottaker/person`; left out for print.
    pub recipient: Option<SdpRecipient>,
    /// The organisation that sends, `0192:<nine digits>` (ISO 6523) without a part.
    pub sender: String,
    /// A unit within the sender, `avsenderidentifikator`, at most 100 characters.
    pub sender_unit: Option<String>,
    /// A reference for the invoice, `fakturaReferanse`, at most 40 characters.
    pub invoice_reference: Option<String>,
    /// The main document, `hoveddokument`.
    pub main: SdpDocument,
    /// Attachments in order, `vedlegg`, at most 200.
    pub attachments: Vec<SdpDocument>,
    /// A link out of the letter, `lenke`.
    pub link: Option<SdpLink>,
}

/// A person's mailbox. `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SdpRecipient {
    /// The person's national identity number, eleven digits. The reference no longer writes it.
    pub person: Option<String>,
    /// The address at the mailbox provider, `postkasseadresse`, as the contact register gives it. Not checked.
    pub mailbox: String,
}

impl fmt::Debug for SdpRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SdpRecipient(redacted)")
    }
}

/// A file of the package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SdpFile {
    /// The entry name, `href`, 4 to 100 characters.
    pub name: String,
    /// The media type, `mime`, 1 to 100 characters.
    pub media_type: String,
}

/// A document, main or attached: its file and what is told of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SdpDocument {
    /// The file that holds it.
    pub file: SdpFile,
    /// The title that a signed-in person sees, `tittel`, 1 to 255 characters.
    pub title: Option<SdpText>,
    /// A file that tells more about the document, `data`: a link, a proof or an event (Digital postkasse:
    /// utvidelser).
    pub data: Option<SdpFile>,
}

impl SdpDocument {
    /// A document with neither title nor metadata.
    pub fn new(name: &str, media_type: &str) -> Self {
        let file = SdpFile { name: name.to_owned(), media_type: media_type.to_owned() };
        Self { file, title: None, data: None }
    }
}

/// A text and its language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SdpText {
    /// The text; the field that holds it tells how long it may be.
    pub text: String,
    /// The language, `lang`: two letters of ISO 639-1, such as `nb`, `nn`, `no`, `en`.
    pub language: String,
}

/// A link out of the letter, shown as a button.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SdpLink {
    /// An `http` or `https` address.
    pub url: String,
    /// What it leads to, `beskrivelse`, 1 to 70 characters.
    pub description: Option<SdpText>,
    /// The words on the button, `knappTekst`, 1 to 30 characters.
    pub button: Option<SdpText>,
    /// When it stops to work, `frist`; written with milliseconds and the offset of Europe/Oslo.
    pub deadline: Option<Timestamp>,
}

impl SdpManifest {
    /// What the schema would refuse of the limits that the fields tell, all at once: [`Rule::MailManifest`],
    /// each with the path of its element as place. No more of the schema is checked.
    pub fn problems(&self) -> Vec<Finding> {
        let mut found = Problems(Vec::new());
        // The pattern has no room for a part.
        let whole = Iso6523::parse(&self.sender).is_ok_and(|identifier| identifier.part.is_none());
        found.when(!whole, "avsender/organisasjon", "is not an ISO 6523 identifier without a part");
        found.length("avsender/avsenderidentifikator", self.sender_unit.as_deref(), 0, 100);
        found.length("avsender/fakturaReferanse", self.invoice_reference.as_deref(), 0, 40);
        if let Some(person) = self.recipient.as_ref().and_then(|recipient| recipient.person.as_deref()) {
            let digits = person.len() == 11 && person.bytes().all(|byte| byte.is_ascii_digit());
            found.when(!digits, "mottaker/person/personidentifikator", "is not eleven digits");
        }
        found.document("hoveddokument", &self.main);
        for (index, attachment) in self.attachments.iter().enumerate() {
            found.document(&format!("vedlegg[{index}]"), attachment);
        }
        found.when(self.attachments.len() > MAX_ATTACHMENTS, "vedlegg", "stands more than 200 times");
        if let Some(link) = &self.link {
            let rest = link.url.strip_prefix("http://").or_else(|| link.url.strip_prefix("https://"));
            found.when(rest.is_none_or(str::is_empty), "lenke/url", "is not an http or https address");
            found.text("lenke/beskrivelse", link.description.as_ref(), 70);
            found.text("lenke/knappTekst", link.button.as_ref(), 30);
        }
        found.0
    }

    /// Writes the file, UTF-8 on one line as the reference does. [`SdpManifest::problems`] tells whether it
    /// will be valid; characters that XML cannot hold become U+FFFD.
    pub fn write(&self) -> Vec<u8> {
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>");
        xml.push_str(&format!("<manifest xmlns=\"{SDP_NAMESPACE}\">"));
        if let Some(recipient) = &self.recipient {
            xml.push_str("<mottaker><person>");
            element(&mut xml, "personidentifikator", recipient.person.as_deref());
            element(&mut xml, "postkasseadresse", Some(&recipient.mailbox));
            xml.push_str("</person></mottaker>");
        }
        let sender = escape(&self.sender);
        xml.push_str(&format!("<avsender><organisasjon authority=\"iso6523-actorid-upis\">{sender}</organisasjon>"));
        element(&mut xml, "avsenderidentifikator", self.sender_unit.as_deref());
        element(&mut xml, "fakturaReferanse", self.invoice_reference.as_deref());
        xml.push_str("</avsender>");
        document(&mut xml, "hoveddokument", &self.main);
        for attachment in &self.attachments {
            document(&mut xml, "vedlegg", attachment);
        }
        if let Some(link) = &self.link {
            xml.push_str("<lenke>");
            element(&mut xml, "url", Some(&link.url));
            text(&mut xml, "beskrivelse", link.description.as_ref());
            text(&mut xml, "knappTekst", link.button.as_ref());
            element(&mut xml, "frist", link.deadline.map(write_time).as_deref());
            xml.push_str("</lenke>");
        }
        xml.push_str("</manifest>");
        xml.into_bytes()
    }
}

/// Escaped, with a mark for characters that XML cannot hold (XML 1.0, 2.2).
pub(crate) fn escape(text: &str) -> String {
    let odd = |c: char| matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}');
    super::escape(&text.replace(odd, "\u{fffd}"))
}

fn element(xml: &mut String, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        xml.push_str(&format!("<{name}>{}</{name}>", escape(text)));
    }
}

fn text(xml: &mut String, name: &str, text: Option<&SdpText>) {
    if let Some(SdpText { text, language }) = text {
        xml.push_str(&format!("<{name} lang=\"{}\">{}</{name}>", escape(language), escape(text)));
    }
}

fn document(xml: &mut String, name: &str, document: &SdpDocument) {
    let attributes = |file: &SdpFile| format!("href=\"{}\" mime=\"{}\"", escape(&file.name), escape(&file.media_type));
    xml.push_str(&format!("<{name} {}>", attributes(&document.file)));
    text(xml, "tittel", document.title.as_ref());
    if let Some(data) = &document.data {
        xml.push_str(&format!("<data {}/>", attributes(data)));
    }
    xml.push_str(&format!("</{name}>"));
}

struct Problems(Vec<Finding>);

impl Problems {
    fn when(&mut self, wrong: bool, at: &str, message: &str) {
        if wrong {
            let place = Place::path(format!("asic:/manifest.xml/{at}"));
            let message = format!("{at} {message}");
            self.0.push(Finding::error(Rule::MailManifest, message).at(place).by("sdp-manifest.xsd"));
        }
    }

    fn length(&mut self, at: &str, text: Option<&str>, least: usize, most: usize) {
        let wrong = text.is_some_and(|text| !(least..=most).contains(&text.chars().count()));
        self.when(wrong, at, &format!("has not {least} to {most} characters"));
    }

    fn text(&mut self, at: &str, text: Option<&SdpText>, most: usize) {
        self.length(at, text.map(|text| text.text.as_str()), 1, most);
        self.length(&format!("{at}/@lang"), text.map(|text| text.language.as_str()), 2, 2);
    }

    fn file(&mut self, at: &str, file: &SdpFile) {
        self.length(&format!("{at}/@href"), Some(&file.name), 4, 100);
        self.length(&format!("{at}/@mime"), Some(&file.media_type), 1, 100);
    }

    fn document(&mut self, at: &str, document: &SdpDocument) {
        self.file(at, &document.file);
        self.text(&format!("{at}/tittel"), document.title.as_ref(), 255);
        if let Some(data) = &document.data {
            self.file(&format!("{at}/data"), data);
        }
    }
}
