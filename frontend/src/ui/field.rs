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
    /// For the browser's own memory.
    #[prop_or(AttrValue::Static("off"))]
    pub autocomplete: AttrValue,
    /// Stands under the input, for example a counter.
    #[prop_or_default]
    pub children: Html,
}

/// A labelled text input with help and error.
#[component]
pub fn TextField(props: &TextFieldProps) -> Html {
    let help_id = format!("{}-help", props.id);
    let error_id = format!("{}-error", props.id);
    let mut described: Vec<&str> = Vec::new();
    if props.help.is_some() {
        described.push(&help_id);
    }
    if props.error.is_some() {
        described.push(&error_id);
    }
    let oninput = props.on_input.reform(|event: InputEvent| value_of(&event));
    html! {
        <div class="ds-field">
            <label class="ds-label" for={&props.id}>{ &props.label }</label>
            <div class="app-help" id={help_id.clone()}>{ props.help.clone().unwrap_or_default() }</div>
            <input
                id={&props.id} class="ds-input" type={&props.kind} value={&props.value} {oninput}
                aria-invalid={props.error.is_some().then_some("true")}
                aria-describedby={(!described.is_empty()).then(|| described.join(" "))}
                aria-required={props.required.then_some("true")}
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
}

/// A labelled list of choices.
#[component]
pub fn SelectField(props: &SelectFieldProps) -> Html {
    let onchange = props.on_select.reform(|event: Event| value_of(&event).parse().unwrap_or_default());
    let option = |(index, name): (usize, &AttrValue)| {
        html! { <option key={index} value={index.to_string()} selected={index == props.selected}>{ name }</option> }
    };
    html! {
        <div class="ds-field">
            <label class="ds-label" for={&props.id}>{ &props.label }</label>
            <select id={&props.id} class="ds-input" {onchange}>{ for props.options.iter().enumerate().map(option) }</select>
        </div>
    }
}
