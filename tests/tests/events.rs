//! The event stream: whoever was cut off goes on where it stopped, and nothing is missed or told twice.
#![allow(clippy::unwrap_used)]

use anyhow::{Context, Result, ensure};
use konvolutt_shared::api::{Change, Page, Status};
use konvolutt_tests::Server;
use konvolutt_tests::client::{Client, document};
use reqwest::{Method, Response, StatusCode};

const OURS: &str = "310904007";
const SOLVIK: &str = "310900117";

/// An open stream, read as a browser does (HTML, 9.2.6).
struct Stream {
    answer: Response,
    read: String,
    /// Where it says that it begins.
    begun: Option<u64>,
}

impl Stream {
    /// From the beginning without an id.
    async fn open(client: &Client, last: Option<u64>) -> Result<Self> {
        let path = if last.is_some() { "/api/v1/events" } else { "/api/v1/events?after=0" };
        let request = client.request(Method::GET, path);
        let request = last.iter().fold(request, |request, id| request.header("last-event-id", *id));
        let answer = request.send().await?;
        ensure!(answer.status() == StatusCode::OK, "{}", answer.status());
        Ok(Self { answer, read: String::new(), begun: None })
    }

    /// The next change. Its cursor is the event's id.
    async fn next(&mut self) -> Result<Change> {
        loop {
            let Some((event, rest)) = self.read.split_once("\n\n") else {
                let piece = self.answer.chunk().await?.context("the stream has ended")?;
                self.read.push_str(std::str::from_utf8(&piece)?);
                continue;
            };
            let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            let found = field("data:").map(|data| (data.to_owned(), field("id:").unwrap_or_default().to_owned()));
            let begins = field("event:") == Some("begin");
            self.read = rest.to_owned();
            // Without data it is a comment that keeps the connection open.
            if let Some((data, id)) = found {
                if begins {
                    assert_eq!(data, id);
                    self.begun = Some(id.parse()?);
                    continue;
                }
                let change: Change = serde_json::from_str(&data)?;
                assert_eq!(change.cursor.to_string(), id);
                return Ok(change);
            }
        }
    }

    /// Everything until a message has a status, with it.
    async fn until(&mut self, message: &str, status: Status) -> Result<Vec<u64>> {
        let mut seen = Vec::new();
        loop {
            let change = self.next().await?;
            seen.push(change.cursor);
            if change.id == message && change.event.status == status {
                return Ok(seen);
            }
        }
    }
}

async fn send(client: &Client) -> Result<String> {
    let letter = client.seal(SOLVIK, &[document("brev.txt", "a")]).await?;
    Ok(client.send(&letter).await?.summary.id)
}

/// All cursors of the log up to one.
async fn log(client: &Client, last: u64) -> Result<Vec<u64>> {
    let (mut after, mut all) = (0, Vec::new());
    loop {
        let path = format!("/api/v1/event-log?after={after}");
        let page: Page<Change> = client.request(Method::GET, &path).send().await?.json().await?;
        all.extend(page.items.iter().map(|change| change.cursor).filter(|cursor| *cursor <= last));
        match page.next {
            Some(next) => after = next.parse()?,
            None => return Ok(all),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_goes_on_after_a_cut_and_after_a_restart() -> Result<()> {
    let mut server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;

    let first = send(&client).await?;
    let mut stream = Stream::open(&client, None).await?;
    let mut seen = stream.until(&first, Status::Opprettet).await?;
    drop(stream);

    // What happens while nobody listens is told at once, and then what happens.
    let second = send(&client).await?;
    client.wait_for(&second, Status::Levert).await?;
    let mut stream = Stream::open(&client, seen.last().copied()).await?;
    seen.extend(stream.until(&second, Status::Levert).await?);
    let third = send(&client).await?;
    seen.extend(stream.until(&third, Status::Sendt).await?);

    server.cut_power_and_start_again()?;
    // What was on its way when it ended counts as not heard.
    while stream.next().await.is_ok() {}
    let mut stream = Stream::open(&client, seen.last().copied()).await?;
    seen.extend(stream.until(&third, Status::Levert).await?);

    assert_eq!(seen, log(&client, *seen.last().unwrap()).await?, "each once, in order, none missed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_names_no_event_begins_now() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let before = send(&client).await?;
    client.wait_for(&before, Status::Levert).await?;
    let answer = client.request(Method::GET, "/api/v1/events").header("last-event-id", "nonsense").send().await?;
    let mut stream = Stream { answer, read: String::new(), begun: None };
    let after = send(&client).await?;
    let seen = stream.until(&after, Status::Levert).await?;
    let opprettet = client.message(&after).await?.events[0].cursor;
    let all = log(&client, *seen.last().unwrap()).await?;
    assert!(stream.begun.is_some_and(|begun| begun < opprettet), "{:?}", stream.begun);
    assert!(seen.contains(&opprettet) && seen.len() < all.len(), "{seen:?} of {all:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_has_only_so_many_streams() -> Result<()> {
    let server = Server::start_with(&[("KONVOLUTT_LIMITS__STREAMS_PER_PERSON", "2")])?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let first = Stream::open(&client, None).await?;
    let _second = Stream::open(&client, None).await?;
    let refused = client.request(Method::GET, "/api/v1/events").send().await?;
    ensure!(refused.status() == StatusCode::TOO_MANY_REQUESTS, "{}", refused.status());
    ensure!(refused.headers().contains_key("retry-after"));
    Stream::open(&Client::sign_in(&server.base(), "jon", SOLVIK).await?, None).await?;
    // The place is free as soon as the relay has seen that nobody listens any more.
    drop(first);
    while Stream::open(&client, None).await.is_err() {
        tokio::task::yield_now().await;
    }
    Ok(())
}
