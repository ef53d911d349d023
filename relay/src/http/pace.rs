//! Bodies that go on, or are given up.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http_body::{Frame, SizeHint};
use konvolutt_shared::finding::Rule;
use tokio::time::{Sleep, sleep};

use crate::app::Shared;
use crate::problem::Refusal;

/// Bytes that must come in the time that there is, unless the body ends.
const LEAST: usize = 1024;

/// Reads bodies at no less than a certain pace, and lets no two programs disagree where one ends.
///
/// A request in which both `Transfer-Encoding` and `Content-Length` stand is refused (RFC 9112, section 6.1, allows
/// it); `hyper` drops the second if it comes last, so after any request in pieces the connection is closed: what
/// somebody smuggled behind it is never read as a request.
pub(super) async fn pace(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let in_pieces = request.headers().contains_key(header::TRANSFER_ENCODING);
    let mut response = if in_pieces && request.headers().contains_key(header::CONTENT_LENGTH) {
        Refusal::rule(Rule::RequestInvalid, "a body is sent in pieces or with its length, not both").into_response()
    } else {
        let window = app.patience;
        let paced = |body| Body::new(Paced { body, window, came: 0, until: None });
        next.run(request.map(paced)).await
    };
    if in_pieces && response.status() != StatusCode::SWITCHING_PROTOCOLS {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

struct Paced {
    body: Body,
    window: Duration,
    /// Since the last time that enough had come.
    came: usize,
    /// Set when it is waited for the sender, not for the reader.
    until: Option<Pin<Box<Sleep>>>,
}

impl http_body::Body for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(frame) => {
                let bytes = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()).map_or(0, Bytes::len);
                self.came += bytes;
                if self.came >= LEAST {
                    (self.came, self.until) = (0, None);
                }
                Poll::Ready(frame)
            }
            Poll::Pending => {
                let window = self.window;
                let until = self.until.get_or_insert_with(|| Box::pin(sleep(window)));
                until.as_mut().poll(context).map(|()| Some(Err(axum::Error::new(Slow))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the body does not go on")]
struct Slow;
