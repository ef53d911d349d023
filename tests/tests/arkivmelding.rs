//! `arkivmelding.xml` as we write it, judged by xmllint against both schemas: the reference's and the documentation's.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use konvolutt_shared::archive::{
    ArchivedDocument, Arkivmelding, Case, CorrespondenceParty, JOURNAL_STATUS, JOURNAL_TYPES, JournalEntry,
    PARTY_TYPES, write,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use uuid::Uuid;

/// Enough to meet each optional part alone and together.
const FILES: usize = 200;

/// What is written must be valid under each.
const SCHEMAS: [&str; 2] = ["reference", "documentation"];

fn uuid() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

fn date() -> impl Strategy<Value = Option<jiff::civil::Date>> {
    prop::option::of(
        (1900_i16..2100, 1_i8..=12, 1_i8..=28).prop_map(|(year, month, day)| jiff::civil::date(year, month, day)),
    )
}

/// Also what XML cannot hold, and nothing.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "\\PC{0,20}", any::<String>(), Just("<&]]>\"'\u{0}\t\r\n\u{ffff}".to_owned())]
}

/// A word of a list, or one that no list has.
fn word(list: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![4 => prop::sample::select(list).prop_map(str::to_owned), 1 => text()]
}

/// A word of the list, its letter, or neither.
fn status() -> impl Strategy<Value = Option<String>> {
    let words: Vec<_> = JOURNAL_STATUS.words().collect();
    prop::option::of(prop_oneof![
        4 => prop::sample::select(words).prop_map(str::to_owned), 1 => "[A-Za-z]".prop_map(String::from), 1 => text()
    ])
}

fn optional() -> impl Strategy<Value = Option<String>> {
    prop::option::of(text())
}

prop_compose! {
    fn case()(
        system_id in uuid(), number in optional(), title in text(), public_title in optional(), date in date(),
        unit in text(), responsible in text(), year: Option<u16>, sequence: Option<u32>,
    ) -> Case {
        Case { system_id, number, year, sequence, title, public_title, date, unit, responsible }
    }
}

prop_compose! {
    fn document()(system_id in uuid(), title in text(), file in text(), main: bool) -> ArchivedDocument {
        ArchivedDocument { system_id, title, file, main }
    }
}

prop_compose! {
    fn party()(kind in word(PARTY_TYPES), name in text(), unit in optional(), case_worker in optional())
        -> CorrespondenceParty {
        CorrespondenceParty { kind, name, unit, case_worker }
    }
}

prop_compose! {
    fn entry()(
        (system_id, number) in (uuid(), optional()), title in text(), public_title in optional(),
        journal_type in word(JOURNAL_TYPES), (date, document_date) in (date(), date()),
        access_restriction in optional(), parties in prop::collection::vec(party(), 0..4),
        documents in prop::collection::vec(document(), 0..4),
        (year, sequence, status) in (any::<Option<u16>>(), any::<Option<u32>>(), status()),
    ) -> JournalEntry {
        JournalEntry {
            system_id, number, year, sequence, status, title, public_title, journal_type, date, document_date,
            access_restriction, parties, documents,
        }
    }
}

prop_compose! {
    fn archive()(system in text(), id in uuid(), case in case(), entry in entry()) -> Arkivmelding {
        let created = Some("2026-12-01T08:00:00Z".parse().unwrap());
        Arkivmelding { system, message_id: id.to_string(), created, case, entry, own: Vec::new() }
    }
}

fn judge(schema: &str, folder: &Path) -> Option<Output> {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("judges/arkivmelding/{schema}.xsd"));
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let output = Command::new("xmllint").args(["--noout", "--nonet", "--schema"]).arg(schema).args(files).output();
    if output.is_err() {
        eprintln!("SKIPPED: xmllint is not installed");
    }
    output.ok()
}

fn generated(count: usize) -> Vec<Arkivmelding> {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    (0..count).map(|_| archive().new_tree(&mut runner).unwrap().current()).collect()
}

#[test]
fn whatever_is_written_is_valid_under_both_schemas() {
    let folder = tempfile::tempdir().unwrap();
    let all = generated(FILES);
    // What may be there is there in some of them, and what is left out of the file as well.
    assert!(all.iter().any(|one| one.case.year.is_some() && one.case.sequence.is_some()));
    assert!(
        all.iter().any(|one| one.entry.year.is_some() && one.entry.sequence.is_some() && one.entry.status.is_some())
    );
    for (number, archive) in all.iter().enumerate() {
        fs::write(folder.path().join(format!("{number}.xml")), write(archive)).unwrap();
    }
    for schema in SCHEMAS {
        let Some(output) = judge(schema, folder.path()) else { return };
        let told = String::from_utf8_lossy(&output.stderr);
        let wrong: Vec<&str> = told.lines().filter(|line| !line.ends_with(" validates")).take(5).collect();
        assert!(output.status.success() && wrong.is_empty(), "{schema}: {wrong:#?}");
        assert_eq!(told.lines().count(), FILES, "{schema}");
    }
}

/// The judges can tell: an element out of its place, a word of no list, a date that is none; and they are two.
#[test]
fn the_schemas_refuse_what_is_wrong() {
    let right = String::from_utf8(write(&generated(1)[0])).unwrap();
    let changes = [
        ("<system>", "</system>", "<systemet>x</systemet>", [false, false]),
        ("<journalstatus>", "</journalstatus>", "<journalstatus>Sendt</journalstatus>", [false, false]),
        ("<saksdato>", "</saksdato>", "<saksdato>i går</saksdato>", [false, false]),
        ("<saksdato>", "</saksdato>", "<saksdato>2026-12-01</saksdato>", [true, true]),
        // What one has a place for and the other has not, and what one demands and the other does not.
        ("<saksdato>", "</saksdato>", "<saksaar>2026</saksaar><saksdato>2026-12-01</saksdato>", [true, false]),
        ("<arkivertAv>", "</arkivertAv>", "", [false, true]),
    ];
    for (from, to, instead, valid) in changes {
        let (start, end) = (right.find(from).unwrap(), right.find(to).unwrap() + to.len());
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("changed.xml"), [&right[..start], instead, &right[end..]].concat()).unwrap();
        for (schema, valid) in SCHEMAS.into_iter().zip(valid) {
            let Some(output) = judge(schema, folder.path()) else { return };
            assert_eq!(output.status.success(), valid, "{schema}: {instead}");
        }
    }
}
