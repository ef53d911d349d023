//! Who hears of what.

use konvolutt_shared::api::Direction;

/// What somebody may hear of the event log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hearing {
    /// Whose events: nine digits each.
    pub organisations: Vec<String>,
    /// At which of them, and in which direction, events of confidential post are left out.
    pub discreet: Vec<(String, Direction)>,
}

impl Hearing {
    /// Everything that happens at these organisations.
    pub fn all(organisations: &[String]) -> Self {
        Self { organisations: organisations.to_vec(), discreet: Vec::new() }
    }

    /// The organisations whose confidential post of a direction is left out.
    pub(super) fn discreet_in(&self, direction: Direction) -> Vec<String> {
        let there = self.discreet.iter().filter(|(_, one)| *one == direction);
        there.map(|(organisation, _)| organisation.clone()).collect()
    }
}
