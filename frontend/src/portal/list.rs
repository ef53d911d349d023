//! `/innboks` and `/sendt`.

use konvolutt_shared::address::Channel;
use konvolutt_shared::api::{Direction, MessageStatus, Page};
use yew::prelude::*;
use yew_router::prelude::*;

use super::Route;
use crate::backend::{Backend, Failure};
use crate::flow::inbox::{Filter, List, party_name, party_number};
use crate::flow::timeline::{Tone, outcome, tone};
use crate::text::{Lang, counted, date_time, fill, status_on};
use crate::ui::page::{Load, LoadFailed, fetch};
use crate::ui::{Alert, PageHeading, Shell, StatusTag, nothing};

/// A list being kept fresh.
pub(crate) struct Messages {
    /// The messages.
    pub load: Load<List>,
    /// Fetches it again from the start.
    pub reload: Callback<()>,
    /// Fetches the next page.
    pub more: Callback<()>,
}

enum Put {
    /// The list is being asked for from the start.
    Asked,
    /// So many first pages, with the cursor of the next.
    Pages(Vec<MessageStatus>, Option<String>, usize),
    /// The page after this cursor.
    More(Page<MessageStatus>, String),
    One(Box<MessageStatus>),
    /// No longer one of the list's.
    Gone(String),
    Failed(crate::flow::trouble::Trouble),
}

#[derive(Clone, PartialEq)]
struct State(Load<List>);

impl Reducible for State {
    type Action = Put;

    fn reduce(self: std::rc::Rc<Self>, action: Put) -> std::rc::Rc<Self> {
        let mut list = self.0.get().cloned().unwrap_or_default();
        match action {
            Put::Asked if self.0.get().is_none() => return Self(Load::Waiting).into(),
            Put::Asked => list.ask(),
            Put::Pages(items, next, pages) => list.renew(items, next, pages),
            Put::More(page, cursor) => list.add(page, &cursor),
            Put::One(message) => list.put(*message),
            Put::Gone(id) => list.remove(&id),
            // What is on the page stays there.
            Put::Failed(_) if !list.is_empty() => {}
            Put::Failed(trouble) => return Self(Load::Failed(trouble)).into(),
        }
        Self(Load::Here(list)).into()
    }
}

/// Messages of one direction, or of both; changed rows come in by the live feed.
#[hook]
pub(crate) fn use_messages(shell: &Shell, direction: Option<Direction>, attention: bool) -> Messages {
    let state = use_reducer(|| State(Load::Waiting));
    let reload = {
        let (shell, state) = (shell.clone(), state.clone());
        Callback::from(move |()| {
            let (backend, organisation, dispatcher) =
                (shell.backend.clone(), shell.organisation.orgnr.clone(), state.dispatcher());
            // As many as a person has asked for, so that what they look at stays.
            let pages = state.0.get().map_or(1, List::pages).max(1);
            dispatcher.dispatch(Put::Asked);
            let request = async move { all_pages(&backend, direction, &organisation, attention, pages).await };
            fetch(&shell, request, move |result| {
                dispatcher.dispatch(result.map_or_else(Put::Failed, |(items, next)| Put::Pages(items, next, pages)));
            });
        })
    };
    {
        let reload = reload.clone();
        use_effect_with(shell.anew, move |_| reload.emit(()));
    }
    {
        let (shell, dispatcher) = (shell.clone(), state.dispatcher());
        use_effect_with(shell.change.clone(), move |change| {
            let relevant = change.clone().filter(|change| direction.is_none_or(|wanted| wanted == change.direction));
            if let Some(change) = relevant {
                let (backend, organisation) = (shell.backend.clone(), shell.organisation.orgnr.clone());
                fetch(&shell, async move { backend.status(&change.id).await }, move |result| {
                    let ours = result.ok().filter(|one| one.summary.organisation == organisation);
                    if let Some(message) = ours {
                        // The relay would not give it in this list any more.
                        let gone = attention && !message.summary.attention;
                        let put = if gone { Put::Gone(message.summary.id) } else { Put::One(Box::new(message)) };
                        dispatcher.dispatch(put);
                    }
                });
            }
        });
    }
    let more = {
        let (shell, state) = (shell.clone(), state.clone());
        Callback::from(move |()| {
            let Some(cursor) = state.0.get().and_then(List::next).map(ToOwned::to_owned) else { return };
            let (backend, organisation, dispatcher) =
                (shell.backend.clone(), shell.organisation.orgnr.clone(), state.dispatcher());
            let from = cursor.clone();
            let request = async move { backend.messages(direction, &organisation, Some(&from), attention).await };
            fetch(&shell, request, move |result| {
                dispatcher.dispatch(result.map_or_else(Put::Failed, |page| Put::More(page, cursor)));
            });
        })
    };
    Messages { load: state.0.clone(), reload, more }
}

