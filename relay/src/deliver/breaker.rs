//! When to leave a broker alone: a circuit breaker, pure, with time as an argument.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::finding::Code;

use crate::broker::Failure;

/// So many failures in a row, and the broker is left alone.
const FAILURES: u32 = 5;

/// The first pause. Each one after a probe that failed is twice as long.
const FIRST: SignedDuration = SignedDuration::from_secs(5);

/// The longest pause.
const LONGEST: SignedDuration = SignedDuration::from_mins(1);

/// A probe that has not reported after this long is given up for another.
const PROBE: SignedDuration = SignedDuration::from_mins(3);

/// What a try says about the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It answered, be it with a refusal. So does one that asks us to slow down: a limit is one caller's, and if it
    /// stopped everybody, one recipient with a limit would hold up all the others.
    Fine,
    /// It did not, or said that it cannot now; it may have said for how long.
    Trouble(Option<Duration>),
    /// Nothing: the cause lay elsewhere.
    Nothing,
}

impl Verdict {
    /// What a result says.
    pub fn of(result: &Result<(), Failure>) -> Self {
        match result {
            Ok(()) | Err(Failure::Refused(_) | Failure::Abandoned(_)) => Self::Fine,
            Err(Failure::Later { after, finding })
                if matches!(finding.code, Code::ServiceDown | Code::ServiceRefused) =>
            {
                Self::Trouble(*after)
            }
            Err(Failure::Later { finding, .. }) if finding.code == Code::ServiceBusy => Self::Fine,
            Err(Failure::Later { .. }) => Self::Nothing,
            Err(Failure::Unknown(_)) => Self::Trouble(None),
        }
    }
}

/// What may be tried now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    No,
    Yes,
    /// One try, which decides for all: best of something that has not failed before.
    Probe,
}

/// Closed while all is well; open after [`FAILURES`] in a row; after a pause one probe decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breaker {
    state: State,
    pause: SignedDuration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed { failures: u32 },
    Open { until: Timestamp },
    Probing { until: Timestamp },
}

impl Default for Breaker {
    fn default() -> Self {
        Self { state: State::Closed { failures: 0 }, pause: FIRST }
    }
}

impl Breaker {
    /// Whether a try may be made now. After a pause the first who asks gets the probe.
    pub fn permit(&mut self, now: Timestamp) -> Permit {
        match self.state {
            State::Closed { .. } => Permit::Yes,
            State::Open { until } | State::Probing { until } if now < until => Permit::No,
            State::Open { .. } | State::Probing { .. } => {
                self.state = State::Probing { until: now + PROBE };
                Permit::Probe
            }
        }
    }

    /// A permit came to nothing: no row was due, or none that needed the broker. Somebody else may probe at once.
    pub fn unused(&mut self) {
        if let State::Probing { .. } = self.state {
            self.state = State::Open { until: Timestamp::MIN };
        }
    }

    /// How a try ended.
    pub fn record(&mut self, now: Timestamp, verdict: Verdict) {
        match (verdict, self.state) {
            (Verdict::Fine, _) => *self = Self::default(),
            (Verdict::Nothing, _) => self.unused(),
            (Verdict::Trouble(after), State::Closed { failures }) if failures + 1 >= FAILURES => self.open(now, after),
            (Verdict::Trouble(_), State::Closed { failures }) => {
                self.state = State::Closed { failures: failures + 1 };
            }
            (Verdict::Trouble(after), State::Probing { .. }) => {
                self.pause = (self.pause + self.pause).min(LONGEST);
                self.open(now, after);
            }
            // Begun before it opened.
            (Verdict::Trouble(_), State::Open { .. }) => {}
        }
    }

    /// Whether the broker is being left alone.
    pub fn is_open(&self) -> bool {
        !matches!(self.state, State::Closed { .. })
    }

    /// What the broker asked for counts, within reason: its limits are per organisation, and others may be waiting.
    fn open(&mut self, now: Timestamp, after: Option<Duration>) {
        let asked = after.and_then(|after| SignedDuration::try_from(after).ok()).unwrap_or_default();
        self.state = State::Open { until: now + self.pause.max(asked.min(LONGEST)) };
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Fine, Nothing, Trouble};
    use super::*;

