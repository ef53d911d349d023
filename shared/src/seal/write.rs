//! The BER framing of a sealed package, forward only, byte for byte as the reference writes it with Bouncy
//! Castle's `CMSEnvelopedDataStreamGenerator`: EnvelopedData version 0 (RFC 5652, 6.1) with one recipient,
//! indefinite lengths outside (ITU-T X.690, 8.1.3.6) and DER inside, the content in segments (8.7.3).
//!
//! The ciphertext comes from outside, from WebCrypto or from [`SoftSealer`](super::SoftSealer).

use rand_core::CryptoRng;

use super::ber::{Tag, write};
use super::suite::{ContentCipher, ContentKey, KeyTransport};
use crate::finding::{Finding, Rule};
use crate::pki::Certificate;

/// Bytes in one segment of the content but the last, which has 1 to as many; the reference's buffer size.
pub const SEGMENT: usize = 1000;

/// id-envelopedData, encoded.
const ENVELOPED_DATA: [u8; 11] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x03];
/// id-data, encoded.
const DATA: [u8; 11] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01];
const VERSION_0: [u8; 3] = [0x02, 0x01, 0x00];

/// The content key for a recipient: KeyTransRecipientInfo (RFC 5652, 6.2.1) version 0, by issuer and serial
/// number, DER. It need not stand in the package. The length of the content key is not checked.
///
/// # Errors
/// [`Rule::RecipientKey`] when the certificate has no RSA key or the key is too small.
pub fn recipient_info(
    recipient: &Certificate,
    transport: KeyTransport,
    key: &ContentKey,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, Finding> {
    let public = recipient
        .rsa_public_key()
        .ok_or_else(|| Finding::error(Rule::RecipientKey, "the certificate has no RSA key"))?;
    let encrypted = transport
        .wrap(&public, key, rng)
        .ok_or_else(|| Finding::error(Rule::RecipientKey, "the certificate's key is too small"))?;
    let sequence = |parts: &[&[u8]]| write::der(Tag::SEQUENCE.0, parts);
    let serial = write::der(Tag::INTEGER.0, &[recipient.serial()]);
    let identifier = sequence(&[recipient.issuer_der(), &serial]);
    let encrypted = write::der(Tag::OCTET_STRING.0, &[&encrypted]);
    Ok(sequence(&[&VERSION_0, &identifier, &transport.identifier(), &encrypted]))
}

/// A sealed package under way: the head is written, the content follows.
#[derive(Debug)]
pub struct Sealing {
    /// Ciphertext that does not yet fill a segment.
    pending: Vec<u8>,
}

impl Sealing {
    /// Encrypts the content key to the recipient and appends everything before the content. `key` and `iv`
    /// have the lengths that [`ContentCipher::key_length`] and [`ContentCipher::iv_length`] tell, in bytes.
    ///
    /// # Errors
    /// [`Rule::RecipientKey`] when the certificate has no RSA key or the key is too small;
    /// [`Rule::WriteOrder`] when key or initialisation vector have a wrong length.
    pub fn begin(
        recipient: &Certificate,
        transport: KeyTransport,
        cipher: ContentCipher,
        key: &ContentKey,
        iv: &[u8],
        rng: &mut impl CryptoRng,
        out: &mut Vec<u8>,
    ) -> Result<Self, Finding> {
        if key.as_bytes().len() != cipher.key_length() || iv.len() != cipher.iv_length() {
            return Err(Finding::error(Rule::WriteOrder, "content key or initialisation vector of a wrong length"));
        }
        let info = recipient_info(recipient, transport, key, rng)?;
        out.extend_from_slice(&[0x30, 0x80]);
        out.extend_from_slice(&ENVELOPED_DATA);
        out.extend_from_slice(&[0xA0, 0x80, 0x30, 0x80]);
        out.extend_from_slice(&VERSION_0);
        write::der_tlv(Tag::SET.0, &info, out);
        out.extend_from_slice(&[0x30, 0x80]);
        out.extend_from_slice(&DATA);
        out.extend_from_slice(&cipher.identifier(iv));
        out.extend_from_slice(&[0xA0, 0x80]);
        Ok(Self::after_head())
    }

    /// Goes on behind a head that [`Self::begin`] wrote elsewhere, for example in another thread: nothing of the key is
    /// needed to frame the content. Writes nothing.
    pub fn after_head() -> Self {
        Self { pending: Vec::with_capacity(SEGMENT) }
    }

    /// Takes ciphertext, in pieces of any size, and appends the segments that are full. For GCM the tag is
    /// the last ciphertext.
    pub fn ciphertext(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        if !self.pending.is_empty() {
            let missing = (SEGMENT - self.pending.len()).min(bytes.len());
            self.pending.extend_from_slice(&bytes[..missing]);
            bytes = &bytes[missing..];
            if self.pending.len() < SEGMENT {
                return;
            }
            write::der_tlv(Tag::OCTET_STRING.0, &self.pending, out);
            self.pending.clear();
        }
        let (segments, rest) = bytes.as_chunks::<SEGMENT>();
        for segment in segments {
            write::der_tlv(Tag::OCTET_STRING.0, segment, out);
        }
        self.pending.extend_from_slice(rest);
    }

    /// Appends the last segment, if there is one, and closes the five open structures: 10 bytes of
    /// end-of-contents.
    pub fn finish(self, out: &mut Vec<u8>) {
        if !self.pending.is_empty() {
            write::der_tlv(Tag::OCTET_STRING.0, &self.pending, out);
        }
        for _ in 0..5 {
            out.extend_from_slice(&write::END_OF_CONTENTS);
        }
    }
}
