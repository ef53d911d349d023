//! The frame that another site embeds: the compose page, compact.
//!
//! The host is told what happens (`efm-…` events) and never what is written.

mod app;
mod host;

pub use app::Widget;
