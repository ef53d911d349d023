//! People, and how they get their post: inbox at Altinn, digital mailbox, paper. Synthetic persons have 80
//! added to the month; what is special about one stands for a name.

use super::provider::{DIGIPOST, EBOKS, Provider};

/// What its owner does with an inbox at Altinn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inbox {
    /// Opens what comes so many seconds after it is there.
    Reads(i64),
    /// Never looks.
    Unread,
    /// Nobody may write to it, unless the sender ignores reservations.
    Reserved,
    /// Nobody has the role to open it.
    NoRole,
    /// Nobody has the role to open what is confidential.
    NoConfidentialRole,
    /// Malware is found in everything that comes.
    Infected,
}

impl Inbox {
    pub(crate) const fn reads_after(self) -> Option<i64> {
        match self {
            Self::Reads(seconds) => Some(seconds),
            _ => None,
        }
    }
}

/// A digital mailbox.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mailbox {
    pub(crate) provider: &'static Provider,
    /// `postkasseadresse`.
    pub(crate) address: &'static str,
}

/// What becomes of letters from mailbox and print provider. Seconds count from sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Delivered, and never opened.
    Keeps,
    /// Opened so many seconds after.
    Opens(u16),
    /// Delivered, and then the notice does not get through.
    Unnotified,
    /// Printed, and comes back.
    ComesBack,
    /// Refused when two attachments have one name.
    UniqueNames,
    /// Refused unless everything is PDF.
    PdfOnly,
    /// Refused, and the sender is to blame.
    Blames,
    /// Every other letter of a sender fails at the provider.
    FailsOnce,
}

/// What the contact register says of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Has contact information.
    Active,
    /// Had some.
    Deleted,
    /// Never had any.
    Unregistered,
}

/// A person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resident {
    /// Eleven digits.
    pub(crate) number: &'static str,
    /// What is special, which stands for a name.
    pub(crate) name: &'static str,
    /// At Altinn; `None`: nobody there by this number.
    pub(crate) inbox: Option<Inbox>,
    pub(crate) mailbox: Option<Mailbox>,
    pub(crate) habit: Habit,
    pub(crate) standing: Standing,
    /// Against digital post from authorities.
    pub(crate) reserved: bool,
    /// Whether mail address and mobile number are newer than 18 months.
    pub(crate) fresh: bool,
    /// ISO 639-1.
    pub(crate) language: &'static str,
    /// Whether the population register gives the address.
    pub(crate) addressed: bool,
}

/// Reads at Altinn, has no mailbox, and is well known.
const fn plain(number: &'static str, name: &'static str) -> Resident {
    Resident {
        number,
        name,
        inbox: Some(Inbox::Reads(20)),
        mailbox: None,
        habit: Habit::Keeps,
        standing: Standing::Active,
        reserved: false,
        fresh: true,
        language: "nb",
        addressed: true,
    }
}

const fn at(provider: &'static Provider, address: &'static str, habit: Habit, one: Resident) -> Resident {
    Resident { mailbox: Some(Mailbox { provider, address }), habit, ..one }
}

/// The published mocks' persons.
const MOCKS: [&str; 2] = ["06068700602", "10068700602"];

