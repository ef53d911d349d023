//! Radio buttons.

use yew::prelude::*;

use super::field::error_text;
use super::nothing;

/// One of several.
#[derive(Clone, Debug, PartialEq)]
pub struct RadioOption {
    /// What it is called.
    pub label: AttrValue,
    /// What follows from it.
    pub help: Option<AttrValue>,
}

/// Properties of [`RadioField`].
#[derive(Debug, Properties, PartialEq)]
pub struct RadioFieldProps {
    /// Element id of the chosen button, or of the first; also the buttons' name.
    pub id: AttrValue,
    /// Name of the group.
    pub label: AttrValue,
    /// What there is to choose.
    pub options: Vec<RadioOption>,
    /// The chosen one.
    pub selected: Option<usize>,
    /// A person chose.
    pub on_select: Callback<usize>,
    /// What is wrong.
    #[prop_or_default]
    pub error: Option<AttrValue>,
}

/// A group of radio buttons with a name.
#[component]
pub fn RadioField(props: &RadioFieldProps) -> Html {
    let error_id = format!("{}-error", props.id);
    let entry = props.selected.unwrap_or_default();
    let option = |(index, option): (usize, &RadioOption)| {
        // Links lead to the group's id, and focus goes where the keyboard would enter.
        let id = if index == entry { props.id.to_string() } else { format!("{}-{index}", props.id) };
        let help_id = format!("{}-{index}-help", props.id);
        let onchange = props.on_select.reform(move |_: Event| index);
        let help = option.help.as_ref();
        html! {
            <div key={index} class="app-check">
                <input id={id.clone()} class="ds-input" type="radio" name={&props.id} checked={props.selected == Some(index)} {onchange}
                    aria-describedby={help.map(|_| help_id.clone())} />
                <label for={id}>{ &option.label }</label>
                { help.map_or_else(nothing, |help| html! { <p id={help_id} class="app-help">{ help }</p> }) }
            </div>
        }
    };
    html! {
        <fieldset class="app-choice" data-color="accent" aria-describedby={props.error.is_some().then(|| error_id.clone())}>
            <legend class="ds-label">{ &props.label }</legend>
            { for props.options.iter().enumerate().map(option) }
            <div id={error_id.clone()}>{ error_text(props.error.as_ref()) }</div>
        </fieldset>
    }
}
