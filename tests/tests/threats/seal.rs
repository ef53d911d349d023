//! The seal: CMS, its keys and its ciphers.

use konvolutt_shared::container::Profile;
use konvolutt_shared::finding::Rule;
use konvolutt_shared::limits::Limits;
use konvolutt_shared::seal::ber::write::der;
use konvolutt_shared::seal::ber::{Header, Reader};
use konvolutt_shared::seal::{
    self, ContentCipher, ContentKey, KeyTransport, SealReader, SealedHead, Sealing, SoftOpener, Suite,
};

use super::seal_cases::{AUTHENTICATED, ENVELOPED, cbc, gcm, package, package_to, recipient, recipient_of, sequence};
use super::world::{World, packed_with};
use super::{documents, rng};

fn sealed(world: &World, suite: Suite) -> Vec<u8> {
    seal::seal_as(suite, world.key.certificate(), &world.cades, &mut rng()).unwrap()
}

/// Head and ciphertext of a package.
fn taken_apart(package: &[u8]) -> (SealedHead, Vec<u8>) {
    let (mut reader, mut content) = (SealReader::new(&Limits::default()), Vec::new());
    reader.push(package, &mut content).unwrap();
    (reader.head().unwrap().clone(), content)
}

fn rule_of(world: &World, package: &[u8]) -> Rule {
    seal::open(package, &world.key, &Limits::default()).unwrap_err().rule
}

/// CVE-2017-17688 and -17689 (EFAIL): CBC can be changed by whoever carries it. Whatever block is changed, no document
/// comes out but those that were signed; a zip's comments and times are not signed, and nobody reads them.
#[test]
fn efail_no_change_of_the_ciphertext_changes_a_document() {
    let world = World::new();
    // Nothing that deflate could make shorter: most of the package is the letter itself, and a change of it hits no
    // structure.
    let mut state = 1_u32;
    let letter: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    })
    .take(6000)
    .collect();
    let container = packed_with(&world.key, Profile::Cades, &[("brev.txt", &letter)]);
    let good = seal::seal(world.key.certificate(), &container, &mut rng()).unwrap();
    let limits = Limits::default();
    let plain = seal::open(&good, &world.key, &limits).unwrap();
    assert!(plain == container);
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

/// CVE-2025-15467 (a nonce of any length), CVE-2026-12802 (a tag that is cut), CVE-2026-34182 (a cipher that
/// authenticates nothing, called authentic).
#[test]
fn cms_aead_parameters_are_the_ones_that_are_secure() {
    let world = World::new();
    let ours = recipient(&world, &KeyTransport::OAEP_SHA256.identifier());
    let content = der(0x80, &[&[0; 32]]);
    let refused = |kind: &[u8], cipher: &[u8], rule: Rule| {
        let finding = seal::open(&package(kind, &ours, cipher, &content), &world.key, &Limits::default()).unwrap_err();
        assert_eq!(finding.rule, rule, "{cipher:?}");
    };
    for nonce in [0, 1, 8, 11, 13, 16, 1000] {
        refused(ENVELOPED, &gcm(nonce, 16), Rule::SealCipher);
    }
    for tag in (0..16).chain([17, 32]) {
        refused(ENVELOPED, &gcm(12, tag), Rule::SealCipher);
    }
    refused(AUTHENTICATED, &cbc(), Rule::SealAuthenticity);
}

/// CVE-2026-12802: a tag that is itself cut, whatever the parameters say of its length.
#[test]
fn cms_a_tag_that_is_cut_is_refused_by_its_length() {
    let world = World::new();
    let (head, content) = taken_apart(&sealed(&world, Suite::OaepGcm));
    let (ciphertext, tag) = content.split_at(content.len() - 16);
    let ours = &head.recipients[0];
    let ours = recipient_of(&world, &KeyTransport::OAEP_SHA256.identifier(), &ours.encrypted_key);
    let cipher = ContentCipher::Aes256Gcm.identifier(&head.parameters.iv);
    let with_tag =
        |tag: &[u8]| package_to(AUTHENTICATED, &ours, &cipher, &der(0x80, &[ciphertext]), &der(0x04, &[tag]));
    assert!(seal::open(&with_tag(tag), &world.key, &Limits::default()).unwrap() == world.cades, "the base is good");
    for length in 0..16 {
        assert_eq!(rule_of(&world, &with_tag(&tag[..length])), Rule::SealCipher, "{length} bytes");
    }
    assert_eq!(rule_of(&world, &with_tag(&[tag, &[0]].concat())), Rule::SealCipher);
    let mut wrong = tag.to_vec();
    wrong[15] ^= 1;
    assert_eq!(rule_of(&world, &with_tag(&wrong)), Rule::SealOpening);
}

