//! `/utkast`: letters being written, in this tab's memory.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use yew::prelude::*;
use yew_router::prelude::*;

use super::Route;
use crate::text::{date_time, fill};
use crate::ui::compose::Draft;
use crate::ui::{PageHeading, use_lang};

/// All drafts, and the titles of what was sent from this tab: the relay cannot know them.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct DraftBox {
    drafts: Vec<Draft>,
    titles: HashMap<String, String>,
    restored: HashSet<String>,
}

/// What happens to drafts.
pub(crate) enum DraftAction {
    /// Keeps a draft, or replaces it.
    Keep(Box<Draft>),
    /// Throws a draft away.
    Delete(String),
    /// A draft became the message with this id of the relay.
    Sent(String, String),
    /// A letter whose sending was broken off is a draft again.
    Restore(Box<Draft>),
    /// A letter with this title became the message with this id of the relay; it was no draft any more.
    Resumed(String, String),
}

impl DraftBox {
    /// The draft of an address.
    pub(crate) fn get(&self, id: &str) -> Option<&Draft> {
        self.drafts.iter().find(|draft| draft.id == id)
    }

    /// Whether it was brought back: its page may be shown already, empty.
    pub(crate) fn is_restored(&self, id: &str) -> bool {
        self.restored.contains(id)
    }

    /// Whether anything would be lost with the tab.
    pub(crate) fn has_content(&self) -> bool {
        self.drafts.iter().any(|draft| draft.form.has_content())
    }

    /// The id of the one that was changed last.
    pub(crate) fn newest(&self) -> Option<&str> {
        self.drafts.first().map(|draft| draft.id.as_str())
    }

    /// The title of a message sent from this tab.
    pub(crate) fn title(&self, message: &str) -> Option<&str> {
        self.titles.get(message).map(|title| title.trim()).filter(|title| !title.is_empty())
    }
}

impl Reducible for DraftBox {
    type Action = DraftAction;

    fn reduce(self: Rc<Self>, action: DraftAction) -> Rc<Self> {
        let mut next = (*self).clone();
        match action {
            DraftAction::Keep(draft) => {
                next.drafts.retain(|other| other.id != draft.id);
                next.drafts.insert(0, *draft);
            }
            DraftAction::Restore(draft) => {
                if next.restored.insert(draft.id.clone()) {
                    next.drafts.insert(0, *draft);
                }
            }
            DraftAction::Resumed(title, message) => {
                next.titles.insert(message, title);
            }
            DraftAction::Delete(id) => next.drafts.retain(|draft| draft.id != id),
            DraftAction::Sent(id, message) => {
                if let Some(draft) = next.drafts.iter().find(|draft| draft.id == id) {
                    next.titles.insert(message, draft.form.title.clone());
                }
                next.drafts.retain(|draft| draft.id != id);
            }
        }
        next.into()
    }
}

thread_local! {
    /// A person has said already that the drafts may go.
    static LET_GO: Cell<bool> = const { Cell::new(false) };
}

/// Whoever leaves has been asked: the drafts may go.
pub(crate) fn let_go() {
    LET_GO.set(true);
}

/// Whether they may.
pub(crate) fn is_let_go() -> bool {
    LET_GO.get()
}

/// Lets the browser ask before the tab is closed or loaded anew with a draft in it. Browsers have words of their own for that.
#[hook]
pub(crate) fn use_leave_guard(drafts: &DraftBox) {
    use_effect_with(drafts.has_content(), |&asks| {
        let options = EventListenerOptions::enable_prevent_default();
        let guard = web_sys::window().filter(|_| asks).map(|window| {
            EventListener::new_with_options(&window, "beforeunload", options, |event| {
                if !is_let_go() {
                    event.prevent_default();
                }
            })
        });
        move || drop(guard)
    });
}

/// Properties of [`Drafts`].
#[derive(Properties, PartialEq)]
pub(crate) struct DraftsProps {
    /// The drafts.
    pub drafts: UseReducerHandle<DraftBox>,
}

/// The page.
#[component]
pub(crate) fn Drafts(props: &DraftsProps) -> Html {
    let lang = use_lang();
    let frame = &lang.text().frame;
    let item = |draft: &Draft| {
        let title = if draft.form.title.trim().is_empty() { frame.untitled } else { draft.form.title.trim() };
        let recipient = draft.form.recipient.as_ref().map_or(frame.no_recipient, |recipient| recipient.name.as_str());
        let saved = draft.saved.map(|at| date_time(at, lang)).unwrap_or_default();
        html! {
            <li key={draft.id.clone()} class="app-message">
                <p><Link<Route> classes="ds-link app-break" to={Route::Draft { id: draft.id.clone() }}>{ fill(frame.continue_draft, &[("tittel", title)]) }</Link<Route>></p>
                <p class="app-small">{ recipient }{ " · " }{ saved }</p>
            </li>
        }
    };
    let body = if props.drafts.drafts.is_empty() {
        html! { <p>{ frame.drafts_empty }</p> }
    } else {
        html! { <ul class="app-plain app-messages" role="list" aria-label={frame.drafts}>{ for props.drafts.drafts.iter().map(item) }</ul> }
    };
    html! {
        <>
            <PageHeading text={frame.drafts} />
            <div>{ body }</div>
            <p class="app-small">{ frame.drafts_memory }</p>
        </>
    }
}
