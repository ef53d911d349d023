//! How many event streams somebody may hold open at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Who holds how many.
#[derive(Debug)]
pub struct Streams {
    /// 0 is no limit.
    most: u32,
    open: Arc<Mutex<HashMap<String, u32>>>,
}

/// One that is open; its place is free when it is dropped.
#[derive(Debug)]
pub struct Open {
    owner: String,
    open: Arc<Mutex<HashMap<String, u32>>>,
}

impl Streams {
    /// So many at once; 0 is no limit.
    pub fn new(most: u32) -> Self {
        Self { most, open: Arc::default() }
    }

    /// A place for one more, if there is one.
    pub fn open(&self, owner: &str) -> Option<Open> {
        let mut open = lock(&self.open);
        let count = open.entry(owner.to_owned()).or_default();
        if self.most > 0 && *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Open { owner: owner.to_owned(), open: self.open.clone() })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut open = lock(&self.open);
        match open.get_mut(&self.owner) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(open.remove(&self.owner)),
        }
    }
}

fn lock(open: &Mutex<HashMap<String, u32>>) -> MutexGuard<'_, HashMap<String, u32>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_its_stream_ends() {
        let streams = Streams::new(2);
        let (first, second) = (streams.open("siri"), streams.open("siri"));
        assert!(first.is_some() && second.is_some() && streams.open("siri").is_none());
        assert!(streams.open("ola").is_some(), "another's do not count");
        drop(first);
        assert!(streams.open("siri").is_some());
        drop(second);
        assert!(lock(&streams.open).is_empty(), "nobody is remembered");
        assert!((0..9).all(|_| Streams::new(0).open("siri").is_some()));
    }
}
