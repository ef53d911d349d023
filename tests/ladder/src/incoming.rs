//! From foreign bytes to documents.

/// An [`Opened`](konvolutt_shared::container::Opened) container has no way to a document but its verification.
///
/// ```
/// # use konvolutt_shared::{container::{Opened, Refusal, VerifiedDocument, VerifyPolicy}};
/// fn documents(opened: Opened, policy: &VerifyPolicy) -> Result<Vec<VerifiedDocument>, Refusal> {
///     Ok(opened.verify(policy).good()?.documents().to_vec())
/// }
/// ```
///
/// ```compile_fail,E0599
/// # use konvolutt_shared::{container::{Opened, Refusal, VerifiedDocument, VerifyPolicy}};
/// fn documents(opened: Opened, policy: &VerifyPolicy) -> Result<Vec<VerifiedDocument>, Refusal> {
///     Ok(opened.documents().to_vec())
/// }
/// ```
///
/// ```compile_fail,E0616
/// # use konvolutt_shared::{container::{Opened, Refusal, VerifiedDocument, VerifyPolicy}};
/// fn documents(opened: Opened, policy: &VerifyPolicy) -> Result<Vec<VerifiedDocument>, Refusal> {
///     Ok(opened.documents)
/// }
/// ```
pub mod opened {}

/// A [`Verdict`](konvolutt_shared::container::Verdict) gives its documents to those alone who say what is to become of one
/// that is not good.
///
/// ```
/// # use konvolutt_shared::container::{Undetermined, Verdict, Verified};
/// fn verified(verdict: Verdict) -> Option<Verified> {
///     match verdict {
///         Verdict::Good(verified) => Some(verified),
///         Verdict::Undetermined(open) => Some(open.accept_unchecked()),
///         Verdict::Bad(_) => None,
///     }
/// }
/// ```
///
/// ```compile_fail,E0616
/// # use konvolutt_shared::container::{Undetermined, Verdict, Verified};
/// fn verified(verdict: Verdict) -> Option<Verified> {
///     match verdict {
///         Verdict::Good(verified) => Some(verified),
///         Verdict::Undetermined(open) => Some(open.0),
///         Verdict::Bad(_) => None,
///     }
/// }
/// ```
///
/// ```compile_fail,E0599
/// # use konvolutt_shared::container::{Undetermined, Verdict, Verified};
/// fn verified(verdict: Verdict) -> Option<Verified> {
///     verdict.documents();
///     None
/// }
/// ```
pub mod verdict {}

/// A [`Verified`](konvolutt_shared::container::Verified) container is made by a verification alone.
///
/// ```
/// # use konvolutt_shared::container::{Verified, VerifiedDocument};
/// fn documents(verified: Verified, documents: Vec<VerifiedDocument>) -> Vec<VerifiedDocument> {
///     verified.documents().to_vec()
/// }
/// ```
///
/// ```compile_fail,E0451
/// # use konvolutt_shared::container::{Verified, VerifiedDocument};
/// fn documents(verified: Verified, documents: Vec<VerifiedDocument>) -> Vec<VerifiedDocument> {
///     Verified { documents, ..verified }.documents().to_vec()
/// }
/// ```
pub mod verified {}

/// A [`VerifiedDocument`](konvolutt_shared::container::VerifiedDocument) cannot be made or moved to other bytes.
///
/// ```
/// # use konvolutt_shared::container::{Quarantine, VerifiedDocument};
/// fn content<'a>(quarantine: &'a Quarantine, document: &VerifiedDocument) -> &'a [u8] {
///     quarantine.content(document)
/// }
/// fn size(document: &VerifiedDocument) -> u64 {
///     document.range().end - document.range().start
/// }
/// ```
///
/// ```compile_fail,E0451
/// # use konvolutt_shared::container::{Quarantine, VerifiedDocument};
/// fn content<'a>(quarantine: &'a Quarantine, document: &VerifiedDocument) -> &'a [u8] {
///     quarantine.content(&VerifiedDocument { range: 0..10, ..document.clone() })
/// }
/// ```
///
/// ```compile_fail,E0616
/// # use konvolutt_shared::container::{Quarantine, VerifiedDocument};
/// fn content<'a>(quarantine: &'a Quarantine, document: &mut VerifiedDocument) -> &'a [u8] {
///     document.range = 0..10;
///     quarantine.content(document)
/// }
/// ```
///
/// ```compile_fail,E0616
/// # use konvolutt_shared::container::{Quarantine, VerifiedDocument};
/// fn content<'a>(quarantine: &'a Quarantine, document: &VerifiedDocument) -> &'a [u8] {
///     &quarantine.bytes
/// }
/// ```
pub mod document {}
