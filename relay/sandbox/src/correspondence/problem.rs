//! How Correspondence says no: problem details with its own numbers (altinn-correspondence, `CorrespondenceErrors`).

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::state::Refusal;
use crate::broker::problem_details;

/// A refusal on its way out.
#[derive(Debug)]
pub(super) enum Problem {
    /// One of the numbered errors: number, HTTP status, text.
    Numbered(u32, StatusCode, &'static str),
    /// The gateway's answer to a missing or wrong token.
    Unauthorized,
    /// The token lacks the scope.
    Forbidden,
    /// Model binding: one text a field.
    Validation(Vec<(String, String)>),
    /// Not the caller's fault.
    Internal,
}

pub(super) const NOT_FOUND: Problem =
    Problem::Numbered(1001, StatusCode::NOT_FOUND, "The requested correspondence was not found");
pub(super) const FILES_DIFFER: Problem = Problem::Numbered(
    1005,
    StatusCode::BAD_REQUEST,
    "The uploaded files do not match the attachments of the correspondence",
);
pub(super) const RECIPIENT_UNKNOWN: Problem =
    Problem::Numbered(1029, StatusCode::NOT_FOUND, "Could not find partyId for the recipient");
pub(super) const RESERVED: Problem = Problem::Numbered(
    1030,
    StatusCode::UNPROCESSABLE_ENTITY,
    "Recipient has reserved themselves from public correspondences in the contact and reservation register (KRR)",
);
pub(super) const KEY_INVALID: Problem =
    Problem::Numbered(1033, StatusCode::BAD_REQUEST, "The idempotency key must be a valid non-empty GUID");
pub(super) const DUPLICATE: Problem =
    Problem::Numbered(1034, StatusCode::CONFLICT, "A correspondence with the same idempotent key already exists");
pub(super) const NO_ROLE: Problem = Problem::Numbered(
    1044,
    StatusCode::UNPROCESSABLE_ENTITY,
    "The recipient has nobody with the roles that the resource demands",
);
pub(super) const KEY_FOR_SEVERAL: Problem = Problem::Numbered(
    1047,
    StatusCode::BAD_REQUEST,
    "Idempotency key is not supported for requests with several recipients",
);
pub(super) const MUST_BE_CONFIDENTIAL: Problem = Problem::Numbered(
    1060,
    StatusCode::BAD_REQUEST,
    "The resource is for confidential correspondences, and this one is not marked as such",
);
pub(super) const MAY_NOT_BE_CONFIDENTIAL: Problem = Problem::Numbered(
    1061,
    StatusCode::BAD_REQUEST,
    "The resource is not for confidential correspondences, and this one is marked as such",
);
pub(super) const FILE_REFUSED: Problem =
    Problem::Numbered(2012, StatusCode::BAD_REQUEST, "File name or file type is not allowed, or a file is empty");
pub(super) const NO_ACCESS: Problem =
    Problem::Numbered(4001, StatusCode::UNAUTHORIZED, "You do not have access to the resource");

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let bad = StatusCode::BAD_REQUEST;
        match refusal {
            Refusal::NotFound => NOT_FOUND,
            Refusal::ReadBeforeFetched => Self::Numbered(1024, bad, "It must be fetched before it can be read"),
            Refusal::ConfirmBeforeFetched => Self::Numbered(1025, bad, "It must be fetched before it can be confirmed"),
            // Which numbers these two have is not known.
            Refusal::PurgeAfterPublished => Self::Numbered(1012, bad, "A published correspondence cannot be purged"),
            Refusal::Purged => Self::Numbered(1013, bad, "The correspondence has been purged"),
        }
    }
}

impl From<crate::error::Error> for Problem {
    fn from(error: crate::error::Error) -> Self {
        tracing::error!(%error, "sandbox correspondence");
        Self::Internal
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self {
            Self::Numbered(number, status, detail) => {
                let code = format!("CORR-{number:05}");
                problem_details(status, json!({ "detail": detail, "code": code, "errorCode": number }))
            }
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response(),
            Self::Forbidden => StatusCode::FORBIDDEN.into_response(),
            Self::Validation(fields) => {
                let errors: Map<String, Value> = fields.into_iter().map(|(name, text)| (name, json!([text]))).collect();
                problem_details(StatusCode::BAD_REQUEST, json!({ "errors": errors }))
            }
            Self::Internal => problem_details(StatusCode::INTERNAL_SERVER_ERROR, json!({})),
        }
    }
}
