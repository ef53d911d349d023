//! How often the gateway in front of Altinn's broker lets one caller ask for one operation (altinn-broker,
//! `test-rate-limit.js`): a pure state machine. Whether it counts by the minute as it goes, as here, or from a full
//! minute, is not known.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

/// The operation that a call to the broker asks for, and how often that is allowed in a minute. None is known for what
/// service owners do.
pub(super) fn operation(method: &str, path: &str) -> Option<(&'static str, usize)> {
    let (_, operation) = path.trim_end_matches('/').split_once("/filetransfer")?;
    let last = operation.rsplit('/').next().unwrap_or_default();
    Some(match (method, operation, last) {
        ("GET", "", _) => ("list", 10),
        ("POST", "", _) => ("initialize", 120),
        ("POST", "/upload", _) => ("initialize and upload", 120),
        (_, _, "upload") => ("upload", 120),
        (_, _, "download") => ("download", 120),
        (_, _, "confirmdownload") => ("confirm", 120),
        (_, _, "details") => ("details", 15),
        _ => ("overview", 120),
    })
}

/// The calls that were let through within the last minute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Window(HashMap<(String, &'static str), VecDeque<Timestamp>>);

impl Window {
    /// Lets a call through, or tells how long there are too many.
    pub(super) fn take(
        &mut self,
        caller: &str,
        (operation, most): (&'static str, usize),
        now: Timestamp,
        minute: SignedDuration,
    ) -> Result<(), SignedDuration> {
        let calls = self.0.entry((caller.to_owned(), operation)).or_default();
        while calls.front().is_some_and(|first| now.duration_since(*first) >= minute) {
            calls.pop_front();
        }
        if calls.len() < most {
            calls.push_back(now);
            return Ok(());
        }
        Err(calls.front().map_or(minute, |first| minute - now.duration_since(*first)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: SignedDuration = SignedDuration::from_mins(1);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn every_operation_of_the_broker_is_known() {
        let base = "/sandbox/altinn/broker/api/v1";
        for (method, path, wanted) in [
            ("GET", "/filetransfer", Some(("list", 10))),
            ("GET", "/filetransfer/", Some(("list", 10))),
            ("POST", "/filetransfer/", Some(("initialize", 120))),
            ("POST", "/filetransfer/upload", Some(("initialize and upload", 120))),
            ("POST", "/filetransfer/1/upload", Some(("upload", 120))),
            ("GET", "/filetransfer/1", Some(("overview", 120))),
            ("GET", "/filetransfer/1/details", Some(("details", 15))),
            ("GET", "/filetransfer/1/download", Some(("download", 120))),
            ("POST", "/filetransfer/1/confirmdownload", Some(("confirm", 120))),
            ("GET", "/resource/x", None),
        ] {
            assert_eq!(operation(method, &format!("{base}{path}")), wanted, "{method} {path}");
        }
    }

    #[test]
    fn whoever_waits_as_told_is_let_through() {
        let mut window = Window::default();
        for second in 0..10 {
            window.take("a", ("list", 10), at(second), MINUTE).unwrap();
        }
        let wait = window.take("a", ("list", 10), at(20), MINUTE).unwrap_err();
        assert_eq!(wait, SignedDuration::from_secs(40));
        window.take("b", ("list", 10), at(20), MINUTE).unwrap();
        window.take("a", ("details", 15), at(20), MINUTE).unwrap();
        assert!(window.take("a", ("list", 10), at(59), MINUTE).is_err());
        window.take("a", ("list", 10), at(20) + wait, MINUTE).unwrap();
        assert!(window.take("a", ("list", 10), at(60), MINUTE).is_err(), "the second of them has a second left");
    }

    proptest! {
        /// The model remembers everything that was ever let through, and counts.
        #[test]
        fn the_machine_and_the_model_agree(most in 1_usize..5, calls in prop::collection::vec((0_i64..40, 0_usize..2), 0..60)) {
            let (mut window, mut passed, mut now) = (Window::default(), Vec::<(usize, i64)>::new(), 0);
            for (wait, who) in calls {
                now += wait;
                let recent: Vec<i64> =
                    passed.iter().filter(|(one, then)| *one == who && now - then < 60).map(|(_, then)| *then).collect();
                let answer = window.take(["a", "b"][who], ("list", most), at(now), MINUTE);
                if recent.len() < most {
                    prop_assert_eq!(answer, Ok(()));
                    passed.push((who, now));
                } else {
                    prop_assert_eq!(answer, Err(SignedDuration::from_secs(60 - (now - recent[0]))));
                }
            }
        }
    }
}
