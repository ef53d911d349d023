//! Every rule of the verification has a case here that breaks it and nothing else.
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "rules/container.rs"]
mod container;
#[path = "rules/document.rs"]
mod document;
#[path = "rules/envelope.rs"]
mod envelope;
#[path = "rules/key.rs"]
mod key;
#[path = "rules/letter.rs"]
mod letter;
#[path = "rules/mail.rs"]
mod mail;
#[path = "rules/programs.rs"]
mod programs;
#[path = "rules/seal.rs"]
mod seal;
#[path = "rules/shipment.rs"]
mod shipment;
#[path = "rules/signature.rs"]
mod signature;
#[path = "rules/signer.rs"]
mod signer;
#[path = "rules/world.rs"]
mod world;
#[path = "rules/xml.rs"]
mod xml;
#[path = "rules/zip.rs"]
mod zip;

use std::collections::BTreeSet;

use konvolutt_shared::finding::{Finding, Rule};
use world::World;

/// What broke, and what was found.
type Case = (Rule, Vec<Finding>);

/// Rules that the core never breaks: a program, the browser or a service outside does. [`programs`] has their tests.
fn is_of_a_program(rule: Rule) -> bool {
    use Rule::{KeyBegun, KeyInTime, KeyIssuer, KeyOwner, KeyTransportHere};
    rule.number().starts_with(['Y', 'Q'])
        || [KeyInTime, KeyBegun, KeyOwner, KeyIssuer, KeyTransportHere].contains(&rule)
}

#[test]
fn every_rule_is_broken_by_a_case_of_its_own() {
    let world = World::new();
    let good = world.verify(&world.cades);
    assert_eq!(good.as_str(), "ok", "{:?}", good.findings());
    assert_eq!(world.verify(&world.xades).as_str(), "ok", "{:?}", world.verify(&world.xades).findings());
    let cases: Vec<Case> = [
        zip::cases(),
        seal::cases(&world),
        container::cases(&world),
        signature::cases(&world),
        xml::cases(&world),
        signer::cases(&world),
        document::cases(&world),
        envelope::cases(&world),
        letter::cases(&world),
        mail::cases(&world),
        shipment::cases(),
        key::cases(&world),
    ]
    .concat();
    let mut problems = Vec::new();
    for (rule, findings) in &cases {
        let seen: BTreeSet<_> = findings.iter().map(|finding| finding.rule).collect();
        if seen != BTreeSet::from([*rule]) {
            problems.push(format!("{rule} ({rule:?}): {findings:?}"));
        }
    }
    let tried: BTreeSet<Rule> = cases.iter().map(|(rule, _)| *rule).collect();
    let untried: Vec<_> = Rule::ALL.iter().filter(|rule| !tried.contains(rule) && !is_of_a_program(**rule)).collect();
    let ranks =
        cases.iter().flat_map(|(_, findings)| findings).filter(|finding| finding.severity < finding.rule.rank());
    assert_eq!(ranks.map(|finding| finding.rule).collect::<Vec<_>>(), [], "graver than their rank");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(untried.is_empty(), "no case breaks {untried:?}");
}
