//! What is known about the chosen recipient, and why the message goes the way it goes.

use konvolutt_shared::address::{LetterField, Reader};
use yew::prelude::*;

use crate::flow::compose::{Delivery, Recipient};
use crate::flow::timeline::Tone;
use crate::text::{fill, orgnr, size};
use crate::ui::age::Fetched;
use crate::ui::page::Load;
use crate::ui::{Alert, TroubleCard, nothing, use_lang};

/// Properties of [`RecipientCard`].
#[derive(Debug, Properties, PartialEq)]
pub(crate) struct RecipientCardProps {
    /// The chosen one.
    pub recipient: Recipient,
    /// What it can receive.
    pub delivery: Load<Delivery>,
    /// What the channel does not carry.
    pub loses: Vec<LetterField>,
    /// Whether it cannot be changed (reply).
    pub locked: bool,
    /// A person wants another recipient.
    pub on_change: Callback<()>,
    /// Ask again.
    pub on_retry: Callback<()>,
}

/// The region "Om mottakeren".
#[component]
pub(crate) fn RecipientCard(props: &RecipientCardProps) -> Html {
    let lang = use_lang();
    let text = &lang.text().compose;
    let onclick = props.on_change.reform(|_: MouseEvent| ());
    html! {
        <section id="recipient" class="ds-card app-card" data-color="neutral" aria-label={text.about} tabindex="-1">
            <p class="app-card-name"><strong>{ &props.recipient.name }</strong>{ " " }<span class="app-nowrap">{ orgnr(&props.recipient.orgnr) }</span></p>
            if props.recipient.bankrupt {
                <Alert tone={Tone::Warning}><p>{ fill(text.bankrupt, &[("navn", &props.recipient.name)]) }</p></Alert>
            }
            <div role="status">{ known(props, lang) }</div>
            <div>{ age(&props.delivery) }</div>
            <div class="app-buttons">
                if props.locked {
                    <p class="app-small">{ text.locked_recipient }</p>
                } else {
                    <button type="button" class="ds-button" data-color="accent" data-variant="secondary" data-size="sm" {onclick}>{ text.change_recipient }</button>
                }
            </div>
        </section>
    }
}

fn age(delivery: &Load<Delivery>) -> Html {
    delivery.get().map_or_else(nothing, |delivery| html! { <Fetched at={delivery.asked} /> })
}

fn known(props: &RecipientCardProps, lang: crate::text::Lang) -> Html {
    let text = &lang.text().compose;
    match &props.delivery {
        Load::Waiting => html! { <p>{ text.looking_up }</p> },
        Load::Failed(trouble) => {
            let onclick = props.on_retry.reform(|_: MouseEvent| ());
            html! {
                <TroubleCard trouble={trouble.clone()}>
                    <button type="button" class="ds-button" data-color="accent" data-variant="secondary" data-size="sm" {onclick}>{ lang.text().frame.try_again }</button>
                </TroubleCard>
            }
        }
        Load::Here(delivery) => {
            html! { <Capabilities name={props.recipient.name.clone()} delivery={delivery.clone()} loses={props.loses.clone()} /> }
        }
    }
}

#[derive(Debug, Properties, PartialEq)]
struct CapabilitiesProps {
    name: String,
    delivery: Delivery,
    loses: Vec<LetterField>,
}

#[component]
fn Capabilities(props: &CapabilitiesProps) -> Html {
    let lang = use_lang();
    let text = &lang.text().compose;
    let open = use_state(|| false);
    let onclick = {
        let open = open.clone();
        move |_| open.set(!*open)
    };
    let name = [("navn", props.name.as_str())];
    let way = text.way(props.delivery.reader);
    let reply = if props.delivery.can_reply { text.can_reply } else { text.cannot_reply };
    let limit = fill(text.limit, &[("max", &size(props.delivery.max_bytes, lang))]);
    // How long the others take nobody has told.
    let is_straight = props.delivery.reader == Reader::Recipient;
    let speed = if is_straight { fill(text.speed, &[("tid", text.two_minutes)]) } else { String::new() };
    html! {
        <>
            <p>{ fill(way.sentence, &name) }</p>
            <p>{ fill(reply, &name) }{ " " }{ limit }{ " " }{ speed }</p>
            <p>{ way.encryption }</p>
            <div>{ lost(&props.loses, way.name, lang) }</div>
            <button type="button" class="ds-button" data-color="accent" data-variant="tertiary" data-size="sm" aria-expanded={if *open { "true" } else { "false" }} aria-controls="recipient-why" {onclick}>{ text.why }</button>
            <div id="recipient-why" hidden={!*open}>
                { if *open { reasons(&props.delivery, text) } else { nothing() } }
            </div>
        </>
    }
}

/// What does not reach the recipient this way.
pub(super) fn lost(fields: &[LetterField], way: &str, lang: crate::text::Lang) -> Html {
    if fields.is_empty() {
        return nothing();
    }
    let values = [("leveringsmåte", way), ("liste", &lang.text().fields(fields))];
    html! { <p>{ fill(lang.text().channel.loses, &values) }</p> }
}

fn reasons(delivery: &Delivery, text: &crate::text::ComposeText) -> Html {
    html! {
        <ul>
            { for delivery.reasons.iter().enumerate().map(|(index, reason)| html! { <li key={index}>{ reason }</li> }) }
            // Elsewhere there is no certificate of the recipient's to check.
            if delivery.reader == Reader::Recipient {
                <li key="verified">{ text.why_verified }</li>
            }
            <li key="rest">{ text.way(delivery.reader).rest }</li>
        </ul>
    }
}
