//! What a person may choose for a shipment by KS SvarUt: `GET /api/v1/shipment-types`.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use konvolutt_shared::api::{Right, ShipmentTypes};
use konvolutt_shared::finding::Code;

use crate::app::Shared;
use crate::identity::Caller;
use crate::problem::Refusal;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/shipment-types", get(types))
}

/// SvarUt's own list, as it is now.
async fn types(State(app): State<Shared>, caller: Caller) -> Result<Json<ShipmentTypes>, Refusal> {
    caller.may_somewhere(Right::Send)?;
    let Some(svarut) = &app.svarut else {
        return Err(Refusal::code(Code::ServiceOff, "KS SvarUt is not set up here"));
    };
    Ok(Json(ShipmentTypes { types: svarut.types().await? }))
}
