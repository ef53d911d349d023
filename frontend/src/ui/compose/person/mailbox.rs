//! A letter to a digital mailbox: who may open it, when, and how the recipient is told.

use yew::prelude::*;

use super::PersonProps;
use super::fields::{area, date, line, moment, switch};
use crate::flow::compose::{
    ExtensionField, ExtensionKind, LANGUAGES, PersonAction, PersonField, PersonSwitch, Typed, language_name,
};
use crate::text::{PersonText, fill};
use crate::ui::choice::{RadioField, RadioOption};
use crate::ui::{SelectField, nothing, use_lang};

/// What the name of a provider says when it does not send the sender's notification.
const OWN_NOTICES: &str = "e-boks";

/// The section "Postkasse".
#[component]
pub(super) fn MailboxFields(props: &PersonProps) -> Html {
    let text = &use_lang().text().person;
    html! {
        <>
            { level(props, text) }
            { language(props, text) }
            { date(props, PersonField::AvailableFrom, Some(text.available_from_help)) }
            { opening(props, text) }
            { notices(props, text) }
            { more(props, text) }
        </>
    }
}

fn level(props: &PersonProps, text: &PersonText) -> Html {
    let option = |label: &'static str, help: &'static str| RadioOption { label: label.into(), help: Some(help.into()) };
    let options = vec![option(text.level_3, text.level_3_help), option(text.level_4, text.level_4_help)];
    let selected = usize::from(props.form.person.draft.mailbox.security_level == 4);
    let on_select = props.act(|index: usize| PersonAction::Level(if index == 1 { 4 } else { 3 }));
    let error = props.error(PersonField::Level);
    html! { <RadioField id={PersonField::Level.element_id()} label={text.level} {options} selected={Some(selected)} {on_select} {error} /> }
}

fn language(props: &PersonProps, text: &PersonText) -> Html {
    let chosen = &props.form.person.draft.mailbox.language;
    let selected = LANGUAGES.iter().position(|code| code == chosen).unwrap_or_default();
    let options: Vec<AttrValue> = LANGUAGES.into_iter().map(|code| language_name(code, text).into()).collect();
    let on_select = props.act(|index: usize| {
        PersonAction::Text(PersonField::Language, LANGUAGES.get(index).copied().unwrap_or("nb").to_owned())
    });
    let prefers = props.offered.get().and_then(|offered| {
        let own = offered.ways.iter().find_map(|way| way.terms.language.clone())?;
        LANGUAGES
            .contains(&own.as_str())
            .then(|| fill(text.language_prefers, &[("språk", &language_name(&own, text).to_lowercase())]))
    });
    html! {
        <SelectField id={PersonField::Language.element_id()} label={text.language} {options} {selected} {on_select}
            help={prefers.map(AttrValue::from)} error={props.error(PersonField::Language)} />
    }
}

fn opening(props: &PersonProps, text: &PersonText) -> Html {
    let asked = PersonSwitch::OpeningReceipt.get(&props.form.person.draft);
    let why = || line(props, PersonField::OpeningReason, Some(text.opening_reason_help));
    html! {
        <div class="app-section">
            { switch(props, "opening-receipt", PersonSwitch::OpeningReceipt, text.opening_receipt, text.opening_receipt_help) }
            <div>{ if asked { why() } else { nothing() } }</div>
        </div>
    }
}

fn notices(props: &PersonProps, text: &PersonText) -> Html {
    let way = props.offered.get().and_then(|offered| offered.way(props.form.person.draft.way));
    let (mobile, email) = way.map_or((false, false), |way| {
        (way.terms.mobile && way.terms.notifiable, way.terms.email && way.terms.notifiable)
    });
    let own = way.filter(|way| way.provider.to_lowercase().contains(OWN_NOTICES));
    let own =
        own.map_or_else(nothing, |way| html! { <p>{ fill(text.own_notice, &[("leverandør", &way.provider)]) }</p> });
    let field = |field: PersonField, can: bool, label: &'static str, help: &'static str, cannot: &'static str| {
        let filled = !field.get(&props.form.person.draft).is_empty();
        if can || filled {
            area(props, field, label, help)
        } else {
            html! { <p class="app-help">{ cannot }</p> }
        }
    };
    html! {
        <fieldset class="app-choice">
            <legend class="ds-label">{ text.notice }</legend>
            <p class="app-help">{ text.notice_help }</p>
            <div>{ own }</div>
            <div>{ field(PersonField::Sms, mobile, text.sms, text.sms_help, text.no_mobile) }</div>
            <div>{ field(PersonField::Email, email, text.email, text.email_help, text.no_email) }</div>
            { switch(props, "reminder", PersonSwitch::Reminder, text.reminder, text.reminder_help) }
        </fieldset>
    }
}

/// What the mailbox shows beside the main document.
fn extension(props: &PersonProps, text: &PersonText) -> Html {
    let kind = ExtensionKind::of(&props.form.person.draft.mailbox);
    let options: Vec<AttrValue> = ExtensionKind::ALL.into_iter().map(|one| one.name(text).into()).collect();
    let selected = ExtensionKind::ALL.into_iter().position(|one| one == kind).unwrap_or_default();
    let on_select =
        props.act(|index: usize| PersonAction::Extension(ExtensionKind::ALL.get(index).copied().unwrap_or_default()));
    let field = |field: &ExtensionField| {
        let (one, label) = (PersonField::Extension(*field), field.label(text));
        match field.typed() {
            Typed::Line => line(props, one, None),
            Typed::Area => area(props, one, label, text.event_meeting_help),
            Typed::Date => date(props, one, None),
            Typed::Moment => moment(props, one),
        }
    };
    html! {
        <div class="app-stack">
            <SelectField id="extension" label={text.extension} help={text.extension_help} {options} {selected} {on_select} />
            { for kind.fields().iter().map(field) }
        </div>
    }
}

fn more(props: &PersonProps, text: &PersonText) -> Html {
    const LINK: [PersonField; 3] = [PersonField::LinkUrl, PersonField::LinkText, PersonField::LinkButton];
    let linked = props.form.person.link().is_some();
    let folded = [PersonField::SenderUnit, PersonField::Invoice, PersonField::LinkDeadline].into_iter().chain(LINK);
    let added = ExtensionField::ALL.into_iter().map(PersonField::Extension);
    let open = folded.into_iter().chain(added).any(|field| props.error(field).is_some());
    let link = || {
        html! {
            <div class="app-stack">
                { for LINK.into_iter().map(|field| line(props, field, None)) }
                { date(props, PersonField::LinkDeadline, None) }
            </div>
        }
    };
    html! {
        <details class="ds-details app-section" {open}>
            <summary>{ text.more }</summary>
            <div class="app-stack">
                { line(props, PersonField::SenderUnit, Some(text.sender_unit_help)) }
                { line(props, PersonField::Invoice, Some(text.invoice_help)) }
                { switch(props, "link", PersonSwitch::Link, text.link, text.link_help) }
                <div>{ if linked { link() } else { nothing() } }</div>
                { extension(props, text) }
            </div>
        </details>
    }
}
