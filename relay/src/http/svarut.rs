//! What a person may choose for a shipment by KS SvarUt: `GET /api/v1/shipment-types`.

use axum::Json;
use axum::extract::State;
use konvolutt_shared::api::{Right, ShipmentTypes};
use konvolutt_shared::finding::Rule;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::Shared;
use crate::identity::Caller;
use crate::problem::Refusal;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(types))
}

/// What kinds of shipment KS SvarUt knows: its own list, as it is now.
#[utoipa::path(
    get, path = "/shipment-types", tag = "Recipients", operation_id = "listShipmentTypes",
    responses((status = 200, description = "Names to choose from", body = ShipmentTypes)),
)]
async fn types(State(app): State<Shared>, caller: Caller) -> Result<Json<ShipmentTypes>, Refusal> {
    caller.may_somewhere(Right::Send)?;
    let Some(svarut) = &app.svarut else {
        return Err(Refusal::rule(Rule::ChannelOn, "KS SvarUt is not set up here"));
    };
    Ok(Json(ShipmentTypes { types: svarut.types().await? }))
}
