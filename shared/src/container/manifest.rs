//! The unsigned `META-INF/manifest.xml` (OASIS OpenDocument 1.2, part 3) and the business manifests
//! `manifest.xml`: DPO's, which no schema describes, as integrasjonspunkt writes it, and DPI's
//! (`sdp-manifest.xsd`).

mod read;
mod sdp;

use super::write::DocumentHead;

pub use read::{BusinessManifest, DpoManifest, read};
pub(crate) use sdp::escape as escaped;
pub use sdp::{SDP_NAMESPACE, SdpDocument, SdpFile, SdpLink, SdpManifest, SdpRecipient, SdpText};

/// Escapes text or an attribute for XML. Control characters cannot stand in XML 1.0 and go through: entry names
/// and media types with them are refused before they come here.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(character),
        }
    }
    out
}

/// The OpenDocument manifest, UTF-8: every file outside META-INF in order, after `/` for the container itself.
/// Not signed, and nothing relies on it; the reference writes it (`commons-asic`, `OasisManifest`;
/// ETSI EN 319 162-1, 4.4.3.2).
pub fn open_document(documents: &[DocumentHead]) -> Vec<u8> {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <ns1:manifest xmlns:ns1=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\">\n",
    );
    let mut entry = |path: &str, media_type: &str| {
        xml.push_str(&format!(
            "    <ns1:file-entry ns1:full-path=\"{}\" ns1:media-type=\"{}\"/>\n",
            escape(path),
            escape(media_type)
        ));
    };
    entry("/", super::ASIC_E);
    for document in documents {
        entry(&document.name, &document.media_type);
    }
    xml.push_str("</ns1:manifest>\n");
    xml.into_bytes()
}

/// DPO's `manifest.xml`, UTF-8, in integrasjonspunkt's layout: both parties and the main document. `sender` and
/// `receiver` are ISO 6523 identifiers, `0192:<nine digits>` and perhaps a part behind another colon. Nothing
/// is checked.
pub fn business_manifest(sender: &str, receiver: &str, main: &DocumentHead) -> Vec<u8> {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<manifest>\n   <mottaker>\n      \
         <organisasjon authority=\"iso6523-actorid-upis\">{}</organisasjon>\n   </mottaker>\n   <avsender>\n      \
         <organisasjon authority=\"iso6523-actorid-upis\">{}</organisasjon>\n   </avsender>\n   \
         <hoveddokument href=\"{}\" mime=\"{}\">\n      <tittel lang=\"no\">Hoveddokument</tittel>\n   \
         </hoveddokument>\n</manifest>\n",
        escape(receiver),
        escape(sender),
        escape(&main.name),
        escape(&main.media_type),
    )
    .into_bytes()
}

/// DPI's `manifest.xml` without a mailbox address (as for print): the sender, `0192:<nine digits>`, and the
/// main document and the attachments, each with its title, told to be in the language `no`. [`SdpManifest`] has
/// the rest.
pub fn sdp_manifest(sender: &str, main: (&DocumentHead, &str), attachments: &[(&DocumentHead, &str)]) -> Vec<u8> {
    let document = |&(head, title): &(&DocumentHead, &str)| SdpDocument {
        title: Some(SdpText { text: title.to_owned(), language: "no".to_owned() }),
        ..SdpDocument::new(&head.name, &head.media_type)
    };
    SdpManifest {
        sender: sender.to_owned(),
        main: document(&main),
        attachments: attachments.iter().map(document).collect(),
        ..SdpManifest::default()
    }
    .write()
}
