//! ASiC-E containers (ETSI EN 319 162-1, 4.4), as eFormidling uses them: a zip of documents with a detached
//! signature, either CMS over an `ASiCManifest.xml` (4.4.4: DPO, "CAdES") or XML-DSig (4.4.3: DPI, XAdES). The
//! reference is Digdir's `commons-asic`.
//!
//! Writing is streaming and in two phases, so that the key can live anywhere. Reading is streaming too and trusts
//! nothing: the only way from [`Opened`] bytes to a document is [`verify`](verify::Opened::verify).

pub mod asic_manifest;
pub(crate) mod c14n;
pub mod cades;
pub mod digest;
pub(crate) mod dom;
pub mod manifest;
mod name;
pub mod verify;
pub mod write;
pub mod xades;
pub mod zip;

pub use manifest::{BusinessManifest, DpoManifest, SdpManifest};
pub use name::entry_names;
pub use verify::{
    ContainerReader, Opened, Quarantine, Refusal, Signer, Undetermined, Verdict, Verified, VerifiedDocument,
    VerifyPolicy,
};
pub use write::{ContainerWriter, DocumentHead, Profile, SignatureDigest, ToBeSigned, business_manifest, sdp_manifest};

/// The media type of an ASiC-E container (ETSI EN 319 162-1, A.2); also the exact content of its `mimetype`
/// entry, 31 bytes without a line end (A.1).
pub const ASIC_E: &str = "application/vnd.etsi.asic-e+zip";

/// The folder that holds manifests and signatures, with its slash (ETSI EN 319 162-1, 4.4.3.2 and 4.4.4.2).
pub const METADATA_FOLDER: &str = "META-INF/";

/// Whether this entry name lies in `META-INF`, in any case: readers of the field do not heed case.
pub fn is_metadata(name: &str) -> bool {
    name.get(..METADATA_FOLDER.len()).is_some_and(|head| head.eq_ignore_ascii_case(METADATA_FOLDER))
}
