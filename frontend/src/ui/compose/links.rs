//! Links to answer at, which Altinn's inbox shows as buttons.

use konvolutt_shared::dpv::{MAX_LINK_TEXT, MAX_LINKS};
use yew::prelude::*;

use crate::flow::compose::{ADD_LINK, Action, Choice, Field, Form, LinkChange, LinkPart, Mistake};
use crate::text::{ChannelText, fill};
use crate::ui::{TextField, nothing, use_lang};

/// Properties of [`ReplyLinks`].
#[derive(Debug, Properties, PartialEq)]
pub(super) struct LinksProps {
    /// The letter.
    pub form: Form,
    /// What is wrong.
    pub mistakes: Vec<Mistake>,
    /// A person added, removed or typed.
    pub on_action: Callback<Action>,
}

/// The group "Svarlenker".
#[component]
pub(super) fn ReplyLinks(props: &LinksProps) -> Html {
    let text = &use_lang().text().channel;
    let count = props.form.choices.links.count();
    let change =
        |change: LinkChange| props.on_action.reform(move |_: MouseEvent| Action::Choose(Choice::Link(change.clone())));
    let add = if count < MAX_LINKS {
        html! { <button id={ADD_LINK} type="button" class="ds-button" data-variant="secondary" data-size="sm" onclick={change(LinkChange::Add)}>{ text.link_add }</button> }
    } else {
        nothing()
    };
    let row = |place: usize| {
        let remove = fill(text.link_remove, &[("n", &(place + 1).to_string())]);
        html! {
            <li key={place} class="app-stack">
                { part(props, text, place, LinkPart::Url) }
                { part(props, text, place, LinkPart::Text) }
                <div><button type="button" class="ds-button" data-variant="tertiary" data-color="danger" data-size="sm" onclick={change(LinkChange::Remove(place))}>{ remove }</button></div>
            </li>
        }
    };
    html! {
        <fieldset class="app-choice">
            <legend class="ds-label">{ text.links }</legend>
            <p class="app-help">{ fill(text.links_help, &[("max", &MAX_LINKS.to_string())]) }</p>
            <ul class="app-plain app-stack" role="list" aria-label={text.links}>{ for (0..count).map(row) }</ul>
            <div>{ add }</div>
        </fieldset>
    }
}

fn part(props: &LinksProps, text: &ChannelText, place: usize, part: LinkPart) -> Html {
    let (label, help) = match part {
        LinkPart::Url => (text.link_url, text.link_url_help.to_owned()),
        LinkPart::Text => (text.link_text, fill(text.link_text_help, &[("max", &MAX_LINK_TEXT.to_string())])),
    };
    let label = fill(label, &[("n", &(place + 1).to_string())]);
    let error = props.mistakes.iter().find(|mistake| mistake.field == Field::Link(place, part));
    let on_input =
        props.on_action.reform(move |value| Action::Choose(Choice::Link(LinkChange::Type(place, part, value))));
    html! {
        <TextField id={part.element_id(place)} {label} {help} required={part == LinkPart::Url}
            value={props.form.choices.links.get(place, part).to_owned()}
            error={error.map(|mistake| AttrValue::from(mistake.text.clone()))} {on_input} />
    }
}
