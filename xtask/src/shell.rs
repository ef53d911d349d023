//! Running other programs, and saying in plain words what happens.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The workspace folder. Asked for when running, so that no path of the building machine ends up in the binary.
pub(crate) fn root() -> Result<PathBuf> {
    let start = match env::var_os("CARGO_MANIFEST_DIR") {
        Some(manifest) => PathBuf::from(manifest),
        None => env::current_dir()?,
    };
    start
        .ancestors()
        .find(|folder| folder.join("Cargo.lock").is_file() && folder.join("xtask").is_dir())
        .map(Path::to_path_buf)
        .context("Start xtask from inside the repository.")
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir))
}

/// Cargo itself: the one that started us.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    // Set for us by `cargo run`; a cargo started from here must find its own.
    command.env_remove("CARGO_MANIFEST_DIR");
    command
}

/// Tells what is being done now.
pub(crate) fn say(text: &str) {
    println!("==> {text}");
}

/// Runs a program to its end; its output is shown.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = describe(command);
    let status = command.status().with_context(|| format!("«{name}» could not be started. Is it installed?"))?;
    if !status.success() {
        bail!("«{name}» failed ({status}).");
    }
    Ok(())
}

/// Runs a program and returns what it wrote to standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let name = describe(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("«{name}» could not be started. Is it installed?"))?;
    if !output.status.success() {
        bail!("«{name}» failed ({}).", output.status);
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Whether a program of this name is on the search path.
pub(crate) fn has(program: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

fn describe(command: &Command) -> String {
    let mut words = vec![Path::new(command.get_program()).file_name().unwrap_or(command.get_program())];
    words.extend(command.get_args());
    words.join(OsStr::new(" ")).to_string_lossy().into_owned()
}
