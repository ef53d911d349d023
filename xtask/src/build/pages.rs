//! The HTML pages, with the names of the hashed files put in.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::assets::Asset;
use super::bindgen::Boot;

/// Templates and where they end up, from the root of the repository to `dist/`.
const TEMPLATES: [(&str, &str); 3] =
    [("index.html", "index.html"), ("frontend/static/lab.html", "lab.html"), ("frame.html", "frame.html")];

/// The script that other sites load. Its address is part of the interface, so it has no hash in its name.
const LOADER: (&str, &str) = ("frontend/static/efm-send.js", "embed/v1/efm-send.js");

pub(super) fn write(root: &Path, css: &Asset, boots: &[(&str, Boot)]) -> Result<()> {
    let dist = root.join("dist");
    for (source, target) in TEMPLATES {
        let path = root.join(source);
        let mut page = fs::read_to_string(&path).with_context(|| format!("{} cannot be read.", path.display()))?;
        page = page.replace("{{css}}", &stylesheet(css));
        for (name, boot) in boots {
            page = page.replace(&format!("{{{{boot:{name}}}}}"), &script(boot));
        }
        if let Some(at) = page.find("{{") {
            let left: String = page[at..].chars().take(30).collect();
            bail!("{source} has a placeholder that nobody fills: {left}");
        }
        fs::write(dist.join(target), page)?;
    }
    let (source, target) = LOADER;
    let target = dist.join(target);
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(root.join(source), target).with_context(|| format!("{source} cannot be copied."))?;
    Ok(())
}

fn stylesheet(css: &Asset) -> String {
    format!(r#"<link rel="stylesheet" href="{}" integrity="{}">"#, css.url, css.integrity)
}

fn script(boot: &Boot) -> String {
    format!(
        "<link rel=\"modulepreload\" href=\"{}\" integrity=\"{}\">\n    <script type=\"module\" src=\"{}\" integrity=\"{}\"></script>",
        boot.glue.url, boot.glue.integrity, boot.module.url, boot.module.integrity
    )
}
