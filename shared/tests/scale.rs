//! Hostile sizes. Nothing is timed: each of these takes seconds where the work grows with the input, and would take
//! minutes to hours where it grows with its square.
#![allow(clippy::unwrap_used)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use konvolutt_shared::container::asic_manifest::{self, NAMESPACE, XMLDSIG};
use konvolutt_shared::container::verify::verify;
use konvolutt_shared::container::zip::{self, DosTime, ZipWriter};
use konvolutt_shared::container::{ASIC_E, DocumentHead, VerifyPolicy, cades, manifest, xades};
use konvolutt_shared::finding::{Finding, Findings, Rule};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Certificate, Policy};
use konvolutt_shared::sbd::Sbd;
use konvolutt_shared::seal::SealReader;
use konvolutt_shared::seal::ber::write::der;
use konvolutt_shared::{archive, sbd};
use sha2::{Digest as _, Sha256};

/// As many as a zip has without zip64.
const ENTRIES: usize = u16::MAX as usize;
/// As many references as the budget of elements allows, three elements each.
const REFERENCES: usize = 33_000;

/// Budgets that let everything in that is tried here.
fn wide() -> Limits {
    Limits { entries: 70_000, metadata_bytes: 64 << 20, ..Limits::default() }
}

fn writer() -> ZipWriter {
    ZipWriter::new(DosTime::from_timestamp(jiff::Timestamp::UNIX_EPOCH))
}

/// A name of sixteen letters; each number puts others of them in capitals.
fn alike(number: usize) -> String {
    let letter = |(bit, letter): (usize, char)| {
        if number >> bit & 1 == 1 { letter.to_ascii_uppercase() } else { letter }
    };
    "abcdefghijklmnop".chars().enumerate().map(letter).collect()
}

#[test]
fn names_that_are_all_alike() {
    let (mut zip, mut bytes) = (writer(), Vec::new());
    for number in 0..ENTRIES {
        zip.stored(&alike(number), "", b"", &mut bytes).unwrap();
    }
    zip.finish("", &mut bytes).unwrap();
    let archive = zip::read(&bytes, &wide()).unwrap();
    assert_eq!(archive.entries().len(), ENTRIES);
    assert_eq!(archive.findings().len(), Findings::MAX + 1);
    assert_eq!(left_out(archive.findings()), ENTRIES - 1 - Findings::MAX);
    assert!(archive.findings().iter().all(|one| one.rule == Rule::ZipNameAlike && !one.refuses()));
    let refused = zip::read(&bytes, &Limits::default()).unwrap_err();
    assert_eq!(refused.iter().map(|one| one.rule).collect::<Vec<_>>(), [Rule::ZipEntries]);
}

/// How many more there were than are listed, as the last one says.
fn left_out(findings: &[Finding]) -> usize {
    findings.last().and_then(|last| last.params.get("antall")?.parse().ok()).unwrap_or_default()
}

/// A manifest over so many files, whose bytes are their names.
fn manifest_over(count: usize) -> String {
    let file = |number: usize| {
        let name = format!("fil-{number}.txt");
        let digest = Sha256::digest(&name).into();
        (DocumentHead { name, media_type: "text/plain".to_owned() }, digest)
    };
    let files: Vec<_> = (0..count).map(file).collect();
    String::from_utf8(asic_manifest::write("META-INF/signature.p7s", &files)).unwrap()
}

/// The rules that refuse, and how often.
fn refusing(findings: &[Finding]) -> Vec<(Rule, usize)> {
    let mut counted: Vec<(Rule, usize)> = Vec::new();
    for rule in findings.iter().filter(|one| one.refuses()).map(|one| one.rule) {
        match counted.iter_mut().find(|(known, _)| *known == rule) {
            Some((_, count)) => *count += 1,
            None => counted.push((rule, 1)),
        }
    }
    counted
}

