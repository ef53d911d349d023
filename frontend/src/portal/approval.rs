//! `/godkjenning/{id}`: exactly what will be sent, and the decision about it.

use std::rc::Rc;

use konvolutt_shared::address::{Channel, Reader};
use konvolutt_shared::api::WaitingView;
use yew::prelude::*;
use yew_router::prelude::*;

use super::Route;
use super::opened::DocumentList;
use crate::flow::approval::{Signed, may_approve, note};
use crate::flow::inbox::{party_name, party_number};
use crate::flow::timeline::Tone;
use crate::flow::trouble::Trouble;
use crate::text::{Lang, date_time, fill, orgnr, size};
use crate::ui::alert::FindingList;
use crate::ui::certificate::CertificateNeeded;
use crate::ui::page::{Load, LoadFailed, fetch, use_retry};
use crate::ui::{Alert, CheckField, PageHeading, Shell, TextArea, TroubleCard, nothing, use_lang};
use crate::vault::{OpenRequest, OpenedLetter, Outgoing};

/// Properties of [`ApprovalPage`].
#[derive(Properties, PartialEq)]
pub(crate) struct ApprovalProps {
    /// The surroundings.
    pub shell: Shell,
    /// The relay's id.
    pub id: String,
}

/// What was decided here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    Approved,
    Returned,
}

/// The page.
#[component]
pub(crate) fn ApprovalPage(props: &ApprovalProps) -> Html {
    let shell = &props.shell;
    let text = &shell.text().approval;
    let (view, reload) = use_approval(shell, &props.id);
    let opened = use_state(|| false);
    let on_opened = {
        let opened = opened.clone();
        Callback::from(move |()| opened.set(true))
    };
    let done = use_state(|| None::<Done>);
    let on_done = {
        let done = done.clone();
        Callback::from(move |what| done.set(Some(what)))
    };
    let view = match view {
        Load::Waiting => return html! { <div key="waiting"><p role="status">{ shell.text().frame.loading }</p></div> },
        Load::Failed(trouble) => return html! { <div key="failed"><LoadFailed {trouble} on_retry={reload} /></div> },
        Load::Here(view) => view,
    };
    let name = party_name(&view.message.summary, shell.lang);
    let decision = match *done {
        Some(done) => html! { <Decided {done} id={props.id.clone()} /> },
        None if view.yours => html! { <Alert tone={Tone::Warning}><p>{ text.yours }</p></Alert> },
        None => html! { <Decide shell={shell.clone()} id={props.id.clone()} opened={*opened} {on_done} /> },
    };
    html! {
        <div key="approval">
            <PageHeading text={fill(text.heading, &[("mottaker", &name)])} public_name={text.title} />
            <div class="app-stack">
                <Contents shell={shell.clone()} view={view.clone()} {on_opened} />
                <div>{ decision }</div>
            </div>
        </div>
    }
}

/// The letter, fetched once: what is shown must not change under the eyes of whoever decides.
#[hook]
fn use_approval(shell: &Shell, id: &str) -> (Load<Rc<WaitingView>>, Callback<()>) {
    let view = use_state(|| Load::Waiting);
    let load = {
        let (view, shell, id) = (view.clone(), shell.clone(), id.to_owned());
        Callback::from(move |()| {
            let (view, backend, id) = (view.clone(), shell.backend.clone(), id.clone());
            fetch(&shell, async move { backend.approval(&id).await }, move |result| {
                view.set(result.map_or_else(Load::Failed, |found| Load::Here(Rc::new(found))));
            });
        })
    };
    {
        let load = load.clone();
        use_effect_with(id.to_owned(), move |_| load.emit(()));
    }
    ((*view).clone(), load)
}

#[derive(Properties, PartialEq)]
struct ContentsProps {
    shell: Shell,
    view: Rc<WaitingView>,
    /// It was opened and verified: its content is on the page.
    on_opened: Callback<()>,
}

