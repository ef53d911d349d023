//! What stands before a sealed package's content (RFC 5652, 6.1 and 6.2), and the choice of the recipient.

use std::fmt;

use der::Decode;
use x509_cert::name::Name;

use super::ber::{BerError, Element, Reader, Tag};
use super::suite::{CipherParameters, KeyTransport, SuiteError, read_transport};
use crate::finding::{Finding, Place, Rule};
use crate::pki::Certificate;

/// Who a recipient info is for: RecipientIdentifier (RFC 5652, 6.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecipientId {
    /// By issuer and serial number: what the reference writes.
    IssuerAndSerial {
        /// The issuer's name in DER, whose lengths the package may have in BER.
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
    /// identifier, and whose key travels in a way of the list. Never by trying: with implicit rejection the wrong key
    /// gives a key too, and then garbage.
    ///
    /// # Errors
    /// [`Rule::SealRecipient`] when it is sealed to none of the certificates, with those that it is sealed to;
    /// [`Rule::SealTransport`] when it is, but each time in a way outside the list.
    pub fn key_request(&self, certificates: &[Certificate]) -> Result<KeyRequest, Finding> {
        let mut unsupported = None;
        for recipient in &self.recipients {
            let Some(certificate) = certificates.iter().position(|one| recipient.is_for(one)) else { continue };
            match &recipient.transport {
                Ok(transport) => {
                    let encrypted_key = recipient.encrypted_key.clone();
                    return Ok(KeyRequest { certificate, transport: *transport, encrypted_key });
                }
                Err(what) => unsupported = unsupported.or(Some(what)),
            }
        }
        Err(match unsupported {
            Some(what) => Rule::SealTransport.broken().seen(what),
            None => Rule::SealRecipient.broken().seen(self.recipients_text()),
        }
        .at(Place::path("cms:")))
    }

    /// The recipients for a finding: the first of them, and how many more there are.
    fn recipients_text(&self) -> String {
        const SHOWN: usize = 4;
        let mut shown: Vec<_> = self.recipients.iter().take(SHOWN).map(|recipient| recipient.id.to_string()).collect();
        match self.recipients.len().saturating_sub(SHOWN) {
            0 if shown.is_empty() => return "sealed to nobody".to_owned(),
            0 => {}
            more => shown.push(format!("{more} more")),
        }
        // Names may be as long as the whole head.
        format!("sealed to {}", shown.join("; ")).chars().take(1000).collect()
    }
}

/// For findings: issuer (RFC 4514) and serial number, or key identifier, in upper-case hexadecimal.
impl fmt::Display for RecipientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hexadecimal = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02X}")).collect::<String>();
        match self {
            Self::IssuerAndSerial { issuer, serial } => {
                let serial = serial.strip_prefix(&[0]).filter(|rest| !rest.is_empty()).unwrap_or(serial);
                let issuer =
                    Name::from_der(issuer).map_or("an issuer that cannot be read".to_owned(), |n| n.to_string());
                write!(f, "serial {} of {issuer}", hexadecimal(serial))
            }
            Self::KeyIdentifier(identifier) => write!(f, "key identifier {}", hexadecimal(identifier)),
            Self::Other => f.write_str("somebody without a certificate"),
        }
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

    /// Whether it names this certificate. Issuers are compared as names (RFC 5280, 7.1), serial numbers and key
    /// identifiers octet by octet.
    pub fn is_for(&self, certificate: &Certificate) -> bool {
        match &self.id {
            RecipientId::IssuerAndSerial { issuer, serial } => {
                serial == certificate.serial() && certificate.has_issuer(issuer)
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
        let issuer = parts.expect(Tag::SEQUENCE)?;
        // What has no DER names nobody's certificate.
        let issuer = issuer.to_der().unwrap_or_else(|_| issuer.raw.to_vec());
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
    let encrypted_key = fields.require()?.octet_string()?.into_owned();
    fields.end()?;
    Ok(RecipientInfo { id, transport, encrypted_key })
}
