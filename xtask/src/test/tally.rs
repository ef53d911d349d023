//! Adding up what the runners say.

use std::io::{BufRead, BufReader, Read};

use anyhow::Result;

use crate::shell::say;

/// How many checks and tests passed and failed so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: u64,
    pub(super) failed: u64,
}

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

    /// Shows a runner's output and counts.
    pub(super) fn follow(&mut self, output: impl Read, count: fn(&str) -> Option<(u64, u64)>) -> Result<()> {
        for line in BufReader::new(output).lines() {
            let line = line?;
            println!("{line}");
            self.add(&line, count);
        }
        Ok(())
    }

    /// Counts only.
    pub(super) fn follow_quietly(&mut self, output: impl Read, count: fn(&str) -> Option<(u64, u64)>) -> Result<()> {
        for line in BufReader::new(output).lines() {
            self.add(&line?, count);
        }
        Ok(())
    }

    fn add(&mut self, line: &str, count: fn(&str) -> Option<(u64, u64)>) {
        if let Some((passed, failed)) = count(line) {
            self.passed += passed;
            self.failed += failed;
        }
    }
}

/// `test result: ok. 12 passed; 0 failed; 0 ignored; …`
pub(super) fn cargo_line(line: &str) -> Option<(u64, u64)> {
    let counts = line.strip_prefix("test result: ")?.split_once(". ")?.1;
    let mut parts = counts.split("; ");
    Some((number(parts.next()?, " passed")?, number(parts.next()?, " failed")?))
}

/// `# pass 12`, `# fail 0` and `# cancelled 0`, one a line, at the end of a TAP report.
pub(super) fn tap_line(line: &str) -> Option<(u64, u64)> {
    let (word, count) = line.strip_prefix("# ")?.split_once(' ')?;
    let count = count.parse().ok()?;
    match word {
        "pass" => Some((count, 0)),
        "fail" | "cancelled" => Some((0, count)),
        _ => None,
    }
}

fn number(text: &str, ending: &str) -> Option<u64> {
    text.strip_suffix(ending)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_results_are_read() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(cargo_line(line), Some((12, 3)));
        assert_eq!(cargo_line("test seal::tests::opens ... ok"), None);
    }

    #[test]
    fn tap_results_are_read() {
        assert_eq!(tap_line("# pass 7"), Some((7, 0)));
        assert_eq!(tap_line("# cancelled 2"), Some((0, 2)));
        assert_eq!(tap_line("# duration_ms 12.5"), None);
        assert_eq!(tap_line("# Subtest: pass 3"), None);
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
        assert_eq!(tally, Tally { passed: 0, failed: 3 });
    }
}
