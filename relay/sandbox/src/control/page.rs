//! `/sandbox/receipts`: a person lets a mailbox or print provider send a receipt, be it for a conversation that nobody
//! began or with a signature that does not hold.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use serde::Deserialize;

use super::{NO_RECEIPT, Order, inject};
use crate::error::Error;
use crate::persona::{Answer, Back, Spoilt};
use crate::seed::{self, PROVIDERS};
use crate::site::{BACK, escape, form_page};
use crate::world::World;

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new().route("/sandbox/receipts", get(show).post(send))
}

/// What a receipt can say: its word, and what a person reads.
const SAYS: [(Says, &str, &str); 7] = [
    (Says::Delivered, "delivered", "it lies in the mailbox"),
    (Says::Opened, "opened", "it has been opened"),
    (Says::Unnotified, "unnotified", "the notice failed"),
    (Says::Printed, "printed", "it has been taken for printing"),
    (Says::Returned, "returned", "it came back by post"),
    (Says::FailedClient, "failed-client", "it failed, and the sender is to blame"),
    (Says::FailedServer, "failed-server", "it failed, and the provider is to blame"),
];

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Says {
    Delivered,
    Opened,
    Unnotified,
    Printed,
    Returned,
    FailedClient,
    FailedServer,
}

impl Says {
    fn answer(self) -> Answer {
        let failed =
            |fault: &str| Answer::Failed { fault: fault.to_owned(), words: "Bestilt i sandkassen.".to_owned() };
        match self {
            Self::Delivered => Answer::Delivered,
            Self::Opened => Answer::Opened,
            Self::Unnotified => Answer::Unnotified { channel: "sms".to_owned() },
            Self::Printed => Answer::Printed,
            Self::Returned => Answer::Returned,
            Self::FailedClient => failed("KLIENT"),
            Self::FailedServer => failed("SERVER"),
        }
    }
}

#[derive(Debug, Deserialize)]
struct Fields {
    from: String,
    to: String,
    conversation: String,
    says: Says,
    /// A box that is ticked.
    spoilt: Option<String>,
}

async fn send(State(world): State<Arc<World>>, Form(fields): Form<Fields>) -> Result<Response, Error> {
    let order = Order {
        from: fields.from,
        back: Back { conversation: fields.conversation.trim().to_owned(), to: fields.to },
        answer: fields.says.answer(),
        spoilt: if fields.spoilt.is_some() { Spoilt::Signature } else { Spoilt::No },
    };
    Ok(if inject(&world, order).await? {
        Redirect::to("/sandbox/receipts").into_response()
    } else {
        (StatusCode::BAD_REQUEST, NO_RECEIPT).into_response()
    })
}

async fn show() -> Response {
    let mut body = format!(
        "{BACK}<p>A mailbox or print provider sends a receipt for a letter, or for one that nobody has sent: then it lies in the \
         queue without a channel.</p>\
         <form method=\"post\" action=\"/sandbox/receipts\"><ul><li><label>From <select name=\"from\">"
    );
    for one in PROVIDERS {
        let _ = write!(body, "<option value=\"{}\">{}</option>", one.number, escape(one.name));
    }
    body.push_str("</select></label></li><li><label>To <select name=\"to\">");
    for one in seed::ours() {
        let _ = write!(body, "<option value=\"{}\">{}</option>", one.number, escape(one.name));
    }
    body.push_str(
        "</select></label></li><li><label>Conversation, a UUID <input name=\"conversation\" required></label></li>\
         <li><label>It says <select name=\"says\">",
    );
    for (_, word, text) in SAYS {
        let _ = write!(body, "<option value=\"{word}\">{text}</option>");
    }
    body.push_str(
        "</select></label></li><li><label><input type=\"checkbox\" name=\"spoilt\"> with a signature that does not hold\
         </label></li></ul><button>Send it</button></form>",
    );
    form_page("Receipts", &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_page_is_read() {
        for (says, word, _) in SAYS {
            let read: Says = serde_json::from_value(serde_json::json!(word)).unwrap();
            assert_eq!(read.answer(), says.answer(), "{word}");
        }
    }
}
