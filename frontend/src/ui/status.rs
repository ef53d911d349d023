//! Statuses: a tag in lists, a timeline on the message's page.

use konvolutt_shared::address::Channel;
use konvolutt_shared::api::StatusEvent;
use yew::prelude::*;

use super::{nothing, use_lang};
use crate::flow::timeline::{Row, Tone, rows};
use crate::text::{date_time, fill};

/// Properties of [`StatusTag`].
#[derive(Debug, Properties, PartialEq)]
pub struct StatusTagProps {
    /// How it feels.
    pub tone: Tone,
    /// The word.
    pub label: &'static str,
}

/// A status as sign, word and colour.
#[component]
pub fn StatusTag(props: &StatusTagProps) -> Html {
    html! {
        <span class="ds-tag" data-color={props.tone.color()}>
            <span aria-hidden="true">{ props.tone.sign() }</span><span>{ props.label }</span>
        </span>
    }
}

/// Properties of [`Timeline`].
#[derive(Debug, Properties, PartialEq)]
pub struct TimelineProps {
    /// Oldest first.
    pub events: Vec<StatusEvent>,
    /// How the message travels.
    pub channel: Option<Channel>,
}

/// Every event, newest first.
#[component]
pub fn Timeline(props: &TimelineProps) -> Html {
    let lang = use_lang();
    let text = &lang.text().message;
    let item = |row: Row| {
        let quote = row.quote.as_ref();
        html! {
            <li key={row.cursor} class="app-event" data-color={row.tone.color()}>
                <p>
                    <StatusTag tone={row.tone} label={row.label} />
                    { " " }<time datetime={row.at.to_string()}>{ date_time(row.at, lang) }</time>
                </p>
                <p>{ row.explanation }</p>
                <div>{ quote.map_or_else(nothing, |quote| html! { <blockquote class="app-quote">{ quote }</blockquote> }) }</div>
                <div>{ row.note.map_or_else(nothing, |note| html! { <p><strong>{ note }</strong></p> }) }</div>
                if let Some(by) = &row.by {
                    <p>{ by }</p>
                }
                <p class="app-small">{ fill(text.source, &[("kilde", row.source)]) }</p>
            </li>
        }
    };
    let newest_first = rows(&props.events, props.channel, lang).into_iter().rev().map(item);
    html! { <ol class="app-timeline" role="list" aria-label={text.events} reversed=true>{ for newest_first }</ol> }
}
