//! `/sandbox/write`: a person lets a counterpart write first. `/sandbox/inbox`: a person says what the next uploads to Altinn's
//! inbox meet.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};

use super::{Disturb, Else, Flaw, MAX_TIMES, NO_LETTER, What, Write, let_write};
use crate::correspondence::Fault;
use crate::error::Error;
use crate::seed::{self, ORGANISATIONS};
use crate::site::{BACK, escape, form_page};
use crate::world::World;

pub(super) fn routes() -> Router<Arc<World>> {
    Router::new().route("/sandbox/write", get(show).post(send)).route("/sandbox/inbox", get(show_inbox).post(disturb))
}

/// What a counterpart can write: its word, and what a person reads. Municipalities write letters without a flaw.
const KINDS: [(What, &str, &str); 10] = [
    (What::Letter(Flaw::Good), "good", "a letter"),
    (What::Letter(Flaw::Short), "short", "a letter with one document"),
    (What::Letter(Flaw::Tampered), "tampered", "a letter whose signature does not hold"),
    (What::Letter(Flaw::ForeignSigner), "foreign-signer", "a letter that another organisation signed"),
    (What::Letter(Flaw::BadSbd), "bad-sbd", "a letter whose envelope breaks its rules"),
    (What::Letter(Flaw::Incomplete), "incomplete", "a letter whose archive record lacks what it must have"),
    (What::Letter(Flaw::StrangeNames), "strange-names", "a letter with file names that are hard to store"),
    (What::Letter(Flaw::Expired), "expired", "a letter whose deadline has passed"),
    (What::Else(Else::Avtalt), "avtalt", "an agreed message without a package"),
    (What::Else(Else::StrayReceipt), "stray-receipt", "a receipt for a message that nobody sent"),
];

/// What uploads can meet: its word, and what a person reads.
const FAULTS: [(Fault, &str, &str); 5] = [
    (Fault::Down, "down", "503, and nothing is made"),
    (Fault::Busy, "busy", "429 with Retry-After, and nothing is made"),
    (Fault::Cut, "cut", "the connection is cut before anything is made"),
    (Fault::Lost, "lost", "everything is made, and then the connection is cut"),
    (Fault::Gateway, "gateway", "everything is made, and then a gateway says 502"),
];

async fn send(State(world): State<Arc<World>>, Form(order): Form<Write>) -> Result<Response, Error> {
    Ok(if let_write(&world, &order).await? {
        Redirect::to("/sandbox/write").into_response()
    } else {
        (StatusCode::BAD_REQUEST, NO_LETTER).into_response()
    })
}

async fn disturb(State(world): State<Arc<World>>, Form(order): Form<Disturb>) -> Redirect {
    world.correspondence_faults.order(order.fault, order.times);
    Redirect::to("/sandbox/inbox")
}

fn organisations(body: &mut String, label: &str, name: &str, fits: impl Fn(&seed::Organisation) -> bool) {
    let _ = write!(body, "<li><label>{label} <select name=\"{name}\">");
    for one in ORGANISATIONS.iter().filter(|one| fits(one)) {
        let _ = write!(body, "<option value=\"{}\">{}</option>", one.number, escape(one.name));
    }
    body.push_str("</select></label></li>");
}

fn words<'a>(body: &mut String, label: &str, name: &str, all: impl Iterator<Item = (&'a str, &'a str)>) {
    let _ = write!(body, "<li><label>{label} <select name=\"{name}\">");
    for (word, text) in all {
        let _ = write!(body, "<option value=\"{word}\">{text}</option>");
    }
    body.push_str("</select></label></li>");
}

fn times(body: &mut String, most: u16, button: &str) {
    let _ = write!(
        body,
        "<li><label>How many <input type=\"number\" name=\"times\" value=\"1\" min=\"1\" max=\"{most}\" required></label>\
         </li></ul><button>{button}</button></form>"
    );
}

async fn show() -> Response {
    let mut body = format!(
        "{BACK}<p>A counterpart writes to one of our own organisations. What comes from municipalities comes by SvarInn.</p>\
         <form method=\"post\" action=\"/sandbox/write\"><ul>"
    );
    organisations(&mut body, "From", "from", seed::Organisation::is_played);
    organisations(&mut body, "To", "to", |one| one.is_ours() || one.number == seed::CLOSED);
    words(&mut body, "It writes", "kind", KINDS.iter().map(|(_, word, text)| (*word, *text)));
    times(&mut body, MAX_TIMES, "Let it write");
    form_page("Letters to us", &body)
}

async fn show_inbox() -> Response {
    let mut body = format!(
        "{BACK}<p>What the next uploads to Altinn's inbox meet, whoever makes them. What else can go wrong is \
         <a href=\"/sandbox/faults\">on the page of faults</a>.</p><form method=\"post\" action=\"/sandbox/inbox\"><ul>"
    );
    words(&mut body, "They meet", "fault", FAULTS.iter().map(|(_, word, text)| (*word, *text)));
    times(&mut body, 100, "Let them meet it");
    form_page("Uploads to Altinn's inbox", &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_pages_is_read() {
        for (kind, word, _) in KINDS {
            let read: What = serde_json::from_value(serde_json::json!(word)).unwrap();
            assert_eq!(read, kind, "{word}");
        }
        for (fault, word, _) in FAULTS {
            let read: Fault = serde_json::from_value(serde_json::json!(word)).unwrap();
            assert_eq!(read, fault, "{word}");
        }
    }
}
