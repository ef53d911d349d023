//! Makes `material/` and the starting corpus anew: `cargo run --features seeds --bin seeds` in this folder.
//!
//! The certificates are made by OpenSSL in a temporary folder. Their private keys stay there and go away with it.
#![allow(clippy::print_stdout, reason = "a command-line tool talks on standard output")]

#[path = "seeds/authority.rs"]
mod authority;
#[path = "seeds/channels.rs"]
mod channels;
#[path = "seeds/documents.rs"]
mod documents;
#[path = "seeds/signed.rs"]
mod signed;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use authority::Authority;

pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// The time at which everything is made.
pub(crate) const NOW: &str = "2026-11-30T12:00:00Z";

/// The test organisations' numbers and the password of key files.
pub(crate) const SENDER: &str = "310452106";
pub(crate) const RECEIVER: &str = "310452114";
pub(crate) const PASSWORD: &str = "fuzzing";

/// Where everything goes.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// A file that the checks compile in.
    pub(crate) fn material(&self, name: &str, bytes: &[u8]) -> Outcome<()> {
        write(&self.0.join("material").join(name), bytes)
    }

    /// A starting input of a target.
    pub(crate) fn seed(&self, target: &str, name: &str, bytes: &[u8]) -> Outcome<()> {
        write(&self.0.join("corpus").join(target).join(name), bytes)?;
        // These are there already, by another name.
        if ["inspect", "zip", "ber", "envelope", "address", "dpi", "dpv", "svarut"].contains(&target) {
            return Ok(());
        }
        self.for_inspection(target, name, bytes)
    }

    /// The inspector takes everything; one input of each kind is enough to start with.
    fn for_inspection(&self, target: &str, name: &str, bytes: &[u8]) -> Outcome<()> {
        // The first byte of these only chooses what is done with the rest.
        let bytes = match target {
            "cades" => &bytes[1..],
            "cms" => &bytes[1 + usize::from(bytes[0])..],
            _ => bytes,
        };
        write(&self.0.join("corpus/inspect").join(format!("{target}-{name}")), bytes)
    }
}

fn write(path: &Path, bytes: &[u8]) -> Outcome<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(fs::write(path, bytes)?)
}

fn main() -> Outcome<()> {
    let folder = Folder(PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    let authority = Authority::make(&folder)?;
    signed::make(&authority, &folder)?;
    documents::make(&folder)?;
    channels::make(&folder)?;
    println!("Made material/ and corpus/. The private keys are gone.");
    Ok(())
}
