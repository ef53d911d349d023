//! Who it is, what kind of letter it is, how it goes and why.

use konvolutt_shared::address::{PersonKind, PersonWay};
use konvolutt_shared::finding::Code;
use yew::prelude::*;

use super::super::card::lost;
use super::PersonProps;
use crate::flow::compose::{
    Offered, PersonAction, PersonField, Recipient, Way, grouped, person_reason, person_sentence, way_name,
};
use crate::flow::timeline::Tone;
use crate::flow::trouble::Trouble;
use crate::text::{fill, size};
use crate::ui::age::Fetched;
use crate::ui::alert::FindingList;
use crate::ui::choice::{RadioField, RadioOption};
use crate::ui::page::Load;
use crate::ui::{Alert, TroubleCard, nothing, use_lang};

const KINDS: [PersonKind; 2] = [PersonKind::Decision, PersonKind::Information];

/// Properties of [`PersonCard`].
#[derive(Debug, Properties, PartialEq)]
pub(crate) struct PersonCardProps {
    /// The person.
    pub recipient: Recipient,
    /// Somebody else shall have it.
    pub on_change: Callback<()>,
}

/// The region "Om mottakeren".
#[component]
pub(crate) fn PersonCard(props: &PersonCardProps) -> Html {
    let text = use_lang().text();
    let number = fill(text.person.number, &[("nr", &grouped(&props.recipient.orgnr))]);
    let (who, known) = if props.recipient.is_unnumbered() {
        (text.person.unnumbered, html! { <p key="help">{ text.person.unnumbered_help }</p> })
    } else {
        (text.person.private, html! { <p key="number" class="app-nowrap">{ number }</p> })
    };
    let onclick = props.on_change.reform(|_: MouseEvent| ());
    html! {
        <section id="recipient" class="ds-card app-card" data-color="neutral" aria-label={text.compose.about} tabindex="-1">
            <p class="app-card-name"><strong>{ who }</strong></p>
            <div>{ known }</div>
            <p>{ text.person.cannot_reply }</p>
            <div class="app-buttons">
                <button type="button" class="ds-button" data-color="accent" data-variant="secondary" data-size="sm" {onclick}>{ text.compose.change_recipient }</button>
            </div>
        </section>
    }
}

/// Properties of [`PersonDelivery`].
#[derive(Debug, Properties, PartialEq)]
pub(crate) struct PersonDeliveryProps {
    /// The letter and its ways.
    pub person: PersonPropsRef,
    /// Ask again.
    pub on_retry: Callback<()>,
}

/// The same parts that the fields get.
pub(crate) type PersonPropsRef = std::rc::Rc<PersonProps>;

/// Kind and way.
#[component]
pub(crate) fn PersonDelivery(props: &PersonDeliveryProps) -> Html {
    let text = &use_lang().text().person;
    let person = &props.person;
    let option = |label: &'static str, help: &'static str| RadioOption { label: label.into(), help: Some(help.into()) };
    let options = vec![option(text.decision, text.decision_help), option(text.information, text.information_help)];
    let selected = KINDS.iter().position(|kind| *kind == person.form.person.draft.kind);
    let on_select = person.act(|index: usize| PersonAction::Kind(KINDS.get(index).copied().unwrap_or_default()));
    // On paper it is all the same, and there is no other way without a number.
    let kind = if person.form.person.draft.unnumbered {
        nothing()
    } else {
        html! { <RadioField id="person-kind" label={text.kind} {options} {selected} {on_select} /> }
    };
    html! {
        <div class="app-stack">
            <div>{ kind }</div>
            <section class="ds-card app-card" data-color="neutral" aria-label={text.delivery}>
                <h2 class="ds-heading" data-size="xs">{ text.delivery }</h2>
                { known(props) }
            </section>
        </div>
    }
}

fn known(props: &PersonDeliveryProps) -> Html {
    match &props.person.offered {
        Load::Waiting => html! { <div key="waiting" role="status"><Waiting /></div> },
        Load::Failed(trouble) => {
            html! { <div key="failed" class="app-stack"><Unreachable trouble={trouble.clone()} on_retry={props.on_retry.clone()} /></div> }
        }
        Load::Here(offered) => {
            html! { <div key="here" class="app-section"><Ways person={props.person.clone()} offered={offered.clone()} /></div> }
        }
    }
}

#[component]
fn Waiting() -> Html {
    let text = &use_lang().text().compose;
    html! { <p>{ text.looking_up }</p> }
}

#[derive(Debug, Properties, PartialEq)]
struct UnreachableProps {
    trouble: Trouble,
    on_retry: Callback<()>,
}

