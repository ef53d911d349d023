//! `cargo xtask run`: from a fresh machine to a page one can open.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::build::{self, Mode};
use crate::setup;
use crate::shell::{cargo, run as finish, say, target_dir};

pub(crate) fn run(root: &Path, listen: &str, data: &str, dev: bool) -> Result<()> {
    setup::wasm_target()?;
    setup::node_packages(root)?;
    // Beside the front end: its last step, linking, leaves a core idle for minutes.
    say("Building the relay and the sandbox at the same time");
    let mut relay = cargo(root);
    relay.args(["build", "--quiet", "--package", "konvolutt-relay", "--bin", "konvolutt"]);
    if !dev {
        relay.args(["--release", "--locked"]);
    }
    let mut relay = relay.spawn().context("cargo could not be started.")?;
    let frontend = build::frontend(root, Mode::from_dev_flag(dev));
    let relay = relay.wait()?;
    frontend?;
    if !relay.success() {
        bail!("The relay could not be built.");
    }
    let binary = target_dir(root).join(if dev { "debug" } else { "release" }).join("konvolutt");
    say(&format!("Starting relay and sandbox at http://{listen} (stop with Ctrl-C; everything is kept in {data}/)"));
    finish(
        Command::new(binary)
            .args(["serve", "--sandbox", "--data", data, "--listen", listen, "--dist", "dist"])
            .current_dir(root),
    )
}
