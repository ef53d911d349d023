//! Everything the services share.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::authority::{Authority, Identity};
use crate::broker::Store;
use crate::clock::Clock;
use crate::correspondence;
use crate::database::Database;
use crate::dpi;
use crate::error::Error;
use crate::fault::Faults;
use crate::openid::OpenId;
use crate::persona::Stage;
use crate::seed::{self, Organisation, Provider};
use crate::svarut;
use crate::switch::Switches;
use crate::system_user;
use crate::token::{Client, Tokens};

/// The state behind every route.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) base: String,
    pub(crate) clock: Clock,
    pub(crate) database: Arc<Database>,
    pub(crate) authority: Arc<Authority>,
    /// Signs the service registry's answers.
    pub(crate) registry: Arc<Identity>,
    pub(crate) tokens: Tokens,
    /// Whom organisations have let act for them in Altinn.
    pub(crate) system_users: system_user::Store,
    /// Where people sign in.
    pub(crate) openid: OpenId,
    pub(crate) broker: Store,
    pub(crate) correspondence: correspondence::Store,
    pub(crate) correspondence_faults: correspondence::Faults,
    pub(crate) shipments: svarut::Store,
    /// SvarUt's: its certificate stands in the registry; only [`svarut::work`] uses its key.
    pub(crate) svarut: Arc<Identity>,
    /// Digital post to people.
    pub(crate) dpi: dpi::Store,
    pub(crate) faults: Faults,
    /// Bad behaviour on request, of any service.
    pub(crate) switches: Switches,
    /// Where the counterparts play; set once, right after the world is made.
    pub(crate) stage: OnceLock<Stage>,
    /// Counterparts that have a key and a registered client.
    pub(crate) active: Mutex<std::collections::BTreeSet<&'static str>>,
}

/// The scopes that an organisation's own system asks for.
pub(crate) const PERSONA_SCOPES: &[&str] = &[
    "altinn:broker.read",
    "altinn:broker.write",
    "eformidling:dpo",
    "eformidling:dpv",
    "eformidling:dpf",
    svarut::SCOPE,
];

/// The scopes that a mailbox or print provider's system asks for.
pub(crate) const PROVIDER_SCOPES: &[&str] = &[dpi::SCOPE];

impl World {
    /// The key of an organisation, made on first need; a counterpart starts to play when it has one.
    pub(crate) async fn identity(self: &Arc<Self>, one: &'static Organisation) -> Result<Arc<Identity>, Error> {
        let (authority, now) = (self.authority.clone(), self.clock.wall());
        let made = tokio::task::spawn_blocking(move || authority.organisation(one.number, one.name, now)).await;
        let identity = made.map_err(Error::authority)??;
        if one.is_played()
            && self.enrol(one.number, &identity, PERSONA_SCOPES)
            && let Some(stage) = self.stage.get()
        {
            stage.enter(self, one, &identity);
        }
        Ok(identity)
    }

    /// The key of a mailbox or print provider, made on first need; it starts to play when it has one.
    pub(crate) async fn provider(self: &Arc<Self>, one: &'static Provider) -> Result<Arc<Identity>, Error> {
        let (authority, now) = (self.authority.clone(), self.clock.wall());
        let made = tokio::task::spawn_blocking(move || authority.organisation(one.number, one.name, now)).await;
        let identity = made.map_err(Error::authority)??;
        if self.enrol(one.number, &identity, PROVIDER_SCOPES)
            && let Some(stage) = self.stage.get()
        {
            stage.enter_provider(self, one, &identity);
        }
        Ok(identity)
    }

    /// Registers a counterpart's client. `false`: it was done before.
    fn enrol(&self, number: &'static str, identity: &Identity, scopes: &[&'static str]) -> bool {
        let is_new = self.active.lock().unwrap_or_else(PoisonError::into_inner).insert(number);
        if is_new {
            self.tokens.register(Client {
                id: persona_client(number),
                organisation: number.to_owned(),
                kid: identity.kid().to_owned(),
                key: identity.public_key(),
                scopes: scopes.to_vec(),
                system: None,
                delegations: Vec::new(),
            });
        }
        is_new
    }

    /// A key that an organisation has laid aside: what is sealed to it cannot be opened any more.
    pub(crate) async fn former(&self, one: &'static Organisation) -> Result<Arc<Identity>, Error> {
        let (authority, now) = (self.authority.clone(), self.clock.wall());
        let made = tokio::task::spawn_blocking(move || authority.former(one.number, one.name, now)).await;
        made.map_err(Error::authority)?
    }

    /// Whether a counterpart's key has been made already, now or in an earlier run.
    pub(crate) fn known(&self, number: &str) -> bool {
        seed::is_played(number) && self.authority.has(number)
    }
}

/// The Maskinporten client of a counterpart's own system.
pub(crate) fn persona_client(number: &str) -> String {
    format!("etat-{number}")
}
