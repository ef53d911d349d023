//! `/logg-inn`: the way to the provider, and the choice of an organisation for those who may act for several.

use gloo::events::EventListener;
use konvolutt_shared::api::{OrganisationAccess, Session};
use konvolutt_shared::finding::Code;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::app::Choices;
use super::browser;
use super::frame::{ChoiceButtons, test_band};
use crate::backend::Backend;
use crate::flow::trouble::Trouble;
use crate::text::orgnr;
use crate::ui::{PageHeading, TroubleCard, nothing};

/// Where a failed sign-in ends, with a code.
const PAGE: &str = "/logg-inn";

/// Properties of [`SignIn`].
#[derive(Properties, PartialEq)]
pub(crate) struct SignInProps {
    /// Language and theme.
    pub choices: Choices,
}

/// The sign-in page. The address stays, so that one comes back to where one was.
#[component]
pub(crate) fn SignIn(props: &SignInProps) -> Html {
    let lang = props.choices.lang;
    let frame = &lang.text().frame;
    let sandbox = use_state(|| None::<bool>);
    {
        let sandbox = sandbox.clone();
        use_effect_with((), move |()| {
            spawn_local(async move {
                sandbox.set(Some(Backend::by_cookie().trust().await.is_ok_and(|trust| trust.sandbox)));
            });
        });
    }
    // What comes later would push the button away from under the pointer.
    let Some(sandbox) = *sandbox else { return nothing() };
    let here = browser::here();
    let href = Backend::sign_in_address(back(&here), lang.tag());
    let trouble = trouble(&here).map_or_else(nothing, |trouble| html! { <TroubleCard {trouble} /> });
    let test = if sandbox {
        html! { <p>{ frame.sign_in_test }</p> }
    } else {
        nothing()
    };
    html! {
        <Bare choices={props.choices.clone()} {sandbox} title={frame.sign_in_title}>
            <div>{ trouble }</div>
            <div class="app-stack">
                <p>{ frame.sign_in_lead }</p>
                <div>{ test }</div>
                <p><a class="ds-button" data-color="accent" data-variant="primary" {href}>{ frame.sign_in_title }</a></p>
            </div>
            <p>{ frame.sign_in_privacy }</p>
        </Bare>
    }
}

/// Properties of [`ChooseOrganisation`].
#[derive(Properties, PartialEq)]
pub(crate) struct ChooseProps {
    /// Who is signed in.
    pub session: Session,
    /// Language and theme.
    pub choices: Choices,
    /// One was chosen.
    pub on_choose: Callback<OrganisationAccess>,
}

/// One button per organisation.
#[component]
pub(crate) fn ChooseOrganisation(props: &ChooseProps) -> Html {
    let frame = &props.choices.lang.text().frame;
    let item = |one: &OrganisationAccess| {
        let chosen = one.clone();
        let onclick = props.on_choose.reform(move |_: MouseEvent| chosen.clone());
        html! {
            <li key={one.orgnr.clone()} class="ds-card app-card" data-color="neutral">
                <button type="button" class="ds-button app-break" data-color="accent" data-variant="primary" {onclick}>{ &one.name }</button>
                <p class="app-small">{ orgnr(&one.orgnr) }</p>
            </li>
        }
    };
    html! {
        <Bare choices={props.choices.clone()} sandbox={props.session.sandbox} title={frame.choose_organisation}>
            <div class="app-stack">
                <p>{ frame.choose_organisation_lead }</p>
                <ul class="app-plain app-stack" role="list">{ for props.session.person.organisations.iter().map(item) }</ul>
            </div>
        </Bare>
    }
}

/// Properties of [`SignInAgain`].
#[derive(Properties, PartialEq)]
pub(crate) struct AgainProps {
    /// Language and theme.
    pub choices: Choices,
    /// The session that is over.
    pub session: Session,
    /// The same person is signed in.
    pub on_again: Callback<()>,
    /// Somebody else is.
    pub on_other: Callback<()>,
}

