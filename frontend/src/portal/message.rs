//! `/melding/{id}`: one message, live.

use std::rc::Rc;

use konvolutt_shared::address::Channel;
use konvolutt_shared::api::{Direction, MessageView, Right};
use konvolutt_shared::sbd::{DocumentType, Sbd};
use yew::prelude::*;
use yew_router::prelude::*;

use super::Route;
use super::drafts::{DraftAction, DraftBox};
use super::opened::Opened;
use crate::flow::compose::{Action, CaseField, Recipient, ReplyTo};
use crate::flow::inbox::{is_to_mailbox, on_the_way, party_name, party_number};
use crate::flow::timeline::{Row, Tone, arrival, headline, rows};
use crate::flow::trouble::Trouble;
use crate::flow::warnings::Kind;
use crate::text::{Lang, MessageText, date_time, fill, is_posted, size, time};
use crate::ui::compose::Draft;
use crate::ui::page::{Load, LoadFailed, fetch};
use crate::ui::{Alert, NoAccess, PageHeading, Shell, Timeline, TroubleCard, nothing};

/// Properties of [`MessagePage`].
#[derive(Properties, PartialEq)]
pub(crate) struct MessagePageProps {
    /// The surroundings.
    pub shell: Shell,
    /// Drafts and the titles sent from here.
    pub drafts: UseReducerHandle<DraftBox>,
    /// The relay's id.
    pub id: String,
}

/// The page.
#[component]
pub(crate) fn MessagePage(props: &MessagePageProps) -> Html {
    let shell = &props.shell;
    let (view, reload) = use_message(shell, &props.id);
    let title = use_state(|| None::<String>);
    let refused = use_state(|| false);
    let navigator = use_navigator();
    let text = &shell.text().message;
    let view = match view {
        Load::Waiting => return html! { <div key="waiting"><p role="status">{ shell.text().frame.loading }</p></div> },
        Load::Failed(trouble) => return html! { <div key="failed"><LoadFailed {trouble} on_retry={reload} /></div> },
        Load::Here(view) => view,
    };
    let name = party_name(&view.summary, shell.lang);
    let (template, incoming) = match view.summary.direction {
        Direction::In => (text.incoming, true),
        Direction::Out => (text.outgoing, false),
    };
    let general = fill(template, &[("navn", &name)]);
    let known = (*title).clone().or_else(|| props.drafts.title(&props.id).map(ToOwned::to_owned));
    let on_title = Callback::from(move |found: String| title.set(Some(found)));
    let on_refused = {
        let refused = refused.clone();
        Callback::from(move |it_did| refused.set(it_did))
    };
    let reload_then = reload.clone();
    let on_reply = reply(props, navigator, &view, known.clone());
    let letter = if incoming && !shell.may(Right::Open) {
        html! { <NoAccess shell={shell.clone()} right={Right::Open} /> }
    } else if incoming {
        html! { <Opened shell={shell.clone()} view={(*view).clone()} {on_title} refused={*refused} {on_refused} {on_reply} {reload} /> }
    } else {
        html! { <SentNotice view={(*view).clone()} shell={shell.clone()} reload={reload} /> }
    };
    let sub = known.as_ref().map_or_else(nothing, |_| html! { <p>{ &general }</p> });
    html! {
        <div key="message">
            <PageHeading text={known.unwrap_or(general)} public_name={if incoming { shell.text().frame.inbox } else { shell.text().frame.sent }} />
            <div>{ sub }</div>
            <div class="app-stack">
                <div>{ agreed(&view, shell.lang) }</div>
                <div>{ letter }</div>
                <HandleButton shell={shell.clone()} view={(*view).clone()} reload={reload_then} />
                <StatusSection view={(*view).clone()} lang={shell.lang} refused={*refused} />
                <Facts view={(*view).clone()} lang={shell.lang} />
            </div>
        </div>
    }
}

