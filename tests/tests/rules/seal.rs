//! The seal, built by hand.

use getrandom::SysRng;
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Certificate, SoftKey};
use konvolutt_shared::seal::ber::write::der;
use konvolutt_shared::seal::{self, KeyTransport, SealReader, SealedHead, Suite};
use rand_core::UnwrapErr;

use super::world::{World, retyped, soft_key};
use crate::Case;

pub(crate) const ENVELOPED: &[u8] = &[0x06, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 3];
pub(crate) const AUTHENTICATED: &[u8] = &[0x06, 11, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 16, 1, 23];
const DATA: &[u8] = &[0x06, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 1];
const AES_256_CBC: &[u8] = &[0x06, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42];
const AES_256_GCM: &[u8] = &[0x06, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 46];
const DES3: &[u8] = &[0x06, 8, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 3, 7];

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    der(0x30, parts)
}

pub(crate) fn cbc() -> Vec<u8> {
    sequence(&[AES_256_CBC, &der(0x04, &[&[0; 16]])])
}

pub(crate) fn gcm(nonce: usize, tag: u8) -> Vec<u8> {
    sequence(&[AES_256_GCM, &sequence(&[&der(0x04, &[&vec![0; nonce]]), &[2, 1, tag]])])
}

/// A recipient with this key encryption algorithm and a key that decrypts to nothing.
pub(crate) fn recipient(world: &World, algorithm: &[u8]) -> Vec<u8> {
    recipient_of(world, algorithm, &[7; 256])
}

/// The same with this encrypted key.
pub(crate) fn recipient_of(world: &World, algorithm: &[u8], encrypted_key: &[u8]) -> Vec<u8> {
    let leaf = world.key.certificate();
    let id = sequence(&[leaf.issuer_der(), &der(0x02, &[leaf.serial()])]);
    sequence(&[&[2, 1, 0], &id, algorithm, &der(0x04, &[encrypted_key])])
}

pub(crate) fn package(kind: &[u8], recipients: &[u8], cipher: &[u8], content: &[u8]) -> Vec<u8> {
    package_to(kind, recipients, cipher, content, &[])
}

/// The same with what stands after the content.
pub(crate) fn package_to(kind: &[u8], recipients: &[u8], cipher: &[u8], content: &[u8], tail: &[u8]) -> Vec<u8> {
    let info = sequence(&[DATA, cipher, content]);
    let data = sequence(&[&[2, 1, 0], &der(0x31, &[recipients]), &info, tail]);
    sequence(&[kind, &der(0xA0, &[&data])])
}

/// The content of a package, sealed to these.
fn sealed_to(head: &SealedHead, content: &[u8], recipients: &[&[u8]]) -> Vec<u8> {
    let cipher = head.parameters.cipher.identifier(&head.parameters.iv);
    package(ENVELOPED, &recipients.concat(), &cipher, &der(0x80, &[content]))
}

/// A string in two segments.
fn segments(octets: &[u8]) -> Vec<u8> {
    der(0x24, &[&der(0x04, &[&octets[..5]]), &der(0x04, &[&octets[5..]])])
}

/// What other writers make, and what says the same in another way: each opens.
fn assert_variants_open(world: &World) {
    let plain = [7; 3000];
    let opened = |what: &str, package: &[u8]| {
        assert_eq!(seal::open(package, &world.key, &Limits::default()), Ok(plain.to_vec()), "{what}");
    };
    let taken_apart = |suite: Suite| {
        let package = seal::seal_as(suite, world.key.certificate(), &plain, &mut UnwrapErr(SysRng)).unwrap();
        let (mut reader, mut content) = (SealReader::new(&Limits::default()), Vec::new());
        reader.push(&package, &mut content).unwrap();
        (reader.head().unwrap().clone(), content)
    };
    let (leaf, oaep) = (world.key.certificate(), KeyTransport::OAEP_SHA256.identifier());
    let (head, content) = taken_apart(Suite::OaepCbc);
    let key = &head.recipients[0].encrypted_key;
    let ours = recipient_of(world, &oaep, key);
    let id = sequence(&[&retyped(leaf.issuer_der()), &der(0x02, &[leaf.serial()])]);
    let other_type = sequence(&[&[2, 1, 0], &id, &oaep, &der(0x04, &[key])]);
    opened("the issuer in another string type", &sealed_to(&head, &content, &[&other_type]));
    let unknown = recipient_of(world, &sequence(&[DATA]), &[9; 256]);
    opened("twice, the first time unreadably", &sealed_to(&head, &content, &[&unknown, &ours]));
    let cipher = sequence(&[AES_256_CBC, &segments(&head.parameters.iv)]);
    opened("a vector in segments", &package(ENVELOPED, &ours, &cipher, &der(0x80, &[&content])));
    let (head, content) = taken_apart(Suite::OaepGcm);
    let ours = recipient_of(world, &oaep, &head.recipients[0].encrypted_key);
    let cipher = sequence(&[AES_256_GCM, &sequence(&[&segments(&head.parameters.iv), &[2, 1, 16]])]);
    let (content, tag) = content.split_at(content.len() - 16);
    let authenticated = package_to(AUTHENTICATED, &ours, &cipher, &der(0x80, &[content]), &segments(tag));
    opened("nonce and tag in segments", &authenticated);
}

