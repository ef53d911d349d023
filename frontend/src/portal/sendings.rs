//! Letters whose sending was broken off, wherever in the portal a person is: found when the portal is opened, gone on with.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;
use yew_router::prelude::*;

use super::Route;
use super::drafts::DraftBox;
use super::resume::Resumed;
use crate::flow::compose::Line;
use crate::flow::sendings::{News, Sending, Sendings, State};
use crate::flow::timeline::Tone;
use crate::text::{Lang, fill, size};
use crate::ui::{Shell, nothing, use_lang};

/// The letters behind a reducer.
#[derive(Clone, Default, PartialEq)]
pub(super) struct SendingBox(Sendings);

impl Reducible for SendingBox {
    type Action = News;

    fn reduce(self: Rc<Self>, news: News) -> Rc<Self> {
        Self(self.0.clone().after(news)).into()
    }
}

/// Those that were found, by message id; `None` while another tab has them in hand.
#[derive(Default)]
struct Found {
    letters: RefCell<HashMap<String, Option<Resumed>>>,
    /// The list is gone. What is taken over from then on is let go of.
    over: Cell<bool>,
}

impl Found {
    /// Lets go of all, for the list that comes next: another one may be shown once a person has signed in again.
    fn let_go(&self) {
        self.over.set(true);
        self.letters.take().into_values().flatten().for_each(|resumed| resumed.let_go());
    }
}

/// Properties of [`SendingList`].
#[derive(Properties, PartialEq)]
pub(super) struct SendingListProps {
    /// The surroundings.
    pub shell: Shell,
    /// Where letters go that are drafts again.
    pub drafts: UseReducerDispatcher<DraftBox>,
}

/// The region "Avbrutte sendinger".
#[component]
pub(super) fn SendingList(props: &SendingListProps) -> Html {
    let sendings = use_reducer(SendingBox::default);
    let found = use_memo((), |()| Found::default());
    use_search(props, &sendings, &found);
    let item = |sending: &Sending| {
        let resumed = found.letters.borrow().get(&sending.id).cloned().flatten();
        html! { <li key={sending.id.clone()}><SendingItem sending={sending.clone()} {resumed} /></li> }
    };
    let all = sendings.0.all();
    html! {
        <section class="app-warnings" aria-label={props.shell.text().sending.region}>
            <ul class="app-plain app-stack" role="list" hidden={all.is_empty()}>{ for all.iter().map(item) }</ul>
        </section>
    }
}

/// Looks for letters when the portal is opened, for another organisation, and when the person comes back to this tab:
/// another one may have been closed meanwhile.
#[hook]
fn use_search(props: &SendingListProps, sendings: &UseReducerHandle<SendingBox>, found: &Rc<Found>) {
    let turn = use_state(|| 0_u32);
    {
        let found = found.clone();
        use_effect_with((), move |()| move || found.let_go());
    }
    {
        let turn = turn.clone();
        use_effect_with(*turn, move |now| {
            let next = *now + 1;
            let on_back = Closure::<dyn FnMut()>::new(move || turn.set(next));
            let document = web_sys::window().and_then(|window| window.document());
            let listener = on_back.as_ref().unchecked_ref::<js_sys::Function>().clone();
            if let Some(document) = &document {
                let _ = document.add_event_listener_with_callback("visibilitychange", &listener);
            }
            move || {
                if let Some(document) = document {
                    let _ = document.remove_event_listener_with_callback("visibilitychange", &listener);
                }
                drop(on_back);
            }
        });
    }
    let (shell, drafts) = (props.shell.clone(), props.drafts.clone());
    let (sendings, found) = (sendings.dispatcher(), found.clone());
    use_effect_with((shell.organisation.orgnr.clone(), *turn), move |(orgnr, _)| {
        let orgnr = orgnr.clone();
        spawn_local(async move {
            let kept = shell.vault.sendings(&shell.session.person.id).await.unwrap_or_default();
            for one in kept.into_iter().filter(|one| one.organisation == orgnr) {
                let is_new = !found.over.get() && !found.letters.borrow().contains_key(&one.message_id);
                if is_new {
                    found.letters.borrow_mut().insert(one.message_id.clone(), None);
                    let (shell, found) = (shell.clone(), found.clone());
                    let dispatchers = (sendings.clone(), drafts.clone());
                    spawn_local(async move { take_over(&shell, one.message_id, found, dispatchers).await });
                }
            }
        });
    });
}

/// Waits until nobody has the letter in hand.
async fn take_over(
    shell: &Shell,
    id: String,
    found: Rc<Found>,
    (sendings, drafts): (UseReducerDispatcher<SendingBox>, UseReducerDispatcher<DraftBox>),
) {
    let Ok(Some(kept)) = shell.vault.take_sending(&id).await else {
        // It is over, or this very tab sends it.
        found.letters.borrow_mut().remove(&id);
        return;
    };
    if found.over.get() {
        shell.vault.release_sending(&id);
    } else if let Some(resumed) = Resumed::new(shell, kept, sendings, drafts) {
        found.letters.borrow_mut().insert(id, Some(resumed.clone()));
        resumed.judge().await;
    } else {
        // It was written by another version of this program, and nothing of it can be shown.
        drop(shell.vault.forget_sending(&id).await);
    }
}

