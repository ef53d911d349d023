//! Header, navigation, test band, footer.

use konvolutt_shared::api::{OrganisationAccess, Right, SignedOut};
use konvolutt_shared::finding::Code;
use yew::prelude::*;
use yew_router::prelude::*;

use super::Route;
use super::app::Choices;
use super::approvals;
use super::browser::{self, Theme};
use super::drafts::{DraftBox, let_go};
use super::sendings::SendingList;
use super::warnings::{self, WarningBox, WarningList};
use crate::flow::trouble::Trouble;
use crate::text::{Lang, fill};
use crate::ui::{Shell, nothing};

/// Properties of [`Frame`].
#[derive(Properties, PartialEq)]
pub(crate) struct FrameProps {
    /// The surroundings.
    pub shell: Shell,
    /// Language and theme.
    pub choices: Choices,
    /// What went wrong.
    pub warnings: UseReducerHandle<WarningBox>,
    /// Where letters go that are drafts again.
    pub drafts: UseReducerDispatcher<DraftBox>,
    /// Another organisation was chosen.
    pub on_organisation: Callback<OrganisationAccess>,
    /// The page.
    pub children: Html,
}

/// What stands around every page.
#[component]
pub(crate) fn Frame(props: &FrameProps) -> Html {
    let frame = &props.shell.text().frame;
    let name = props.shell.organisation.name.as_str();
    let organisations = props.shell.session.person.organisations.clone();
    let names: Vec<AttrValue> = organisations.iter().map(|one| AttrValue::from(one.name.clone())).collect();
    let selected = organisations.iter().position(|one| *one == props.shell.organisation).unwrap_or_default();
    let on_select = {
        let on_organisation = props.on_organisation.clone();
        Callback::from(move |index: usize| {
            if let Some(one) = organisations.get(index) {
                on_organisation.emit(one.clone());
            }
        })
    };
    html! {
        <>
            <SkipLink text={frame.skip} />
            <div>{ test_band(props.shell.session.sandbox, frame.test_band, frame.notices) }</div>
            <header class="app-header">
                <div class="app-header-row">
                    <Link<Route> classes="app-logo" to={Route::Start}>{ frame.product }</Link<Route>>
                    <Menu label={fill(frame.on_behalf, &[("virksomhet", name)])} menu={frame.on_behalf_menu} {names} {selected} {on_select} />
                    <ChoiceButtons choices={props.choices.clone()} />
                    <SignOut shell={props.shell.clone()} />
                </div>
                <Navigation key={props.shell.organisation.orgnr.clone()} shell={props.shell.clone()} warnings={props.warnings.clone()} />
            </header>
            <WarningList shell={props.shell.clone()} warnings={props.warnings.clone()} />
            <SendingList shell={props.shell.clone()} drafts={props.drafts.clone()} />
            <main id="main" class="app-main" tabindex="-1">{ props.children.clone() }</main>
            <footer class="app-footer">
                <p>{ frame.footer }{ " " }<a class="ds-link" href="/lab" target="_blank" rel="noopener">{ frame.lab }</a></p>
            </footer>
        </>
    }
}

#[derive(Debug, Properties, PartialEq)]
struct SkipProps {
    text: &'static str,
}

/// Focus is moved by hand: the router would read the hash as a new address.
#[component]
fn SkipLink(props: &SkipProps) -> Html {
    let onclick = |event: MouseEvent| {
        event.prevent_default();
        crate::ui::focus("main");
    };
    html! { <a class="ds-skip-link" href="#main" {onclick}>{ props.text }</a> }
}

/// The band that makes test mode unmistakable.
pub(crate) fn test_band(sandbox: bool, text: &str, label: &'static str) -> Html {
    if !sandbox {
        return nothing();
    }
    html! { <section class="app-test-band" aria-label={label}><p>{ text }</p></section> }
}

/// Language and theme, in the header.
#[derive(Properties, PartialEq)]
pub(crate) struct ChoiceProps {
    /// Language and theme.
    pub choices: Choices,
}

/// The buttons "Språk: …" and "Tema".
#[component]
pub(crate) fn ChoiceButtons(props: &ChoiceProps) -> Html {
    let choices = &props.choices;
    let frame = &choices.lang.text().frame;
    let said = use_state(|| None::<Theme>);
    let names: Vec<AttrValue> = Lang::ALL.into_iter().map(|lang| lang.name().into()).collect();
    let selected = Lang::ALL.into_iter().position(|lang| lang == choices.lang).unwrap_or_default();
    let on_select = choices.set_lang.reform(|index: usize| Lang::ALL.get(index).copied().unwrap_or_default());
    let onclick = {
        let (set_theme, next, said) = (choices.set_theme.clone(), choices.theme.next(), said.clone());
        move |_| {
            said.set(Some(next));
            set_theme.emit(next);
        }
    };
    let message = said.map(|theme| fill(frame.theme_now, &[("tema", theme.name(choices.lang))]));
    html! {
        <>
            <Menu label={fill(frame.language, &[("språk", choices.lang.name())])} menu={frame.language_heading} {names} {selected} {on_select} />
            <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" data-color="neutral" {onclick}>{ frame.theme }</button>
            <span class="app-hidden" role="status">{ message.unwrap_or_default() }</span>
        </>
    }
}

#[derive(Debug, Properties, PartialEq)]
struct MenuProps {
    label: AttrValue,
    menu: AttrValue,
    names: Vec<AttrValue>,
    selected: usize,
    on_select: Callback<usize>,
}

