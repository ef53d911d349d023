//! All HTTP of the front end. Nothing else in this crate makes a request.
//!
//! Every answer that is not a success is a [`Problem`] from the relay or a [`Failure`] of the network; callers never
//! see a status code.

mod api;
mod events;
mod http;
mod package;
mod submit;
mod upload;

use std::rc::Rc;

use konvolutt_shared::api::Problem;

pub use events::{Feed, Heard};
pub use http::{now, sleep};
pub use package::Package;
pub use submit::submit;
pub(crate) use upload::length;
pub use upload::{UploadStep, upload};

/// Why a request gave no answer that can be used.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// The relay said no, and why.
    Refused(Box<Problem>),
    /// No answer: the network, or the relay is down. Whether the request arrived is not known.
    Network,
    /// The answer was not what the API promises.
    Unreadable,
    /// A person cancelled.
    Cancelled,
}

/// The relay, as one session reaches it.
///
/// In the portal the session is a cookie that scripts cannot read; in the frame it is a bearer token that lives only
/// in this value.
#[derive(Clone, Default)]
pub struct Backend {
    bearer: Option<Rc<str>>,
}

impl Backend {
    /// The relay by the portal's cookie.
    pub const fn by_cookie() -> Self {
        Self { bearer: None }
    }

    /// The relay by an embed session's token.
    pub fn by_token(token: &str) -> Self {
        Self { bearer: Some(token.into()) }
    }

    /// Whether server-sent events can be used: they carry the cookie, but no token.
    pub const fn has_events(&self) -> bool {
        self.bearer.is_none()
    }
}

impl PartialEq for Backend {
    fn eq(&self, other: &Self) -> bool {
        self.bearer == other.bearer
    }
}

/// The token never shows.
impl std::fmt::Debug for Backend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backend").field("by_token", &self.bearer.is_some()).finish()
    }
}