/// Everyone.
pub(crate) const RESIDENTS: &[Resident] = &[
    at(&DIGIPOST, "prove.en#01DP", Habit::Opens(15), plain("01817010136", "Person hos Digipost")),
    at(&EBOKS, "prove.to#02EB", Habit::Keeps, plain("02817010256", "Person hos e-Boks")),
    Resident { reserved: true, inbox: Some(Inbox::Reserved), ..plain("03817010376", "Reservert person") },
    plain("04817010496", "Person uten postkasse"),
    Resident {
        fresh: false,
        ..at(&DIGIPOST, "prove.fem#05DP", Habit::Keeps, plain("05817010506", "Person som ikke kan varsles"))
    },
    at(&DIGIPOST, "prove.seks#06DP", Habit::Unnotified, plain("06817010626", "Person med varsel som feiler")),
    Resident {
        inbox: Some(Inbox::Reads(10)),
        ..at(&EBOKS, "prove.sju#07EB", Habit::Opens(10), plain("07817010746", "Person som leser fort"))
    },
    Resident {
        inbox: Some(Inbox::Unread),
        ..at(&DIGIPOST, "prove.otte#08DP", Habit::Keeps, plain("08817010866", "Person som aldri leser"))
    },
    Resident {
        fresh: false,
        habit: Habit::ComesBack,
        ..plain("09817010986", "Person med papirpost som kommer i retur")
    },
    Resident { inbox: None, standing: Standing::Deleted, ..plain("10817011042", "Død eller ukjent person") },
    Resident { inbox: None, standing: Standing::Unregistered, ..plain("11817011162", "Person under 18 år") },
    Resident {
        addressed: false,
        ..at(&DIGIPOST, "prove.tolv#12DP", Habit::Keeps, plain("12817011282", "Person med adressesperre"))
    },
    at(&EBOKS, "prove.fjorten#14EB", Habit::UniqueNames, plain("14817011412", "Postkasse uten like navn")),
    at(&DIGIPOST, "prove.femten#15DP", Habit::PdfOnly, plain("15817011532", "Postkasse med bare PDF")),
    Resident {
        language: "nn",
        ..at(&DIGIPOST, "prove.seksten#16DP", Habit::Keeps, plain("16817011652", "Person som vel nynorsk"))
    },
    Resident {
        language: "se",
        ..at(&EBOKS, "prove.sytten#17EB", Habit::Keeps, plain("17817011772", "Person som velger nordsamisk"))
    },
    at(&DIGIPOST, "prove.atten#18DP", Habit::Blames, plain("18817011892", "Postkasse som avviser")),
    at(&EBOKS, "prove.nitten#19EB", Habit::FailsOnce, plain("19817011902", "Postkasse som feiler først")),
    // The published mocks' own. The second has wrong check digits.
    at(&DIGIPOST, "prove.mock#20DP", Habit::Keeps, plain(MOCKS[0], "Mockperson med postkasse")),
    Resident { fresh: false, ..plain(MOCKS[1], "Mockperson med papirpost") },
];

/// The person with this number.
pub(crate) fn resident_of(number: &str) -> Option<&'static Resident> {
    RESIDENTS.iter().find(|one| one.number == number)
}

impl Resident {
    /// Whether the contact register has a mail address and a mobile number that may be used.
    pub(crate) fn can_be_notified(&self) -> bool {
        self.standing == Standing::Active && self.fresh
    }

    /// Whether the service registry knows the person at all.
    pub(crate) fn is_registered(&self) -> bool {
        self.standing != Standing::Deleted
    }

    /// Number in the list, from 1: what makes telephone numbers and addresses differ.
    pub(crate) fn place(&self) -> usize {
        RESIDENTS.iter().position(|one| one.number == self.number).map_or(0, |at| at + 1)
    }

    /// Whose mailbox this is, at a provider.
    pub(crate) fn of_mailbox(provider: &Provider, address: &str) -> Option<&'static Self> {
        let has = |one: &&Self| one.mailbox.is_some_and(|box_| box_.provider == provider && box_.address == address);
        RESIDENTS.iter().find(has)
    }

    /// Whom a printed letter is for, by the name on it.
    pub(crate) fn of_name(name: &str) -> Option<&'static Self> {
        RESIDENTS.iter().find(|one| one.addressed && one.name.eq_ignore_ascii_case(name.trim()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use konvolutt_shared::identifier::PersonNumber;

    use super::*;

    #[test]
    fn every_person_is_synthetic() {
        for one in RESIDENTS {
            let synthetic = PersonNumber::parse(one.number).is_ok_and(|number| number.is_synthetic());
            assert!(synthetic || MOCKS.contains(&one.number), "{}", one.name);
        }
    }

    #[test]
    fn people_are_told_apart_by_number_name_and_mailbox() {
        let all = RESIDENTS.len();
        assert_eq!(RESIDENTS.iter().map(|one| one.number).collect::<BTreeSet<_>>().len(), all);
        assert_eq!(RESIDENTS.iter().map(|one| one.name).collect::<BTreeSet<_>>().len(), all);
        let addresses: Vec<_> = RESIDENTS.iter().filter_map(|one| one.mailbox.map(|mailbox| mailbox.address)).collect();
        assert_eq!(addresses.iter().collect::<BTreeSet<_>>().len(), addresses.len());
        for one in RESIDENTS {
            let Some(mailbox) = one.mailbox else { continue };
            let found = Resident::of_mailbox(mailbox.provider, mailbox.address).map(|one| one.number);
            assert_eq!(found, Some(one.number));
        }
        assert!(Resident::of_mailbox(&EBOKS, "prove.en#01DP").is_none(), "another provider's");
    }

    #[test]
    fn a_blocked_address_is_known_by_no_name() {
        assert!(Resident::of_name("Person med adressesperre").is_none());
        assert_eq!(Resident::of_name(" person uten postkasse ").map(Resident::place), Some(4));
    }
}
