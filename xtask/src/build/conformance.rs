//! The conformance suite as WebAssembly: one module that Node and the browser load alike.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::Mode;
use crate::shell::{cargo, run, target_dir};

/// Builds it as the front end is built, so that the same code is held to the same cases, and returns the folder with
/// `conformance.mjs` and `conformance.wasm`.
pub(crate) fn conformance(root: &Path) -> Result<PathBuf> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let profile = Mode::Release.profile();
    run(cargo(root).args(["build", "--quiet", "--locked", "--package", "konvolutt-conformance", "--lib"]).args([
        "--target",
        TARGET,
        "--profile",
        profile,
    ]))?;
    let mut output = Bindgen::new()
        .input_path(target_dir(root).join(TARGET).join(profile).join("konvolutt_conformance.wasm"))
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .generate_output()
        .context("The JavaScript for the conformance suite cannot be made.")?;
    let folder = target_dir(root).join("conformance");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("conformance.mjs"), output.js())?;
    fs::write(folder.join("conformance.wasm"), output.wasm_mut().emit_wasm())?;
    Ok(folder)
}
