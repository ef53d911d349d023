//! A PostgreSQL server of the test program's own: made in a folder for temporary files, reached by a socket there, gone
//! with the program. It keeps its promises (`fsync` stays on), so that what is measured and killed here is real.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// PostgreSQL refuses to run as root; this user comes with Debian's package.
const USER: &str = "postgres";

/// Asked for over TCP; not secret.
const PASSWORD: &str = "open";

/// `$1` holds PostgreSQL's programs, `$2` is the port, `$3` the password. The standard input brings orders, and stays open
/// for as long as the tests run, however they end.
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
cat >>data/postgresql.conf <<END
unix_socket_directories = '$folder'
port = $2
listen_addresses = 'localhost'
max_connections = 400
ssl = on
ssl_cert_file = '$folder/server.pem'
ssl_key_file = '$folder/server.key'
END
programs=$1
order() { "$programs/pg_ctl" -D data -w -t 120 -s -l log "$@" </dev/null >&2; }
order start || { cat log >&2; exit 1; }
echo "$folder"
while read -r line; do
    case $line in
        stop) order stop -m immediate ;;
        start) order start ;;
    esac
    echo "$line"
done
order stop -m fast || true
cd /
rm -rf "$folder"
"#;

/// A server.
#[derive(Debug)]
pub struct Server {
    programs: PathBuf,
    /// Holds the socket.
    folder: String,
    port: u16,
    /// Its input is closed by the system when the program ends.
    process: Child,
    said: BufReader<ChildStdout>,
    made: AtomicU32,
}

/// The one that the tests of a program share.
static SERVER: LazyLock<Option<Server>> = LazyLock::new(Server::start);

impl Server {
    /// One of a test's own, running; `None` where PostgreSQL is not installed.
    pub fn start() -> Option<Self> {
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
        let command = command.arg(&programs).args([&port.to_string(), PASSWORD]).current_dir("/");
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = spawned.expect("PostgreSQL cannot be started");
        let said = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut server = Self { programs, folder: String::new(), port, process, said, made: AtomicU32::new(0) };
        server.folder = server.hears();
        Some(server)
    }

    /// Stops it as a power cut would: nobody is waited for, and nobody is told.
    pub fn cut_power(&mut self) {
        self.order("stop");
    }

    /// Starts it again where it was.
    pub fn start_again(&mut self) {
        self.order("start");
    }

    fn order(&mut self, order: &str) {
        let input = self.process.stdin.as_mut().expect("a pipe");
        writeln!(input, "{order}").expect("it was ended by others");
        assert_eq!(self.hears(), order, "PostgreSQL did not do it");
    }

    fn hears(&mut self) -> String {
        let mut line = String::new();
        let said = self.said.read_line(&mut line);
        assert!(said.is_ok_and(|length| length > 1), "PostgreSQL did not start");
        line.trim().to_owned()
    }

    /// The address of a database that nobody has used before.
    pub fn database(&self) -> String {
        let name = format!("konvolutt_{}_{}", std::process::id(), self.made.fetch_add(1, Relaxed));
        let created = Command::new(self.programs.join("createdb"))
            .args(["-h", &self.folder, "-p", &self.port.to_string(), "-U", "konvolutt", &name])
            .status()
            .expect("createdb cannot be started");
        assert!(created.success(), "no database could be made");
        format!("postgres://konvolutt@{}:{}/{name}", self.folder.replace('/', "%2F"), self.port)
    }
}

/// The address of a database that nobody has used before; `None`, and a word about it, where PostgreSQL is not
/// installed.
pub fn database() -> Option<String> {
    if let Some(server) = &*SERVER {
        return Some(server.database());
    }
    eprintln!("SKIPPED: PostgreSQL is not installed (apt-get install postgresql)");
    None
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
