//! Portal, widget frame, lab and cryptographic worker of Konvolutt.
//!
//! Rules and reducers are plain Rust with native tests (`flow`, `text`); Yew is a skin over them. HTTP lives in
//! `backend`, keys and cryptography in the worker behind `vault`.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod backend;
pub mod flow;
pub mod lab;
pub mod portal;
pub mod protocol;
pub mod text;
pub mod ui;
pub mod vault;
pub mod widget;
pub mod worker;
