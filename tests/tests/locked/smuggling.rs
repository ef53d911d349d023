//! Two programs must not disagree about where a request ends (RFC 9112, section 11.2).

use anyhow::{Result, ensure};
use konvolutt_tests::Server;

use super::wire::{answers, exchange, parse};

/// A request that must never be read as one.
const SMUGGLED: &str = "GET /health/live HTTP/1.1\r\nhost: localhost\r\nx-smuggled: 1\r\n\r\n";

/// A frame's request by a name that nobody has, with these headers about its body.
fn with(framing: &str, body: &str) -> String {
    let head = "POST /api/v1/embed-sessions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    format!("{head}{framing}\r\n{body}")
}

#[test]
fn smuggling_a_body_whose_end_can_be_understood_in_two_ways_is_refused_and_nothing_behind_it_is_read() -> Result<()> {
    let server = Server::start()?;
    let chunked = format!("0\r\n\r\n{SMUGGLED}");
    let long = SMUGGLED.len();
    for (what, request) in [
        ("length, then pieces", with(&format!("content-length: {long}\r\ntransfer-encoding: chunked\r\n"), &chunked)),
        ("pieces, then length", with(&format!("transfer-encoding: chunked\r\ncontent-length: {long}\r\n"), &chunked)),
        ("two lengths", with(&format!("content-length: 0\r\ncontent-length: {long}\r\n"), SMUGGLED)),
        ("two lengths in one", with(&format!("content-length: 0, {long}\r\n"), SMUGGLED)),
        ("a length with a sign", with("content-length: +0\r\n", SMUGGLED)),
        ("a length below zero", with("content-length: -1\r\n", SMUGGLED)),
        ("a length in hexadecimal digits", with("content-length: 0x0\r\n", SMUGGLED)),
        ("a length that is too long", with("content-length: 99999999999999999999999\r\n", SMUGGLED)),
        ("a length that is empty", with("content-length: \r\n", SMUGGLED)),
        ("pieces that do not come last", with("transfer-encoding: chunked, identity\r\n", &chunked)),
        ("pieces under another name", with("transfer-encoding: xchunked\r\n", &chunked)),
        ("pieces twice", with("transfer-encoding: chunked\r\ntransfer-encoding: xchunked\r\n", &chunked)),
        ("a name with a space behind it", with("transfer-encoding : chunked\r\ncontent-length: 0\r\n", SMUGGLED)),
        ("a folded header", with("x-long: a\r\n transfer-encoding: chunked\r\ncontent-length: 0\r\n", SMUGGLED)),
        ("a header's name that is none", with("content length: 5\r\ncontent-length: 0\r\n", SMUGGLED)),
        ("a control character", with("x-a: b\x0bc\r\ncontent-length: 0\r\n", SMUGGLED)),
        ("a carriage return alone", with("x-a: b\rcontent-length: 5\r\ncontent-length: 0\r\n", SMUGGLED)),
        ("a zero byte", with("x-a: b\0c\r\ncontent-length: 0\r\n", SMUGGLED)),
    ] {
        let text = exchange(&server, request.as_bytes());
        ensure!(answers(&text) == 1, "{what}: {text}");
        ensure!(parse(&text).status == 400, "{what}: {text}");
    }
    Ok(())
}

#[test]
fn pieces_that_are_none_end_the_connection() -> Result<()> {
    let server = Server::start()?;
    for (what, body) in [
        ("no number", "xyz\r\n{}\r\n0\r\n\r\n"),
        ("a sign", "+2\r\n{}\r\n0\r\n\r\n"),
        ("a prefix", "0x2\r\n{}\r\n0\r\n\r\n"),
        ("more digits than a number has", "10000000000000002\r\n{}\r\n0\r\n\r\n"),
        ("more bytes than it says", "2\r\n{}{}\r\n0\r\n\r\n"),
        ("a line's end that is half", "2\n{}\n0\n\n"),
        ("an extension with a line's end that is half", "2;a\n{}\r\n0\r\n\r\n"),
        ("a space before", " 2\r\n{}\r\n0\r\n\r\n"),
    ] {
        let request = with("transfer-encoding: chunked\r\n", &format!("{body}{SMUGGLED}"));
        let text = exchange(&server, request.as_bytes());
        ensure!(answers(&text) == 1 && parse(&text).status == 400, "{what}: {text}");
    }
    // Good ones are read, and what stands behind them is not: whoever passed it on may have understood it otherwise.
    let piece = r#"{"clientId":"nobody","origin":"x"}"#;
    let body = format!("{:x}\r\n{piece}\r\n0\r\n\r\n{SMUGGLED}", piece.len());
    let request = with("transfer-encoding: chunked\r\n", &body);
    let text = exchange(&server, request.as_bytes());
    ensure!(answers(&text) == 1 && parse(&text).status == 403, "{text}");
    ensure!(parse(&text).header("connection") == Some("close"), "{text}");
    Ok(())
}

/// A bare line feed may end a line (RFC 9112, section 2.2). It does, everywhere in the head alike, so there is one
/// request and its body is what its one length says.
#[test]
fn line_feeds_alone_make_one_request() -> Result<()> {
    let server = Server::start()?;
    let length = SMUGGLED.len();
    let request = format!(
        "POST /api/v1/embed-sessions HTTP/1.1\nhost: localhost\nconnection: close\ncontent-length: {length}\n\n{SMUGGLED}"
    );
    let text = exchange(&server, request.as_bytes());
    ensure!(answers(&text) == 1 && parse(&text).status == 400, "{text}");
    Ok(())
}

#[test]
fn what_is_no_http_1_is_refused() -> Result<()> {
    let server = Server::start()?;
    for request in [
        "GET / HTTP/9.9\r\nhost: localhost\r\n\r\n",
        "GET /\r\n\r\n",
        "GET  / HTTP/1.1\r\nhost: localhost\r\n\r\n",
        "GET / HTTP/1.1 \r\nhost: localhost\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\u{fc}\x03\x03",
        "GET / HTTP/1.1\r\nhost: localhost\r\n: empty\r\n\r\n",
        "G\u{e6}T / HTTP/1.1\r\nhost: localhost\r\n\r\n",
    ] {
        let text = exchange(&server, request.as_bytes());
        ensure!(text.is_empty() || parse(&text).status == 400, "{request:?}: {text}");
        ensure!(answers(&text) <= 1, "{request:?}: {text}");
    }
    Ok(())
}