#[test]
fn a_manifest_with_tens_of_thousands_of_references() {
    let policy = VerifyPolicy { path: Policy::default(), sender: None, limits: wide() };
    let manifest = manifest_over(REFERENCES);
    // Once as it is, and once by digests that the one pass over the files did not make, none of which holds.
    let other = manifest.replace("xmlenc#sha256", "xmlenc#sha512");
    let wanted =
        [vec![(Rule::ManifestSignature, 1)], vec![(Rule::FileDigest, Findings::MAX), (Rule::ManifestSignature, 1)]];
    let more = [0, REFERENCES - Findings::MAX];
    for ((manifest, wanted), more) in [manifest, other].into_iter().zip(wanted).zip(more) {
        let (mut zip, mut bytes) = (writer(), Vec::new());
        zip.stored("mimetype", "", ASIC_E.as_bytes(), &mut bytes).unwrap();
        for number in 0..REFERENCES {
            let name = format!("fil-{number}.txt");
            zip.stored(&name, "", name.as_bytes(), &mut bytes).unwrap();
        }
        zip.add("META-INF/ASiCManifest.xml", manifest.as_bytes(), &mut bytes).unwrap();
        zip.finish("", &mut bytes).unwrap();
        let (verdict, _) = verify(&bytes, &policy);
        assert_eq!(refusing(verdict.findings()), wanted);
        assert_eq!(left_out(verdict.findings()), more);
    }
}

#[test]
fn a_manifest_with_a_hundred_thousand_references_is_refused() {
    let finding = asic_manifest::read(manifest_over(100_000).as_bytes(), "m").unwrap_err();
    assert_eq!(finding.rule, Rule::ManifestXml);
    assert_eq!(finding.evidence.as_deref(), Some("nested too deep or too many elements"));
}

/// Everything that reads XML.
fn assert_refused_everywhere(xml: &str) {
    let limits = Limits::default();
    assert_eq!(asic_manifest::read(xml.as_bytes(), "m").unwrap_err().rule, Rule::ManifestXml);
    assert_eq!(manifest::read(xml.as_bytes()).unwrap_err().rule, Rule::ManifestXml);
    assert_eq!(xades::verify(xml.as_bytes(), "m", &limits).unwrap_err()[0].rule, Rule::ManifestXml);
    assert!(archive::read(xml.as_bytes()).is_err());
    assert!(Sbd::parse(xml.as_bytes(), None).is_err());
    assert!(sbd::validate(xml.as_bytes(), None).iter().any(Finding::refuses));
}

#[test]
fn a_hundred_thousand_attributes_are_refused() {
    let attributes: String = (0..100_000).map(|number| format!(" a{number}=''")).collect();
    assert_refused_everywhere(&format!("<ASiCManifest xmlns='{NAMESPACE}'{attributes}/>"));
    // Few on each element, and every name looked up among all that were declared around it.
    let levels: String = (0..60)
        .map(|level| {
            let declared: String = (0..200).map(|number| format!(" xmlns:n{level}-{number}='{XMLDSIG}'")).collect();
            format!("<a{declared}>")
        })
        .collect();
    let inside = "<n0-0:b n0-0:c=''/>".repeat(90_000);
    assert_refused_everywhere(&format!("<ASiCManifest xmlns='{NAMESPACE}'>{levels}{inside}"));
}

