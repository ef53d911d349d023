//! The signature in XML.

use konvolutt_shared::finding::{Finding, Rule};

use super::world::{World, entries, with_entry, with_text};

const SIGNATURES: &str = "META-INF/signatures.xml";

/// The rules that refuse.
fn refusing(world: &World, container: &[u8]) -> Vec<Rule> {
    let verdict = world.verify(container);
    verdict.findings().iter().filter(|one| one.refuses()).map(|one: &Finding| one.rule).collect()
}

fn text_of(world: &World) -> String {
    let all = entries(&world.xades);
    String::from_utf8(all.into_iter().find(|(name, _)| name == SIGNATURES).unwrap().1).unwrap()
}

/// XML signature wrapping (CVE-2025-25291, CVE-2025-29774, DSS's XSW files): a second body, wherever it is put. Each
/// once with the original's Ids, and once without, so that no other rule stands in for the one that is named.
#[test]
fn xml_signature_wrapping_is_refused() {
    let world = World::new();
    let xml = text_of(&world);
    let part = |from: &str, to: &str| {
        let start = xml.find(from).unwrap();
        let end = start + xml[start..].find(to).unwrap() + to.len();
        xml[start..end].to_owned()
    };
    let nameless = |text: &str| text.replace(" Id=\"", " was=\"");
    let renamed = |text: &str| text.replace(" Id=\"", " Id=\"x").replace("=\"#", "=\"#x");
    let qualifying = part("<QualifyingProperties", "</QualifyingProperties>");
    // Where the prefixes mean the same as in the original's place.
    let beside = |text: &str| {
        let (open, _) = qualifying.split_once('>').unwrap();
        let other = open.replace("QualifyingProperties", "Other").replace("Target", "was");
        format!("</Object><Object>{other}>{text}</Other></Object>")
    };
    let properties = part("<SignedProperties", "</SignedProperties>");
    let signed_info = part("<SignedInfo", "</SignedInfo>");
    let signature = part("<Signature ", "</Signature>");
    let forged = properties.replace("text/plain", "text/html");
    let forged_info = signed_info.replace("manifest.xml", "vedlegg.txt");
    let forged_signature = signature.replace(&signed_info, &forged_info);
    let other = forged.replace("Id=\"SignedProperties\"", "Id=\"Other\"");
    let instead = |from: &str, to: &str| xml.replacen(from, to, 1);
    let and_beside = |xml: String, text: &str| xml.replacen("</Object>", &beside(text), 1);
    let variants = [
        // The forged properties first, last, alone with the original in an Object, and under another Id.
        (Rule::XmlIds, instead(&properties, &format!("{forged}{properties}"))),
        (Rule::XmlIds, instead(&properties, &format!("{properties}{forged}"))),
        (Rule::XmlStructure, instead(&properties, &format!("{forged}{}", nameless(&properties)))),
        (Rule::XmlIds, and_beside(instead(&properties, &forged), &properties)),
        (Rule::XmlPropertiesDigest, and_beside(instead(&properties, &forged), &nameless(&properties))),
        (Rule::XmlPropertiesCovered, and_beside(instead(&properties, &other), &properties)),
        (Rule::XmlProperties, instead("</Object>", &format!("</Object><Object>{}</Object>", nameless(&qualifying)))),
        // The forged list of files, in the same places.
        (Rule::XmlIds, instead(&signed_info, &format!("{forged_info}{signed_info}"))),
        (Rule::XmlStructure, instead(&signed_info, &format!("{forged_info}{}", nameless(&signed_info)))),
        (Rule::XmlIds, and_beside(instead(&signed_info, &forged_info), &signed_info)),
        (Rule::XmlValue, and_beside(instead(&signed_info, &forged_info), &nameless(&signed_info))),
        // A second signature, which must hold by itself.
        (Rule::XmlIds, instead(&signature, &format!("{forged_signature}{signature}"))),
        (Rule::XmlProperties, instead(&signature, &format!("{}{signature}", nameless(&forged_signature)))),
        (Rule::XmlProperties, instead(&signature, &format!("{signature}{}", nameless(&forged_signature)))),
        (Rule::XmlPropertiesDigest, instead(&signature, &format!("{}{signature}", renamed(&forged_signature)))),
        (Rule::XmlPropertiesDigest, instead(&signature, &format!("{signature}{}", renamed(&forged_signature)))),
    ];
    assert_eq!(refusing(&world, &world.xades), [], "the base is good");
    for (index, (rule, variant)) in variants.into_iter().enumerate() {
        assert_ne!(variant, xml, "variant {index} changes something");
        let container = with_entry(&world.xades, SIGNATURES, |_| variant.into_bytes());
        assert_eq!(refusing(&world, &container).first(), Some(&rule), "variant {index}");
    }
}

/// CVE-2025-25292: comments inside digests and names must not hide text from one of two readers.
#[test]
fn comments_change_nothing_that_is_compared() {
    let world = World::new();
    let with_comment = with_text(&world.xades, SIGNATURES, "<SignatureValue>", "<SignatureValue><!-- x -->");
    // Canonical XML without comments: the signature still holds, and over the same text.
    assert_eq!(world.verify(&with_comment).as_str(), "ok");
    let split = with_text(&world.xades, SIGNATURES, "<DigestValue>", "<DigestValue>AAAA<!-- x -->");
    assert_eq!(refusing(&world, &split), [Rule::XmlValue]);
}

/// Oxalis #208, billion laughs: no document type, whatever it declares.
#[test]
fn xxe_and_entity_bombs_are_refused() {
    let world = World::new();
    let bomb = "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
    let start = "<XAdESSignatures";
    let container = with_text(&world.xades, SIGNATURES, start, &format!("{bomb}{start}"));
    assert_eq!(refusing(&world, &container), [Rule::ManifestXml]);
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert_eq!(refusing(&world, &with_entry(&world.xades, SIGNATURES, |_| deep.into_bytes())), [Rule::ManifestXml]);
}

/// Attributes in great number make readers that compare each with all others slow: more than 256 are refused, and 256
/// are not.
#[test]
fn many_attributes_are_refused() {
    let world = World::new();
    let xml = text_of(&world);
    let root = xml.find("<XAdESSignatures").unwrap();
    let own = xml[root..root + xml[root..].find('>').unwrap()].matches("=\"").count();
    let with = |count: usize| {
        let more: String = (0..count).map(|number| format!(" a{number}=\"\"")).collect();
        with_text(&world.xades, SIGNATURES, "<XAdESSignatures", &format!("<XAdESSignatures{more}"))
    };
    assert_eq!(refusing(&world, &with(256 - own)), []);
    assert_eq!(refusing(&world, &with(257 - own)), [Rule::ManifestXml]);
    let verdict = world.verify(&with(257 - own));
    assert_eq!(verdict.findings()[0].evidence.as_deref(), Some("too many attributes"));
    // Declarations count too, and so does a name twice.
    let declared: String = (0..300).map(|number| format!(" xmlns:a{number}=\"u:x\"")).collect();
    let declared = with_text(&world.xades, SIGNATURES, "<XAdESSignatures", &format!("<XAdESSignatures{declared}"));
    assert_eq!(refusing(&world, &declared), [Rule::ManifestXml]);
    let twice = with_text(&world.xades, SIGNATURES, "<XAdESSignatures", "<XAdESSignatures a=\"1\" a=\"2\"");
    assert_eq!(refusing(&world, &twice), [Rule::ManifestXml]);
}
