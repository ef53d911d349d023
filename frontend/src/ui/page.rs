//! Loading something for a page.

use std::future::Future;

use konvolutt_shared::finding::Code;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{Shell, TroubleCard, use_lang};
use crate::backend::Failure;
use crate::flow::trouble::Trouble;

/// Something that is being fetched.
#[derive(Clone, Debug, PartialEq)]
pub enum Load<T> {
    /// Not here yet.
    Waiting,
    /// Here.
    Here(T),
    /// Did not come.
    Failed(Trouble),
}

impl<T> Load<T> {
    /// The same with another thing.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Load<U> {
        match self {
            Self::Waiting => Load::Waiting,
            Self::Here(value) => Load::Here(change(value)),
            Self::Failed(trouble) => Load::Failed(trouble),
        }
    }

    /// The thing, if it is here.
    pub const fn get(&self) -> Option<&T> {
        match self {
            Self::Here(value) => Some(value),
            Self::Waiting | Self::Failed(_) => None,
        }
    }
}

/// Runs a request and hands over its result; a session that is over leads to the sign-in page.
pub fn fetch<T: 'static>(
    shell: &Shell,
    request: impl Future<Output = Result<T, Failure>> + 'static,
    then: impl FnOnce(Result<T, Trouble>) + 'static,
) {
    let signed_out = shell.signed_out.clone();
    spawn_local(async move {
        let result = request.await.map_err(Trouble::from);
        if result.as_ref().is_err_and(|trouble| trouble.code == Code::SignedOut) {
            signed_out.emit(());
        }
        then(result);
    });
}

/// How often something was asked for again, which its effect depends on, and how to ask again.
#[hook]
pub fn use_retry<T: 'static>(load: &UseStateHandle<Load<T>>) -> (u32, Callback<()>) {
    let turn = use_state(|| 0_u32);
    let on_retry = {
        let (turn, load) = (turn.clone(), load.clone());
        Callback::from(move |()| {
            load.set(Load::Waiting);
            turn.set(*turn + 1);
            // The button that was pressed goes.
            super::focus("main");
        })
    };
    (*turn, on_retry)
}

/// Properties of [`LoadFailed`].
#[derive(Debug, Properties, PartialEq)]
pub struct LoadFailedProps {
    /// What went wrong.
    pub trouble: Trouble,
    /// Tries again.
    pub on_retry: Callback<()>,
}

/// A page, or a part of one, that could not be fetched.
#[component]
pub fn LoadFailed(props: &LoadFailedProps) -> Html {
    let frame = &use_lang().text().frame;
    let onclick = props.on_retry.reform(|_: MouseEvent| ());
    if props.trouble.code == Code::ServiceDown {
        return html! {
            <div class="ds-alert" data-color="danger" role="alert">
                <p>{ frame.load_error }</p>
                <button type="button" class="ds-button" data-variant="secondary" {onclick}>{ frame.try_again }</button>
            </div>
        };
    }
    html! {
        <TroubleCard trouble={props.trouble.clone()}>
            <button type="button" class="ds-button" data-variant="secondary" {onclick}>{ frame.try_again }</button>
        </TroubleCard>
    }
}
