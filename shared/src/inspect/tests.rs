use super::*;

fn report(bytes: &[u8]) -> Report {
    inspect(bytes, &Options::default())
}

fn find<'a>(nodes: &'a [Node], label: &str) -> Option<&'a Node> {
    nodes.iter().find_map(|node| if node.label == label { Some(node) } else { find(&node.children, label) })
}

#[test]
fn json_ranges_point_at_the_value() {
    let text = r#"{"a": {"b": [1, "blåbær"]}, "c": null}"#;
    let report = report(text.as_bytes());
    assert_eq!(report.kind, Kind::Json);
    let item = find(&report.tree, "[1]").unwrap();
    let range = item.offset as usize..(item.offset + item.length) as usize;
    assert_eq!(&text[range], "\"blåbær\"");
    assert_eq!(item.value.as_deref(), Some("blåbær"));
}

#[test]
fn broken_json_is_recognised_and_refused() {
    let report = report(br#"{"standardBusinessDocumentHeader": {"#);
    assert_eq!((report.kind, report.verdict), (Kind::SbdJson, Verdict::Failed));
    assert_eq!(report.confidence, Confidence::Likely);
}

#[test]
fn xml_ranges_cover_the_element() {
    let text = "<?xml version=\"1.0\"?>\n<manifest xmlns=\"x\"><mottaker id=\"1\">æ</mottaker></manifest>";
    let report = report(text.as_bytes());
    assert_eq!(report.kind, Kind::Manifest);
    let node = find(&report.tree, "mottaker").unwrap();
    let range = node.offset as usize..(node.offset + node.length) as usize;
    assert_eq!(&text[range], "<mottaker id=\"1\">æ</mottaker>");
    assert_eq!(node.value.as_deref(), Some("æ"));
}

#[test]
fn ranges_are_the_files_own_or_none() {
    let text = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a><b>å</b><c>æ</c></a>";
    let latin: Vec<u8> = text.chars().map(|character| character as u8).collect();
    let report = inspect(&latin, &Options::default());
    let node = find(&report.tree, "c").unwrap();
    assert_eq!((node.value.as_deref(), node.offset, node.length), (Some("æ"), 0, 0));
    let marked = "\u{feff}<a><b/></a>";
    let node = find(&inspect(marked.as_bytes(), &Options::default()).tree, "b").unwrap().clone();
    assert_eq!(&marked[node.offset as usize..][..node.length as usize], "<b/>");
}

#[test]
fn what_stands_in_meta_inf_is_utf_8_and_archives_need_not_be() {
    let latin: Vec<u8> = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><XAdESSignatures>å</XAdESSignatures>"
        .chars()
        .map(|character| character as u8)
        .collect();
    let seen = inspect(&latin, &Options::default());
    assert_eq!((seen.kind, seen.verdict), (Kind::XadesSignatures, Verdict::Failed));
    let wide: Vec<u8> =
        "\u{feff}<arkivmelding><system>å</system></arkivmelding>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let seen = inspect(&wide, &Options::default());
    assert_eq!(seen.kind, Kind::Arkivmelding);
    assert_eq!(find(&seen.tree, "system").unwrap().value.as_deref(), Some("å"));
}

#[test]
fn a_document_type_is_a_finding() {
    let report = report(b"<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/hostname\">]><a>&b;</a>");
    assert_eq!(report.verdict, Verdict::Failed);
    assert_eq!(report.findings[0].code, Code::ManifestMalformed);
}

#[test]
fn more_elements_than_are_drawn_are_not_broken() {
    let inside = "<b c=\"1\">x</b><d/>".repeat(MAX_NODES);
    let report = report(format!("<a><first/>{inside}</a>").as_bytes());
    assert_eq!((report.kind, report.verdict, report.findings.len()), (Kind::Xml, Verdict::Unclear, 0));
    let root = &report.tree[0];
    assert_eq!((root.label.as_str(), root.children[0].label.as_str()), ("a", "first"));
    assert!(root.children.len() < MAX_NODES && find(&report.tree, "…").is_some(), "it is told that some are left out");
}

#[test]
fn a_signature_that_nothing_was_held_against_is_not_passed() {
    let xml = format!("<XAdESSignatures xmlns=\"{}\"/>", crate::container::asic_manifest::NAMESPACE);
    let report = report(xml.as_bytes());
    assert_eq!((report.kind, report.verdict), (Kind::XadesSignatures, Verdict::Unclear));
    assert_eq!(inspect(b"[1]", &Options::default()).verdict, Verdict::Unclear);
}

/// RFC 5958, RFC 8017 A.1.2 and RFC 5915: with an algorithm, of RSA, of a curve.
#[test]
fn private_keys_are_recognised_and_not_drawn() {
    let secret = [0xAB; 16];
    let number = [&[0x02, 0x10], &secret[..]].concat();
    let octets = [&[0x04, 0x10], &secret[..]].concat();
    let with_algorithm = [&[0x02, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70], &octets[..]].concat();
    let rsa = [&[0x02, 1, 0], &number.repeat(8)[..]].concat();
    let curve = [&[0x02, 1, 1], &octets[..]].concat();
    for content in [with_algorithm, rsa, curve] {
        let mut der = vec![0x30, 0x81, content.len() as u8];
        der.extend(content);
        let report = report(&der);
        assert_eq!(report.kind, Kind::PrivateKey);
        assert_eq!(report.findings[0].rule, crate::finding::Rule::KeyExposed);
        assert!(!serde_json::to_string(&report.tree).unwrap().contains("abab"));
    }
    let numbers = [&[0x30, 6, 0x02, 1, 0, 0x02, 1, 5][..]].concat();
    assert_eq!(report(&numbers).kind, Kind::Asn1, "two numbers are no key");
}

#[test]
fn pem_of_another_kind_is_looked_into() {
    let pem = "-----BEGIN CMS-----\nMAYCAQACAQU=\n-----END CMS-----\n";
    assert_eq!(find(&report(pem.as_bytes()).tree, "INTEGER").unwrap().value.as_deref(), Some("0"));
}

#[test]
fn the_tree_of_a_number_in_a_sequence() {
    let report = report(&[0x30, 0x80, 0x02, 0x01, 0x07, 0x04, 0x02, 0xAB, 0xCD, 0, 0]);
    assert_eq!(report.kind, Kind::Asn1);
    let number = find(&report.tree, "INTEGER").unwrap();
    assert_eq!((number.value.as_deref(), number.offset, number.length), (Some("7"), 2, 3));
}

#[test]
fn nothing_recognised_is_unclear_and_never_panics() {
    for bytes in [&b""[..], b"\x30", b"\x30\x84\xff\xff\xff\xff", b"PK\x03\x04", b"eyJ.e.", b"<", b"{", b"-----BEGIN"] {
        let report = report(bytes);
        assert_ne!(report.verdict, Verdict::Passed, "{:?}", report.kind);
        assert_eq!(report.size, bytes.len() as u64);
    }
}

/// An entry of a few bytes may inflate to all that a container may hold.
#[test]
fn metadata_beyond_the_budget_is_not_inflated_for_the_tree() {
    use crate::container::zip::{DosTime, ZipWriter};
    let (mut zip, mut out) = (ZipWriter::new(DosTime::from_timestamp(jiff::Timestamp::UNIX_EPOCH)), Vec::new());
    let document = |length: usize| format!("<a><b>{}</b></a>", "x".repeat(length));
    for (name, length) in [("META-INF/1.xml", 600), ("META-INF/2.xml", 5_000), ("META-INF/3.xml", 600)] {
        zip.add(name, document(length).as_bytes(), &mut out).unwrap();
    }
    zip.finish("", &mut out).unwrap();
    let limits = Limits { metadata_bytes: 1_000, ..Limits::default() };
    let report = inspect(&out, &Options { limits, policy: None });
    let drawn = |index: usize| find(std::slice::from_ref(&report.tree[index]), "b").is_some();
    // Together they may be as large as one.
    assert_eq!([0, 1, 2].map(drawn), [true, false, false]);
    assert_eq!(report.tree[1].children[0].value.as_deref(), Some("not drawn: more metadata than is read"));
}

proptest::proptest! {
    #[test]
    fn any_bytes_give_a_report(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300), head in 0..6usize) {
        let heads: [&[u8]; 6] = [b"", b"\x30\x80", b"PK\x03\x04", b"<a>", b"{\"a\":", b"eyJ"];
        let mut input = heads[head].to_vec();
        input.extend(bytes);
        proptest::prop_assert_eq!(report(&input).size, input.len() as u64);
    }
}
