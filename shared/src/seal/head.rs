//! What stands before a sealed package's content (RFC 5652, 6.1 and 6.2), and the choice of the recipient.

use super::ber::{BerError, Element, Reader, Tag};
use super::suite::{CipherParameters, KeyTransport, SuiteError, read_transport};
use crate::finding::{Finding, Rule};
use crate::pki::Certificate;

/// Who a recipient info is for: RecipientIdentifier (RFC 5652, 6.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecipientId {
    /// By issuer and serial number: what the reference writes.
    IssuerAndSerial {
        /// The issuer's name, DER, as the package has it.
        issuer: Vec<u8>,
        /// The content octets of the serial number's INTEGER; a leading zero is kept.
        serial: Vec<u8>,
    },
    /// By the octets of the subject key identifier (RFC 5280, 4.2.1.2).
    KeyIdentifier(Vec<u8>),
    /// Key agreement, a shared key, a password or what another standard says (RFC 5652, 6.2.2 to 6.2.5): not
    /// for us, and nothing of it is read.
    Other,
}

/// One recipient of a package: RecipientInfo (RFC 5652, 6.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientInfo {
    /// Who.
    pub id: RecipientId,
    /// How the key travels; `Err` tells what is outside the list, by its object identifier or in English.
    pub transport: Result<KeyTransport, String>,
    /// The encrypted content key, as long as the RSA key's modulus in an honest package; empty for
    /// [`RecipientId::Other`].
    pub encrypted_key: Vec<u8>,
}

/// Everything a package says before its content. Version and originatorInfo are passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedHead {
    /// The recipients, in order, at most [`Limits::recipients`](crate::limits::Limits::recipients); there may
    /// be none.
    pub recipients: Vec<RecipientInfo>,
    /// The content's cipher.
    pub parameters: CipherParameters,
    /// AuthEnvelopedData (RFC 5083): the tag follows the content instead of ending it. Read, never written.
    pub authenticated: bool,
}

/// What a key must do to open a package. Ours, so that a key may be kept anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRequest {
    /// Index, from 0, of the certificate among those given whose key it is.
    pub certificate: usize,
    /// How the content key was encrypted.
    pub transport: KeyTransport,
    /// The encrypted content key, as the package has it.
    pub encrypted_key: Vec<u8>,
}

impl SealedHead {
    /// Chooses the first recipient that is one of the certificates, by issuer and serial or by key
    /// identifier. Never by trying: with implicit rejection the wrong key gives a key too, and then garbage.
    ///
    /// # Errors
    /// [`Rule::SealRecipient`] when it is sealed to none of the certificates, [`Rule::SealTransport`] when it is,
    /// but in a way outside the list.
    pub fn key_request(&self, certificates: &[Certificate]) -> Result<KeyRequest, Finding> {
        let chosen = self.recipients.iter().find_map(|recipient| {
            let index = certificates.iter().position(|certificate| recipient.is_for(certificate))?;
            Some((index, recipient))
        });
        let (certificate, recipient) = chosen.ok_or_else(|| Rule::SealRecipient.broken())?;
        let transport = recipient.transport.clone().map_err(|what| Rule::SealTransport.broken().seen(what))?;
        Ok(KeyRequest { certificate, transport, encrypted_key: recipient.encrypted_key.clone() })
    }
}

impl RecipientInfo {
    /// Reads one that stands for itself, outside a package, BER or DER, with nothing after it.
    ///
    /// # Errors
    /// [`Rule::SealEncoding`] for anything else. Another key transport than those of the list is no error here.
    pub fn read(der: &[u8]) -> Result<Self, Finding> {
        let broken = |_: BerError| Rule::SealEncoding.broken();
        let mut reader = Reader::new(der);
        let info = read_recipient(&reader.require().map_err(broken)?).map_err(broken)?;
        reader.end().map_err(broken)?;
        Ok(info)
    }

    /// Whether it names this certificate. Issuer, serial number and key identifier are compared octet by octet.
    pub fn is_for(&self, certificate: &Certificate) -> bool {
        match &self.id {
            RecipientId::IssuerAndSerial { issuer, serial } => {
                issuer == certificate.issuer_der() && serial == certificate.serial()
            }
            RecipientId::KeyIdentifier(identifier) => certificate.key_identifier().as_ref() == Some(identifier),
            RecipientId::Other => false,
        }
    }
}

/// Reads one RecipientInfo.
pub(super) fn read_recipient(element: &Element<'_>) -> Result<RecipientInfo, BerError> {
    if (1..=4).any(|number| element.tag == Tag::context(number)) {
        return Ok(RecipientInfo {
            id: RecipientId::Other,
            transport: Err("not key transport".to_owned()),
            encrypted_key: Vec::new(),
        });
    }
    let mut fields = element.expect(Tag::SEQUENCE)?.children();
    fields.expect(Tag::INTEGER)?;
    let identifier = fields.require()?;
    let id = if identifier.tag == Tag::SEQUENCE {
        let mut parts = identifier.children();
        let issuer = parts.expect(Tag::SEQUENCE)?.raw.to_vec();
        let serial = parts.expect(Tag::INTEGER)?.content.to_vec();
        RecipientId::IssuerAndSerial { issuer, serial }
    } else if identifier.tag == Tag::context_primitive(0) {
        RecipientId::KeyIdentifier(identifier.content.to_vec())
    } else if identifier.tag == Tag::context(0) {
        // BER: the identifier in segments.
        RecipientId::KeyIdentifier(identifier.octets()?.into_owned())
    } else {
        RecipientId::Other
    };
    let transport = match read_transport(&fields.require()?) {
        Ok(transport) => Ok(transport),
        Err(SuiteError::Unsupported(what)) => Err(what),
        Err(SuiteError::Ber(error)) => return Err(error),
    };
    let encrypted_key = fields.require()?;
    if !matches!(encrypted_key.tag, Tag::OCTET_STRING | Tag::OCTET_STRING_CONSTRUCTED) {
        return Err(encrypted_key.error(super::ber::BerErrorKind::Unexpected));
    }
    let encrypted_key = encrypted_key.octets()?.into_owned();
    fields.end()?;
    Ok(RecipientInfo { id, transport, encrypted_key })
}
