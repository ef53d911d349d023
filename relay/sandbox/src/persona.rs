//! Counterparts (stub until the next commit).
use crate::{authority::Identity, error::Error, seed::Organisation, world::World};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
#[derive(Debug)]
pub(crate) struct Stage;
impl Stage {
    pub(crate) fn new(_base: &str, _stop: CancellationToken) -> Result<Self, Error> {
        Ok(Self)
    }
    pub(crate) fn enter(&self, _world: &Arc<World>, _one: &'static Organisation, _identity: &Arc<Identity>) {}
}
