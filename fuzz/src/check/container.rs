//! Zips and signed containers.

use konvolutt_shared::container::xades::candidates;
use konvolutt_shared::container::zip::{self, Compression, DosTime, ZipWriter};
use konvolutt_shared::container::{ContainerReader, Quarantine, Verdict, Verified, VerifiedDocument, verify};
use konvolutt_shared::finding::{Code, Finding};

use crate::material::{CONTAINER_POLICY, DOCUMENTS, SENDER, limits, now};

/// A zip: sizes are what they were said to be, and the same files can be written and read again.
pub fn zip(data: &[u8]) {
    let limits = limits();
    let Ok(archive) = zip::read(data, &limits) else { return };
    assert!(archive.entries().len() <= limits.entries);
    assert!(archive.entries().iter().map(|entry| entry.size).sum::<u64>() <= limits.package_bytes, "too much inside");
    let mut files = Vec::new();
    for entry in archive.entries() {
        assert_eq!(zip::name_problem(&entry.name), None, "an unsafe name");
        assert!(entry.offset < entry.data && entry.data + entry.compressed <= data.len() as u64, "outside of the file");
        let Ok(content) = archive.read(entry) else { return };
        assert_eq!(content.len() as u64, entry.size, "another size than was said");
        files.push((entry.name.clone(), content));
    }
    let mut out = Vec::new();
    let mut writer = ZipWriter::new(DosTime::from_timestamp(now()));
    for (name, content) in &files {
        writer.begin(name, Compression::None, &mut out).expect("a name that was read");
        writer.write(content, &mut out).expect("content that was read");
        writer.end(&mut out).expect("content that was read");
    }
    writer.finish("", &mut out).expect("files that were read");
    let again = zip::read(&out, &limits).expect("our own zip");
    let read = again.entries().iter().map(|entry| (entry.name.clone(), again.read(entry).expect("our own zip")));
    assert!(read.eq(files.into_iter().filter(|(name, content)| !(name.ends_with('/') && content.is_empty()))));
}

/// A container: a document that comes out is one that was signed, with all the others of its message and no more. In
/// pieces it gets the same verdict as at once.
pub fn container(data: &[u8]) {
    let (verdict, quarantine) = verify::verify(data, &CONTAINER_POLICY);
    let pieces = in_pieces(data);
    // How far inflation has come when a budget is spent depends on the pieces; nothing else does.
    if !pieces.iter().chain(verdict.findings()).any(|finding| finding.code == Code::LimitExceeded) {
        assert_eq!(pieces, verdict.findings(), "another verdict in pieces");
    }
    let Verdict::Good(verified) = verdict else { return };
    assert_eq!(verified.signer().organisation.as_deref(), Some(SENDER), "somebody else signed");
    assert!(!verified.findings().iter().any(Finding::refuses), "accepted and refused");
    assert!(
        DOCUMENTS.iter().any(|signed| same(&verified, &quarantine, signed)),
        "documents that nobody signed together"
    );
}

/// The findings when the bytes come a few at a time; how many depends on the length alone.
fn in_pieces(data: &[u8]) -> Vec<Finding> {
    let (mut reader, mut out) = (ContainerReader::new(&CONTAINER_POLICY.limits), Vec::new());
    for piece in data.chunks(1 + data.len() % 97) {
        if let Err(finding) = reader.push(piece, &mut out) {
            return vec![finding];
        }
    }
    match reader.finish() {
        Err(findings) => findings,
        Ok(mut opened) => {
            for missing in opened.missing_digests(&CONTAINER_POLICY.limits) {
                let bytes = &out[missing.range.start as usize..missing.range.end as usize];
                opened.supply(&missing, missing.algorithm.digest(bytes));
            }
            opened.verify(&CONTAINER_POLICY).findings().to_vec()
        }
    }
}

/// The same documents in any order. A name may be another spelling of the signed one, as readers of the field take it.
fn same(verified: &Verified, bytes: &Quarantine, (signed, own_bytes): &(Vec<VerifiedDocument>, Quarantine)) -> bool {
    let matches = |document: &VerifiedDocument, own: &VerifiedDocument| {
        bytes.content(document) == own_bytes.content(own)
            && document.size() == own.size()
            && document.sha256_hex() == own.sha256_hex()
            && document.media_type() == own.media_type()
            && candidates(own.name()).iter().any(|name| name == document.name())
    };
    verified.documents().len() == signed.len()
        && signed.iter().all(|own| verified.documents().iter().any(|document| matches(document, own)))
}
