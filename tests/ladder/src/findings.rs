//! Nothing is found without a rule.

/// A [`Finding`](konvolutt_shared::finding::Finding) is made from the [`Rule`](konvolutt_shared::finding::Rule) that was
/// broken; a code alone, which several rules share, makes none.
///
/// ```
/// # use konvolutt_shared::finding::{Finding, Rule};
/// fn found() -> Finding {
///     Finding::error(Rule::ZipGap, "bytes between two entries")
/// }
/// fn rule(finding: &Finding) -> Rule {
///     finding.rule
/// }
/// ```
///
/// ```compile_fail,E0308
/// # use konvolutt_shared::finding::{Code, Finding};
/// fn found() -> Finding {
///     Finding::error(Code::ZipInconsistent, "bytes between two entries")
/// }
/// ```
///
/// Nor can one be put together without.
///
/// ```
/// # use konvolutt_shared::finding::{Finding, Rule};
/// fn graver(found: Finding) -> Finding {
///     Finding { rule: Rule::ZipGap, ..found }
/// }
/// ```
///
/// ```compile_fail,E0308
/// # use konvolutt_shared::finding::{Finding, Rule};
/// fn graver(found: Finding) -> Finding {
///     Finding { rule: None, ..found }
/// }
/// ```
pub mod rules {}
