//! A letter to a person's inbox at Altinn: what it says, and how Altinn tells of it.

use konvolutt_shared::dpv::Transport;
use yew::prelude::*;

use super::super::links::ReplyLinks;
use super::PersonProps;
use super::fields::{area, line, switch};
use crate::flow::compose::{Action, Choice, ChoiceField, Field, PersonAction, PersonField, PersonSwitch};
use crate::ui::{SelectField, TextField, use_lang};

/// In the order of the list.
const TRANSPORTS: [Transport; 3] = [Transport::EpostOgSms, Transport::Epost, Transport::Sms];

/// The section "Melding til mottaker".
#[component]
pub(super) fn InboxFields(props: &PersonProps) -> Html {
    let text = &use_lang().text().person;
    let chosen = props.form.person.draft.inbox.options.varsel_transport_type.unwrap_or_default();
    let selected = TRANSPORTS.iter().position(|one| *one == chosen).unwrap_or_default();
    let options: Vec<AttrValue> =
        [text.transport_both, text.transport_email, text.transport_sms].into_iter().map(AttrValue::from).collect();
    let on_select =
        props.act(|index: usize| PersonAction::Transport(TRANSPORTS.get(index).copied().unwrap_or_default()));
    html! {
        <>
            { line(props, PersonField::Summary, Some(text.summary_help)) }
            { area(props, PersonField::Body, text.body, text.body_help) }
            <SelectField id="transport" label={text.transport} {options} {selected} {on_select} />
            { area(props, PersonField::InboxNotice, text.inbox_notice, text.inbox_notice_help) }
            { switch(props, "inbox-reminder", PersonSwitch::InboxReminder, text.inbox_reminder, text.inbox_reminder_help) }
            { choice(props, ChoiceField::Days) }
            { choice(props, ChoiceField::From) }
            <ReplyLinks form={props.form.clone()} mistakes={props.mistakes.clone()} on_action={props.on_action.clone()} />
        </>
    }
}

/// What is typed once for both kinds of inbox, as the links are.
fn choice(props: &PersonProps, field: ChoiceField) -> Html {
    let value = props.form.choices.get(field).to_owned();
    let error = props.mistake(Field::Choice(field));
    let on_input = props.on_action.reform(move |text| Action::Choose(Choice::Text(field, text)));
    html! { <Chosen {field} {value} {error} {on_input} /> }
}

#[derive(Debug, Properties, PartialEq)]
struct ChosenProps {
    field: ChoiceField,
    value: String,
    error: Option<AttrValue>,
    on_input: Callback<String>,
}

#[component]
fn Chosen(props: &ChosenProps) -> Html {
    let text = &use_lang().text().channel;
    let (label, help, kind) = match props.field {
        ChoiceField::From => (text.from, text.from_help, "date"),
        _ => (text.days, text.days_help, "text"),
    };
    html! {
        <TextField id={props.field.slug()} {label} {help} {kind} numeric={kind == "text"} value={props.value.clone()}
            error={props.error.clone()} on_input={props.on_input.clone()} />
    }
}
