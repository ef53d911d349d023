//! Digital mail to people (DPI): the business message as the network carries it, and the receipts that come back.
//!
//! The package is sealed first, since the message holds its digest. Then the message is written, signed in
//! two phases and sent as a compact JWS (RFC 7515):
//!
//! ```text
//! Head + Body ── document ──► Sbd ── prepare ──► Unsigned ── the key signs ──► finish ──► JWS
//! JWS ── verify ──► Verified ── read_receipt ──► DpiReceipt
//! ```
//!
//! The message holds a live access token, so what is kept of a letter is another document: the same one with
//! [`WITHHELD`] in the token's place. [`binds`] holds the two against each other.
//!
//! Source: Digdir, Digital postkasse: the network's JSON schemas and the API of its corner 2. Names in
//! parentheses are members of its messages.

mod message;
mod receipt;
mod signed;
mod withheld;

pub use message::{
    Body, DigitalPost, Effective, Head, Notice, PostClass, PostalAddress, PrintColour, PrintPost, ReturnHandling,
    document, process,
};
pub use receipt::{DpiReceipt, Fault, NoticeChannel, STATUSES, TRANSPORT_STATUSES, read_receipt, transport_status};
pub use signed::{Expected, Verified, package_digest, prepare, verify, verify_receipt};
pub use withheld::{WITHHELD, binds, is_withheld, token};

/// Documents at most: the main one and 200 others.
pub const MAX_DOCUMENTS: usize = 201;

#[cfg(test)]
mod tests;
