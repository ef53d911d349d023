//! DPI: digital mailboxes and print, by the corner-2 interface of the network (Digdir, Digital postkasse).
//!
//! Who signs a letter puts an access token into it, good for two minutes, and the upload must bear the same. So a letter is
//! queued with its message sealed, and what has not left when the token expires has failed: only its signer can make a new
//! one. A lost answer does no harm, since the network is asked first what it knows of a letter.

mod client;
mod inbox;
mod kept;
mod progress;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::sbd::Sbd;

use super::{Broker, Dispatch, Failure, Fetched, Mailbox, Progress, Reply, Signers, Tracker, Waiting};
use crate::clock::{Machine, World};
use crate::directory::{SecretPem, Tokens};
use crate::lock::Lock;
use client::{Client, Offered};
use inbox::Listed;

pub(crate) use kept::expiry;

/// Where the network's access point is.
#[derive(Clone, Debug)]
pub struct DpiConfig {
    /// The access point, without a slash at the end.
    pub base: String,
    /// `kanal`: which of an organisation's queues of receipts is this relay's.
    pub channel: String,
}

/// The lock of messages that wait: of a key that every relay of one store has, Maskinporten's.
pub fn lock(key: &SecretPem) -> Option<Lock> {
    Lock::new(key.expose().trim().as_bytes(), "konvolutt letters to mailboxes")
}

impl DpiConfig {
    /// Whether the access point takes the channel: 1 to 28 of `A-Z a-z 0-9 _ -`.
    pub fn has_channel(&self) -> bool {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        (1..=28).contains(&self.channel.len()) && self.channel.bytes().all(plain)
    }
}

/// The access point, as those see it who deliver, collect and follow.
#[derive(Debug)]
pub struct Dpi {
    client: Client,
    signers: Signers,
    lock: Lock,
    world: Arc<dyn World>,
    /// What the last lists said, by organisation and transfer: receipts come with the list.
    listed: Mutex<HashMap<String, HashMap<String, Listed>>>,
}

impl Dpi {
    /// Over HTTP. The lock is for messages that wait: relays that share a store must have the same.
    pub fn new(config: DpiConfig, signers: Signers, lock: Lock, http: reqwest::Client, tokens: Arc<Tokens>) -> Self {
        Self::over(config, signers, lock, http, tokens, Arc::new(Machine))
    }

    fn over(
        config: DpiConfig,
        signers: Signers,
        lock: Lock,
        http: reqwest::Client,
        tokens: Arc<Tokens>,
        world: Arc<dyn World>,
    ) -> Self {
        Self { client: Client::new(config, http, tokens), signers, lock, world, listed: Mutex::default() }
    }

    /// A fresh access token for letters of an organisation, and when it expires. It is kept nowhere.
    ///
    /// # Errors
    /// Maskinporten.
    pub async fn token(&self, organisation: &str) -> Result<(String, Timestamp), Failure> {
        self.client.fresh_token(organisation).await
    }

    /// A message as it may wait in the queue. `None` if it cannot be sealed.
    pub fn seal(&self, message_id: &str, message: &str) -> Option<String> {
        kept::seal(&self.lock, message_id, message)
    }

    /// Asks for the first receipt that waits, and takes none: proves address, token and channel.
    ///
    /// # Errors
    /// The access point cannot be asked.
    pub async fn probe(&self, organisation: &str) -> Result<usize, Failure> {
        self.client.list(organisation, 0, 1).await.map(|list| list.len())
    }

    /// Hands over, unless the network knows the letter already.
    async fn send(&self, letter: &str, dispatch: &Dispatch) -> Result<(), Failure> {
        // First, whatever became of the token: an earlier try may have been taken, and its answer lost.
        if self.knows(letter, &dispatch.sender).await? {
            return Ok(());
        }
        let expired = |message: &str| Failure::Refused(Finding::error(Rule::MailboxToken, message));
        let kept = dispatch.details.as_deref().and_then(|kept| kept::open(&self.lock, letter, kept));
        let message = kept.ok_or_else(|| expired("the message that was kept for sending cannot be read any more"))?;
        let token = kept::token(&message).ok_or_else(|| expired("the message holds no access token"))?;
        if expiry(&token).is_some_and(|expires| expires <= self.world.now()) {
            return Err(expired("the access token in the message expired before it could be handed over"));
        }
        match self.client.offer(&message, &token, dispatch).await? {
            Offered::Taken => Ok(()),
            Offered::Unauthorised => Err(expired("the network does not take the access token in the message any more")),
            // The id may have been used by the try before, if that was still under way when the network was asked.
            Offered::Refused(_) if self.knows(letter, &dispatch.sender).await? => Ok(()),
            Offered::Refused(finding) => Err(Failure::Refused(finding)),
        }
    }

