//! The live event feed. The browser reconnects by itself and names the last event it saw; a hidden tab lets go of it.

#![expect(clippy::disallowed_types, reason = "this is the folder for it")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use konvolutt_shared::api::Change;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Document, Event, EventSource, EventTarget, MessageEvent};

use super::Backend;
use crate::flow::feed::{address, wanted};

/// A feed; closed when dropped.
pub struct Feed {
    stream: Rc<Stream>,
    on_turn: Closure<dyn FnMut(Event)>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

/// The connection, while there is one, and where it is.
struct Stream {
    document: Document,
    source: RefCell<Option<EventSource>>,
    cursor: Cell<Option<u64>>,
    /// Hears what the relay says.
    listener: RefCell<Option<js_sys::Function>>,
}

/// What the relay says: where the feed begins, and every change.
const NAMES: [&str; 2] = ["begin", "change"];

impl Stream {
    /// Opens or closes it, as it should be now.
    fn turn(&self) {
        if !wanted(self.document.hidden(), self.cursor.get()) {
            return self.close();
        }
        let open = self.source.borrow().as_ref().is_some_and(|source| source.ready_state() != EventSource::CLOSED);
        if !open && let Ok(source) = EventSource::new(&address(self.cursor.get())) {
            for name in NAMES {
                if let Some(listener) = &*self.listener.borrow() {
                    // An event source takes any listener.
                    let _ = source.add_event_listener_with_callback(name, listener);
                }
            }
            self.source.replace(Some(source));
        }
    }

    fn close(&self) {
        if let Some(source) = self.source.take() {
            source.close();
        }
    }

    /// Where to listen for the tab being hidden and shown, also by going back to it.
    fn turns(&self) -> [(Option<EventTarget>, &'static str); 3] {
        let window = || web_sys::window().map(EventTarget::from);
        [(Some(self.document.clone().into()), "visibilitychange"), (window(), "pagehide"), (window(), "pageshow")]
    }
}

impl Backend {
    /// Opens the feed. `None` if this session cannot have one, or there is no page.
    pub fn feed(&self, on_change: impl Fn(Change) + 'static) -> Option<Feed> {
        if !self.has_events() {
            return None;
        }
        let document = web_sys::window()?.document()?;
        let (source, cursor, listener) = (RefCell::default(), Cell::default(), RefCell::default());
        let stream = Rc::new(Stream { document, source, cursor, listener });
        let on_message = {
            let stream = stream.clone();
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                stream.cursor.set(event.last_event_id().parse().ok().or(stream.cursor.get()));
                let text = event.data().as_string().filter(|_| event.type_() == "change");
                if let Some(change) = text.and_then(|text| serde_json::from_str::<Change>(&text).ok()) {
                    on_change(change);
                }
                stream.turn();
            })
        };
        stream.listener.replace(Some(on_message.as_ref().unchecked_ref::<js_sys::Function>().clone()));
        let on_turn = {
            let stream = stream.clone();
            Closure::<dyn FnMut(Event)>::new(move |event: Event| match event.type_().as_str() {
                // A page that the browser keeps for going back is not hidden yet.
                "pagehide" => stream.close(),
                _ => stream.turn(),
            })
        };
        for (target, name) in stream.turns() {
            let target = target?;
            target.add_event_listener_with_callback(name, on_turn.as_ref().unchecked_ref()).ok()?;
        }
        stream.turn();
        Some(Feed { stream, on_turn, _on_message: on_message })
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        for (target, name) in self.stream.turns() {
            if let Some(target) = target {
                // What was never listened to cannot be left.
                let _ = target.remove_event_listener_with_callback(name, self.on_turn.as_ref().unchecked_ref());
            }
        }
        self.stream.close();
    }
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Feed")
    }
}
