//! Messages to the person: what happened, whether something was sent, and what to do.

use konvolutt_shared::finding::{Finding, Severity};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::prelude::*;

use super::{nothing, use_lang};
use crate::flow::timeline::Tone;
use crate::flow::trouble::{Trouble, once};
use crate::text::{WasSent, fill, problem, remark};

/// Properties of [`Alert`].
#[derive(Debug, Properties, PartialEq)]
pub struct AlertProps {
    /// Colour and sign.
    pub tone: Tone,
    /// What it says.
    pub children: Html,
}

/// A coloured box with a sign.
#[component]
pub fn Alert(props: &AlertProps) -> Html {
    // Designsystemet's alert draws the sign by itself, from the colour.
    html! { <div class="ds-alert" data-color={props.tone.color()}>{ props.children.clone() }</div> }
}

/// Properties of [`TroubleCard`].
#[derive(Debug, Properties, PartialEq)]
pub struct TroubleProps {
    /// What went wrong.
    pub trouble: Trouble,
    /// Whether nothing was being sent, so that nothing is said of it.
    #[prop_or_default]
    pub aside: bool,
    /// Buttons under it.
    #[prop_or_default]
    pub children: Html,
}

/// Anything that went wrong, always in the same order: heading, was anything sent, what now, code.
#[component]
pub fn TroubleCard(props: &TroubleProps) -> Html {
    let lang = use_lang();
    let frame = &lang.text().frame;
    let text = props.trouble.text(lang);
    let sent = match text.was_sent {
        _ if props.aside => None,
        WasSent::No => Some(frame.sent_no),
        WasSent::Yes => Some(frame.sent_yes),
        WasSent::Maybe => Some(frame.sent_maybe),
        WasSent::Waiting => Some(frame.sent_waiting),
        WasSent::Unsaid => None,
    };
    let code = props.trouble.code.as_str();
    let details = props.trouble.trace.as_ref().map_or_else(|| code.to_owned(), |trace| format!("{code} {trace}"));
    html! {
        <div class="ds-alert app-trouble" data-color="danger" role="alert">
            <h2 class="ds-heading" data-size="xs">{ text.heading }</h2>
            <div>{ sent.map_or_else(nothing, |sent| html! { <p><strong>{ frame.was_sent }</strong>{ " " }{ sent }</p> }) }</div>
            <p><strong>{ frame.what_now }</strong>{ " " }{ text.what_now }</p>
            <p class="app-small">
                { fill(frame.code, &[("kode", code)]) }
                { " " }
                <span>{ props.trouble.trace.as_ref().map_or_else(nothing, |id| html! { <span>{ fill(frame.trace, &[("id", id)]) }{ " " }</span> }) }</span>
                <a class="ds-link" href={format!("/hjelp/feil/{code}")} target="_blank" rel="noopener">{ frame.explain }</a>
                { " " }
                <CopyButton text={details} />
            </p>
            <div class="app-buttons">{ props.children.clone() }</div>
        </div>
    }
}

#[derive(Debug, Properties, PartialEq)]
struct CopyProps {
    text: String,
}

#[component]
fn CopyButton(props: &CopyProps) -> Html {
    let frame = &use_lang().text().frame;
    let copied = use_state(|| false);
    let onclick = {
        let (copied, text) = (copied.clone(), props.text.clone());
        move |_| {
            let (copied, text) = (copied.clone(), text.clone());
            spawn_local(async move {
                let Some(window) = web_sys::window() else { return };
                let done = JsFuture::from(window.navigator().clipboard().write_text(&text)).await.is_ok();
                copied.set(done);
            });
        }
    };
    html! {
        <span>
            <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" data-color="neutral" {onclick}>{ frame.copy }</button>
            <span role="status">{ if *copied { frame.copied } else { "" } }</span>
        </span>
    }
}

/// Properties of [`FindingList`].
#[derive(Debug, Properties, PartialEq)]
pub struct FindingListProps {
    /// What was found.
    pub findings: Vec<Finding>,
    /// Name of the list.
    pub label: AttrValue,
    /// Whether they are about a message that whoever looks has not written.
    #[prop_or_default]
    pub reading: bool,
}

/// Findings as a list, each text once: heading, what to do, code.
#[component]
pub fn FindingList(props: &FindingListProps) -> Html {
    let lang = use_lang();
    let row = |(index, finding): (usize, &Finding)| {
        let text = if props.reading { remark(finding, lang) } else { problem(finding.code, lang) };
        let tone = match finding.severity {
            Severity::Error => Tone::Danger,
            Severity::Warning => Tone::Warning,
            Severity::Info => Tone::Info,
        };
        html! {
            <li key={index} class="app-finding">
                <span class="ds-tag" data-color={tone.color()} aria-hidden="true">{ tone.sign() }</span>
                <span>
                    <strong>{ text.heading }</strong>{ ". " }{ text.what_now }{ " " }
                    <code class="app-small">{ finding.code.as_str() }</code>
                </span>
            </li>
        }
    };
    html! { <ul class="app-plain" role="list" aria-label={&props.label}>{ for once(&props.findings).into_iter().enumerate().map(row) }</ul> }
}
