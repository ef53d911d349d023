//! The portal's root: who is signed in, on whose behalf, in which language; keys, drafts and the live feed.

use konvolutt_shared::api::{Change, OrganisationAccess, Right, Session};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;
use yew_router::prelude::*;

use super::browser::{self, Theme};
use super::drafts::{DraftBox, use_leave_guard};
use super::frame::Frame;
use super::sign_in::{ChooseOrganisation, SignIn, SignInAgain};
use super::warnings::{WarningBox, Watch};
use super::{Route, approval, approvals, certificates, drafts, help, list, message, settings, start, write};
use crate::backend::{Backend, Heard};
use crate::text::{Lang, fill};
use crate::ui::heading::TitleParts;
use crate::ui::page::Load;
use crate::ui::{NoAccessPage, PageHeading, Shell};
use crate::vault::{KeyView, Vault};

/// Who is signed in.
#[derive(Clone, Debug, PartialEq)]
enum Who {
    Asking,
    Nobody,
    Somebody(Box<Session>),
}

/// Choices that the frame and the settings page can change.
#[derive(Clone, PartialEq)]
pub(crate) struct Choices {
    /// Language.
    pub lang: Lang,
    /// Theme.
    pub theme: Theme,
    /// Changes the language.
    pub set_lang: Callback<Lang>,
    /// Changes the theme.
    pub set_theme: Callback<Theme>,
}

/// The portal.
#[component]
pub fn Portal() -> Html {
    let choices = use_choices();
    let who = use_state(|| Who::Asking);
    {
        let who = who.clone();
        use_effect_with((), move |()| {
            spawn_local(async move {
                let session = Backend::by_cookie().session().await;
                who.set(session.map_or(Who::Nobody, |session| Who::Somebody(Box::new(session))));
            });
        });
    }
    let on_signed_out = {
        let who = who.clone();
        Callback::from(move |()| who.set(Who::Nobody))
    };
    let lang = choices.lang;
    let body = match (*who).clone() {
        Who::Asking => {
            html! { <main id="main" class="app-main"><p role="status">{ lang.text().frame.loading }</p></main> }
        }
        Who::Nobody => html! { <SignIn {choices} /> },
        Who::Somebody(session) => html! { <SignedIn session={*session} {choices} {on_signed_out} /> },
    };
    html! {
        <ContextProvider<Lang> context={lang}>
            <BrowserRouter><div class="app-root">{ body }</div></BrowserRouter>
        </ContextProvider<Lang>>
    }
}

#[hook]
fn use_choices() -> Choices {
    let lang = use_state(browser::lang);
    let theme = use_state(browser::theme);
    use_effect_with((), |()| {
        browser::show_lang(browser::lang());
        browser::show_theme(browser::theme());
    });
    let set_lang = {
        let lang = lang.clone();
        Callback::from(move |chosen| {
            browser::set_lang(chosen);
            lang.set(chosen);
        })
    };
    let set_theme = {
        let theme = theme.clone();
        Callback::from(move |chosen| {
            browser::set_theme(chosen);
            theme.set(chosen);
        })
    };
    Choices { lang: *lang, theme: *theme, set_lang, set_theme }
}

#[derive(Properties, PartialEq)]
struct SignedInProps {
    session: Session,
    choices: Choices,
    on_signed_out: Callback<()>,
}

