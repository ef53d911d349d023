//! Whose letters wait for approval: rules that cover nobody are named, for nobody would miss what they do not do.

use konvolutt_shared::api::ApprovalRule;
use konvolutt_shared::identifier::OrganisationNumber;

use super::Check;
use crate::channel;
use crate::config::Outside;

/// One check for each rule, so that the one to mend is named.
pub(super) fn approvals(outside: &Outside) -> Vec<Check> {
    let served = |orgnr: &str| outside.organisations.iter().any(|one| one.orgnr == orgnr);
    outside.approvals.iter().map(|rule| approval(rule, served(&rule.organisation))).collect()
}

fn approval(rule: &ApprovalRule, served: bool) -> Check {
    const NAME: &str = "approvals";
    let ApprovalRule { organisation, channels } = rule;
    let ways = if channels.is_empty() { "every channel".to_owned() } else { channels.join(", ") };
    let seen = format!("letters of {organisation} by {ways} wait for approval");
    if OrganisationNumber::parse(organisation).is_err() {
        return Check::fail(NAME, format!("{organisation} is no organisation number"), "write nine digits");
    }
    if !served {
        let advice = "add the sender to organisations, or remove the rule: nobody sends for it here";
        return Check::warn(NAME, format!("{seen}, but this relay does not send for it"), advice);
    }
    if rule.covers(organisation, channel::DPI) {
        let seen = format!("{seen}; those to digital mailboxes are refused, for they cannot wait");
        return Check::ok(NAME, seen);
    }
    Check::ok(NAME, seen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Outcome;

    #[test]
    fn a_rule_that_covers_nobody_is_named() {
        let rule = |organisation: &str, channels: &[&str]| ApprovalRule {
            organisation: organisation.to_owned(),
            channels: channels.iter().map(|one| (*one).to_owned()).collect(),
        };
        for (rule, served, outcome, said) in [
            (rule("31090400", &[]), true, Outcome::Fail, "no organisation number"),
            (rule("310904007", &["DPO"]), false, Outcome::Warn, "does not send for it"),
            (rule("310904007", &["DPO", "DPV"]), true, Outcome::Ok, "by DPO, DPV wait"),
            (rule("310904007", &[]), true, Outcome::Ok, "mailboxes are refused"),
        ] {
            let check = approval(&rule, served);
            assert_eq!(check.outcome, outcome, "{rule:?}");
            assert!(check.seen.contains(said), "{}", check.seen);
        }
    }
}
