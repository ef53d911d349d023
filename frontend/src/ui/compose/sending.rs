//! While it is sent, and when it could not be.

use yew::prelude::*;

use super::phase_text;
use crate::flow::compose::{Line, Phase, Progress};
use crate::flow::trouble::Trouble;
use crate::ui::{TroubleCard, use_lang};

/// Properties of [`Sending`].
#[derive(Debug, Properties, PartialEq)]
pub(crate) struct SendingProps {
    /// How far.
    pub progress: Progress,
    /// Why it stopped.
    pub trouble: Option<Trouble>,
    /// A person wants to stop.
    pub on_cancel: Callback<()>,
    /// Back to the form.
    pub on_edit: Callback<&'static str>,
    /// Try again.
    pub on_send: Callback<()>,
}

/// The progress bar, or what went wrong.
#[component]
pub(crate) fn Sending(props: &SendingProps) -> Html {
    let lang = use_lang();
    let text = &lang.text().compose;
    if let Some(trouble) = &props.trouble {
        let edit = props.on_edit.reform(|_: MouseEvent| "title");
        let again = props.on_send.reform(|_: MouseEvent| ());
        return html! {
            <div key="trouble">
                <TroubleCard trouble={trouble.clone()}>
                    <button type="button" class="ds-button" data-variant="primary" onclick={again}>{ text.send_again }</button>
                    <button type="button" class="ds-button" data-variant="secondary" onclick={edit}>{ text.back_to_edit }</button>
                </TroubleCard>
            </div>
        };
    }
    let onclick = props.on_cancel.reform(|_: MouseEvent| ());
    let phase = match props.progress.phase {
        Phase::Checking => text.checking,
        Phase::Encrypting | Phase::Uploading => text.progress,
        Phase::HandingOver => text.handing_over,
    };
    let now = match props.progress.line {
        Line::Open => phase,
        Line::Lost => lang.text().sending.lost,
        Line::Back => text.resumed,
    };
    html! {
        <div key="progress" class="app-stack">
            <progress class="app-progress" aria-label={text.progress} max="100" value={props.progress.percent().to_string()} />
            <p>{ phase_text(&props.progress, lang) }</p>
            <p role="status">{ now }</p>
            <div class="app-buttons">
                <button type="button" class="ds-button" data-variant="secondary" {onclick}>{ text.cancel }</button>
            </div>
        </div>
    }
}
