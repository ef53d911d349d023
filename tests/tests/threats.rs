//! What has gone wrong elsewhere, one test a class. Each fails when its guard is taken out.
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(dead_code, reason = "the world is shared with the rules' tests")]

#[path = "rules/container.rs"]
mod container;
#[path = "threats/relay.rs"]
mod relay;
#[path = "rules/seal.rs"]
mod seal_cases;
#[path = "rules/signature.rs"]
mod signature;
#[path = "rules/world.rs"]
mod world;
#[path = "rules/zip.rs"]
mod zip;

use getrandom::SysRng;
use konvolutt_shared::container::verify::verify;
use konvolutt_shared::finding::{Code, Finding, Rule};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::Certificate;
use konvolutt_shared::seal::ber::Reader;
use konvolutt_shared::seal::ber::write::der;
use konvolutt_shared::seal::{self, ContentCipher, ContentKey, KeyTransport, Sealing, Suite};
use rand_core::UnwrapErr;
use world::{World, entries, with_entry, with_text};

/// A rule and what is found when it is broken, as the rules' tests have it.
type Case = (Rule, Vec<Finding>);

const SIGNATURES: &str = "META-INF/signatures.xml";

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

fn sealed(world: &World, suite: Suite) -> Vec<u8> {
    seal::seal_as(suite, world.key.certificate(), &world.cades, &mut rng()).unwrap()
}

/// CVE-2017-17688 and -17689 (EFAIL): CBC can be changed by whoever carries it. Whatever block is changed, no document
/// comes out but those that were signed; a zip's comments and times are not signed, and nobody reads them.
#[test]
fn efail_no_change_of_the_ciphertext_changes_a_document() {
    let world = World::new();
    let good = sealed(&world, Suite::OaepCbc);
    let limits = Limits::default();
    let plain = seal::open(&good, &world.key, &limits).unwrap();
    assert!(plain == world.cades);
    let signed = documents(&world, &plain).unwrap();
    let (mut refused, mut same) = (0, 0);
    for at in (good.len() - plain.len()..good.len() - 30).step_by(7) {
        let mut changed = good.clone();
        changed[at] ^= 0x20;
        let opened = seal::open(&changed, &world.key, &limits).ok();
        match opened.and_then(|plain| documents(&world, &plain)) {
            None => refused += 1,
            Some(documents) => {
                assert!(documents == signed, "byte {at}");
                same += 1;
            }
        }
    }
    assert!(refused > 10 * same, "{refused} refused, {same} the same");
}

/// Names and bytes of the documents, if anything is accepted.
fn documents(world: &World, container: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let (verdict, content) = verify(container, &world.policy);
    let verified = verdict.accept_unchecked().ok()?;
    Some(verified.documents().iter().map(|one| (one.name.clone(), content.content(one).to_vec())).collect())
}

/// Whatever breaks one of these rules is refused, and there is something for each of them.
fn assert_refused(cases: &[Case], rules: &[Rule]) {
    for rule in rules {
        let mut found = cases.iter().filter(|(broken, _)| broken == rule).peekable();
        assert!(found.peek().is_some(), "nothing breaks {rule:?}");
        for (_, findings) in found {
            assert!(findings.iter().any(|one| one.rule == Some(*rule) && one.refuses()), "{rule:?}: {findings:?}");
        }
    }
}

