//! A sealed package that is uploaded while it is still being made.

use std::cell::RefCell;

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::Failure;
use super::upload::{float, length};

/// The parts made so far. They are kept until the message is handed over, so that an upload can begin anew; the
/// browser holds them outside the page's memory.
#[derive(Debug, Default)]
pub struct Package(RefCell<Parts>);

#[derive(Debug, Default)]
struct Parts {
    /// Each with the offset of its first byte.
    parts: Vec<(u64, Blob)>,
    size: u64,
    ended: bool,
    broken: bool,
    wake: Option<Function>,
}

/// Bytes that can be sent now; none by default.
#[derive(Debug, Default)]
pub(super) struct Slice {
    pub(super) bytes: Option<Blob>,
    /// The size of the whole package, once it is known.
    pub(super) total: Option<u64>,
}

impl Package {
    /// A package that is made already, of its parts in order.
    pub fn whole(parts: Vec<Blob>) -> Self {
        let package = Self::default();
        parts.into_iter().for_each(|part| package.push(part));
        package.end();
        package
    }

    /// The next part is made.
    pub fn push(&self, part: Blob) {
        let mut parts = self.0.borrow_mut();
        let start = parts.size;
        parts.size += length(&part);
        parts.parts.push((start, part));
        parts.wake();
    }

    /// No more parts come.
    pub fn end(&self) {
        let mut parts = self.0.borrow_mut();
        parts.ended = true;
        parts.wake();
    }

    /// Sealing failed; an upload of this ends.
    pub fn give_up(&self) {
        let mut parts = self.0.borrow_mut();
        parts.broken = true;
        parts.wake();
    }

    /// Bytes so far, and whether these are all.
    pub fn size(&self) -> (u64, bool) {
        let parts = self.0.borrow();
        (parts.size, parts.ended)
    }

    /// Waits until there is something of it, or nothing will come.
    pub async fn begun(&self) {
        while !self.0.borrow().has_begun() {
            self.news().await;
        }
    }

    /// Waits for something to happen to it.
    async fn news(&self) {
        let more = Promise::new(&mut |resolve, _| self.0.borrow_mut().wake = Some(resolve));
        // It is only ever resolved.
        let _ = JsFuture::from(more).await;
    }

    /// Bytes from an offset, at most `most`; waits until they are made. `None` at the end. The end of the last part so
    /// far is held back until it is known whether it is the last of all, since the last request tells the length.
    pub(super) async fn slice(&self, offset: u64, most: u64) -> Result<Option<Slice>, Failure> {
        loop {
            if let Some(answer) = self.0.borrow().slice(offset, most) {
                return answer;
            }
            self.news().await;
        }
    }
}

impl Parts {
    fn wake(&mut self) {
        if let Some(wake) = self.wake.take() {
            // Resolving a promise cannot fail.
            let _ = wake.call0(&JsValue::NULL);
        }
    }

    const fn has_begun(&self) -> bool {
        self.size > 0 || self.ended || self.broken
    }

    fn slice(&self, offset: u64, most: u64) -> Option<Result<Option<Slice>, Failure>> {
        if self.broken {
            return Some(Err(Failure::Cancelled));
        }
        if self.ended && offset >= self.size {
            return Some(Ok(None));
        }
        let index = self.parts.partition_point(|(start, _)| *start <= offset).checked_sub(1)?;
        let (start, part) = self.parts.get(index)?;
        let from = offset - start;
        let to = (from + most).min(length(part));
        if !self.ended && index + 1 == self.parts.len() && to == length(part) {
            return None;
        }
        let bytes = part.slice_with_f64_and_f64(float(from), float(to)).map_err(|_| Failure::Unreadable);
        Some(bytes.map(|bytes| Some(Slice { bytes: Some(bytes), total: self.ended.then_some(self.size) })))
    }
}
