//! Sealing: CMS EnvelopedData (RFC 5652, section 6), written as the reference writes it: integrasjonspunkt
//! with Bouncy Castle's `CMSEnvelopedDataStreamGenerator`. More is read than is written: AuthEnvelopedData
//! (RFC 5083) too, BER and DER, and the suites of [`KeyTransport`] and [`ContentCipher`].

pub mod ber;
mod decrypt;
mod gcm;
mod head;
#[cfg(feature = "soft-keys")]
mod open;
mod read;
mod soft;
mod suite;
mod write;

pub use decrypt::{ContentDecryptor, decrypt};
pub use gcm::GcmAuthenticator;
pub use head::{KeyRequest, RecipientId, RecipientInfo, SealedHead};
#[cfg(feature = "soft-keys")]
pub use open::{SoftOpener, open};
pub use read::{SealReader, SealedTail};
pub use soft::{SoftSealer, seal, seal_as};
pub use suite::{CipherParameters, ContentCipher, ContentKey, KeyTransport, OaepHash, Suite};
pub use write::{SEGMENT, Sealing, recipient_info};

#[cfg(all(test, feature = "soft-keys"))]
mod tests;