/// CVE-2026-121482 and its kin: thousands of recipients, structures without end. A hundred thousand
/// revoked certificates are a test of the path's own (`a_list_of_a_hundred_thousand_is_read_once_and_looked_up_directly`).
#[test]
fn cms_structures_are_bounded() {
    let world = World::new();
    let ours = recipient(&world, &KeyTransport::OAEP_SHA256.identifier());
    let content = der(0x80, &[&[0; 32]]);
    let open = |bytes: &[u8]| seal::open(bytes, &world.key, &Limits::default()).unwrap_err().rule;
    assert_eq!(open(&package(ENVELOPED, &ours.repeat(1000), &cbc(), &content)), Rule::SealRecipients);
    // A megabyte of opened constructed strings: deeper than any stack, and never closed.
    let bottomless = [0x24, 0x80].repeat(1 << 19);
    let nested = package(ENVELOPED, &ours, &cbc(), &der(0xA0, &[&bottomless]));
    assert_eq!(open(&nested), Rule::SealNesting);
    let mut reader = Reader::new(&bottomless);
    assert!(reader.next().is_err(), "the certificates' reader is bounded too");
}

/// CVE-2026-5295 (an OtherRecipientInfo whose object identifier is too long), CVE-2025-9230 (a PasswordRecipientInfo
/// whose wrapped key is too short): of recipients that are not ours by their kind, nothing is read.
#[test]
fn cms_other_kinds_of_recipients_are_passed_over_unread() {
    let world = World::new();
    let (head, content) = taken_apart(&sealed(&world, Suite::OaepCbc));
    let encrypted_key = &head.recipients[0].encrypted_key;
    let ours = recipient_of(&world, &KeyTransport::OAEP_SHA256.identifier(), encrypted_key);
    let cipher = ContentCipher::Aes256Cbc.identifier(&head.parameters.iv);
    let content = der(0x80, &[&content]);
    let sealed_to = |recipients: &[&[u8]]| package(ENVELOPED, &recipients.concat(), &cipher, &content);
    let key_wrap = sequence(&[&der(0x06, &[&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 16, 3, 9]]), &cbc()]);
    let password = |wrapped: &[u8]| der(0xA3, &[&[2, 1, 0], &key_wrap, &der(0x04, &[wrapped])]);
    let hostile = [
        der(0xA4, &[&der(0x06, &[&[0xFF; 65_535]]), &[5, 0]]),
        der(0xA4, &[&[0x06, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0x2A]]),
        der(0xA4, &[]),
        password(&[]),
        password(&[7]),
        password(&[7; 65_535]),
        der(0xA2, &[&[0x30, 0x7F]]),
        der(0xA1, &[&[0xFF; 100]]),
    ];
    for one in &hostile {
        for recipients in [[one.as_slice(), &ours], [&ours, one]] {
            let opened = seal::open(&sealed_to(&recipients), &world.key, &Limits::default());
            assert!(opened.unwrap() == world.cades, "{:02x?}", &one[..4]);
        }
        assert_eq!(rule_of(&world, &sealed_to(&[one])), Rule::SealRecipient, "{:02x?}", &one[..4]);
    }
    // What is none of the five kinds is no recipient.
    for tag in [0xA0, 0xA5, 0x84, 0x31] {
        assert_eq!(rule_of(&world, &sealed_to(&[&ours, &der(tag, &[&ours])])), Rule::SealEncoding, "{tag:02x}");
    }
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

/// A package by RSAES-PKCS1-v1_5 whose content is as good as random, and the encrypted key in it.
fn by_pkcs1(world: &World, cipher: ContentCipher) -> (Vec<u8>, Vec<u8>, ContentKey) {
    let key = ContentKey::generate(cipher, &mut rng());
    let (iv, mut out) = (vec![1; cipher.iv_length()], Vec::new());
    let certificate = world.key.certificate();
    let sealing = Sealing::begin(certificate, KeyTransport::Pkcs1v15, cipher, &key, &iv, &mut rng(), &mut out);
    let mut sealing = sealing.unwrap();
    sealing.ciphertext(&[9; 64], &mut out);
    sealing.finish(&mut out);
    let encrypted = taken_apart(&out).0.recipients[0].encrypted_key.clone();
    (out, encrypted, key)
}

