//! Taking an artefact in: drop, choose or paste.

use web_sys::{Blob, File, HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::text::text;
use crate::text::Lang;

#[derive(Properties, PartialEq)]
pub(super) struct IntakeProps {
    pub(super) lang: Lang,
    pub(super) take: Callback<(Blob, String)>,
}

/// Drop zone, file button and a field to paste into.
#[component]
pub(super) fn Intake(props: &IntakeProps) -> Html {
    let t = text(props.lang);
    let (input, pasted) = (use_node_ref(), use_node_ref());
    let take_file = {
        let take = props.take.clone();
        move |file: File| {
            let name = file.name();
            take.emit((file.into(), name));
        }
    };
    let ondrop = {
        let take_file = take_file.clone();
        move |event: DragEvent| {
            event.prevent_default();
            let files = event.data_transfer().and_then(|data| data.files());
            if let Some(file) = files.and_then(|files| files.get(0)) {
                take_file(file);
            }
        }
    };
    let onchange = move |event: Event| {
        let input = event.target_dyn_into::<HtmlInputElement>();
        if let Some(input) = input {
            if let Some(file) = input.files().and_then(|files| files.get(0)) {
                take_file(file);
            }
            // The same file may be chosen again.
            input.set_value("");
        }
    };
    let choose = {
        let input = input.clone();
        move |_| {
            if let Some(input) = input.cast::<HtmlInputElement>() {
                input.click();
            }
        }
    };
    let paste = {
        let (pasted, take, name) = (pasted.clone(), props.take.clone(), t.paste.to_owned());
        move |_| {
            let value = pasted.cast::<HtmlTextAreaElement>().map(|area| area.value()).unwrap_or_default();
            let parts = js_sys::Array::of1(&value.into());
            if let Ok(blob) = Blob::new_with_str_sequence(&parts) {
                take.emit((blob, name.clone()));
            }
        }
    };
    html! {
        <section class="app-drop" {ondrop} ondragover={|event: DragEvent| event.prevent_default()}>
            <p>{ t.lead }{ " " }{ t.kinds }</p>
            <input ref={input} type="file" hidden=true tabindex="-1" aria-hidden="true" {onchange} />
            <p><button type="button" class="ds-button" onclick={choose}>{ t.choose }</button></p>
            <details class="ds-details">
                <summary>{ t.paste }</summary>
                <div>
                    <div class="ds-field">
                        <label class="ds-label" for="paste">{ t.paste }</label>
                        <textarea ref={pasted} id="paste" class="ds-input" rows="6" spellcheck="false" />
                    </div>
                    <button type="button" class="ds-button" data-variant="secondary" onclick={paste}>{ t.paste_go }</button>
                </div>
            </details>
        </section>
    }
}
