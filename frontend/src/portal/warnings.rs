//! Warnings in the frame: what went wrong with something sent, live, wherever in the portal a person is.

use std::rc::Rc;

use konvolutt_shared::api::{Direction, Right};
use konvolutt_shared::finding::Code;
use yew::prelude::*;
use yew_router::prelude::*;

use super::{Route, browser};
use crate::flow::timeline::Tone;
use crate::flow::warnings::{About, Card, News, Warning, Warnings};
use crate::text::fill;
use crate::ui::page::fetch;
use crate::ui::{Shell, nothing, use_lang};

/// Warnings behind a reducer. They begin anew for another organisation.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct WarningBox(pub(crate) Warnings);

/// What happens to them.
pub(crate) enum WarningAction {
    /// Something new.
    News(News),
    /// Another organisation.
    Forget,
}

impl Reducible for WarningBox {
    type Action = WarningAction;

    fn reduce(self: Rc<Self>, action: WarningAction) -> Rc<Self> {
        match action {
            WarningAction::News(news) => Self(self.0.clone().after(news)).into(),
            WarningAction::Forget => Self::default().into(),
        }
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
    let orgnr = shell.organisation.orgnr.clone();
    {
        let dispatcher = warnings.dispatcher();
        use_effect_with(orgnr.clone(), move |_| dispatcher.dispatch(WarningAction::Forget));
    }
    {
        let (shell, dispatcher) = (shell.clone(), warnings.dispatcher());
        use_effect_with((orgnr.clone(), shell.anew), move |(orgnr, _)| {
            if !shell.may(Right::Look) {
                return;
            }
            count_anew(&shell, &dispatcher);
            let (backend, orgnr) = (shell.backend.clone(), orgnr.clone());
            let request = {
                let orgnr = orgnr.clone();
                async move { backend.messages(Some(Direction::Out), &orgnr, None, false).await }
            };
            let again = shell.clone();
            fetch(&shell, request, move |result| {
                let Ok(page) = result else { return };
                let missed = Warnings::missed(&page.items, browser::seen_until(&orgnr));
                dispatcher.dispatch(WarningAction::News(News::Opened(page.items, missed.clone())));
                missed.into_iter().for_each(|id| look(&again, &dispatcher, id));
            });
        });
    }
    {
        let (shell, warnings) = (shell.clone(), warnings.clone());
        use_effect_with(shell.change.clone(), move |change| {
            if change.is_some() && shell.may(Right::Look) {
                count_anew(&shell, &warnings.dispatcher());
            }
            if let Some(change) = change.clone().filter(|change| warnings.0.concerns(change)) {
                look(&shell, &warnings.dispatcher(), change.id);
            }
        });
    }
    use_effect_with((orgnr, warnings.0.seen_until()), |(orgnr, until)| {
        if let Some(until) = until {
            browser::set_seen_until(orgnr, *until);
        }
    });
    nothing()
}

/// Asks how many messages need somebody, those of older pages too.
fn count_anew(shell: &Shell, dispatcher: &UseReducerDispatcher<WarningBox>) {
    let (backend, organisation, dispatcher) =
        (shell.backend.clone(), shell.organisation.orgnr.clone(), dispatcher.clone());
    fetch(shell, async move { backend.attention(&organisation).await }, move |result| {
        if let Ok(all) = result {
            dispatcher.dispatch(WarningAction::News(News::Counted(all)));
        }
    });
}

/// Asks how it stands with a message. Without an answer it counts as not seen, and is asked about when the portal is opened
/// or shown again.
fn look(shell: &Shell, dispatcher: &UseReducerDispatcher<WarningBox>, id: String) {
    let (backend, organisation, dispatcher) =
        (shell.backend.clone(), shell.organisation.orgnr.clone(), dispatcher.clone());
    dispatcher.dispatch(WarningAction::News(News::Asking(id.clone())));
    let asked = id.clone();
    fetch(shell, async move { backend.status(&asked).await }, move |result| {
        let news = match result {
            Ok(message) if message.summary.organisation == organisation => News::Changed(Box::new(message)),
            Ok(_) => News::Elsewhere(id),
            Err(trouble) if matches!(trouble.code, Code::AccessDenied | Code::MessageUnknown) => News::Elsewhere(id),
            Err(_) => return,
        };
        dispatcher.dispatch(WarningAction::News(news));
    });
}

/// The region "Varsler".
#[component]
pub(crate) fn WarningList(props: &WarningsProps) -> Html {
    let text = &props.shell.text().warning;
    let warnings = &props.warnings.0;
    use_seen_on_its_page(&props.warnings);
    let one = |warning: &Warning| {
        let key = match &warning.about {
            About::Message(id) | About::Draft(id) => id.clone(),
        };
        let on_close = {
            let (dispatcher, about) = (props.warnings.dispatcher(), warning.about.clone());
            Callback::from(move |()| dispatcher.dispatch(WarningAction::News(News::Close(about.clone()))))
        };
        html! { <li {key}><WarningItem warning={warning.clone()} {on_close} /></li> }
    };
    let close_all = {
        let dispatcher = props.warnings.dispatcher();
        Callback::from(move |()| dispatcher.dispatch(WarningAction::News(News::CloseMessages)))
    };
    let item = |card: Card<'_>| match card {
        Card::One(warning) => one(warning),
        Card::Many { count, tone, undelivered } => {
            let n = count.to_string();
            let happened = fill(if undelivered { text.many } else { text.many_look }, &[("n", &n)]);
            let close = fill(text.close_many, &[("n", &n)]);
            html! { <li key="many"><WarningCard {tone} to={Route::Sent} link={text.see_sent} {close} on_close={close_all.clone()}><strong>{ happened }</strong></WarningCard></li> }
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
fn use_seen_on_its_page(warnings: &UseReducerHandle<WarningBox>) {
    let here = match use_route::<Route>() {
        Some(Route::Message { id }) => Some(About::Message(id)),
        _ => None,
    };
    let here = here.filter(|here| warnings.0.shown().iter().any(|warning| warning.about == *here));
    let dispatcher = warnings.dispatcher();
    use_effect_with(here, move |here| {
        if let Some(about) = here.clone() {
            dispatcher.dispatch(WarningAction::News(News::Close(about)));
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
    html! {
        <WarningCard tone={warning.kind.tone()} to={route} {link} {close} on_close={props.on_close.clone()}>
            <strong>{ happened }</strong>{ " " }{ now }
        </WarningCard>
    }
}

#[derive(Properties, PartialEq)]
struct CardProps {
    tone: Tone,
    to: Route,
    link: &'static str,
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
                <span onclick={seen.clone()}><Link<Route> classes="ds-link" to={props.to.clone()}>{ props.link }</Link<Route>></span>
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
