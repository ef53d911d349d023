//! `cargo xtask run`: from a fresh machine to a page one can open.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::build::{self, Mode};
use crate::setup;
use crate::shell::{cargo, run as finish, say, target_dir};

pub(crate) fn run(root: &Path, listen: &str, data: &str, dev: bool) -> Result<()> {
    setup::wasm_target()?;
    setup::node_packages(root)?;
    build::frontend(root, Mode::from_dev_flag(dev))?;
    say("Building the relay and the sandbox");
    let mut relay = cargo(root);
    relay.args(["build", "--quiet", "--package", "konvolutt-relay", "--bin", "konvolutt"]);
    if !dev {
        relay.args(["--release", "--locked"]);
    }
    finish(&mut relay)?;
    let binary = target_dir(root).join(if dev { "debug" } else { "release" }).join("konvolutt");
    say(&format!("Starting relay and sandbox at http://{listen} (stop with Ctrl-C; everything is kept in {data}/)"));
    finish(
        Command::new(binary)
            .args(["serve", "--sandbox", "--data", data, "--listen", listen, "--dist", "dist"])
            .current_dir(root),
    )
}
