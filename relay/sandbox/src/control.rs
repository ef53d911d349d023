//! Control (stub until the next commit).
use crate::{error::Error, world::World};
use axum::Router;
use std::sync::Arc;
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
}
pub(crate) async fn welcome(_world: &Arc<World>) -> Result<(), Error> {
    Ok(())
}
