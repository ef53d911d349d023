//! How long to wait before the next try.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// The first wait, as the reference's queue has it (the integrasjonspunkt's ActiveMQ redelivery): 20 s, then three
/// times as long each.
const FIRST: Duration = Duration::from_secs(20);

/// The longest.
const LONGEST: Duration = Duration::from_secs(3600);

/// The first two tries follow sooner than the reference's: a broker that is only just restarting needs no 20 seconds.
const QUICK: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];

/// For so many tries, what the broker asks for is waited and no longer.
const TRUSTED: u32 = 20;

/// How long before the deadline the last try comes, when the one in turn would come too late.
const LAST: SignedDuration = SignedDuration::from_mins(1);

/// When to try next. A letter is not given up for having waited past its deadline: if the wait leads there, one more try
/// comes just before, unless the broker asked not to be asked so soon.
pub(super) fn next(now: Timestamp, attempt: u32, asked: Option<Duration>, deadline: Option<Timestamp>) -> Timestamp {
    let next = later(now, wait(attempt, asked));
    let last = deadline.filter(|deadline| next >= *deadline).and_then(|deadline| deadline.checked_sub(LAST).ok());
    last.filter(|last| *last >= later(now, asked.unwrap_or(FIRST))).unwrap_or(next)
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    SignedDuration::try_from(wait).ok().and_then(|wait| now.checked_add(wait).ok()).unwrap_or(Timestamp::MAX)
}

/// The wait after a try, counted from 0. What the broker asked for is the least; one that asks again and again is asked
/// ever more seldom.
fn wait(attempt: u32, asked: Option<Duration>) -> Duration {
    match asked {
        Some(asked) => attempt.checked_sub(TRUSTED).map_or(asked, |more| asked.max(own(more))),
        None => own(attempt),
    }
}

fn own(attempt: u32) -> Duration {
    if let Some(quick) = QUICK.get(attempt as usize) {
        return *quick;
    }
    let factor = 3_u32.checked_pow(attempt - QUICK.len() as u32);
    factor.and_then(|factor| FIRST.checked_mul(factor)).map_or(LONGEST, |wait| wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_an_hour() {
        let seconds: Vec<u64> = (0..9).map(|attempt| wait(attempt, None).as_secs()).collect();
        assert_eq!(seconds, [1, 5, 20, 60, 180, 540, 1620, 3600, 3600]);
        assert_eq!(wait(u32::MAX, None), LONGEST);
    }

    #[test]
    fn one_more_try_comes_before_the_deadline() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let next = |attempt, asked: Option<u64>, deadline| {
            next(at(0), attempt, asked.map(Duration::from_secs), Some(at(deadline))).as_second()
        };
        // In time; too late; just too late; so near that it would be a try a minute; what the broker asked for.
        assert_eq!(next(6, None, 1_621), 1_620);
        assert_eq!(next(7, None, 3_000), 2_940);
        assert_eq!(next(6, None, 1_620), 1_560);
        assert_eq!(next(7, None, 79), 3_600);
        assert_eq!(next(0, Some(500), 400), 500);
        assert_eq!(next(0, Some(500), 500), 500);
        assert_eq!(super::next(at(0), 7, None, None), at(3_600));
    }

    #[test]
    fn what_is_asked_for_is_the_least() {
        let asked = |seconds| Some(Duration::from_secs(seconds));
        for (attempt, seconds, waited) in [(0, 7, 7), (20, 1, 1), (22, 1, 20), (22, 1_000, 1_000), (99, 90_000, 90_000)]
        {
            assert_eq!(wait(attempt, asked(seconds)).as_secs(), waited, "{attempt}");
        }
    }
}
