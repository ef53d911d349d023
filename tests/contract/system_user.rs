//! Altinn's requests for system users (Altinn Authentication, `systemuser/request/vendor`), from the vendor's side.

use anyhow::{Result, bail, ensure};
use konvolutt_relay::system_user::{Standing, SystemUser};

use crate::Asked;
use crate::place::{Place, failed};

/// The sender's own acts, for the broker's client has got its tokens; one with a new name is asked for once and waits for
/// somebody's answer.
pub(crate) async fn requests(place: &Place) -> Result<Asked> {
    let Some(name) = &place.system_user else { return Ok(Asked::NotSetUp) };
    let own = SystemUser::new(place.outside()?, &place.sender)?;
    let standing = own.status().await.map_err(failed("how the sender's stands"))?;
    ensure!(standing == Standing::Acts, "the sender's system user does not act: {standing:?}");

    let mut outside = place.outside()?;
    outside.maskinporten.system_users.insert(place.sender.clone(), name.clone());
    let new = SystemUser::new(outside, &place.sender)?;
    let first = new.request(false).await.map_err(failed("to ask"))?;
    let Standing::Waits { confirm } = &first else { bail!("{name} does not wait for an answer: {first:?}") };
    ensure!(confirm.starts_with("http"), "nobody can answer at {confirm:?}");
    ensure!(
        new.request(false).await.map_err(failed("to ask again"))? == first,
        "asked again, it became another request"
    );
    ensure!(new.status().await.map_err(failed("how it stands"))? == first, "it stands otherwise than was said");
    Ok(Asked::Holds)
}
