//! What every component knows: language, session, relay and keys.

use konvolutt_shared::api::{Change, OrganisationAccess, Session};
use yew::prelude::*;

use crate::backend::Backend;
use crate::text::{Lang, Text};
use crate::vault::{KeyView, Vault};

/// The surroundings of a signed-in person.
#[derive(Clone, PartialEq)]
pub struct Shell {
    /// Language of the interface.
    pub lang: Lang,
    /// The relay.
    pub backend: Backend,
    /// The keys' keeper.
    pub vault: Vault,
    /// Who is signed in.
    pub session: Session,
    /// On whose behalf.
    pub organisation: OrganisationAccess,
    /// Certificates in this browser; `None` until the vault has answered.
    pub keys: Option<Vec<KeyView>>,
    /// Asks the vault again.
    pub reload_keys: Callback<()>,
    /// The newest entry of the event feed.
    pub change: Option<Change>,
    /// Whether letters under way are kept in this browser, so that they can be gone on with: in the portal alone. A frame on
    /// another site may have storage that nobody finds again.
    pub resumes: bool,
    /// Called when the relay says that the session is over.
    pub signed_out: Callback<()>,
}

impl Shell {
    /// The texts.
    pub const fn text(&self) -> &'static Text {
        self.lang.text()
    }

    /// The certificate of the organisation one acts for.
    pub fn key(&self) -> Option<&KeyView> {
        self.keys.as_ref()?.iter().find(|key| key.organisation.as_deref() == Some(self.organisation.orgnr.as_str()))
    }
}

/// The language from the context.
#[hook]
pub fn use_lang() -> Lang {
    use_context::<Lang>().unwrap_or_default()
}

/// Holds content, so nothing of it shows.
impl std::fmt::Debug for Shell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shell").finish_non_exhaustive()
    }
}