/// A person who cannot be reached is no fault of anybody's; anything else is.
#[component]
fn Unreachable(props: &UnreachableProps) -> Html {
    let text = use_lang().text();
    let nobody = [Code::RecipientUnknown, Code::RecipientNoProcess, Code::RecipientNoDocumentType];
    if nobody.contains(&props.trouble.code) {
        return html! { <div key="nobody" role="alert"><Alert tone={Tone::Warning}><p>{ text.person.unreachable }</p></Alert></div> };
    }
    let onclick = props.on_retry.reform(|_: MouseEvent| ());
    html! {
        <div key="trouble">
            <TroubleCard trouble={props.trouble.clone()}>
                <button type="button" class="ds-button" data-color="accent" data-variant="secondary" data-size="sm" {onclick}>{ text.frame.try_again }</button>
            </TroubleCard>
        </div>
    }
}

#[derive(Debug, Properties, PartialEq)]
struct WaysProps {
    person: PersonPropsRef,
    offered: Offered,
}

#[component]
fn Ways(props: &WaysProps) -> Html {
    let lang = use_lang();
    let text = &lang.text().person;
    let open = use_state(|| false);
    let Some(way) = props.offered.way(props.person.form.person.draft.way) else { return nothing() };
    let onclick = {
        let open = open.clone();
        move |_| open.set(!*open)
    };
    let compose = &lang.text().compose;
    let limit = fill(compose.limit, &[("max", &size(way.terms.capability.max_bytes, lang))]);
    let lacking = if props.offered.lacks_mailbox() {
        html! { <p>{ text.no_mailbox }</p> }
    } else {
        nothing()
    };
    html! {
        <>
            <div>{ lacking }</div>
            <div>{ choice(props) }</div>
            <p role="status">{ person_sentence(&props.offered, way, lang) }</p>
            <p>{ compose.way(way.terms.reader).encryption }{ " " }{ limit }</p>
            <div>{ lost(&way.terms.capability.loses, way_name(way.terms.way, text), lang) }</div>
            <Fetched at={props.offered.asked} />
            <div>{ left_out(way, text.left_out) }</div>
            <button type="button" class="ds-button" data-color="accent" data-variant="tertiary" data-size="sm" aria-expanded={if *open { "true" } else { "false" }} aria-controls="person-why" {onclick}>{ compose.why }</button>
            <div id="person-why" hidden={!*open}>{ reasons(way, lang) }</div>
        </>
    }
}

/// Why the registry's other ways are not offered: nobody is moved to paper without a word.
fn left_out(way: &Way, label: &'static str) -> Html {
    if way.findings.is_empty() {
        return nothing();
    }
    html! { <Alert tone={Tone::Warning}><p>{ label }</p><FindingList {label} findings={way.findings.clone()} /></Alert> }
}

/// The radio buttons, where the sender may choose.
fn choice(props: &WaysProps) -> Html {
    if props.offered.ways.len() < 2 {
        return nothing();
    }
    let ways: Vec<PersonWay> = props.offered.ways.iter().map(|way| way.terms.way).collect();
    html! { <WayChoice person={props.person.clone()} {ways} /> }
}

#[derive(Debug, Properties, PartialEq)]
struct WayChoiceProps {
    person: PersonPropsRef,
    ways: Vec<PersonWay>,
}

#[component]
fn WayChoice(props: &WayChoiceProps) -> Html {
    let text = &use_lang().text().person;
    let option = |way: &PersonWay| RadioOption { label: way_name(*way, text).into(), help: None };
    let options: Vec<_> = props.ways.iter().map(option).collect();
    let selected = props.ways.iter().position(|way| *way == props.person.form.person.draft.way);
    let ways = props.ways.clone();
    let on_select =
        props.person.act(move |index: usize| PersonAction::Way(ways.get(index).copied().unwrap_or_default()));
    let error = props.person.error(PersonField::Way);
    html! { <RadioField id={PersonField::Way.element_id()} label={text.way_choice} {options} {selected} {on_select} {error} /> }
}

fn reasons(way: &Way, lang: crate::text::Lang) -> Html {
    let sentences = way.terms.reasons.iter().map(|reason| person_reason(reason, lang)).filter(|text| !text.is_empty());
    html! {
        <ul>
            { for sentences.enumerate().map(|(index, sentence)| html! { <li key={index}>{ sentence }</li> }) }
            <li key="rest">{ lang.text().compose.way(way.terms.reader).rest }</li>
        </ul>
    }
}
