//! What a person decides about the channel. Only what the recipient's channel has is shown.

mod level;
mod notification;
mod shipment;

use konvolutt_shared::address::{Capability, LetterField};
use yew::prelude::*;

use crate::backend::Backend;
use crate::flow::compose::{Action, Choice, ChoiceField, Deadline, Field, Form, Mistake};
use crate::ui::{SelectField, nothing, use_lang};
pub(crate) use level::LevelChoice;
use notification::Notification;
use shipment::Shipment;

/// Properties of the parts of this section.
#[derive(Debug, Properties, PartialEq)]
pub(crate) struct ChannelProps {
    /// The relay.
    pub backend: Backend,
    /// The letter.
    pub form: Form,
    /// What the recipient can receive.
    pub known: Capability,
    /// A person decided.
    pub on_action: Callback<Action>,
    /// What is wrong.
    pub mistakes: Vec<Mistake>,
}

impl ChannelProps {
    /// What is wrong with a choice.
    fn error(&self, field: ChoiceField) -> Option<AttrValue> {
        let found = self.mistakes.iter().find(|mistake| mistake.field == Field::Choice(field));
        found.map(|mistake| mistake.text.clone().into())
    }

    /// What takes a typed text.
    fn typed(&self, field: ChoiceField) -> Callback<String> {
        self.on_action.reform(move |text| Action::Choose(Choice::Text(field, text)))
    }
}

/// Everything about the channel.
#[component]
pub(crate) fn ChannelFields(props: &ChannelProps) -> Html {
    let text = &use_lang().text().channel;
    let ChannelProps { backend, form, known, on_action, mistakes } = props;
    let deadlines: Vec<AttrValue> = Deadline::ALL.into_iter().map(|one| one.name(text).into()).collect();
    let selected = Deadline::ALL.into_iter().position(|one| one == form.choices.deadline).unwrap_or_default();
    let on_select = on_action
        .reform(|at: usize| Action::Choose(Choice::Deadline(Deadline::ALL.get(at).copied().unwrap_or_default())));
    let notification = if known.has(LetterField::Notification) {
        html! { <Notification backend={backend.clone()} form={form.clone()} known={known.clone()} on_action={on_action.clone()} mistakes={mistakes.clone()} /> }
    } else {
        nothing()
    };
    let shipment = if known.has(LetterField::ShipmentType) {
        html! { <Shipment backend={backend.clone()} form={form.clone()} known={known.clone()} on_action={on_action.clone()} mistakes={mistakes.clone()} /> }
    } else {
        nothing()
    };
    let deadline = if known.has(LetterField::Deadline) {
        html! { <SelectField id="deadline" label={text.deadline} help={text.deadline_help} options={deadlines} {selected} {on_select} /> }
    } else {
        nothing()
    };
    html! {
        <div class="app-stack">
            <div>{ notification }</div>
            <div>{ shipment }</div>
            <div>{ deadline }</div>
        </div>
    }
}
