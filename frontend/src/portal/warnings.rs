//! Warnings in the frame: what went wrong with something sent, live, wherever in the portal a person is.

use std::rc::Rc;

use konvolutt_shared::api::{Direction, Right};
use konvolutt_shared::finding::Code;
use yew::prelude::*;
use yew_router::prelude::*;

use super::list::{ATTENTION, FilterLink, all_pages};
use super::{Route, browser};
use crate::flow::timeline::Tone;
use crate::flow::warnings::{About, Card, News, Warning, Warnings};
use crate::text::fill;
use crate::ui::page::fetch;
use crate::ui::{Shell, nothing, use_lang};

/// The warnings of one organisation, and of drafts, which are of none; behind a reducer.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct WarningBox {
    organisation: String,
    /// The warnings.
    pub warnings: Warnings,
}

/// What happens to them.
pub(crate) enum WarningAction {
    /// Something new of the organisation with this number. What comes late, for another than the one now chosen, is dropped.
    News(String, News),
    /// A draft could not be sent, whichever organisation is chosen by then: nobody else tells of it.
    Refused(News),
    /// The organisation that they are of. They begin anew for another one.
    For(String),
}

impl Reducible for WarningBox {
    type Action = WarningAction;

    fn reduce(self: Rc<Self>, action: WarningAction) -> Rc<Self> {
        match action {
            WarningAction::News(organisation, news) if organisation == self.organisation => {
                Self { organisation, warnings: self.warnings.clone().after(news) }.into()
            }
            WarningAction::Refused(news) => {
                Self { organisation: self.organisation.clone(), warnings: self.warnings.clone().after(news) }.into()
            }
            WarningAction::For(organisation) if organisation != self.organisation => {
                Self { organisation, warnings: self.warnings.clone().for_another() }.into()
            }
            WarningAction::News(..) | WarningAction::For(_) => self,
        }
    }
}

/// Where an organisation's news go.
#[derive(Clone)]
struct Desk {
    organisation: String,
    dispatcher: UseReducerDispatcher<WarningBox>,
}

impl Desk {
    fn put(&self, news: News) {
        self.dispatcher.dispatch(WarningAction::News(self.organisation.clone(), news));
    }
}

/// Properties of [`Watch`] and [`WarningList`].
#[derive(Properties, PartialEq)]
pub(crate) struct WarningsProps {
    /// The surroundings.
    pub shell: Shell,
    /// The warnings.
    pub warnings: UseReducerHandle<WarningBox>,
}

/// Listens and fills the warnings; shows nothing. A component of its own, so that the pages are not drawn anew with it.
#[component]
pub(crate) fn Watch(props: &WarningsProps) -> Html {
    let WarningsProps { shell, warnings } = props;
    let desk = Desk { organisation: shell.organisation.orgnr.clone(), dispatcher: warnings.dispatcher() };
    {
        let (shell, warnings, desk) = (shell.clone(), warnings.clone(), desk.clone());
        use_effect_with((desk.organisation.clone(), shell.anew), move |(organisation, _)| {
            desk.dispatcher.dispatch(WarningAction::For(organisation.clone()));
            if shell.may(Right::Look) {
                count_anew(&shell, &desk);
                open(&shell, &desk, &warnings);
            }
        });
    }
    {
        let (shell, warnings) = (shell.clone(), warnings.clone());
        use_effect_with(shell.change.clone(), move |change| {
            if change.is_some() && shell.may(Right::Look) {
                count_anew(&shell, &desk);
            }
            if let Some(change) = change.clone().filter(|change| warnings.warnings.concerns(change)) {
                look(&shell, &desk, change.id);
            }
        });
    }
    use_effect_with((warnings.organisation.clone(), warnings.warnings.seen_until()), |(orgnr, until)| {
        if let Some(until) = until {
            browser::set_seen_until(orgnr, *until);
        }
    });
    nothing()
}

/// So many pages of what needs somebody are asked for. Nobody is told one by one of more than some; all are counted.
const PAGES: usize = 10;

/// Asks for all that needs somebody, and anew about what is shown and is not among it.
fn open(shell: &Shell, desk: &Desk, warnings: &WarningBox) {
    let (backend, organisation) = (shell.backend.clone(), desk.organisation.clone());
    let ours = warnings.organisation == desk.organisation;
    let shown: Vec<_> = warnings.warnings.messages().filter(|_| ours).map(ToOwned::to_owned).collect();
    let seen = browser::seen_until(&organisation);
    desk.put(News::Opening);
    let request = async move { all_pages(&backend, Some(Direction::Out), &organisation, true, PAGES).await };
    let (shell, desk) = (shell.clone(), desk.clone());
    fetch(&shell.clone(), request, move |result| {
        let Ok((messages, _)) = result else { return };
        let rest: Vec<_> = shown.into_iter().filter(|id| messages.iter().all(|one| one.summary.id != *id)).collect();
        desk.put(News::Opened(messages, seen));
        rest.into_iter().for_each(|id| look(&shell, &desk, id));
    });
}

/// Asks how many messages need somebody.
fn count_anew(shell: &Shell, desk: &Desk) {
    let (backend, desk) = (shell.backend.clone(), desk.clone());
    let organisation = desk.organisation.clone();
    fetch(shell, async move { backend.attention(&organisation).await }, move |result| {
        if let Ok(all) = result {
            desk.put(News::Counted(all));
        }
    });
}

