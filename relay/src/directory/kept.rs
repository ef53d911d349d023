//! Answers of registers, kept for a few minutes, each with its age. Whoever asks says how old an answer may be; what decides
//! over a letter is asked for anew.

use std::collections::HashMap;
use std::fmt::{self, Debug};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// The longest that an answer is kept, as the reference keeps the service registry's.
pub(super) const LONGEST: Duration = Duration::from_secs(5 * 60);

/// So many answers are kept of a register; more push out what is old, and then nothing.
const MOST: usize = 1_000;

/// What a register said, and how long ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered<T> {
    /// Its answer.
    pub answer: T,
    /// How long ago it came; zero for what was asked for just now.
    pub age: Duration,
}

impl<T> Answered<T> {
    /// Whole seconds that have passed.
    pub fn seconds(&self) -> u32 {
        u32::try_from(self.age.as_secs()).unwrap_or(u32::MAX)
    }
}

/// The answers of one register. What was asked is not kept, only its digest with a secret of this process: it may be a
/// person's number.
pub(super) struct Kept<T> {
    secret: Uuid,
    answers: Mutex<HashMap<[u8; 32], (T, Instant)>>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { secret: Uuid::new_v4(), answers: Mutex::default() }
    }
}

impl<T> Debug for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept(…)")
    }
}

impl<T: Clone> Kept<T> {
    /// A kept answer that is young enough, else what `ask` gets, which is kept. What fails is not.
    ///
    /// # Errors
    /// Those of `ask`.
    pub(super) async fn or<E>(
        &self,
        question: &[&str],
        oldest: Duration,
        ask: impl Future<Output = Result<T, E>>,
    ) -> Result<Answered<T>, E> {
        let key = self.key(question);
        if let Some(kept) = self.young(&key, oldest, Instant::now()) {
            return Ok(kept);
        }
        // Before the answer: it may have been true only when it was asked for.
        let asked = Instant::now();
        let answer = ask.await?;
        self.keep(key, answer.clone(), asked);
        Ok(Answered { answer, age: Duration::ZERO })
    }

    fn key(&self, question: &[&str]) -> [u8; 32] {
        let mut digest = Sha256::new_with_prefix(self.secret);
        for part in question {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        digest.finalize().into()
    }

    fn young(&self, key: &[u8; 32], oldest: Duration, now: Instant) -> Option<Answered<T>> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let (answer, at) = answers.get(key)?;
        let age = now.saturating_duration_since(*at);
        (age < oldest.min(LONGEST)).then(|| Answered { answer: answer.clone(), age })
    }

    fn keep(&self, key: [u8; 32], answer: T, at: Instant) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|_, (_, kept)| at.saturating_duration_since(*kept) < LONGEST);
        if answers.len() < MOST || answers.contains_key(&key) {
            answers.insert(key, (answer, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn an_answer_is_as_old_as_it_is_and_never_older_than_is_asked_for() {
        let (kept, start) = (Kept::default(), Instant::now());
        let key = kept.key(&["310900117", "process"]);
        kept.keep(key, "answer", start);
        for (passed, oldest, found) in [
            (Duration::ZERO, MINUTE, true),
            (MINUTE - Duration::from_secs(1), MINUTE, true),
            (MINUTE, MINUTE, false),
            (Duration::ZERO, Duration::ZERO, false),
            (3 * MINUTE, 60 * MINUTE, true),
            (LONGEST, 60 * MINUTE, false),
        ] {
            let expected = found.then_some(Answered { answer: "answer", age: passed });
            assert_eq!(kept.young(&key, oldest, start + passed), expected, "{passed:?} {oldest:?}");
        }
        assert_eq!(kept.young(&kept.key(&["310900117process"]), MINUTE, start), None, "another question");
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for_and_what_is_old_makes_room() {
        let (kept, start) = (Kept::default(), Instant::now());
        let key = |number: usize| kept.key(&[&number.to_string()]);
        (0..=MOST).for_each(|number| kept.keep(key(number), number, start));
        assert_eq!(kept.young(&key(MOST), MINUTE, start), None);
        assert!(kept.young(&key(0), MINUTE, start).is_some());
        kept.keep(key(MOST), MOST, start + LONGEST);
        assert!(kept.young(&key(MOST), MINUTE, start + LONGEST).is_some());
        assert_eq!(kept.answers.lock().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn what_is_kept_is_not_asked_for_and_what_failed_is_not_kept() {
        let kept = Kept::default();
        let ask = |result| kept.or(&["a"], MINUTE, std::future::ready(result));
        assert_eq!(ask(Err("down")).await, Err("down"));
        assert_eq!(ask(Ok(1)).await.map(|one| (one.answer, one.seconds())), Ok((1, 0)));
        assert_eq!(ask(Ok(2)).await.map(|one| one.answer), Ok(1));
        let anew = kept.or(&["a"], Duration::ZERO, std::future::ready(Ok::<_, &str>(3))).await.unwrap();
        assert_eq!(anew.answer, 3);
        assert_eq!(ask(Ok(4)).await.map(|one| one.answer), Ok(3), "the newest is kept");
    }
}
