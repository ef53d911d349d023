//! What every component knows: language, session, relay and keys.

use konvolutt_shared::api::{Change, OrganisationAccess, Right, Session, Supplier};
use konvolutt_shared::identifier::MessageChannel;
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
    /// How often the event feed has begun anew: what was fetched before may be old.
    pub anew: u32,
    /// Whether a draft would be lost with this tab.
    pub unsent: bool,
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

    /// Whether the person has a right for the organisation one acts for. Where no roles are told, as in frames, the relay alone
    /// decides.
    pub fn may(&self, right: Right) -> bool {
        let roles = self.session.person.roles.get(&self.organisation.orgnr);
        roles.is_none_or(|roles| roles.iter().any(|role| role.rights().contains(&right)))
    }

    /// The certificate of the organisation one acts for.
    pub fn key(&self) -> Option<&KeyView> {
        self.key_of(&self.organisation.orgnr)
    }

    fn key_of(&self, orgnr: &str) -> Option<&KeyView> {
        self.keys.as_ref()?.iter().find(|key| key.organisation.as_deref() == Some(orgnr))
    }

    /// Who may sign for the organisation one acts for, besides itself.
    pub fn suppliers(&self) -> impl Iterator<Item = &Supplier> {
        self.session.suppliers.iter().filter(|one| one.sender == self.organisation.orgnr)
    }

    /// The channel that answers to the organisation's letters come back on, if it has one of its own.
    pub fn message_channel(&self) -> Option<&MessageChannel> {
        let mut channels = self.session.message_channels.iter();
        channels.find(|one| one.organisation == self.organisation.orgnr).map(|one| &one.channel)
    }

    /// What signs a letter: the organisation's own certificate, else that of one who acts for it. Letters to people
    /// need the own one: a mailbox takes the signature of the organisation whose access token the letter holds, or of
    /// the owner of the client that got it, and of nobody else (Digdir, Digital postkasse: what corner 4 checks).
    /// Letters that name that owner beside the sender are not written here.
    pub fn signing(&self, to_person: bool) -> Option<Signing<'_>> {
        let own = self.key().map(|key| Signing { key, supplier: None });
        own.or_else(|| {
            let mut others = self.suppliers().filter(|_| !to_person);
            others.find_map(|one| Some(Signing { key: self.key_of(&one.signer.orgnr)?, supplier: Some(one) }))
        })
    }
}

/// A certificate, and whose it is when not the sender's own.
#[derive(Clone, Copy, Debug)]
pub struct Signing<'a> {
    /// The certificate.
    pub key: &'a KeyView,
    /// Who acts for the sender.
    pub supplier: Option<&'a Supplier>,
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
