//! The live event feed. The browser reconnects by itself and names the last event it saw.

#![expect(clippy::disallowed_types, reason = "this is the folder for it")]

use konvolutt_shared::api::Change;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use super::Backend;

/// An open feed; closed when dropped.
pub struct Feed {
    source: EventSource,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

impl Backend {
    /// Opens the feed. `None` if this session cannot have one, or the browser refuses.
    pub fn feed(&self, on_change: impl Fn(Change) + 'static) -> Option<Feed> {
        if !self.has_events() {
            return None;
        }
        let source = EventSource::new("/api/v1/events").ok()?;
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let change = event.data().as_string().and_then(|text| serde_json::from_str::<Change>(&text).ok());
            if let Some(change) = change {
                on_change(change);
            }
        });
        let listener = on_message.as_ref().unchecked_ref();
        source.set_onmessage(Some(listener));
        source.add_event_listener_with_callback("change", listener).ok()?;
        Some(Feed { source, _on_message: on_message })
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.source.close();
    }
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Feed")
    }
}
