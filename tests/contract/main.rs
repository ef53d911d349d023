//! What each protocol promises, asked through the relay's own clients: of the sandbox in every run of the tests, of a real
//! test environment by hand (`tests/contract/README.md`).
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that tells what it has asked")]

mod broker;
mod inbox;
mod mail;
mod place;
mod registers;
mod shipment;
mod system_user;

use anyhow::{Result, ensure};
use place::Place;

/// How it went with a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// Everything was as promised.
    Holds,
    /// The place has no such thing, or nobody named whom to write to.
    NotSetUp,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_protocol_holds() -> Result<()> {
    let place = Place::open().await?;
    let asked = [
        ("Maskinporten and Altinn's exchange", registers::tokens(&place).await),
        ("Service registry", registers::service_registry(&place).await),
        ("Enhetsregisteret", registers::enhetsregister(&place).await),
        ("Revocation lists", registers::revocation_lists(&place).await),
        ("Altinn Broker", broker::holds(&place).await),
        ("Altinn's system users", system_user::requests(&place).await),
        ("Altinn Correspondence", inbox::organisation(&place).await),
        ("Altinn Correspondence, arkivmelding", inbox::archive(&place).await),
        ("Altinn Correspondence, to a person", inbox::person(&place).await),
        ("KS SvarUt", shipment::svarut(&place).await),
        ("KS SvarInn", shipment::svarinn(&place).await),
        ("KS SvarInn, what cannot be taken in", shipment::sent_back(&place).await),
        ("Contact register", mail::contact_register(&place).await),
        ("DPI's access point", mail::digital(&place).await),
        ("DPI's access point, print", mail::print(&place).await),
    ];
    let mut broken = 0;
    for (protocol, result) in asked {
        match result {
            Ok(Asked::Holds) => println!("{protocol}: holds"),
            Ok(Asked::NotSetUp) if place.is_real() => println!("{protocol}: not set up, not asked"),
            Ok(Asked::NotSetUp) => {
                println!("{protocol}: the sandbox lacks it");
                broken += 1;
            }
            Err(error) => {
                println!("{protocol}: {error:#}");
                broken += 1;
            }
        }
    }
    ensure!(broken == 0, "{broken} protocols do not hold what they promise");
    Ok(())
}
