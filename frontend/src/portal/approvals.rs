//! `/godkjenning`: what waits until somebody other than its sender has approved it.

use konvolutt_shared::api::{Right, Waiting};
use yew::prelude::*;
use yew_router::prelude::*;

use super::Route;
use crate::flow::inbox::party_name;
use crate::flow::timeline::Tone;
use crate::text::{Lang, date_time, fill};
use crate::ui::page::{Load, LoadFailed, fetch};
use crate::ui::{PageHeading, Shell, nothing};

/// What waits, fetched again whenever the feed tells that it may have changed; and how to ask again.
#[hook]
pub(crate) fn use_waiting(shell: &Shell) -> (Load<Vec<Waiting>>, Callback<()>) {
    let waiting = use_state(|| Load::Waiting);
    let load = {
        let (waiting, shell) = (waiting.clone(), shell.clone());
        Callback::from(move |()| {
            if !shell.may(Right::Approve) {
                return;
            }
            let (waiting, backend, orgnr) = (waiting.clone(), shell.backend.clone(), shell.organisation.orgnr.clone());
            fetch(&shell, async move { backend.approvals(&orgnr).await }, move |result| {
                waiting.set(result.map_or_else(Load::Failed, Load::Here));
            });
        })
    };
    let news = shell.change.as_ref().filter(|change| is_news(change)).map(|change| change.cursor);
    {
        let load = load.clone();
        use_effect_with((shell.organisation.orgnr.clone(), news, shell.anew), move |_| load.emit(()));
    }
    ((*waiting).clone(), load)
}

/// Whether something may have begun or ended to wait.
fn is_news(change: &konvolutt_shared::api::Change) -> bool {
    use konvolutt_shared::api::Status;
    change.event.approval.is_some() || change.event.status == Status::LevetidUtlopt
}

/// How many wait for this person: nobody approves what is their own.
pub(crate) fn for_me(waiting: &Load<Vec<Waiting>>) -> usize {
    waiting.get().map_or(0, |list| list.iter().filter(|one| !one.yours).count())
}

/// How many wait, as a badge.
pub(crate) fn count(waiting: &Load<Vec<Waiting>>, template: &str) -> Html {
    let n = for_me(waiting);
    if n == 0 {
        return nothing();
    }
    let n = n.to_string();
    html! { <span class="ds-badge app-count" data-color="info" data-count={n.clone()}><span class="app-hidden">{ fill(template, &[("n", &n)]) }</span></span> }
}

/// Properties of [`Approvals`].
#[derive(Properties, PartialEq)]
pub(crate) struct ApprovalsProps {
    /// The surroundings.
    pub shell: Shell,
}

/// The page.
#[component]
pub(crate) fn Approvals(props: &ApprovalsProps) -> Html {
    let (lang, text) = (props.shell.lang, &props.shell.text().approval);
    let (waiting, reload) = use_waiting(&props.shell);
    let body = match waiting {
        Load::Waiting => html! { <p role="status">{ props.shell.text().frame.loading }</p> },
        Load::Failed(trouble) => html! { <LoadFailed {trouble} on_retry={reload} /> },
        Load::Here(list) if list.is_empty() => html! { <p>{ text.empty }</p> },
        Load::Here(list) => html! {
            <ul class="app-plain app-messages" role="list" aria-label={text.list}>{ for list.iter().map(|one| row(one, lang)) }</ul>
        },
    };
    html! {
        <>
            <PageHeading text={text.title} />
            <p>{ text.lead }</p>
            <div role="status">{ body }</div>
        </>
    }
}

fn row(one: &Waiting, lang: Lang) -> Html {
    let (text, summary) = (lang.text(), &one.summary);
    let name = party_name(summary, lang);
    let own = if one.yours {
        html! { <span class="ds-tag" data-color="warning"><span aria-hidden="true">{ Tone::Warning.sign() }</span><span>{ text.approval.yours_mark }</span></span> }
    } else {
        nothing()
    };
    html! {
        <li key={summary.id.clone()} class="app-message">
            <p><Link<Route> classes="ds-link" to={Route::Approval { id: summary.id.clone() }}>{ fill(text.frame.message_to, &[("navn", &name)]) }</Link<Route>></p>
            <p class="app-message-tags"><span>{ own }</span></p>
            <p class="app-small">{ text.approval.sent_by }{ " " }{ &one.sent_by }{ " · " }<time datetime={summary.created.to_string()}>{ date_time(summary.created, lang) }</time></p>
        </li>
    }
}