/// The session is over while a draft lies in this tab. It shows nothing of it, and goes on once the same person has signed in
/// in another tab: this one would lose the draft on its way to the provider.
#[component]
pub(crate) fn SignInAgain(props: &AgainProps) -> Html {
    let lang = props.choices.lang;
    let frame = &lang.text().frame;
    let answer = use_state(|| "");
    let look = {
        let (answer, id) = (answer.clone(), props.session.person.id.clone());
        let (on_again, on_other) = (props.on_again.clone(), props.on_other.clone());
        Callback::from(move |()| {
            let (answer, id, on_again, on_other) = (answer.clone(), id.clone(), on_again.clone(), on_other.clone());
            // The same answer once more is read aloud once more.
            answer.set("");
            spawn_local(async move {
                match Backend::by_cookie().session().await.map_err(Trouble::from) {
                    Ok(session) if session.person.id == id => on_again.emit(()),
                    Ok(_) => on_other.emit(()),
                    Err(trouble) if trouble.code == Code::SignedOut => answer.set(frame.not_signed_in_yet),
                    Err(_) => answer.set(frame.load_error),
                }
            });
        })
    };
    {
        let look = look.clone();
        use_effect_with((), move |()| {
            let back = web_sys::window().map(|window| EventListener::new(&window, "focus", move |_| look.emit(())));
            move || drop(back)
        });
    }
    let href = Backend::sign_in_address("/", lang.tag());
    html! {
        <Bare choices={props.choices.clone()} sandbox={props.session.sandbox} title={frame.signed_out_title}>
            <div class="app-stack">
                <p>{ frame.signed_out_lead }</p>
                <div class="app-buttons">
                    <a class="ds-button" data-color="accent" data-variant="primary" target="_blank" rel="noopener" {href}>{ frame.sign_in_new_tab }</a>
                    <button type="button" class="ds-button" data-variant="secondary" onclick={look.reform(|_: MouseEvent| ())}>{ frame.go_on }</button>
                </div>
                <p role="status">{ *answer }</p>
            </div>
        </Bare>
    }
}

#[derive(Properties, PartialEq)]
struct BareProps {
    choices: Choices,
    sandbox: bool,
    title: &'static str,
    children: Html,
}

/// A page without navigation.
#[component]
fn Bare(props: &BareProps) -> Html {
    let frame = &props.choices.lang.text().frame;
    html! {
        <>
            <div>{ test_band(props.sandbox, frame.test_band, frame.notices) }</div>
            <header class="app-header"><div class="app-header-row"><span class="app-logo">{ frame.product }</span><ChoiceButtons choices={props.choices.clone()} /></div></header>
            <main id="main" class="app-main app-narrow" tabindex="-1">
                <PageHeading text={props.title} />
                { props.children.clone() }
            </main>
        </>
    }
}

/// The page to come back to: this one, unless it is the sign-in page itself.
fn back(here: &str) -> &str {
    if here.split('?').next() == Some(PAGE) { "/" } else { here }
}

/// What the relay says went wrong: `?feil=CODE`.
fn trouble(here: &str) -> Option<Trouble> {
    let query = here.strip_prefix(PAGE)?.strip_prefix('?')?;
    let code = query.split('&').find_map(|pair| pair.strip_prefix("feil="))?;
    Code::ALL.iter().find(|known| known.as_str() == code).map(|code| Trouble::of(*code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_comes_back_to_where_one_was() {
        assert_eq!(back("/melding/1?a=b"), "/melding/1?a=b");
        assert_eq!(back("/logg-inn?feil=tilgang.mangler"), "/");
        assert_eq!(back("/logg-inn"), "/");
    }

    #[test]
    fn only_a_known_code_is_shown() {
        let shown = trouble("/logg-inn?a=b&feil=tilgang.mangler").map(|trouble| trouble.code);
        assert_eq!(shown, Some(Code::AccessDenied));
        assert!(trouble("/logg-inn?feil=%3Cb%3E").is_none() && trouble("/innboks?feil=tilgang.mangler").is_none());
    }
}
