//! How the broker says no: problem details with its own numbers (altinn-broker, `Errors.cs`).

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::state::Refusal;

/// A refusal on its way out.
#[derive(Debug)]
pub(super) enum Problem {
    /// One of the broker's numbered errors.
    Broker(Refusal),
    /// The gateway's answer to a missing or wrong token.
    Unauthorized,
    /// The token lacks the scope.
    Forbidden,
    /// `Accept` names nothing the broker writes.
    NotAcceptable,
    /// Model binding: one text a field.
    Validation(Vec<(String, String)>),
    /// Not the caller's fault.
    Internal,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Broker(refusal)
    }
}

impl From<crate::error::Error> for Problem {
    fn from(error: crate::error::Error) -> Self {
        tracing::error!(%error, "sandbox broker");
        Self::Internal
    }
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        crate::error::Error::from(error).into()
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        crate::error::Error::from(error).into()
    }
}

/// Number, HTTP status and text.
const fn entry(refusal: Refusal) -> (u32, StatusCode, &'static str) {
    match refusal {
        Refusal::NotFound => (1, StatusCode::NOT_FOUND, "The requested file transfer was not found"),
        Refusal::NoFile => (3, StatusCode::BAD_REQUEST, "No file uploaded yet"),
        Refusal::AlreadyUploaded => {
            (4, StatusCode::CONFLICT, "A file transfer has already been, or attempted to be, created")
        }
        Refusal::ResourceUnknown => (5, StatusCode::FORBIDDEN, "Resource needs to be registered as an Altinn resource"),
        Refusal::NoAccess => (
            6,
            StatusCode::UNAUTHORIZED,
            "You must use a bearer token that belongs to a system user with access to the resource",
        ),
        Refusal::NotAvailable => (7, StatusCode::FORBIDDEN, "The requested file transfer is not ready for download"),
        Refusal::ChecksumMismatch => (
            9,
            StatusCode::BAD_REQUEST,
            "The checksum of the uploaded file did not match the checksum specified when initializing",
        ),
        Refusal::ConfirmNeedsPublished => {
            (10, StatusCode::BAD_REQUEST, "A file transfer must be published before it can be confirmed")
        }
        Refusal::TooBig => (16, StatusCode::BAD_REQUEST, "File size exceeds maximum"),
        Refusal::ConfirmBeforeDownload => {
            (19, StatusCode::BAD_REQUEST, "Cannot confirm before the file has been downloaded")
        }
        Refusal::OwnerUnknown => {
            (2, StatusCode::BAD_REQUEST, "Service owner needs to be configured to use the broker API")
        }
        Refusal::SizeNegative => (11, StatusCode::BAD_REQUEST, "Max file transfer size cannot be negative"),
        Refusal::SizeZero => (12, StatusCode::BAD_REQUEST, "Max file transfer size cannot be zero"),
        Refusal::SizeScanned => {
            (13, StatusCode::BAD_REQUEST, "Max file transfer size is 50 GB unless approved for disabled virus scan")
        }
        Refusal::LifeFormat => (14, StatusCode::BAD_REQUEST, "Invalid file transfer time to live format"),
        Refusal::LifeTooLong => (15, StatusCode::BAD_REQUEST, "Time to live cannot exceed 365 days"),
        Refusal::GraceFormat => (17, StatusCode::BAD_REQUEST, "Invalid grace period format"),
        Refusal::GraceTooLong => (18, StatusCode::BAD_REQUEST, "Grace period cannot exceed 24 hours"),
        Refusal::Unscanned => {
            (20, StatusCode::BAD_REQUEST, "The resource is not approved for file transfers without virus scan")
        }
        Refusal::SizeUntried => (22, StatusCode::BAD_REQUEST, "Max file transfer size cannot exceed 1.6 TB"),
        Refusal::Range => (29, StatusCode::RANGE_NOT_SATISFIABLE, "The requested range cannot be satisfied"),
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self {
            Self::Broker(refusal) => {
                let (number, status, detail) = entry(refusal);
                problem_details(status, json!({ "detail": detail, "code": format!("BRO-{number:05}") }))
            }
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response(),
            Self::Forbidden => StatusCode::FORBIDDEN.into_response(),
            Self::NotAcceptable => problem_details(StatusCode::NOT_ACCEPTABLE, json!({})),
            Self::Validation(fields) => {
                let mut errors = Map::new();
                for (field, text) in fields {
                    errors.insert(field, json!([text]));
                }
                problem_details(StatusCode::BAD_REQUEST, json!({ "errors": Value::Object(errors) }))
            }
            Self::Internal => problem_details(StatusCode::INTERNAL_SERVER_ERROR, json!({})),
        }
    }
}

/// Problem details as Altinn's platform writes them: `more` goes beside what the status says.
pub(crate) fn problem_details(status: StatusCode, more: Value) -> Response {
    let mut body = json!({
        "type": format!("https://tools.ietf.org/html/rfc9110#section-15.{}.{}", status.as_u16() / 100 + 1, status.as_u16() % 100 + 1),
        "title": status.canonical_reason().unwrap_or_default(),
        "status": status.as_u16(),
        "traceId": uuid::Uuid::new_v4().simple().to_string(),
    });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}
