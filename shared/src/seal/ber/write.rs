//! Writing DER, and the few BER forms that CMS streaming needs.

/// Appends the definite, minimal length octets (X.690, 8.1.3 and 10.1). `u64` on purpose: `usize` has another
/// size in WebAssembly.
pub fn length(length: u64, out: &mut Vec<u8>) {
    if length < 0x80 {
        out.push(length as u8);
        return;
    }
    let octets = length.to_be_bytes();
    let skip = (length.leading_zeros() / 8) as usize;
    out.push(0x80 | (octets.len() - skip) as u8);
    out.extend_from_slice(&octets[skip..]);
}

/// Appends an element with this identifier octet and content, DER.
pub fn der_tlv(tag: u8, content: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    length(content.len() as u64, out);
    out.extend_from_slice(content);
}

/// An element with this identifier octet around the parts, one after the other, DER. A SET OF is not sorted.
pub fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let size: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(size + 10);
    out.push(tag);
    length(size as u64, &mut out);
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// An OBJECT IDENTIFIER, DER.
pub fn oid(oid: const_oid::ObjectIdentifier) -> Vec<u8> {
    der(0x06, &[oid.as_bytes()])
}

/// The end-of-contents octets (X.690, 8.1.5).
pub const END_OF_CONTENTS: [u8; 2] = [0, 0];
