//! What is signed and sealed: containers, packages, JWS.

use getrandom::SysRng;
use konvolutt_shared::container::zip;
use konvolutt_shared::container::{Profile, SignatureDigest};
use konvolutt_shared::envelope::{self, EnvelopeClaims, PackageClaim};
use konvolutt_shared::jws::{self, Algorithm, Header};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pack::{PackDocument, PackHead, pack};
use konvolutt_shared::pki::SoftKey;
use konvolutt_shared::seal;
use konvolutt_shared::seal::ber::{Reader, Tag};
use rand_core::UnwrapErr;
use serde_json::{Value, json};

use crate::authority::Authority;
use crate::documents::letter;
use crate::{Folder, NOW, Outcome, RECEIVER, SENDER};

pub(crate) fn make(authority: &Authority, out: &Folder) -> Outcome<()> {
    let key = authority.soft_key("signer")?;
    containers(&key, out)?;
    packages(authority, out)?;
    jose(authority, &key, out)
}

fn document(name: &str, media_type: &str, content: &[u8]) -> PackDocument {
    PackDocument { name: name.to_owned(), media_type: media_type.to_owned(), content: content.to_vec() }
}

fn containers(key: &SoftKey, out: &Folder) -> Outcome<()> {
    let first = [
        document("Søknad – vedlegg æøå.pdf", "application/pdf", b"%PDF-1.7 fuzzing"),
        document("notat & svar + 100%.txt", "text/plain", b"hei <hei>"),
        document("tom.txt", "text/plain", b""),
    ];
    let other = [document("annet.txt", "text/plain", b"et annet brev")];
    let kinds: [(&str, Profile, SignatureDigest, &[PackDocument]); 4] = [
        ("cades", Profile::Cades, SignatureDigest::Sha256, &first),
        ("cades-sha1", Profile::Cades, SignatureDigest::Sha1, &first),
        ("cades-other", Profile::Cades, SignatureDigest::Sha256, &other),
        ("xades", Profile::Xades, SignatureDigest::Sha256, &first),
    ];
    for (number, (name, profile, digest, documents)) in kinds.into_iter().enumerate() {
        let head = PackHead {
            profile,
            sender: SENDER,
            receiver: RECEIVER,
            digest,
            now: NOW.parse()?,
            signature_id: uuid::Uuid::from_u128(number as u128 + 1),
        };
        let container = pack(head, documents, key)?;
        out.material(&format!("{name}.asice"), &container)?;
        out.seed("container", name, &container)?;
        out.seed("zip", name, &container)?;
        let archive = zip::read(&container, &Limits::default()).map_err(|_| "our own container")?;
        for entry in archive.entries() {
            let content = archive.read(entry)?;
            match entry.name.as_str() {
                "META-INF/ASiCManifest.xml" => out.seed("asic_manifest", name, &content)?,
                "META-INF/signatures.xml" => {
                    out.seed("xades", name, &content)?;
                    out.seed("xades", "exclusive", exclusively(&String::from_utf8(content)?).as_bytes())?;
                }
                "manifest.xml" => out.seed("manifest", name, &content)?,
                file if file.ends_with(".p7s") => {
                    out.seed("cades", name, &[&[number as u8], &content[..]].concat())?;
                    out.seed("ber", name, &content)?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// The signature with exclusive canonicalisation and a list of prefixes. Its properties' digest holds, its value does not.
fn exclusively(signatures: &str) -> String {
    let method = |element: &str| format!("<{element} Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"/>");
    let exclusive = |element: &str| {
        let namespace = "http://www.w3.org/2001/10/xml-exc-c14n#";
        format!(
            "<{element} Algorithm=\"{namespace}\">\
             <InclusiveNamespaces xmlns=\"{namespace}\" PrefixList=\"#default ns2 xsi\"/></{element}>"
        )
    };
    let elements = ["CanonicalizationMethod", "Transform"];
    elements.iter().fold(signatures.to_owned(), |text, one| text.replace(&method(one), &exclusive(one)))
}

/// Sealed by us and by OpenSSL, in every form that is read. Behind the sizes of the pieces in which it is given.
fn packages(authority: &Authority, out: &Folder) -> Outcome<()> {
    let recipient = authority.soft_key("recipient")?;
    let plain = [0x42; 1500];
    let ours = seal::seal(recipient.certificate(), &plain, &mut UnwrapErr(SysRng))?;
    out.seed("cms", "ours", &[&[3, 0, 6, 99], &ours[..]].concat())?;
    out.seed("ber", "sealed", &ours)?;
    authority.put("plain", &plain[..100])?;
    let forms = [
        ("cbc", "-aes256 -recip recipient.pem -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256"),
        ("stream", "-aes128 -stream -recip recipient.pem"),
        ("keyid", "-aes256 -keyid -recip recipient.pem"),
        ("gcm", "-aes-256-gcm -recip recipient.pem"),
        ("gcm-stream", "-aes-128-gcm -stream -recip recipient.pem"),
        ("agreement", "-aes256 -recip p256.pem"),
    ];
    for (name, form) in forms {
        authority.openssl(&format!("cms -encrypt -binary -in plain -outform DER -out sealed {form}"), &[])?;
        let sealed = authority.read("sealed")?;
        out.seed("cms", name, &[&[1, 30], &sealed[..]].concat())?;
    }
    Ok(())
}

fn jose(authority: &Authority, key: &SoftKey, out: &Folder) -> Outcome<()> {
    let package = PackageClaim::of("application/pkcs7-mime", b"package");
    // Valid at the time of the checks, an hour after midnight of the first of December in Norway.
    let signed_at = "2026-11-30T23:59:00Z".parse()?;
    let claims = EnvelopeClaims::new("https://relay.example.test", signed_at, 600, &letter()?, "DPO", package);
    let unsigned = envelope::prepare(&claims, key.chain(), Algorithm::Rs256)?;
    let signature = key.sign(Algorithm::Rs256.signature_algorithm(), unsigned.bytes())?;
    let text = unsigned.finish(&signature).0;
    out.material("envelope.jws", text.as_bytes())?;
    out.seed("jws", "envelope", text.as_bytes())?;
    out.seed("envelope", "signed", &[b"\x01", text.as_bytes()].concat())?;
    out.seed("envelope", "claims", &[b"\x00", &serde_json::to_vec(&claims)?[..]].concat())?;

    let answer = answer(authority)?;
    let text = sign(key, Algorithm::Rs256, &answer)?;
    out.material("registry.jws", text.as_bytes())?;
    out.seed("jws", "registry", text.as_bytes())?;
    out.seed("address", "signed", &[b"\x01", text.as_bytes()].concat())?;
    out.seed("address", "answer", &[b"\x00", answer.to_string().as_bytes()].concat())?;

    let text = sign(key, Algorithm::Ps256, &json!({ "fuzzing": true }))?;
    out.material("ps256.jws", text.as_bytes())?;
    out.seed("jws", "ps256", text.as_bytes())?;
    out.seed("dpi", "signed", &[b"\x01", text.as_bytes()].concat())?;
    let text = by_openssl(authority)?;
    out.material("es256.jws", text.as_bytes())?;
    out.seed("jws", "es256", text.as_bytes())
}

fn header(algorithm: Algorithm) -> Header {
    Header { algorithm, kind: None, key_id: Some("fuzzing".to_owned()), chain: Vec::new() }
}

fn sign(key: &SoftKey, algorithm: Algorithm, payload: &Value) -> Outcome<String> {
    let unsigned = jws::prepare(&header(algorithm), payload.to_string().as_bytes());
    let signature = key.sign(algorithm.signature_algorithm(), unsigned.bytes())?;
    Ok(unsigned.finish(&signature))
}

/// ES256: OpenSSL writes the two numbers as DER, JWS wants 64 bytes (RFC 7518, 3.4).
fn by_openssl(authority: &Authority) -> Outcome<String> {
    let unsigned = jws::prepare(&header(Algorithm::Es256), b"{\"fuzzing\":true}");
    authority.put("input", unsigned.bytes())?;
    authority.openssl("dgst -sha256 -sign p256.key -out signature input", &[])?;
    let der = authority.read("signature")?;
    let mut numbers = Reader::new(&der).expect(Tag::SEQUENCE)?.children();
    let mut signature = Vec::new();
    for _ in 0..2 {
        let number = numbers.expect(Tag::INTEGER)?.content;
        let number = number.strip_prefix(&[0]).unwrap_or(number);
        signature.resize(signature.len() + 32 - number.len(), 0);
        signature.extend_from_slice(number);
    }
    Ok(unsigned.finish(&signature))
}

fn answer(authority: &Authority) -> Outcome<Value> {
    let record = |service: &str, pem: &str| {
        json!({
            "organisationNumber": RECEIVER, "pemCertificate": pem,
            "process": "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0",
            "documentTypes": ["urn:no:difi:arkivmelding:xsd::arkivmelding"],
            "service": { "identifier": service, "endpointUrl": "https://example.test", "securityLevel": 3 },
        })
    };
    let pem = String::from_utf8(authority.read("recipient.pem")?)?;
    Ok(json!({
        "infoRecord": { "identifier": RECEIVER, "organizationName": "Fuzzing Test Recipient" },
        "serviceRecords": [record("DPO", &pem), record("DPV", "")],
    }))
}
