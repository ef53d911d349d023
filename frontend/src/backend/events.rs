//! The live event feed. The browser reconnects by itself and names the last event it saw. A browser has six connections to a
//! host over HTTP/1.1, and a tab that nobody looks at must not hold one of them: it lets go of the feed while it is hidden.

#![expect(clippy::disallowed_types, reason = "this is the folder for it")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use konvolutt_shared::api::Change;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Document, Event, EventSource, EventTarget, MessageEvent};

use super::Backend;

/// What is heard of the feed.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// Something has changed.
    Change(Box<Change>),
    /// The feed was let go of for a while and is back: what is shown may be old.
    Anew,
}

/// A feed; closed when dropped.
pub struct Feed {
    stream: Rc<Stream>,
    on_turn: Closure<dyn FnMut(Event)>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

/// The connection, while there is one.
struct Stream {
    document: Document,
    source: RefCell<Option<EventSource>>,
    /// Whether it has been let go of since the relay last said that it begins.
    let_go: Cell<bool>,
    /// Hears what the relay says.
    listener: RefCell<Option<js_sys::Function>>,
}

/// What the relay says: that the feed begins, and every change.
const NAMES: [&str; 2] = ["begin", "change"];

impl Stream {
    /// Opens or closes it, as it should be now.
    fn turn(&self) {
        if self.document.hidden() {
            return self.close();
        }
        let open = self.source.borrow().as_ref().is_some_and(|source| source.ready_state() != EventSource::CLOSED);
        if !open && let Ok(source) = EventSource::new("/api/v1/events") {
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
        self.let_go.set(true);
        if let Some(source) = self.source.take() {
            source.close();
        }
    }

    /// What an event of the stream tells. Once it begins anew, nothing that happens from then on is missed.
    fn heard(&self, event: &MessageEvent) -> Option<Heard> {
        if event.type_() == "begin" {
            return self.let_go.take().then_some(Heard::Anew);
        }
        let change = serde_json::from_str(&event.data().as_string()?).ok()?;
        Some(Heard::Change(change))
    }

    /// Where to listen for the tab being hidden and shown, also by going back to it.
    fn turns(&self) -> [(Option<EventTarget>, &'static str); 3] {
        let window = || web_sys::window().map(EventTarget::from);
        [(Some(self.document.clone().into()), "visibilitychange"), (window(), "pagehide"), (window(), "pageshow")]
    }
}

impl Backend {
    /// Opens the feed. `None` if this session cannot have one, or there is no page.
    pub fn feed(&self, on_heard: impl Fn(Heard) + 'static) -> Option<Feed> {
        if !self.has_events() {
            return None;
        }
        let document = web_sys::window()?.document()?;
        let (source, let_go, listener) = (RefCell::default(), Cell::default(), RefCell::default());
        let stream = Rc::new(Stream { document, source, let_go, listener });
        let on_message = {
            let stream = stream.clone();
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                if let Some(heard) = stream.heard(&event) {
                    on_heard(heard);
                }
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
