//! Extractors whose refusals are problems like all others.

use axum::extract::{self, FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use konvolutt_shared::finding::Rule;
use serde::de::DeserializeOwned;

use crate::problem::Refusal;

/// The most of a body that is JSON, in bytes: an envelope with its certificates and an SBD, many times over.
pub(super) const MOST: usize = 1024 * 1024;

/// A JSON body.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let length = request.headers().get(header::CONTENT_LENGTH);
        if length.and_then(|length| length.to_str().ok()?.parse().ok()).is_some_and(|length: usize| length > MOST) {
            return Err(too_large());
        }
        let body = axum::Json::<T>::from_request(request, state).await;
        body.map(|axum::Json(value)| Self(value)).map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => too_large(),
            _ => invalid("the body is not the JSON that is expected here"),
        })
    }
}

/// The query of the address.
pub(super) struct Search<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Search<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query.map(|Query(value)| Self(value)).map_err(|_| invalid("the query is not what is expected here"))
    }
}

/// What stands in the address for the route's parameters.
pub(super) struct Path<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let path = extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|extract::Path(value)| Self(value)).map_err(|_| invalid("the address is not what is expected here"))
    }
}

/// A body that is a form.
pub(super) struct Form<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let form = axum::Form::<T>::from_request(request, state).await;
        form.map(|axum::Form(value)| Self(value)).map_err(|_| invalid("the body is not the form that is expected here"))
    }
}

fn invalid(message: &str) -> Refusal {
    Refusal::rule(Rule::RequestInvalid, message)
}

fn too_large() -> Refusal {
    Refusal::rule(Rule::BodySize, "the body is larger than is allowed here")
}
