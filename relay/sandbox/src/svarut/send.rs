//! Taking a shipment: multipart, the metadata first, then the documents in the order of the metadata.

use std::path::Path as File;
use std::sync::Arc;

use axum::Extension;
use axum::Json;
use axum::extract::multipart::{Field, Multipart, MultipartError, MultipartRejection};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use super::account;
use super::metadata::Forsendelse;
use super::state::{Order, Shipment};
use super::store::Store;
use super::ut::{Answer, Refused, caller, owner, refused};
use crate::fault::Disturbance;
use crate::serve::Cutter;
use crate::world::World;

/// The largest metadata that are read, in bytes.
const MAX_METADATA: usize = 1024 * 1024;

/// The largest shipment, in bytes.
const MAX_BYTES: u64 = 1_100_000_000;

/// What may be printed together, in bytes.
const MAX_PRINTED: u64 = 350_000_000;

/// How a route reads and judges `forsendelse`; the text says what is wrong.
pub(super) type Read = fn(&[u8]) -> Result<Forsendelse, String>;

pub(super) async fn send(
    State(world): State<Arc<World>>,
    Extension(read): Extension<Read>,
    Extension(cutter): Extension<Cutter>,
    Path(konto): Path<String>,
    headers: HeaderMap,
    body: Result<Multipart, MultipartRejection>,
) -> Answer {
    let sender = owner(&caller(&world, &headers)?, &konto)?;
    let mut parts = body.map_err(|error| invalid(&error.body_text()))?;
    let first = parts.next_field().await.map_err(broken)?.filter(|field| field.name() == Some("forsendelse"));
    let text = first.ok_or_else(|| invalid("første del må være forsendelse"))?.bytes().await.map_err(broken)?;
    if text.len() > MAX_METADATA {
        return Err(invalid("forsendelse er for stor"));
    }
    let forsendelse = read(&text).map_err(|wrong| invalid(&wrong))?;
    let recipient = forsendelse.mottaker.digital_id.clone().unwrap_or_default();
    let disturbance = world.faults.on_shipment(sender, &recipient, &world.clock);
    match disturbance {
        Some(Disturbance::Down) => return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response()),
        Some(Disturbance::Busy { retry_after }) => {
            let wait = [(header::RETRY_AFTER, retry_after.to_string())];
            return Ok((StatusCode::TOO_MANY_REQUESTS, wait).into_response());
        }
        _ => {}
    }
    let id = Uuid::new_v4();
    let folder = world.shipments.folder(id);
    tokio::fs::create_dir_all(&folder).await?;
    if let Err(refusal) = documents(&mut parts, &forsendelse, &folder).await {
        tokio::fs::remove_dir_all(&folder).await?;
        return Err(refusal);
    }
    let order = Order {
        account: account(sender),
        sender: sender.to_owned(),
        recipient,
        reference: forsendelse.ekstern_referanse.unwrap_or_default(),
        digital_only: forsendelse.kun_digital_levering,
        metadata: serde_json::from_slice::<Value>(&text).unwrap_or_default(),
    };
    world.shipments.insert(&Shipment::receive(id, order, world.clock.now()))?;
    if matches!(disturbance, Some(Disturbance::Lost)) {
        cutter.cut();
    }
    Ok(Json(json!({ "id": id })).into_response())
}

/// One part for each document, with its file name, in order.
async fn documents(parts: &mut Multipart, forsendelse: &Forsendelse, folder: &File) -> Result<(), Refused> {
    let mut sum = 0_u64;
    for (number, dokument) in forsendelse.dokumenter.iter().enumerate() {
        let part = parts.next_field().await.map_err(broken)?.ok_or_else(|| invalid("et dokument mangler"))?;
        if part.file_name() != Some(dokument.filnavn.as_str()) {
            return Err(invalid("dokumentene har en annen rekkefølge enn i forsendelse"));
        }
        sum += keep(part, &Store::part(folder, number), MAX_BYTES.saturating_sub(sum)).await?;
    }
    if !forsendelse.kun_digital_levering && sum > MAX_PRINTED {
        return Err(invalid("for stor til å skrives ut"));
    }
    match parts.next_field().await.map_err(broken)? {
        None => Ok(()),
        Some(_) => Err(invalid("flere dokumenter enn i forsendelse")),
    }
}

async fn keep(mut part: Field<'_>, path: &File, most: u64) -> Result<u64, Refused> {
    let mut file = tokio::fs::File::create(path).await?;
    let mut size = 0_u64;
    while let Some(chunk) = part.chunk().await.map_err(broken)? {
        size += chunk.len() as u64;
        if size > most {
            return Err(refused(StatusCode::PAYLOAD_TOO_LARGE, "FOR_STOR", "forsendelsen er for stor"));
        }
        file.write_all(&chunk).await?;
    }
    if size == 0 {
        return Err(invalid("kan ikke lagre tomt dokument"));
    }
    file.sync_data().await?;
    Ok(size)
}

fn invalid(message: &str) -> Refused {
    refused(StatusCode::BAD_REQUEST, "UGYLDIG_FORSENDELSE", message)
}

#[expect(clippy::needless_pass_by_value, reason = "the form that `map_err` hands it over in")]
fn broken(error: MultipartError) -> Refused {
    invalid(&error.body_text())
}
