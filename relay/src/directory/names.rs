//! Names of organisations from Enhetsregisteret, remembered for a while.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Enhetsregister;

/// Names change, seldom.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// After the register was silent, or did not know a number, it is asked again no sooner than this.
const CALM: Duration = Duration::from_secs(60);

/// A register that does not answer must not hold a message up.
const PATIENCE: Duration = Duration::from_secs(3);

/// So many are remembered; more push out what is old.
const MOST: usize = 10_000;

/// Asks the register, and remembers what it said, or that it said nothing.
#[derive(Debug, Default)]
pub struct Names(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    /// By number: the name, if there is one, and until when it is not asked again.
    known: HashMap<String, (Option<String>, Instant)>,
    /// The register is silent; nobody asks before this.
    silent: Option<Instant>,
}

impl Memory {
    /// What is said of a number without asking; `None` if the register must be asked.
    fn told(&self, orgnr: &str, now: Instant) -> Option<Option<String>> {
        let (name, until) = self.known.get(orgnr).map_or((None, None), |(name, until)| (name.clone(), Some(*until)));
        let fresh = until.is_some_and(|until| now < until);
        let silent = self.silent.is_some_and(|until| now < until);
        (fresh || silent).then_some(name)
    }

    /// Keeps what the register said of a number: a name, or that there is none.
    fn keep(&mut self, orgnr: &str, name: Option<String>, now: Instant) {
        if self.known.len() >= MOST {
            self.known.retain(|_, (_, until)| now < *until);
        }
        if self.known.len() < MOST {
            let until = now + if name.is_some() { KEPT } else { CALM };
            self.known.insert(orgnr.to_owned(), (name, until));
        }
        self.silent = None;
    }
}

impl Names {
    /// The name of an organisation, if the register tells one in time, or has told one before.
    pub async fn name_of(&self, register: &Enhetsregister, orgnr: &str) -> Option<String> {
        if let Some(told) = self.memory(|memory| memory.told(orgnr, Instant::now())) {
            return told;
        }
        match tokio::time::timeout(PATIENCE, register.search(orgnr, Duration::ZERO)).await {
            Ok(Ok(hits)) => {
                let name = hits.answer.into_iter().next().map(|hit| hit.name);
                self.memory(|memory| memory.keep(orgnr, name.clone(), Instant::now()));
                name
            }
            _ => self.memory(|memory| {
                let now = Instant::now();
                memory.silent = Some(now + CALM);
                memory.told(orgnr, now).flatten()
            }),
        }
    }

    fn memory<T>(&self, with: impl FnOnce(&mut Memory) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Router;
    use axum::http::StatusCode;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_register_that_is_down_is_asked_once_a_minute_whichever_number_it_is() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let service = Router::new().fallback(move || {
            count.fetch_add(1, Ordering::SeqCst);
            async { StatusCode::SERVICE_UNAVAILABLE }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, service).into_future());
        let register = Enhetsregister::new(base, reqwest::Client::builder().no_proxy().build().unwrap());
        let names = Names::default();
        for orgnr in ["310900117", "310900117", "310904007"] {
            assert_eq!(names.name_of(&register, orgnr).await, None);
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_name_is_kept_for_a_day_and_longer_only_while_nobody_answers() {
        let (mut memory, start) = (Memory::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        memory.keep("310900117", Some("Solvik".to_owned()), start);
        memory.keep("310900118", None, start);
        assert_eq!(memory.told("310900117", after(86_399)), Some(Some("Solvik".to_owned())));
        assert_eq!(memory.told("310900117", after(86_400)), None, "it may have another name by now");
        assert_eq!((memory.told("310900118", after(59)), memory.told("310900118", after(60))), (Some(None), None));
        memory.silent = Some(after(90_000));
        assert_eq!(memory.told("310900117", after(86_400)), Some(Some("Solvik".to_owned())), "better than a number");
    }
}