/// What was agreed upon stands in the document itself, for anybody on the way to see.
fn agreed(view: &MessageView, lang: Lang) -> Html {
    let text = lang.text();
    let sbd = Some(view).filter(|view| view.summary.document_type == DocumentType::Avtalt.as_str());
    let Some(sbd) = sbd.and_then(|view| Sbd::parse(view.sbd.as_bytes(), None).ok()) else { return nothing() };
    let member = |name: &str| sbd.business().get(name).cloned().unwrap_or_default();
    let content = serde_json::to_string_pretty(&member("content")).unwrap_or_default();
    html! {
        <section class="ds-card app-card" data-color="neutral" aria-label={text.message.agreed}>
            <h2 class="ds-heading" data-size="sm">{ text.message.agreed }</h2>
            <p>{ text.message.agreed_help }</p>
            <dl class="app-facts">
                <div><dt>{ text.compose.agreed_name }</dt><dd class="app-break">{ member("identifier").as_str() }</dd></div>
            </dl>
            <pre class="app-evidence" tabindex="0" aria-label={text.compose.agreed_content}>{ content }</pre>
        </section>
    }
}

/// The message, fetched again whenever the feed names it.
#[hook]
fn use_message(shell: &Shell, id: &str) -> (Load<Rc<MessageView>>, Callback<()>) {
    let view = use_state(|| Load::Waiting);
    let load = {
        let (view, shell, id) = (view.clone(), shell.clone(), id.to_owned());
        Callback::from(move |()| {
            let (view, backend, id) = (view.clone(), shell.backend.clone(), id.clone());
            fetch(&shell, async move { backend.message(&id).await }, move |result| {
                view.set(result.map_or_else(Load::Failed, |found| Load::Here(Rc::new(found))));
            });
        })
    };
    let newest = shell.change.as_ref().filter(|change| change.id == id).map(|change| change.cursor);
    {
        let load = load.clone();
        use_effect_with((id.to_owned(), newest, shell.anew), move |_| load.emit(()));
    }
    let (shell, id) = (shell.clone(), id.to_owned());
    let unread = view.get().is_some_and(|view| view.summary.unread);
    use_effect_with((id, unread), move |(id, unread)| {
        if *unread && shell.may(Right::Open) {
            let (backend, id) = (shell.backend.clone(), id.clone());
            fetch(&shell, async move { backend.opened(&id).await }, |_| {});
        }
    });
    ((*view).clone(), load)
}

/// A reply is a draft in the same conversation with its recipient locked.
fn reply(
    props: &MessagePageProps,
    navigator: Option<Navigator>,
    view: &Rc<MessageView>,
    title: Option<String>,
) -> Callback<()> {
    let (drafts, view, lang) = (props.drafts.dispatcher(), view.clone(), props.shell.lang);
    Callback::from(move |()| {
        let mut draft = Draft::new();
        draft.form.recipient = Some(Recipient {
            orgnr: view.summary.party.orgnr.clone(),
            name: party_name(&view.summary, lang),
            bankrupt: false,
        });
        draft.form.reply = Some(ReplyTo { conversation_id: view.summary.conversation_id.clone() });
        draft.form.title = title.clone().map(|title| format!("Re: {title}")).unwrap_or_default();
        // What they call their letter; by KS SvarUt it is how they find what is answered.
        let theirs = Sbd::parse(view.sbd.as_bytes(), None).ok();
        if let Some(theirs) = theirs.as_ref().and_then(Sbd::sender_reference) {
            draft.form = draft.form.after(Action::Case(CaseField::TheirReference, theirs.to_owned()));
        }
        draft.saved = Some(crate::backend::now());
        let route = Route::Draft { id: draft.id.clone() };
        drafts.dispatch(DraftAction::Keep(Box::new(draft)));
        if let Some(navigator) = &navigator {
            navigator.push(&route);
        }
    })
}

#[derive(Properties, PartialEq)]
struct NoticeProps {
    shell: Shell,
    view: MessageView,
    reload: Callback<()>,
}

/// Sent is not delivered, and the page says so until it is.
#[component]
fn SentNotice(props: &NoticeProps) -> Html {
    let lang = props.shell.lang;
    let (compose, text) = (&lang.text().compose, &lang.text().message);
    let name = party_name(&props.view.summary, lang);
    let summary = &props.view.summary;
    let body = if let Some(kind) = Kind::of(summary, &props.view.events) {
        html! { <FailureNotice shell={props.shell.clone()} view={props.view.clone()} reload={props.reload.clone()} {kind} /> }
    } else if summary.awaits_approval {
        html! { <Alert tone={Tone::Info}><h2 class="ds-heading" data-size="xs">{ lang.text().approval.waits }</h2><p>{ lang.text().approval.waits_text }</p></Alert> }
    } else if on_the_way(summary.status) {
        html! { <Alert tone={Tone::Info}><h2 class="ds-heading" data-size="xs">{ compose.sent_heading }</h2><p>{ compose.sent_text }</p></Alert> }
    } else if let Some(event) = arrival(summary.status, &props.view.events) {
        let values = [("mottaker", name.as_str()), ("tid", &time(event.at, lang))];
        let said = if is_posted(event) { text.posted } else { text.delivered_to };
        html! { <Alert tone={Tone::Success}><p>{ fill(said, &values) }</p></Alert> }
    } else {
        nothing()
    };
    html! { <div role="status">{ body }</div> }
}

