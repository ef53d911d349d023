//! The lab: a developer drops any artefact and sees what it is, what it holds and what is wrong with it.
//!
//! Nothing leaves the machine: after the page has loaded, the lab makes no request.

mod app;
mod decrypt;
mod findings;
mod hex;
mod intake;
mod state;
pub mod text;
mod tree;

pub use app::Lab;
