//! People with an inbox at Altinn, and how inboxes are treated (`ux.md` 3.15). Synthetic persons have 80 added to the month.

/// What its owner does with an inbox.
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

/// A person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resident {
    /// Eleven digits.
    pub(crate) number: &'static str,
    /// What is special, which stands for a name.
    pub(crate) name: &'static str,
    pub(crate) inbox: Inbox,
}

const fn resident(number: &'static str, name: &'static str, inbox: Inbox) -> Resident {
    Resident { number, name, inbox }
}

/// Those without a mailbox elsewhere, to whom decisions and information go over Altinn.
pub(crate) const RESIDENTS: &[Resident] = &[
    resident("03817010376", "Reservert person", Inbox::Reserved),
    resident("04817010496", "Person uten postkasse", Inbox::Reads(20)),
    resident("07817010746", "Person som leser fort", Inbox::Reads(10)),
    resident("08817010866", "Person som aldri leser", Inbox::Unread),
];

/// The person with this number.
pub(crate) fn resident_of(number: &str) -> Option<&'static Resident> {
    RESIDENTS.iter().find(|one| one.number == number)
}

#[cfg(test)]
mod tests {
    use konvolutt_shared::identifier::PersonNumber;

    use super::*;

    #[test]
    fn every_person_is_synthetic() {
        for one in RESIDENTS {
            assert!(PersonNumber::parse(one.number).is_ok_and(|number| number.is_synthetic()), "{}", one.name);
        }
    }
}
