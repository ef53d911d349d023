//! The compose page's parts, shared by portal and widget.

mod agreed;
mod archive;
mod ask;
mod card;
mod channel;
mod documents;
mod draft;
mod edit;
mod leave;
mod links;
mod person;
mod preview;
mod recipient;
mod send;
mod sending;
mod summary;

use std::cell::RefCell;
use std::rc::Rc;

use konvolutt_shared::address::Capability;
use konvolutt_shared::api::MessageView;
use web_sys::AbortController;
use yew::prelude::*;

pub use draft::{Draft, Files};
pub use send::Attempt;

use super::page::Load;
use super::{PageHeading, Shell};
use crate::flow::compose::{Action, Delivery, Form, Mistake, Phase, Progress, Recipient, mistakes};
use crate::flow::trouble::Trouble;
use edit::Edit;
use person::PersonPreview;
use preview::Preview;
use sending::Sending;

/// How a person leaves the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// Keeps the draft.
    Close,
    /// Throws it away.
    Delete,
}

/// Properties of [`Compose`].
#[derive(Properties, PartialEq)]
pub struct ComposeProps {
    /// The surroundings.
    pub shell: Shell,
    /// Where to begin.
    pub draft: Draft,
    /// Something was filled in.
    pub on_change: Callback<Draft>,
    /// The relay has taken the message.
    pub on_sent: Callback<MessageView>,
    /// A person leaves; without it the buttons are not shown.
    #[prop_or_default]
    pub on_leave: Option<Callback<Leave>>,
    /// Bytes moved.
    #[prop_or_default]
    pub on_progress: Callback<Progress>,
    /// Something went wrong.
    #[prop_or_default]
    pub on_trouble: Callback<Trouble>,
}

/// Which of the three views is shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    Edit,
    Preview,
    Sending(Progress),
    Failed(Trouble),
}

/// The form behind a reducer, so that slow file reads do not overwrite what was typed meanwhile.
#[derive(Clone, PartialEq)]
struct State(Form);

impl Reducible for State {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        Rc::new(Self(self.0.clone().after(action)))
    }
}

