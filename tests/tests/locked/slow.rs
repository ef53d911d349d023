//! Who sends slowly holds nobody up: the connection is ended. That it is ended at all is what is tested, by reading to
//! its end; how soon is the configuration's.

use std::io::Write as _;

use anyhow::{Result, ensure};
use konvolutt_tests::Server;
use konvolutt_tests::client::Client;

use super::wire::{answers, connect, parse, read_to_end};

const SOON: [(&str, &str); 2] = [("KONVOLUTT_LIMITS__HEADER_SECONDS", "1"), ("KONVOLUTT_LIMITS__BODY_SECONDS", "1")];

#[test]
fn headers_that_do_not_end_end_the_connection() -> Result<()> {
    let server = Server::start_with(&SOON)?;
    for begun in [
        "",
        "G",
        "GET / HTTP/1.1\r\n",
        "GET / HTTP/1.1\r\nhost: localhost\r\nx-a: ",
        "GET / HTTP/1.1\r\nhost: localhost\r\n",
    ] {
        let mut stream = connect(&server);
        stream.write_all(begun.as_bytes())?;
        let text = read_to_end(stream);
        ensure!(text.is_empty() || parse(&text).status == 408 || parse(&text).status == 400, "{begun:?}: {text}");
    }
    // After an answer, too.
    let mut stream = connect(&server);
    stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\nGET /")?;
    let text = read_to_end(stream);
    ensure!(answers(&text) == 1 && parse(&text).status == 200, "{text}");
    Ok(())
}

/// A body that stops, and one that trickles: a byte at a time, each in time, for as long as the server listens.
#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_do_not_go_on_end_the_connection() -> Result<()> {
    let server = Server::start_with(&SOON[1..])?;
    let client = Client::sign_in(&server.base(), "siri", "310904007").await?;
    let upload = client.begin_upload(100_000).await?;
    let heads = [
        "POST /api/v1/embed-sessions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n".to_owned(),
        format!(
            "PATCH /api/v1/uploads/{upload} HTTP/1.1\r\nhost: localhost\r\ncookie: {}\r\ntus-resumable: 1.0.0\r\n\
             upload-offset: 0\r\ncontent-type: application/offset+octet-stream\r\n",
            client.cookie()
        ),
    ];
    for head in &heads {
        for framing in ["content-length: 90000\r\n\r\n", "transfer-encoding: chunked\r\n\r\n1\r\n{\r\n"] {
            let mut stopped = connect(&server);
            stopped.write_all(format!("{head}{framing}").as_bytes())?;
            let text = read_to_end(stopped);
            ensure!(answers(&text) == 1 && matches!(parse(&text).status, 400 | 409), "{text}");
        }
    }
    let mut trickling = connect(&server);
    trickling.write_all(format!("{}content-length: 90000\r\n\r\n", heads[0]).as_bytes())?;
    // As many bytes as would take a quarter of an hour; writing fails when the server has had enough.
    let mut sent = 0;
    while sent < 9_000 && trickling.write_all(b" ").is_ok() {
        sent += 1;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        // The first write after the end is still taken by the system.
    }
    ensure!(sent < 1024, "{sent} bytes were taken, one by one");
    // What had been uploaded before it stopped is still there.
    let part = client.append(&upload, client.offset(&upload).await?, b"more").await?;
    ensure!(part.status() == 204, "{}", part.status());
    Ok(())
}