#[component]
fn SignedIn(props: &SignedInProps) -> Html {
    let organisations = &props.session.person.organisations;
    let chosen = use_state(browser::organisation);
    let organisation = organisations.iter().find(|one| Some(&one.orgnr) == chosen.as_ref()).or(organisations.first());
    let vault = use_state(Vault::start);
    let drafts = use_reducer(DraftBox::default);
    use_leave_guard(&drafts);
    let warnings = use_reducer(WarningBox::default);
    let (keys, reload_keys) = use_keys((*vault).as_ref().ok().cloned());
    let (over, signed_out) = use_signed_out(&drafts, &props.on_signed_out);
    let (change, anew) = use_feed(*over);
    let navigator = use_navigator();

    let frame = &props.choices.lang.text().frame;
    if organisations.len() > 1 && !organisations.iter().any(|one| Some(&one.orgnr) == chosen.as_ref()) {
        let on_choose = choose(&chosen);
        return html! { <ChooseOrganisation session={props.session.clone()} choices={props.choices.clone()} {on_choose} /> };
    }
    let (Some(organisation), Ok(vault)) = (organisation.cloned(), (*vault).clone()) else {
        return html! { <main id="main" class="app-main"><p role="alert">{ frame.wasm_missing }</p></main> };
    };
    if *over {
        let draft = drafts.newest().map(ToOwned::to_owned);
        let on_again = Callback::from(move |()| {
            over.set(false);
            // The address of a new letter would begin another one.
            let is_new = Route::recognize(&browser::here()) == Some(Route::New);
            if let (Some(id), Some(navigator), true) = (&draft, &navigator, is_new) {
                navigator.replace(&Route::Draft { id: id.clone() });
            }
        });
        let on_other = props.on_signed_out.clone();
        return html! { <SignInAgain session={props.session.clone()} choices={props.choices.clone()} {on_again} {on_other} /> };
    }
    let shell = Shell {
        lang: props.choices.lang,
        backend: Backend::by_cookie(),
        vault,
        session: props.session.clone(),
        organisation: organisation.clone(),
        keys: keys.get().cloned(),
        reload_keys,
        change,
        anew,
        unsent: drafts.has_content(),
        resumes: true,
        signed_out,
    };
    let on_organisation = choose(&chosen);
    let title = TitleParts { organisation: Some(organisation.name.into()), test: props.session.sandbox };
    let choices = props.choices.clone();
    let drafts_of_frame = drafts.dispatcher();
    let pages = {
        let (shell, choices, boxes) = (shell.clone(), choices.clone(), (drafts, warnings.clone()));
        move |route: Route| page(route, &shell, &choices, &boxes)
    };
    html! {
        <ContextProvider<TitleParts> context={title}>
            <Watch shell={shell.clone()} warnings={warnings.clone()} />
            <Frame shell={shell} {choices} {warnings} drafts={drafts_of_frame} {on_organisation}>
                <Switch<Route> render={pages} />
            </Frame>
        </ContextProvider<TitleParts>>
    }
}

fn choose(chosen: &UseStateHandle<Option<String>>) -> Callback<OrganisationAccess> {
    let chosen = chosen.clone();
    Callback::from(move |next: OrganisationAccess| {
        browser::set_organisation(&next.orgnr);
        chosen.set(Some(next.orgnr));
    })
}

/// What outlives a page: drafts and warnings.
type Boxes = (UseReducerHandle<DraftBox>, UseReducerHandle<WarningBox>);

/// The page of a route. The organisation is part of each key: another organisation is another page.
fn page(route: Route, shell: &Shell, choices: &Choices, (drafts, warnings): &Boxes) -> Html {
    let restored = matches!(&route, Route::Draft { id } if drafts.is_restored(id));
    let key = format!("{route:?} {} {restored}", shell.organisation.orgnr);
    if let Some((right, heading)) = needed(&route, shell).filter(|(right, _)| !shell.may(*right)) {
        return html! { <div {key} class="app-page"><NoAccessPage shell={shell.clone()} {right} {heading} /></div> };
    }
    let inner = match route {
        Route::Start => html! { <start::Start shell={shell.clone()} urgent={warnings.warnings.all()} /> },
        Route::SignIn => html! { <Redirect<Route> to={Route::Start} /> },
        Route::Inbox => html! { <list::Inbox shell={shell.clone()} /> },
        Route::Sent => html! { <list::Sent shell={shell.clone()} urgent={warnings.warnings.count()} /> },
        Route::Drafts => html! { <drafts::Drafts drafts={drafts.clone()} /> },
        Route::New => {
            html! { <write::Write shell={shell.clone()} drafts={drafts.clone()} warnings={warnings.clone()} id={None::<String>} /> }
        }
        Route::Draft { id } => {
            html! { <write::Write shell={shell.clone()} drafts={drafts.clone()} warnings={warnings.clone()} id={Some(id)} /> }
        }
        Route::Message { id } => {
            html! { <message::MessagePage id={id.clone()} shell={shell.clone()} drafts={drafts.clone()} key={id} /> }
        }
        Route::Approvals => html! { <approvals::Approvals shell={shell.clone()} /> },
        Route::Approval { id } => html! { <approval::ApprovalPage id={id.clone()} shell={shell.clone()} key={id} /> },
        Route::Certificates => html! { <certificates::Certificates shell={shell.clone()} /> },
        Route::Settings => html! { <settings::Settings shell={shell.clone()} choices={choices.clone()} /> },
        Route::HelpStatuses => html! { <help::Statuses /> },
        Route::HelpError { code } => html! { <help::Error {code} /> },
        Route::NotFound => html! { <NotFound /> },
    };
    html! { <div {key} class="app-page">{ inner }</div> }
}

