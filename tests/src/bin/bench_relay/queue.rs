//! The real server: how long until it listens and how much memory it needs, idle and with many letters queued.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures_util::future::try_join_all;
use jiff::Timestamp;
use konvolutt_relay::outbox::Acquire;
use konvolutt_relay::store::Outbox as _;
use konvolutt_relay::store::sqlite::Sqlite;

use crate::direct::rows;
use crate::serve::Memory;

/// Letters that wait when the store is opened again.
const QUEUED: usize = 300_000;

pub(crate) async fn measure(binary: &Path, work: &Path) -> Result<()> {
    println!("The server itself, configured for real services that do not answer");
    let empty = tempfile::tempdir_in(work)?;
    let (took, memory) = starts(binary, empty.path())?;
    println!("          empty: listens after {took:.0?}, {:.1} MiB idle", memory.now);
    let folder = tempfile::tempdir_in(work)?;
    let data = folder.path().join("data/relay");
    let begun = Instant::now();
    {
        let store = Sqlite::open(&data)?;
        for _ in 0..QUEUED / 1_000 {
            let accepts = (0..1_000).map(|_| rows()).map(|(message, delivery)| store.accept(message, delivery, None));
            try_join_all(accepts).await?;
        }
    }
    println!("          {QUEUED} letters queued in {:.1?}", begun.elapsed());
    let begun = Instant::now();
    let store = Sqlite::open(&data)?;
    let opened = begun.elapsed();
    let now = Timestamp::now();
    let ask = Acquire {
        channel: "DPO".to_owned(),
        token: "bench".to_owned(),
        now,
        until: now + jiff::SignedDuration::from_secs(1),
        probe: false,
    };
    ensure!(store.acquire(ask).await?.is_some(), "nothing is due");
    println!("          store with {QUEUED} queued: open after {opened:.1?}, first row after {:.1?}", begun.elapsed());
    drop(store);
    let (took, memory) = starts(binary, folder.path())?;
    println!(
        "          server with {QUEUED} queued: listens after {took:.0?}, {:.1} MiB after two seconds",
        memory.now
    );
    Ok(())
}

/// Starts the server on a folder, waits until it listens, and looks at its memory a little later.
fn starts(binary: &Path, folder: &Path) -> Result<(Duration, Memory)> {
    let config = folder.join("konvolutt.toml");
    let keys = "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out client.pem 2>/dev/null
        openssl req -x509 -key client.pem -days 2 -subj /CN=Prove -out root.pem 2>/dev/null
        printf '{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}' > registry.jwk";
    ensure!(Command::new("sh").args(["-euc", keys]).current_dir(folder).status()?.success(), "no keys");
    std::fs::write(&config, CONFIGURATION)?;
    let begun = Instant::now();
    let mut serve = Command::new(binary);
    serve.args(["serve", "--config"]).arg(&config).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = serve.spawn().context("the server cannot be started")?;
    let mut line = String::new();
    let read = BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line);
    let took = begun.elapsed();
    std::thread::sleep(Duration::from_secs(2));
    let memory = Memory::of(child.id());
    child.kill()?;
    child.wait()?;
    read?;
    ensure!(line.starts_with("Listening"), "it did not start: {line}");
    Ok((took, memory?))
}

/// Port 9 is «discard», where nobody listens.
const CONFIGURATION: &str = r#"
[server]
audience = "prove"
listen = "127.0.0.1:0"
data = "data"
[identity]
portal = "https://prove.example"
issuer = "https://provider.example"
client = "prove"
kid = "prove"
key_file = "client.pem"
[maskinporten]
token = "http://127.0.0.1:9/token"
audience = "http://127.0.0.1:9/"
client = "prove"
kid = "prove"
key_file = "client.pem"
[altinn]
exchange = "http://127.0.0.1:9/exchange"
broker = "http://127.0.0.1:9/broker"
[registry]
address = "http://127.0.0.1:9/registry"
key_file = "registry.jwk"
[enhetsregister]
address = "http://127.0.0.1:9/enhetsregisteret"
[trust]
anchors = ["root.pem"]
policies = "any"
[[organisations]]
orgnr = "310904007"
name = "Prove"
"#;
