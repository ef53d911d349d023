//! Altinn 3 Correspondence (`brokers.md` 2): the inbox of organisations and people. It reads what it carries, and so
//! does the real one.

pub mod state;