#[derive(Properties, PartialEq)]
struct FailureProps {
    shell: Shell,
    view: MessageView,
    reload: Callback<()>,
    kind: Kind,
}

/// What went wrong and what to do; once somebody has dealt with it, only what went wrong.
#[component]
fn FailureNotice(props: &FailureProps) -> Html {
    let (shell, view, kind) = (&props.shell, &props.view, props.kind);
    let (lang, text) = (shell.lang, &shell.text().message);
    if is_to_mailbox(&view.summary) {
        return html! { <MailboxFailure view={view.clone()} {lang} /> };
    }
    let (happened, now) = kind.sentences(&party_name(&view.summary, lang), lang);
    if !view.summary.attention {
        return dealt_with(&happened, lang);
    }
    let onclick = {
        let (shell, id, reload) = (shell.clone(), view.summary.id.clone(), props.reload.clone());
        move |_: MouseEvent| {
            let (backend, id, reload) = (shell.backend.clone(), id.clone(), reload.clone());
            fetch(&shell, async move { backend.retry(&id).await }, move |_| reload.emit(()));
        }
    };
    let way_on = if !shell.may(Right::Send) {
        html! { <NoAccess shell={shell.clone()} right={Right::Send} /> }
    } else if view.retryable {
        html! { <button type="button" class="ds-button" data-variant="secondary" {onclick}>{ text.retry }</button> }
    } else if kind.wants_new(view) {
        html! { <p>{ new_message(lang) }</p> }
    } else {
        nothing()
    };
    let now = if kind == Kind::Failed && kind.is_final(view) { text.send_anew.to_owned() } else { now };
    html! {
        <Alert tone={kind.tone()}>
            <p>{ happened }</p>
            <p>{ now }</p>
            <div>{ way_on }</div>
        </Alert>
    }
}

fn new_message(lang: Lang) -> Html {
    html! { <Link<Route> classes="ds-link" to={Route::New}>{ lang.text().frame.new_message }</Link<Route>> }
}

fn dealt_with(happened: &str, lang: Lang) -> Html {
    html! {
        <div class="ds-card app-card" data-color="neutral">
            <p>{ happened }</p>
            <p>{ lang.text().warning.handled_text }</p>
        </div>
    }
}

/// What became of a letter that a mailbox or a printer did not take. It is signed for one handing over, so that it can
/// only be written anew.
#[component]
fn MailboxFailure(props: &ViewProps) -> Html {
    let text = props.lang.text();
    let all = rows(&props.view.events, Channel::find(&props.view.summary.channel), props.lang);
    let Some(row) = headline(&all, &props.view.events, props.view.summary.status) else { return nothing() };
    if !props.view.summary.attention {
        return dealt_with(row.explanation, props.lang);
    }
    let lost = row.tone == Tone::Danger;
    let new = || html! { <p>{ text.person.send_anew }{ " " }{ new_message(props.lang) }</p> };
    html! {
        <Alert tone={row.tone}>
            <h2 class="ds-heading" data-size="xs">{ row.label }</h2>
            <p>{ row.explanation }{ " " }{ row.next }</p>
            <div>{ if lost { new() } else { nothing() } }</div>
        </Alert>
    }
}

#[derive(Properties, PartialEq)]
struct HandleProps {
    shell: Shell,
    view: MessageView,
    reload: Callback<()>,
}

