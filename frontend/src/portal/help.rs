//! `/hjelp/statuser` and `/hjelp/feil/{kode}`.

use konvolutt_shared::finding::Code;
use yew::prelude::*;
use yew_router::prelude::*;

use super::Route;
use crate::flow::glossary::meanings;
use crate::flow::timeline::Row;
use crate::flow::trouble::Trouble;
use crate::text::fill;
use crate::ui::{PageHeading, StatusTag, TroubleCard, use_lang};

/// What the statuses mean.
#[component]
pub(crate) fn Statuses() -> Html {
    let lang = use_lang();
    let frame = &lang.text().frame;
    let item = |row: Row| {
        html! { <div key={row.explanation}><dt><StatusTag tone={row.tone} label={row.label} /></dt><dd>{ row.explanation }{ " " }{ row.next }</dd></div> }
    };
    html! {
        <>
            <PageHeading text={frame.help_statuses} />
            <p>{ frame.help_statuses_lead }</p>
            <dl class="app-facts">{ for meanings(lang).into_iter().map(item) }</dl>
        </>
    }
}

/// Properties of [`Error`].
#[derive(Debug, Properties, PartialEq)]
pub(crate) struct ErrorProps {
    /// The stable code of the address.
    pub code: String,
}

/// What an error means.
#[component]
pub(crate) fn Error(props: &ErrorProps) -> Html {
    let frame = &use_lang().text().frame;
    let known = Code::ALL.iter().copied().find(|code| code.as_str() == props.code);
    let (heading, body) = match known {
        Some(code) => {
            let heading = fill(frame.help_error, &[("kode", code.as_str())]);
            (heading, html! { <TroubleCard trouble={Trouble::of(code)} /> })
        }
        None => (frame.not_found_title.to_owned(), html! { <p>{ frame.help_error_unknown }</p> }),
    };
    html! {
        <>
            <PageHeading text={heading} public_name={frame.help} />
            <div>{ body }</div>
            <p><Link<Route> classes="ds-link" to={Route::HelpStatuses}>{ frame.help_statuses }</Link<Route>></p>
        </>
    }
}
