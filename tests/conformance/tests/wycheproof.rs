//! Every set natively: nothing fails, something passes, and no reason in `skips.json` is idle.

#![allow(clippy::unwrap_used)]

use konvolutt_conformance::cases::{Outcome, Skipped};
use konvolutt_conformance::{Report, run, sets};

/// In the order in which they are built.
const SETS: [&str; 8] = [
    "rsa-pkcs1-signature",
    "rsa-pss",
    "ecdsa-p1363",
    "ecdsa-der",
    "aes-cbc",
    "aes-gcm",
    "rsa-oaep",
    "rsa-pkcs1-decryption",
];

fn count(reasons: &[Skipped]) -> usize {
    reasons.iter().map(|one| one.count).sum()
}

#[test]
fn every_set_holds() {
    let sets = sets().unwrap();
    assert_eq!(sets.iter().map(|set| set.name.as_str()).collect::<Vec<_>>(), SETS);
    for set in &sets {
        let Report { set: name, passed, refused, skipped, refusals, failed } = run(set);
        eprintln!("{name}: {passed} passed, {refused} refused, {} skipped, {} failed", count(&skipped), failed.len());
        assert!(failed.is_empty(), "{name}:\n{}", failed.join("\n"));
        assert!(passed > 0, "{name}: nothing passed");
        assert_eq!(passed + refused, set.groups.iter().map(|group| group.cases.len()).sum::<usize>(), "{name}");
        assert_eq!(refused, count(&refusals), "{name}");
        for reason in skipped.iter().chain(&refusals) {
            assert!(reason.count > 0, "{name}: never applies: {}", reason.reason);
        }
    }
}

/// A report that cannot tell right from wrong would pass everything: with every outcome turned, everything must fail.
#[test]
fn a_wrong_answer_is_seen() {
    for mut set in sets().unwrap() {
        // RSA with private keys takes long; the first group tells as much.
        set.groups.retain(|group| group.cases.iter().any(|case| !case.refused));
        set.groups.truncate(1);
        let mut told = 0;
        for case in set.groups.iter_mut().flat_map(|group| &mut group.cases) {
            case.outcome = match case.outcome {
                // With implicit rejection, nothing too is a substitute.
                Outcome::Valid if set.name == "rsa-pkcs1-decryption" && case.message.is_empty() => continue,
                Outcome::Valid => Outcome::Invalid,
                Outcome::Invalid => Outcome::Valid,
                Outcome::Acceptable => continue,
            };
            told += 1;
        }
        assert_eq!(run(&set).failed.len(), told, "{}", set.name);
    }
}
