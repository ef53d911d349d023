//! What the relay takes apart by hand of a request.

use konvolutt_shared::api::header::{TraceParent, cookie, forwarded, is_cursor, number};

const NAME: &str = "__Host-konvolutt";

/// One header a line.
pub fn headers(data: &[u8]) {
    for line in String::from_utf8_lossy(data).split('\n') {
        one(line);
    }
}

fn one(text: &str) {
    if let Some(value) = cookie(text, NAME) {
        assert!(text.contains(&format!("{NAME}={value}")) && !value.contains(';'), "a cookie that is not there");
        assert_eq!(cookie(&format!("{NAME}={value}; other=1"), NAME), Some(value), "another place, another value");
    }
    if let Some(read) = number(text) {
        assert_eq!(read.to_string(), text.trim_start_matches('0').to_owned() + if read == 0 { "0" } else { "" });
    }
    let entries = text.split(',').count();
    assert_eq!(forwarded(text).count(), entries, "an entry was lost");
    for address in forwarded(text).flatten() {
        assert_eq!(forwarded(&address.to_string()).next(), Some(Some(address)));
    }
    if is_cursor(text) {
        let time = text.split('.').next().and_then(|time| time.parse::<i64>().ok());
        assert!(time.is_some() && !text.contains(['\0', '\r', '\t']));
    }
    if let Some(read) = TraceParent::parse(text) {
        assert!(read.trace != 0 && read.span != 0);
        assert_eq!(TraceParent::parse(&read.to_string()), Some(read));
        assert!(text.starts_with("00-") == (text == read.to_string()), "another text for the same");
    }
}
