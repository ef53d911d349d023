//! Entity tags (RFC 9110, section 8.8.3): whoever has an answer already asks whether it is still the same, and does not
//! get it again. Nothing is kept by anybody on the way: answers remain `no-store`, and the one who asks is a program
//! that holds what it was told.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headers::{ETag, HeaderMapExt as _, IfNoneMatch};
use sha2::{Digest as _, Sha256};

/// The most of an answer that is looked at, in bytes: more than any page of a list. What is longer goes untagged.
const MOST: u64 = 4 * 1024 * 1024;

/// Tags every JSON answer to a GET, and answers 304 to who has it.
pub(super) async fn tag(request: Request, next: Next) -> Response {
    let asks = *request.method() == Method::GET;
    let had: Option<IfNoneMatch> = request.headers().typed_get();
    let response = next.run(request).await;
    if asks && is_taggable(&response) { tagged(response, had).await } else { response }
}

fn is_taggable(response: &Response) -> bool {
    use http_body::Body as _;
    let json = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    json && response.status() == StatusCode::OK && response.body().size_hint().upper().is_some_and(|size| size <= MOST)
}

async fn tagged(response: Response, had: Option<IfNoneMatch>) -> Response {
    let (mut parts, body) = response.into_parts();
    // Its length is known to be within the bound, and it is in memory.
    let Ok(body) = to_bytes(body, MOST as usize).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let digest = Sha256::digest(&body);
    let Ok(tag) = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&digest[..16])).parse::<ETag>() else {
        return Response::from_parts(parts, Body::from(body));
    };
    let same = had.is_some_and(|had| !had.precondition_passes(&tag));
    parts.headers.typed_insert(tag);
    if !same {
        return Response::from_parts(parts, Body::from(body));
    }
    parts.status = StatusCode::NOT_MODIFIED;
    for name in [CONTENT_TYPE, CONTENT_LENGTH] {
        parts.headers.remove(name);
    }
    Response::from_parts(parts, Body::empty())
}
