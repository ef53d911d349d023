//! Key files, certificates and lists; and what is written here.

use konvolutt_shared::container::xades::{self, SignedFile};
use konvolutt_shared::container::zip::{DosTime, ZipWriter};
use konvolutt_shared::container::{ContainerWriter, DocumentHead, Profile, SignatureDigest};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Certificate, Crl, Ocsp, PublicKey, SoftKey, pkcs12};
use konvolutt_shared::seal::ber::write::der;
use konvolutt_tests::openssl::PASSWORD;
use serde_json::json;
use uuid::Uuid;

use super::mail::elliptic;
use super::seal::sequence;
use super::world::{World, now};
use crate::Case;

fn one<T>(result: Result<T, Finding>) -> Vec<Finding> {
    result.err().into_iter().collect()
}

/// A key file made with these options besides file names and password.
fn exported(world: &World, options: &[&str]) -> Vec<u8> {
    let (password, out) = (format!("pass:{PASSWORD}"), "case.p12");
    world.openssl(&[&["pkcs12", "-export", "-passout", &password, "-out", out][..], options]);
    std::fs::read(world.authority.path(out)).unwrap()
}

/// What OpenSSL writes besides: the older schemes, 3DES under the new one, and what is not encrypted.
const OPENSSL: &[&[&str]] = &[
    &["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-RC2-128"],
    &["-keypbe", "PBE-SHA1-RC2-40", "-certpbe", "AES-128-CBC", "-macalg", "sha384"],
    &["-keypbe", "des-ede3-cbc", "-certpbe", "des-ede3-cbc", "-macalg", "sha512"],
    &["-keypbe", "AES-192-CBC", "-certpbe", "NONE"],
    &["-keypbe", "NONE", "-certpbe", "NONE", "-macalg", "sha1"],
];

fn key_files(world: &World) -> Vec<Case> {
    let open = |file: &[u8], password: &str| one(SoftKey::from_pkcs12(file, password));
    let (key, certificate) = (world.identity.key.to_str().unwrap(), world.identity.certificate.to_str().unwrap());
    let good = std::fs::read(&world.identity.keystore).unwrap();
    assert_eq!(open(&good, PASSWORD), [], "the base is good");
    let pair = ["-inkey", key, "-in", certificate];
    let legacy = exported(world, &[&pair[..], &["-legacy"]].concat());
    assert_eq!(open(&legacy, PASSWORD), [], "the base is good");
    let outline = pkcs12::read(&legacy).unwrap();
    for options in OPENSSL {
        let file = exported(world, &[&pair[..], &["-legacy"], *options].concat());
        assert_eq!(open(&file, PASSWORD), [], "{options:?}");
        assert_eq!(open(&file, "feil")[0].rule, Rule::KeyFilePassword, "{options:?}");
    }
    let other = exported(
        world,
        &[&pair[..], &["-legacy", "-keypbe", "PBE-SHA1-RC4-128", "-certpbe", "PBE-SHA1-RC4-128"]].concat(),
    );
    let root = std::fs::read_to_string(world.authority.root()).unwrap();
    let many = world.authority.path("many.pem");
    std::fs::write(&many, root.repeat(Limits::default().certificates)).unwrap();
    let crowd = exported(world, &[&pair[..], &["-certfile", many.to_str().unwrap()]].concat());
    let private = std::fs::read_to_string(&world.identity.key).unwrap();
    let _ = elliptic(world);
    vec![
        (Rule::KeyFileForm, open(b"x", PASSWORD)),
        (Rule::KeyFilePassword, open(&good, "feil")),
        (Rule::KeyFilePassword, open(&legacy, "feil")),
        (Rule::KeyFileSuite, open(&other, PASSWORD)),
        (Rule::KeyFileKey, open(&exported(world, &["-nokeys", "-in", certificate]), PASSWORD)),
        (Rule::KeyFileCertificate, open(&exported(world, &["-nocerts", "-inkey", key, "-in", certificate]), PASSWORD)),
        (Rule::KeyFileCertificate, one(SoftKey::from_pem(&private, ""))),
        (Rule::KeyFileCertificates, open(&crowd, PASSWORD)),
        (Rule::KeyFits, one(SoftKey::from_pem(&private, &root))),
        (Rule::KeyFileOld, one(outline.certificates(PASSWORD))),
        (Rule::KeyText, one(SoftKey::from_pem("x", &root))),
        (Rule::KeyKind, open(&exported(world, &["-inkey", "ec.key", "-in", "ec.pem"]), PASSWORD)),
    ]
}

