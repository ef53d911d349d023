//! The signature in XML.

use konvolutt_shared::finding::Rule;
use konvolutt_shared::limits::Limits;

use super::world::{World, with_text};
use crate::Case;

const SIGNATURES: &str = "META-INF/signatures.xml";

pub(crate) fn cases(world: &World) -> Vec<Case> {
    let changed = |from: &str, to: &str| world.found(&with_text(&world.xades, SIGNATURES, from, to));
    let c14n = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    let exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
    let list: String = (0..65).map(|number| format!("p{number} ")).collect();
    let listed = format!(
        "<CanonicalizationMethod Algorithm=\"{exclusive}\"><InclusiveNamespaces xmlns=\"{exclusive}\" \
         PrefixList=\"{list}\"/></CanonicalizationMethod>"
    );
    let method = format!("<CanonicalizationMethod Algorithm=\"{c14n}\"/>");
    let newer = "<CanonicalizationMethod Algorithm=\"http://www.w3.org/2006/12/xml-c14n11\"/>";
    let based = with_text(&world.xades, SIGNATURES, "<XAdESSignatures ", "<XAdESSignatures xml:base=\"b\" ");
    // The properties inherit it too, by canonical XML 1.0: which is their digest's to say.
    assert_eq!(world.found(&based)[0].rule, Rule::XmlPropertiesDigest);
    vec![
        (Rule::XmlIds, changed("Id=\"ID_1\"", "Id=\"ID_0\"")),
        (
            Rule::XmlRoot,
            changed("<XAdESSignatures xmlns=\"http://uri.etsi.org/02918/v1.2.1#\"", "<XAdESSignatures xmlns=\"u:x\""),
        ),
        (
            Rule::XmlSignature,
            changed("<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"", "<Signature xmlns=\"u:x\""),
        ),
        (Rule::XmlStructure, changed("</SignedInfo>", "</SignedInfo><SignedInfo/>")),
        (Rule::XmlCanonicalization, changed(c14n, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments")),
        (Rule::XmlCanonicalization, changed(&method, &listed)),
        (
            Rule::XmlCanonicalization,
            world.found(&with_text(
                &based,
                SIGNATURES,
                &format!("<Transform Algorithm=\"{c14n}\"/>"),
                &newer.replace("CanonicalizationMethod", "Transform"),
            )),
        ),
        (Rule::XmlAlgorithm, changed("xmldsig-more#rsa-sha256", "xmldsig-more#rsa-md5")),
        (Rule::XmlBase64, changed("<DigestValue>", "<DigestValue>#")),
        (Rule::XmlCertificate, changed("<X509Certificate>", "<X509Certificate>AAAA")),
        (
            Rule::XmlCertificates,
            world.found_by(&world.xades, |p| p.limits = Limits { certificates: 1, ..Limits::default() }),
        ),
        (Rule::XmlProperties, changed("Target=\"#Signature\"", "Target=\"#other\"")),
        (
            Rule::XmlSigner,
            changed(
                "<CertDigest><ns2:DigestMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#sha1\"/><ns2:DigestValue>",
                "<CertDigest><ns2:DigestMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#sha1\"/><ns2:DigestValue>AAAA",
            ),
        ),
        (
            Rule::XmlDigest,
            changed(
                "<DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"",
                "<DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#md5\"",
            ),
        ),
        (Rule::XmlPropertiesCovered, changed("URI=\"#SignedProperties\"", "URI=\"#other\"")),
        (Rule::XmlTransforms, changed("<Transforms>", &format!("<Transforms><Transform Algorithm=\"{c14n}\"/>"))),
        (Rule::XmlPropertiesDigest, changed("<MimeType>text/plain", "<MimeType>text/html")),
        (Rule::XmlValue, changed("<Reference Id=\"ID_1\"", "<Reference Id=\"ID_1\" Type=\"\"")),
        (Rule::XmlReference, changed("URI=\"manifest.xml\"", "Uri=\"manifest.xml\"")),
    ]
}
