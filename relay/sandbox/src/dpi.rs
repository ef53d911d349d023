//! The access point of digital post to people, corner 2 (Digdir, Digital postkasse): senders hand letters in and fetch
//! receipts, providers fetch letters and hand receipts in.
//!
//! It carries what it cannot read. Packages stay sealed to the provider; messages, which hold a live token and addresses,
//! are sealed to the access point itself while they wait, and forgotten once they have been read.

mod check;
mod http;
mod problem;
mod query;
mod request;
pub mod state;
mod store;

pub(crate) use self::http::routes;
pub(crate) use self::store::Store;

/// What a client must have to use it.
pub(crate) const SCOPE: &str = "digitalpostinnbygger:send";
