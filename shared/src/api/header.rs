//! Headers and parts of addresses that the relay takes apart by hand. Each answers `None`, or `false`, for
//! what is not in the form; none fails otherwise.

use core::net::IpAddr;
use std::fmt;

/// The value of a cookie in a `Cookie` header (RFC 6265, section 5.4): of several with a name the first.
/// Names are compared with their capitals; the value is given as it stands, with quotes if it has them.
pub fn cookie<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// A number in ASCII digits and nothing else, as `Upload-Offset` and `Upload-Length` have it (tus 1.0.0,
/// bytes): no sign, no space, at most 2^64 - 1. Zeroes may lead.
pub fn number(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// The addresses of `X-Forwarded-For`, in their order: the client's first, each proxy's behind it. `None`
/// stands where something else than an IP address stands, one with a port for example. No standard has the
/// header; RFC 7239 has another.
pub fn forwarded(header: &str) -> impl DoubleEndedIterator<Item = Option<IpAddr>> {
    header.split(',').map(|text| text.trim().parse().ok())
}

/// Whether a text has the form of a message list's cursor: a time in milliseconds since 1970 (64 bits,
/// signed), a dot, and an id of at most 128 bytes without control characters. Ours.
pub fn is_cursor(text: &str) -> bool {
    let Some((before, id)) = text.split_once('.') else { return false };
    let digits = before.strip_prefix('-').unwrap_or(before);
    number(digits).is_some() && before.parse::<i64>().is_ok() && id.len() <= 128 && !id.contains(char::is_control)
}

/// Where a span stands: which trace, and which span of it (W3C Trace Context, level 2, section 3.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceParent {
    /// `trace-id`, 128 bits, never 0.
    pub trace: u128,
    /// `parent-id`, 64 bits, never 0.
    pub span: u64,
    /// `trace-flags`, 8 bits. Bit 0: whoever asks has it recorded.
    pub flags: u8,
}

impl TraceParent {
    /// Reads `traceparent`: version, trace, span and flags in 2, 32, 16 and 2 hexadecimal digits, lower case,
    /// with `-` between. A later version's is read as far as it is known; version `ff`, and more behind
    /// version `00`, are not read. It is written as version `00` whichever it was.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(5, '-');
        let mut hex = |length: usize| {
            let part = parts.next()?;
            let good = part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            good.then(|| u128::from_str_radix(part, 16).ok())?
        };
        let (version, trace, span, flags) = (hex(2)?, hex(32)?, hex(16)?, hex(2)?);
        let more = parts.next().is_some();
        let read = Self { trace, span: u64::try_from(span).ok()?, flags: u8::try_from(flags).ok()? };
        let good = trace != 0 && span != 0 && version != 0xff && !(version == 0 && more);
        good.then_some(read)
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, self.flags)
    }
}

impl fmt::Debug for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        for (header, found) in [
            ("a=1", Some("1")),
            ("b=2; a=1", Some("1")),
            ("b=2;a=1;a=3", Some("1")),
            ("a=x=y", Some("x=y")),
            ("a=", Some("")),
            ("", None),
            ("a", None),
            ("aa=1", None),
            ("A=1", None),
            ("b=a=1", None),
        ] {
            assert_eq!(cookie(header, "a"), found, "{header}");
        }
    }

    #[test]
    fn a_number_is_digits() {
        assert_eq!((number("0"), number("18446744073709551615"), number("007")), (Some(0), Some(u64::MAX), Some(7)));
        for text in ["", "+5", "-0", " 5", "5 ", "0x5", "5.0", "18446744073709551616", "٣"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn a_cursor_is_a_time_and_an_id() {
        for text in ["1764000000000.0192f0a1", "-1.x", "0."] {
            assert!(is_cursor(text), "{text}");
        }
        for text in ["", ".", "x.y", "+1.x", "1", "9223372036854775808.x", "1.a\0b", "--1.x"] {
            assert!(!is_cursor(text), "{text}");
        }
    }

    /// The first is the example of the recommendation's section 3.2.5.
    #[test]
    fn a_trace_parent_is_read_and_written() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let read = TraceParent::parse(text).unwrap();
        assert_eq!((read.flags, read.span, read.to_string().as_str()), (1, 0x00f0_67aa_0ba9_02b7, text));
        assert_eq!(TraceParent::parse(&format!("cc{}-what-comes", &text[2..])), Some(read));
        let (zero, short) = ("0".repeat(32), &text[3..]);
        for bad in [
            "",
            short,
            &text.to_uppercase(),
            &format!("ff{}", &text[2..]),
            &format!("{text}-more"),
            &format!("{text}x"),
            &format!("00-{zero}-00f067aa0ba902b7-01"),
            &text.replace("00f067aa0ba902b7", &zero[..16]),
            &text.replace("4bf9", "+bf9"),
        ] {
            assert_eq!(TraceParent::parse(bad), None, "{bad}");
        }
    }
}
