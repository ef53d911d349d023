//! The page behind `confirmUrl`: which system asks for which rights on behalf of whom, and two buttons. Whoever may answer
//! for the organisation is one of the test people, or a role where none of them administers it.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use konvolutt_shared::api::Role;
use serde::Deserialize;
use uuid::Uuid;

use super::KONVOLUTT;
use super::problem::{NO_ROLE, Problem};
use super::state::{Refusal, Request, Status};
use crate::seed;
use crate::site::{escape, form_page_in};
use crate::world::World;

const PATH: &str = "/sandbox/altinn/accessmanagement/ui/systemuser/request";

/// The page.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new().route(PATH, get(show).post(answer))
}

/// Where a person answers a request.
pub(super) fn address(base: &str, id: Uuid) -> String {
    format!("{base}{PATH}?id={id}&DONTCHOOSEREPORTEE=true")
}

#[derive(Debug, Deserialize)]
struct Which {
    id: Uuid,
}

/// The page's own answer.
#[derive(Debug, Deserialize)]
struct Answer {
    id: Uuid,
    /// [`answerers`] names them.
    person: String,
    answer: Word,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Accept,
    Reject,
}

/// Who may answer for an organisation: id and name.
fn answerers(organisation: &str) -> Vec<(String, String)> {
    let administers = |one: &konvolutt_shared::api::Person| {
        one.roles.get(organisation).is_some_and(|roles| roles.contains(&Role::Administrator))
    };
    let people = seed::people().into_iter().filter(administers).map(|one| (one.id, one.name));
    let people: Vec<_> = people.collect();
    if people.is_empty() { vec![("daglig-leder".to_owned(), "Daglig leder".to_owned())] } else { people }
}

async fn show(State(world): State<Arc<World>>, Query(which): Query<Which>, headers: HeaderMap) -> Response {
    let text = Text::of(&headers);
    match world.system_users.get(which.id, world.clock.now()) {
        Ok(Ok(request)) if request.status == Status::New => question(text, &request),
        Ok(Ok(request)) => outcome(text, request.status),
        Ok(Err(_)) => (StatusCode::NOT_FOUND, page(text, &paragraph(text.unknown))).into_response(),
        Err(error) => Problem::from(error).into_response(),
    }
}

async fn answer(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Form(form): Form<Answer>,
) -> Result<Response, Problem> {
    let now = world.clock.now();
    let request = world.system_users.get(form.id, now)??;
    if !answerers(&request.order.key.organisation).iter().any(|(id, _)| *id == form.person) {
        return Err(NO_ROLE);
    }
    let answered = world.system_users.answer(form.id, form.answer == Word::Accept, now)?;
    let status = match answered {
        Ok(answered) => answered.status,
        // Somebody was quicker, or this is a second click: what stands is shown.
        Err(Refusal::NotNew) => world.system_users.get(form.id, now)??.status,
        Err(refusal) => return Err(refusal.into()),
    };
    Ok(outcome(Text::of(&headers), status))
}

fn question(text: &Text, request: &Request) -> Response {
    let key = &request.order.key;
    let name = seed::organisation(&key.organisation).map_or("", |one| one.name);
    let vendor = KONVOLUTT.vendor;
    let mut body = format!(
        "<p>{}</p><dl><dt>{}</dt><dd>{} (<code>{}</code>)</dd><dt>{}</dt><dd>{vendor}</dd>\
         <dt>{}</dt><dd>{} {}</dd><dt>{}</dt><dd><code>{}</code></dd></dl><h2>{}</h2><ul>",
        text.lead,
        text.system,
        KONVOLUTT.name,
        escape(&key.system),
        text.vendor,
        text.organisation,
        escape(name),
        escape(&key.organisation),
        text.reference,
        escape(&key.reference),
        text.rights,
    );
    for one in request.order.rights.iter().chain(&request.order.packages) {
        let _ = write!(body, "<li><code>{}</code></li>", escape(one));
    }
    let _ = write!(
        body,
        "</ul><form method=\"post\" action=\"{PATH}\"><input type=\"hidden\" name=\"id\" value=\"{}\">\
         <fieldset><legend>{}</legend>",
        request.id, text.who,
    );
    for (at, (id, name)) in answerers(&key.organisation).iter().enumerate() {
        let checked = if at == 0 { " checked" } else { "" };
        let (id, name) = (escape(id), escape(name));
        let _ =
            write!(body, "<p><label><input type=\"radio\" name=\"person\" value=\"{id}\"{checked}> {name}</label></p>");
    }
    let _ = write!(
        body,
        "</fieldset><p><button name=\"answer\" value=\"accept\">{}</button> \
         <button name=\"answer\" value=\"reject\">{}</button></p></form>",
        text.accept, text.reject,
    );
    page(text, &body)
}

