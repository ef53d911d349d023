//! The frame's root: greeting, session, key, compose, sent.

use konvolutt_shared::api::{EmbedSession, MessageView, OrganisationHit};
use konvolutt_shared::finding::Code;
use konvolutt_shared::identifier::OrganisationNumber;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::{ResizeObserver, UrlSearchParams};
use yew::prelude::*;

use super::host::{self, Event, Hello, Host, VERSION};
use crate::backend::Backend;
use crate::flow::compose::{Action, Recipient};
use crate::flow::timeline::Tone;
use crate::flow::trouble::Trouble;
use crate::portal::browser::{self, Theme};
use crate::portal::use_keys;
use crate::text::Lang;
use crate::ui::compose::{Compose, Draft};
use crate::ui::{Alert, Shell, TroubleCard};
use crate::vault::Vault;

/// Where the frame stands.
#[derive(Clone, PartialEq)]
enum Stage {
    /// No word from the loader yet.
    Alone,
    /// Refused, by the relay or because nothing can work.
    Refused(Box<Trouble>),
    /// Ready to write.
    Open(Box<(Host, Backend, konvolutt_shared::api::Session, Draft)>),
}

/// The frame.
#[component]
pub fn Widget() -> Html {
    let stage = use_state(|| Stage::Alone);
    let lang = use_state(browser::lang);
    {
        let (stage, lang) = (stage.clone(), lang.clone());
        let begun = use_mut_ref(|| false);
        use_effect_with((), move |()| {
            let on_hello = move |host: Host, hello: Hello| {
                apply_look(&hello, &lang);
                if !std::mem::replace(&mut *begun.borrow_mut(), true) {
                    let (stage, begun) = (stage.clone(), begun.clone());
                    spawn_local(async move {
                        let next = begin(host, hello).await;
                        // A host that was refused may come with a new session.
                        *begun.borrow_mut() = matches!(next, Stage::Open(_));
                        stage.set(next);
                    });
                }
            };
            let _ = host::listen(on_hello);
        });
    }
    let text = lang.text();
    let body = match (*stage).clone() {
        Stage::Alone => html! { <p role="status">{ text.frame.loading }</p> },
        Stage::Refused(trouble) => {
            html! { <TroubleCard trouble={*trouble}><a class="ds-link" href="/ny" target="_blank" rel="noopener">{ text.frame.new_message }</a></TroubleCard> }
        }
        Stage::Open(ready) => {
            let (host, backend, session, draft) = *ready;
            html! { <Writing {host} {backend} {session} {draft} lang={*lang} /> }
        }
    };
    html! {
        <ContextProvider<Lang> context={*lang}>
            <main id="main" class="app-main app-compact"><div>{ body }</div></main>
        </ContextProvider<Lang>>
    }
}

fn apply_look(hello: &Hello, lang: &UseStateHandle<Lang>) {
    let wanted = hello.lang.as_deref().and_then(Lang::from_tag).unwrap_or_default();
    browser::show_lang(wanted);
    lang.set(wanted);
    let theme = Theme::ALL.into_iter().find(|theme| Some(theme.scheme()) == hello.theme.as_deref());
    browser::show_theme(theme.unwrap_or_default());
}

/// Asks the relay whether this origin may embed, and fills in what the host gave.
async fn begin(host: Host, hello: Hello) -> Stage {
    watch_height(&host);
    let answer = Backend::by_cookie().embed_session(&client_id(), &host.origin, hello.session).await;
    let EmbedSession { token, session } = match answer {
        Ok(answer) => answer,
        Err(failure) => {
            let trouble = Trouble::from(failure);
            host.tell(&Event::error(trouble.code, trouble.trace.clone()));
            return Stage::Refused(Box::new(trouble));
        }
    };
    let backend = Backend::by_token(&token);
    let mut draft = Draft::new();
    if let Some(title) = hello.title {
        draft.form = draft.form.after(Action::Title(title));
    }
    // A search stands in a URL, where no person's number may be.
    if let Some(orgnr) = hello.recipient.filter(|number| OrganisationNumber::parse(number).is_ok()) {
        // The name comes from the register, not from the host: the person sees who really gets the letter.
        let hits = backend.organisations(&orgnr, 0).await.unwrap_or_default();
        let usable = |hit: &OrganisationHit| hit.orgnr == orgnr && hit.deleted.is_none() && hit.parent.is_none();
        let hit = hits.into_iter().find(usable);
        draft.form.recipient = hit.map(|hit| Recipient { orgnr: hit.orgnr, name: hit.name, bankrupt: hit.bankrupt });
    }
    Stage::Open(Box::new((host, backend, session, draft)))
}

