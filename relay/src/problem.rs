//! Refusals as `application/problem+json` (RFC 9457).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use konvolutt_shared::api::{Problem, Sent};
use konvolutt_shared::finding::{Code, Finding, Rule};
use uuid::Uuid;

use crate::broker::Failure;
use crate::http::RefusedWith;
use crate::store::StoreError;

/// Why a request is not answered with what it asked for.
#[derive(Debug)]
pub enum Refusal {
    /// Somebody can mend the input. Gravest first.
    Refused(Vec<Finding>),
    /// Try again, after so many seconds if known.
    Later(Finding, Option<u64>),
    /// A bug or broken infrastructure; the cause goes to the log only.
    Ours(StoreError),
}

impl Refusal {
    /// One finding that refuses.
    pub fn rule(rule: Rule, message: &str) -> Self {
        Self::Refused(vec![Finding::error(rule, message)])
    }
}

impl From<Finding> for Refusal {
    fn from(finding: Finding) -> Self {
        Self::Refused(vec![finding])
    }
}

impl From<Vec<Finding>> for Refusal {
    fn from(findings: Vec<Finding>) -> Self {
        Self::Refused(findings)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Ours(error)
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Self::Ours(StoreError::File(error))
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Later { after, finding } => Self::Later(finding, after.map(|after| after.as_secs())),
            other => other.into_finding().into(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let trace_id = Uuid::new_v4().simple().to_string();
        let (findings, retry_after, retryable) = match self {
            Self::Refused(findings) => (findings, None, false),
            Self::Later(finding, seconds) => (vec![finding], Some(seconds.unwrap_or(10)), true),
            Self::Ours(error) if error.is_full() => {
                tracing::error!(%error, trace_id, "nothing can be taken");
                (vec![Finding::error(Rule::DiskFull, "the relay's disk is full; nothing was taken")], Some(60), true)
            }
            Self::Ours(error) if error.is_down() => {
                tracing::error!(%error, trace_id, "nothing can be stored");
                let message = "the relay can store nothing now; the same can be handed over again";
                (vec![Finding::error(Rule::StoreDown, message)], Some(60), true)
            }
            Self::Ours(error) => {
                tracing::error!(%error, trace_id, "internal error");
                (vec![Finding::error(Rule::Broken, "an internal error; the trace id finds it in the log")], None, true)
            }
        };
        let first = findings.first().cloned();
        let first = first.unwrap_or_else(|| Finding::error(Rule::Broken, "a refusal without a finding"));
        let status = match first.code.http_status() {
            200 => 422,
            status => status,
        };
        let problem = Problem {
            kind: format!("/hjelp/feil/{}", first.code),
            title: first.code.advice().to_owned(),
            status,
            detail: first.message,
            code: first.code,
            sent: sent(first.code),
            retryable,
            retry_after,
            trace_id,
            findings,
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(&problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(RefusedWith(first.code));
        response
    }
}

fn sent(code: Code) -> Sent {
    match code {
        Code::EnvelopeConflict => Sent::Yes,
        Code::SendingUncertain | Code::StoreDown | Code::Internal => Sent::Unknown,
        _ => Sent::No,
    }
}
