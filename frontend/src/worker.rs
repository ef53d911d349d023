//! Inside the worker: keys, packing, sealing and opening. Nothing else in the browser sees a key.

mod address;
mod digester;
mod files;
mod framer;
mod inspect;
mod keys;
mod legacy;
mod locks;
mod open;
mod opener;
mod outgoing;
mod outlet;
mod pack;
mod parts;
mod person;
mod released;
mod sealed;
mod sealer;
mod send;
mod sendings;
mod shelf;
mod spool;
mod store;
mod subtle;

use std::cell::Cell;

use jiff::Timestamp;
use konvolutt_shared::finding::{Finding, Rule};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent};

use crate::protocol::{Answer, Request, Step};
use crate::vault::{blobs_of, envelope, id_of, read};
use outlet::Outlet;

pub use digester::serve as serve_digester;

type Outcome<T> = Result<T, Vec<Finding>>;

/// Listens to the page.
pub fn run() {
    let listener: Closure<dyn FnMut(MessageEvent)> = Closure::new(|event: MessageEvent| {
        let message = event.data();
        let (Some(id), Some(request)) = (id_of(&message), read::<Request>(&message, "body")) else { return };
        let request = match request {
            Request::Taken { message_id, bytes } => return outlet::taken(&message_id, bytes),
            Request::Token { message_id, token } => return outlet::token(&message_id, token),
            request => request,
        };
        spawn_local(async move {
            let (answer, blobs) = match answer(id, request, blobs_of(&message)).await {
                Ok(answer) => answer,
                Err(findings) => (Answer::Refused(findings), Vec::new()),
            };
            post(id, "body", &answer, blobs);
        });
    });
    spawn_local(spool::sweep());
    scope().set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // The worker lives as long as the page.
    listener.forget();
}

async fn answer(id: u32, request: Request, blobs: Vec<Blob>) -> Outcome<(Answer, Vec<Blob>)> {
    let first = || blobs.first().ok_or_else(|| vec![Finding::error(Rule::Broken, "a file is missing in the request")]);
    match request {
        Request::Keys => Ok((Answer::Keys(keys::list().await?), Vec::new())),
        Request::Import { password, organisations } => {
            let bytes = files::read(first()?).await?;
            Ok((Answer::Imported(keys::import(&bytes, &password, &organisations, now()).await?), Vec::new()))
        }
        Request::Remove { id } => keys::remove(&id).await.map(|()| (Answer::Removed, Vec::new())),
        Request::Address(request) => {
            let view = address::check(&request, now())?.view;
            Ok((Answer::Addressed(Box::new(view)), Vec::new()))
        }
        Request::Offers { address, kind } => {
            Ok((Answer::Offers(address::offer_views(&address, kind, now())?), Vec::new()))
        }
        Request::Send(request) => {
            let told = Cell::new(None);
            let step = |done, total| {
                // The page draws no more than this, and each message takes time from sealing.
                let percent = Some(done * 100 / u64::max(total, 1));
                if told.replace(percent) != percent {
                    post(id, "step", &Step { done, total }, Vec::new());
                }
            };
            let outlet = Outlet::open(id, &request.message_id);
            let view = sendings::send(*request, &blobs, now(), step, &outlet).await?;
            Ok((Answer::Sealed(view), Vec::new()))
        }
        Request::Sendings { owner } => Ok((Answer::Sendings(sendings::list(&owner, now()).await), Vec::new())),
        Request::TakeSending { message_id } => {
            let (kept, parts) = sendings::take(&message_id).await.unzip();
            Ok((Answer::Taken(kept.map(Box::new)), parts.unwrap_or_default()))
        }
        Request::SendingUploads { .. }
        | Request::HoldSending { .. }
        | Request::StopSending { .. }
        | Request::ReleaseSending { .. }
        | Request::ForgetSending { .. }
        | Request::LeaveSendings => {
            sendings::obey(request).await;
            Ok((Answer::Done, Vec::new()))
        }
        // They were obeyed when they came.
        Request::Taken { .. } | Request::Token { .. } => {
            Err(vec![Finding::error(Rule::Broken, "nothing is answered to this")])
        }
        Request::Open(message) => {
            let (view, documents) = open::open(&message, first()?, now()).await?;
            Ok((Answer::Opened(Box::new(view)), documents))
        }
        Request::Inspect { password, trust } => {
            let key = blobs.get(1).zip(password.as_deref());
            inspect::inspect(first()?, key, trust.as_ref(), now()).await
        }
    }
}

fn post(id: u32, name: &str, value: &impl serde::Serialize, blobs: Vec<Blob>) {
    let Ok(json) = serde_json::to_string(value) else { return };
    // Blobs and strings can always be cloned.
    let _ = scope().post_message(&envelope(id, name, &json, blobs.into_iter().map(JsValue::from)));
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn now() -> Timestamp {
    Timestamp::from_millisecond(js_sys::Date::now() as i64).unwrap_or_default()
}
