//! `POST /filetransfer/upload` (Altinn 3 Broker, `FileTransferInitializeAndUploadExt`): what initialize and upload do,
//! in one form. What recipients do wrong to uploads is not played here: [`super::http`] has it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::multipart::{Multipart, MultipartError, MultipartRejection};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use serde_json::json;
use uuid::Uuid;

use super::http::{Answer, WRITE, caller, wants_json};
use super::problem::Problem;
use super::request::Initialize;
use super::state::{Order, Refusal, Stored};
use super::store::remove;
use super::upload::{self, Fault};
use crate::world::World;

pub(super) async fn send(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    parts: Result<Multipart, MultipartRejection>,
) -> Answer {
    let caller = caller(&world, &headers, &[WRITE])?;
    wants_json(&headers)?;
    let parts = parts.map_err(|error| invalid("$", &error.body_text()))?;
    let place = Uuid::new_v4();
    let sent = take(&world, &caller.organisation, parts, place).await;
    // What became a transfer has moved.
    remove(&world.broker.file(place))?;
    sent
}

/// The bytes lie at `place` until there is a transfer: they may come before what says whose they are.
async fn take(world: &World, organisation: &str, mut parts: Multipart, place: Uuid) -> Answer {
    let (mut metadata, mut stored) = (Initialize::default(), None);
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        if name.eq_ignore_ascii_case("FileTransfer") {
            stored =
                upload::store_bytes(&world.broker.file(place), upload::most(&world.broker), part, Fault::None).await?;
        } else {
            bind(&mut metadata, &name, part.text().await.map_err(broken)?)?;
        }
    }
    let order = metadata.check()?;
    let stored = stored.ok_or_else(|| invalid("FileTransfer", "The FileTransfer field is required."))?;
    if order.sender != organisation {
        return Err(Refusal::NoAccess.into());
    }
    world.broker.estate().scans(order.virus_scan)?;
    publish(world, order, &stored, place).await
}

async fn publish(world: &World, order: Order, stored: &Stored, place: Uuid) -> Answer {
    let (store, now, sender) = (&world.broker, world.clock.now(), order.sender.clone());
    let id = store.initialize(order, now)?;
    tokio::fs::rename(store.file(place), store.file(id)).await?;
    store.change(id, now, |transfer, timing| transfer.begin_upload(&sender, now, timing))??;
    upload::finish(store, id, stored, now)?;
    Ok(Json(json!({ "fileTransferId": id })).into_response())
}

/// As ASP.NET binds a form: names in any case, what it does not know is ignored.
fn bind(metadata: &mut Initialize, name: &str, text: String) -> Result<(), Problem> {
    const PROPERTY: &str = "metadata.propertylist.";
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "metadata.filename" => metadata.file_name = Some(text),
        "metadata.resourceid" => metadata.resource_id = Some(text),
        "metadata.sendersfiletransferreference" => metadata.senders_file_transfer_reference = Some(text),
        "metadata.sender" => metadata.sender = Some(text),
        "metadata.checksum" => metadata.checksum = Some(text),
        "metadata.disablevirusscan" => {
            let word = text.to_ascii_lowercase().parse();
            metadata.disable_virus_scan = Some(word.map_err(|_| invalid(name, "The value is not valid."))?);
        }
        _ if lower.starts_with("metadata.recipients[") => metadata.recipients.push(text),
        // The key keeps its case.
        _ if lower.starts_with(PROPERTY) => {
            metadata.property_list.insert(name.split_at(PROPERTY.len()).1.to_owned(), text);
        }
        _ => {}
    }
    Ok(())
}

fn invalid(field: &str, text: &str) -> Problem {
    Problem::Validation(vec![(field.to_owned(), text.to_owned())])
}

#[expect(clippy::needless_pass_by_value, reason = "the form that `map_err` hands it over in")]
fn broken(error: MultipartError) -> Problem {
    invalid("$", &error.body_text())
}
