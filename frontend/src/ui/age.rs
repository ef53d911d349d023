//! How old an answer is, told anew while it grows older.

use gloo::timers::callback::Interval;
use jiff::Timestamp;
use yew::prelude::*;

use super::use_lang;
use crate::text::{ago, fill};

/// How often it is told anew, in milliseconds: what is said is in minutes.
const EVERY: u32 = 10_000;

/// Properties of [`Fetched`].
#[derive(Debug, Properties, PartialEq)]
pub(crate) struct FetchedProps {
    /// When it was asked for, by this browser's clock.
    pub at: Timestamp,
}

/// «Hentet for 3 minutter siden.» Not for a live region: it changes by itself.
#[component]
pub(crate) fn Fetched(props: &FetchedProps) -> Html {
    let lang = use_lang();
    let now = use_state(crate::backend::now);
    {
        let now = now.clone();
        use_effect_with(props.at, move |_| {
            now.set(crate::backend::now());
            let every = Interval::new(EVERY, move || now.set(crate::backend::now()));
            move || drop(every)
        });
    }
    let time = ago(now.duration_since(props.at).as_secs(), lang);
    html! { <p class="app-small">{ fill(lang.text().compose.fetched, &[("tid", &time)]) }</p> }
}
