//! Who may sign for whom: rows that can never count are named.

use jiff::Timestamp;
use konvolutt_shared::identifier::OrganisationNumber;

use super::Check;
use crate::config::{Delegation, Outside};

/// One check for each row, so that the one to mend is named.
pub(super) fn delegations(outside: &Outside, now: Timestamp) -> Vec<Check> {
    let served = |orgnr: &str| outside.organisations.iter().any(|one| one.orgnr == orgnr);
    outside.delegations.iter().map(|one| delegation(one, served(&one.sender), now)).collect()
}

fn delegation(one: &Delegation, served: bool, now: Timestamp) -> Check {
    const NAME: &str = "delegations";
    let Delegation { signer, sender, from, to } = one;
    let seen = format!("{signer} signs for {sender} from {from} to {to}");
    for number in [signer, sender] {
        if OrganisationNumber::parse(number).is_err() {
            return Check::fail(NAME, format!("{number} is no organisation number"), "write nine digits");
        }
    }
    if from > to {
        return Check::fail(NAME, format!("{seen}, which is no time at all"), "let it end after it begins");
    }
    if !served {
        let advice = "add the sender to organisations, or remove the row: nobody sends for it here";
        return Check::warn(NAME, format!("{seen}, for whom this relay does not send"), advice);
    }
    if one.holds(now) {
        return Check::ok(NAME, seen);
    }
    Check::warn(NAME, format!("{seen}, which is not now"), "correct its days, or remove the row")
}
