use super::super::header::{CENTRAL_SIZE, END_SIZE, Fields};
use super::super::{Compression, DosTime, END, ZipWriter};
use super::*;
use crate::finding::Code;

fn end_record(bytes: &[u8]) -> usize {
    (0..=bytes.len() - END_SIZE).rev().find(|&at| bytes[at..].starts_with(&END.to_le_bytes())).unwrap()
}

fn sample(names: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut zip = ZipWriter::new(DosTime::from_timestamp("2026-12-01T12:30:10Z".parse().unwrap()));
    zip.stored("mimetype", "mimetype=x", b"application/vnd.etsi.asic-e+zip", &mut out).unwrap();
    for (name, content) in names {
        zip.begin(name, Compression::Normal, &mut out).unwrap();
        for chunk in content.chunks(1000) {
            zip.write(chunk, &mut out).unwrap();
        }
        zip.end(&mut out).unwrap();
    }
    zip.finish("comment", &mut out).unwrap();
    out
}

fn code(bytes: &[u8]) -> Option<Code> {
    read(bytes, &Limits::default()).err().map(|findings| findings[0].code)
}

/// Replaces every occurrence: local header and directory alike.
fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + from.len()].copy_from_slice(to);
        }
    }
    bytes
}

#[test]
fn what_is_written_is_read() {
    let large: Vec<u8> = (0..300_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let bytes = sample(&[("Søknad æøå.pdf", &large), ("tom.txt", b""), ("a/b.txt", b"hei")]);
    let archive = read(&bytes, &Limits::default()).unwrap();
    let names: Vec<_> = archive.entries().iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["mimetype", "Søknad æøå.pdf", "tom.txt", "a/b.txt"]);
    assert_eq!(archive.read(&archive.entries()[1]).unwrap(), large);
    assert_eq!(archive.read(&archive.entries()[2]).unwrap(), b"");
    assert_eq!(&bytes[..10], b"PK\x03\x04\x0a\x00\x00\x08\x00\x00", "the reference's first bytes");
    assert_eq!(&bytes[38..69], b"application/vnd.etsi.asic-e+zip");
}

#[test]
fn directories_must_agree() {
    let good = sample(&[("a.txt", b"hei"), ("b.txt", b"du")]);
    assert_eq!(code(&good), None);
    let mut renamed = good.clone();
    let at = good.windows(5).position(|window| window == b"a.txt").unwrap();
    renamed[at] = b'x';
    assert_eq!(code(&renamed), Some(Code::ZipInconsistent));
    assert_eq!(code(&[b"prefix".as_slice(), &good].concat()), Some(Code::ZipMalformed));
    assert_eq!(code(&replace(&good, b"b.txt", b"a.txt")), Some(Code::EntryDuplicate));
    assert_eq!(code(&replace(&good, b"a.txt", b"../xx")), Some(Code::EntryNameUnsafe));
    assert_eq!(code(&good[..good.len() - 1]), Some(Code::ZipMalformed));
    assert_eq!(code(b""), Some(Code::ZipMalformed));
    for cut in 0..good.len() {
        assert!(code(&good[..cut]).is_some(), "cut at {cut}");
    }
}

#[test]
fn an_entry_only_in_the_stream_is_refused() {
    // The directory forgets b.txt: a reader of local headers would still see it.
    let good = sample(&[("a.txt", b"hei"), ("b.txt", b"du")]);
    let end = end_record(&good);
    let last = good.windows(5).rposition(|window| window == b"b.txt").unwrap() - CENTRAL_SIZE;
    let mut bytes = good[..last].to_vec();
    let mut record = good[end..].to_vec();
    record[8] = 2;
    record[10] = 2;
    let start = Fields(&record).word(16);
    record[12..16].copy_from_slice(&(last as u32 - start).to_le_bytes());
    bytes.extend(record);
    assert_eq!(code(&bytes), Some(Code::ZipInconsistent));
}

#[test]
fn budgets_hold() {
    assert_eq!(code(&flat(40 << 20)), Some(Code::LimitExceeded));
    let many: Vec<String> = (0..1001).map(|n| format!("{n}.txt")).collect();
    let many: Vec<_> = many.iter().map(|name| (name.as_str(), &b""[..])).collect();
    assert_eq!(code(&sample(&many)), Some(Code::LimitExceeded));
}

#[test]
fn changed_content_is_noticed() {
    let good = sample(&[("a.txt", b"hei hei hei")]);
    let archive = read(&good, &Limits::default()).unwrap();
    let at = archive.entries()[1].data as usize;
    for bit in 0..8 {
        let mut bytes = good.clone();
        bytes[at + 2] ^= 1 << bit;
        assert!(code(&bytes).is_some(), "bit {bit}");
    }
}

#[test]
fn names_alike_are_a_warning() {
    let bytes = sample(&[("Brev.pdf", b"1"), ("brev.pdf", b"2")]);
    let archive = read(&bytes, &Limits::default()).unwrap();
    assert_eq!(archive.findings()[0].code, Code::EntryDuplicate);
    assert!(!archive.findings()[0].refuses());
}

