//! A field of a letter to a person, by what it is.

use yew::prelude::*;

use super::PersonProps;
use crate::flow::compose::{PersonField, PersonSwitch};
use crate::ui::{CheckField, TextArea, TextField, use_lang};

/// A line of text.
pub(super) fn line(props: &PersonProps, field: PersonField, help: Option<&'static str>) -> Html {
    typed(props, field, help, "text")
}

/// A date.
pub(super) fn date(props: &PersonProps, field: PersonField, help: Option<&'static str>) -> Html {
    typed(props, field, help, "date")
}

/// A date and a time.
pub(super) fn moment(props: &PersonProps, field: PersonField) -> Html {
    typed(props, field, None, "datetime-local")
}

fn typed(props: &PersonProps, field: PersonField, help: Option<&'static str>, kind: &'static str) -> Html {
    html! { <Line id={field.element_id()} {field} {help} {kind} value={props.value(field)} error={props.error(field)} on_input={props.typed(field)} /> }
}

#[derive(Debug, Properties, PartialEq)]
struct LineProps {
    id: String,
    field: PersonField,
    help: Option<&'static str>,
    kind: &'static str,
    value: AttrValue,
    error: Option<AttrValue>,
    on_input: Callback<String>,
}

#[component]
fn Line(props: &LineProps) -> Html {
    let label = props.field.label(&use_lang().text().person);
    html! {
        <TextField id={props.id.clone()} {label} help={props.help.map(AttrValue::from)} kind={props.kind} value={props.value.clone()}
            error={props.error.clone()} on_input={props.on_input.clone()} />
    }
}

/// Several lines of text.
pub(super) fn area(props: &PersonProps, field: PersonField, label: &'static str, help: &'static str) -> Html {
    html! {
        <TextArea id={field.element_id()} {label} help={AttrValue::from(help)} value={props.value(field)} error={props.error(field)}
            on_input={props.typed(field)} />
    }
}

/// A box to tick.
pub(super) fn switch(
    props: &PersonProps,
    id: &'static str,
    switch: PersonSwitch,
    label: &'static str,
    help: &'static str,
) -> Html {
    html! { <CheckField {id} {label} {help} on={switch.get(&props.form.person.draft)} on_change={props.turned(switch)} /> }
}
