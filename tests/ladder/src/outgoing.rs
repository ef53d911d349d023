//! From what a person wrote to what a broker carries.

/// A [`Letter`](konvolutt_shared::letter::Letter) is a draft that has passed every rule.
///
/// ```
/// use konvolutt_shared::letter::{Draft, Letter, check};
/// # use konvolutt_shared::{address::Capability, finding::Finding};
/// fn letter(draft: Draft, capability: &Capability) -> Result<Letter, Vec<Finding>> {
///     check(&draft, capability)
/// }
/// ```
///
/// ```compile_fail,E0451
/// use konvolutt_shared::letter::{Draft, Letter, check};
/// # use konvolutt_shared::{address::Capability, finding::Finding};
/// fn letter(draft: Draft, other: Letter) -> Result<Letter, Vec<Finding>> {
///     Ok(Letter { draft, ..other })
/// }
/// ```
///
/// And nobody changes it afterwards.
///
/// ```
/// # use konvolutt_shared::letter::Letter;
/// fn title(letter: &Letter) -> String {
///     letter.title().to_owned()
/// }
/// ```
///
/// ```compile_fail,E0616
/// # use konvolutt_shared::letter::Letter;
/// fn title(letter: &mut Letter) -> String {
///     std::mem::take(&mut letter.draft.title)
/// }
/// ```
pub mod letter {}

/// An [`OrganisationNumber`](konvolutt_shared::identifier::OrganisationNumber) has passed its check digit.
///
/// ```
/// use konvolutt_shared::identifier::{IdentifierError, OrganisationNumber};
/// fn number() -> Result<OrganisationNumber, IdentifierError> {
///     OrganisationNumber::parse("310900117")
/// }
/// ```
///
/// ```compile_fail,E0423
/// use konvolutt_shared::identifier::{IdentifierError, OrganisationNumber};
/// fn number() -> Result<OrganisationNumber, IdentifierError> {
///     Ok(OrganisationNumber(*b"310900118"))
/// }
/// ```
pub mod identifier {}

/// A container is closed by a signature alone.
///
/// ```
/// # use konvolutt_shared::{container::{ContainerWriter, SignatureDigest, ToBeSigned}, finding::Finding, pki::Certificate};
/// # type Chain<'a> = &'a [Certificate];
/// fn close(container: ContainerWriter, chain: Chain<'_>, value: &[u8], out: &mut Vec<u8>) -> Result<(), Finding> {
///     let unsigned = container.prepare(chain, SignatureDigest::Sha256, jiff::Timestamp::MIN, uuid::Uuid::nil(), out)?;
///     unsigned.finish(value, out)
/// }
/// ```
///
/// ```compile_fail,E0599
/// # use konvolutt_shared::{container::{ContainerWriter, SignatureDigest, ToBeSigned}, finding::Finding, pki::Certificate};
/// # type Chain<'a> = &'a [Certificate];
/// fn close(container: ContainerWriter, chain: Chain<'_>, value: &[u8], out: &mut Vec<u8>) -> Result<(), Finding> {
///     container.finish(value, out)
/// }
/// ```
///
/// And by one signature.
///
/// ```compile_fail,E0382
/// # use konvolutt_shared::{container::{ContainerWriter, SignatureDigest, ToBeSigned}, finding::Finding, pki::Certificate};
/// # type Chain<'a> = &'a [Certificate];
/// fn close(container: ContainerWriter, chain: Chain<'_>, value: &[u8], out: &mut Vec<u8>) -> Result<(), Finding> {
///     let unsigned = container.prepare(chain, SignatureDigest::Sha256, jiff::Timestamp::MIN, uuid::Uuid::nil(), out)?;
///     unsigned.finish(value, out)?;
///     unsigned.finish(value, out)
/// }
/// ```
///
/// What was prepared for one key is not another's.
///
/// ```compile_fail,E0451
/// # use konvolutt_shared::{container::{ContainerWriter, SignatureDigest, ToBeSigned}, finding::Finding, pki::Certificate};
/// fn close(unsigned: ToBeSigned, leaf: Certificate, value: &[u8], out: &mut Vec<u8>) -> Result<(), Finding> {
///     ToBeSigned { leaf, ..unsigned }.finish(value, out)
/// }
/// ```
pub mod container {}

