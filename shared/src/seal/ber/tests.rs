use super::*;

#[test]
fn lengths_are_minimal_and_64_bit() {
    for (length, expected) in [
        (0_u64, vec![0]),
        (0x7F, vec![0x7F]),
        (0x80, vec![0x81, 0x80]),
        (1000, vec![0x82, 0x03, 0xE8]),
        (0x1_0000_0000, vec![0x85, 1, 0, 0, 0, 0]),
    ] {
        let mut out = Vec::new();
        write::length(length, &mut out);
        assert_eq!(out, expected);
        out.insert(0, 0x04);
        assert_eq!(Header::read(&out, 0).unwrap().unwrap().length, Some(length));
    }
}

#[test]
fn indefinite_becomes_definite() {
    // SEQUENCE { [0] { OCTET STRING in two segments, one nested }, NULL }
    let ber = [
        0x30, 0x80, 0xA0, 0x80, 0x24, 0x80, 0x04, 0x01, 0xAA, 0x24, 0x80, 0x04, 0x01, 0xBB, 0, 0, 0, 0, 0, 0, 0x05,
        0x00, 0, 0,
    ];
    let mut reader = Reader::new(&ber);
    let element = reader.next().unwrap().unwrap();
    assert!(reader.at_end());
    assert_eq!(element.raw, ber);
    assert_eq!(element.to_der().unwrap(), [0x30, 0x08, 0xA0, 0x04, 0x04, 0x02, 0xAA, 0xBB, 0x05, 0x00]);
    for cut in 1..ber.len() {
        let error = Reader::new(&ber[..cut]).next().unwrap_err();
        assert_eq!(error.kind, BerErrorKind::Truncated, "cut at {cut}");
    }
}

#[test]
fn offsets_count_from_the_outermost_start() {
    let der = [0x30, 0x05, 0x05, 0x00, 0x02, 0x01, 0x07];
    let mut children = Reader::at(&der, 100).next().unwrap().unwrap().children();
    assert_eq!(children.next().unwrap().unwrap().offset, 102);
    let integer = children.next().unwrap().unwrap();
    assert_eq!((integer.offset, integer.unsigned().unwrap()), (104, 7));
}

#[test]
fn refuses_what_does_not_fit() {
    let kind = |bytes: &[u8]| Reader::new(bytes).next().unwrap_err().kind;
    assert_eq!(kind(&[0x1F, 0x81, 0x00]), BerErrorKind::Tag);
    assert_eq!(kind(&[0x04, 0x80, 0x00, 0x00]), BerErrorKind::Length, "indefinite primitive");
    assert_eq!(kind(&[0x04, 0xFF]), BerErrorKind::Length);
    assert_eq!(kind(&[0x04, 0x88, 0x80, 0, 0, 0, 0, 0, 0, 0]), BerErrorKind::Length);
    assert_eq!(kind(&[0x04, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]), BerErrorKind::Truncated);
    assert_eq!(kind(&[0x00, 0x00]), BerErrorKind::EndOfContents);
    assert_eq!(kind(&[0x30, 0x80].repeat(100)), BerErrorKind::Depth);
}

#[test]
fn definite_nesting_is_bounded() {
    let mut nested = vec![0x05, 0x00];
    for _ in 0..40 {
        nested = write::der(0x30, &[&nested]);
    }
    let error = Reader::new(&nested).next().unwrap().unwrap().to_der().unwrap_err();
    assert_eq!(error.kind, BerErrorKind::Depth);
}
