//! What lies on this machine: data folder, disk, database, front end.

use std::io::Write as _;
use std::path::Path;

use uuid::Uuid;

use super::Check;
use crate::disk;
use crate::store::sqlite::copy;

const MIB: u64 = 1024 * 1024;

/// Folder and disk.
pub(super) fn data(folder: &Path, min_free_mib: u64) -> Vec<Check> {
    // Before the first start there is only something above it.
    let Some(there) = folder.ancestors().find(|one| one.exists()) else {
        return vec![missing(folder)];
    };
    vec![writable(folder, there), space(there, min_free_mib)]
}

fn missing(folder: &Path) -> Check {
    Check::fail("data.folder", format!("{} cannot be made", folder.display()), "give another folder with --data")
}

fn writable(folder: &Path, there: &Path) -> Check {
    const NAME: &str = "data.folder";
    let probe = there.join(format!(".konvolutt-doctor-{}", Uuid::new_v4()));
    let written = std::fs::File::create(&probe).and_then(|mut file| {
        file.write_all(b"probe")?;
        file.sync_all()
    });
    let removed = std::fs::remove_file(&probe);
    match written.and(removed) {
        Err(error) => {
            let advice = "make the folder and give it to the user that runs the relay";
            Check::fail(NAME, format!("{} cannot be written: {error}", there.display()), advice)
        }
        Ok(()) if there == folder => Check::ok(NAME, format!("{} can be written and synced", folder.display())),
        Ok(()) => Check::ok(NAME, format!("{} is made at the first start", folder.display())),
    }
}

fn space(folder: &Path, min_free_mib: u64) -> Check {
    const NAME: &str = "data.space";
    let free = match disk::free(folder) {
        Ok(free) => free / MIB,
        Err(error) => return Check::fail(NAME, format!("the disk does not answer: {error}"), "look at the disk"),
    };
    let seen = format!("{free} MiB free, {min_free_mib} MiB are demanded (server.min_free_mib)");
    if free < min_free_mib {
        return Check::fail(NAME, seen, "make room, or move the data folder to a larger disk");
    }
    if free < min_free_mib.saturating_mul(2) {
        return Check::warn(NAME, seen, "make room soon: below that the relay takes nothing new");
    }
    Check::ok(NAME, seen)
}

/// SQLite's, in the data folder.
pub(super) fn database(folder: &Path) -> Check {
    const NAME: &str = "data.database";
    let path = &folder.join(copy::DATABASE);
    if !path.exists() {
        return Check::ok(NAME, "not there yet; the first start makes it");
    }
    let restore = "stop the relay, keep a copy of the folder, and restore the last backup (konvolutt restore)";
    match copy::contents(path) {
        Ok(found) if found.version > found.known => {
            let seen = format!("has version {}, this program knows {}", found.version, found.known);
            Check::fail(NAME, seen, "use the newer program that was here before")
        }
        Ok(found) if found.verdict == "ok" => {
            Check::ok(NAME, format!("opens, its integrity check passes, {} messages", found.messages))
        }
        Ok(found) => Check::fail(NAME, format!("the integrity check found: {}", found.verdict), restore),
        Err(error) => Check::fail(NAME, format!("cannot be read: {error}"), restore),
    }
}

/// The pages, and at least one program for them to load.
pub(super) fn front_end(dist: &Path) -> Check {
    const NAME: &str = "front_end";
    const FILES: [&str; 4] = ["index.html", "frame.html", "lab.html", "embed/v1/efm-send.js"];
    let missing: Vec<&str> = FILES.into_iter().filter(|file| !dist.join(file).is_file()).collect();
    let assets = std::fs::read_dir(dist.join("assets")).map_or(0, Iterator::count);
    if missing.is_empty() && assets > 0 {
        return Check::ok(NAME, format!("{} holds the pages and {assets} assets", dist.display()));
    }
    let missing = if missing.is_empty() { "assets".to_owned() } else { missing.join(", ") };
    let seen = format!("{} lacks {missing}", dist.display());
    Check::fail(NAME, seen, "build it with cargo xtask build, or name its folder with --dist or server.dist")
}
