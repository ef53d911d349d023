//! `/logg-inn`: one button per sandbox person.

use konvolutt_shared::api::{Person, Session};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::app::Choices;
use super::frame::{ChoiceButtons, test_band};
use crate::backend::Backend;
use crate::flow::trouble::Trouble;
use crate::text::{fill, orgnr};
use crate::ui::page::{Load, LoadFailed};
use crate::ui::{PageHeading, TroubleCard, nothing};

/// Properties of [`SignIn`].
#[derive(Properties, PartialEq)]
pub(crate) struct SignInProps {
    /// Language and theme.
    pub choices: Choices,
    /// It worked.
    pub on_signed_in: Callback<Session>,
}

/// The sign-in page. The address stays, so that one comes back to where one was.
#[component]
pub(crate) fn SignIn(props: &SignInProps) -> Html {
    let frame = &props.choices.lang.text().frame;
    let people = use_state(|| Load::<Vec<Person>>::Waiting);
    let trouble = use_state(|| None::<Trouble>);
    let load = {
        let people = people.clone();
        Callback::from(move |()| {
            let people = people.clone();
            spawn_local(async move {
                let found = Backend::by_cookie().people().await;
                people.set(found.map_or_else(|failure| Load::Failed(failure.into()), Load::Here));
            });
        })
    };
    {
        let load = load.clone();
        use_effect_with((), move |()| load.emit(()));
    }
    let sign_in = {
        let (trouble, on_signed_in) = (trouble.clone(), props.on_signed_in.clone());
        Callback::from(move |person: String| {
            let (trouble, on_signed_in) = (trouble.clone(), on_signed_in.clone());
            spawn_local(async move {
                match Backend::by_cookie().sign_in(&person).await {
                    Ok(session) => on_signed_in.emit(session),
                    Err(failure) => trouble.set(Some(failure.into())),
                }
            });
        })
    };
    let body = match &*people {
        Load::Waiting => html! { <p role="status">{ frame.loading }</p> },
        Load::Failed(trouble) => html! { <LoadFailed trouble={trouble.clone()} on_retry={load} /> },
        Load::Here(people) if people.is_empty() => html! { <p>{ frame.sign_in_none }</p> },
        Load::Here(people) => html! {
            <>
                <p>{ frame.sign_in_lead }</p>
                <ul class="app-plain app-stack" role="list">{ for people.iter().map(|person| row(person, &sign_in, frame.sign_in_as)) }</ul>
            </>
        },
    };
    let is_sandbox = people.get().is_some_and(|people| !people.is_empty());
    html! {
        <>
            <div>{ test_band(is_sandbox, frame.test_band, frame.notices) }</div>
            <header class="app-header"><div class="app-header-row"><span class="app-logo">{ frame.product }</span><ChoiceButtons choices={props.choices.clone()} /></div></header>
            <main id="main" class="app-main app-narrow" tabindex="-1">
                <PageHeading text={frame.sign_in_title} />
                <div class="app-stack">{ body }</div>
                <div>{ trouble.as_ref().map_or_else(nothing, |trouble| html! { <TroubleCard trouble={trouble.clone()} /> }) }</div>
                <p>{ frame.sign_in_privacy }</p>
            </main>
        </>
    }
}

fn row(person: &Person, sign_in: &Callback<String>, template: &str) -> Html {
    let id = person.id.clone();
    let onclick = sign_in.reform(move |_: MouseEvent| id.clone());
    let organisations: Vec<_> =
        person.organisations.iter().map(|one| format!("{} ({})", one.name, orgnr(&one.orgnr))).collect();
    html! {
        <li key={person.id.clone()} class="ds-card app-card" data-color="neutral">
            <button type="button" class="ds-button app-break" data-color="accent" data-variant="primary" {onclick}>{ fill(template, &[("navn", &person.name)]) }</button>
            <p class="app-small">{ organisations.join(", ") }</p>
        </li>
    }
}
