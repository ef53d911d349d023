//! The JavaScript around each WebAssembly binary, and the small modules that start it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use super::assets::{Asset, Assets};

/// What a page needs to start its program.
#[derive(Debug)]
pub(super) struct Boot {
    /// The module the page loads.
    pub(super) module: Asset,
    /// What that module imports; fetched early and with an integrity value.
    pub(super) glue: Asset,
}

/// A program: its JavaScript and its WebAssembly.
struct Program {
    glue: Asset,
    wasm: Asset,
}

/// Writes the worker, and the one that it starts itself, and returns the module that starts the first.
pub(super) fn write_worker(root: &Path, binaries: &Path, assets: &mut Assets) -> Result<Asset> {
    let template = template(root, "worker.boot.js")?;
    let mut write = |name: &str, digester: &str| {
        let program = write_program(binaries, name, assets)?;
        let module = fill(&template, &program, None).replace("{{digester}}", digester);
        assets.add(&format!("{name}-boot"), "js", module.as_bytes())
    };
    let digester = write("digester", "")?;
    write("worker", &digester.url)
}

/// Writes a page's program and the module that starts it.
pub(super) fn write_page(
    root: &Path,
    binaries: &Path,
    name: &str,
    worker: &Asset,
    assets: &mut Assets,
) -> Result<Boot> {
    let program = write_program(binaries, name, assets)?;
    let template = template(root, "boot.js")?;
    let module = assets.add(&format!("{name}-boot"), "js", fill(&template, &program, Some(worker)).as_bytes())?;
    Ok(Boot { module, glue: program.glue })
}

fn write_program(binaries: &Path, name: &str, assets: &mut Assets) -> Result<Program> {
    let input = binaries.join(name).with_extension("wasm");
    let mut output = Bindgen::new()
        .input_path(&input)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate_output()
        .with_context(|| format!("The JavaScript for {name} cannot be made."))?;
    // Libraries may carry scripts that nothing here uses; what counts is whether the glue imports one.
    if output.js().contains("snippets/") {
        bail!("{name} brings JavaScript of its own. The front end has none besides what is in frontend/static.");
    }
    let wasm = output.wasm_mut().emit_wasm();
    Ok(Program { glue: assets.add(name, "js", output.js().as_bytes())?, wasm: assets.add(name, "wasm", &wasm)? })
}

fn template(root: &Path, name: &str) -> Result<String> {
    let path = root.join("frontend/static").join(name);
    fs::read_to_string(&path).with_context(|| format!("{} cannot be read.", path.display()))
}

fn fill(template: &str, program: &Program, worker: Option<&Asset>) -> String {
    template
        .replace("{{glue}}", &program.glue.url)
        .replace("{{wasm}}", &program.wasm.url)
        .replace("{{integrity}}", &program.wasm.integrity)
        .replace("{{worker}}", worker.map_or("", |worker| &worker.url))
}
