//! `/ny` and `/ny/{id}`: the compose page with its draft.

use konvolutt_shared::api::MessageView;
use yew::prelude::*;
use yew_router::prelude::*;

use super::Route;
use super::drafts::{DraftAction, DraftBox};
use crate::ui::Shell;
use crate::ui::compose::{Compose, Draft, Leave};

/// Properties of [`Write`].
#[derive(Properties, PartialEq)]
pub(crate) struct WriteProps {
    /// The surroundings.
    pub shell: Shell,
    /// All drafts.
    pub drafts: UseReducerHandle<DraftBox>,
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
        let (drafts, id, go) = (drafts.clone(), draft.id.clone(), go.clone());
        Callback::from(move |view: MessageView| {
            drafts.dispatch(DraftAction::Sent(id.clone(), view.summary.id.clone()));
            go.emit(Route::Message { id: view.summary.id });
        })
    };
    let on_leave = {
        let id = draft.id.clone();
        Callback::from(move |leave| {
            if leave == Leave::Delete {
                drafts.dispatch(DraftAction::Delete(id.clone()));
            }
            go.emit(Route::Drafts);
        })
    };
    let draft = Draft { saved, ..(*draft).clone() };
    html! { <Compose shell={props.shell.clone()} {draft} {on_change} {on_sent} {on_leave} /> }
}
