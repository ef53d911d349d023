//! What a request's address asks for.

use serde::Deserialize;

use super::problem::{Flaw, Problem};
use super::state::Filter;

/// The longest name of a queue.
const MAX_CHANNEL: usize = 28;

/// How many messages a page holds when nothing is asked for, and at most.
const PAGE: usize = 25;
const MAX_PAGE: usize = 100;

/// `?kanal=` of a message that is handed in.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Channel {
    kanal: Option<String>,
}

impl Channel {
    /// The queue's name in lower case: names differ in more than case.
    pub(super) fn check(&self) -> Result<String, Problem> {
        let name = self.kanal.as_deref().unwrap_or_default();
        let fits = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        if name.len() > MAX_CHANNEL || !fits {
            return Err(Problem::invalid(Flaw::Request, "kanal is at most 28 of A-Z, a-z, 0-9, _ and -"));
        }
        Ok(name.to_ascii_lowercase())
    }
}

/// The address of a list. Pages count from 0; the description tells no more of them than their names.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Query {
    avsenderidentifikator: Option<String>,
    kanal: Option<String>,
    page_size: Option<usize>,
    page: Option<usize>,
}

/// A page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) size: usize,
    pub(super) number: usize,
}

impl Query {
    pub(super) fn check(self) -> Result<(Filter, Page), Problem> {
        let channel = Channel { kanal: self.kanal }.check()?;
        let size = self.page_size.unwrap_or(PAGE);
        if size == 0 || size > MAX_PAGE {
            return Err(Problem::invalid(Flaw::Request, "page_size is 1 to 100"));
        }
        let unit = self.avsenderidentifikator.filter(|unit| !unit.is_empty());
        Ok((Filter { channel, unit }, Page { size, number: self.page.unwrap_or_default() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels() {
        for (name, channel) in [("", Some("")), ("Solvik_1-a", Some("solvik_1-a")), ("a b", None), ("æ", None)] {
            assert_eq!(Channel { kanal: Some(name.to_owned()) }.check().ok().as_deref(), channel, "{name}");
        }
        let long = |length| Channel { kanal: Some("x".repeat(length)) }.check().is_ok();
        assert!(long(28) && !long(29));
    }

    #[test]
    fn pages() {
        let page = |size, page| Query { page_size: size, page, ..Query::default() }.check().ok().map(|(_, page)| page);
        assert_eq!(page(None, None), Some(Page { size: 25, number: 0 }));
        assert_eq!(page(Some(100), Some(3)), Some(Page { size: 100, number: 3 }));
        assert_eq!((page(Some(0), None), page(Some(101), None)), (None, None));
    }
}
