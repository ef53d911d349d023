//! Adding up what the runners say.

use std::io::{BufRead, BufReader, Read, Write};

use anyhow::Result;

use crate::shell::say;

/// How many checks and tests passed, failed, and could not do what they are there for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: u64,
    pub(super) failed: u64,
    /// Those that lack a program or data here. To cargo they have passed; they are counted among them, too.
    pub(super) skipped: u64,
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// What a test says when it lacks something, at the beginning of a line.
const SKIPPED: &str = "SKIPPED";

impl Tally {
    /// One check. Says whether it passed; the next ones run all the same, so that one sees everything at once.
    pub(super) fn step(&mut self, name: &str, check: impl FnOnce() -> Result<()>) -> bool {
        say(name);
        match check() {
            Ok(()) => {
                self.passed += 1;
                true
            }
            Err(error) => {
                println!("FAILED {name}: {error:#}");
                self.failed += 1;
                false
            }
        }
    }

    /// A program that runs many tests and counts them itself. If it ends badly without naming a failed test, for example
    /// because something did not compile, that is a failure too; so is a runner that ran nothing.
    pub(super) fn runner(&mut self, name: &str, tests: impl FnOnce(&mut Self) -> Result<()>) {
        say(name);
        let before = *self;
        let result = tests(self);
        if let Err(error) = &result {
            println!("FAILED {name}: {error:#}");
        }
        let silent = self.failed == before.failed;
        if silent && (result.is_err() || self.passed == before.passed) {
            self.failed += 1;
        }
    }

    /// Something that cannot be done here. Says so.
    pub(super) fn skip(&mut self, what: &str, mut show: impl Write) {
        self.skipped += 1;
        // Whoever closed the output does not want to know.
        let _ = writeln!(show, "{SKIPPED} {what}");
    }

    /// Shows what `cargo test -- --show-output` says, and counts. Of what tests that passed have written, only that they were
    /// skipped is shown.
    pub(super) fn cargo(&mut self, output: impl Read, mut show: impl Write) -> Result<()> {
        let (mut of_passed, mut test_counted) = (false, false);
        for line in BufReader::new(output).lines() {
            let line = line?;
            if line == "successes:" {
                of_passed = true;
            } else if line == "failures:" || line.starts_with("test result: ") {
                of_passed = false;
            }
            // However often it says so, it is one test.
            test_counted &= !(line.starts_with("---- ") && line.ends_with(" ----"));
            let says = line.starts_with(SKIPPED);
            if says && !test_counted {
                self.skipped += 1;
                test_counted = of_passed;
            }
            if says || !of_passed {
                writeln!(show, "{line}")?;
            }
            self.add(cargo_line(&line));
        }
        Ok(())
    }

    /// Counts a TAP report.
    pub(super) fn tap(&mut self, report: impl Read) -> Result<()> {
        for line in BufReader::new(report).lines() {
            self.add(tap_line(&line?));
        }
        Ok(())
    }

    fn add(&mut self, more: Option<Self>) {
        let Self { passed, failed, skipped } = more.unwrap_or_default();
        self.passed += passed;
        self.failed += failed;
        self.skipped += skipped;
    }
}

/// `test result: ok. 12 passed; 0 failed; 0 ignored; …`
fn cargo_line(line: &str) -> Option<Tally> {
    let counts = line.strip_prefix("test result: ")?.split_once(". ")?.1;
    let mut parts = counts.split("; ");
    let mut next = |ending| number(parts.next()?, ending);
    Some(Tally { passed: next(" passed")?, failed: next(" failed")?, skipped: next(" ignored")? })
}

/// `# pass 12`, `# fail 0`, `# cancelled 0` and `# skipped 0`, one a line, at the end of a TAP report.
fn tap_line(line: &str) -> Option<Tally> {
    let (word, count) = line.strip_prefix("# ")?.split_once(' ')?;
    let count = count.parse().ok()?;
    match word {
        "pass" => Some(Tally { passed: count, ..Tally::default() }),
        "fail" | "cancelled" => Some(Tally { failed: count, ..Tally::default() }),
        "skipped" => Some(Tally { skipped: count, ..Tally::default() }),
        _ => None,
    }
}

fn number(text: &str, ending: &str) -> Option<u64> {
    text.strip_suffix(ending)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: u64, failed: u64, skipped: u64) -> Tally {
        Tally { passed, failed, skipped }
    }

    #[test]
    fn cargo_results_are_read() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(cargo_line(line), Some(tally(12, 3, 1)));
        assert_eq!(cargo_line("test seal::tests::opens ... ok"), None);
    }

    #[test]
    fn tap_results_are_read() {
        assert_eq!(tap_line("# pass 7"), Some(tally(7, 0, 0)));
        assert_eq!(tap_line("# cancelled 2"), Some(tally(0, 2, 0)));
        assert_eq!(tap_line("# skipped 3"), Some(tally(0, 0, 3)));
        assert_eq!(tap_line("# duration_ms 12.5"), None);
        assert_eq!(tap_line("# Subtest: pass 3"), None);
    }

    #[test]
    fn tests_that_say_that_they_are_skipped_are_counted_once_each() {
        let output = "running 3 tests\ntest a ... ok\ntest b ... ok\ntest c ... ok\n\nsuccesses:\n\n\
            ---- a stdout ----\nSKIPPED: xmllint is not installed\nSKIPPED: xmllint is not installed\n\n\
            ---- b stdout ----\nseed 4711\nnothing was SKIPPED here\n\n---- c stdout ----\nSKIPPED: no vectors\n\n\n\
            successes:\n    a\n    b\n    c\n\n\
            test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n";
        let mut sum = Tally::default();
        // This is a test, too: what it shows would be counted by whoever runs it.
        let mut shown = Vec::new();
        assert!(sum.cargo(output.as_bytes(), &mut shown).is_ok());
        assert!(!String::from_utf8_lossy(&shown).contains("seed 4711"), "what tests that passed have written");
        assert_eq!(sum, tally(3, 0, 3), "two that say it, and one that cargo was told to ignore");
        assert_eq!(sum.to_string(), "3 passed, 0 failed, 3 skipped");
        sum.skip("advisories: no network", &mut shown);
        assert_eq!(sum.skipped, 4);
    }

    #[test]
    fn a_runner_that_dies_or_runs_nothing_counts_as_failed() {
        let mut tally = Tally::default();
        tally.runner("dies", |_| anyhow::bail!("did not compile"));
        tally.runner("runs nothing", |_| Ok(()));
        tally.runner("names its failure", |tally| {
            tally.failed += 1;
            anyhow::bail!("one failed")
        });
        assert_eq!(tally, self::tally(0, 3, 0));
    }
}