/// What will be sent: opened here if that can be, and what its envelope says in any case.
#[component]
fn Contents(props: &ContentsProps) -> Html {
    let text = &props.shell.text().approval;
    let letter = use_state(|| Load::<OpenedLetter>::Waiting);
    let key = props.shell.key().map(|key| key.id.clone());
    let can_open = props.view.approval_key.is_some();
    let (turn, on_retry) = use_retry(&letter);
    {
        let (letter, shell, view, on_opened) =
            (letter.clone(), props.shell.clone(), props.view.clone(), props.on_opened.clone());
        use_effect_with((view.message.summary.id.clone(), key.clone(), turn), move |(_, key, _)| {
            if key.is_some() && can_open {
                wasm_bindgen_futures::spawn_local(async move {
                    let result = open(&shell, &view).await;
                    if result.is_ok() {
                        on_opened.emit(());
                    }
                    letter.set(result.map_or_else(Load::Failed, Load::Here));
                });
            }
        });
    }
    let inside = if !can_open {
        html! { <Alert tone={Tone::Info}><p>{ text.sealed }</p></Alert> }
    } else if key.is_none() {
        html! { <><p>{ text.key }</p><CertificateNeeded shell={props.shell.clone()} /></> }
    } else {
        match &*letter {
            Load::Waiting => html! { <p role="status">{ props.shell.text().message.opening }</p> },
            Load::Failed(trouble) if trouble.of_request => {
                html! { <LoadFailed trouble={trouble.clone()} {on_retry} /> }
            }
            Load::Failed(trouble) => html! { <TroubleCard trouble={trouble.clone()} /> },
            Load::Here(letter) => opened(letter, props.shell.lang),
        }
    };
    let title = letter.get().and_then(|letter| letter.title.clone());
    html! {
        <>
            <Facts view={props.view.clone()} {title} />
            <div class="app-stack">{ inside }</div>
        </>
    }
}

async fn open(shell: &Shell, view: &WaitingView) -> Result<OpenedLetter, Trouble> {
    let package = shell.backend.approval_package(&view.message.summary.id).await?;
    let request = OpenRequest {
        package,
        sbd: view.message.sbd.clone(),
        // Nobody has carried it yet: it is ours.
        broker_sender: Some(view.message.summary.organisation.clone()),
        revocation: shell.backend.revocation_lists().await.ok(),
        received: None,
        came: None,
        outgoing: Some(Outgoing {
            envelope: view.message.envelope.clone().unwrap_or_default(),
            key: view.approval_key.clone().unwrap_or_default(),
            suppliers: shell.suppliers().map(|one| one.signer.orgnr.clone()).collect(),
        }),
    };
    shell.vault.open(request).await.map_err(Trouble::from)
}

fn opened(letter: &OpenedLetter, lang: Lang) -> Html {
    let remarks = if letter.findings.is_empty() {
        nothing()
    } else {
        html! { <FindingList label={lang.text().message.findings} findings={letter.findings.clone()} /> }
    };
    html! {
        <>
            <Alert tone={Tone::Success}><p>{ lang.text().approval.exact }</p></Alert>
            <div>{ remarks }</div>
            <DocumentList documents={letter.documents.clone()} />
        </>
    }
}

#[derive(Debug, Properties, PartialEq)]
struct FactsProps {
    view: Rc<WaitingView>,
    title: Option<String>,
}

