//! What a stranger repeats is told a hundred times, and refuses all the same.

use super::*;
use crate::finding::{Finding, Findings};

fn assert_bounded(findings: &[Finding]) {
    assert!(findings.iter().any(Finding::refuses) && findings.len() < 2 * Findings::MAX, "{}", findings.len());
    assert!(findings.last().unwrap().message.contains("not listed"));
}

#[test]
fn what_is_wrong_with_many_documents_or_fields_is_bounded() {
    assert_bounded(&document_problems(true, std::iter::repeat_n(("", "application/pdf", 1), 1000)));
    let mut made = mapped(|_| {}, |_| {});
    made.metadata.extra = vec![Extra { key: String::new(), value: String::new() }; 1000];
    assert_bounded(&made.problems());
}

#[test]
fn what_is_missing_of_a_long_list_is_bounded() {
    let file = |number: i32| FileMetadata { name: format!("{number}.pdf"), ..FileMetadata::default() };
    let received = Received { files: (0..1000).map(file).collect(), ..Received::default() };
    assert_bounded(&documents(b"%PDF-1.7", &received, &crate::limits::Limits::default()).unwrap_err());
}
