//! What must not compile: steps that the core's ladder of types does not have. Each rung has a pair of
//! examples that differ in one line: the first takes the step that is there and compiles, the second takes one that is
//! not. Without the first, the second could fail for any reason, a misspelt name among them. The error's number is
//! compared where the compiler lets examples ask for it, which is a nightly one; a stable one sees that it fails.
//!
//! Nothing here runs; `cargo test` compiles the examples.

pub mod findings;
pub mod incoming;
pub mod keys;
pub mod outgoing;
