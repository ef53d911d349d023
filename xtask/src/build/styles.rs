//! One style sheet: Designsystemet's, the font's and ours, with the fonts beside it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::assets::{Asset, Assets};
use crate::setup::NODE_FOLDER;

/// In this order: the first names the cascade layers, the last wins.
const SHEETS: [&str; 3] = [
    "@digdir/designsystemet-css/dist/src/index.css",
    "@digdir/designsystemet-css/dist/theme/designsystemet.css",
    "@fontsource-variable/inter/index.css",
];

/// One file for each part of Unicode; the browser fetches those that a text uses.
const FONT_FOLDER: &str = "@fontsource-variable/inter/files";

pub(super) fn write(root: &Path, assets: &mut Assets) -> Result<Asset> {
    let packages = root.join(NODE_FOLDER).join("node_modules");
    let mut css = String::new();
    for sheet in SHEETS {
        css.push_str(&read(&packages.join(sheet))?);
        css.push('\n');
    }
    // The theme asks for Inter; the package calls its variable font by a longer name.
    css = css.replace("'Inter Variable'", "Inter");
    css = with_fonts(&css, &packages.join(FONT_FOLDER), assets)?;
    css.push_str(&read(&root.join("frontend/static/app.css"))?);
    assets.add("app", "css", css.as_bytes())
}

/// Copies every font that the sheet names and puts the copy's address in its place.
fn with_fonts(css: &str, folder: &Path, assets: &mut Assets) -> Result<String> {
    const START: &str = "url(./files/";
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(at) = rest.find(START) {
        let (before, after) = rest.split_at(at);
        let (name, tail) = after[START.len()..].split_once(')').context("A font's address has no end.")?;
        let bytes = fs::read(folder.join(name)).with_context(|| format!("The font {name} cannot be read."))?;
        let stem = name.trim_end_matches(".woff2");
        out.push_str(before);
        out.push_str(&format!("url({})", assets.add(stem, "woff2", &bytes)?.url));
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read.", path.display()))
}
