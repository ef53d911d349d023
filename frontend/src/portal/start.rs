//! `/`: three numbers, the newest messages, and what to do first.

use konvolutt_shared::api::Right;
use yew::prelude::*;
use yew_router::prelude::*;

use super::list::{MessageList, use_messages};
use super::{Route, approvals};
use crate::flow::inbox::{Filter, on_the_way};
use crate::text::fill;
use crate::ui::certificate::CertificateNeeded;
use crate::ui::page::{Load, LoadFailed};
use crate::ui::{NoAccess, PageHeading, Shell, nothing};

/// Messages shown on the start page.
const RECENT: usize = 5;

/// Properties of [`Start`].
#[derive(Properties, PartialEq)]
pub(crate) struct StartProps {
    /// The surroundings.
    pub shell: Shell,
    /// How many messages need somebody, once the relay has counted.
    pub urgent: Option<u64>,
}

/// The start page.
#[component]
pub(crate) fn Start(props: &StartProps) -> Html {
    let shell = &props.shell;
    let frame = &shell.text().frame;
    let messages = use_messages(shell, None, false);
    let waiting = approvals::for_me(&approvals::use_waiting(shell).0);
    let greeting = fill(frame.greeting, &[("navn", &shell.session.person.name)]);
    let key =
        if (shell.may(Right::Send) || shell.may(Right::Open)) && shell.keys.is_some() && shell.signing(false).is_none()
        {
            html! { <CertificateNeeded shell={shell.clone()} /> }
        } else {
            nothing()
        };
    let new = if shell.may(Right::Send) {
        html! { <Link<Route> classes="ds-button app-big" to={Route::New}>{ frame.new_message }</Link<Route>> }
    } else if shell.may(Right::Approve) {
        // Who approves is here for that, and lacks nothing.
        nothing()
    } else {
        html! { <NoAccess shell={shell.clone()} right={Right::Send} /> }
    };
    let body = match &messages.load {
        Load::Waiting => html! { <p role="status">{ frame.loading }</p> },
        Load::Failed(trouble) => html! { <LoadFailed trouble={trouble.clone()} on_retry={messages.reload.clone()} /> },
        Load::Here(list) => {
            let urgent = props.urgent.unwrap_or_else(|| list.count(|message| message.attention) as u64);
            let numbers = [
                (frame.start_attention, urgent + waiting as u64),
                (frame.start_unread, list.count(|message| message.unread) as u64),
                (frame.start_on_the_way, list.count(|message| on_the_way(message.status)) as u64),
            ];
            let recent: Vec<_> = list.shown(Filter::All).into_iter().take(RECENT).collect();
            html! {
                <>
                    <dl class="app-numbers">{ for numbers.into_iter().map(|(name, n)| html! { <div key={name} class="ds-card app-card" data-color="neutral"><dt>{ name }</dt><dd>{ n }</dd></div> }) }</dl>
                    <h2 class="ds-heading" data-size="sm">{ frame.start_recent }</h2>
                    <div>{ if recent.is_empty() { html! { <p>{ frame.sent_empty }</p> } } else { html! { <MessageList shell={shell.clone()} messages={recent} /> } } }</div>
                </>
            }
        }
    };
    html! {
        <>
            <PageHeading text={greeting} public_name={frame.home} />
            <div class="app-stack">
                <div>{ key }</div>
                <div>{ new }</div>
                <div>{ to_approve(waiting, shell) }</div>
                <div class="app-stack">{ body }</div>
            </div>
        </>
    }
}

/// The way to what waits for this person.
fn to_approve(waiting: usize, shell: &Shell) -> Html {
    let text = &shell.text().approval;
    let words = match waiting {
        0 => return nothing(),
        1 => text.one_waits.to_owned(),
        n => fill(text.many_wait, &[("n", &n.to_string())]),
    };
    html! { <p><Link<Route> classes="ds-link" to={Route::Approvals}>{ words }</Link<Route>></p> }
}