    async fn knows(&self, letter: &str, sender: &str) -> Result<bool, Failure> {
        Ok(self.client.statuses(sender, letter).await?.is_some_and(|told| !told.is_empty()))
    }

    /// Everything that waits, page by page. What cannot be confirmed stays at the front, and must hide nothing behind it.
    async fn list(&self, organisation: &str) -> Result<HashMap<String, Listed>, Failure> {
        const PAGE: usize = 50;
        const PAGES: usize = 20;
        let mut all = HashMap::new();
        for page in 0..PAGES {
            let receipts = self.client.list(organisation, page, PAGE).await?;
            let last = receipts.len() < PAGE;
            all.extend(receipts.into_iter().map(Listed::read).map(|one| (one.transfer.clone(), one)));
            if last {
                break;
            }
        }
        Ok(all)
    }

    async fn waiting(&self, organisation: &str) -> Result<Vec<Waiting>, Failure> {
        let listed = self.list(organisation).await?;
        let mut waiting: Vec<Waiting> = listed.values().map(Listed::waiting).collect();
        waiting.sort_by(|a, b| (a.created, &a.transfer).cmp(&(b.created, &b.transfer)));
        self.listed.lock().unwrap_or_else(PoisonError::into_inner).insert(organisation.to_owned(), listed);
        Ok(waiting)
    }

    fn known(&self, organisation: &str, transfer: &str) -> Option<Listed> {
        let listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        listed.get(organisation)?.get(transfer).cloned()
    }

    async fn fetch(&self, organisation: &str, transfer: &str) -> Result<Fetched, Failure> {
        let listed = match self.known(organisation, transfer) {
            Some(listed) => Some(listed),
            None => self.list(organisation).await?.remove(transfer),
        };
        let gone = || Finding::error(Rule::MessageUnknown, "the receipt does not wait any more");
        let listed = listed.ok_or_else(|| Failure::Later { after: None, finding: gone() })?;
        Ok(listed.verify(self.signers.policy(self.world.now()).await))
    }

    async fn confirm(&self, organisation: &str, transfer: &str) -> Result<(), Failure> {
        match inbox::id(transfer) {
            Some(id) => self.client.read(organisation, id).await,
            // It has no id that the access point could be told. It is kept, and never taken in again.
            None => Ok(()),
        }
    }
}

impl Broker for Dpi {
    /// A letter is known by its own id, before and after it is handed over.
    fn initialize<'a>(&'a self, dispatch: &'a Dispatch) -> Reply<'a, String> {
        Box::pin(async {
            let sbd = Sbd::parse(dispatch.sbd.as_bytes(), None).ok();
            let id = sbd.as_ref().and_then(Sbd::message_id).map(|id| id.to_string());
            id.ok_or_else(|| Failure::Refused(Finding::error(Rule::Broken, "a letter without an id")))
        })
    }

    fn upload<'a>(&'a self, transfer: &'a str, dispatch: &'a Dispatch) -> Reply<'a, ()> {
        Box::pin(self.send(transfer, dispatch))
    }
}

impl Tracker for Dpi {
    fn progress<'a>(&'a self, sender: &'a str, transfer: &'a str) -> Reply<'a, Progress> {
        Box::pin(async move {
            let told = self.client.statuses(sender, transfer).await?;
            Ok(progress::progress(&told.unwrap_or_default(), self.world.now()))
        })
    }
}

impl Mailbox for Dpi {
    fn waiting<'a>(&'a self, organisation: &'a str) -> Reply<'a, Vec<Waiting>> {
        Box::pin(self.waiting(organisation))
    }

    /// A receipt has no package, so nothing is written into the folder.
    fn fetch<'a>(&'a self, organisation: &'a str, transfer: &'a str, _folder: &'a Path) -> Reply<'a, Fetched> {
        Box::pin(self.fetch(organisation, transfer))
    }

    fn confirm<'a>(&'a self, organisation: &'a str, transfer: &'a str) -> Reply<'a, ()> {
        Box::pin(self.confirm(organisation, transfer))
    }
}
