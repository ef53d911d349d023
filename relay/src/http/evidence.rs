//! The evidence of an outgoing letter as a tar archive, its package included.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, stream};
use konvolutt_shared::api::Right;
use konvolutt_shared::finding::Rule;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Path;
use crate::app::Shared;
use crate::audit::Action;
use crate::evidence::{self, Archive, EvidenceError, PACKAGE};
use crate::identity::Caller;
use crate::problem::Refusal;
use crate::store::StoreError;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(export))
}

/// Who asked for an outgoing letter to be sent, and when, for public tools to prove.
#[utoipa::path(
    get, path = "/messages/{id}/evidence", tag = "Messages", operation_id = "exportEvidence",
    params(("id" = String, Path, description = "The relay's id of the message")),
    responses((status = 200, description = "A tar archive", body = Vec<u8>, content_type = "application/x-tar")),
)]
async fn export(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Result<Response, Refusal> {
    let view = super::messages::find(&app, &caller, &id, Right::Open).await?;
    app.store.record(super::messages::record(&caller, Action::EvidenceExported, &view)?).await?;
    let line = app.store.submission(&view.summary.id).await?.map(|(_, line)| line);
    let pieces = evidence::pieces(&view, line.as_deref()).map_err(|error| match error {
        EvidenceError::NoEnvelope => Refusal::rule(Rule::RequestInvalid, &error.to_string()),
        other => StoreError::Row(other.to_string()).into(),
    })?;
    let archive = Archive { time: view.summary.created.as_second().unsigned_abs() };
    let mut small: Vec<u8> = pieces.iter().flat_map(|piece| archive.file(piece.name, &piece.bytes)).collect();
    let headers = [
        (header::CONTENT_TYPE, "application/x-tar"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"evidence.tar\""),
    ];
    let Some((name, size)) = app.store.package(&view.summary.id).await? else {
        return Ok((headers, [small, Archive::end()].concat()).into_response());
    };
    let content = app.packages.open(&name).await?;
    small.extend(archive.header(PACKAGE, size));
    let whole = |bytes: Vec<u8>| stream::iter([Ok(Bytes::from(bytes))]);
    let body =
        whole(small).chain(content.into_stream()).chain(whole([Archive::padding(size), Archive::end()].concat()));
    Ok((headers, Body::from_stream(body)).into_response())
}
