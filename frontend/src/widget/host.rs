//! The line to the embedding page.
//!
//! The loader posts one message with a port. It counts only if it comes from the parent window; its origin is what the
//! browser says, never what the message says, and the relay decides whether that origin may embed. After that only the
//! port is used.

use js_sys::{Object, Reflect};
use konvolutt_shared::finding::Code;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{MessageEvent, MessagePort, Window};

use crate::flow::compose::{Phase, Progress};

/// Version of the protocol between loader and frame.
pub(super) const VERSION: &str = "1";

/// What the loader says first, and again when an attribute changes.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Hello {
    /// Must be `efm-hello`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Organisation number of the recipient.
    pub recipient: Option<String>,
    /// Title of the letter.
    pub title: Option<String>,
    /// The ticket that the host's server was given.
    pub session: Option<String>,
    /// `auto`, `nb`, `nn`, `en`.
    pub lang: Option<String>,
    /// `auto`, `light`, `dark`.
    pub theme: Option<String>,
}

/// What the host hears. No variant holds content.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
pub(crate) enum Event {
    /// The form is there.
    #[serde(rename = "efm-ready")]
    Ready {
        /// Protocol version.
        version: &'static str,
        /// `test` or `live`.
        environment: &'static str,
        /// Language tag.
        locale: &'static str,
    },
    /// The content's height in pixels.
    #[serde(rename = "efm-resize")]
    Resize {
        /// Pixels.
        height: i32,
    },
    /// Something was filled in.
    #[serde(rename = "efm-change")]
    Change {
        /// Whether it could be sent.
        complete: bool,
        /// Whether anything is filled in.
        dirty: bool,
    },
    /// Bytes moved.
    #[serde(rename = "efm-progress")]
    Progress {
        /// `checking`, `encrypting`, `uploading`, `handing-over`.
        phase: &'static str,
        /// Bytes done.
        sent: u64,
        /// Bytes in all.
        total: u64,
    },
    /// The relay has taken the message.
    #[serde(rename = "efm-sent")]
    Sent {
        /// The SBD's id.
        message_id: String,
        /// The conversation.
        conversation_id: String,
        /// `SENDT`: sent, not delivered; `OPPRETTET`: somebody must approve it first.
        status: &'static str,
    },
    /// Something went wrong.
    #[serde(rename = "efm-error")]
    Error {
        /// The stable code.
        code: &'static str,
        /// Identifies the answer in the relay's log.
        #[serde(skip_serializing_if = "Option::is_none")]
        trace_id: Option<String>,
    },
}

impl Event {
    /// An error by its code.
    pub(crate) const fn error(code: Code, trace_id: Option<String>) -> Self {
        Self::Error { code: code.as_str(), trace_id }
    }

    /// Progress as the host hears it.
    pub(crate) const fn progress(progress: Progress) -> Self {
        let phase = match progress.phase {
            Phase::Checking => "checking",
            Phase::Encrypting => "encrypting",
            Phase::Uploading => "uploading",
            Phase::HandingOver => "handing-over",
        };
        let (sent, total) = progress.bytes();
        Self::Progress { phase, sent, total }
    }
}

/// The open line.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    port: MessagePort,
    /// The embedding page's origin, as the browser reported it.
    pub origin: String,
}

impl PartialEq for Host {
    fn eq(&self, other: &Self) -> bool {
        self.port == other.port
    }
}

impl Host {
    /// Tells the host.
    pub(crate) fn tell(&self, event: &Event) {
        let plain = serde_json::to_string(event).ok().and_then(|text| js_sys::JSON::parse(&text).ok());
        if let Some(plain) = plain {
            // A host that has gone away is not told.
            let _ = self.port.post_message(&plain);
        }
    }
}

/// Waits for the loader. Every later word from it goes to `on_hello` too.
pub(crate) fn listen(on_hello: impl Fn(Host, Hello) + Clone + 'static) -> Option<()> {
    let window = web_sys::window()?;
    let parent = window.parent().ok()??;
    if parent == window {
        return None;
    }
    let listener = {
        let parent = parent.clone();
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let Some((host, hello)) = first_message(&event, &parent) else { return };
            let (again, line) = (on_hello.clone(), host.clone());
            let on_port = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                if let Some(hello) = hello_of(&event) {
                    again(line.clone(), hello);
                }
            });
            host.port.set_onmessage(Some(on_port.as_ref().unchecked_ref()));
            // The line stays open as long as the frame.
            on_port.forget();
            on_hello(host, hello);
        })
    };
    window.add_event_listener_with_callback("message", listener.as_ref().unchecked_ref()).ok()?;
    listener.forget();
    // The loader may have been waiting; who listens is decided by the loader, and the word says nothing.
    let ready = Object::new();
    Reflect::set(&ready, &"type".into(), &"efm-listening".into()).ok()?;
    parent.post_message(&ready, "*").ok()
}

fn first_message(event: &MessageEvent, parent: &Window) -> Option<(Host, Hello)> {
    let source = event.source()?;
    if source != *parent.unchecked_ref::<Object>() {
        return None;
    }
    let port = event.ports().get(0).dyn_into::<MessagePort>().ok()?;
    let origin = event.origin();
    // A page without an origin (a file, a sandboxed frame) cannot be on any list.
    if origin.is_empty() || origin == "null" {
        return None;
    }
    Some((Host { port, origin }, hello_of(event)?))
}

fn hello_of(event: &MessageEvent) -> Option<Hello> {
    let text = js_sys::JSON::stringify(&event.data()).ok()?.as_string()?;
    serde_json::from_str::<Hello>(&text).ok().filter(|hello| hello.kind == "efm-hello")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_plain_and_named() {
        let sent = Event::Sent { message_id: "m".to_owned(), conversation_id: "c".to_owned(), status: "SENDT" };
        let text = serde_json::to_string(&sent).unwrap();
        assert_eq!(text, r#"{"type":"efm-sent","messageId":"m","conversationId":"c","status":"SENDT"}"#);
    }

    #[test]
    fn unknown_members_of_a_greeting_are_ignored() {
        let hello: Hello = serde_json::from_str(r#"{"type":"efm-hello","title":"Søknad","more":1}"#).unwrap();
        assert_eq!((hello.title.as_deref(), hello.recipient), (Some("Søknad"), None));
    }
}
