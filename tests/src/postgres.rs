//! A PostgreSQL server of the test program's own: made in a folder for temporary files, reached by a socket there, gone
//! with the program. It keeps its promises (`fsync` stays on), so that what is measured and killed here is real.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// PostgreSQL refuses to run as root; this user comes with Debian's package.
const USER: &str = "postgres";

/// Asked for over TCP; not secret.
const PASSWORD: &str = "open";

/// `$1` holds PostgreSQL's programs, `$2` is the port, `$3` the password. The standard input stays open for as long as the tests run, however they end.
const RUN: &str = r#"
set -e
folder=$(mktemp -d "${TMPDIR:-/tmp}/konvolutt-postgres-XXXXXX")
cd "$folder"
echo "$3" >password
"$1/initdb" -D data -U konvolutt --auth-local=trust --auth-host=scram-sha-256 --pwfile=password --no-sync -E UTF8 \
    --locale=C.UTF-8 >/dev/null
{
    openssl req -x509 -newkey rsa:2048 -nodes -subj "/CN=Test root" -keyout root.key -out root.pem
    openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout server.key -out server.csr
    echo "subjectAltName=DNS:localhost" >server.ext
    openssl x509 -req -in server.csr -CA root.pem -CAkey root.key -CAcreateserial -extfile server.ext -out server.pem
    chmod 600 server.key
} 2>openssl.log
"$1/postgres" -D data -k "$folder" -p "$2" -c listen_addresses=localhost -c max_connections=400 -c ssl=on \
    -c ssl_cert_file="$folder/server.pem" -c ssl_key_file="$folder/server.key" >"$folder/log" 2>&1 &
until "$1/pg_isready" -q -h "$folder" -p "$2"; do kill -0 $! || { cat "$folder/log" >&2; exit 1; }; sleep 0.05; done
echo "$folder"
cat >/dev/null
kill -INT $!
wait $! || true
cd /
rm -rf "$folder"
"#;

/// A running server.
#[derive(Debug)]
struct Server {
    programs: PathBuf,
    /// Holds the socket.
    folder: String,
    port: u16,
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
    let port = free_port();
    let command = command
        .arg(&programs)
        .args([&port.to_string(), PASSWORD])
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.spawn().expect("PostgreSQL cannot be started");
    let mut folder = String::new();
    let said = BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut folder);
    assert!(said.is_ok_and(|length| length > 1), "PostgreSQL did not start");
    Some(Server { programs, folder: folder.trim().to_owned(), port, _process: child, made: AtomicU32::new(0) })
});

/// The address of a database that nobody has used before; `None`, and a word about it, where PostgreSQL is not
/// installed.
pub fn database() -> Option<String> {
    let Some(server) = &*SERVER else {
        eprintln!("SKIPPED: PostgreSQL is not installed (apt-get install postgresql)");
        return None;
    };
    let name = format!("konvolutt_{}_{}", std::process::id(), server.made.fetch_add(1, Relaxed));
    let created = Command::new(server.programs.join("createdb"))
        .args(["-h", &server.folder, "-p", &server.port.to_string(), "-U", "konvolutt", &name])
        .status()
        .expect("createdb cannot be started");
    assert!(created.success(), "no database could be made");
    Some(format!("postgres://konvolutt@{}:{}/{name}", server.folder.replace('/', "%2F"), server.port))
}

/// The same database over TCP, where the server asks for a password and shows a certificate for `localhost`: address,
/// file with the password, file with the certificate's authority.
pub fn over_tcp(database: &str) -> (String, PathBuf, PathBuf) {
    let server = SERVER.as_ref().expect("a database was given");
    let name = database.rsplit('/').next().unwrap_or_default();
    let folder = Path::new(&server.folder);
    let address = format!("postgres://konvolutt@localhost:{}/{name}", server.port);
    (address, folder.join("password"), folder.join("root.pem"))
}

/// Free a moment ago; PostgreSQL cannot choose one itself.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback");
    listener.local_addr().expect("bound").port()
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
