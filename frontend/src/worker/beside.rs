//! A second worker beside this one, for the [`Framer`]: half of the work of sealing a large letter is hashing what was
//! sealed, and a second thread does it while this one packs. It gets ciphertext only.
//!
//! The first message is the head, further ones are ciphertext, and [`END`] ends the package. Answers are the parts, then
//! the [`Package`] as JSON.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Function, Promise, Reflect, Uint8Array};
use konvolutt_shared::finding::{Code, Finding};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent, Worker};

use super::Outcome;
use super::framer::{Framer, Package};
use super::outlet::Outlet;
use super::released::release;

/// No more ciphertext.
const END: &str = "end";

/// How much ciphertext may wait at the other worker, in bytes: enough to bridge its start.
const AHEAD: f64 = 4.0 * 1024.0 * 1024.0;

/// The framer in its own worker. When this is dropped, that ends.
pub(super) struct Beside {
    worker: Worker,
    answers: Rc<Answers>,
    /// Bytes that were handed over, and that came back as parts.
    given: f64,
    returned: f64,
    _listener: Closure<dyn FnMut(MessageEvent)>,
    _mourner: Closure<dyn FnMut()>,
}

#[derive(Default)]
struct Answers {
    queue: RefCell<VecDeque<JsValue>>,
    waiting: RefCell<Option<Function>>,
}

impl Answers {
    fn put(&self, answer: JsValue) {
        self.queue.borrow_mut().push_back(answer);
        if let Some(wake) = self.waiting.borrow_mut().take() {
            // Resolving a promise cannot fail.
            let _ = wake.call0(&JsValue::NULL);
        }
    }

    async fn next(&self) -> JsValue {
        loop {
            if let Some(answer) = self.queue.borrow_mut().pop_front() {
                return answer;
            }
            let arrival = Promise::new(&mut |resolve, _| *self.waiting.borrow_mut() = Some(resolve));
            // It is only ever resolved.
            let _ = JsFuture::from(arrival).await;
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

impl Beside {
    /// Starts the other worker; `None` where the browser cannot start one from here.
    pub(super) fn start(head: &[u8]) -> Option<Self> {
        let make: Function = Reflect::get(&js_sys::global(), &"efmFramer".into()).ok()?.dyn_into().ok()?;
        let worker: Worker = make.call0(&JsValue::NULL).ok()?.dyn_into().ok()?;
        let answers: Rc<Answers> = Rc::default();
        let (heard, lost) = (answers.clone(), answers.clone());
        let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| heard.put(event.data()));
        let mourner = Closure::<dyn FnMut()>::new(move || lost.put(JsValue::NULL));
        worker.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        worker.set_onerror(Some(mourner.as_ref().unchecked_ref()));
        worker.post_message(&Uint8Array::from(head)).ok()?;
        Some(Self { worker, answers, given: 0.0, returned: 0.0, _listener: listener, _mourner: mourner })
    }

    /// Hands the first bytes of a buffer over, and the buffer with them; waits when the other worker is far behind.
    pub(super) async fn ciphertext(&mut self, buffer: &ArrayBuffer, length: u32, outlet: &Outlet) -> Outcome<()> {
        let view = Uint8Array::new_with_byte_offset_and_length(buffer, 0, length);
        self.worker.post_message_with_transfer(&view, &Array::of1(buffer)).map_err(|_| broken())?;
        self.given += f64::from(length);
        while self.given - self.returned > AHEAD {
            self.take(&self.answers.next().await, outlet)?;
        }
        Ok(())
    }

    fn take(&mut self, answer: &JsValue, outlet: &Outlet) -> Outcome<()> {
        let blob: &Blob = answer.dyn_ref().ok_or_else(broken)?;
        self.returned += blob.size();
        outlet.put(blob.clone());
        Ok(())
    }

    /// Ends the package and hands on what is left of it.
    pub(super) async fn finish(mut self, outlet: &Outlet) -> Outcome<Package> {
        self.worker.post_message(&END.into()).map_err(|_| broken())?;
        loop {
            let answer = self.answers.next().await;
            match answer.as_string() {
                Some(json) => return serde_json::from_str(&json).map_err(|_| broken()),
                None => self.take(&answer, outlet)?,
            }
        }
    }
}

fn broken() -> Vec<Finding> {
    vec![Finding::error(Code::Internal, "the worker that hashes has failed")]
}

/// The other worker's life.
pub fn serve() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let mut framer: Option<Framer> = None;
    let target = scope.clone();
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let post = |value: &JsValue| drop(target.post_message(value));
        if step(&mut framer, &event.data(), post).is_none() {
            post(&JsValue::NULL);
        }
    });
    scope.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // It lives as long as its worker.
    listener.forget();
}

/// One message; `None` when it cannot be obeyed.
fn step(framer: &mut Option<Framer>, message: &JsValue, post: impl Fn(&JsValue)) -> Option<()> {
    if let Some(bytes) = message.dyn_ref::<Uint8Array>() {
        let buffer = bytes.buffer();
        let bytes = bytes.to_vec();
        release(&buffer);
        match framer {
            None => *framer = Some(Framer::new(&bytes)),
            Some(framer) => {
                if let Some(part) = framer.ciphertext(&bytes).ok()? {
                    post(&part);
                }
            }
        }
        return Some(());
    }
    let (last, package, _) = framer.take()?.finish().ok()?;
    post(&last);
    post(&serde_json::to_string(&package).ok()?.into());
    Some(())
}