#[component]
fn Facts(props: &FactsProps) -> Html {
    let lang = use_lang();
    let (text, message) = (&lang.text().approval, &lang.text().message);
    let (view, summary) = (&props.view, &props.view.message.summary);
    let number = party_number(summary).map(|number| format!(" {number}")).unwrap_or_default();
    let way = Channel::find(&summary.channel).and_then(Reader::of).map(|reader| lang.text().compose.way(reader).name);
    let mut facts = vec![
        (message.to, format!("{}{number}", party_name(summary, lang))),
        (text.channel, way.unwrap_or(&summary.channel).to_owned()),
        (text.sent_by, view.sent_by.clone()),
    ];
    facts.extend(props.title.clone().map(|title| (text.subject, title)));
    facts.extend(view.message.expires.map(|expires| (message.deadline, date_time(expires, lang))));
    facts.push((text.size, size(summary.size, lang)));
    if let Some(signed) = view.message.envelope.as_deref().and_then(Signed::of) {
        let number = signed.organisation.as_deref().map(|number| format!(" {}", orgnr(number))).unwrap_or_default();
        facts.push((text.signer, format!("{}{number}", signed.signer)));
        facts.push((text.hash, signed.digest));
    }
    let fact = |(name, value): (&'static str, String)| html! { <div key={name}><dt>{ name }</dt><dd class="app-break">{ value }</dd></div> };
    html! {
        <section class="ds-card app-card" data-color="neutral" aria-labelledby="what-is-sent">
            <h2 id="what-is-sent" class="ds-heading" data-size="sm">{ text.facts }</h2>
            <dl class="app-facts">{ for facts.into_iter().map(fact) }</dl>
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct DecideProps {
    shell: Shell,
    id: String,
    opened: bool,
    on_done: Callback<Done>,
}

/// Approve, or return with a note.
#[component]
fn Decide(props: &DecideProps) -> Html {
    let trouble = use_state(|| None::<Trouble>);
    let decide = {
        let (shell, id, on_done, trouble) =
            (props.shell.clone(), props.id.clone(), props.on_done.clone(), trouble.clone());
        Callback::from(move |note: Option<String>| {
            let (backend, id, on_done, trouble) = (shell.backend.clone(), id.clone(), on_done.clone(), trouble.clone());
            let done = if note.is_some() { Done::Returned } else { Done::Approved };
            let request = async move {
                match note {
                    Some(note) => backend.send_back(&id, &note).await,
                    None => backend.approve(&id).await,
                }
            };
            fetch(&shell, request, move |result| match result {
                Ok(()) => on_done.emit(done),
                Err(found) => trouble.set(Some(found)),
            });
        })
    };
    html! {
        <div class="app-stack">
            <div>{ trouble.as_ref().map_or_else(nothing, |trouble| html! { <TroubleCard trouble={trouble.clone()} /> }) }</div>
            <Approve opened={props.opened} on_approve={decide.reform(|()| None)} />
            <SendBack on_note={decide.reform(Some)} />
        </div>
    }
}

#[derive(Debug, Properties, PartialEq)]
struct ApproveProps {
    opened: bool,
    on_approve: Callback<()>,
}

/// The button, and as long as the letter has not been opened here the box that says so.
#[component]
fn Approve(props: &ApproveProps) -> Html {
    let text = &use_lang().text().approval;
    let unseen = use_state(|| false);
    let wrong = use_state(|| None::<&'static str>);
    let on_change = {
        let (unseen, wrong) = (unseen.clone(), wrong.clone());
        Callback::from(move |on| {
            unseen.set(on);
            wrong.set(None);
        })
    };
    let onclick = {
        let (opened, said, on_approve, wrong) = (props.opened, *unseen, props.on_approve.clone(), wrong.clone());
        move |_: MouseEvent| match may_approve(opened, said, text) {
            Ok(()) => on_approve.emit(()),
            Err(why) => {
                wrong.set(Some(why));
                crate::ui::focus_soon("unseen");
            }
        }
    };
    let ask = if props.opened {
        nothing()
    } else {
        html! { <CheckField id="unseen" label={text.unseen} help={text.unseen_help} on={*unseen} {on_change} error={wrong.map(AttrValue::from)} /> }
    };
    html! {
        <>
            <div>{ ask }</div>
            <div><button type="button" class="ds-button" data-variant="primary" {onclick}>{ text.approve }</button></div>
        </>
    }
}

#[derive(Debug, Properties, PartialEq)]
struct SendBackProps {
    on_note: Callback<String>,
}

/// The note, and the button that returns the letter with it.
#[component]
fn SendBack(props: &SendBackProps) -> Html {
    let text = &use_lang().text().approval;
    let typed = use_state(String::new);
    let wrong = use_state(|| None::<&'static str>);
    let send_back = {
        let (typed, wrong, on_note) = (typed.clone(), wrong.clone(), props.on_note.clone());
        move |_: MouseEvent| match note(&typed, text) {
            Ok(note) => {
                wrong.set(None);
                on_note.emit(note);
            }
            Err(why) => {
                wrong.set(Some(why));
                crate::ui::focus_soon("note");
            }
        }
    };
    let on_input = {
        let typed = typed.clone();
        Callback::from(move |value| typed.set(value))
    };
    html! {
        <>
            <TextArea id="note" label={text.note} value={(*typed).clone()} {on_input} help={Some(AttrValue::from(text.note_help))} error={wrong.map(AttrValue::from)} />
            <div><button type="button" class="ds-button" data-variant="secondary" onclick={send_back}>{ text.send_back }</button></div>
        </>
    }
}

#[derive(Debug, Properties, PartialEq)]
struct DecidedProps {
    done: Done,
    id: String,
}

/// What was decided, and where to go from here. It takes the focus that the button had.
#[component]
fn Decided(props: &DecidedProps) -> Html {
    let text = &use_lang().text().approval;
    use_effect_with((), |()| crate::ui::focus("decided"));
    let said = match props.done {
        Done::Approved => text.done_approved,
        Done::Returned => text.done_returned,
    };
    html! {
        <div id="decided" tabindex="-1" role="status">
            <Alert tone={Tone::Success}>
                <p>{ said }</p>
                <p>
                    <Link<Route> classes="ds-link" to={Route::Message { id: props.id.clone() }}>{ text.see }</Link<Route>>{ " " }
                    <Link<Route> classes="ds-link" to={Route::Approvals}>{ text.to_list }</Link<Route>>
                </p>
            </Alert>
        </div>
    }
}