/// Compose, preview and send.
#[component]
pub fn Compose(props: &ComposeProps) -> Html {
    let state = use_reducer(|| State(send::with_defaults(&props.shell, &props.draft.form)));
    let step = use_state(|| Step::Edit);
    let checked = use_state(|| 0_u32);
    let organisation = state.0.recipient.clone().filter(|recipient| !recipient.is_person());
    let (delivery, ask_again) = use_delivery(&props.shell, organisation, &state.0.process_urn(), state.0.level());
    let (offered, ask_offers) = {
        let dispatcher = state.dispatcher();
        person::use_offered(&props.shell, &state.0, move |action| dispatcher.dispatch(action))
    };
    let attempt = use_mut_ref(|| None::<Attempt>);
    let abort = use_mut_ref(|| None::<AbortController>);
    use_announced_changes(props, &state.0);

    let known = delivery.get().map(|(_, capability)| capability.clone());
    let to_person = state.0.is_to_person();
    let (findings, delivery, ask_again) = if to_person {
        let findings = person::check(&props.shell, &state.0, &offered);
        (findings, person::delivery_of(&state.0, &offered), ask_offers)
    } else {
        (send::check(&props.shell, &state.0, &delivery), delivery.map(|(delivery, _)| delivery), ask_again)
    };
    let reader = delivery.get().map(|delivery| delivery.reader);
    let found = mistakes(&findings, &state.0, reader, props.shell.lang);
    use_summary_focus(*checked, found.is_empty());

    let on_action = {
        let dispatcher = state.dispatcher();
        Callback::from(move |action| dispatcher.dispatch(action))
    };
    let on_preview = {
        let (step, checked, ready) = (step.clone(), checked.clone(), findings.is_empty());
        Callback::from(move |()| {
            checked.set(*checked + 1);
            if ready {
                step.set(Step::Preview);
            }
        })
    };
    // What the recipient takes may become known only after a person has gone on.
    use_effect_with(*step == Step::Preview && !findings.is_empty(), {
        let (step, checked) = (step.clone(), checked.clone());
        move |sent_back| {
            if *sent_back {
                checked.set(*checked + 1);
                step.set(Step::Edit);
            }
        }
    });
    let on_send = start_sending(props, &state.0, &step, &attempt, &abort);
    let on_edit = {
        let (step, checked) = (step.clone(), checked.clone());
        Callback::from(move |field: &'static str| {
            checked.set(0);
            step.set(Step::Edit);
            super::focus_soon(field);
        })
    };
    let on_cancel = Callback::from(move |()| {
        if let Some(controller) = abort.borrow().as_ref() {
            controller.abort();
        }
    });
    let text = &props.shell.text().compose;
    let heading = match &*step {
        Step::Edit if state.0.reply.is_some() => text.reply_title,
        Step::Edit => text.title,
        Step::Preview => text.preview,
        Step::Sending(_) | Step::Failed(_) => text.sending_title,
    };
    let body = match (*step).clone() {
        Step::Edit => html! {
            <Edit shell={props.shell.clone()} form={state.0.clone()} files={props.draft.files.clone()} {delivery} {known} {offered} {ask_again}
                mistakes={shown(found, *checked > 0)} checked={*checked > 0} saved={props.draft.saved} {on_action} {on_preview}
                on_leave={props.on_leave.clone()} />
        },
        Step::Preview if to_person => html! {
            <PersonPreview form={state.0.clone()} files={props.draft.files.clone()} organisation={props.shell.organisation.clone()}
                offered={offered.get().cloned()} approvals={props.shell.session.approvals.clone()} {on_edit} {on_send} />
        },
        Step::Preview => html! {
            <Preview form={state.0.clone()} files={props.draft.files.clone()} organisation={props.shell.organisation.clone()}
                supplier={send::supplier(&props.shell, &state.0).cloned()} remarks={send::remarks(&props.shell, &state.0, known.as_ref())}
                {reader} {known} approvals={props.shell.session.approvals.clone()} {on_edit} {on_send} />
        },
        Step::Sending(progress) => {
            html! { <Sending {progress} trouble={None::<Trouble>} {on_cancel} {on_edit} {on_send} /> }
        }
        Step::Failed(trouble) => html! {
            <Sending progress={Progress::default()} trouble={Some(trouble)} {on_cancel} {on_edit} {on_send} />
        },
    };
    html! { <><PageHeading key={heading} text={heading} /><div key="body">{ body }</div></> }
}

/// Mistakes in files are shown at once; that something is missing is said only after a person has asked to go on.
fn shown(mistakes: Vec<Mistake>, all: bool) -> Vec<Mistake> {
    mistakes.into_iter().filter(|mistake| all || mistake.is_about_a_file()).collect()
}

/// Hands every change to the page around, which keeps the draft.
#[hook]
fn use_announced_changes(props: &ComposeProps, form: &Form) {
    let (draft, on_change) = (props.draft.clone(), props.on_change.clone());
    use_effect_with(form.clone(), move |form| {
        if *form != draft.form {
            on_change.emit(Draft { form: form.clone(), saved: Some(crate::backend::now()), ..draft });
        }
    });
}

/// Moves focus to the summary each time a person asks to go on and cannot.
#[hook]
fn use_summary_focus(checked: u32, is_empty: bool) {
    use_effect_with(checked, move |checked| {
        if *checked > 0 && !is_empty {
            super::focus(summary::ID);
        }
    });
}

