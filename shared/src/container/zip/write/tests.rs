//! Zip64, judged by Python's zipfile and by our own reader.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use super::super::{Entry, EntrySink, ZipReader};
use super::*;
use crate::limits::Limits;

const MIB: usize = 1 << 20;

fn writer() -> ZipWriter {
    ZipWriter::new(DosTime::from_timestamp("2026-11-23T10:00:00Z".parse().unwrap()))
}

/// What Python reads: for each entry name, size and whether its checksum holds.
fn python(path: &Path, script: &str) -> Option<String> {
    let output = Command::new("python3").arg("-c").arg(script).arg(path).output();
    let Ok(output) = output else {
        eprintln!("SKIPPED: python3 is not installed");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// How many bytes the entries hold.
#[derive(Default)]
struct Counted(u64);

impl EntrySink for Counted {
    fn begin(&mut self, _: &str) -> Result<(), Finding> {
        Ok(())
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), Finding> {
        self.0 += bytes.len() as u64;
        Ok(())
    }

    fn end(&mut self, _: &Entry) -> Result<(), Finding> {
        Ok(())
    }
}

/// A document of more than 4 GiB, and one that begins behind as much; both readers must take them.
#[test]
fn a_document_may_pass_4_gib() {
    const PIECES: usize = 4100;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.zip");
    let (mut file, mut out) = (File::create(&path).unwrap(), Vec::new());
    let limits = Limits { package_bytes: u64::MAX, document_bytes: u64::MAX, ratio: 1 << 20, ..Limits::default() };
    let mut reader = ZipReader::new(&limits);
    let mut seen = Counted::default();
    let mut flush = |out: &mut Vec<u8>| {
        file.write_all(out).unwrap();
        reader.push(out, &mut seen).unwrap();
        out.clear();
    };
    let zeros = vec![0; MIB];
    let mut zip = writer();
    zip.begin("large.bin", Compression::Normal, &mut out).unwrap();
    for _ in 0..PIECES {
        zip.write(&zeros, &mut out).unwrap();
        flush(&mut out);
    }
    zip.end(&mut out).unwrap();
    zip.add("after.txt", b"etter", &mut out).unwrap();
    zip.finish("a comment", &mut out).unwrap();
    flush(&mut out);
    reader.finish().unwrap();
    assert_eq!(seen.0, (PIECES * MIB + 5) as u64);
    let script = "import sys, zipfile; zip = zipfile.ZipFile(sys.argv[1]); \
        print([(one.filename, one.file_size) for one in zip.infolist()], zip.read('after.txt'), zip.comment)";
    if let Some(told) = python(&path, script) {
        assert_eq!(told.trim(), "[('large.bin', 4299161600), ('after.txt', 5)] b'etter' b'a comment'");
    }
}

/// What begins behind 4 GiB. Python looks for the directory by its distance from the end, so the missing bytes before
/// it are no hindrance.
#[test]
fn an_entry_may_begin_behind_4_gib() {
    const BEFORE: u64 = 5 << 30;
    let (mut zip, mut out) = (writer(), Vec::new());
    zip.position = BEFORE;
    zip.add("after.txt", b"etter", &mut out).unwrap();
    zip.finish("", &mut out).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sparse.zip");
    let mut file = File::create(&path).unwrap();
    file.set_len(BEFORE).unwrap();
    std::io::Seek::seek(&mut file, std::io::SeekFrom::End(0)).unwrap();
    file.write_all(&out).unwrap();
    let script = "import sys, zipfile; zip = zipfile.ZipFile(sys.argv[1]); \
        print([(one.filename, one.header_offset) for one in zip.infolist()], zip.read('after.txt'))";
    if let Some(told) = python(&path, script) {
        assert_eq!(told.trim(), "[('after.txt', 5368709120)] b'etter'");
    }
}

#[test]
fn there_may_be_more_than_65_535_entries() {
    const COUNT: usize = 65_535;
    let (mut zip, mut out) = (writer(), Vec::new());
    for number in 0..COUNT {
        zip.stored(&format!("{number}"), "", b"", &mut out).unwrap();
    }
    zip.finish("", &mut out).unwrap();
    let limits = Limits { entries: COUNT, metadata_bytes: 1 << 30, ..Limits::default() };
    assert_eq!(super::super::read(&out, &limits).unwrap().entries().len(), COUNT);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.zip");
    std::fs::write(&path, &out).unwrap();
    if let Some(told) = python(&path, "import sys, zipfile; print(len(zipfile.ZipFile(sys.argv[1]).infolist()))") {
        assert_eq!(told.trim(), "65535");
    }
}

/// A blank page is written so that every reader takes it, DSS and this one among them.
#[test]
fn what_deflates_too_well_is_stored_in_between() {
    let blank = vec![0xFF; 40 * MIB];
    let mut out = Vec::new();
    let mut zip = writer();
    zip.begin("side.bmp", Compression::Normal, &mut out).unwrap();
    let mut written = 0;
    for piece in blank.chunks(100_000) {
        zip.write(piece, &mut out).unwrap();
        written += piece.len();
        assert!(out.len() + 2 * STORED_BLOCK > written / RATIO as usize, "it is never far behind");
    }
    zip.write(b"til slutt: tekst, tekst, tekst", &mut out).unwrap();
    zip.end(&mut out).unwrap();
    zip.add("etter.txt", &[b'a'; 5000], &mut out).unwrap();
    zip.finish("", &mut out).unwrap();
    assert!((out.len() as u64) > (40 * MIB as u64) / (RATIO + 1), "{}", out.len());
    assert!(out.len() < MIB, "it is deflated all the same: {}", out.len());
    let archive = super::super::read(&out, &Limits::default()).unwrap();
    let read = archive.read(&archive.entries()[0]).unwrap();
    assert!(read.starts_with(&blank) && read.ends_with(b"tekst, tekst, tekst"));
    assert_eq!(archive.read(&archive.entries()[1]).unwrap(), [b'a'; 5000]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("blank.zip");
    std::fs::write(&path, &out).unwrap();
    let script =
        "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), z.getinfo('side.bmp').file_size)";
    if let Some(said) = python(&path, script) {
        assert_eq!(said.trim(), format!("None {}", 40 * MIB + 30));
    }
}
