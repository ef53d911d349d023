//! Reading `manifest.xml` of either kind: DPO's, which has no namespace, and DPI's.

use super::sdp::{SDP_NAMESPACE, SdpDocument, SdpFile, SdpLink, SdpManifest, SdpRecipient, SdpText};
use crate::container::dom::{Document, Id};
use crate::finding::{Finding, Place, Rule};
use crate::sbd::parse_time;

const PATH: &str = "manifest.xml";

/// A business manifest of either kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BusinessManifest {
    /// Without a namespace: DPO, DPE, and what integrasjonspunkt packs of DPF's incoming shipments.
    Dpo(DpoManifest),
    /// Of the namespace [`SDP_NAMESPACE`]: DPI.
    Sdp(Box<SdpManifest>),
}

/// DPO's manifest, as integrasjonspunkt writes it. Of the documents it names the main one only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DpoManifest {
    /// The receiver as an ISO 6523 identifier, `0192:<nine digits>[:part]`; older senders write `9908:` in front.
    pub receiver: String,
    /// The sender, the same way.
    pub sender: String,
    /// The main document. The limits of [`SdpFile`] are DPI's and do not hold here.
    pub main: SdpFile,
}

/// Reads a manifest. Values are taken as they are, without the white space around them, and an absent attribute
/// as empty; [`SdpManifest::problems`] judges those of DPI. A link's `frist` that is no time is left out.
///
/// # Errors
/// [`Rule::ManifestXml`]: not well-formed, a document type declaration, or beyond the budgets.
/// [`Rule::ManifestStructure`]: another root, no sender, no main document, or for DPO no receiver.
pub fn read(bytes: &[u8]) -> Result<BusinessManifest, Finding> {
    let document = Document::parse(bytes, PATH)?;
    let root = document.root();
    let namespace = [SDP_NAMESPACE, ""].into_iter().find(|namespace| document.is(root, namespace, "manifest"));
    let Some(namespace) = namespace else {
        let place = Place { path: format!("asic:/{PATH}"), offset: Some(document.get(root).offset), length: None };
        return Err(Finding::error(Rule::ManifestStructure, "the root is not a manifest of DPO or DPI").at(place));
    };
    let tree = Tree { document: &document, namespace };
    if namespace.is_empty() {
        return Ok(BusinessManifest::Dpo(DpoManifest {
            receiver: tree.required_text(&["mottaker", "organisasjon"])?,
            sender: tree.required_text(&["avsender", "organisasjon"])?,
            main: tree.file(tree.required(&["hoveddokument"])?),
        }));
    }
    tree.sdp().map(Box::new).map(BusinessManifest::Sdp)
}

struct Tree<'a> {
    document: &'a Document,
    namespace: &'a str,
}

