//! Where the parts of a sealed package leave the worker, and how far sealing may be ahead of whoever takes them. The
//! browser keeps parts outside this worker only while it has room for them; a line slower than sealing would fill it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::post;

/// How much may have been sealed and not taken, in bytes: enough for a quick line never to wait.
const AHEAD: f64 = 16.0 * 1024.0 * 1024.0;

thread_local! {
    /// By message id.
    static FLOWS: RefCell<HashMap<String, Rc<Flow>>> = RefCell::default();
}

/// Bytes from the package's start.
#[derive(Debug, Default)]
struct Flow {
    given: Cell<f64>,
    taken: Cell<f64>,
    wake: RefCell<Option<Function>>,
}

/// The page has this much of a package.
pub(super) fn taken(message_id: &str, bytes: u64) {
    let flow = FLOWS.with_borrow(|flows| flows.get(message_id).cloned());
    let Some(flow) = flow else { return };
    flow.taken.set(flow.taken.get().max(bytes as f64));
    if let Some(wake) = flow.wake.borrow_mut().take() {
        // Resolving a promise cannot fail.
        let _ = wake.call0(&JsValue::NULL);
    }
}

/// For one package.
#[derive(Debug)]
pub(super) struct Outlet {
    request: u32,
    message_id: String,
    flow: Rc<Flow>,
}

impl Drop for Outlet {
    fn drop(&mut self) {
        FLOWS.with_borrow_mut(|flows| flows.remove(&self.message_id));
    }
}

impl Outlet {
    /// Answers to a request go out here.
    pub(super) fn open(request: u32, message_id: &str) -> Self {
        let flow = Rc::<Flow>::default();
        FLOWS.with_borrow_mut(|flows| flows.insert(message_id.to_owned(), flow.clone()));
        Self { request, message_id: message_id.to_owned(), flow }
    }

    /// Hands the next part out.
    pub(super) fn put(&self, part: Blob) {
        self.flow.given.set(self.flow.given.get() + part.size());
        post(self.request, "part", &(), vec![part]);
    }

    /// Waits until not too much is out that nobody has taken.
    pub(super) async fn room(&self) {
        while self.flow.given.get() - self.flow.taken.get() > AHEAD {
            let more = Promise::new(&mut |resolve, _| *self.flow.wake.borrow_mut() = Some(resolve));
            // It is only ever resolved.
            let _ = JsFuture::from(more).await;
        }
    }
}