/// CVE-2025-15467 (a nonce of any length), CVE-2026-12802 (a tag that is cut), CVE-2026-34182 (a cipher that
/// authenticates nothing, called authentic).
#[test]
fn cms_aead_parameters_are_the_ones_that_are_secure() {
    use seal_cases::{AUTHENTICATED, ENVELOPED, cbc, gcm, package, recipient};
    let world = World::new();
    let ours = recipient(&world, &KeyTransport::OAEP_SHA256.identifier());
    let content = der(0x80, &[&[0; 32]]);
    let refused = |kind: &[u8], cipher: &[u8], rule: Rule| {
        let finding = seal::open(&package(kind, &ours, cipher, &content), &world.key, &Limits::default()).unwrap_err();
        assert_eq!(finding.rule, Some(rule), "{cipher:?}");
    };
    for nonce in [0, 1, 8, 11, 13, 16, 1000] {
        refused(ENVELOPED, &gcm(nonce, 16), Rule::SealCipher);
    }
    for tag in (0..16).chain([17, 32]) {
        refused(ENVELOPED, &gcm(12, tag), Rule::SealCipher);
    }
    refused(AUTHENTICATED, &cbc(), Rule::SealAuthenticity);
}

/// CVE-2026-121482, CVE-2025-9230 and their kin: thousands of recipients, structures without end. A hundred thousand
/// revoked certificates are a test of the path's own (`a_list_of_a_hundred_thousand_is_read_once_and_looked_up_directly`).
#[test]
fn cms_structures_are_bounded() {
    use seal_cases::{ENVELOPED, cbc, package, recipient};
    let world = World::new();
    let ours = recipient(&world, &KeyTransport::OAEP_SHA256.identifier());
    let content = der(0x80, &[&[0; 32]]);
    let open = |bytes: &[u8]| seal::open(bytes, &world.key, &Limits::default()).unwrap_err().rule;
    assert_eq!(open(&package(ENVELOPED, &ours.repeat(1000), &cbc(), &content)), Some(Rule::SealRecipients));
    // A megabyte of opened constructed strings: deeper than any stack, and never closed.
    let bottomless = [0x24, 0x80].repeat(1 << 19);
    let nested = package(ENVELOPED, &ours, &cbc(), &der(0xA0, &[&bottomless]));
    assert_eq!(open(&nested), Some(Rule::SealNesting));
    let mut reader = Reader::new(&bottomless);
    assert!(reader.next().is_err(), "the certificates' reader is bounded too");
}

/// CVE-2022-24771 and -24772, CVE-2025-47934: what is signed says of itself what it is, once, and completely.
#[test]
fn signed_attributes_cannot_be_left_out_doubled_or_confused() {
    let world = World::new();
    let rules = [
        Rule::AttributeOnce,
        Rule::AttributeContentType,
        Rule::AttributeDigest,
        Rule::AttributeProtection,
        Rule::AttributeCertificate,
        Rule::SignatureDetached,
        Rule::SignatureSigner,
    ];
    assert_refused(&signature::cases(&world), &rules);
}

/// Zip Slip, CVE-2025-29787, names that turn round, headers that lie, files over one another, bombs.
#[test]
fn zip_tricks_are_refused() {
    let rules = [
        Rule::ZipName,
        Rule::ZipNameRepeated,
        Rule::ZipSecondName,
        Rule::ZipHeaders,
        Rule::ZipStart,
        Rule::ZipGap,
        Rule::ZipEncrypted,
        Rule::ZipSizes,
        Rule::ZipChecksum,
        Rule::ZipRatio,
        Rule::ZipEntries,
    ];
    assert_refused(&zip::cases(), &rules);
}

/// An extra file that nobody signed, beside those that are signed; and a type that does not come first.
#[test]
fn an_unsigned_file_in_a_signed_container_is_refused() {
    let world = World::new();
    let mut all = entries(&world.cades);
    all.insert(1, ("faktura.pdf".to_owned(), b"%PDF-1.7".to_vec()));
    let verdict = world.verify(&world::assemble(&all));
    assert!(verdict.findings().iter().any(Finding::refuses) && verdict.good().is_err());
    assert_refused(&container::cases(&world), &[Rule::Mimetype]);
}

