//! HTTP by hand.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use konvolutt_tests::Server;

/// Only decides when a test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer as it came.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }
}

pub(crate) fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.base().trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Everything that comes back until the server ends the connection.
pub(crate) fn exchange(server: &Server, bytes: &[u8]) -> String {
    let mut stream = connect(server);
    // The server may have ended it before everything was sent.
    let _ = stream.write_all(bytes);
    read_to_end(stream)
}

/// What is left to read. A connection that is reset has said what it had to say.
pub(crate) fn read_to_end(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => answer.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("the connection was left open: {error}"),
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// The head of an answer whose body has no end.
pub(crate) fn begin(server: &Server, line: &str, headers: &str) -> Answer {
    let mut stream = connect(server);
    stream.write_all(format!("{line} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n").as_bytes()).unwrap();
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.extend_from_slice(&byte);
    }
    parse(&String::from_utf8_lossy(&head))
}

/// How many answers there are in what came back.
pub(crate) fn answers(text: &str) -> usize {
    text.matches("HTTP/1.1 ").count()
}

/// The first answer.
pub(crate) fn parse(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let headers = lines.filter_map(|line| line.split_once(':'));
    Answer {
        status: status.unwrap_or_else(|| panic!("no answer: {text:?}")),
        headers: headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect(),
        body: body.to_owned(),
    }
}

/// A request with this line, a host that is ours and these headers, each with its line's end.
pub(crate) fn ask(server: &Server, line: &str, headers: &str, body: &str) -> Answer {
    let request = format!("{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n{body}");
    parse(&exchange(server, request.as_bytes()))
}
