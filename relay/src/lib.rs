//! The relay: verifies signed envelopes, stores them durably, forwards them, and brings back receipts and incoming
//! envelopes. It holds no recipient's key and has no function that opens a sealed package.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod accept;
pub mod answer;
pub mod app;
pub mod approval;
pub mod audit;
pub mod backup;
pub mod broker;
pub mod channel;
pub mod clock;
pub mod collect;
pub mod config;
pub mod deliver;
pub mod directory;
pub mod disk;
pub mod doctor;
pub mod evidence;
pub mod files;
pub mod follow;
pub mod health;
pub mod http;
pub mod identity;
pub mod inbox;
pub mod limit;
pub mod listen;
pub mod lock;
pub mod message;
pub mod observe;
pub mod once;
pub mod outbox;
pub mod packages;
pub mod problem;
pub mod realm;
pub mod serve;
pub mod store;
pub mod system_user;
pub mod upload;
pub mod webhook;