fn outcome(text: &Text, status: Status) -> Response {
    let said = match status {
        // Asked again before anybody answered.
        Status::New => text.lead,
        Status::Accepted => text.accepted,
        Status::Rejected => text.rejected,
        Status::Timedout => text.timed_out,
    };
    page(text, &format!("<p role=\"status\">{said}</p>"))
}

fn paragraph(text: &str) -> String {
    format!("<p>{text}</p>")
}

fn page(text: &Text, body: &str) -> Response {
    form_page_in(text.lang, text.title, body)
}

/// The page's words in one language.
struct Text {
    lang: &'static str,
    title: &'static str,
    lead: &'static str,
    system: &'static str,
    vendor: &'static str,
    organisation: &'static str,
    reference: &'static str,
    rights: &'static str,
    who: &'static str,
    accept: &'static str,
    reject: &'static str,
    accepted: &'static str,
    rejected: &'static str,
    timed_out: &'static str,
    unknown: &'static str,
}

const BOKMAL: Text = Text {
    lang: "nb",
    title: "Forespørsel om systembruker",
    lead: "Et system ber om å få handle i Altinn for en virksomhet. Dette er et testmiljø: ingenting her er ekte.",
    system: "System",
    vendor: "Leverandør",
    organisation: "På vegne av",
    reference: "Navn på systembrukeren",
    rights: "Rettigheter",
    who: "Hvem svarer?",
    accept: "Godkjenn",
    reject: "Avvis",
    accepted: "Forespørselen er godkjent. Systemet kan nå handle for virksomheten.",
    rejected: "Forespørselen er avvist. Systemet kan ikke handle for virksomheten.",
    timed_out: "Ingen svarte på forespørselen i tide. Be leverandøren sende en ny.",
    unknown: "Det finnes ingen slik forespørsel. Be leverandøren sende en ny lenke.",
};

const NYNORSK: Text = Text {
    lang: "nn",
    title: "Førespurnad om systembrukar",
    lead: "Eit system ber om å få handle i Altinn for ei verksemd. Dette er eit testmiljø: ingenting her er ekte.",
    system: "System",
    vendor: "Leverandør",
    organisation: "På vegner av",
    reference: "Namn på systembrukaren",
    rights: "Rettar",
    who: "Kven svarer?",
    accept: "Godkjenn",
    reject: "Avvis",
    accepted: "Førespurnaden er godkjend. Systemet kan no handle for verksemda.",
    rejected: "Førespurnaden er avvist. Systemet kan ikkje handle for verksemda.",
    timed_out: "Ingen svarte på førespurnaden i tide. Be leverandøren sende ein ny.",
    unknown: "Det finst ingen slik førespurnad. Be leverandøren sende ei ny lenkje.",
};

const ENGLISH: Text = Text {
    lang: "en",
    title: "Request for a system user",
    lead: "A system asks to act in Altinn for an organisation. This is a test environment: nothing here is real.",
    system: "System",
    vendor: "Vendor",
    organisation: "On behalf of",
    reference: "Name of the system user",
    rights: "Rights",
    who: "Who answers?",
    accept: "Accept",
    reject: "Refuse",
    accepted: "The request is accepted. The system may now act for the organisation.",
    rejected: "The request is refused. The system may not act for the organisation.",
    timed_out: "Nobody answered the request in time. Ask the vendor for a new one.",
    unknown: "There is no such request. Ask the vendor for a new link.",
};

impl Text {
    /// The first language of the browser's that the page speaks.
    fn of(headers: &HeaderMap) -> &'static Self {
        let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let known = |one: &str| match one.trim().get(..2) {
            Some("nb" | "no") => Some(&BOKMAL),
            Some("nn") => Some(&NYNORSK),
            Some("en") => Some(&ENGLISH),
            _ => None,
        };
        wanted.split(',').find_map(known).unwrap_or(&BOKMAL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_speaks_the_browsers_language() {
        for (wanted, lang) in [("", "nb"), ("de, nn;q=0.8, en", "nn"), ("en-GB,nb", "en"), ("no", "nb"), ("fr", "nb")] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, wanted.parse().unwrap())]);
            assert_eq!(Text::of(&headers).lang, lang, "{wanted}");
        }
    }

    #[test]
    fn administrators_answer_and_a_role_where_there_are_none() {
        let ids = |organisation| answerers(organisation).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
        assert_eq!(ids(seed::COUNTY), ["siri", "aud"], "not those who only read or write there");
        assert_eq!(ids(seed::SOLVIK), ["daglig-leder"]);
    }
}