/// Offered as long as the message needs somebody.
#[component]
fn HandleButton(props: &HandleProps) -> Html {
    let text = &props.shell.text().warning;
    let trouble = use_state(|| None::<Trouble>);
    let needed = if props.view.summary.direction == Direction::Out { Right::Send } else { Right::Open };
    if !props.view.summary.attention || !props.shell.may(needed) {
        return nothing();
    }
    let onclick = {
        let (shell, id, reload, trouble) =
            (props.shell.clone(), props.view.summary.id.clone(), props.reload.clone(), trouble.clone());
        move |_: MouseEvent| {
            let (backend, id, reload, trouble) = (shell.backend.clone(), id.clone(), reload.clone(), trouble.clone());
            fetch(&shell, async move { backend.handled(&id).await }, move |result| match result {
                Ok(()) => reload.emit(()),
                Err(found) => trouble.set(Some(found)),
            });
        }
    };
    html! {
        <div class="app-stack">
            <div><button type="button" class="ds-button" data-variant="secondary" aria-describedby="handled-help" {onclick}>{ text.handled }</button></div>
            <p id="handled-help" class="app-help">{ text.handled_help }</p>
            <div>{ trouble.as_ref().map_or_else(nothing, |trouble| html! { <TroubleCard trouble={trouble.clone()} /> }) }</div>
        </div>
    }
}

#[derive(Debug, Properties, PartialEq)]
struct ViewProps {
    view: MessageView,
    lang: Lang,
}

#[derive(Debug, Properties, PartialEq)]
struct StatusProps {
    view: MessageView,
    lang: Lang,
    /// Opening refused it: the next step is not to open and confirm it.
    refused: bool,
}

#[component]
fn StatusSection(props: &StatusProps) -> Html {
    let text = &props.lang.text().message;
    let channel = Channel::find(&props.view.summary.channel);
    let all = rows(&props.view.events, channel, props.lang);
    let now = headline(&all, &props.view.events, props.view.summary.status).map(|row| {
        match Kind::of(&props.view.summary, &props.view.events) {
            _ if props.refused => Row { next: "", ..row },
            Some(_) if !props.view.summary.attention => Row { next: "", ..row },
            // The status alone does not know that it cannot be tried again.
            Some(kind) if kind.is_final(&props.view) => Row { next: text.send_anew, ..row },
            _ => row,
        }
    });
    html! {
        <section class="ds-card app-card" data-color="neutral" aria-label={text.status}>
            <h2 class="ds-heading" data-size="sm">{ text.status }</h2>
            <div role="status">{ now.as_ref().map_or_else(nothing, |row| standing(row, text)) }</div>
            <h3 class="ds-heading" data-size="xs">{ text.events }</h3>
            <Timeline events={props.view.events.clone()} {channel} />
            <p class="app-small">{ text.live }{ " " }<Link<Route> classes="ds-link" to={Route::HelpStatuses}>{ props.lang.text().frame.help_statuses }</Link<Route>></p>
        </section>
    }
}

fn standing(row: &Row, text: &MessageText) -> Html {
    let next = if row.next.is_empty() {
        nothing()
    } else {
        html! { <p>{ fill(text.next, &[("tekst", row.next)]) }</p> }
    };
    html! {
        <>
            <p><span class="ds-tag" data-color={row.tone.color()}><span aria-hidden="true">{ row.tone.sign() }{ " " }</span>{ row.label }</span></p>
            <p>{ row.explanation }</p>
            <div>{ next }</div>
        </>
    }
}

#[component]
fn Facts(props: &ViewProps) -> Html {
    let lang = props.lang;
    let (text, summary) = (&lang.text().message, &props.view.summary);
    let when = if summary.direction == Direction::In { text.received } else { text.created };
    let mut facts = vec![
        (
            if summary.direction == Direction::In { text.from } else { text.to },
            party_number(summary).unwrap_or_else(|| party_name(summary, lang)),
        ),
        (when, date_time(summary.created, lang)),
        (text.size, size(summary.size, lang)),
        (text.message_id, summary.message_id.clone()),
        (text.conversation_id, summary.conversation_id.clone()),
    ];
    if let Some(expires) = props.view.expires {
        facts.push((text.deadline, date_time(expires, lang)));
    }
    let evidence = props.view.envelope.as_ref().map_or_else(nothing, |envelope| {
        html! { <details class="ds-details"><summary>{ text.evidence }</summary><div><p>{ text.evidence_help }</p><pre class="app-evidence" tabindex="0" aria-label={text.evidence}>{ envelope }</pre></div></details> }
    });
    html! {
        <details class="ds-details">
            <summary>{ text.details }</summary>
            <div class="app-stack">
                <dl class="app-facts">{ for facts.into_iter().map(|(name, value)| html! { <div key={name}><dt>{ name }</dt><dd class="app-break">{ value }</dd></div> }) }</dl>
                <div>{ evidence }</div>
            </div>
        </details>
    }
}