/// Tells to whom it is sealed.
fn sealed_to_others(package: &[u8], stranger: &SoftKey, leaf: &Certificate) -> Vec<Finding> {
    let finding = seal::open(package, stranger, &Limits::default()).unwrap_err();
    let seen = finding.evidence.clone().unwrap();
    assert!(seen.contains(&leaf.serial_hex()) && seen.contains(&leaf.issuer_text()), "{seen}");
    vec![finding]
}

pub(crate) fn cases(world: &World) -> Vec<Case> {
    assert_variants_open(world);
    let good = seal::seal(world.key.certificate(), &[7; 3000], &mut UnwrapErr(SysRng)).unwrap();
    let within = |bytes: &[u8], limits: &Limits| -> Vec<Finding> {
        seal::open(bytes, &world.key, limits).err().into_iter().collect()
    };
    let found = |bytes: &[u8]| within(bytes, &Limits::default());
    assert_eq!(found(&good), [], "the base is good");
    let ours = recipient(world, &KeyTransport::OAEP_SHA256.identifier());
    let content = der(0x80, &[&[0; 32]]);
    let with_cipher = |cipher: &[u8]| found(&package(ENVELOPED, &ours, cipher, &content));
    let mut nested = der(0x04, &[&[0; 16]]);
    for _ in 0..40 {
        nested = der(0x24, &[&nested]);
    }
    let stranger = soft_key(&world.authority.issue("310900419", "keyEncipherment").unwrap());
    let few = Limits { recipients: 1, ..Limits::default() };
    vec![
        (Rule::SealEncoding, found(b"PK\x03\x04 a container without a seal")),
        (Rule::SealCut, found(&good[..good.len() - 1])),
        (Rule::SealTrailing, found(&[&good[..], b"x"].concat())),
        (Rule::SealKind, found(&package(DATA, &ours, &cbc(), &content))),
        (Rule::SealCipher, with_cipher(&sequence(&[DES3, &der(0x04, &[&[0; 8]])]))),
        // CVE-2025-15467: a nonce that is not 12 bytes; CVE-2026-12802: a tag that is cut.
        (Rule::SealCipher, with_cipher(&gcm(1000, 16))),
        (Rule::SealCipher, with_cipher(&gcm(12, 4))),
        (Rule::SealCipher, with_cipher(&gcm(12, 15))),
        (Rule::SealCipher, found(&package_to(AUTHENTICATED, &ours, &gcm(12, 16), &content, &der(0x04, &[&[0; 12]])))),
        (Rule::SealEncoding, found(&package(ENVELOPED, &der(0xA5, &[&ours]), &cbc(), &content))),
        // CVE-2026-34182: a cipher that authenticates nothing, called authentic.
        (Rule::SealAuthenticity, found(&package(AUTHENTICATED, &ours, &cbc(), &content))),
        (Rule::SealTransport, found(&package(ENVELOPED, &recipient(world, &sequence(&[DATA])), &cbc(), &content))),
        (Rule::SealRecipients, within(&package(ENVELOPED, &ours.repeat(2), &cbc(), &content), &few)),
        (Rule::SealRecipients, found(&package(ENVELOPED, &ours.repeat(1000), &cbc(), &content))),
        (Rule::SealHeadSize, within(&good, &Limits { head_bytes: 100, ..Limits::default() })),
        // What follows the content is not all there yet, and too much already.
        (
            Rule::SealHeadSize,
            within(
                &package_to(ENVELOPED, &ours, &cbc(), &content, &der(0xA1, &[&[0; 9000]]))[..8000],
                &Limits { head_bytes: 2000, ..Limits::default() },
            ),
        ),
        (Rule::SealNesting, found(&package(ENVELOPED, &ours, &cbc(), &der(0xA0, &[&nested])))),
        (Rule::SealSize, within(&good, &Limits { package_bytes: 1000, ..Limits::default() })),
        (Rule::SealRecipient, sealed_to_others(&good, &stranger, world.key.certificate())),
        (Rule::SealOpening, found(&package(ENVELOPED, &ours, &cbc(), &content))),
    ]
}
