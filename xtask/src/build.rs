//! The front end, from Rust to the files in `dist/`: no bundler, no downloads.
//!
//! Cargo makes WebAssembly, the bindgen library (locked to the version the front end uses) makes the JavaScript around
//! it, and here every file gets a name with its hash, so that it can be cached for ever.

mod assets;
mod bindgen;
mod conformance;
mod pages;
mod styles;

use std::path::Path;

use anyhow::Result;

use crate::shell::{cargo, run, say, target_dir};
use assets::Assets;
pub(crate) use conformance::conformance;

/// How much time to spend on small files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Quick to build.
    Dev,
    /// Small, with compressed copies.
    Release,
}

impl Mode {
    pub(crate) const fn from_dev_flag(dev: bool) -> Self {
        if dev { Self::Dev } else { Self::Release }
    }

    const fn profile(self) -> &'static str {
        match self {
            Self::Dev => "web-dev",
            Self::Release => "web",
        }
    }
}

/// The binaries that run on a page. `worker` runs beside each of them.
const PAGES: [&str; 3] = ["portal", "widget", "lab"];

/// Builds everything the browser gets.
pub(crate) fn frontend(root: &Path, mode: Mode) -> Result<()> {
    say("Building the front end");
    let mut command = cargo(root);
    command.args([
        "build",
        "--quiet",
        "--package",
        "konvolutt-frontend",
        "--bins",
        "--target",
        "wasm32-unknown-unknown",
    ]);
    command.args(["--profile", mode.profile()]);
    if mode == Mode::Release {
        command.arg("--locked");
    }
    run(&mut command)?;
    let binaries = target_dir(root).join("wasm32-unknown-unknown").join(mode.profile());

    say("Writing dist/");
    let mut assets = Assets::new(&root.join("dist/assets"), mode)?;
    let css = styles::write(root, &mut assets)?;
    let worker = bindgen::write_worker(root, &binaries, &mut assets)?;
    let mut boots = Vec::new();
    for page in PAGES {
        boots.push((page, bindgen::write_page(root, &binaries, page, &worker, &mut assets)?));
    }
    pages::write(root, &css, &boots)?;
    assets.finish()
}
