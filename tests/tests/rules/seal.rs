//! The seal, built by hand.

use getrandom::SysRng;
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::seal::ber::write::der;
use konvolutt_shared::seal::{self, KeyTransport};
use rand_core::UnwrapErr;

use super::world::{World, soft_key};
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

pub(crate) fn cases(world: &World) -> Vec<Case> {
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
        (Rule::SealNesting, found(&package(ENVELOPED, &ours, &cbc(), &der(0xA0, &[&nested])))),
        (Rule::SealSize, within(&good, &Limits { package_bytes: 1000, ..Limits::default() })),
        (Rule::SealRecipient, seal::open(&good, &stranger, &Limits::default()).err().into_iter().collect()),
        (Rule::SealOpening, found(&package(ENVELOPED, &ours, &cbc(), &content))),
    ]
}
