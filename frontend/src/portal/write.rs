//! `/ny` and `/ny/{id}`: the compose page with its draft.

use std::cell::Cell;
use std::rc::Rc;

use konvolutt_shared::api::MessageView;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;
use yew_router::prelude::*;

use super::Route;
use super::drafts::{DraftAction, DraftBox};
use super::warnings::{WarningAction, WarningBox};
use crate::flow::trouble::Trouble;
use crate::flow::warnings::News;
use crate::ui::Shell;
use crate::ui::compose::{Compose, Draft, Leave};

/// Properties of [`Write`].
#[derive(Properties, PartialEq)]
pub(crate) struct WriteProps {
    /// The surroundings.
    pub shell: Shell,
    /// All drafts.
    pub drafts: UseReducerHandle<DraftBox>,
    /// Where it is said that sending failed, if a person has left the page.
    pub warnings: UseReducerHandle<WarningBox>,
    /// The draft of the address; a new one without.
    pub id: Option<String>,
}

/// The page. A draft that is no longer there (the tab was closed) begins anew.
#[component]
pub(crate) fn Write(props: &WriteProps) -> Html {
    let navigator = use_navigator();
    let draft = {
        let kept = props.id.as_ref().and_then(|id| props.drafts.get(id)).cloned();
        use_memo((), move |()| kept.unwrap_or_default())
    };
    let here = use_here();
    let saved = props.drafts.get(&draft.id).and_then(|kept| kept.saved);
    let drafts = props.drafts.dispatcher();
    let on_change = {
        let drafts = drafts.clone();
        Callback::from(move |draft: Draft| {
            let id = draft.id.clone();
            drafts.dispatch(if draft.form.has_content() {
                DraftAction::Keep(Box::new(draft))
            } else {
                DraftAction::Delete(id)
            });
        })
    };
    let go = Callback::from(move |route: Route| {
        if let Some(navigator) = &navigator {
            navigator.push(&route);
        }
    });
    let on_sent = {
        let (drafts, id, go, here) = (drafts.clone(), draft.id.clone(), go.clone(), here.clone());
        Callback::from(move |view: MessageView| {
            drafts.dispatch(DraftAction::Sent(id.clone(), view.summary.id.clone()));
            // Who has gone elsewhere meanwhile stays there.
            if here.get() {
                go.emit(Route::Message { id: view.summary.id });
            }
        })
    };
    let on_trouble = {
        let (warnings, props_drafts, id) = (props.warnings.dispatcher(), props.drafts.clone(), draft.id.clone());
        Callback::from(move |trouble: Trouble| {
            let kept = props_drafts.get(&id);
            if !here.get() {
                let recipient = kept.and_then(|draft| draft.form.recipient.as_ref());
                let recipient = recipient.map(|recipient| recipient.name.clone()).unwrap_or_default();
                let news = News::Refused { draft: id.clone(), recipient, code: trouble.code };
                warnings.dispatch(WarningAction::Refused(news));
            }
        })
    };
    let on_leave = {
        let (id, message_id, vault) = (draft.id.clone(), draft.form.message_id.clone(), props.shell.vault.clone());
        Callback::from(move |leave| {
            if leave == Leave::Delete {
                drafts.dispatch(DraftAction::Delete(id.clone()));
                let (vault, message_id) = (vault.clone(), message_id.clone());
                // What is left of a sending that was broken off goes with its draft.
                spawn_local(async move { drop(vault.forget_sending(&message_id).await) });
            }
            go.emit(Route::Drafts);
        })
    };
    let draft = Draft { saved, ..(*draft).clone() };
    html! { <Compose shell={props.shell.clone()} {draft} {on_change} {on_sent} {on_leave} {on_trouble} /> }
}

/// Whether the page is still there: sending goes on when a person goes elsewhere.
#[hook]
fn use_here() -> Rc<Cell<bool>> {
    let here = use_memo((), |()| Cell::new(true));
    let left = here.clone();
    use_effect_with((), move |()| {
        left.set(true);
        move || left.set(false)
    });
    here
}
