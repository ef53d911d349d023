//! How long to wait before the next try.

use std::time::Duration;

/// The first wait, as the reference's queue has it (`integrasjonspunkt.md`, 4.3): 20 s, then three times as long each.
const FIRST: Duration = Duration::from_secs(20);

/// The longest.
const LONGEST: Duration = Duration::from_secs(3600);

/// The first two tries follow sooner than the reference's: a broker that is only just restarting needs no 20 seconds.
const QUICK: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];

/// For so many tries, what the broker asks for is waited and no longer.
const TRUSTED: u32 = 20;

/// The wait after a try, counted from 0. What the broker asked for is the least; one that asks again and again is asked
/// ever more seldom.
pub(super) fn wait(attempt: u32, asked: Option<Duration>) -> Duration {
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
    fn what_is_asked_for_is_the_least() {
        let asked = |seconds| Some(Duration::from_secs(seconds));
        for (attempt, seconds, waited) in [(0, 7, 7), (20, 1, 1), (22, 1, 20), (22, 1_000, 1_000), (99, 90_000, 90_000)]
        {
            assert_eq!(wait(attempt, asked(seconds)).as_secs(), waited, "{attempt}");
        }
    }
}
