//! Labelled inputs.

use yew::prelude::*;

use super::heading::value_of;
use super::nothing;

/// Properties of [`TextField`].
#[derive(Debug, Properties, PartialEq)]
pub struct TextFieldProps {
    /// Element id.
    pub id: AttrValue,
    /// Label, which is also the accessible name.
    pub label: AttrValue,
    /// The value.
    pub value: AttrValue,
    /// A person typed.
    pub on_input: Callback<String>,
    /// A sentence under the label.
    #[prop_or_default]
    pub help: Option<AttrValue>,
    /// What is wrong.
    #[prop_or_default]
    pub error: Option<AttrValue>,
    /// `text`, `date` or `password`.
    #[prop_or(AttrValue::Static("text"))]
    pub kind: AttrValue,
    /// Whether it must be filled in.
    #[prop_or_default]
    pub required: bool,
    /// Whether a telephone should offer digits.
    #[prop_or_default]
    pub numeric: bool,
    /// For the browser's own memory.
    #[prop_or(AttrValue::Static("off"))]
    pub autocomplete: AttrValue,
    /// Stands under the input, for example a counter.
    #[prop_or_default]
    pub children: Html,
}

/// The ids of a field's help and of its error.
fn described_by(id: &str) -> (String, String) {
    (format!("{id}-help"), format!("{id}-error"))
}

/// What describes a field, for `aria-describedby`.
fn described(id: &str, help: bool, error: bool) -> Option<String> {
    let (help_id, error_id) = described_by(id);
    let ids: Vec<_> = [help.then_some(help_id), error.then_some(error_id)].into_iter().flatten().collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// A labelled text input with help and error.
#[component]
pub fn TextField(props: &TextFieldProps) -> Html {
    let (help_id, error_id) = described_by(&props.id);
    let described = described(&props.id, props.help.is_some(), props.error.is_some());
    let oninput = props.on_input.reform(|event: InputEvent| value_of(&event));
    html! {
        <div class="ds-field">
            <label class="ds-label" for={&props.id}>{ &props.label }</label>
            <div class="app-help" id={help_id.clone()}>{ props.help.clone().unwrap_or_default() }</div>
            <input
                id={&props.id} class="ds-input" type={&props.kind} value={&props.value} {oninput}
                aria-invalid={props.error.is_some().then_some("true")}
                aria-describedby={described}
                aria-required={props.required.then_some("true")}
                inputmode={props.numeric.then_some("numeric")}
                autocomplete={&props.autocomplete}
            />
            <div>{ props.children.clone() }</div>
            <div id={error_id.clone()}>{ error_text(props.error.as_ref()) }</div>
        </div>
    }
}

/// The validation message of a field.
pub fn error_text(error: Option<&AttrValue>) -> Html {
    error.map_or_else(nothing, |error| html! { <p class="ds-validation-message" data-field="validation">{ error }</p> })
}

/// Properties of [`TextArea`].
#[derive(Debug, Properties, PartialEq)]
pub struct TextAreaProps {
    /// Element id.
    pub id: AttrValue,
    /// Label, which is also the accessible name.
    pub label: AttrValue,
    /// The value.
    pub value: AttrValue,
    /// A person typed.
    pub on_input: Callback<String>,
    /// A sentence under the label.
    #[prop_or_default]
    pub help: Option<AttrValue>,
    /// What is wrong.
    #[prop_or_default]
    pub error: Option<AttrValue>,
}

/// A labelled text of several lines.
#[component]
pub fn TextArea(props: &TextAreaProps) -> Html {
    let (help_id, error_id) = described_by(&props.id);
    let described = described(&props.id, props.help.is_some(), props.error.is_some());
    let oninput = props.on_input.reform(|event: InputEvent| value_of(&event));
    html! {
        <div class="ds-field">
            <label class="ds-label" for={&props.id}>{ &props.label }</label>
            <div class="app-help" id={help_id}>{ props.help.clone().unwrap_or_default() }</div>
            <textarea id={&props.id} class="ds-input" rows="3" value={props.value.to_string()} {oninput}
                aria-invalid={props.error.is_some().then_some("true")} aria-describedby={described} autocomplete="off" />
            <div id={error_id}>{ error_text(props.error.as_ref()) }</div>
        </div>
    }
}

/// Properties of [`CheckField`].
#[derive(Debug, Properties, PartialEq)]
pub struct CheckFieldProps {
    /// Element id.
    pub id: AttrValue,
    /// Label.
    pub label: AttrValue,
    /// A sentence under it.
    pub help: AttrValue,
    /// Whether it is on.
    pub on: bool,
    /// A person turned it.
    pub on_change: Callback<bool>,
    /// What is wrong.
    #[prop_or_default]
    pub error: Option<AttrValue>,
}

/// A labelled box to tick, with help.
#[component]
pub fn CheckField(props: &CheckFieldProps) -> Html {
    let (help_id, error_id) = described_by(&props.id);
    let described = described(&props.id, true, props.error.is_some());
    let on = props.on;
    let onchange = props.on_change.reform(move |_: Event| !on);
    html! {
        <div class="app-check">
            <input id={&props.id} class="ds-input" type="checkbox" checked={on} {onchange}
                aria-invalid={props.error.is_some().then_some("true")} aria-describedby={described} />
            <label for={&props.id}>{ &props.label }</label>
            <p id={help_id} class="app-help">{ &props.help }</p>
            <div id={error_id}>{ error_text(props.error.as_ref()) }</div>
        </div>
    }
}

/// Properties of [`SelectField`].
#[derive(Debug, Properties, PartialEq)]
pub struct SelectFieldProps {
    /// Element id.
    pub id: AttrValue,
    /// Label.
    pub label: AttrValue,
    /// Names of the choices.
    pub options: Vec<AttrValue>,
    /// The chosen one.
    pub selected: usize,
    /// A person chose.
    pub on_select: Callback<usize>,
    /// A sentence under the label.
    #[prop_or_default]
    pub help: Option<AttrValue>,
    /// What is wrong.
    #[prop_or_default]
    pub error: Option<AttrValue>,
}

/// A labelled list of choices.
#[component]
pub fn SelectField(props: &SelectFieldProps) -> Html {
    let onchange = props.on_select.reform(|event: Event| value_of(&event).parse().unwrap_or_default());
    let option = |(index, name): (usize, &AttrValue)| {
        html! { <option key={index} value={index.to_string()} selected={index == props.selected}>{ name }</option> }
    };
    let (help_id, error_id) = described_by(&props.id);
    let described = described(&props.id, props.help.is_some(), props.error.is_some());
    html! {
        <div class="ds-field">
            <label class="ds-label" for={&props.id}>{ &props.label }</label>
            <div class="app-help" id={help_id}>{ props.help.clone().unwrap_or_default() }</div>
            <select id={&props.id} class="ds-input" {onchange} aria-invalid={props.error.is_some().then_some("true")} aria-describedby={described}>
                { for props.options.iter().enumerate().map(option) }
            </select>
            <div id={error_id}>{ error_text(props.error.as_ref()) }</div>
        </div>
    }
}
