//! What has gone wrong elsewhere, one test a class. Each fails when its guard is taken out: every guard of the table was
//! taken out by hand, one at a time, and the named test seen to fail.
//!
//! | Guard, below `shared/src/` (`verify/`, `zip/` and so on in `container/`) | Test that fails without it |
//! | --- | --- |
//! | `seal/suite.rs`, `read_cipher`: nonce of 12 bytes, tag of 16 | `cms_aead_parameters_…` |
//! | `seal/read.rs`, `read_head`: AuthEnvelopedData has a cipher that authenticates | `cms_aead_parameters_…` |
//! | `seal/read.rs`, `read_tail`: the tag itself has 16 bytes | `cms_a_tag_that_is_cut_…` |
//! | `seal/gcm.rs`, `verify` | `gcm_authenticates_every_byte` |
//! | `seal/read.rs`: recipients, nesting of segments; `seal/ber.rs`: nesting | `cms_structures_are_bounded` |
//! | `seal/head.rs`, `read_recipient`: the other four kinds are not read, a sixth is none | `cms_other_kinds_of_recipients_…` |
//! | `seal/read.rs`, `fits` and `end_of`; `seal/ber.rs`: no length of 2^63 | `lengths_that_reach_too_far_…` |
//! | `pki/soft_key.rs`, `unwrap`: a substitute key, for wrong paddings and for wrong lengths | `bleichenbacher_…` |
//! | `verify/files.rs`, `compare`, with the checksums of the zip gone too: those are no guard, but they stand before it | `efail_…` |
//! | `verify/files.rs`, `compare`; `verify.rs`, `Quarantine::content` | `what_comes_out_…` |
//! | `cades/read.rs`: attributes once, with one value, that holds, and not absent | `signed_attributes_…` |
//! | `zip/stream.rs`, `zip/header.rs`, `zip/stream/directory.rs`: each rule by itself | `zip_tricks_…` |
//! | the same for zip64: field, record, locator, end | `zip64_lies_…` |
//! | `verify/files.rs`: what is not covered, what is not there; `verify.rs`: the type comes first | `an_unsigned_file_…`, `dss_removed_…` |
//! | `asic_manifest.rs`: root, one signature, one method | `dss_non_conformant_…` |
//! | `xades/verify.rs`: Ids, one of each, the properties' reference and digest, one qualification, the value | `xml_signature_wrapping_…` |
//! | `dom.rs`: no document type, depth; attributes; comments are no text | `xxe_…`, `many_attributes_…`, `comments_…` |
//!
//! Arcs of object identifiers are decoded by `const-oid`, whose guard was not taken out: `object_identifiers_…` would see
//! it gone. The relay's rows stand in `threats/relay.rs`. `lengths_that_lie_change_nothing` and the fuzz targets hold no guard by name.
#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(dead_code, reason = "the world is shared with the rules' tests")]

#[path = "rules/container.rs"]
mod container;
#[path = "threats/container.rs"]
mod container_threats;
#[path = "threats/relay.rs"]
mod relay;
#[path = "rules/seal.rs"]
mod seal_cases;
#[path = "threats/seal.rs"]
mod seal_threats;
#[path = "rules/signature.rs"]
mod signature;
#[path = "rules/world.rs"]
mod world;
#[path = "threats/xml.rs"]
mod xml_threats;
#[path = "rules/zip.rs"]
mod zip;

use getrandom::SysRng;
use konvolutt_shared::container::verify::verify;
use konvolutt_shared::finding::{Finding, Rule};
use rand_core::UnwrapErr;
use world::World;

/// A rule and what is found when it is broken, as the rules' tests have it.
type Case = (Rule, Vec<Finding>);

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// Names and bytes of the documents, if anything is accepted.
fn documents(world: &World, container: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let (verdict, content) = verify(container, &world.policy);
    let verified = verdict.accept_unchecked().ok()?;
    Some(verified.documents().iter().map(|one| (one.name().to_owned(), content.content(one).to_vec())).collect())
}
