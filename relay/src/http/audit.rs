//! The audit log of an organisation, for its auditor.

use axum::Json;
use axum::extract::State;
use konvolutt_shared::api::{AuditLine, Page, Right};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Search;
use crate::app::Shared;
use crate::audit::{Action, ObjectKind};
use crate::identity::Caller;
use crate::problem::Refusal;
use crate::store::LOG_PAGE;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(read))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    organisation: String,
    /// Number of the last line that is known.
    cursor: Option<u64>,
}

/// The audit log of an organisation, for its auditor.
///
/// Oldest first. That it was read is written before it is read.
#[utoipa::path(
    get, path = "/audit", tag = "Audit", operation_id = "readAuditLog",
    params(Wanted),
    responses((status = 200, description = "A page, oldest first", body = Page<AuditLine>)),
)]
async fn read(
    State(app): State<Shared>,
    caller: Caller,
    Search(wanted): Search<Wanted>,
) -> Result<Json<Page<AuditLine>>, Refusal> {
    let Wanted { organisation, cursor } = wanted;
    caller.may(Right::Audit, &organisation)?;
    let record = caller.record(Action::AuditRead, Some(&organisation), ObjectKind::Log, &organisation)?;
    app.store.record(record).await?;
    let lines = app.store.log_lines(cursor.unwrap_or(0), Some(&organisation)).await?;
    let next = lines.last().filter(|_| lines.len() == LOG_PAGE).map(|(number, _)| number.to_string());
    let items = lines.into_iter().map(|(number, line)| AuditLine { number, line }).collect();
    Ok(Json(Page { items, next }))
}