    /// At a second, either ask for a permit and expect an answer, or record.
    enum Do {
        Ask(i64, bool),
        Tell(i64, Verdict),
        Unused,
    }
    use Do::{Ask, Tell, Unused};

    fn play(name: &str, script: &[Do]) -> Breaker {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let mut breaker = Breaker::default();
        for (step, action) in script.iter().enumerate() {
            match action {
                Ask(second, expected) => {
                    assert_eq!(breaker.permit(at(*second)) != Permit::No, *expected, "{name}, step {step}");
                }
                Tell(second, verdict) => breaker.record(at(*second), *verdict),
                Unused => breaker.unused(),
            }
        }
        breaker
    }

    fn failures(count: usize) -> Vec<Do> {
        (0..count).map(|_| Tell(0, Trouble(None))).collect()
    }

    #[test]
    fn the_table() {
        let table: Vec<(&str, usize, Vec<Do>, bool)> = vec![
            ("four are not enough", 4, vec![Ask(0, true)], false),
            ("five are", 5, vec![Ask(0, false), Ask(4, false)], true),
            ("one success counts anew", 4, vec![Tell(0, Fine), Tell(0, Trouble(None)), Ask(0, true)], false),
            ("our own trouble does not count", 4, vec![Tell(0, Nothing), Ask(0, true)], false),
            ("one probe after the pause", 5, vec![Ask(5, true), Ask(5, false), Ask(6, false)], true),
            ("a probe that succeeds closes", 5, vec![Ask(5, true), Tell(6, Fine), Ask(6, true), Ask(6, true)], false),
            (
                "each probe that fails doubles the pause",
                5,
                vec![
                    Ask(5, true),
                    Tell(5, Trouble(None)),
                    Ask(14, false),
                    Ask(15, true),
                    Tell(15, Trouble(None)),
                    Ask(34, false),
                    Ask(35, true),
                ],
                true,
            ),
            ("an unused probe is free again", 5, vec![Ask(5, true), Unused, Ask(5, true), Ask(5, false)], true),
            ("a probe that vanished is replaced", 5, vec![Ask(5, true), Ask(184, false), Ask(185, true)], true),
            ("a late failure does not lengthen", 5, vec![Tell(4, Trouble(None)), Ask(5, true)], true),
        ];
        for (name, before, script, open) in table {
            let mut whole = failures(before);
            whole.extend(script);
            assert_eq!(play(name, &whole).is_open(), open, "{name}");
        }
    }

    #[test]
    fn the_pause_is_what_was_asked_for_up_to_a_minute() {
        for (asked, pause) in [(1, 5), (30, 30), (3600, 60)] {
            let mut script = failures(4);
            script.push(Tell(0, Trouble(Some(Duration::from_secs(asked)))));
            script.extend([Ask(pause - 1, false), Ask(pause, true)]);
            play("asked", &script);
        }
    }

    #[test]
    fn what_a_result_says() {
        use konvolutt_shared::finding::{Finding, Rule};
        let finding = |rule| Finding::error(rule, "x");
        let after = Some(Duration::from_secs(7));
        let table = [
            (Ok(()), Fine),
            (Err(Failure::Refused(finding(Rule::ServiceRefused))), Fine),
            (Err(Failure::Abandoned(finding(Rule::SendingUncertain))), Fine),
            (Err(Failure::Unknown(finding(Rule::SendingUncertain))), Trouble(None)),
            (Err(Failure::Later { after, finding: finding(Rule::ServiceBusy) }), Fine),
            (Err(Failure::Later { after, finding: finding(Rule::ServiceDown) }), Trouble(after)),
            (Err(Failure::Later { after: None, finding: finding(Rule::ServiceRefused) }), Trouble(None)),
            // One sender's rights may be lacking, and the others' not.
            (Err(Failure::Later { after: None, finding: finding(Rule::CarrierAccess) }), Nothing),
            (Err(Failure::Later { after, finding: finding(Rule::SendingUncertain) }), Nothing),
            (Err(Failure::Later { after: None, finding: finding(Rule::Broken) }), Nothing),
        ];
        for (result, verdict) in table {
            assert_eq!(Verdict::of(&result), verdict, "{result:?}");
        }
    }
}
