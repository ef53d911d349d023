//! Every word a person reads, in bokmål, nynorsk and English.
//!
//! A text stands on one line with its three languages, so a missing translation does not compile. Values go into
//! `{name}` slots with [`fill`]; a test holds the slots of the three languages equal.

mod access;
mod approval;
mod carrier;
mod channel;
mod compose;
mod format;
mod frame;
mod mailbox;
mod message;
mod person;
mod problem;
mod sending;
mod status;
mod warning;

pub use approval::Approval as ApprovalText;
pub(crate) use carrier::carrier;
pub use channel::Channel as ChannelText;
pub use compose::Compose as ComposeText;
pub use format::{ago, date_time, day, orgnr, size, time};
pub(crate) use mailbox::{is_posted, mailbox, said_by};
pub use message::Message as MessageText;
pub use person::Person as PersonText;
pub use problem::{ProblemText, WasSent, problem, remark};
pub use sending::Sending as SendingText;
pub use status::{StatusText, status as status_text};
pub(crate) use status::{conflict, receipt, status_on};
pub use warning::Warning as WarningText;

/// A language of the user interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Bokmål.
    #[default]
    Nb,
    /// Nynorsk.
    Nn,
    /// English.
    En,
}

impl Lang {
    /// Every language, in the order a person meets them.
    pub const ALL: [Self; 3] = [Self::Nb, Self::Nn, Self::En];

    /// BCP 47 tag for the `lang` attribute.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Nb => "nb",
            Self::Nn => "nn",
            Self::En => "en",
        }
    }

    /// Its own name for itself.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nb => "Norsk bokmål",
            Self::Nn => "Norsk nynorsk",
            Self::En => "English",
        }
    }

    /// The language of a tag such as `nn-NO`, if it is one of ours.
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.split('-').next().unwrap_or_default() {
            "nb" | "no" => Some(Self::Nb),
            "nn" => Some(Self::Nn),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The texts.
    pub const fn text(self) -> &'static Text {
        match self {
            Self::Nb => &Text::NB,
            Self::Nn => &Text::NN,
            Self::En => &Text::EN,
        }
    }

    /// Picks the one of three that belongs to this language.
    pub const fn pick(self, [nb, nn, en]: [&'static str; 3]) -> &'static str {
        match self {
            Self::Nb => nb,
            Self::Nn => nn,
            Self::En => en,
        }
    }
}

/// The whole catalogue in one language.
#[derive(Debug, PartialEq, Eq)]
pub struct Text {
    /// Frame, lists, settings and keys.
    pub frame: frame::Frame,
    /// Recipient, documents, preview and sending.
    pub compose: compose::Compose,
    /// What a person decides about a channel.
    pub channel: channel::Channel,
    /// One message, its history and its documents.
    pub message: message::Message,
    /// What a person may not do.
    pub access: access::Access,
    /// Letters that somebody else must approve.
    pub approval: approval::Approval,
    /// What went wrong with something sent, said without being asked.
    pub warning: warning::Warning,
    /// Letters to people.
    pub person: person::Person,
    /// Letters whose sending was broken off.
    pub sending: sending::Sending,
}

impl Text {
    const NB: Self = Self {
        frame: frame::Frame::NB,
        compose: compose::Compose::NB,
        channel: channel::Channel::NB,
        message: message::Message::NB,
        access: access::Access::NB,
        approval: approval::Approval::NB,
        warning: warning::Warning::NB,
        person: person::Person::NB,
        sending: sending::Sending::NB,
    };
    const NN: Self = Self {
        frame: frame::Frame::NN,
        compose: compose::Compose::NN,
        channel: channel::Channel::NN,
        message: message::Message::NN,
        access: access::Access::NN,
        approval: approval::Approval::NN,
        warning: warning::Warning::NN,
        person: person::Person::NN,
        sending: sending::Sending::NN,
    };
    const EN: Self = Self {
        frame: frame::Frame::EN,
        compose: compose::Compose::EN,
        channel: channel::Channel::EN,
        message: message::Message::EN,
        access: access::Access::EN,
        approval: approval::Approval::EN,
        warning: warning::Warning::EN,
        person: person::Person::EN,
        sending: sending::Sending::EN,
    };
}

/// Defines a group of texts. Each line is `name: bokmål, nynorsk, English;`.
macro_rules! catalogue {
    ($(#[$meta:meta])* $group:ident { $($name:ident: $nb:literal, $nn:literal, $en:literal;)* }) => {
        $(#[$meta])*
        #[derive(Debug, PartialEq, Eq)]
        pub struct $group {
            $(#[doc = $nb] pub $name: &'static str,)*
        }

        impl $group {
            pub(super) const NB: Self = Self { $($name: $nb,)* };
            pub(super) const NN: Self = Self { $($name: $nn,)* };
            pub(super) const EN: Self = Self { $($name: $en,)* };

            /// Every text with its name and three languages, for tests.
            #[cfg(test)]
            pub(super) const EVERY: &[(&'static str, [&'static str; 3])] =
                &[$((stringify!($name), [$nb, $nn, $en]),)*];
        }
    };
}
pub(crate) use catalogue;

/// So many of something: `one` for one, else `many` with the number in its slot `{n}`.
pub fn counted(one: &str, many: &str, n: usize) -> String {
    if n == 1 { one.to_owned() } else { fill(many, &[("n", &n.to_string())]) }
}

/// Puts values into the `{name}` slots of a text. A slot without a value stays as it is, so that it is seen.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        out.push_str(before);
        let Some(close) = from.find('}') else {
            out.push_str(from);
            return out;
        };
        let slot = from.get(1..close).unwrap_or_default();
        match values.iter().find(|(name, _)| *name == slot) {
            Some((_, value)) => out.push_str(value),
            None => out.push_str(from.get(..=close).unwrap_or_default()),
        }
        rest = from.get(close + 1..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn slots(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|part| part.split('}').next()).collect()
    }

    #[test]
    fn the_three_languages_have_the_same_slots_and_no_empty_text() {
        let every = [
            frame::Frame::EVERY,
            compose::Compose::EVERY,
            channel::Channel::EVERY,
            message::Message::EVERY,
            access::Access::EVERY,
            approval::Approval::EVERY,
            warning::Warning::EVERY,
            person::Person::EVERY,
            sending::Sending::EVERY,
        ]
        .concat();
        for (name, [nb, nn, en]) in every {
            assert!(!nb.is_empty() && !nn.is_empty() && !en.is_empty(), "{name} is empty");
            assert_eq!(slots(nb), slots(nn), "{name}");
            assert_eq!(slots(nb), slots(en), "{name}");
        }
    }

    #[test]
    fn fill_puts_values_in_and_leaves_unknown_slots() {
        assert_eq!(fill("{n} treff av {m}", &[("n", "3")]), "3 treff av {m}");
        assert_eq!(fill("a { b", &[]), "a { b");
        assert_eq!(fill("«{x}»{x}", &[("x", "æ{y}")]), "«æ{y}»æ{y}");
    }

    #[test]
    fn a_language_is_found_by_its_tag() {
        assert_eq!(Lang::from_tag("nn-NO"), Some(Lang::Nn));
        assert_eq!(Lang::from_tag("no"), Some(Lang::Nb));
        assert_eq!(Lang::from_tag("se"), None);
    }
}