/// An envelope that lacks its signature comes from `prepare` alone, and its signature comes last.
///
/// ```
/// # use konvolutt_shared::{envelope::{self, EnvelopeClaims, OutgoingEnvelope, Unsigned}, finding::Finding, jws, pki::Certificate};
/// fn unsigned(claims: &EnvelopeClaims, chain: &[Certificate], text: jws::Unsigned) -> Result<Unsigned, Finding> {
///     envelope::prepare(claims, chain, jws::Algorithm::Rs256)
/// }
/// fn signed(unsigned: Unsigned, signature: &[u8]) -> OutgoingEnvelope {
///     unsigned.finish(signature)
/// }
/// ```
///
/// ```compile_fail,E0423
/// # use konvolutt_shared::{envelope::{self, EnvelopeClaims, OutgoingEnvelope, Unsigned}, finding::Finding, jws, pki::Certificate};
/// fn unsigned(claims: &EnvelopeClaims, chain: &[Certificate], text: jws::Unsigned) -> Result<Unsigned, Finding> {
///     Ok(Unsigned(text))
/// }
/// ```
///
/// ```compile_fail,E0616
/// # use konvolutt_shared::{envelope::{self, EnvelopeClaims, OutgoingEnvelope, Unsigned}, finding::Finding, jws, pki::Certificate};
/// fn signed(unsigned: Unsigned, signature: &[u8]) -> OutgoingEnvelope {
///     let _ = unsigned.0;
///     unsigned.finish(signature)
/// }
/// ```
///
/// ```compile_fail,E0423
/// # use konvolutt_shared::{envelope::{self, EnvelopeClaims, OutgoingEnvelope, Unsigned}, finding::Finding, jws, pki::Certificate};
/// fn signed(unsigned: Unsigned, signature: &[u8]) -> OutgoingEnvelope {
///     OutgoingEnvelope(String::new())
/// }
/// ```
///
/// What the relay lets in has been verified, and by nobody else.
///
/// ```
/// # use konvolutt_shared::{envelope::{self, EnvelopeClaims, VerifiedEnvelope, VerifyEnvelope}, finding::Finding};
/// fn verified(text: &str, expected: &VerifyEnvelope, claims: EnvelopeClaims) -> Result<VerifiedEnvelope, Vec<Finding>> {
///     envelope::verify(text, expected)
/// }
/// ```
///
/// ```compile_fail,E0639
/// # use konvolutt_shared::{envelope::{self, EnvelopeClaims, VerifiedEnvelope, VerifyEnvelope}, finding::Finding};
/// fn verified(text: &str, expected: &VerifyEnvelope, claims: EnvelopeClaims) -> Result<VerifiedEnvelope, Vec<Finding>> {
///     let verified = envelope::verify(text, expected)?;
///     Ok(VerifiedEnvelope { claims, ..verified })
/// }
/// ```
pub mod envelope {}

/// How a recipient is reached is chosen from what the registry has signed.
///
/// ```
/// # use konvolutt_shared::{address::{Addressed, RegistryAnswer, Ways, choose}, finding::Finding, pki::{Certificate, Policy}};
/// fn addressed(answer: &RegistryAnswer, policy: &Policy, certificate: Certificate) -> Result<Addressed, Vec<Finding>> {
///     choose(answer, "process", "type", policy, Ways::default())
/// }
/// ```
///
/// ```compile_fail,E0639
/// # use konvolutt_shared::{address::{Addressed, RegistryAnswer, Ways, choose}, finding::Finding, pki::{Certificate, Policy}};
/// fn addressed(answer: &RegistryAnswer, policy: &Policy, certificate: Certificate) -> Result<Addressed, Vec<Finding>> {
///     Ok(Addressed { certificate, ..choose(answer, "process", "type", policy, Ways::default())? })
/// }
/// ```
pub mod address {}
