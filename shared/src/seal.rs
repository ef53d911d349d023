//! Sealing: CMS EnvelopedData (RFC 5652, section 6) as the reference writes and reads it.

pub mod ber;
mod head;
#[cfg(feature = "soft-keys")]
mod open;
mod read;
mod soft;
mod suite;
mod write;

pub use head::{KeyRequest, RecipientId, RecipientInfo, SealedHead};
#[cfg(feature = "soft-keys")]
pub use open::{decrypt, open};
pub use read::{SealReader, SealedTail};
pub use soft::{SoftSealer, seal};
pub use suite::{CipherParameters, ContentCipher, ContentKey, KeyTransport};
pub use write::{SEGMENT, Sealing};

#[cfg(all(test, feature = "soft-keys"))]
mod tests;
