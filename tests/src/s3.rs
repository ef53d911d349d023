//! An S3 server of the test program's own: `s3rver` from npm, in a folder for temporary files. It keeps objects, takes
//! uploads in parts and knows one access key (it does not check what that key signs); it is gone with the program.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// The only key that the server knows; not secret.
pub const KEY: &str = "S3RVER";

/// Serves until the standard input ends, which it does with the program, however that ends.
const RUN: &str = "
const { createRequire } = require('node:module');
const [folder, packages, buckets] = process.argv.slice(1);
const S3rver = createRequire(packages + '/')('s3rver');
const configureBuckets = Array.from({ length: Number(buckets) }, (_, number) => ({ name: `bucket-${number}` }));
const server = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory: folder, configureBuckets });
server.run().then(address => console.log(address.port));
process.stdin.on('end', () => {
    require('node:fs').rmSync(folder, { recursive: true, force: true });
    process.exit(0);
}).resume();
";

/// Buckets that are made at the start.
const BUCKETS: u32 = 32;

/// A running server.
#[derive(Debug)]
struct Server {
    endpoint: String,
    given: AtomicU32,
    /// Its input is closed by the system when the program ends.
    _process: Child,
}

static SERVER: LazyLock<Option<Server>> = LazyLock::new(|| {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/node_modules");
    if !packages.join("s3rver").is_dir() {
        return None;
    }
    // The server removes it: nothing is dropped when a program ends.
    let folder = tempfile::tempdir().expect("a folder").keep();
    let mut command = Command::new("node");
    command.args(["-e", RUN]).arg(&folder).arg(&packages).arg(BUCKETS.to_string());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node cannot be started");
    let mut port = String::new();
    let said = BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut port);
    assert!(said.is_ok_and(|length| length > 1), "the S3 server did not start");
    let endpoint = format!("http://127.0.0.1:{}", port.trim());
    Some(Server { endpoint, given: AtomicU32::new(0), _process: child })
});

/// A bucket that nobody has used before: endpoint and name. `None`, and a word about it, where the server is not there.
pub fn bucket() -> Option<(String, String)> {
    let Some(server) = &*SERVER else {
        eprintln!("SKIPPED: there is no S3 server (npm ci in tests/browser)");
        return None;
    };
    let number = server.given.fetch_add(1, Relaxed);
    assert!(number < BUCKETS, "more buckets are needed");
    Some((server.endpoint.clone(), format!("bucket-{number}")))
}

/// Writes the file that holds the key.
pub fn key_file(folder: &Path) -> PathBuf {
    let path = folder.join("packages-key");
    std::fs::write(&path, format!("{KEY}\n")).expect("a file");
    path
}