/// CVE-2026-12802: GCM whose tag does not hold over every byte.
#[test]
fn gcm_authenticates_every_byte() {
    let world = World::new();
    let good = sealed(&world, Suite::OaepGcm);
    let limits = Limits::default();
    assert!(seal::open(&good, &world.key, &limits).unwrap() == world.cades);
    for at in (good.len() - world.cades.len()..good.len() - 10).step_by(97) {
        let mut changed = good.clone();
        changed[at] ^= 1;
        assert!(seal::open(&changed, &world.key, &limits).is_err(), "byte {at}");
    }
}

/// Bleichenbacher, Marvin, CVE-2023-46809: a wrong padding of RSAES-PKCS1-v1_5 cannot be told from a wrong content.
#[test]
fn bleichenbacher_a_wrong_padding_looks_like_a_wrong_content() {
    let world = World::new();
    let mut answers = Vec::new();
    for flip in [0, 1, 100, 255] {
        let mut package = Vec::new();
        let cipher = ContentCipher::Aes256Cbc;
        let key = ContentKey::generate(cipher, &mut rng());
        let sealing = Sealing::begin(
            world.key.certificate(),
            KeyTransport::Pkcs1v15,
            cipher,
            &key,
            &[1; 16],
            &mut rng(),
            &mut package,
        );
        let mut sealing = sealing.unwrap();
        // Not a whole number of blocks: the content never opens.
        sealing.ciphertext(&[9; 33], &mut package);
        sealing.finish(&mut package);
        let start = package.windows(4).position(|window| window == [0x04, 0x82, 0x01, 0x00]).unwrap() + 4;
        package[start + flip] ^= u8::from(flip > 0);
        answers.push(seal::open(&package, &world.key, &Limits::default()).unwrap_err());
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(answers[0].rule, Some(Rule::SealOpening));
}

/// XML signature wrapping (CVE-2025-25291, CVE-2025-29774, DSS's XSW files): a second body, wherever it is put.
#[test]
fn xml_signature_wrapping_is_refused() {
    let world = World::new();
    let xml =
        String::from_utf8(entries(&world.xades).into_iter().find(|(name, _)| name == SIGNATURES).unwrap().1).unwrap();
    let part = |from: &str, to: &str| {
        let start = xml.find(from).unwrap();
        let end = start + xml[start..].find(to).unwrap() + to.len();
        xml[start..end].to_owned()
    };
    let properties = part("<SignedProperties", "</SignedProperties>");
    let signed_info = part("<SignedInfo", "</SignedInfo>");
    let signature = part("<Signature ", "</Signature>");
    let forged = properties.replace("text/plain", "text/html");
    let forged_info = signed_info.replace("manifest.xml", "vedlegg.txt");
    let variants = [
        // The forgery first, the signed original behind it, before it, in an Object, and with another Id.
        xml.replacen(&properties, &format!("{forged}{properties}"), 1),
        xml.replacen(&properties, &format!("{properties}{forged}"), 1),
        xml.replacen(&properties, &forged, 1).replacen(
            "</Object>",
            &format!("</Object><Object>{properties}</Object>"),
            1,
        ),
        xml.replacen(&properties, &forged.replace("Id=\"SignedProperties\"", "Id=\"Other\""), 1).replacen(
            "</Object>",
            &format!("</Object><Object>{properties}</Object>"),
            1,
        ),
        xml.replacen(&signed_info, &format!("{forged_info}{signed_info}"), 1),
        xml.replacen(&signature, &format!("{}{signature}", signature.replace(&signed_info, &forged_info)), 1),
        xml.replacen(&signed_info, &forged_info, 1).replacen(
            "</Object>",
            &format!("</Object><Object>{signed_info}</Object>"),
            1,
        ),
    ];
    for (index, variant) in variants.into_iter().enumerate() {
        assert_ne!(variant, xml, "variant {index} changes something");
        let container = with_entry(&world.xades, SIGNATURES, |_| variant.into_bytes());
        assert_eq!(world.verify(&container).as_str(), "refused", "variant {index}");
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
    assert_eq!(world.verify(&split).as_str(), "refused");
}

/// Oxalis #208, billion laughs: no document type, whatever it declares.
#[test]
fn xxe_and_entity_bombs_are_refused() {
    let world = World::new();
    let bomb = "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
    let start = "<XAdESSignatures";
    let container = with_text(&world.xades, SIGNATURES, start, &format!("{bomb}{start}"));
    let verdict = world.verify(&container);
    assert_eq!(verdict.findings()[0].rule, Some(Rule::ManifestXml), "{:?}", verdict.findings());
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let verdict = world.verify(&with_entry(&world.xades, SIGNATURES, |_| deep.into_bytes()));
    assert_eq!(verdict.findings()[0].rule, Some(Rule::ManifestXml));
}

/// CVE-2025-12816, CVE-2025-66030 (forge): an object identifier whose arc passes 2^32 is not the one it wraps round to.
#[test]
fn object_identifiers_do_not_wrap_round() {
    let world = World::new();
    let leaf = world.key.certificate().der();
    // sha256WithRSAEncryption ends in the arc 11; 2^32 + 11 is another.
    let oid = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B];
    let wrapped = [0x06, 0x0D, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x90, 0x80, 0x80, 0x80, 0x0B];
    let at = leaf.windows(oid.len()).rposition(|window| window == oid).unwrap();
    let mut fields = Reader::new(leaf).require().unwrap().children();
    let tbs = fields.require().unwrap().raw;
    let rest = &leaf[at + oid.len() + 2..];
    let algorithm = der(0x30, &[&wrapped, &[5, 0]]);
    let forged = der(0x30, &[tbs, &algorithm, rest]);
    if let Ok(certificate) = Certificate::from_der(&forged) {
        assert!(!certificate.is_issued_by(&world.policy.path.anchors[0]));
    }
    assert!(world.key.certificate().is_issued_by(&world.policy.path.anchors[0]), "the base is good");
}

/// CVE-2025-47934 (OpenPGP.js): what is given out is what was verified, by bytes.
#[test]
fn what_comes_out_is_what_was_signed() {
    let world = World::new();
    let (verdict, content) = verify(&world.cades, &world.policy);
    let verified = verdict.good().map_err(|refusal| refusal.findings).unwrap();
    let inside = entries(&world.cades);
    for document in verified.documents() {
        let (_, bytes) = inside.iter().find(|(name, _)| *name == document.name).unwrap();
        assert!(content.content(document) == bytes, "{}", document.name);
    }
}

/// DSS's `removedReference`, `brokenReference`: a reference taken out or renamed leaves a file that nobody signed.
#[test]
fn a_reference_cannot_be_taken_out() {
    let world = World::new();
    let container = with_entry(&world.cades, "ASiCManifest.xml", |content| {
        let text = String::from_utf8(content).unwrap();
        let start = text.rfind("    <DataObjectReference").unwrap();
        let end = text.find("</ASiCManifest>").unwrap();
        format!("{}{}", &text[..start], &text[end..]).into_bytes()
    });
    let verdict = world.verify(&container);
    let codes: Vec<_> = verdict.findings().iter().map(|finding| finding.code).collect();
    assert!(codes.contains(&Code::EntryUnlisted) && codes.contains(&Code::SignatureInvalid), "{codes:?}");
}

/// CVE-2026-34180 and its kin: lengths that lie, at every byte of the head, end in a finding.
#[test]
fn lengths_that_lie_end_in_a_finding() {
    let world = World::new();
    let good = sealed(&world, Suite::OaepCbc);
    let limits = Limits::default();
    for at in 0..400 {
        for value in [0x00, 0x7F, 0x80, 0x84, 0x88, 0xFF] {
            let mut changed = good.clone();
            if changed[at] == value {
                continue;
            }
            changed[at] = value;
            if let Ok(plain) = seal::open(&changed, &world.key, &limits) {
                let same = plain == world.cades;
                assert!(same || world.verify(&plain).as_str() == "refused", "byte {at} = {value:02x}");
            }
        }
    }
}