fn client_id() -> String {
    let query = web_sys::window().and_then(|window| window.location().search().ok()).unwrap_or_default();
    UrlSearchParams::new_with_str(&query).ok().and_then(|query| query.get("client_id")).unwrap_or_default()
}

/// Tells the host how high the content is, whenever that changes.
fn watch_height(host: &Host) {
    let Some(root) = web_sys::window().and_then(|window| window.document()?.get_element_by_id("app")) else { return };
    let (host, watched) = (host.clone(), root.clone());
    let on_resize = Closure::<dyn FnMut()>::new(move || host.tell(&Event::Resize { height: watched.scroll_height() }));
    if let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) {
        observer.observe(&root);
    }
    // Both live as long as the frame.
    on_resize.forget();
}

#[derive(Properties, PartialEq)]
struct WritingProps {
    host: Host,
    backend: Backend,
    session: konvolutt_shared::api::Session,
    draft: Draft,
    lang: Lang,
}

#[component]
fn Writing(props: &WritingProps) -> Html {
    let vault = use_state(Vault::start);
    let (keys, reload_keys) = use_keys((*vault).as_ref().ok().cloned());
    let sent = use_state(|| None::<MessageView>);
    {
        let (host, session, lang) = (props.host.clone(), props.session.clone(), props.lang);
        use_effect_with((), move |()| {
            let environment = if session.sandbox { "test" } else { "live" };
            host.tell(&Event::Ready { version: VERSION, environment, locale: lang.tag() });
        });
    }
    let on_change = {
        let host = props.host.clone();
        Callback::from(move |draft: Draft| {
            let form = &draft.form;
            let complete = form.recipient.is_some() && !form.title.trim().is_empty() && !form.documents.is_empty();
            host.tell(&Event::Change { complete, dirty: form.has_content() });
        })
    };
    let on_progress = {
        let host = props.host.clone();
        Callback::from(move |progress| host.tell(&Event::progress(progress)))
    };
    let on_trouble = {
        let host = props.host.clone();
        Callback::from(move |trouble: Trouble| host.tell(&Event::error(trouble.code, trouble.trace)))
    };
    let on_sent = {
        let (host, sent) = (props.host.clone(), sent.clone());
        Callback::from(move |view: MessageView| {
            let summary = &view.summary;
            host.tell(&Event::Sent {
                message_id: summary.message_id.clone(),
                conversation_id: summary.conversation_id.clone(),
                status: if summary.awaits_approval { "OPPRETTET" } else { "SENDT" },
            });
            sent.set(Some(view));
        })
    };
    let (Some(organisation), Ok(vault)) = (props.session.person.organisations.first().cloned(), (*vault).clone())
    else {
        return html! { <div key="refused"><TroubleCard trouble={Trouble::of(Code::AccessDenied)} /></div> };
    };
    let shell = Shell {
        lang: props.lang,
        backend: props.backend.clone(),
        vault,
        session: props.session.clone(),
        organisation,
        keys: keys.get().cloned(),
        reload_keys,
        change: None,
        anew: 0,
        unsent: false,
        resumes: false,
        signed_out: Callback::noop(),
    };
    let text = shell.text();
    let band = crate::portal::test_band(props.session.sandbox, text.frame.test_band, text.frame.notices);
    let body = if let Some(view) = &*sent {
        let (heading, said) = match view.summary.awaits_approval {
            true => (text.approval.waits, text.approval.waits_text),
            false => (text.compose.sent_heading, text.compose.sent_text),
        };
        html! { <div key="sent" role="status"><Alert tone={Tone::Info}><h1 class="ds-heading" data-size="sm">{ heading }</h1><p>{ said }</p></Alert></div> }
    } else {
        html! { <div key="compose"><Compose {shell} draft={props.draft.clone()} {on_change} {on_sent} {on_progress} {on_trouble} /></div> }
    };
    html! { <div key="writing"><div>{ band }</div><div>{ body }</div></div> }
}
