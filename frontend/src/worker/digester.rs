//! SHA-256 on a thread of its own. It takes longest of all that sealing and opening do, and WebCrypto digests nothing that
//! is not in memory as a whole. Where no other worker can be started, or it fails, digests are made here.
//!
//! A message is bytes, whose buffer goes along and comes back to be filled again, or [`CUT`], the end of what has one
//! digest; that is the answer to it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Function, Promise, Reflect, Uint8Array};
use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent, Worker};

use super::Outcome;
use super::files::Pieces;

/// No more bytes for this digest.
const CUT: &str = "cut";

/// How many buffers may be on their way: enough to bridge the other worker's start.
const AWAY: u32 = 16;

/// Below so many bytes starting another worker takes longer than digesting.
const WORTH_IT: f64 = 2.0 * 1024.0 * 1024.0;

/// The other worker, seen from here. When this is dropped, that ends.
pub(super) struct Digester {
    worker: Worker,
    answers: Rc<Answers>,
    _listener: Closure<dyn FnMut(MessageEvent)>,
    _mourner: Closure<dyn FnMut()>,
}

#[derive(Default)]
struct Answers {
    /// Buffers that are away, and that came back.
    away: Cell<u32>,
    spare: RefCell<Vec<ArrayBuffer>>,
    /// Digests that nobody has asked for, in order.
    digests: RefCell<std::collections::VecDeque<[u8; 32]>>,
    failed: Cell<bool>,
    waiting: RefCell<Option<Function>>,
}

impl Answers {
    fn take(&self, answer: &JsValue) {
        if let Some(buffer) = answer.dyn_ref::<ArrayBuffer>() {
            self.away.set(self.away.get().saturating_sub(1));
            self.spare.borrow_mut().push(buffer.clone());
        } else if let Some(digest) = digest_of(answer) {
            self.digests.borrow_mut().push_back(digest);
        } else {
            self.failed.set(true);
        }
        if let Some(wake) = self.waiting.borrow_mut().take() {
            // Resolving a promise cannot fail.
            let _ = wake.call0(&JsValue::NULL);
        }
    }

    async fn news(&self) {
        let arrival = Promise::new(&mut |resolve, _| *self.waiting.borrow_mut() = Some(resolve));
        // It is only ever resolved.
        let _ = JsFuture::from(arrival).await;
    }
}

fn digest_of(answer: &JsValue) -> Option<[u8; 32]> {
    answer.dyn_ref::<Uint8Array>()?.to_vec().try_into().ok()
}

impl Drop for Digester {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

impl Digester {
    /// Starts one for so many bytes; `None` if it is not worth it, or cannot be done from here.
    pub(super) fn start(bytes: f64) -> Option<Self> {
        if bytes < WORTH_IT {
            return None;
        }
        let make: Function = Reflect::get(&js_sys::global(), &"efmDigester".into()).ok()?.dyn_into().ok()?;
        let worker: Worker = make.call0(&JsValue::NULL).ok()?.dyn_into().ok()?;
        let answers: Rc<Answers> = Rc::default();
        let (heard, lost) = (answers.clone(), answers.clone());
        let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| heard.take(&event.data()));
        let mourner = Closure::<dyn FnMut()>::new(move || lost.take(&JsValue::NULL));
        worker.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        worker.set_onerror(Some(mourner.as_ref().unchecked_ref()));
        Some(Self { worker, answers, _listener: listener, _mourner: mourner })
    }

    /// Hands bytes over with their buffer, and gives one that may be filled instead, if any has come back.
    pub(super) async fn exchange(&self, bytes: &Uint8Array) -> Option<ArrayBuffer> {
        self.hand_over(bytes).await;
        self.answers.spare.borrow_mut().pop()
    }

    /// Hands a copy of bytes over.
    pub(super) async fn copy(&self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let length = bytes.len() as u32;
        let spare = self.answers.spare.borrow_mut().pop().filter(|buffer| buffer.byte_length() >= length);
        let buffer = spare.unwrap_or_else(|| ArrayBuffer::new(length));
        let view = Uint8Array::new_with_byte_offset_and_length(&buffer, 0, length);
        view.copy_from(bytes);
        self.hand_over(&view).await;
    }

    async fn hand_over(&self, bytes: &Uint8Array) {
        let given = self.worker.post_message_with_transfer(bytes, &Array::of1(&bytes.buffer()));
        if given.is_err() {
            self.answers.failed.set(true);
        }
        self.answers.away.set(self.answers.away.get() + 1);
        while self.answers.away.get() > AWAY && !self.answers.failed.get() {
            self.answers.news().await;
        }
    }

    /// What was handed over since the last cut is all of it.
    pub(super) fn cut(&self) {
        if self.worker.post_message(&CUT.into()).is_err() {
            self.answers.failed.set(true);
        }
    }

    /// The oldest digest that nobody has asked for; `None` if the other worker has failed.
    pub(super) async fn digest(&self) -> Option<[u8; 32]> {
        loop {
            if self.answers.failed.get() {
                return None;
            }
            if let Some(digest) = self.answers.digests.borrow_mut().pop_front() {
                return Some(digest);
            }
            self.answers.news().await;
        }
    }
}

/// SHA-256 of a blob, made here.
pub(super) async fn digest_here(blob: &Blob) -> Outcome<[u8; 32]> {
    let (mut digest, mut pieces) = (Sha256::new(), Pieces::of(blob));
    while let Some(piece) = pieces.next().await? {
        digest.update(piece);
    }
    Ok(digest.finalize().into())
}

/// The other worker's life.
pub fn serve() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let (mut digest, mut room) = (Sha256::new(), Vec::new());
    let target = scope.clone();
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let Ok(bytes) = event.data().dyn_into::<Uint8Array>() else {
            let made = Uint8Array::from(digest.finalize_reset().as_slice());
            // What is plain data can always be posted.
            let _ = target.post_message(&made);
            return;
        };
        room.resize(bytes.length() as usize, 0);
        bytes.copy_to(&mut room);
        digest.update(&room);
        let buffer = bytes.buffer();
        let _ = target.post_message_with_transfer(&buffer, &Array::of1(&buffer));
    });
    scope.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // It lives as long as its worker.
    listener.forget();
}
