//! The ways out of the form that send nothing.

use yew::prelude::*;

use super::Leave;
use crate::ui::{focus_soon, use_lang};

const DELETE_ID: &str = "draft-delete";
const KEEP_ID: &str = "draft-keep";

/// Properties of [`LeaveButtons`].
#[derive(Debug, Properties, PartialEq)]
pub(super) struct LeaveProps {
    /// A person leaves.
    pub on_leave: Callback<Leave>,
    /// Whether there is anything to lose.
    pub asks: bool,
}

/// Keeps the draft, or throws it away: not before a person has said so twice, for it cannot be brought back.
#[component]
pub(super) fn LeaveButtons(props: &LeaveProps) -> Html {
    let text = &use_lang().text().compose;
    let asking = use_state(|| false);
    let leave = |how: Leave| props.on_leave.reform(move |_: MouseEvent| how);
    let on_delete = {
        let (asking, asks, on_leave) = (asking.clone(), props.asks, props.on_leave.clone());
        move |_: MouseEvent| {
            if asks {
                asking.set(true);
                // A key that is pressed twice keeps the draft.
                focus_soon(KEEP_ID);
            } else {
                on_leave.emit(Leave::Delete);
            }
        }
    };
    let keep = {
        let asking = asking.clone();
        Callback::from(move |()| {
            asking.set(false);
            focus_soon(DELETE_ID);
        })
    };
    let onkeydown = {
        let keep = keep.clone();
        move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.stop_propagation();
                keep.emit(());
            }
        }
    };
    let delete = if *asking {
        html! {
            <div key="ask" class="app-buttons app-ask" role="group" aria-labelledby="draft-ask" {onkeydown}>
                <strong id="draft-ask">{ text.delete_draft_ask }</strong>
                <button type="button" class="ds-button" data-variant="primary" data-color="danger" onclick={leave(Leave::Delete)}>{ text.short_delete }</button>
                <button id={KEEP_ID} type="button" class="ds-button" data-variant="secondary" onclick={keep.reform(|_: MouseEvent| ())}>{ text.delete_draft_keep }</button>
            </div>
        }
    } else {
        html! { <button key="delete" id={DELETE_ID} type="button" class="ds-button" data-variant="tertiary" data-color="danger" onclick={on_delete}>{ text.delete_draft }</button> }
    };
    html! {
        <div class="app-leave">
            <button type="button" class="ds-button" data-variant="secondary" onclick={leave(Leave::Close)}>{ text.save_close }</button>
            <div class="app-leave">{ delete }</div>
        </div>
    }
}
