//! The portal: routes, frame and pages.

mod app;
mod approval;
mod approvals;
pub(crate) mod browser;
mod certificates;
mod drafts;
mod frame;
mod help;
mod list;
mod message;
mod opened;
mod resume;
mod sendings;
mod settings;
mod sign_in;
mod start;
mod warnings;
mod write;

pub use app::Portal;
pub(crate) use app::use_keys;
pub(crate) use frame::test_band;

use yew_router::Routable;

/// The addresses of the portal. No address holds a name or a number of a recipient.
#[derive(Clone, Debug, PartialEq, Eq, Routable)]
pub enum Route {
    /// Start.
    #[at("/")]
    Start,
    /// Sign in.
    #[at("/logg-inn")]
    SignIn,
    /// Incoming messages.
    #[at("/innboks")]
    Inbox,
    /// Outgoing messages.
    #[at("/sendt")]
    Sent,
    /// Letters being written.
    #[at("/utkast")]
    Drafts,
    /// A new letter.
    #[at("/ny")]
    New,
    /// A letter being written.
    #[at("/ny/:id")]
    Draft {
        /// The draft's id.
        id: String,
    },
    /// One message.
    #[at("/melding/:id")]
    Message {
        /// The relay's id of it.
        id: String,
    },
    /// What waits for approval.
    #[at("/godkjenning")]
    Approvals,
    /// One letter that waits for approval.
    #[at("/godkjenning/:id")]
    Approval {
        /// The relay's id of it.
        id: String,
    },
    /// Certificates.
    #[at("/virksomhet/sertifikater")]
    Certificates,
    /// Language and theme.
    #[at("/innstillinger")]
    Settings,
    /// What the statuses mean.
    #[at("/hjelp/statuser")]
    HelpStatuses,
    /// What an error means.
    #[at("/hjelp/feil/:code")]
    HelpError {
        /// The stable code.
        code: String,
    },
    /// Anything else.
    #[not_found]
    #[at("/404")]
    NotFound,
}