/// A signature in XML whose signed properties are canonicalised exclusively, with this `PrefixList`, and hold this. Nothing
/// is read of it that is not in order before their digest is compared.
fn xades_with(prefixes: &str, declared: &str, properties: &str) -> String {
    let (asic, xades) = ("http://uri.etsi.org/02918/v1.2.1#", "http://uri.etsi.org/01903/v1.3.2#");
    let (plain, exclusive) =
        ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "http://www.w3.org/2001/10/xml-exc-c14n#");
    let sha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
    let leaf = include_bytes!("../../fuzz/material/signer.der");
    let (digest, leaf) = (STANDARD.encode(Sha256::digest(leaf)), STANDARD.encode(leaf));
    format!(
        "<XAdESSignatures xmlns='{asic}'{declared}><Signature xmlns='{XMLDSIG}' Id='S'><SignedInfo>\
         <CanonicalizationMethod Algorithm='{plain}'/>\
         <SignatureMethod Algorithm='http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'/>\
         <Reference URI='#P' Type='http://uri.etsi.org/01903#SignedProperties'><Transforms>\
         <Transform Algorithm='{exclusive}'><InclusiveNamespaces xmlns='{exclusive}' PrefixList='{prefixes}'/></Transform>\
         </Transforms><DigestMethod Algorithm='{sha256}'/><DigestValue>AA==</DigestValue></Reference></SignedInfo>\
         <SignatureValue>AA==</SignatureValue>\
         <KeyInfo><X509Data><X509Certificate>{leaf}</X509Certificate></X509Data></KeyInfo>\
         <Object><QualifyingProperties xmlns='{xades}' Target='#S'><SignedProperties Id='P'><SignedSignatureProperties>\
         <SigningCertificate><Cert><CertDigest xmlns:d='{XMLDSIG}'><d:DigestMethod Algorithm='{sha256}'/>\
         <d:DigestValue>{digest}</d:DigestValue></CertDigest></Cert></SigningCertificate></SignedSignatureProperties>\
         {properties}</SignedProperties></QualifyingProperties></Object></Signature></XAdESSignatures>"
    )
}

#[test]
fn a_prefix_list_for_tens_of_thousands_of_elements() {
    let refused = |xml: &str| {
        let finding = xades::verify(xml.as_bytes(), "m", &wide()).unwrap_err().remove(0);
        (finding.rule, finding.evidence)
    };
    let elements = "<x/>".repeat(90_000);
    // As long as the bound on what is in META-INF allows, whether it says the same or not.
    let list: String = (0..250_000).map(|number| format!("p{number} ")).collect();
    let many = Some("a PrefixList of more than 64 prefixes".to_owned());
    assert_eq!(refused(&xades_with(&list, "", &elements)), (Rule::XmlCanonicalization, many));
    let unread = (Rule::XmlPropertiesDigest, None);
    assert_eq!(refused(&xades_with(&"p0 #default ".repeat(125_000), "", &elements)), unread);
    // As many as are taken, each declared far above, for elements that are nested and declare one of them anew.
    let (list, declared): (Vec<_>, Vec<_>) =
        (0..64).map(|number| (format!("p{number}"), format!(" xmlns:p{number}='u:{number}'"))).unzip();
    let nested = format!("{}{elements}{}", "<y xmlns:p7='u:7'>".repeat(40), "</y>".repeat(40));
    assert_eq!(refused(&xades_with(&list.join(" "), &declared.concat(), &nested)), unread);
}

/// What stands before the content of a sealed package whose outer structures have no lengths.
fn head(recipients: &[u8]) -> Vec<u8> {
    let kind = der(0x06, &[&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 3]]);
    let data = der(0x06, &[&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 1]]);
    let aes = der(0x06, &[&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42]]);
    let cipher = der(0x30, &[&aes, &der(0x04, &[&[0; 16]])]);
    [&[0x30, 0x80][..], &kind, &[0xA0, 0x80, 0x30, 0x80, 2, 1, 0], recipients, &[0x30, 0x80], &data, &cipher].concat()
}

