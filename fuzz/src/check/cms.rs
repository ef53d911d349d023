//! BER, and sealed packages.

use konvolutt_shared::finding::{Code, Finding};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::seal::ber::{Element, Reader};
use konvolutt_shared::seal::{SealReader, SealedHead, SealedTail};

use crate::material::RECIPIENT;

/// BER: every element lies where it says, and its DER is DER.
pub fn ber(data: &[u8]) {
    walk(&mut Reader::new(data), data, 0);
}

fn walk(reader: &mut Reader<'_>, whole: &[u8], depth: usize) {
    assert!(depth <= 40, "deeper than the reader allows");
    while let Ok(Some(element)) = reader.next() {
        let place = element.offset as usize;
        assert_eq!(whole.get(place..place + element.raw.len()), Some(element.raw), "an element at another place");
        if depth == 0 {
            rewrite(&element);
        }
        let _ = (element.oid(), element.unsigned(), element.octets().map(|octets| octets.len()));
        if element.tag.is_constructed() {
            walk(&mut element.children(), whole, depth + 1);
        }
    }
}

/// `to_der` gives one element, of the same content, that needs no rewriting.
fn rewrite(element: &Element<'_>) {
    let Ok(der) = element.to_der() else { return };
    assert!(der.len() <= element.raw.len() + 8, "DER longer than BER");
    let mut reader = Reader::new(&der);
    let again = reader.require().expect("DER that cannot be read");
    assert!(reader.at_end(), "DER with something after it");
    assert_eq!(again.to_der().expect("DER that cannot be rewritten"), der, "DER that changes");
    if let (Ok(before), Ok(after)) = (element.octets(), again.octets()) {
        assert_eq!(before, after, "other octets");
    }
}

type Outcome = Result<(Option<SealedHead>, SealedTail), Finding>;

/// A sealed package: the first byte says how many sizes of pieces follow. Given in such pieces, or at once, it is the
/// same package, or refused for the same reason.
pub fn cms(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let Some((sizes, package)) = rest.split_at_checked(usize::from(first % 8)) else { return };
    let mut whole = Vec::new();
    let expected = read(package, std::iter::once(package.len()), &mut whole);
    let mut pieces = Vec::new();
    let actual = read(package, sizes.iter().cycle().map(|size| usize::from(*size) + 1), &mut pieces);
    match (&expected, &actual) {
        (Ok(expected), Ok(actual)) => {
            assert_eq!(expected, actual, "other head or tail in pieces");
            assert_eq!(whole, pieces, "other ciphertext in pieces");
        }
        (Err(expected), Err(actual)) => {
            assert_eq!(expected.code, actual.code, "refused for another reason in pieces: {expected}, {actual}");
            assert!(pieces.len() <= package.len(), "more ciphertext than package");
        }
        (expected, actual) => panic!("whole {expected:?}, in pieces {actual:?}"),
    }
    if let Ok((head, tail)) = expected {
        assert_eq!(tail.ciphertext, whole.len() as u64, "another length than ciphertext");
        let head = head.expect("a package without a head");
        match head.key_request(&[crate::material::certificate(RECIPIENT)]) {
            Ok(request) => assert_eq!(request.certificate, 0),
            Err(finding) => assert!(matches!(finding.code, Code::CmsNoRecipient | Code::CmsUnsupported), "{finding}"),
        }
    }
}

fn read(package: &[u8], sizes: impl Iterator<Item = usize>, ciphertext: &mut Vec<u8>) -> Outcome {
    let mut reader = SealReader::new(&Limits::default());
    let mut rest = package;
    for size in sizes {
        let (piece, behind) = rest.split_at(size.min(rest.len()));
        reader.push(piece, ciphertext)?;
        rest = behind;
        if rest.is_empty() {
            break;
        }
    }
    reader.push(rest, ciphertext)?;
    let head = reader.head().cloned();
    Ok((head, reader.finish()?))
}