/// What the recipient can receive; asked anew when recipient, subject area or security level changes.
#[hook]
fn use_delivery(
    shell: &Shell,
    recipient: Option<Recipient>,
    process: &str,
    level: Option<u8>,
) -> (Load<(Delivery, Capability)>, Callback<()>) {
    let delivery = use_state(|| Load::Waiting);
    let turn = use_state(|| 0_u32);
    let latest = use_mut_ref(|| 0_u32);
    {
        let (delivery, shell) = (delivery.clone(), shell.clone());
        use_effect_with(
            (recipient.map(|recipient| recipient.orgnr), process.to_owned(), level, *turn),
            move |(orgnr, process, level, turn)| {
                *latest.borrow_mut() += 1;
                let mine = *latest.borrow();
                delivery.set(Load::Waiting);
                if let Some(orgnr) = orgnr.clone() {
                    // Whoever asks again wants another answer.
                    let (process, level) = (process.clone(), *level);
                    let max_age = if *turn == 0 { ask::OLDEST } else { 0 };
                    wasm_bindgen_futures::spawn_local(async move {
                        let answer = send::delivery(&shell, &orgnr, &process, level, max_age).await;
                        if *latest.borrow() == mine {
                            delivery.set(answer.map_or_else(Load::Failed, Load::Here));
                        }
                    });
                }
            },
        );
    }
    let ask_again = Callback::from(move |()| turn.set(*turn + 1));
    ((*delivery).clone(), ask_again)
}

/// Starts sending, unless it is under way: a double click sends once.
fn start_sending(
    props: &ComposeProps,
    form: &Form,
    step: &UseStateHandle<Step>,
    attempt: &Rc<RefCell<Option<Attempt>>>,
    abort: &Rc<RefCell<Option<AbortController>>>,
) -> Callback<()> {
    let (shell, draft) = (props.shell.clone(), Draft { form: form.clone(), ..props.draft.clone() });
    let (on_sent, on_progress, on_trouble) =
        (props.on_sent.clone(), props.on_progress.clone(), props.on_trouble.clone());
    let (step, attempt, abort) = (step.clone(), attempt.clone(), abort.clone());
    Callback::from(move |()| {
        if abort.borrow().is_some() {
            return;
        }
        let Ok(controller) = AbortController::new() else { return };
        *abort.borrow_mut() = Some(controller.clone());
        let (shell, draft, step, attempt, abort) =
            (shell.clone(), draft.clone(), step.clone(), attempt.clone(), abort.clone());
        let (on_sent, on_progress, on_trouble) = (on_sent.clone(), on_progress.clone(), on_trouble.clone());
        step.set(Step::Sending(Progress::new(draft.form.total_size())));
        let show = {
            let step = step.clone();
            Callback::from(move |progress: Progress| {
                step.set(Step::Sending(progress));
                on_progress.emit(progress);
            })
        };
        wasm_bindgen_futures::spawn_local(async move {
            let result = send::deliver(&shell, &draft, &attempt, &controller.signal(), show).await;
            *abort.borrow_mut() = None;
            match result {
                Ok(view) => on_sent.emit(view),
                Err(trouble) => {
                    on_trouble.emit(trouble.clone());
                    step.set(Step::Failed(trouble));
                }
            }
        });
    })
}

/// The sentence under the bar.
pub(crate) fn phase_text(progress: &Progress, lang: crate::text::Lang) -> String {
    use crate::text::{fill, size};
    let text = &lang.text().compose;
    let (done, total) = progress.bytes();
    let percent = progress.percent().to_string();
    let (done, total) = (size(done, lang), size(total, lang));
    let values = [("n", done.as_str()), ("m", total.as_str()), ("prosent", percent.as_str())];
    match progress.phase {
        Phase::Checking => text.checking.to_owned(),
        Phase::Encrypting => fill(text.encrypting, &values),
        Phase::Uploading => fill(text.uploading, &values),
        Phase::HandingOver => text.handing_over.to_owned(),
    }
}

/// Holds content, so nothing of it shows.
impl std::fmt::Debug for ComposeProps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ComposeProps").finish_non_exhaustive()
    }
}
