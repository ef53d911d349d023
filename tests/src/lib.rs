//! Helpers for the tests that look at Konvolutt from outside: they start the built server as anyone would.
//!
//! Nothing depends on this crate.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod server;

pub use server::Server;
