//! A PostgreSQL server of the test program's own: made in a folder for temporary files, reached by a socket there, gone
//! with the program. It keeps its promises (`fsync` stays on), so that what is measured and killed here is real.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// PostgreSQL refuses to run as root; this user comes with Debian's package.
const USER: &str = "postgres";

/// `$1` holds PostgreSQL's programs. The standard input stays open for as long as the tests run, however they end.
const RUN: &str = r#"
set -e
folder=$(mktemp -d "${TMPDIR:-/tmp}/konvolutt-postgres-XXXXXX")
"$1/initdb" -D "$folder/data" -U konvolutt --auth=trust --no-sync -E UTF8 --locale=C.UTF-8 >/dev/null
"$1/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c max_connections=400 >"$folder/log" 2>&1 &
until "$1/pg_isready" -q -h "$folder"; do kill -0 $! || { cat "$folder/log" >&2; exit 1; }; sleep 0.05; done
echo "$folder"
cat >/dev/null
kill -INT $!
wait $! || true
rm -rf "$folder"
"#;

/// A running server.
#[derive(Debug)]
struct Server {
    programs: PathBuf,
    /// Holds the socket.
    folder: String,
    /// Its input is closed by the system when the program ends.
    _process: Child,
    made: AtomicU32,
}

static SERVER: LazyLock<Option<Server>> = LazyLock::new(|| {
    let programs = programs()?;
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", USER, "--regid", USER, "--clear-groups", "sh", "-c", RUN, "sh"]);
        command
    } else {
        let mut command = Command::new("sh");
        command.args(["-c", RUN, "sh"]);
        command
    };
    let command = command.arg(&programs).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("PostgreSQL cannot be started");
    let mut folder = String::new();
    let said = BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut folder);
    assert!(said.is_ok_and(|length| length > 1), "PostgreSQL did not start");
    Some(Server { programs, folder: folder.trim().to_owned(), _process: child, made: AtomicU32::new(0) })
});

/// The address of a database that nobody has used before; `None`, and a word about it, where PostgreSQL is not
/// installed.
pub fn database() -> Option<String> {
    let Some(server) = &*SERVER else {
        // Not through the test's captured output: it must be seen.
        let _ = writeln!(std::io::stderr(), "skipped: PostgreSQL is not installed (apt-get install postgresql)");
        return None;
    };
    let name = format!("konvolutt_{}_{}", std::process::id(), server.made.fetch_add(1, Relaxed));
    let created = Command::new(server.programs.join("createdb"))
        .args(["-h", &server.folder, "-U", "konvolutt", &name])
        .status()
        .expect("createdb cannot be started");
    assert!(created.success(), "no database could be made");
    Some(format!("postgres://konvolutt@{}/{name}", server.folder.replace('/', "%2F")))
}

/// Debian keeps the programs of every version in a folder of its own; the newest is taken.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions.filter_map(|entry| Some(entry.ok()?.path())).max_by_key(|path| version(path))?;
    Some(newest.join("bin")).filter(|programs| programs.join("initdb").is_file())
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