/// Bleichenbacher, Marvin, CVE-2023-46809: a wrong padding of RSAES-PKCS1-v1_5 gives a key of the right length like a
/// right one does, the whole content is decrypted with it, and only the content says that it does not open. GCM here,
/// so that no substitute key opens anything by chance.
#[test]
fn bleichenbacher_a_wrong_padding_gives_a_key_and_ends_as_a_wrong_content() {
    let world = World::new();
    let (package, encrypted, key) = by_pkcs1(&world, ContentCipher::Aes256Gcm);
    let unwrap = |cipher, encrypted: &[u8]| {
        let key = world.key.unwrap(KeyTransport::Pkcs1v15, cipher, encrypted).unwrap();
        key.as_bytes().to_vec()
    };
    assert_eq!(unwrap(ContentCipher::Aes256Gcm, &encrypted), key.as_bytes(), "the base is good");
    let changed = |at: usize| {
        let mut changed = encrypted.clone();
        changed[at] ^= 1;
        changed
    };
    // A right padding around a key that is too short for the cipher; no number below the modulus; another length.
    let (_, short, _) = by_pkcs1(&world, ContentCipher::Aes128Cbc);
    let wrong = [changed(1), changed(100), changed(255), short, vec![0xFF; 256], vec![0; 256], vec![7; 255], vec![]];
    let mut seen = vec![key.as_bytes().to_vec()];
    for one in &wrong {
        let substitute = unwrap(ContentCipher::Aes256Gcm, one);
        assert_eq!(substitute.len(), 32);
        assert_eq!(unwrap(ContentCipher::Aes256Gcm, one), substitute, "the same each time");
        assert_eq!(unwrap(ContentCipher::Aes128Cbc, one).len(), 16);
        assert!(!seen.contains(&substitute), "another for every ciphertext");
        seen.push(substitute);
    }
    // What comes out and how it ends is the same for the right key and for any substitute.
    let opened = |package: &[u8]| {
        let (mut opener, mut plain) = (SoftOpener::new(&world.key, &Limits::default()), Vec::new());
        opener.push(package, &mut plain).unwrap();
        (plain.len(), opener.finish(&mut Vec::new()).unwrap_err())
    };
    let right = opened(&package);
    assert_eq!((right.0, right.1.rule), (48, Rule::SealOpening));
    let start = package.windows(256).position(|window| window == encrypted).unwrap();
    for one in wrong.iter().filter(|one| one.len() == 256) {
        let mut package = package.clone();
        package[start..start + 256].copy_from_slice(one);
        assert_eq!(opened(&package), right);
    }
}

/// CVE-2026-34180 and its kin: a length that reaches over what it lies in, at every level, and over the end.
#[test]
fn lengths_that_reach_too_far_are_refused() {
    let world = World::new();
    let (head, content) = taken_apart(&sealed(&world, Suite::OaepCbc));
    let ours = &head.recipients[0].encrypted_key;
    let ours = recipient_of(&world, &KeyTransport::OAEP_SHA256.identifier(), ours);
    let cipher = ContentCipher::Aes256Cbc.identifier(&head.parameters.iv);
    // All lengths definite, the content in one segment.
    let good = package(ENVELOPED, &ours, &cipher, &der(0xA0, &[&der(0x04, &[&content])]));
    assert!(seal::open(&good, &world.key, &Limits::default()).unwrap() == world.cades, "the base is good");
    // The way from the outermost structure to the content: how many elements stand before the next one.
    let (mut at, mut levels) = (0, Vec::new());
    for before in [1, 0, 2, 2, 0, 0] {
        let header = Header::read(&good[at..], 0).unwrap().unwrap();
        levels.push((at, header.size));
        at += header.size;
        for _ in 0..before {
            let header = Header::read(&good[at..], 0).unwrap().unwrap();
            at += header.size + header.length.unwrap() as usize;
        }
    }
    for (level, &(at, size)) in levels.iter().enumerate() {
        let changed = |add: i16| {
            let mut changed = good.clone();
            let last: &mut [u8; 2] = (&mut changed[at + size - 2..at + size]).try_into().unwrap();
            *last = u16::from_be_bytes(*last).checked_add_signed(add).unwrap().to_be_bytes();
            rule_of(&world, &changed)
        };
        if level == 0 {
            assert_eq!(changed(1), Rule::SealCut);
            assert_eq!(changed(-1), Rule::SealEncoding);
        } else {
            assert_eq!(changed(1), Rule::SealEncoding, "level {level}");
        }
        let mut huge = good.clone();
        huge.splice(at + 1..at + size, [0x88, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
        assert_eq!(rule_of(&world, &huge), Rule::SealEncoding, "level {level}");
    }
}

/// The same at every byte of the head: whatever is said there, nothing panics and nothing else comes out.
#[test]
fn lengths_that_lie_change_nothing() {
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
