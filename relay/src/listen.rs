//! Connections: how many, how slow, how large the head of a request. HTTP/1.1 only; a proxy in front ends TLS.
//!
//! `axum::serve` has none of these limits, so the connections are `hyper`'s, which `axum` stands on.

mod progress;

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

use crate::http::Peer;
use progress::Progress;

/// The most that a request's line and headers may be, in bytes: a cookie and a few more, many times over.
const HEAD: usize = 32 * 1024;

/// The most headers of a request.
const HEADERS: usize = 64;

/// What is read at once of a body.
const BUFFER: usize = 256 * 1024;

/// How long others are waited for, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Connections at once; more wait until one ends.
    pub connections: usize,
    /// Until a request's headers are there, and for the next request.
    pub headers: Duration,
    /// Until a body has gone on, in or out.
    pub body: Duration,
}

/// Serves connections until `stop` resolves, and then those that are open until each has its answer.
pub async fn serve(listener: TcpListener, router: Router, patience: Patience, stop: impl Future<Output = ()>) {
    let (graceful, room) = (GracefulShutdown::new(), Arc::new(Semaphore::new(patience.connections)));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience.headers);
    http.max_headers(HEADERS).max_header_size(HEAD).max_buf_size(BUFFER);
    let mut stop = std::pin::pin!(stop);
    loop {
        // Never closed, so there will be room.
        let next = async { (room.clone().acquire_owned().await, accept(&listener).await) };
        let (place, (stream, peer)) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        // What is sent is sent whole; waiting for more only delays it. A connection that is gone is found out soon.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            router.clone().oneshot(request)
        });
        let connection =
            graceful.watch(http.serve_connection(TokioIo::new(Progress::new(stream, patience.body)), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                // Its text is hyper's own and holds nothing of what was sent.
                tracing::debug!(%error, "a connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// The next connection. Without a free file descriptor it is waited for one.
async fn accept(listener: &TcpListener) -> (TcpStream, std::net::SocketAddr) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be taken");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::routing::get;
    use futures_util::stream;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// The second connection has a place only when the first has lost its own.
    #[tokio::test(flavor = "multi_thread")]
    async fn who_asks_for_much_and_reads_nothing_loses_the_place() {
        let endless = || async {
            let pieces = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 1 << 16])));
            Body::from_stream(pieces)
        };
        let router = Router::new().route("/much", get(endless)).route("/little", get(|| async { "little" }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let body = Duration::from_millis(200);
        let patience = Patience { connections: 1, headers: Duration::from_secs(60), body };
        tokio::spawn(serve(listener, router, patience, std::future::pending()));
        let ask = async |path: &str| {
            let mut connection = TcpStream::connect(address).await.unwrap();
            let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
            connection.write_all(request.as_bytes()).await.unwrap();
            connection
        };
        let mut idle = ask("/much").await;
        let mut begun = [0; 12];
        idle.read_exact(&mut begun).await.unwrap();
        assert_eq!(&begun, b"HTTP/1.1 200");
        let (mut next, mut text) = (ask("/little").await, String::new());
        let answered = next.read_to_string(&mut text);
        tokio::time::timeout(Duration::from_secs(30), answered).await.expect("the place is never free").unwrap();
        assert!(text.ends_with("little"), "{text}");
    }
}
