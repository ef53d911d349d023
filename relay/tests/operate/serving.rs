//! The program while it serves and when it is told to stop: probes, metrics, signals.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::world::Place;

/// A request that is not whole: whoever serves it must wait.
const HALF: &str = "POST /api/v1/embed-sessions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n\
    content-length: 34\r\n\r\n{\"clientId\":\"n";
const REST: &str = "obody\",\"origin\":\"x\"}";

/// Only decides when a test gives up waiting.
const PATIENCE: Duration = Duration::from_secs(90);

struct Running {
    child: Child,
    address: String,
    place: Place,
}

impl Running {
    fn start(place: Place) -> Self {
        let log = File::create(place.path("log")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_konvolutt"))
            .args(["serve", "--config"])
            .arg(place.file())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("Listening on http://").unwrap().to_owned();
        Self { child, address, place }
    }

    fn begin(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }

    fn get(&self, path: &str) -> String {
        get(&self.address, path)
    }

    fn signal(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// The exit code.
    async fn end(&mut self) -> Option<i32> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until nobody can connect any more: it has heard the signal.
    async fn closed(&self) {
        let begun = Instant::now();
        while TcpStream::connect(&self.address).is_ok() {
            assert!(begun.elapsed() < PATIENCE, "the door is not closed");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.place.path("log")).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").as_bytes())
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Until the server has begun to read what was sent: connections are taken in their order, and one that came later has
/// been answered.
async fn moment(running: &Running) {
    running.get("/health/live");
    tokio::time::sleep(Duration::from_millis(300)).await;
}

#[tokio::test]
async fn a_request_in_flight_finishes_and_no_new_one_is_taken() {
    let mut running = Running::start(Place::new());
    let mut open = running.begin(HALF);
    moment(&running).await;
    running.signal();
    running.closed().await;
    open.write_all(REST.as_bytes()).unwrap();
    let mut answer = String::new();
    open.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("rammen.opphav"), "{answer}");
    assert_eq!(running.end().await, Some(0), "{}", running.log());
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let mut running = Running::start(Place::new());
    let _open = running.begin(HALF);
    moment(&running).await;
    running.signal();
    running.closed().await;
    assert!(running.child.try_wait().unwrap().is_none(), "it waits for the request");
    running.signal();
    assert_eq!(running.end().await, Some(1));
    assert!(running.log().contains("ended by a second signal"), "{}", running.log());
}

#[tokio::test]
async fn a_request_that_never_ends_is_cut_off() {
    let mut running = Running::start(Place::new());
    let _open = running.begin(HALF);
    moment(&running).await;
    running.signal();
    assert_eq!(running.end().await, Some(0));
    assert!(running.log().contains("open requests were cut off"), "{}", running.log());
}

#[test]
fn a_log_filter_that_means_nothing_is_refused() {
    let mut place = Place::new();
    place.set("log.filter", "info,konvolutt_relay=loud");
    let mut run = Command::new(env!("CARGO_BIN_EXE_konvolutt"));
    let run = run.args(["serve", "--config"]).arg(place.file()).env_remove("RUST_LOG").output().unwrap();
    assert_eq!(run.status.code(), Some(1), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn an_exported_audit_log_is_verified_by_the_program() {
    use konvolutt_relay::audit::{Action, Event, Head, Id, Object, ObjectKind, Outcome, Who};
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.log");
    let object = Object::new(ObjectKind::Message, Id::new("m-1").unwrap());
    let event = Event { who: Who::Relay, behalf: None, action: Action::MessageRead, object, outcome: Outcome::Done };
    let (first, head) = Head::beginning("a.example").append(konvolutt_relay::clock::now(), &event);
    let (second, last) = head.append(konvolutt_relay::clock::now(), &event);
    let verify = |text: String, known: &Head| {
        std::fs::write(&file, text).unwrap();
        let mut run = Command::new(env!("CARGO_BIN_EXE_konvolutt"));
        let run = run.args(["audit", "verify", "--audience", "a.example", "--head", &known.to_string()]).arg(&file);
        let run = run.output().unwrap();
        (run.status.code(), String::from_utf8(run.stdout).unwrap() + &String::from_utf8(run.stderr).unwrap())
    };
    let (code, said) = verify(format!("{first}\n{second}\n"), &last);
    assert_eq!((code, said), (Some(0), format!("2 entries hold together; the head is {last}\n")));
    let (code, said) = verify(format!("{first}\n"), &last);
    assert!(code == Some(1) && said.contains("entry 2: the log is cut off"), "{said}");
    let (code, said) = verify(format!("{first}\n{}\n", second.replace("message_read", "message_opened")), &head);
    assert!(code == Some(1) && said.contains("entry 2: the digest is not the text's"), "{said}");
}

#[tokio::test]
async fn probes_tell_alive_from_ready() {
    let running = Running::start(Place::new());
    assert!(running.get("/health/live").starts_with("HTTP/1.1 200"));
    let ready = running.get("/health/ready");
    assert!(ready.starts_with("HTTP/1.1 200") && ready.ends_with("ok"), "{ready}");

    assert_eq!(probe(&running), Some(0));

    let mut place = Place::new();
    place.set("server.min_free_mib", 1_i64 << 40);
    let mut running = Running::start(place);
    assert_eq!(probe(&running), Some(1));
    assert!(running.get("/health/live").starts_with("HTTP/1.1 200"), "a full disk is no reason to start it anew");
    let ready = running.get("/health/ready");
    assert!(ready.starts_with("HTTP/1.1 503") && ready.ends_with("the disk is full"), "{ready}");
    running.signal();
    running.end().await;
    assert_eq!(probe(&running), Some(1), "nobody is there");
}

/// What a container's health check would learn.
fn probe(running: &Running) -> Option<i32> {
    let mut probe = Command::new(env!("CARGO_BIN_EXE_konvolutt"));
    probe.arg("probe").env("KONVOLUTT_SERVER__LISTEN", &running.address);
    probe.output().unwrap().status.code()
}

#[tokio::test]
async fn metrics_are_on_their_own_address_and_name_only_templates() {
    let mut place = Place::new();
    place.set("metrics.listen", "127.0.0.1:0");
    place.set("log.format", "json");
    let running = Running::start(place);
    running.get("/health/live");
    running.get("/api/v1/session");
    running.get("/api/v1/messages/13097248022");
    running.get("/13097248022?x=13097248022");
    running.get("/api/v1/13097248022");
    let odd = running.begin("BREW13097248022 / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    let _ = BufReader::new(odd).lines().count();

    let log = running.log();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let told = lines.filter_map(|line| line["fields"]["address"].as_str().map(str::to_owned)).next();
    let text = get(&told.unwrap(), "/metrics");
    assert!(text.contains("application/openmetrics-text") && text.ends_with("# EOF\n"), "{text}");
    for part in [
        "efm_refusals_total{code=\"innlogging.utlopt\"} 2",
        "route=\"/health/live\",status=\"200\"} 1",
        "route=\"/api/v1/messages/{id}\",status=\"401\"} 1",
        "method=\"other\",route=\"none\"",
        "efm_queue_depth{channel=\"DPO\"} ",
        "efm_http_body_bytes_total{direction=\"out\"} ",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("13097248022"), "{text}");
    assert!(!running.get("/metrics").contains("efm_"), "not on the public address");
}
