//! What stands before a sealed package's content, and the choice of the recipient.

use super::ber::{BerError, Element, Reader, Tag};
use super::suite::{CipherParameters, KeyTransport, SuiteError, read_transport};
use crate::finding::{Finding, Rule};
use crate::pki::Certificate;

/// Who a recipient info is for (RFC 5652, 6.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecipientId {
    /// By issuer (DER) and serial number (octets): what the reference writes.
    IssuerAndSerial {
        /// The issuer's name, DER.
        issuer: Vec<u8>,
        /// The serial number's octets.
        serial: Vec<u8>,
    },
    /// By subject key identifier.
    KeyIdentifier(Vec<u8>),
    /// Key agreement, a shared key, a password or what another standard says: not for us, and nothing of it is read.
    Other,
}

/// One recipient of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientInfo {
    /// Who.
    pub id: RecipientId,
    /// How the key travels; `Err` holds the object identifier of one outside the list.
    pub transport: Result<KeyTransport, String>,
    /// The encrypted content key.
    pub encrypted_key: Vec<u8>,
}

/// Everything a package says before its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedHead {
    /// The recipients, in order.
    pub recipients: Vec<RecipientInfo>,
    /// The content's cipher.
    pub parameters: CipherParameters,
    /// AuthEnvelopedData (RFC 5083): the tag follows the content instead of ending it. Read, never written.
    pub authenticated: bool,
}

/// What a key must do to open a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRequest {
    /// Index of the certificate, among those given, whose key it is.
    pub certificate: usize,
    /// How the content key was encrypted.
    pub transport: KeyTransport,
    /// The encrypted content key.
    pub encrypted_key: Vec<u8>,
}

impl SealedHead {
    /// Chooses the recipient by issuer and serial or by key identifier. Never by trying: with implicit rejection the
    /// wrong key gives a key too, and then garbage.
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
    /// Reads one that stands for itself, outside a package.
    ///
    /// # Errors
    /// [`Rule::SealEncoding`] for anything else.
    pub fn read(der: &[u8]) -> Result<Self, Finding> {
        let broken = |_: BerError| Rule::SealEncoding.broken();
        let mut reader = Reader::new(der);
        let info = read_recipient(&reader.require().map_err(broken)?).map_err(broken)?;
        reader.end().map_err(broken)?;
        Ok(info)
    }

    /// Whether it names this certificate.
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