impl Tree<'_> {
    /// The first element at a path below the root.
    fn find(&self, path: &[&str]) -> Option<Id> {
        path.iter().try_fold(self.document.root(), |at, name| self.child(at, name))
    }

    fn child(&self, of: Id, name: &str) -> Option<Id> {
        self.document.children(of, self.namespace, name).next()
    }

    fn required(&self, path: &[&str]) -> Result<Id, Finding> {
        self.find(path).ok_or_else(|| {
            let path = path.join("/");
            let message = format!("{path} is missing");
            Finding::error(Rule::ManifestStructure, message).at(Place::path(format!("asic:/{PATH}/{path}")))
        })
    }

    fn required_text(&self, path: &[&str]) -> Result<String, Finding> {
        self.required(path).map(|id| self.text(id))
    }

    fn text(&self, id: Id) -> String {
        self.document.text(id).trim().to_owned()
    }

    fn text_at(&self, path: &[&str]) -> Option<String> {
        self.find(path).map(|id| self.text(id))
    }

    fn attribute(&self, id: Id, name: &str) -> String {
        self.document.get(id).attribute(name).unwrap_or_default().to_owned()
    }

    fn file(&self, id: Id) -> SdpFile {
        SdpFile { name: self.attribute(id, "href"), media_type: self.attribute(id, "mime") }
    }

    fn worded(&self, of: Id, name: &str) -> Option<SdpText> {
        let id = self.child(of, name)?;
        Some(SdpText { text: self.text(id), language: self.attribute(id, "lang") })
    }

    fn document(&self, id: Id) -> SdpDocument {
        SdpDocument {
            file: self.file(id),
            title: self.worded(id, "tittel"),
            data: self.child(id, "data").map(|data| self.file(data)),
        }
    }

    fn sdp(&self) -> Result<SdpManifest, Finding> {
        let root = self.document.root();
        let recipient = self.find(&["mottaker", "person"]).map(|_| SdpRecipient {
            person: self.text_at(&["mottaker", "person", "personidentifikator"]),
            mailbox: self.text_at(&["mottaker", "person", "postkasseadresse"]).unwrap_or_default(),
        });
        let link = self.child(root, "lenke").map(|link| SdpLink {
            url: self.text_at(&["lenke", "url"]).unwrap_or_default(),
            description: self.worded(link, "beskrivelse"),
            button: self.worded(link, "knappTekst"),
            deadline: self.text_at(&["lenke", "frist"]).as_deref().and_then(parse_time),
        });
        Ok(SdpManifest {
            recipient,
            sender: self.required_text(&["avsender", "organisasjon"])?,
            sender_unit: self.text_at(&["avsender", "avsenderidentifikator"]),
            invoice_reference: self.text_at(&["avsender", "fakturaReferanse"]),
            main: self.document(self.required(&["hoveddokument"])?),
            attachments: self
                .document
                .children(root, self.namespace, "vedlegg")
                .map(|attachment| self.document(attachment))
                .collect(),
            link,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::DocumentHead;
    use crate::container::manifest::{business_manifest, sdp_manifest};
    use crate::finding::Code;

    fn full() -> SdpManifest {
        let words = |text: &str| Some(SdpText { text: text.to_owned(), language: "nb".to_owned() });
        SdpManifest {
            recipient: Some(SdpRecipient { person: Some("14837121133".to_owned()), mailbox: "a.b#1".to_owned() }),
            sender: "0192:310900117".to_owned(),
            sender_unit: Some("avd & co".to_owned()),
            invoice_reference: Some("F-1".to_owned()),
            main: SdpDocument {
                title: words("Vedtak <æøå> \"x\""),
                data: Some(SdpFile { name: "lenke.xml".to_owned(), media_type: "application/xml".to_owned() }),
                ..SdpDocument::new("brev.pdf", "application/pdf")
            },
            attachments: vec![SdpDocument::new("a1.pdf", "application/pdf"), SdpDocument::new("a2.txt", "text/plain")],
            link: Some(SdpLink {
                url: "https://example.test/?a=1&b=2".to_owned(),
                description: words("Les mer"),
                button: words("Gå"),
                deadline: Some("2026-12-24T12:00:00Z".parse().unwrap()),
            }),
        }
    }

    #[test]
    fn what_is_written_is_read_back_equal() {
        let print = SdpManifest { recipient: None, link: None, ..full() };
        for manifest in [full(), print] {
            assert_eq!(manifest.problems(), []);
            assert_eq!(read(&manifest.write()), Ok(BusinessManifest::Sdp(Box::new(manifest))));
        }
        assert!(!format!("{:?}", full()).contains("14837"));
        let mut odd = full();
        odd.main.title.as_mut().unwrap().text = "a\u{1}b".to_owned();
        let Ok(BusinessManifest::Sdp(read)) = read(&odd.write()) else { panic!("cannot be read") };
        assert_eq!(read.main.title.unwrap().text, "a\u{fffd}b");
    }

    #[test]
    fn elements_stand_in_the_order_of_the_schema() {
        let text = String::from_utf8(full().write()).unwrap();
        let order = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><manifest xmlns=\"http://begrep.difi.no/sdp/",
            "<mottaker><person><personidentifikator>14837121133</personidentifikator><postkasseadresse>a.b#1<",
            "<avsender><organisasjon authority=\"iso6523-actorid-upis\">0192:310900117<",
            "<avsenderidentifikator>avd &amp; co<",
            "<fakturaReferanse>F-1<",
            "<hoveddokument href=\"brev.pdf\" mime=\"application/pdf\"><tittel lang=\"nb\">Vedtak &lt;æøå&gt;",
            "<data href=\"lenke.xml\" mime=\"application/xml\"/></hoveddokument>",
            "<vedlegg href=\"a1.pdf\"",
            "<vedlegg href=\"a2.txt\"",
            "<lenke><url>https://example.test/?a=1&amp;b=2</url><beskrivelse lang=\"nb\">Les mer</beskrivelse>",
            "<knappTekst lang=\"nb\">Gå</knappTekst><frist>2026-12-24T13:00:00.000+01:00</frist></lenke></manifest>",
        ];
        let mut from = 0;
        for part in order {
            from += text[from..].find(part).unwrap_or_else(|| panic!("{part} is missing or too early: {text}"));
        }
    }

    #[test]
    fn each_limit_of_the_schema_is_a_finding() {
        type Change = fn(&mut SdpManifest);
        let rows: &[(&str, Change)] = &[
            ("avsender/organisasjon", |m| m.sender = "310".to_owned()),
            ("avsender/organisasjon", |m| m.sender = "0192:310900117:310900214".to_owned()),
            ("avsender/avsenderidentifikator", |m| m.sender_unit = Some("x".repeat(101))),
            ("avsender/fakturaReferanse", |m| m.invoice_reference = Some("x".repeat(41))),
            ("mottaker/person/personidentifikator", |m| m.recipient.as_mut().unwrap().person = Some("1".to_owned())),
            ("hoveddokument/@href", |m| m.main.file.name = "a.b".to_owned()),
            ("hoveddokument/@href", |m| m.main.file.name = "x".repeat(101)),
            ("hoveddokument/@mime", |m| m.main.file.media_type.clear()),
            ("hoveddokument/@mime", |m| m.main.file.media_type = "x".repeat(101)),
            ("hoveddokument/tittel", |m| m.main.title.as_mut().unwrap().text = "x".repeat(256)),
            ("hoveddokument/tittel", |m| m.main.title.as_mut().unwrap().text.clear()),
            ("hoveddokument/tittel/@lang", |m| m.main.title.as_mut().unwrap().language = "nob".to_owned()),
            ("hoveddokument/data/@href", |m| m.main.data.as_mut().unwrap().name = "x".to_owned()),
            ("vedlegg[1]/@href", |m| m.attachments[1].file.name = "x".to_owned()),
            ("vedlegg", |m| m.attachments = vec![SdpDocument::new("a1.pdf", "application/pdf"); 201]),
            ("lenke/url", |m| m.link.as_mut().unwrap().url = "ftp://x".to_owned()),
            ("lenke/beskrivelse", |m| m.link.as_mut().unwrap().description.as_mut().unwrap().text = "x".repeat(71)),
            ("lenke/knappTekst", |m| m.link.as_mut().unwrap().button.as_mut().unwrap().text = "x".repeat(31)),
        ];
        for (at, change) in rows {
            let mut manifest = full();
            change(&mut manifest);
            let places: Vec<_> = manifest.problems().into_iter().map(|finding| finding.place.unwrap().path).collect();
            assert_eq!(places, [format!("asic:/manifest.xml/{at}")]);
        }
        let mut most = full();
        most.attachments = vec![SdpDocument::new("a1.pdf", "application/pdf"); 200];
        most.main.file.name = format!("{}.pdf", "x".repeat(96));
        assert_eq!(most.problems(), []);
    }

    #[test]
    fn the_short_writers_are_read_too() {
        let head = |name: &str| DocumentHead { name: name.to_owned(), media_type: "application/pdf".to_owned() };
        let (main, more) = (head("brev & mer.pdf"), head("vedlegg.pdf"));
        let dpo = DpoManifest {
            receiver: "0192:310900419".to_owned(),
            sender: "0192:310900117:310900214".to_owned(),
            main: SdpFile { name: main.name.clone(), media_type: main.media_type.clone() },
        };
        let written = business_manifest(&dpo.sender, &dpo.receiver, &main);
        assert_eq!(read(&written), Ok(BusinessManifest::Dpo(dpo)));
        let written = sdp_manifest("0192:310900117", (&main, "Brev"), &[(&more, "Vedlegg")]);
        let Ok(BusinessManifest::Sdp(sdp)) = read(&written) else { panic!("not DPI's manifest") };
        assert_eq!(sdp.attachments[0].title.as_ref().unwrap().text, "Vedlegg");
        assert_eq!(sdp.recipient, None);
    }

    #[test]
    fn other_documents_are_refused() {
        let sdp = |inner: &str| format!("<manifest xmlns='{SDP_NAMESPACE}'>{inner}</manifest>");
        for bad in [
            "<manifest xmlns='urn:x'/>".to_owned(),
            "<brev/>".to_owned(),
            "<manifest/>".to_owned(),
            "<!DOCTYPE manifest><manifest/>".to_owned(),
            sdp(""),
            sdp("<avsender><organisasjon>0192:310900117</organisasjon></avsender>"),
            String::new(),
        ] {
            assert_eq!(read(bad.as_bytes()).unwrap_err().code, Code::ManifestMalformed, "{bad}");
        }
    }
}
