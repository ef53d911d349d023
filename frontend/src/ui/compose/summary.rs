//! All mistakes at once, each a link to its field.

use yew::prelude::*;

use crate::flow::compose::Mistake;
use crate::ui::{focus, use_lang};

/// The summary's element.
pub(super) const ID: &str = "error-summary";

/// Properties of [`ErrorSummary`].
#[derive(Debug, Properties, PartialEq)]
pub(crate) struct ErrorSummaryProps {
    /// What is wrong, in the order of the page.
    pub mistakes: Vec<Mistake>,
}

/// The region "For å gå videre må du rette opp følgende feil".
#[component]
pub(crate) fn ErrorSummary(props: &ErrorSummaryProps) -> Html {
    let text = &use_lang().text().compose;
    let item = |(index, mistake): (usize, &Mistake)| {
        let id = mistake.field.element_id();
        let href = format!("#{id}");
        // Focus is moved by hand: following the link would make the router read a new address.
        let onclick = move |event: MouseEvent| {
            event.prevent_default();
            focus(&id);
        };
        html! { <li key={index}><a class="ds-link" {href} {onclick}>{ &mistake.text }</a></li> }
    };
    html! {
        <section id={ID} class="ds-error-summary" tabindex="-1" aria-labelledby="error-summary-heading">
            <h2 id="error-summary-heading" class="ds-heading" data-size="xs">{ text.errors }</h2>
            <ul class="ds-list">{ for props.mistakes.iter().enumerate().map(item) }</ul>
        </section>
    }
}
