//! Altinn 3 Broker, below `/broker/api/v1`. It moves bytes and looks into none of them.

mod one_shot;
mod problem;
mod query;
mod request;
mod resource;
mod service_owner;
pub mod state;
mod store;
mod upload;
mod view;

mod http;

pub(crate) use self::http::routes;
pub(crate) use self::problem::problem_details;
pub(crate) use self::service_owner::{SCOPE as OWNER_SCOPE, approve};
pub(crate) use self::store::{Store, remove};
pub(crate) use self::upload::{MARKER, infected};

/// The resource that eFormidling's messages go over.
pub(crate) const RESOURCE: &str = "eformidling-dpo-meldingsutveksling";
