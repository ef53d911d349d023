//! What the pages do, without a page: pure state and steps, tested natively.

pub mod approval;
pub mod compose;
pub mod glossary;
pub mod inbox;
pub mod sendings;
pub mod timeline;
pub mod trouble;
pub mod warnings;
