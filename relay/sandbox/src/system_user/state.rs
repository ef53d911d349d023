//! Who has let which system act for an organisation in Altinn, as a pure state machine: time comes in, nothing is read or
//! written. A vendor requests, somebody of the organisation answers, and from an acceptance on there is a system user.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How a request stands: Altinn's `RequestStatus`. Its fifth word, `Denied`, is set by nothing there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    New,
    Accepted,
    Rejected,
    Timedout,
}

/// What is unique for requests that count and for system users alike: Altinn's external request id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The registered system's id.
    pub system: String,
    /// Nine digits: for whom it would act.
    pub organisation: String,
    /// The vendor's own name of the system user, `externalRef`.
    pub reference: String,
}

/// Delays, already divided by the sandbox's speed.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// How long a request waits for an answer.
    pub patience: SignedDuration,
}

/// What a vendor asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub key: Key,
    /// Ids of resources.
    pub rights: Vec<String>,
    /// URNs of access packages.
    pub packages: Vec<String>,
}

/// A request, answered or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub id: Uuid,
    pub order: Order,
    pub status: Status,
    expires: Timestamp,
    deleted: bool,
}

/// Why Altinn refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is such a system user already.
    UserExists,
    /// No such request, or it was deleted.
    NotFound,
    /// It has been answered, or nobody answered in time.
    NotNew,
}

/// What became of an order.
#[derive(Debug, PartialEq, Eq)]
pub enum Ordered<'a> {
    Made(&'a Request),
    /// There was one, however it stands.
    Known(&'a Request),
}

/// Every request there ever was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register {
    requests: Vec<Request>,
}

impl Register {
    /// Lets time act. Returns whether anything changed.
    pub fn advance(&mut self, now: Timestamp) -> bool {
        let mut changed = false;
        for one in self.requests.iter_mut().filter(|one| one.status == Status::New && one.expires <= now) {
            one.status = Status::Timedout;
            changed = true;
        }
        changed
    }

    /// Takes an order. One whose key is taken by a request changes nothing, unless nobody answered that in time.
    ///
    /// # Errors
    /// [`Refusal::UserExists`].
    pub fn order(&mut self, order: Order, id: Uuid, now: Timestamp, timing: &Timing) -> Result<Ordered<'_>, Refusal> {
        if self.user(&order.key).is_some() {
            return Err(Refusal::UserExists);
        }
        if let Some(at) = self.newest(&order.key).filter(|at| self.requests[*at].status != Status::Timedout) {
            return Ok(Ordered::Known(&self.requests[at]));
        }
        let expires = now + timing.patience;
        self.requests.push(Request { id, order, status: Status::New, expires, deleted: false });
        Ok(Ordered::Made(&self.requests[self.requests.len() - 1]))
    }

    /// A request by its id.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn get(&self, id: Uuid) -> Result<&Request, Refusal> {
        self.requests.iter().find(|one| one.id == id && !one.deleted).ok_or(Refusal::NotFound)
    }

    /// The newest request with a key.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn find(&self, key: &Key) -> Result<&Request, Refusal> {
        self.newest(key).map(|at| &self.requests[at]).ok_or(Refusal::NotFound)
    }

    /// Somebody of the organisation says yes or no.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] or [`Refusal::NotNew`].
    pub fn answer(&mut self, id: Uuid, accepts: bool) -> Result<&Request, Refusal> {
        let request = self.requests.iter_mut().find(|one| one.id == id && !one.deleted).ok_or(Refusal::NotFound)?;
        if request.status != Status::New {
            return Err(Refusal::NotNew);
        }
        request.status = if accepts { Status::Accepted } else { Status::Rejected };
        Ok(request)
    }

    /// Takes a request away, so that it can be made anew. A system user that it became stays.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn delete(&mut self, id: Uuid) -> Result<(), Refusal> {
        let request = self.requests.iter_mut().find(|one| one.id == id && !one.deleted).ok_or(Refusal::NotFound)?;
        request.deleted = true;
        Ok(())
    }

    /// The system user with a key, by its id.
    pub fn user(&self, key: &Key) -> Option<Uuid> {
        let accepted = |one: &&Request| one.status == Status::Accepted && one.order.key == *key;
        self.requests.iter().find(accepted).map(|one| one.id)
    }

    fn newest(&self, key: &Key) -> Option<usize> {
        self.requests.iter().rposition(|one| !one.deleted && one.order.key == *key)
    }
}

impl Status {
    /// Altinn's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::Accepted => "Accepted",
            Self::Rejected => "Rejected",
            Self::Timedout => "Timedout",
        }
    }
}

#[cfg(test)]
mod tests;
