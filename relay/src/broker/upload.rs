//! Uploads that come to an end: whoever takes no more bytes, or never answers, must not hold a worker for ever.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Bytes;
use http_body::{Frame, SizeHint};
use reqwest::{Body, RequestBuilder, Response};

use super::Failure;
use crate::directory::AGENT;

/// After so long without a byte going out or an answer coming in, nothing is waited for any more. Brokers store and scan a
/// gigabyte before they answer.
const STALL: Duration = Duration::from_secs(5 * 60);

/// Sends bodies of any length.
#[derive(Clone, Debug)]
pub(super) struct Uploads {
    http: reqwest::Client,
    stall: Duration,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// There never was a connection.
    Unreached,
    /// Bytes may have arrived.
    Lost,
}

impl Silence {
    /// What it means for what was to be sent.
    pub(super) fn failure(self, what: &str, lost: fn() -> Failure) -> Failure {
        match self {
            Self::Unreached => Failure::down(what),
            Self::Lost => lost(),
        }
    }
}

impl From<reqwest::Error> for Silence {
    fn from(error: reqwest::Error) -> Self {
        if error.is_connect() { Self::Unreached } else { Self::Lost }
    }
}

impl Uploads {
    /// `http` is what serves if no client of its own can be made.
    pub(super) fn new(http: &reqwest::Client) -> Self {
        // reqwest's read timeout runs while a body is being sent, too, and would cut a slow upload.
        let own = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().user_agent(AGENT);
        let own = own.connect_timeout(Duration::from_secs(10)).build().unwrap_or_else(|_| http.clone());
        Self { http: own, stall: STALL }
    }

    pub(super) fn post(&self, url: String) -> RequestBuilder {
        self.http.post(url)
    }

    /// Sends a request that [`Self::post`] began, for as long as it moves.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Response, Silence> {
        let (http, request) = request.build_split();
        let mut request = request?;
        let moved = Arc::new(AtomicU64::new(0));
        if let Some(body) = request.body_mut().take() {
            *request.body_mut() = Some(Body::wrap(Watched { body, moved: moved.clone() }));
        }
        let mut answer = pin!(http.execute(request));
        let mut before = 0;
        loop {
            if let Ok(answer) = tokio::time::timeout(self.stall, answer.as_mut()).await {
                return Ok(answer?);
            }
            let now = moved.load(Ordering::Relaxed);
            if now == before {
                return Err(Silence::Lost);
            }
            before = now;
        }
    }
}

/// A body that counts the pieces that have gone out.
struct Watched {
    body: Body,
    moved: Arc<AtomicU64>,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if matches!(polled, Poll::Ready(Some(Ok(_)))) {
            self.moved.fetch_add(1, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;

    /// A server that reads so many bytes and then does nothing more.
    async fn silent(bytes: usize) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (mut buffer, mut read) = (vec![0; 4096], 0);
            while read < bytes {
                let piece = stream.read(&mut buffer).await.unwrap();
                if read == 0 {
                    let head = String::from_utf8_lossy(&buffer[..piece]).to_lowercase();
                    assert!(head.contains(&format!("user-agent: {AGENT}")), "{head}");
                }
                read += piece;
            }
            std::future::pending::<()>().await;
        });
        address
    }

    #[tokio::test]
    async fn who_takes_no_more_or_never_answers_is_waited_for_no_longer() {
        // Installing twice in one process keeps the first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let uploads = Uploads { stall: Duration::from_millis(50), ..Uploads::new(&reqwest::Client::new()) };
        // More than any buffer on the way holds.
        let large = vec![0; 64 * 1024 * 1024];
        for (reads, body) in [(1, b"short".to_vec()), (100_000, large)] {
            let answer = uploads.send(uploads.post(silent(reads).await).body(body)).await;
            assert_eq!(answer.err(), Some(Silence::Lost));
        }
        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let answer = uploads.send(uploads.post(format!("http://{nobody}/")).body("")).await;
        assert_eq!(answer.err(), Some(Silence::Unreached));
    }
}
