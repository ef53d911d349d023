//! Counterpart organisations. They use only the public endpoints, with their own clients, tokens and keys, as real
//! organisations would: nothing here reaches into the broker's store or another one's keys.

mod actor;
mod client;
mod letter;
mod municipality;
mod noark;
mod pdf;
mod provider;
mod task;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use konvolutt_shared::pki::{Certificate, Crl, Policy, Purpose, SoftKey};
use tokio_util::sync::CancellationToken;

pub(crate) use self::letter::Flaw;
pub(crate) use self::municipality::Errand;
pub(crate) use self::provider::{Answer, Back, Receipt, Spoilt};
pub(crate) use self::task::{Task, enqueue};

use crate::authority::Identity;
use crate::error::Error;
use crate::seed::{Organisation, Provider, Route};
use crate::world::{PERSONA_SCOPES, PROVIDER_SCOPES, World, persona_client};

/// Where counterparts play.
#[derive(Debug)]
pub(crate) struct Stage {
    base: String,
    http: reqwest::Client,
    stop: CancellationToken,
}

impl Stage {
    pub(crate) fn new(base: &str, stop: CancellationToken) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(120))
            .build()
            .map_err(Error::authority)?;
        Ok(Self { base: base.to_owned(), http, stop })
    }

    /// Lets a counterpart play until the sandbox stops.
    pub(crate) fn enter(&self, world: &World, one: &'static Organisation, identity: &Arc<Identity>) {
        let entered = if one.route == Route::Dpf {
            self.municipality(world, one, identity).map(|one| drop(tokio::spawn(play(one, self.stop.clone()))))
        } else {
            self.cast(world, one, identity).map(|actor| drop(tokio::spawn(play(actor, self.stop.clone()))))
        };
        if let Err(error) = entered {
            tracing::error!(%error, organisation = one.number, "counterpart");
        }
    }

    /// Lets a mailbox or print provider play until the sandbox stops.
    pub(crate) fn enter_provider(&self, world: &World, one: &'static Provider, identity: &Arc<Identity>) {
        match self.post_office(world, one, identity) {
            Ok(office) => drop(tokio::spawn(play(office, self.stop.clone()))),
            Err(error) => tracing::error!(%error, organisation = one.number, "provider"),
        }
    }

    fn client(
        &self,
        world: &World,
        number: &str,
        scopes: &'static [&'static str],
        identity: &Arc<Identity>,
    ) -> client::Client {
        let (http, id) = (self.http.clone(), persona_client(number));
        client::Client::new(&self.base, http, id, scopes, identity.clone(), world.clock.clone())
    }

    fn post_office(
        &self,
        world: &World,
        one: &'static Provider,
        identity: &Arc<Identity>,
    ) -> Result<provider::PostOffice, Error> {
        Ok(provider::PostOffice {
            provider: one,
            clock: world.clock.clone(),
            database: world.database.clone(),
            trust: Trust::of(world)?,
            key: SoftKey::from_pem(&identity.key_pem()?, &identity.chain_pem()).map_err(Error::authority)?,
            client: self.client(world, one.number, PROVIDER_SCOPES, identity),
        })
    }

    fn municipality(
        &self,
        world: &World,
        one: &'static Organisation,
        identity: &Arc<Identity>,
    ) -> Result<municipality::Municipality, Error> {
        Ok(municipality::Municipality {
            organisation: one,
            clock: world.clock.clone(),
            database: world.database.clone(),
            key: SoftKey::from_pem(&identity.key_pem()?, &identity.chain_pem()).map_err(Error::authority)?,
            client: self.client(world, one.number, PERSONA_SCOPES, identity),
        })
    }

    fn cast(&self, world: &World, one: &'static Organisation, identity: &Arc<Identity>) -> Result<actor::Actor, Error> {
        let key = SoftKey::from_pem(&identity.key_pem()?, &identity.chain_pem()).map_err(Error::authority)?;
        Ok(actor::Actor {
            organisation: one,
            clock: world.clock.clone(),
            database: world.database.clone(),
            trust: Trust::of(world)?,
            key,
            client: self.client(world, one.number, PERSONA_SCOPES, identity),
            authority: world.authority.clone(),
        })
    }
}

/// Whom counterparts trust.
#[derive(Debug)]
struct Trust {
    anchors: Vec<Certificate>,
    intermediates: Vec<Certificate>,
}

impl Trust {
    fn of(world: &World) -> Result<Self, Error> {
        let one = |identity: &Identity| {
            Certificate::from_pem(&identity.certificate_pem()).map(|one| vec![one]).map_err(Error::authority)
        };
        Ok(Self { anchors: one(world.authority.root())?, intermediates: one(world.authority.issuing())? })
    }

    /// What a signer is held against.
    fn policy(&self, at: Timestamp, crls: Vec<Crl>) -> Policy {
        Policy {
            at,
            anchors: self.anchors.clone(),
            intermediates: self.intermediates.clone(),
            crls,
            purpose: Purpose::Sign,
            ..Policy::default()
        }
    }
}

/// Somebody who works a little once in a while.
trait Counterpart: Send + Sync {
    type Error: std::fmt::Display + Send;

    /// Between two turns.
    fn pause(&self) -> Duration;

    /// Nine digits.
    fn number(&self) -> &'static str;

    /// One turn. What fails is tried again by the next.
    fn turn(&self) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Plays a counterpart until `stop`.
async fn play(counterpart: impl Counterpart, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(counterpart.pause());
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            done = counterpart.turn() => if let Err(error) = done {
                tracing::debug!(%error, organisation = counterpart.number(), "counterpart tries again");
            }
        }
    }
}
