//! When to try again.

use std::time::Duration;

/// Waits after the tries, in seconds: the example schedule of Standard Webhooks 1.0.0, three days in all.
const WAITS: [u64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// What a receiver asks for is waited, but no longer than this.
const LONGEST: Duration = Duration::from_secs(86_400);

/// The wait after a try, counted from 0; `None` when it was the last. `chance` spreads those that failed together, by up
/// to a tenth.
pub(super) fn wait(attempt: u32, asked: Option<Duration>, chance: u8) -> Option<Duration> {
    let own = Duration::from_secs(*WAITS.get(attempt as usize)?);
    let own = own + own.mul_f64(f64::from(chance) / 2_560.0);
    Some(asked.map_or(own, |asked| own.max(asked.min(LONGEST))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_tries_in_three_days_and_what_is_asked_for_is_the_least() {
        let all: Vec<u64> = (0..12).map_while(|attempt| wait(attempt, None, 0)).map(|wait| wait.as_secs()).collect();
        assert_eq!(all, [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
        assert_eq!(all.iter().sum::<u64>(), 75 * 3600 + 35 * 60 + 5);
        let asked = |seconds| wait(0, Some(Duration::from_secs(seconds)), 0).unwrap().as_secs();
        assert_eq!([asked(1), asked(60), asked(u64::MAX)], [5, 60, 86_400]);
        let spread = wait(1, None, 255).unwrap().as_secs_f64();
        assert!((329.0..330.0).contains(&spread), "{spread}");
    }
}
