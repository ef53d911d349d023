//! SvarUt's own system: opens what was sealed to SvarUt, looks for malware, and seals to the recipient's receiving
//! system. That is how it is in the real world, too: KS can read what goes this way.

use std::sync::Arc;

use konvolutt_shared::container::zip::{DosTime, ZipWriter};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Certificate, SoftKey};
use konvolutt_shared::seal;
use rsa::sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::state::{Content, Document, Shipment};
use super::store::Store;
use super::system_of;
use crate::authority::{Identity, rng};
use crate::broker::infected;
use crate::error::Error;
use crate::seed;
use crate::world::World;

/// Seconds between two looks.
const TICK_SECONDS: f64 = 0.25;

/// Works until `stop`.
pub(crate) async fn work(world: Arc<World>, identity: Arc<Identity>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(world.clock.delay(TICK_SECONDS));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = turn(&world, &identity).await {
            tracing::error!(%error, "SvarUt tries again");
        }
    }
}

async fn turn(world: &Arc<World>, identity: &Arc<Identity>) -> Result<(), Error> {
    for shipment in world.shipments.unopened(world.clock.now())? {
        // Only those who have a receiving system have a key that SvarUt knows.
        let system = seed::organisation(system_of(&shipment.recipient)).filter(|one| one.receives_shipments());
        let certificate = match system {
            Some(one) => {
                Some(Certificate::from_pem(&world.identity(one).await?.certificate_pem()).map_err(Error::authority)?)
            }
            None => None,
        };
        let (world, identity, id) = (world.clone(), identity.clone(), shipment.id);
        let opened = tokio::task::spawn_blocking(move || look_into(&world, &identity, &shipment, certificate.as_ref()));
        if let Err(error) = opened.await.map_err(Error::authority)? {
            tracing::error!(%error, %id, "SvarUt cannot look into a shipment");
        }
    }
    Ok(())
}

/// Accepts or rejects; the sealed content is on disk before anybody hears of it.
fn look_into(
    world: &World,
    identity: &Identity,
    shipment: &Shipment,
    recipient: Option<&Certificate>,
) -> Result<(), Error> {
    let key = SoftKey::from_pem(&identity.key_pem()?, &identity.chain_pem()).map_err(Error::authority)?;
    let opened = open(world, &key, shipment)?;
    let now = world.clock.now();
    let Ok(documents) = opened else {
        let _ = world.shipments.change(shipment.id, now, |one, _| one.reject(now))?;
        return Ok(());
    };
    let content = match recipient {
        None => None,
        Some(recipient) => Some(seal_to(world, recipient, shipment, documents)?),
    };
    let _ = world.shipments.change(shipment.id, now, |one, timing| one.accept(content, now, timing))?;
    Ok(())
}

type Opened = Vec<(Document, Vec<u8>)>;

fn open(world: &World, key: &SoftKey, shipment: &Shipment) -> Result<Result<Opened, Finding>, Error> {
    let folder = world.shipments.folder(shipment.id);
    let mut documents = Vec::new();
    for (number, dokument) in shipment.metadata["dokumenter"].as_array().into_iter().flatten().enumerate() {
        let sealed = std::fs::read(Store::part(&folder, number))?;
        let plain = match seal::open(&sealed, key, &Limits::default()) {
            Ok(plain) => plain,
            Err(finding) => return Ok(Err(finding)),
        };
        if infected(&plain) {
            return Ok(Err(Finding::error(Rule::ServiceRefused, "malware")));
        }
        let text = |name: &str| dokument[name].as_str().unwrap_or_default().to_owned();
        let sha256 = Sha256::digest(&plain).iter().map(|byte| format!("{byte:02x}")).collect();
        let (name, media_type) = (text("filnavn"), text("mimeType"));
        documents.push((Document { name, media_type, size: plain.len() as u64, sha256 }, plain));
    }
    Ok(Ok(documents))
}

/// One document as it is, several as a zip.
fn seal_to(world: &World, recipient: &Certificate, shipment: &Shipment, documents: Opened) -> Result<Content, Error> {
    let plain;
    let (file_name, media_type) = match documents.as_slice() {
        [(one, bytes)] => {
            plain = bytes.clone();
            (one.name.clone(), one.media_type.clone())
        }
        several => {
            let mut out = Vec::new();
            let mut zip = ZipWriter::new(DosTime::from_timestamp(shipment.created));
            for (document, bytes) in several {
                zip.add(&document.name, bytes, &mut out).map_err(Error::authority)?;
            }
            zip.finish("", &mut out).map_err(Error::authority)?;
            plain = out;
            (format!("dokumenter-{:.8}.zip", shipment.id.simple()), "application/zip".to_owned())
        }
    };
    let sealed = seal::seal(recipient, &plain, &mut rng()).map_err(Error::authority)?;
    std::fs::write(world.shipments.content(shipment.id), &sealed)?;
    let documents = documents.into_iter().map(|(document, _)| document).collect();
    Ok(Content { file_name, media_type, size: sealed.len() as u64, documents })
}
