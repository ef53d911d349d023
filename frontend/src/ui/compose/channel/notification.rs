//! How a recipient learns that something lies in its inbox at Altinn, and when an answer is due.

use konvolutt_shared::dpv::Reminder;
use yew::prelude::*;

use super::super::links::ReplyLinks;
use super::ChannelProps;
use crate::flow::compose::{Action, Choice, ChoiceField, TRANSPORTS, transport_name};
use crate::ui::{CheckField, SelectField, TextArea, TextField, use_lang};

/// The group "Varsel til mottakeren".
#[component]
pub(crate) fn Notification(props: &ChannelProps) -> Html {
    let text = &use_lang().text().channel;
    let choices = &props.form.choices;
    let transports: Vec<AttrValue> = TRANSPORTS.into_iter().map(|one| transport_name(one, text).into()).collect();
    let selected = TRANSPORTS.into_iter().position(|one| one == choices.transport).unwrap_or_default();
    let on_select = props
        .on_action
        .reform(|at: usize| Action::Choose(Choice::Transport(TRANSPORTS.get(at).copied().unwrap_or_default())));
    let on_reminder = props.on_action.reform(|on| {
        let reminder = if on { Reminder::VarselDPVMedRevarsel } else { Reminder::VarselDPVUtenRevarsel };
        Action::Choose(Choice::Reminder(reminder))
    });
    let (notice, label) = if props.form.confidential {
        (ChoiceField::ConfidentialNotice, text.notice_confidential)
    } else {
        (ChoiceField::Notice, text.notice)
    };
    let (days, from) = (ChoiceField::Days, ChoiceField::From);
    html! {
        <fieldset class="ds-fieldset">
            <legend class="ds-label">{ text.notification }</legend>
            <SelectField id="transport" label={text.transport} options={transports} {selected} {on_select} />
            <CheckField id="reminder" label={text.reminder} help={text.reminder_help} on={choices.reminder == Reminder::VarselDPVMedRevarsel} on_change={on_reminder} />
            <TextArea key={notice.slug()} id={notice.slug()} {label} help={text.notice_help} value={choices.get(notice).to_owned()}
                error={props.error(notice)} on_input={props.typed(notice)} />
            <TextField id={days.slug()} label={text.days} help={text.days_help} numeric=true value={choices.get(days).to_owned()}
                error={props.error(days)} on_input={props.typed(days)} />
            <TextField id={from.slug()} label={text.from} help={text.from_help} kind="date" value={choices.get(from).to_owned()}
                error={props.error(from)} on_input={props.typed(from)} />
            <ReplyLinks form={props.form.clone()} mistakes={props.mistakes.clone()} on_action={props.on_action.clone()} />
        </fieldset>
    }
}
