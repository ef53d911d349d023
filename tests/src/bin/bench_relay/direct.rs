//! The same store written directly: what the disk and SQLite give, without network and without any check.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use anyhow::{Result, ensure};
use jiff::Timestamp;
use konvolutt_relay::message::NewMessage;
use konvolutt_relay::outbox::{Kind, NewDelivery};
use konvolutt_relay::store::Outbox as _;
use konvolutt_relay::store::sqlite::Sqlite;
use konvolutt_shared::api::{Direction, OrganisationAccess};
use tempfile::TempDir;
use uuid::Uuid;

use crate::accept::Timed;

/// A row as large as a real one: an envelope with three certificates has about 7 kB.
pub(crate) fn rows() -> (NewMessage, NewDelivery) {
    let (now, id) = (Timestamp::now(), Uuid::now_v7().to_string());
    let sbd = "x".repeat(1_100);
    let message = NewMessage {
        id: id.clone(),
        message_id: Uuid::new_v4().to_string(),
        conversation_id: Uuid::new_v4().to_string(),
        direction: Direction::Out,
        channel: "DPO".to_owned(),
        organisation: "310904007".to_owned(),
        party: OrganisationAccess { orgnr: "310900117".to_owned(), name: "Testetaten Solvik".to_owned() },
        document_type: "arkivmelding".to_owned(),
        process: konvolutt_tests::client::PROCESS.to_owned(),
        created: now,
        expires: Some(now + jiff::SignedDuration::from_hours(24)),
        size: 16_384,
        sbd: sbd.clone(),
        envelope: Some("x".repeat(7_000)),
        digest: Some("x".repeat(64)),
        broker_sender: None,
        package: Some(format!("out-{id}")),
        findings: Vec::new(),
        about: None,
        details: None,
        trace: None,
        upload: None,
        hold: None,
    };
    let delivery = NewDelivery {
        id: Uuid::now_v7().to_string(),
        message: id,
        kind: Kind::Letter,
        channel: "DPO".to_owned(),
        sender: message.organisation.clone(),
        recipient: message.party.orgnr.clone(),
        sbd,
        package: message.package.clone(),
        package_size: message.size,
        reference: Uuid::new_v4().to_string(),
        details: None,
        created: now,
        expires: message.expires,
    };
    (message, delivery)
}

pub(crate) async fn accepts(folder: TempDir, clients: usize, count: usize) -> Result<Timed> {
    let (store, next) = (Arc::new(Sqlite::open(folder.path())?), Arc::new(AtomicUsize::new(0)));
    let begun = Instant::now();
    let workers: Vec<_> = (0..clients)
        .map(|_| {
            let (store, next) = (store.clone(), next.clone());
            tokio::spawn(async move {
                let mut each = Vec::new();
                while next.fetch_add(1, Relaxed) < count {
                    let (message, delivery) = rows();
                    let asked = Instant::now();
                    ensure!(store.accept(message, delivery, None).await?.is_none(), "an id twice");
                    each.push(asked.elapsed());
                }
                Ok(each)
            })
        })
        .collect();
    let mut each = Vec::new();
    for worker in workers {
        each.extend(worker.await??);
    }
    Ok(Timed::new(begun.elapsed().as_secs_f64(), each))
}