/// What a page is about, and its heading where that is lacking.
fn needed(route: &Route, shell: &Shell) -> Option<(Right, String)> {
    let text = shell.text();
    Some(match route {
        Route::Start => (Right::Look, fill(text.frame.greeting, &[("navn", &shell.session.person.name)])),
        Route::Inbox => (Right::Look, text.frame.inbox.to_owned()),
        Route::Sent => (Right::Look, text.frame.sent.to_owned()),
        Route::Message { .. } => (Right::Look, text.frame.list_messages.to_owned()),
        Route::New | Route::Draft { .. } => (Right::Send, text.compose.title.to_owned()),
        Route::Approvals | Route::Approval { .. } => (Right::Approve, text.approval.title.to_owned()),
        _ => return None,
    })
}

#[component]
fn NotFound() -> Html {
    let frame = &crate::ui::use_lang().text().frame;
    html! {
        <>
            <PageHeading text={frame.not_found_title} />
            <p>{ frame.not_found }</p>
            <p><Link<Route> classes="ds-link" to={Route::Start}>{ frame.to_start }</Link<Route>></p>
        </>
    }
}

/// Whether the session is over while a draft lies here, and what is called when it is over. Without a draft, and for whoever signs
/// out, this is the end.
#[hook]
fn use_signed_out(drafts: &DraftBox, on_end: &Callback<()>) -> (UseStateHandle<bool>, Callback<()>) {
    let over = use_state(|| false);
    // Of now, whenever it is called.
    let kept = use_memo((), |()| std::cell::Cell::new(false));
    kept.set(drafts.has_content());
    let signed_out = {
        let (over, on_end) = (over.clone(), on_end.clone());
        Callback::from(move |()| {
            if kept.get() && !drafts::is_let_go() {
                over.set(true);
            } else {
                on_end.emit(());
            }
        })
    };
    (over, signed_out)
}

/// The newest entry of the live feed, and how often the feed has begun anew. There is none while the session is over, and
/// another one afterwards: the relay has ended the one before.
#[hook]
fn use_feed(over: bool) -> (Option<Change>, u32) {
    let change = use_state(|| None::<Change>);
    let anew = use_state(|| 0_u32);
    let times = use_memo((), |()| std::cell::Cell::new(0));
    {
        let (change, anew) = (change.clone(), anew.clone());
        use_effect_with(over, move |&over| {
            let on_heard = move |heard| match heard {
                Heard::Change(next) => change.set(Some(*next)),
                Heard::Anew => {
                    times.set(times.get() + 1);
                    anew.set(times.get());
                }
            };
            let feed = if over { None } else { Backend::by_cookie().feed(on_heard) };
            move || drop(feed)
        });
    }
    ((*change).clone(), *anew)
}

/// The certificates in this browser, and how to ask again.
#[hook]
pub(crate) fn use_keys(vault: Option<Vault>) -> (Load<Vec<KeyView>>, Callback<()>) {
    let keys = use_state(|| Load::Waiting);
    let turn = use_state(|| 0_u32);
    {
        let keys = keys.clone();
        use_effect_with(*turn, move |_| {
            if let Some(vault) = vault {
                spawn_local(async move {
                    match vault.keys().await {
                        Ok(found) => keys.set(Load::Here(found)),
                        Err(findings) => keys.set(Load::Failed(findings.into())),
                    }
                });
            }
        });
    }
    let reload = Callback::from(move |()| turn.set(*turn + 1));
    ((*keys).clone(), reload)
}
