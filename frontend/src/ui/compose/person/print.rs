//! A letter on paper: where to, how it looks, and what happens when it is not delivered.

use yew::prelude::*;

use super::PersonProps;
use super::fields::{line, switch};
use crate::flow::compose::{PersonAction, PersonField, PersonSwitch, Postal, Side};
use crate::text::PersonText;
use crate::ui::choice::{RadioField, RadioOption};
use crate::ui::{nothing, use_lang};

/// The section "Adresse og utskrift".
#[component]
pub(super) fn PrintFields(props: &PersonProps) -> Html {
    let text = &use_lang().text().person;
    let from_register = props
        .offered
        .get()
        .is_some_and(|offered| offered.way(props.form.person.draft.way).is_some_and(|way| way.terms.postal.is_some()));
    let plain = |label: &'static str| RadioOption { label: label.into(), help: None };
    let selected = usize::from(PersonSwitch::Destroy.get(&props.form.person.draft));
    html! {
        <>
            { address(props, Side::Recipient, text.to_address, from_register.then_some(text.to_address_help), text) }
            { switch(props, "colour", PersonSwitch::Colour, text.colour, text.colour_help) }
            { switch(props, "priority", PersonSwitch::Priority, text.priority, text.priority_help) }
            <RadioField id="returns" label={text.returns} options={vec![plain(text.return_direct), plain(text.return_destroy)]}
                selected={Some(selected)} on_select={props.act(|index: usize| PersonAction::Turn(PersonSwitch::Destroy, index == 1))} />
            { address(props, Side::Return, text.back_address, Some(text.back_address_help), text) }
            { more(props, text) }
        </>
    }
}

/// "Flere valg".
fn more(props: &PersonProps, text: &PersonText) -> Html {
    let open =
        [PersonField::PrintUnit, PersonField::PrintInvoice].into_iter().any(|field| props.error(field).is_some());
    html! {
        <details class="ds-details app-section" {open}>
            <summary>{ text.more }</summary>
            <div class="app-stack">
                { line(props, PersonField::PrintUnit, Some(text.sender_unit_help)) }
                { line(props, PersonField::PrintInvoice, Some(text.invoice_help)) }
            </div>
        </details>
    }
}

fn address(
    props: &PersonProps,
    side: Side,
    legend: &'static str,
    help: Option<&'static str>,
    text: &PersonText,
) -> Html {
    let field = |part: Postal| {
        let help = (part == Postal::Country).then_some(text.country_help);
        html! { <div key={format!("{part:?}")}>{ line(props, PersonField::Address(side, part), help) }</div> }
    };
    html! {
        <fieldset class="app-choice">
            <legend class="ds-label">{ legend }</legend>
            <div>{ help.map_or_else(nothing, |help| html! { <p class="app-help">{ help }</p> }) }</div>
            <div class="app-address">{ for Postal::ALL.into_iter().map(field) }</div>
        </fieldset>
    }
}
