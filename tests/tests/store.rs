//! What every store promises, asked of each of them: the same tests on SQLite and on PostgreSQL.
#![allow(clippy::unwrap_used)]

#[path = "store/approval.rs"]
mod approval;
#[path = "store/audit.rs"]
mod audit;
#[path = "store/hooks.rs"]
mod hooks;
#[path = "store/identity.rs"]
mod identity;
#[path = "store/kept.rs"]
mod kept;
#[path = "store/log.rs"]
mod log;
#[path = "store/post.rs"]
mod post;
#[path = "store/queue.rs"]
mod queue;
#[path = "store/rest.rs"]
mod rest;
#[path = "store/shared.rs"]
mod shared;
