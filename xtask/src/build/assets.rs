//! Files with their hash in the name, their integrity value, and their compressed copies.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256, Sha384};

use super::Mode;

/// The folder `dist/assets`, being filled.
#[derive(Debug)]
pub(super) struct Assets {
    folder: PathBuf,
    mode: Mode,
    written: BTreeSet<String>,
}

/// A file that the browser can fetch.
#[derive(Clone, Debug)]
pub(super) struct Asset {
    /// Path on the server, from the root.
    pub(super) url: String,
    /// Subresource integrity value.
    pub(super) integrity: String,
}

impl Assets {
    pub(super) fn new(folder: &Path, mode: Mode) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made.", folder.display()))?;
        Ok(Self { folder: folder.to_path_buf(), mode, written: BTreeSet::new() })
    }

    /// Writes `stem-HASH.extension`, unless it is there already.
    pub(super) fn add(&mut self, stem: &str, extension: &str, bytes: &[u8]) -> Result<Asset> {
        let hash: String = Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let name = format!("{stem}-{hash}.{extension}");
        let path = self.folder.join(&name);
        if !path.is_file() {
            write_whole(&path, bytes)?;
        }
        self.written.insert(name.clone());
        if self.mode == Mode::Release && !matches!(extension, "woff2") {
            self.compress(&name, "br", bytes, brotli)?;
            self.compress(&name, "gz", bytes, gzip)?;
        }
        let integrity = format!("sha384-{}", STANDARD.encode(Sha384::digest(bytes)));
        Ok(Asset { url: format!("/assets/{name}"), integrity })
    }

    /// Brotli at its best takes seconds; the name has the content's hash, so a copy that exists is the right one.
    fn compress(&mut self, name: &str, ending: &str, bytes: &[u8], method: fn(&[u8]) -> Result<Vec<u8>>) -> Result<()> {
        let name = format!("{name}.{ending}");
        let path = self.folder.join(&name);
        if !path.is_file() {
            write_whole(&path, &method(bytes)?)?;
        }
        self.written.insert(name);
        Ok(())
    }

    /// Removes what earlier builds left behind.
    pub(super) fn finish(self) -> Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(|name| self.written.contains(name)) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

/// Never leaves half a file under the final name: the next build would take it for a whole one.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let partial = path.with_added_extension("part");
    fs::write(&partial, bytes)?;
    fs::rename(&partial, path).with_context(|| format!("{} cannot be written.", path.display()))
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &*bytes, &mut out, &parameters)?;
    Ok(out)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}
