//! What the compose page has for letters to people.

mod delivery;
mod fields;
mod inbox;
mod mailbox;
mod offers;
mod preview;
mod print;

use konvolutt_shared::address::PersonWay;
use yew::prelude::*;

pub(super) use delivery::{PersonCard, PersonDelivery};
pub(super) use offers::{check, delivery_of, use_offered};
pub(super) use preview::PersonPreview;

use crate::flow::compose::{Action, Field, Form, Mistake, Offered, PersonAction, PersonField, PersonSwitch};
use crate::ui::page::Load;
use crate::ui::use_lang;
use inbox::InboxFields;
use mailbox::MailboxFields;
use print::PrintFields;

/// Properties of the parts of the form.
#[derive(Properties, PartialEq)]
pub(super) struct PersonProps {
    /// The letter.
    pub form: Form,
    /// The ways, once they are known.
    pub offered: Load<Offered>,
    /// What is wrong.
    pub mistakes: Vec<Mistake>,
    /// A person chose or typed.
    pub on_action: Callback<Action>,
}

impl PersonProps {
    fn error(&self, field: PersonField) -> Option<AttrValue> {
        self.mistake(Field::Person(field))
    }

    fn mistake(&self, field: Field) -> Option<AttrValue> {
        let found = self.mistakes.iter().find(|mistake| mistake.field == field);
        found.map(|mistake| mistake.text.clone().into())
    }

    fn value(&self, field: PersonField) -> AttrValue {
        field.get(&self.form.person.draft).into()
    }

    fn act<T: 'static>(&self, action: impl Fn(T) -> PersonAction + 'static) -> Callback<T> {
        self.on_action.reform(move |value| Action::Person(action(value)))
    }

    fn typed(&self, field: PersonField) -> Callback<String> {
        self.act(move |text| PersonAction::Text(field, text))
    }

    fn turned(&self, switch: PersonSwitch) -> Callback<bool> {
        self.act(move |on| PersonAction::Turn(switch, on))
    }
}

/// The fields of the chosen way. They come when the way is known, below what has been filled in.
#[component]
pub(super) fn PersonFields(props: &PersonProps) -> Html {
    let text = &use_lang().text().person;
    let way = props.form.person.draft.way;
    let known = props.offered.get().is_some_and(|offered| offered.way(way).is_some());
    let (form, offered) = (props.form.clone(), props.offered.clone());
    let (mistakes, on_action) = (props.mistakes.clone(), props.on_action.clone());
    let (heading, fields) = match way {
        _ if !known => return html! { <div key="unknown" /> },
        PersonWay::Mailbox => (text.mailbox, html! { <MailboxFields {form} {offered} {mistakes} {on_action} /> }),
        PersonWay::Print => (text.print, html! { <PrintFields {form} {offered} {mistakes} {on_action} /> }),
        PersonWay::Inbox => (text.inbox, html! { <InboxFields {form} {offered} {mistakes} {on_action} /> }),
    };
    html! {
        <section key="known" class="app-section" aria-labelledby="person-fields-heading">
            <h2 id="person-fields-heading" class="ds-heading" data-size="sm">{ heading }</h2>
            <div class="app-stack" key={heading}>{ fields }</div>
        </section>
    }
}

/// Holds content, so nothing of it shows.
impl std::fmt::Debug for PersonProps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonProps").finish_non_exhaustive()
    }
}
