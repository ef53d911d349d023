//! How Altinn's authentication says no: problem details with numbers of its own, and for what is wrong with a body a list
//! with places.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::state::Refusal;
use crate::broker::problem_details;

/// A refusal on its way out.
#[derive(Debug)]
pub(super) enum Problem {
    /// `AUTH-` and this number.
    Numbered(u32, StatusCode, &'static str),
    /// The gateway's answer to a missing or wrong token.
    Unauthorized,
    /// The token lacks the scope.
    Forbidden,
    /// Model binding: field and text.
    Binding(Vec<(&'static str, String)>),
    /// Of one kind: number after `AUTH.VLD-`, text and place.
    Validation(u32, &'static str, String),
    /// Not the caller's fault.
    Internal,
}

pub(super) const RIGHTS: Problem =
    Problem::Numbered(1, StatusCode::BAD_REQUEST, "One or more Right not found or not delegable.");
pub(super) const SYSTEM: Problem =
    Problem::Numbered(11, StatusCode::NOT_FOUND, "The Id does not refer to a Registered System.");
pub(super) const NO_REDIRECT: Problem =
    Problem::Numbered(26, StatusCode::BAD_REQUEST, "No redirect uris are set for the system");
pub(super) const NO_ROLE: Problem = Problem::Numbered(
    16,
    StatusCode::FORBIDDEN,
    "DelegationCheck failed with error: Has not access by a delegation of role in ER or Altinn.",
);

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::UserExists => Self::Numbered(
                4,
                StatusCode::BAD_REQUEST,
                "Failed to create new SystemUser, existing SystemUser tied to the given System-Id.",
            ),
            Refusal::NotFound => {
                Self::Numbered(10, StatusCode::NOT_FOUND, "The Id does not refer to a Request in our system.")
            }
            Refusal::NotNew => Self::Numbered(13, StatusCode::CONFLICT, "The Status of the Request is not New."),
        }
    }
}

impl From<crate::error::Error> for Problem {
    fn from(error: crate::error::Error) -> Self {
        tracing::error!(%error, "sandbox system users");
        Self::Internal
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self {
            Self::Numbered(number, status, detail) => {
                problem_details(status, json!({ "detail": detail, "code": format!("AUTH-{number:05}") }))
            }
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response(),
            Self::Forbidden => StatusCode::FORBIDDEN.into_response(),
            Self::Binding(fields) => {
                let errors: serde_json::Map<String, Value> =
                    fields.into_iter().map(|(name, text)| (name.to_owned(), json!([text]))).collect();
                problem_details(StatusCode::BAD_REQUEST, json!({ "errors": errors }))
            }
            Self::Validation(number, detail, place) => {
                let one = json!({ "code": format!("AUTH.VLD-{number:05}"), "detail": detail, "paths": [place] });
                let more = json!({
                    "detail": "One or more validation errors occurred.", "code": "STD-00000", "validationErrors": [one],
                });
                problem_details(StatusCode::BAD_REQUEST, more)
            }
            Self::Internal => problem_details(StatusCode::INTERNAL_SERVER_ERROR, json!({})),
        }
    }
}
