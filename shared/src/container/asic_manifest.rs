//! `META-INF/ASiCManifest.xml`: which files the CMS signature covers (ETSI EN 319 162-1, A.4), laid out as
//! Digdir's `commons-asic` does.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::digest::DigestAlgorithm;
use super::dom::{Document, Id};
use super::manifest::escape;
use super::write::DocumentHead;
use super::xades::Reference;
use crate::finding::{Finding, Place, Rule};

/// The ASiC namespace that is written (ETSI EN 319 162-1, A.3).
pub const NAMESPACE: &str = "http://uri.etsi.org/02918/v1.2.1#";
/// Namespaces of older writers, which mean the same.
const OLD_NAMESPACES: [&str; 2] = ["http://uri.etsi.org/02918/v1.1.1#", "http://uri.etsi.org/2918/v1.2.1#"];
/// The namespace of the digests' elements (W3C XML Signature 1.1, 1.3).
pub const XMLDSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
/// The signature that a manifest without SigReference means.
const DEFAULT_SIGNATURE: &str = "META-INF/signature.p7s";
/// The digest method that is written, SHA-256 (W3C XML Signature 1.1, 6.2).
pub const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// Whether this is the ASiC namespace, in any of the three spellings that `commons-asic` takes.
pub fn is_asic_namespace(namespace: &str) -> bool {
    namespace == NAMESPACE || OLD_NAMESPACES.contains(&namespace)
}

/// A manifest that was read. Nothing in it is trusted before its signature has been verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsicManifest {
    /// The entry of its signature: `SigReference/@URI` as written, `META-INF/signature.p7s` where there is none.
    pub signature: String,
    /// The `DataObjectReference`s in order; there may be none. Their digests are not compared yet.
    pub references: Vec<Reference>,
}

/// Writes a manifest over these files, in container order, each with the SHA-256 (32 bytes) of its uncompressed
/// content. `signature` is the entry name of the `.p7s`. Characters that XML cannot hold (XML 1.0, 2.2) must
/// not occur.
pub fn write(signature: &str, files: &[(DocumentHead, [u8; 32])]) -> Vec<u8> {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <ASiCManifest xmlns=\"{NAMESPACE}\" xmlns:ns2=\"{XMLDSIG}\">\n    \
         <SigReference URI=\"{}\" MimeType=\"application/x-pkcs7-signature\"/>\n",
        escape(signature)
    );
    for (head, digest) in files {
        xml.push_str(&format!(
            "    <DataObjectReference URI=\"{}\" MimeType=\"{}\">\n        \
             <ns2:DigestMethod Algorithm=\"{SHA256}\"/>\n        \
             <ns2:DigestValue>{}</ns2:DigestValue>\n    </DataObjectReference>\n",
            escape(&head.name),
            escape(&head.media_type),
            BASE64.encode(digest)
        ));
    }
    xml.push_str("</ASiCManifest>\n");
    xml.into_bytes()
}

/// Reads a manifest. White space, prefixes and namespace versions do not matter. `path` is its entry name, for
/// findings.
///
/// # Errors
/// [`Rule::ManifestXml`] when it is not XML within the budgets, [`Rule::ManifestStructure`] when an element or
/// attribute is missing or not readable, [`Rule::FileDigestAlgorithm`] for SHA-1 or a digest that is not on the
/// list.
pub fn read(bytes: &[u8], path: &str) -> Result<AsicManifest, Finding> {
    let document = Document::parse(bytes, path)?;
    let malformed = |what: &str, at: Id| Rule::ManifestStructure.broken().seen(what).at(place(&document, at, path));
    let root = document.root();
    let namespace = document.get(root).namespace.clone();
    if !is_asic_namespace(&namespace) || !document.is(root, &namespace, "ASiCManifest") {
        return Err(malformed("the root element is not ASiCManifest", root));
    }
    let signature = match document.children(root, &namespace, "SigReference").collect::<Vec<_>>()[..] {
        [] => DEFAULT_SIGNATURE.to_owned(),
        [one] => document.get(one).attribute("URI").unwrap_or(DEFAULT_SIGNATURE).to_owned(),
        _ => return Err(malformed("two SigReference elements", root)),
    };
    let references = document.children(root, &namespace, "DataObjectReference");
    let references = references.map(|id| reference(&document, id, path)).collect::<Result<_, _>>()?;
    Ok(AsicManifest { signature, references })
}

fn place(document: &Document, id: Id, path: &str) -> Place {
    Place { path: format!("asic:/{path}"), offset: Some(document.get(id).offset), length: None }
}

fn reference(document: &Document, id: Id, path: &str) -> Result<Reference, Finding> {
    let malformed = |what: &str| Rule::ManifestStructure.broken().seen(what).at(place(document, id, path));
    let element = document.get(id);
    let uri = element.attribute("URI").ok_or_else(|| malformed("a DataObjectReference without URI"))?;
    let method = document
        .only(id, XMLDSIG, "DigestMethod")
        .and_then(|at| document.get(at).attribute("Algorithm"))
        .ok_or_else(|| malformed("a reference without DigestMethod"))?;
    // A weak digest of a file would undo the signature over the manifest, so SHA-1 is not accepted here.
    let digest = DigestAlgorithm::from_uri(method)
        .filter(|digest| *digest != DigestAlgorithm::Sha1)
        .ok_or_else(|| Rule::FileDigestAlgorithm.broken().at(place(document, id, path)))?;
    let value = document
        .only(id, XMLDSIG, "DigestValue")
        .and_then(|at| BASE64.decode(document.text(at).split_ascii_whitespace().collect::<String>()).ok())
        .ok_or_else(|| malformed("a reference without a readable DigestValue"))?;
    let media_type = element.attribute("MimeType").map(ToOwned::to_owned);
    Ok(Reference { uri: uri.to_owned(), media_type, digest, value, offset: element.offset })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Code;

    #[test]
    fn what_is_written_is_read() {
        let head = DocumentHead { name: "spørsmål & svar.txt".into(), media_type: "text/plain".into() };
        let xml = write("META-INF/signature-1.p7s", &[(head, [7; 32])]);
        let manifest = read(&xml, "m").unwrap();
        assert_eq!(manifest.signature, "META-INF/signature-1.p7s");
        assert_eq!(manifest.references[0].uri, "spørsmål & svar.txt");
        assert_eq!(manifest.references[0].value, [7; 32]);
        let old = String::from_utf8(xml).unwrap().replace("02918/v1.2.1", "2918/v1.2.1");
        assert!(read(old.as_bytes(), "m").is_ok());
        let weak = old.replace("2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1");
        assert_eq!(read(weak.as_bytes(), "m").unwrap_err().code, Code::DigestAlgorithmUnsupported);
    }
}
