//! `cargo xtask bench`: how fast, against others on the same bytes in the same run. Prints ratios; asserts nothing.

mod relay;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::build::{self, Mode};
use crate::setup;
use crate::shell::{cargo, run, say, target_dir};

/// Megabytes (10^6 bytes) of the document.
const SIZES: [u64; 4] = [1, 10, 100, 500];
/// Rounds; each goes through all jobs, so that a slow moment of the machine meets each of them.
const ROUNDS: usize = 5;
const PASSWORD: &str = "test1234";
const ORGANISATION: &str = "310900117";

/// What is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// Sealing and opening, natively and in the browser.
    #[default]
    Core,
    /// Sealing and opening natively alone.
    Native,
    /// Accepting, streaming, starting.
    Relay,
}

pub(crate) fn bench(root: &Path, what: What) -> Result<()> {
    match what {
        What::Core => {
            native(root)?;
            browser(root)
        }
        What::Native => native(root),
        What::Relay => relay::bench(root),
    }
}

fn build_program(root: &Path, package: &str, binary: &str) -> Result<()> {
    run(cargo(root).args(["build", "--quiet", "--release", "--locked", "--package", package, "--bin", binary]))
}

fn browser(root: &Path) -> Result<()> {
    setup::wasm_target()?;
    setup::node_packages(root)?;
    setup::test_programs()?;
    say("Building what is measured in the browser");
    build_program(root, "konvolutt-shared", "envelope")?;
    build_program(root, "konvolutt-relay", "konvolutt")?;
    build::frontend(root, Mode::Release)?;
    say("In the browser");
    run(Command::new("node")
        .arg(root.join("tests/browser/bench/browser.mjs"))
        .env("KONVOLUTT_BIN", target_dir(root).join("release/konvolutt"))
        .env("KONVOLUTT_ENVELOPE", target_dir(root).join("release/envelope"))
        .current_dir(root))
}

/// What is run, and the time it took in seconds, best round first.
struct Job {
    name: &'static str,
    script: &'static str,
    seconds: Vec<f64>,
}

/// The program against `openssl cms` doing the same as a pipe, and, as the limit, one pass of each primitive.
const JOBS: [(&str, &str); 6] = [
    (
        "seal, ours",
        "\"$ENVELOPE\" pack --key key.p12 --password \"$PASSWORD\" --recipient cert.pem --profile dpo \
         --sender \"$ORGNR\" --receiver \"$ORGNR\" --out ours.cms document.pdf",
    ),
    (
        "seal, openssl cms",
        "openssl cms -sign -binary -stream -nodetach -outform DER -signer cert.pem -inkey key.pem -in document.pdf | \
         openssl cms -encrypt -binary -stream -outform DER -aes-256-cbc -recip cert.pem \
         -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256 -keyopt rsa_mgf1_md:sha256 -out theirs.cms",
    ),
    (
        "open, ours",
        "\"$ENVELOPE\" open ours.cms --key key.p12 --password \"$PASSWORD\" --trust root.pem --crl root.crl \
         --sender \"$ORGNR\" --json",
    ),
    (
        "open, openssl cms",
        "openssl cms -decrypt -binary -inform DER -in theirs.cms -recip cert.pem -inkey key.pem | \
         openssl cms -verify -binary -inform DER -CAfile root.pem -purpose any -out theirs.out",
    ),
    ("SHA-256, openssl", "openssl dgst -sha256 document.pdf"),
    ("AES-256-CBC, openssl", "openssl enc -aes-256-cbc -K \"$HEX\" -iv \"$HEX\" -in document.pdf -out enc.out"),
];

fn native(root: &Path) -> Result<()> {
    build_program(root, "konvolutt-shared", "envelope")?;
    let folder = target_dir(root).join("bench");
    std::fs::create_dir_all(&folder)?;
    keys(&folder)?;
    say("Native: seal and sign, open and verify, against openssl cms (best of the rounds; ratio above 1 is faster)");
    for size in SIZES {
        document(&folder.join("document.pdf"), size)?;
        let mut jobs = JOBS.map(|(name, script)| Job { name, script, seconds: Vec::new() });
        for _ in 0..ROUNDS {
            for job in &mut jobs {
                job.seconds.push(timed(root, &folder, job)?);
            }
        }
        let best = jobs.each_ref().map(|job| job.seconds.iter().copied().fold(f64::INFINITY, f64::min));
        for (job, seconds) in jobs.iter().zip(best) {
            println!("{size:>5} MB  {:<22} {:>8.1} MB/s", job.name, size as f64 / seconds);
        }
        let [seal, their_seal, open, their_open, hash, cipher] = best;
        println!(
            "{size:>5} MB  ratios: seal/openssl {:.2}, open/openssl {:.2}, seal/limit {:.2}",
            their_seal / seal,
            their_open / open,
            hash.max(cipher) / seal
        );
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn shell(folder: &Path, script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-euc", script]).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    command.env("PASSWORD", PASSWORD).env("ORGNR", ORGANISATION).env("HEX", "00112233445566778899aabbccddeeff");
    command
}

fn timed(root: &Path, folder: &Path, job: &Job) -> Result<f64> {
    let program: PathBuf = target_dir(root).join("release/envelope");
    let start = Instant::now();
    let status = shell(folder, job.script).env("ENVELOPE", program).status().context("sh could not be started.")?;
    let seconds = start.elapsed().as_secs_f64();
    if !status.success() {
        bail!("{} failed in {}.", job.name, folder.display());
    }
    Ok(seconds)
}

/// A root, its empty revocation list, and one certificate that signs and receives; all for this run only.
fn keys(folder: &Path) -> Result<()> {
    let script = "
        openssl req -x509 -newkey rsa:3072 -nodes -days 30 -subj '/C=NO/O=Prove/CN=Prove Rot' -keyout root.key \
            -out root.pem -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
        openssl req -new -newkey rsa:3072 -nodes -keyout key.pem -out request.pem \
            -subj \"/C=NO/O=Prove AS/organizationIdentifier=NTRNO-$ORGNR/CN=Prove AS\"
        printf 'basicConstraints=CA:FALSE\\nkeyUsage=critical,digitalSignature,keyEncipherment\\n' > extensions
        openssl x509 -req -in request.pem -CA root.pem -CAkey root.key -CAcreateserial -days 30 -extfile extensions \
            -out cert.pem
        openssl pkcs12 -export -inkey key.pem -in cert.pem -certfile root.pem -passout \"pass:$PASSWORD\" -out key.p12
        printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index.txt\\ndefault_md=sha256\\ndefault_crl_days=30\\n' > ca.cnf
        printf 'crlnumber=crlnumber\\ncrl_extensions=x\\n[x]\\nauthorityKeyIdentifier=keyid\\n' >> ca.cnf
        : > index.txt
        echo 01 > crlnumber
        openssl ca -config ca.cnf -keyfile root.key -cert root.pem -gencrl -out root.crl
    ";
    if !shell(folder, script).status().context("sh could not be started.")?.success() {
        bail!("OpenSSL could not make the keys.");
    }
    Ok(())
}

/// Bytes that no compression makes smaller (xorshift64*).
fn document(path: &Path, megabytes: u64) -> Result<()> {
    let mut file = File::create(path)?;
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut block = vec![0; 1_000_000];
    for _ in 0..megabytes {
        for word in block.chunks_exact_mut(8) {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            word.copy_from_slice(&state.wrapping_mul(0x2545_F491_4F6C_DD1D).to_le_bytes());
        }
        file.write_all(&block)?;
    }
    Ok(())
}
