//! Who delivers letters to people: two mailbox providers and a print provider, with numbers of their own.

/// What a provider does with a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trade {
    /// Puts it into a digital mailbox.
    Mailbox,
    /// Prints it and posts it.
    Print,
}

/// One provider.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Provider {
    /// Nine digits.
    pub(crate) number: &'static str,
    pub(crate) name: &'static str,
    pub(crate) trade: Trade,
    /// Whether people get the sender's own words as their notice, and not the provider's.
    pub(crate) quotes_sender: bool,
}

pub(crate) static DIGIPOST: Provider =
    Provider { number: "310904082", name: "Digipost (emulert)", trade: Trade::Mailbox, quotes_sender: true };
pub(crate) static EBOKS: Provider =
    Provider { number: "310904090", name: "e-Boks (emulert)", trade: Trade::Mailbox, quotes_sender: false };
pub(crate) static PRINT: Provider =
    Provider { number: "310904104", name: "Utskriftstjenesten (emulert)", trade: Trade::Print, quotes_sender: false };

/// All of them.
pub(crate) static PROVIDERS: [&Provider; 3] = [&DIGIPOST, &EBOKS, &PRINT];

/// The provider with this number.
pub(crate) fn provider(number: &str) -> Option<&'static Provider> {
    PROVIDERS.into_iter().find(|one| one.number == number)
}