#[derive(Properties, PartialEq)]
struct ItemProps {
    sending: Sending,
    /// What the buttons are for; it is there as soon as the letter is shown.
    resumed: Option<Resumed>,
}

impl ItemProps {
    fn on_click(&self, act: impl Fn(&Resumed) + 'static) -> Callback<MouseEvent> {
        let resumed = self.resumed.clone();
        Callback::from(move |_| {
            if let Some(resumed) = &resumed {
                act(resumed);
            }
        })
    }
}

#[component]
fn SendingItem(props: &ItemProps) -> Html {
    let lang = use_lang();
    let sending = &props.sending;
    let title = if sending.title.is_empty() { lang.text().frame.untitled } else { &sending.title };
    let tone = match sending.state {
        State::Going(_) => Tone::Info,
        State::Paused(..) | State::Ended(_) => Tone::Warning,
        State::Sent => Tone::Success,
    };
    let buttons = match sending.state {
        State::Going(_) | State::Paused(..) => under_way_buttons(props, lang),
        State::Sent | State::Ended(_) => end_buttons(props, title, lang),
    };
    html! {
        <div class="ds-alert app-warning" data-color={tone.color()}>
            <p role="status"><strong>{ sending.state.sentence(title, lang) }</strong>{ " " }<span>{ what_now(sending, lang) }</span></p>
            <div>{ how_far(sending, title, lang) }</div>
            <p class="app-buttons">{ buttons }</p>
        </div>
    }
}

/// Only what does not change with every step, since it is read aloud.
fn what_now(sending: &Sending, lang: Lang) -> String {
    match sending.state {
        State::Ended(_) => fill(lang.text().sending.draft_kept, &[("dokumenter", &sending.documents.join(", "))]),
        State::Going(progress) if progress.line == Line::Lost => lang.text().sending.lost.to_owned(),
        State::Going(_) | State::Paused(..) | State::Sent => String::new(),
    }
}

fn how_far(sending: &Sending, title: &str, lang: Lang) -> Html {
    let text = &lang.text().sending;
    let (progress, template) = match sending.state {
        State::Going(progress) => (progress, text.going),
        State::Paused(progress, _) => (progress, text.stopped_at),
        State::Sent | State::Ended(_) => return nothing(),
    };
    let (done, total) = progress.bytes();
    let is_known = total > 0;
    let amount = match sending.state {
        _ if is_known => fill(template, &[("n", &size(done, lang)), ("m", &size(total, lang))]),
        State::Going(_) => text.starting.to_owned(),
        _ => String::new(),
    };
    let bar = fill(text.bar, &[("tittel", title)]);
    html! {
        <>
            <progress class="app-progress" aria-label={bar} max="100" value={progress.percent().to_string()} hidden={!is_known} />
            <p>{ amount }</p>
        </>
    }
}

fn under_way_buttons(props: &ItemProps, lang: Lang) -> Html {
    let text = lang.text();
    let pause_or_go = match props.sending.state {
        State::Going(_) => {
            html! { <button key="pause" type="button" class="ds-button" data-variant="secondary" data-size="sm" onclick={props.on_click(Resumed::pause)}>{ text.sending.pause }</button> }
        }
        _ => {
            html! { <button key="go-on" type="button" class="ds-button" data-variant="primary" data-size="sm" onclick={props.on_click(Resumed::start)}>{ text.sending.go_on }</button> }
        }
    };
    html! {
        <>
            { pause_or_go }
            <button key="cancel" type="button" class="ds-button" data-variant="tertiary" data-size="sm" onclick={props.on_click(Resumed::cancel)}>{ text.compose.cancel }</button>
        </>
    }
}

fn end_buttons(props: &ItemProps, title: &str, lang: Lang) -> Html {
    let text = lang.text();
    let sending = &props.sending;
    let (route, link) = match &sending.message {
        Some(id) => (Route::Message { id: id.clone() }, text.sending.see),
        None => (Route::Draft { id: sending.draft.clone() }, text.sending.see_draft),
    };
    // Who follows the link has seen it.
    let seen = props.on_click(|resumed| resumed.close(false));
    let close = props.on_click(|resumed| resumed.close(true));
    let name = fill(text.sending.close, &[("tittel", title)]);
    html! {
        <>
            <span key="link" onclick={seen}><Link<Route> classes="ds-link" to={route}>{ link }</Link<Route>></span>
            <button key="close" type="button" class="ds-button" data-variant="tertiary" data-size="sm" aria-label={name} onclick={close}>{ text.frame.close }</button>
        </>
    }
}
