//! Carries a webhook out: one POST, no redirects, no proxy, only to where the guard lets it go.

use std::error::Error;
use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use konvolutt_shared::api::WebhookTrouble;
use reqwest::header::CONTENT_TYPE;

use super::guard::{Forbidden, Guard};
use crate::directory::{AGENT, retry_after};

/// Time for the whole of it: Standard Webhooks recommends 15 to 30 seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Time for a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// A request that is ready: what is signed is what is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    pub address: String,
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`, seconds since 1970.
    pub seconds: i64,
    /// `webhook-signature`.
    pub signature: String,
    pub body: Vec<u8>,
}

/// An answer, as far as it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    pub status: u16,
    pub retry_after: Option<Duration>,
}

/// What comes of a post.
pub type Posted<'a> = Pin<Box<dyn Future<Output = Result<Answered, WebhookTrouble>> + Send + 'a>>;

/// Somebody who carries webhooks out.
pub trait Post: Debug + Send + Sync {
    /// One try.
    fn post(&self, posting: Posting) -> Posted<'_>;
}

/// The network.
#[derive(Debug)]
pub struct Courier {
    guard: Guard,
    http: reqwest::Client,
}

impl Courier {
    /// A courier with a client of its own, whose names the guard resolves.
    ///
    /// # Errors
    /// The TLS library cannot be set up.
    pub fn new(guard: Guard) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(AGENT)
            .dns_resolver(Arc::new(guard.clone()))
            .connect_timeout(CONNECT)
            .timeout(PATIENCE)
            // A connection that was let out once is judged again before long.
            .pool_idle_timeout(Duration::from_secs(10))
            .build()?;
        Ok(Self { guard, http })
    }

    /// Judges addresses.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }
}

impl Post for Courier {
    fn post(&self, posting: Posting) -> Posted<'_> {
        Box::pin(async move {
            // An address of numbers is asked of no resolver, so it is judged here.
            let url = self.guard.check(&posting.address).map_err(|_| WebhookTrouble::Refused)?;
            let request = self
                .http
                .post(url)
                .header("webhook-id", posting.id)
                .header("webhook-timestamp", posting.seconds)
                .header("webhook-signature", posting.signature)
                .header(CONTENT_TYPE, "application/cloudevents+json; charset=utf-8")
                .body(posting.body);
            // What the answer says besides is not read.
            let answer = request.send().await.map_err(|error| trouble(&error))?;
            Ok(Answered { status: answer.status().as_u16(), retry_after: retry_after(answer.headers()) })
        })
    }
}

fn trouble(error: &reqwest::Error) -> WebhookTrouble {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(inner) = cause {
        if matches!(inner.downcast_ref(), Some(Forbidden::Private | Forbidden::Form)) {
            return WebhookTrouble::Refused;
        }
        cause = inner.source();
    }
    if error.is_timeout() { WebhookTrouble::Timeout } else { WebhookTrouble::Connection }
}

#[cfg(test)]
mod tests;