#[test]
fn a_million_segments() {
    let mut package = head(&der(0x31, &[]));
    package.extend([0xA0, 0x80]);
    // Of one byte, of none, and of one that is in another.
    for segment in [&[4, 1, 7][..], &[4, 0], &[0x24, 3, 4, 1, 8]] {
        package.extend(segment.repeat(1_000_000));
    }
    package.extend([0; 10]);
    for piece in [1, 4096, package.len()] {
        let (mut reader, mut content) = (SealReader::new(&Limits::default()), Vec::new());
        for piece in package.chunks(piece) {
            reader.push(piece, &mut content).unwrap();
        }
        assert_eq!(reader.finish().unwrap().ciphertext, 2_000_000);
        assert!(
            content[..1_000_000].iter().all(|byte| *byte == 7) && content[1_000_000..].iter().all(|byte| *byte == 8)
        );
    }
}

/// A head without lengths is read again from its beginning while it grows.
#[test]
fn a_head_that_never_ends() {
    let endless = [&head(&[0x31, 0x80])[..22], &[0x05, 0x00].repeat(2 << 20)].concat();
    let (mut reader, mut content) = (SealReader::new(&Limits::default()), Vec::new());
    let refused = endless.chunks(4096).find_map(|piece| reader.push(piece, &mut content).err());
    assert_eq!(refused.unwrap().rule, Rule::SealHeadSize);
}

#[test]
fn three_hundred_thousand_signed_attributes() {
    let oid = |octets: &[u8]| der(0x06, &[octets]);
    let leaf = include_bytes!("../../fuzz/material/signer.der");
    let certificate = Certificate::from_der(leaf).unwrap();
    let attribute = |number: u32| {
        // An arc of three octets, seven bits in each.
        let arc = number + (1 << 14);
        let [high, middle, low] = [14, 7, 0].map(|shift| (arc >> shift & 0x7F) as u8);
        let kind = oid(&[0x2A, 3, 0x80 | high, 0x80 | middle, low]);
        der(0x30, &[&kind, &der(0x31, &[&[5, 0]])])
    };
    let attributes: Vec<u8> = (0..300_000).flat_map(attribute).collect();
    let (data, sha256) =
        (oid(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 1]), oid(&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1]));
    let rsa = oid(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1]);
    let signer = der(
        0x30,
        &[
            &[2, 1, 1],
            &der(0x30, &[certificate.issuer_der(), &der(0x02, &[certificate.serial()])]),
            &der(0x30, &[&sha256]),
            &der(0xA0, &[&attributes]),
            &der(0x30, &[&rsa]),
            &der(0x04, &[&[0; 256]]),
        ],
    );
    let signed = der(
        0x30,
        &[
            &[2, 1, 1],
            &der(0x31, &[&der(0x30, &[&sha256])]),
            &der(0x30, &[&data]),
            &der(0xA0, &[leaf]),
            &der(0x31, &[&signer]),
        ],
    );
    let kind = oid(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 2]);
    let p7s = der(0x30, &[&kind, &der(0xA0, &[&signed])]);
    let refused = cades::read(&p7s, b"manifest", &Limits::default()).unwrap_err();
    // All were read: what is missing is told at the end.
    assert_eq!((refused.rule, refused.evidence.as_deref()), (Rule::AttributeContentType, Some("absent")));
}

/// One title, and a file for each of so many: what each of them gets is the whole title.
#[test]
fn a_title_for_tens_of_thousands_of_files_is_refused() {
    let archive = |title: &str, files: usize| {
        let file = |number: usize| {
            format!("<dokumentobjekt><referanseDokumentfil>{number}.pdf</referanseDokumentfil></dokumentobjekt>")
        };
        let files: String = (0..files).map(file).collect();
        let description = format!("<dokumentbeskrivelse><tittel>{title}</tittel>{files}</dokumentbeskrivelse>");
        let xml = format!(
            "<arkivmelding><mappe><tittel>s</tittel><registrering>{description}</registrering></mappe></arkivmelding>"
        );
        archive::read(xml.as_bytes())
    };
    assert_eq!(archive(&"t".repeat(200_000), 20_000).unwrap_err().rule, Rule::ArchiveText);
    let (read, _) = archive("Vedtak", 20_000).unwrap();
    assert_eq!(read.files().len(), 20_000);
}