/// An OCSP answer of the root's with this many certificates in it.
fn crowded(world: &World, count: usize) -> Vec<u8> {
    let answer = std::fs::read(world.authority.ocsp_answer(&world.identity).unwrap()).unwrap();
    let root = Certificate::from_pem(&std::fs::read_to_string(world.authority.root()).unwrap()).unwrap();
    let basic = basic_of(&answer);
    let parts = elements(contents(&basic));
    let certificates = der(0xA0, &[&der(0x30, &vec![root.der(); count])]);
    let basic = sequence(&[&parts[0], &parts[1], &parts[2], &certificates]);
    let kind = [0x06, 9, 0x2B, 6, 1, 5, 5, 7, 0x30, 1, 1];
    sequence(&[&[0x0A, 1, 0], &der(0xA0, &[&sequence(&[&kind, &der(0x04, &[&basic])])])])
}

/// Length of the header and of the content of the element that begins here, in DER.
fn measure(bytes: &[u8]) -> (usize, usize) {
    match bytes[1] {
        short @ 0..=0x7F => (2, usize::from(short)),
        long => {
            let count = usize::from(long & 0x7F);
            (2 + count, bytes[2..2 + count].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
        }
    }
}

fn contents(element: &[u8]) -> &[u8] {
    let (header, length) = measure(element);
    &element[header..header + length]
}

fn elements(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (header, length) = measure(bytes);
        found.push(bytes[..header + length].to_vec());
        bytes = &bytes[header + length..];
    }
    found
}

/// The BasicOCSPResponse inside an answer.
fn basic_of(answer: &[u8]) -> Vec<u8> {
    let bytes = elements(contents(answer)).remove(1);
    let parts = elements(contents(contents(&bytes)));
    contents(&parts[1]).to_vec()
}

fn certificates(world: &World) -> Vec<Case> {
    let most = Limits::default().certificates;
    assert!(Ocsp::from_der(&crowded(world, most)).is_ok(), "the base is good");
    vec![
        (Rule::CertificateForm, one(Certificate::from_der(b"x"))),
        (Rule::CertificateText, one(Certificate::from_pem("x"))),
        (Rule::RevocationListForm, one(Crl::from_bytes(b"x"))),
        (Rule::StatusForm, one(Ocsp::from_der(b"x"))),
        (Rule::StatusGiven, one(Ocsp::from_der(&[0x30, 3, 0x0A, 1, 3]))),
        (Rule::StatusCertificates, one(Ocsp::from_der(&crowded(world, most + 1)))),
        (Rule::JwkForm, one(PublicKey::from_jwk(&json!({ "kty": "oct" })))),
    ]
}

fn written(world: &World) -> Vec<Case> {
    let head = |name: &str| DocumentHead { name: name.to_owned(), media_type: "text/plain".to_owned() };
    let container = |documents: &[&str]| {
        let (mut writer, mut out) = (ContainerWriter::new(Profile::Cades, now()), Vec::new());
        documents.iter().try_for_each(|name| writer.add(&head(name), b"hei", &mut out)).map(|()| writer)
    };
    let prepared = |documents: &[&str]| {
        let writer = container(documents)?;
        writer.prepare(world.key.chain(), SignatureDigest::Sha256, now(), Uuid::nil(), &mut Vec::new())
    };
    let unsigned = prepared(&["a.txt"]).unwrap();
    let mut zip = ZipWriter::new(DosTime::from_timestamp(now()));
    zip.add("a.txt", b"hei", &mut Vec::new()).unwrap();
    let again = one(zip.add("a.txt", b"hei", &mut Vec::new()));
    let nobody = container(&["a.txt"]).unwrap();
    let nobody = nobody.prepare(&[], SignatureDigest::Sha256, now(), Uuid::nil(), &mut Vec::new());
    let file = SignedFile { name: "a.txt".to_owned(), media_type: "text/plain".to_owned(), sha256: [0; 32] };
    vec![
        (Rule::WriteName, one(container(&["META-INF/a.txt"]))),
        (Rule::WriteNameOnce, again),
        (Rule::WriteSigner, one(nobody)),
        (Rule::WriteSignature, one(xades::prepare(&[file], &[], now()))),
        (Rule::WriteDocument, one(prepared(&[]))),
        (Rule::WriteFits, one(unsigned.finish(&[0; 256], &mut Vec::new()))),
        (Rule::WriteOrder, one(ContainerWriter::new(Profile::Cades, now()).end(&mut Vec::new()))),
        (Rule::WriteOrder, one(begun("brev.txt", "text/\u{1}"))),
        (Rule::WriteName, one(begun("brev\u{FFFF}.txt", "text/plain"))),
    ]
}

pub(crate) fn cases(world: &World) -> Vec<Case> {
    [key_files(world), certificates(world), written(world)].concat()
}

/// A document with this name and media type.
fn begun(name: &str, media_type: &str) -> Result<(), Finding> {
    let head = DocumentHead { name: name.to_owned(), media_type: media_type.to_owned() };
    ContainerWriter::new(Profile::Cades, now()).begin(&head, &mut Vec::new())
}
