//! How the access point says no: problem details (RFC 9457) with 400, 401, 403 and 404, as its description has them.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::state::Refusal;

/// What is wrong with what was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Parts, media types, or the address of the request.
    Request,
    /// The package is too large.
    Size,
    /// No JWS, another algorithm, no certificate, or a signature that does not hold.
    Signature,
    /// The signer's certificate leads to no trusted root.
    Certificate,
    /// The document breaks the network's schema.
    Schema,
    /// The document holds another token than the request bore.
    Token,
    /// The token, the signer and the document name different organisations.
    Sender,
    /// The package is not the one of the document.
    Digest,
    /// The id has been used.
    Duplicate,
}

/// A refusal on its way out.
#[derive(Debug)]
pub(super) enum Problem {
    /// No token, or one that does not hold any more.
    Unauthorized,
    /// The token lacks the scope.
    Scope,
    /// Whoever asks is no party of that kind.
    Party(&'static str),
    /// What was handed in is refused. The text tells no content.
    Invalid(Flaw, String),
    /// There is no such message, or it is somebody else's.
    NotFound,
    /// Not the caller's fault.
    Internal,
}

impl Problem {
    /// A refusal of what was handed in.
    pub(super) fn invalid(flaw: Flaw, detail: impl Into<String>) -> Self {
        Self::Invalid(flaw, detail.into())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound => Self::NotFound,
        }
    }
}

impl From<crate::error::Error> for Problem {
    fn from(error: crate::error::Error) -> Self {
        tracing::error!(%error, "sandbox access point");
        Self::Internal
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        crate::error::Error::from(error).into()
    }
}

impl Flaw {
    /// The end of the problem's type, and its title.
    const fn entry(self) -> (&'static str, &'static str) {
        match self {
            Self::Request => ("request", "The request has another form than it should"),
            Self::Size => ("size", "The package is too large"),
            Self::Signature => ("signature", "The signature of the message does not hold"),
            Self::Certificate => ("certificate", "The signer's certificate is not trusted"),
            Self::Schema => ("schema", "The message does not follow the schema"),
            Self::Token => ("token", "The token in the message is not the token of the request"),
            Self::Sender => ("sender", "Token, signer and message name different organisations"),
            Self::Digest => ("digest", "The package is not the one that the message tells of"),
            Self::Duplicate => ("duplicate", "The message id has been used"),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, (kind, title), detail) = match self {
            Self::Unauthorized => {
                (StatusCode::UNAUTHORIZED, ("unauthorized", "The token is missing, wrong or expired"), String::new())
            }
            Self::Scope => (StatusCode::FORBIDDEN, ("scope", "The token lacks the scope"), super::SCOPE.to_owned()),
            Self::Party(detail) => {
                (StatusCode::FORBIDDEN, ("party", "The organisation may not do that"), detail.to_owned())
            }
            Self::Invalid(flaw, detail) => (StatusCode::BAD_REQUEST, flaw.entry(), detail),
            Self::NotFound => (StatusCode::NOT_FOUND, ("not-found", "There is no such message"), String::new()),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, ("internal", "Internal error"), String::new()),
        };
        let body = json!({
            "type": format!("urn:sandkasse:dpi:{kind}"), "title": title, "status": status.as_u16(), "detail": detail,
        });
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