/// A button that opens a short list of buttons.
#[component]
fn Menu(props: &MenuProps) -> Html {
    let open = use_state(|| false);
    let button = use_node_ref();
    let close = {
        let (open, button) = (open.clone(), button.clone());
        move || {
            open.set(false);
            if let Some(button) = button.cast::<web_sys::HtmlElement>() {
                let _ = button.focus();
            }
        }
    };
    let onclick = {
        let open = open.clone();
        move |_| open.set(!*open)
    };
    let onkeydown = {
        let (close, open) = (close.clone(), open.clone());
        move |event: KeyboardEvent| {
            if *open && event.key() == "Escape" {
                close();
            }
        }
    };
    let item = |(index, name): (usize, &AttrValue)| {
        let (on_select, close) = (props.on_select.clone(), close.clone());
        let onclick = move |_| {
            on_select.emit(index);
            close();
        };
        let current = (index == props.selected).then_some("true");
        html! { <li key={index}><button type="button" class="ds-button app-menu-item" data-variant="tertiary" data-size="sm" data-color="neutral" aria-current={current} {onclick}>{ name }</button></li> }
    };
    let items = if *open {
        html! { <ul class="app-plain app-menu-list" role="list" aria-label={&props.menu}>{ for props.names.iter().enumerate().map(item) }</ul> }
    } else {
        nothing()
    };
    html! {
        <div class="app-menu" {onkeydown}>
            <button ref={button} type="button" class="ds-button app-break" data-variant="tertiary" data-size="sm" data-color="neutral" aria-expanded={if *open { "true" } else { "false" }} {onclick}>{ &props.label }</button>
            <div>{ items }</div>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct SignOutProps {
    shell: Shell,
}

#[component]
fn SignOut(props: &SignOutProps) -> Html {
    let frame = &props.shell.text().frame;
    let failed = use_state(|| false);
    let onclick = {
        let (shell, failed) = (props.shell.clone(), failed.clone());
        move |_| {
            let (shell, failed) = (shell.clone(), failed.clone());
            failed.set(false);
            wasm_bindgen_futures::spawn_local(async move {
                if !may_leave(&shell).await {
                    return;
                }
                match shell.backend.sign_out().await.map_err(Trouble::from) {
                    Ok(answer) => leave(&shell, Some(answer)).await,
                    Err(trouble) if trouble.code == Code::SignedOut => leave(&shell, None).await,
                    // The cookie is there still, and so is the certificate: the next one at this computer would be this person.
                    Err(_) => failed.set(true),
                }
            });
        }
    };
    let alert = if *failed { frame.sign_out_failed } else { "" };
    html! {
        <>
            <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" data-color="neutral" {onclick}>{ frame.sign_out }</button>
            <p role="alert" class="app-sign-out" hidden={!*failed}>{ alert }</p>
        </>
    }
}

/// Whoever signs out leaves nothing behind at this computer. Asks first, if a letter would be lost with it.
pub(super) async fn may_leave(shell: &Shell) -> bool {
    let under_way = shell.vault.sendings(&shell.session.person.id).await.unwrap_or_default();
    let text = &shell.text().sending;
    match (under_way.is_empty(), shell.unsent) {
        (false, _) => browser::confirm(text.leave),
        (true, true) => browser::confirm(text.leave_draft),
        (true, false) => true,
    }
}

/// The session has ended: on to the provider's end of it, if it has one.
pub(super) async fn leave(shell: &Shell, answer: Option<SignedOut>) {
    // What another tab has in hand it cannot send any more; it is removed when somebody signs in.
    let _ = shell.vault.leave_sendings().await;
    let_go();
    match answer.and_then(|answer| answer.next) {
        Some(next) => browser::go_to(&next),
        None => shell.signed_out.emit(()),
    }
}

#[derive(Properties, PartialEq)]
struct NavigationProps {
    shell: Shell,
    warnings: UseReducerHandle<WarningBox>,
}

#[component]
fn Navigation(props: &NavigationProps) -> Html {
    let text = crate::ui::use_lang().text();
    let frame = &text.frame;
    let here = use_route::<Route>();
    let waiting = approvals::use_waiting(&props.shell);
    let items = [
        (Route::Inbox, frame.inbox),
        (Route::New, frame.new_message),
        (Route::Sent, frame.sent),
        (Route::Drafts, frame.drafts),
        (Route::Approvals, text.approval.title),
        (Route::Certificates, frame.certificates),
        (Route::Settings, frame.settings),
    ];
    let item = |(route, name): (Route, &'static str)| {
        let current = here.as_ref() == Some(&route);
        let count = match route {
            Route::Sent => warnings::count(&props.warnings.warnings, text.warning.count),
            Route::Approvals => approvals::count(&waiting.0, text.approval.count),
            _ => nothing(),
        };
        html! { <li key={name} class={classes!(current.then_some("app-current"))}><Link<Route> classes="ds-link app-nav-link" to={route}>{ name }</Link<Route>><span>{ count }</span></li> }
    };
    let may = |(route, _): &(Route, &'static str)| match route {
        Route::New | Route::Drafts => props.shell.may(Right::Send),
        Route::Approvals => props.shell.may(Right::Approve),
        _ => true,
    };
    html! { <nav class="app-nav" aria-label={frame.menu}><ul class="app-plain" role="list">{ for items.into_iter().filter(may).map(item) }</ul></nav> }
}
