//! What somebody does who is no client of ours: a started server, and bytes over TCP.
#![allow(clippy::unwrap_used)]

#[path = "locked/limits.rs"]
mod limits;
#[path = "locked/paths.rs"]
mod paths;
#[path = "locked/responses.rs"]
mod responses;
#[path = "locked/slow.rs"]
mod slow;
#[path = "locked/smuggling.rs"]
mod smuggling;
#[path = "locked/wire.rs"]
mod wire;
