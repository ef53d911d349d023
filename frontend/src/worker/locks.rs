//! Locks of the browser's that all its tabs share. One that is held is given back when it is dropped, at the latest when the
//! worker ends, however it ends.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::scope;

/// A lock that is held.
#[derive(Debug)]
pub(super) struct Held(Option<Function>);

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(give_back) = self.0.take() {
            // Resolving a promise cannot fail.
            let _ = give_back.call0(&JsValue::NULL);
        }
    }
}

/// Takes a lock if nobody holds it.
pub(super) async fn take(name: &str) -> Option<Held> {
    request(name, false).await
}

/// Takes a lock when nobody holds it any more. `None` only where a browser has no locks.
pub(super) async fn wait_for(name: &str) -> Option<Held> {
    request(name, true).await
}

async fn request(name: &str, wait: bool) -> Option<Held> {
    let give_back = Rc::new(RefCell::new(None::<Function>));
    let heard = Promise::new(&mut |resolve, _| {
        let (slot, granted) = (give_back.clone(), resolve.clone());
        let then = Closure::once_into_js(move |lock: JsValue| {
            let held = Promise::new(&mut |resolve, _| *slot.borrow_mut() = Some(resolve));
            let is_granted = !lock.is_null();
            let _ = granted.call1(&JsValue::NULL, &is_granted.into());
            if is_granted { JsValue::from(held) } else { JsValue::UNDEFINED }
        });
        let options = Object::new();
        // Setting a member of a fresh object cannot fail.
        let _ = Reflect::set(&options, &"ifAvailable".into(), &(!wait).into());
        if ask(name, &options, &then).is_none() {
            let _ = resolve.call1(&JsValue::NULL, &false.into());
        }
    });
    let granted = JsFuture::from(heard).await.is_ok_and(|granted| granted.is_truthy());
    granted.then(|| Held(give_back.borrow_mut().take()))
}

fn ask(name: &str, options: &Object, then: &JsValue) -> Option<()> {
    let locks = Reflect::get(&scope().navigator(), &"locks".into()).ok()?;
    let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
    let _: Promise = request.call3(&locks, &name.into(), options, then).ok()?.dyn_into().ok()?;
    Some(())
}