/// So many pages of a list, from the first, and the cursor of the next.
pub(super) async fn all_pages(
    backend: &Backend,
    direction: Option<Direction>,
    organisation: &str,
    attention: bool,
    pages: usize,
) -> Result<(Vec<MessageStatus>, Option<String>), Failure> {
    let (mut items, mut next) = (Vec::new(), None::<String>);
    for _ in 0..pages {
        let page = backend.messages(direction, organisation, next.as_deref(), attention).await?;
        items.extend(page.items);
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    Ok((items, next))
}

/// Properties of the two pages.
#[derive(Properties, PartialEq)]
pub(crate) struct ListProps {
    /// The surroundings.
    pub shell: Shell,
}

/// `/innboks`
#[component]
pub(crate) fn Inbox(props: &ListProps) -> Html {
    let frame = &props.shell.text().frame;
    let messages = use_messages(&props.shell, Some(Direction::In), false);
    let unread = messages.load.get().map_or(0, |list| list.count(|message| message.unread));
    let title = if unread > 0 { format!("({unread}) {}", frame.inbox) } else { frame.inbox.to_owned() };
    let empty = fill(frame.inbox_empty, &[("virksomhet", &props.shell.organisation.name)]);
    html! {
        <>
            <PageHeading text={frame.inbox} public_name={title} />
            <p role="status">{ counted(frame.unread_one, frame.unread_count, unread) }</p>
            <Listing shell={props.shell.clone()} load={messages.load} reload={messages.reload} more={messages.more} {empty}
                filters={vec![(Filter::All, frame.filter_all, ""), (Filter::Unread, frame.filter_unread, "?status=ulest")]} />
        </>
    }
}

/// The address's query of what needs somebody.
pub(super) const ATTENTION: &str = "?status=oppfolging";

/// Properties of [`Sent`].
#[derive(Properties, PartialEq)]
pub(crate) struct SentProps {
    /// The surroundings.
    pub shell: Shell,
    /// How many of what was sent need somebody.
    pub urgent: u64,
}

/// `/sendt`
#[component]
pub(crate) fn Sent(props: &SentProps) -> Html {
    let frame = &props.shell.text().frame;
    let query = use_location().map(|location| location.query_str().to_owned()).unwrap_or_default();
    let attention = Filter::from_query(&query) == Filter::Attention;
    let banner = match props.urgent {
        0 => nothing(),
        1 => {
            html! { <Alert tone={Tone::Warning}><p>{ frame.attention_one }{ " " }<FilterLink path="/sendt" query={ATTENTION} name={frame.failed_see} current=false /></p></Alert> }
        }
        n => {
            html! { <Alert tone={Tone::Warning}><p>{ fill(frame.attention_many, &[("n", &n.to_string())]) }{ " " }<FilterLink path="/sendt" query={ATTENTION} name={frame.failed_see} current=false /></p></Alert> }
        }
    };
    html! {
        <>
            <PageHeading text={frame.sent} />
            <div role="status">{ banner }</div>
            // The relay gives what needs somebody from all pages: a list of its own.
            <SentList key={attention.to_string()} shell={props.shell.clone()} {attention} />
        </>
    }
}

#[derive(Properties, PartialEq)]
struct SentListProps {
    shell: Shell,
    attention: bool,
}

#[component]
fn SentList(props: &SentListProps) -> Html {
    let text = props.shell.text();
    let frame = &text.frame;
    let messages = use_messages(&props.shell, Some(Direction::Out), props.attention);
    let empty = if props.attention { frame.attention_none } else { frame.sent_empty };
    html! {
        <Listing shell={props.shell.clone()} load={messages.load} reload={messages.reload} more={messages.more} empty={empty.to_owned()}
            filters={vec![(Filter::All, frame.filter_all, ""), (Filter::Attention, text.warning.look, ATTENTION), (Filter::Failed, frame.filter_failed, "?status=feilet")]} />
    }
}

#[derive(Properties, PartialEq)]
struct ListingProps {
    shell: Shell,
    load: Load<List>,
    reload: Callback<()>,
    more: Callback<()>,
    empty: String,
    /// Filter, name, query of its address.
    filters: Vec<(Filter, &'static str, &'static str)>,
}

#[component]
fn Listing(props: &ListingProps) -> Html {
    let frame = &props.shell.text().frame;
    let location = use_location();
    let query = location.as_ref().map(|location| location.query_str().to_owned()).unwrap_or_default();
    let path = location.map(|location| location.path().to_owned()).unwrap_or_default();
    let filter = Filter::from_query(&query);
    let choice = |(value, name, query): &(Filter, &'static str, &'static str)| {
        html! { <li key={*name}><FilterLink path={path.clone()} query={*query} name={*name} current={*value == filter} /></li> }
    };
    let body = match &props.load {
        Load::Waiting => html! { <p role="status">{ frame.loading }</p> },
        Load::Failed(trouble) => html! { <LoadFailed trouble={trouble.clone()} on_retry={props.reload.clone()} /> },
        Load::Here(list) if list.is_empty() => html! { <p>{ &props.empty }</p> },
        Load::Here(list) => {
            let messages = list.shown(filter);
            if messages.is_empty() {
                html! { <p>{ frame.filter_none }</p> }
            } else {
                html! { <MessageList shell={props.shell.clone()} {messages} /> }
            }
        }
    };
    let more = if props.load.get().is_some_and(|list| list.next().is_some()) {
        html! { <button type="button" class="ds-button" data-variant="secondary" onclick={props.more.reform(|_: MouseEvent| ())}>{ frame.more }</button> }
    } else {
        nothing()
    };
    html! {
        <div class="app-stack">
            <nav aria-label={frame.filter_label}><ul class="app-plain app-filters" role="list">{ for props.filters.iter().map(choice) }</ul></nav>
            <div>{ body }</div>
            <div>{ more }</div>
        </div>
    }
}

/// Properties of [`FilterLink`].
#[derive(Debug, Properties, PartialEq)]
pub(super) struct FilterLinkProps {
    /// Path of the list.
    pub path: AttrValue,
    /// Query of the filter.
    pub query: &'static str,
    /// What the link says.
    pub name: &'static str,
    /// Whether it is the one chosen.
    pub current: bool,
}

/// A link to a list with a filter. It stays inside the page, because a fresh load would lose the drafts.
#[component]
pub(super) fn FilterLink(props: &FilterLinkProps) -> Html {
    let navigator = use_navigator();
    let (path, query) = (props.path.clone(), props.query);
    let onclick = move |event: MouseEvent| {
        if let (Some(navigator), Some(route)) = (&navigator, Route::recognize(&path)) {
            event.prevent_default();
            // The query is a constant of ours, so it can always be written.
            let _ = navigator.push_with_query(&route, yew_router::query::Raw(query.trim_start_matches('?')));
        }
    };
    let href = format!("{}{}", props.path, props.query);
    html! { <a class="ds-link" {href} aria-current={props.current.then_some("true")} {onclick}>{ props.name }</a> }
}

/// Properties of [`MessageList`].
#[derive(Properties, PartialEq)]
pub(crate) struct MessageListProps {
    /// The surroundings.
    pub shell: Shell,
    /// What to show.
    pub messages: Vec<MessageStatus>,
}

/// The list "Meldinger".
#[component]
pub(crate) fn MessageList(props: &MessageListProps) -> Html {
    let frame = &props.shell.text().frame;
    html! {
        <ul class="app-plain app-messages" role="list" aria-label={frame.list_messages}>
            { for props.messages.iter().map(|message| html! { <MessageRow key={message.summary.id.clone()} shell={props.shell.clone()} message={message.clone()} /> }) }
        </ul>
    }
}

#[derive(Properties, PartialEq)]
struct RowProps {
    shell: Shell,
    message: MessageStatus,
}

/// Where a message stands, in the word of its page; of what came in, and of what has no history yet, what its status says.
fn standing(message: &MessageStatus, lang: Lang) -> (Tone, &'static str) {
    outcome(message, lang).unwrap_or_else(|| {
        let (status, channel) = (message.summary.status, Channel::find(&message.summary.channel));
        (tone(status), status_on(status, channel, lang).label)
    })
}

#[component]
fn MessageRow(props: &RowProps) -> Html {
    let lang = props.shell.lang;
    let frame = &lang.text().frame;
    let message = &props.message.summary;
    let (feels, word) = standing(&props.message, lang);
    let name = party_name(message, lang);
    let number = party_number(message).map(|number| format!("{number} · ")).unwrap_or_default();
    let (template, label) = match message.direction {
        Direction::In => (frame.message_from, frame.column_received),
        Direction::Out => (frame.message_to, frame.column_changed),
    };
    let at = if message.direction == Direction::In { message.created } else { message.changed };
    let unread = if message.unread {
        html! { <span class="ds-tag" data-color="info">{ frame.unread_mark }</span> }
    } else {
        nothing()
    };
    let status = if message.awaits_approval {
        html! { <StatusTag tone={Tone::Neutral} label={lang.text().approval.waits} /> }
    } else {
        html! { <StatusTag tone={feels} label={word} /> }
    };
    // The word alone would say that all is well.
    let look = if message.attention && feels != Tone::Danger {
        html! { <span class="ds-tag" data-color="warning"><span aria-hidden="true">{ Tone::Warning.sign() }</span><span>{ lang.text().warning.look }</span></span> }
    } else {
        nothing()
    };
    html! {
        <li class={classes!("app-message", message.unread.then_some("app-unread"))}>
            <p><Link<Route> classes="ds-link" to={Route::Message { id: message.id.clone() }}>{ fill(template, &[("navn", &name)]) }</Link<Route>></p>
            <p class="app-message-tags"><span>{ status }</span>{ " " }<span>{ unread }</span><span>{ look }</span></p>
            <p class="app-small">{ number }{ label }{ " " }<time datetime={at.to_string()}>{ date_time(at, lang) }</time></p>
        </li>
    }
}
