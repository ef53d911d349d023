//! What must be on the machine before anything can be built or tested. Every step looks first and acts only if needed.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell::{has, output, run, say, target_dir};

/// The folder with `package.json`: style sheets and fonts for the build, browser driver for the tests.
pub(crate) const NODE_FOLDER: &str = "tests/browser";

const WASM: &str = "wasm32-unknown-unknown";

/// Programs that only the tests need, with the Debian package that brings each.
const TEST_PROGRAMS: &[(&str, &str)] = &[
    ("chromium", "chromium"),
    ("chromedriver", "chromium-driver"),
    ("xmlsec1", "xmlsec1"),
    ("xmllint", "libxml2-utils"),
    ("openssl", "openssl"),
    // Debian's own tool around the server, which itself is in no folder that is searched.
    ("pg_ctlcluster", "postgresql"),
];

/// Makes sure that rustc can build for WebAssembly.
pub(crate) fn wasm_target() -> Result<()> {
    let libraries = output(Command::new("rustc").args(["--print", "target-libdir", "--target", WASM]))?;
    if Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    if !has("rustup") {
        bail!(
            "Rust's standard library for {WASM} is missing, and there is no rustup to add it with. Install it first."
        );
    }
    say("Adding Rust's standard library for WebAssembly (rustup target add)");
    run(Command::new("rustup").args(["target", "add", WASM]))
}

/// Makes sure that the packages of the lock file are there, exactly those.
pub(crate) fn node_packages(root: &Path) -> Result<()> {
    let folder = root.join(NODE_FOLDER);
    let lock = fs::read(folder.join("package-lock.json")).context("package-lock.json cannot be read.")?;
    // npm keeps no copy of the lock file that can be compared, so we do.
    let stamp = folder.join("node_modules/.installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    for program in ["node", "npm"] {
        if !has(program) {
            bail!(
                "{program} is missing. Install Node.js 20 or newer with npm; style sheets and fonts come from there."
            );
        }
    }
    say("Fetching style sheets, fonts and the browser tests' packages (npm ci)");
    run(Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder))?;
    fs::write(stamp, lock)?;
    Ok(())
}

/// Makes sure that the browser and the programs that check our work are there.
pub(crate) fn test_programs() -> Result<()> {
    programs(TEST_PROGRAMS)
}

/// Makes sure that what the relay is measured against is there.
pub(crate) fn bench_programs() -> Result<()> {
    programs(&[("nginx", "nginx-light"), ("openssl", "openssl")])
}

fn programs(wanted: &[(&str, &str)]) -> Result<()> {
    let missing: Vec<&str> = wanted.iter().filter(|(program, _)| !has(program)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if !has("apt-get") || !is_root() {
        bail!("Needed: {list}. Install them and start again (on Debian, as root: apt-get install {list}).");
    }
    say(&format!("Installing what is needed: {list}"));
    run(Command::new("apt-get").args(["update", "--quiet"]))?;
    run(Command::new("apt-get")
        .args(["install", "--yes", "--quiet", "--no-install-recommends"])
        .args(missing)
        .env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Fetches NIST's PKITS certificates and lists for `tests/tests/pkits.rs` from the package that pyca/cryptography keeps
/// them in. Without network or Python the test says that it is skipped, so nothing fails here.
pub(crate) fn pkits(root: &Path) {
    const PACKAGE: &str = "cryptography-vectors==50.0.2";
    const UNPACK: &str = "import glob, pathlib, zipfile
wheel, = glob.glob('*.whl')
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        folder, _, file = name.partition('x509/PKITS_data/')[2].partition('/')
        if folder in ('certs', 'crls') and file:
            target = pathlib.Path('data', folder, pathlib.PurePosixPath(file).name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(name))
";
    let folder = target_dir(root).join("test-data/pkits");
    if folder.join("crls").is_dir() {
        return;
    }
    say(&format!("Fetching NIST's PKITS from the Python package index ({PACKAGE})"));
    let fetched = (|| {
        // Fetched beside its place and moved when whole, so that what is there is complete.
        let coming = folder.with_extension("coming");
        if coming.is_dir() {
            fs::remove_dir_all(&coming)?;
        }
        fs::create_dir_all(&coming)?;
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check", PACKAGE]);
        run(pip.current_dir(&coming))?;
        run(Command::new("python3").args(["-c", UNPACK]).current_dir(&coming))?;
        fs::rename(coming.join("data"), &folder)?;
        fs::remove_dir_all(&coming)?;
        anyhow::Ok(())
    })();
    if let Err(error) = fetched {
        say(&format!("PKITS could not be fetched, its test will be skipped: {error:#}"));
    }
}

/// Fetches what the independent judges in `tests/judges/` are made of: a reader of envelopes, and a scanner of APIs.
/// Without network or Python their tests say that they are skipped.
pub(crate) fn judge_packages(root: &Path) {
    python_packages(root, "python", ["asn1crypto==1.5.1", "cryptography==50.0.0"]);
    python_packages(root, "scanner", ["schemathesis==4.32.5", "openapi-spec-validator==0.9.0"]);
}

/// In a folder of their own, fetched beside it and moved when whole, so that what is there is complete.
fn python_packages(root: &Path, name: &str, packages: [&str; 2]) {
    let folder = target_dir(root).join("test-data").join(name);
    let wanted = packages.join("\n");
    let list = folder.join("packages.txt");
    if fs::read_to_string(&list).is_ok_and(|there| there == wanted) {
        return;
    }
    say(&format!("Fetching independent judges from the Python package index ({})", packages.join(", ")));
    let fetched = (|| {
        let coming = folder.with_extension("coming");
        for old in [&coming, &folder] {
            if old.is_dir() {
                fs::remove_dir_all(old)?;
            }
        }
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]);
        run(pip.args(["--root-user-action", "ignore", "--target"]).arg(&coming).args(packages))?;
        fs::write(coming.join("packages.txt"), wanted)?;
        fs::rename(&coming, &folder)?;
        anyhow::Ok(())
    })();
    if let Err(error) = fetched {
        say(&format!("They could not be fetched, their tests will be skipped: {error:#}"));
    }
}

/// Makes sure that `cargo deny` is there.
pub(crate) fn cargo_deny() -> Result<()> {
    if has("cargo-deny") {
        return Ok(());
    }
    say("Installing cargo-deny");
    run(Command::new("cargo").args(["install", "cargo-deny", "--version", "0.20.2", "--locked", "--quiet"]))
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
