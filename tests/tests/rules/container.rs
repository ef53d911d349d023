//! The container: mimetype, META-INF, manifests and digests.

use konvolutt_shared::container::Profile;
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::limits::Limits;

use super::world::{World, along, assemble, entries, packed, with_entry, with_text};
use crate::Case;

const MANIFEST: &str = "META-INF/ASiCManifest.xml";

fn without(container: &[u8], gone: impl Fn(&str) -> bool) -> Vec<u8> {
    let mut all = entries(container);
    all.retain(|(name, _)| !gone(name));
    assemble(&all)
}

fn with(container: &[u8], name: &str, content: &[u8]) -> Vec<u8> {
    let mut all = entries(container);
    all.push((name.to_owned(), content.to_vec()));
    assemble(&all)
}

pub(crate) fn cases(world: &World) -> Vec<Case> {
    let good = &world.cades;
    let in_metadata = |name: &str| name.starts_with("META-INF/");
    vec![
        (Rule::Mimetype, world.found(&with_entry(good, "mimetype", |_| b"application/zip".to_vec()))),
        (Rule::Mimetype, world.found(&without(good, |name| name == "mimetype"))),
        (Rule::MetadataKnown, world.found(&with(good, "META-INF/notes.txt", b"hei"))),
        (Rule::ManifestPresent, world.found(&without(good, |name| name == MANIFEST))),
        // Neither: both are told.
        along(Rule::SignaturePresent, &[Rule::ManifestPresent], world.found(&without(good, in_metadata))),
        (Rule::ManifestSignature, world.found(&without(good, |name| name.ends_with(".p7s")))),
        (Rule::ManifestXml, world.found(&with_text(good, MANIFEST, "</ASiCManifest>", "</x>"))),
        (Rule::ManifestXml, world.found(&with_text(good, MANIFEST, "<ASiCManifest", "<!DOCTYPE a><ASiCManifest"))),
        (
            Rule::ManifestStructure,
            world.found(&with_text(good, MANIFEST, "<DataObjectReference URI", "<DataObjectReference Uri")),
        ),
        along(
            Rule::ManifestEmpty,
            &[Rule::FileCovered, Rule::DocumentPresent, Rule::AttributeDigest],
            world.found(&empty_manifest(good)),
        ),
        (Rule::FilePresent, absent(world)),
        along(Rule::ReferenceOnce, &[Rule::AttributeDigest], world.found(&repeated_reference(good))),
        (Rule::FileDigest, world.found(&with_entry(good, "vedlegg.txt", |_| b"noe annet".to_vec()))),
        (Rule::FileCovered, world.found(&with(good, "ekstra.txt", b"hei"))),
        along(
            Rule::DocumentPresent,
            &[Rule::FilePresent],
            world.found(&without(good, |name| name.ends_with(".txt") || name == "manifest.xml")),
        ),
        (
            Rule::FileDigestAlgorithm,
            world.found(&with_text(good, MANIFEST, "2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1")),
        ),
        (
            Rule::MetadataSize,
            world.found_by(good, |policy| policy.limits = Limits { metadata_bytes: 2000, ..Limits::default() }),
        ),
        (
            Rule::SignatureUsed,
            world.found(&with(&packed(&world.key, Profile::Cades), "META-INF/signature-2.p7s", b"x")),
        ),
        (
            Rule::SignatureCount,
            world.found_by(good, |policy| policy.limits = Limits { signatures: 0, ..Limits::default() }),
        ),
    ]
}

/// Tells which file, and where the manifest names it.
fn absent(world: &World) -> Vec<Finding> {
    let findings = world.found(&without(&world.cades, |name| name == "vedlegg.txt"));
    let manifest = entries(&world.cades).into_iter().find(|(name, _)| name == MANIFEST).unwrap().1;
    let (text, place) = (String::from_utf8(manifest).unwrap(), findings[0].place.clone().unwrap());
    assert_eq!((findings[0].evidence.as_deref(), place.path), (Some("vedlegg.txt"), format!("asic:/{MANIFEST}")));
    let reference = &text[place.offset.unwrap() as usize..];
    assert!(reference.starts_with("<DataObjectReference URI=\"vedlegg.txt\""), "{reference}");
    findings
}

fn empty_manifest(container: &[u8]) -> Vec<u8> {
    with_entry(container, MANIFEST, |content| {
        let text = String::from_utf8(content).unwrap();
        let (start, end) = (text.find("    <DataObjectReference").unwrap(), text.find("</ASiCManifest>").unwrap());
        format!("{}{}", &text[..start], &text[end..]).into_bytes()
    })
}

fn repeated_reference(container: &[u8]) -> Vec<u8> {
    with_entry(container, MANIFEST, |content| {
        let text = String::from_utf8(content).unwrap();
        let end = text.find("</DataObjectReference>").unwrap() + "</DataObjectReference>".len();
        let start = text.find("<DataObjectReference").unwrap();
        format!("{}{}{}", &text[..end], &text[start..end], &text[end..]).into_bytes()
    })
}