/// The same archive in pieces of any size gives the same listing.
#[test]
fn pieces_of_any_size_read_alike() {
    let bytes = sample(&[("a.txt", b"hei hei hei"), ("b.txt", b""), ("c.txt", &[7; 5000])]);
    let whole = read(&bytes, &Limits::default()).unwrap().entries;
    for size in [1, 2, 3, 7, 29, 30, 31, 100] {
        let mut reader = ZipReader::new(&Limits::default());
        for piece in bytes.chunks(size) {
            reader.push(piece, &mut ()).unwrap();
        }
        assert_eq!(reader.finish().unwrap().entries, whole, "{size}");
    }
}

/// Archives made by Python's zipfile in every form it has; without Python this says so and passes.
#[test]
fn archives_of_another_writer() {
    let script = r#"
import io, sys, zipfile
class Stream(io.RawIOBase):
    def __init__(self, file): self.file = file
    def writable(self): return True
    def write(self, bytes): return self.file.write(bytes)
folder = sys.argv[1]
def make(name, target, **extra):
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as zip:
        zip.writestr(zipfile.ZipInfo("mimetype"), "x")
        for entry in ["a.txt", "bø.txt"]:
            with zip.open(zipfile.ZipInfo(entry), "w", **extra) as out: out.write(b"hei " * 500)
        zip.comment = b"a comment"
make("plain", folder + "/plain.zip")
make("wide", folder + "/wide.zip", force_zip64=True)
with open(folder + "/streamed.zip", "wb") as file:
    with zipfile.ZipFile(Stream(file), "w", zipfile.ZIP_DEFLATED) as zip:
        info = zipfile.ZipInfo("a.txt"); info.compress_type = zipfile.ZIP_DEFLATED
        with zip.open(info, "w", force_zip64=True) as out: out.write(b"hei " * 500)
"#;
    let folder = tempfile::tempdir().unwrap();
    match std::process::Command::new("python3").arg("-c").arg(script).arg(folder.path()).output() {
        Err(_) => return eprintln!("SKIPPED: python3 is not installed"),
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
    }
    for (file, names) in [
        ("plain.zip", &["mimetype", "a.txt", "bø.txt"][..]),
        ("wide.zip", &["mimetype", "a.txt", "bø.txt"]),
        ("streamed.zip", &["a.txt"]),
    ] {
        let bytes = std::fs::read(folder.path().join(file)).unwrap();
        let archive = read(&bytes, &Limits::default()).unwrap_or_else(|findings| panic!("{file}: {findings:?}"));
        let seen: Vec<_> = archive.entries().iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(seen, names, "{file}");
        assert_eq!(archive.read(archive.find("a.txt").unwrap()).unwrap(), b"hei ".repeat(500), "{file}");
    }
}

#[test]
fn names_in_code_page_437() {
    let mut bytes = sample(&[("s.kn.txt", b"hei")]);
    // The flag goes, and the name gets the byte that code page 437 has for œøæ's neighbour å.
    for signature in [[0x50, 0x4B, 0x03, 0x04], [0x50, 0x4B, 0x01, 0x02]] {
        let at = bytes.windows(4).rposition(|window| window == signature).unwrap();
        let flags = at + if signature[2] == 3 { 6 } else { 8 };
        bytes[flags + 1] &= !0x08;
    }
    let bytes = replace(&bytes, b"s.kn.txt", b"s\x86kn.txt");
    let archive = read(&bytes, &Limits::default()).unwrap();
    assert_eq!(archive.entries()[1].name, "såkn.txt");
}

/// One deflated file of one byte over and over, as a compressor writes it that heeds no reader's limits.
fn flat(size: usize) -> Vec<u8> {
    use std::io::Write as _;
    let content = vec![0xFF_u8; size];
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(&content).unwrap();
    let packed = encoder.finish().unwrap();
    let told = [crc32fast::hash(&content), packed.len() as u32, size as u32].map(u32::to_le_bytes).concat();
    let fields = [&[20, 0, 0, 8, 8, 0, 0, 0, 0, 0][..], &told, &[8, 0, 0, 0]].concat();
    let local = [&b"PK\x03\x04"[..], &fields, b"side.bmp", &packed].concat();
    let listed = [&b"PK\x01\x02\x14\x00"[..], &fields, &[0; 14], b"side.bmp"].concat();
    let (length, start) = (listed.len() as u32, local.len() as u32);
    let end = [&b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..], &length.to_le_bytes(), &start.to_le_bytes(), &[0, 0]].concat();
    [local, listed, end].concat()
}

#[test]
fn an_empty_page_is_no_bomb() {
    let page = 2480 * 3508 * 3;
    let page_zip = flat(page);
    let archive = read(&page_zip, &Limits::default()).unwrap();
    assert_eq!(archive.read(&archive.entries()[0]).unwrap().len(), page);
}
