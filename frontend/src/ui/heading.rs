//! The one `h1` of a page. It takes focus when the page comes, so that a screen reader tells where one is.

use std::cell::Cell;

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::text::Lang;

thread_local! {
    /// Whether no page has been shown yet.
    static FIRST: Cell<bool> = const { Cell::new(true) };
}

/// What the window's title says besides the page's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TitleParts {
    /// Organisation one acts for; never a recipient.
    pub organisation: Option<AttrValue>,
    /// Whether the sandbox plays the outside.
    pub test: bool,
}

/// Properties of [`PageHeading`].
#[derive(Debug, Properties, PartialEq)]
pub struct HeadingProps {
    /// The heading.
    pub text: AttrValue,
    /// Name for the window's title where the heading would tell too much (it lands in the browser's history).
    #[prop_or_default]
    pub public_name: Option<AttrValue>,
}

/// The heading of a page.
#[component]
pub fn PageHeading(props: &HeadingProps) -> Html {
    let node = use_node_ref();
    let lang = use_context::<Lang>().unwrap_or_default();
    let parts = use_context::<TitleParts>().unwrap_or_default();
    let name = props.public_name.clone().unwrap_or_else(|| props.text.clone());
    use_effect_with((name, parts, lang), |(name, parts, lang)| {
        let frame = &lang.text().frame;
        let organisation = parts.organisation.as_ref().map(|name| format!(" – {name}")).unwrap_or_default();
        let test = if parts.test { frame.test_prefix } else { "" };
        if let Some(document) = web_sys::window().and_then(|window| window.document()) {
            document.set_title(&format!("{test}{name}{organisation} – {}", frame.product));
        }
    });
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            // On the first load focus stays at the top; after a click on a link it would be lost with the old page.
            let is_first = FIRST.replace(false);
            if let Some(heading) = node.cast::<HtmlElement>().filter(|_| !is_first) {
                let _ = heading.focus();
            }
        });
    }
    html! { <h1 ref={node} class="ds-heading app-title" data-size="lg" tabindex="-1">{ &props.text }</h1> }
}

/// The value of an input, text area or select that an event came from.
pub(crate) fn value_of(event: &Event) -> String {
    let Some(target) = event.target() else { return String::new() };
    if let Some(input) = target.dyn_ref::<web_sys::HtmlInputElement>() {
        return input.value();
    }
    if let Some(area) = target.dyn_ref::<web_sys::HtmlTextAreaElement>() {
        return area.value();
    }
    target.dyn_ref::<web_sys::HtmlSelectElement>().map(web_sys::HtmlSelectElement::value).unwrap_or_default()
}