/// Asks how it stands with a message. Without an answer it counts as not seen, and is asked about when the portal is opened
/// or shown again.
fn look(shell: &Shell, desk: &Desk, id: String) {
    let (backend, desk) = (shell.backend.clone(), desk.clone());
    desk.put(News::Asking(id.clone()));
    let asked = id.clone();
    fetch(shell, async move { backend.status(&asked).await }, move |result| {
        let news = match result {
            Ok(message) if message.summary.organisation == desk.organisation => News::Changed(Box::new(message)),
            Ok(_) => News::Elsewhere(id),
            Err(trouble) if matches!(trouble.code, Code::AccessDenied | Code::MessageUnknown) => News::Elsewhere(id),
            Err(_) => return,
        };
        desk.put(news);
    });
}

/// The region "Varsler".
#[component]
pub(crate) fn WarningList(props: &WarningsProps) -> Html {
    let text = &props.shell.text().warning;
    let warnings = &props.warnings.warnings;
    let desk = Desk { organisation: props.warnings.organisation.clone(), dispatcher: props.warnings.dispatcher() };
    use_seen_on_its_page(&props.warnings, &desk);
    let one = |warning: &Warning| {
        let key = match &warning.about {
            About::Message(id) | About::Draft(id) => id.clone(),
        };
        let on_close = {
            let (desk, about) = (desk.clone(), warning.about.clone());
            Callback::from(move |()| desk.put(News::Close(about.clone())))
        };
        html! { <li {key}><WarningItem warning={warning.clone()} {on_close} /></li> }
    };
    let close_all = {
        let desk = desk.clone();
        Callback::from(move |()| desk.put(News::CloseMessages))
    };
    let item = |card: Card<'_>| match card {
        Card::One(warning) => one(warning),
        Card::Many { count, tone, undelivered } => {
            let n = count.to_string();
            let happened = fill(if undelivered { text.many } else { text.many_look }, &[("n", &n)]);
            let close = fill(text.close_many, &[("n", &n)]);
            let link = html! { <FilterLink path="/sendt" query={ATTENTION} name={text.see_sent} current=false /> };
            html! { <li key="many"><WarningCard {tone} {link} {close} on_close={close_all.clone()}><strong>{ happened }</strong></WarningCard></li> }
        }
    };
    html! {
        <section class="app-warnings" aria-label={text.region}>
            <div role="alert"><ul class="app-plain app-stack" role="list" hidden={warnings.shown().is_empty()}>{ for warnings.cards().into_iter().map(item) }</ul></div>
        </section>
    }
}

/// Who is on a message's page sees there what went wrong with it.
#[hook]
fn use_seen_on_its_page(warnings: &WarningBox, desk: &Desk) {
    let here = match use_route::<Route>() {
        Some(Route::Message { id }) => Some(About::Message(id)),
        _ => None,
    };
    let here = here.filter(|here| warnings.warnings.shown().iter().any(|warning| warning.about == *here));
    let desk = desk.clone();
    use_effect_with(here, move |here| {
        if let Some(about) = here.clone() {
            desk.put(News::Close(about));
        }
    });
}

#[derive(Properties, PartialEq)]
struct ItemProps {
    warning: Warning,
    on_close: Callback<()>,
}

#[component]
fn WarningItem(props: &ItemProps) -> Html {
    let lang = use_lang();
    let text = &lang.text().warning;
    let warning = &props.warning;
    let (happened, now) = warning.kind.sentences(&warning.recipient, lang);
    let (route, link) = match &warning.about {
        About::Message(id) => (Route::Message { id: id.clone() }, text.see),
        About::Draft(id) => (Route::Draft { id: id.clone() }, text.see_draft),
    };
    let recipient = if warning.recipient.is_empty() { lang.text().person.private } else { &warning.recipient };
    let close = fill(text.close, &[("mottaker", recipient)]);
    let link = html! { <Link<Route> classes="ds-link" to={route}>{ link }</Link<Route>> };
    html! {
        <WarningCard tone={warning.kind.tone()} {link} {close} on_close={props.on_close.clone()}>
            <strong>{ happened }</strong>{ " " }{ now }
        </WarningCard>
    }
}

#[derive(Properties, PartialEq)]
struct CardProps {
    tone: Tone,
    link: Html,
    close: String,
    on_close: Callback<()>,
    children: Html,
}

#[component]
fn WarningCard(props: &CardProps) -> Html {
    let close = use_lang().text().frame.close;
    // Who follows the link has seen it.
    let seen = props.on_close.reform(|_: MouseEvent| ());
    html! {
        <div class="ds-alert app-warning" data-color={props.tone.color()}>
            <p>{ props.children.clone() }</p>
            <p class="app-buttons">
                <span onclick={seen.clone()}>{ props.link.clone() }</span>
                <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" aria-label={props.close.clone()} onclick={seen}>{ close }</button>
            </p>
        </div>
    }
}

/// How many messages need somebody, beside "Sendt".
pub(crate) fn count(warnings: &Warnings, template: &str) -> Html {
    let n = warnings.count();
    if n == 0 {
        return nothing();
    }
    let n = n.to_string();
    html! { <span class="ds-badge app-count" data-color="danger" data-count={n.clone()}><span class="app-hidden">{ fill(template, &[("n", &n)]) }</span></span> }
}
