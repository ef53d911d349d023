//! What several relays share: the database server and the bucket.

use std::time::Duration;

use uuid::Uuid;

use super::Check;
use crate::packages::{self, Packages as _, S3};
use crate::store::StoreError;
use crate::store::postgres::{self, Postgres};

/// Leases last minutes, so clocks may differ by seconds.
const CLOCK: u64 = 10_000;

/// Longer, and nobody waits for an examination.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn database(settings: &postgres::Settings, bucket: bool) -> Vec<Check> {
    const NAME: &str = "store.database";
    let found = match Postgres::examine(settings).await {
        Ok(found) => found,
        Err(error) => {
            let advice =
                "look at store.url, its password_file and ca_file, and whether the server runs and lets this user in";
            return vec![Check::fail(NAME, format!("no connection: {error}"), advice)];
        }
    };
    let mut checks = Vec::new();
    let said = format!(
        "PostgreSQL {}, {} messages, {} relays seen lately, {}",
        found.server,
        found.messages,
        found.relays,
        if found.encrypted { "with TLS" } else { "without TLS" },
    );
    checks.push(match (found.version, found.known) {
        (0, _) => Check::ok(NAME, format!("{said}; tables are made at the first start")),
        (version, known) if version > known => {
            let seen = format!("the tables have version {version}, this program knows {known}");
            Check::fail(NAME, seen, "use the newer program that was here before")
        }
        (version, known) if version < known => {
            let seen = format!("{said}; the tables have version {version} of {known}");
            Check::warn(NAME, seen, "konvolutt migrate completes them, and so does the next start")
        }
        _ => Check::ok(NAME, said),
    });
    if !found.unsafe_settings.is_empty() {
        let seen = format!("the server has {}", found.unsafe_settings.join(" and "));
        checks.push(Check::fail("store.durable", seen, "switch it on: without it a power cut loses what was accepted"));
    }
    if found.clock_off.unsigned_abs() > CLOCK {
        let seen = format!("the database server's clock is {} s away from ours", found.clock_off / 1000);
        checks.push(Check::warn("store.clock", seen, "let both follow NTP: leases are measured in minutes"));
    }
    if found.relays > 1 && !bucket {
        let seen = "several relays share the store, and packages lie in this one's data folder";
        checks.push(Check::fail("store.packages", seen, "name a bucket in [packages] for all of them"));
    }
    checks
}

/// Writes, reads and removes an object of its own.
pub(super) async fn bucket(settings: &packages::Settings) -> Check {
    const NAME: &str = "packages.bucket";
    match tokio::time::timeout(PATIENCE, round(settings)).await {
        Ok(Ok(true)) => Check::ok(NAME, "an object can be written, read and removed"),
        Ok(Ok(false)) => Check::fail(NAME, "what is read is not what was written", "look at what stands in between"),
        Ok(Err(error)) => {
            let advice = "look at [packages]: endpoint, region, key and the rights to put, get and delete objects";
            Check::fail(NAME, error.to_string(), advice)
        }
        Err(_) => Check::fail(NAME, "no answer in time", "look at packages.endpoint and at the network"),
    }
}

async fn round(settings: &packages::Settings) -> Result<bool, StoreError> {
    let bucket = S3::new(settings)?;
    let name = format!("doctor-{}", Uuid::new_v4());
    let file = std::env::temp_dir().join(&name);
    std::fs::write(&file, &name)?;
    let kept = bucket.adopt(&name, &file).await;
    // What cannot be removed lies in a folder for such things.
    let _ = std::fs::remove_file(&file);
    kept?;
    let content = bucket.open(&name).await?;
    let mut read = Vec::new();
    let mut stream = content.into_stream();
    while let Some(piece) = futures_util::StreamExt::next(&mut stream).await {
        read.extend_from_slice(&piece?);
    }
    bucket.remove(&name).await?;
    Ok(read == name.as_bytes())
}
