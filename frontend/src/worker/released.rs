//! Gives the memory of used buffers back at once. The garbage collector lets tens of megabytes of them gather before it
//! looks, in each worker.

use js_sys::{Array, ArrayBuffer};
use wasm_bindgen::JsValue;
use web_sys::{MessageChannel, MessagePort};

thread_local! {
    /// Its other end is closed: what is sent there is dropped, and what is transferred with it is freed.
    static NOWHERE: Option<MessagePort> = nowhere();
}

fn nowhere() -> Option<MessagePort> {
    let channel = MessageChannel::new().ok()?;
    channel.port2().close();
    Some(channel.port1())
}

/// Frees a buffer that nobody reads any more. Where that cannot be done, the garbage collector does it later.
pub(super) fn release(buffer: &ArrayBuffer) {
    NOWHERE.with(|port| {
        let Some(port) = port else { return };
        // One that cannot be transferred is left to the garbage collector.
        let _ = port.post_message_with_transferable(&JsValue::NULL, &Array::of1(buffer));
    });
}
