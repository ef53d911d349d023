//! KS SvarUt (REST v3) and SvarInn (v1): what is sent by the one is fetched by the other.
//!
//! No SOAP v9 and no REST v1 of SvarUt: they close. The HTTP parts move sealed bytes and open none; [`opener`] is
//! SvarUt's own system behind them, with SvarUt's key.

mod inn;
mod metadata;
mod opener;
mod print;
mod send;
pub mod state;
mod store;
mod ut;

use uuid::Uuid;

pub(crate) use self::inn::routes as inn_routes;
pub(crate) use self::opener::work;
pub(crate) use self::store::Store;
pub(crate) use self::ut::routes as ut_routes;

use crate::seed;

/// What a client must have to use SvarUt.
pub(crate) const SCOPE: &str = "ks:fiks";

/// Password of every integration and of every receiving system.
pub(crate) const PASSWORD: &str = "sandkasse-passord";

/// The account that an organisation sends from.
pub(crate) fn account(organisation: &str) -> Uuid {
    numbered(0x5a4e_5355_0000_4000_8000_0000_0000_0000, organisation)
}

/// The integration of whoever runs a system.
pub(crate) fn integration(operator: &str) -> Uuid {
    numbered(0x5a4e_494e_0000_4000_8000_0000_0000_0000, operator)
}

/// The user name of an organisation's receiving system.
pub(crate) fn receiver(organisation: &str) -> String {
    format!("svarinn-{organisation}")
}

fn numbered(base: u128, organisation: &str) -> Uuid {
    let number: u128 = organisation.parse().unwrap_or_default();
    Uuid::from_u128(base | number)
}

/// Whose receiving system gets shipments to an organisation: its own, or that of whoever took its work over.
pub(crate) fn system_of(organisation: &str) -> &str {
    if organisation == seed::CLOSED { seed::COUNTY } else { organisation }
}
