//! The command line as a shell script sees it: what it writes, and how it ends.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use konvolutt_tests::binary;
use konvolutt_tests::openssl::{Authority, Identity, PASSWORD};
use serde_json::Value;

const SENDER: &str = "310900117";
const RECEIVER: &str = "310900419";
const LETTER: &[u8] = b"%PDF-1.7\nbrev\n";

/// Exit code and the object that was printed.
fn envelope<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> (i32, Value) {
    let output = Command::new(binary("envelope").unwrap()).args(arguments).output().unwrap();
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap_or(Value::Null))
}

struct Case {
    authority: Authority,
    sender: Identity,
    receiver: Identity,
    document: PathBuf,
    revocation_list: PathBuf,
}

impl Case {
    fn new() -> Self {
        let authority = Authority::new().unwrap();
        let sender = authority.issue(SENDER, "digitalSignature").unwrap();
        let receiver = authority.issue(RECEIVER, "keyEncipherment").unwrap();
        let document = authority.path("Søknad – vedlegg æøå.pdf");
        fs::write(&document, LETTER).unwrap();
        let revocation_list = authority.revocation_list(&[]).unwrap();
        Self { authority, sender, receiver, document, revocation_list }
    }

    fn pack(&self, profile: &str) -> PathBuf {
        let file = self.authority.path(profile);
        let mut command = Command::new(binary("envelope").unwrap());
        command.arg("pack").arg("--key").arg(&self.sender.keystore).args(["--password", PASSWORD]);
        command.arg("--recipient").arg(&self.receiver.certificate).args(["--profile", profile]);
        command.args(["--sender", SENDER, "--receiver", RECEIVER, "--out"]).arg(&file).arg(&self.document);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        file
    }

    fn open(&self, file: &Path, sender: &str, more: &[&OsStr]) -> (i32, Value) {
        let list = [OsStr::new("--crl"), self.revocation_list.as_os_str()];
        self.open_unchecked(file, sender, &[&list, more].concat())
    }

    /// Without a revocation list.
    fn open_unchecked(&self, file: &Path, sender: &str, more: &[&OsStr]) -> (i32, Value) {
        let mut arguments = vec![OsStr::new("open"), file.as_os_str(), OsStr::new("--key")];
        let trust = self.authority.root();
        arguments.extend([self.receiver.keystore.as_os_str(), OsStr::new("--password"), OsStr::new(PASSWORD)]);
        arguments.extend([OsStr::new("--trust"), trust.as_os_str(), OsStr::new("--sender"), OsStr::new(sender)]);
        arguments.push(OsStr::new("--json"));
        arguments.extend(more);
        envelope(arguments)
    }
}

#[test]
fn what_pack_writes_opens_and_comes_out_the_same() {
    let case = Case::new();
    for profile in ["dpo", "dpi"] {
        let out = case.authority.path(&format!("{profile}-out"));
        let (code, answer) = case.open(&case.pack(profile), SENDER, &[OsStr::new("--out"), out.as_os_str()]);
        assert_eq!((code, &answer["verdict"]), (0, &Value::from("ok")), "{profile}: {answer}");
        assert_eq!(answer["signer"]["organisation"], SENDER);
        let written: Vec<Vec<u8>> = fs::read_dir(&out).unwrap().map(|e| fs::read(e.unwrap().path()).unwrap()).collect();
        assert!(
            written.iter().any(|bytes| bytes == LETTER),
            "{profile}: the letter is not among {} files",
            written.len()
        );
    }
}

#[test]
fn without_a_revocation_list_nothing_is_decided_and_nothing_written() {
    let case = Case::new();
    let out = case.authority.path("out");
    let package = case.pack("dpo");
    let (code, answer) = case.open_unchecked(&package, SENDER, &[OsStr::new("--out"), out.as_os_str()]);
    assert_eq!((code, &answer["verdict"]), (1, &Value::from("undetermined")), "{answer}");
    assert_eq!(answer["findings"][0]["code"], "revocation_not_checked");
    assert!(!out.exists());

    let list = case.authority.revocation_list(&[&case.sender]).unwrap();
    let (code, answer) = case.open_unchecked(&package, SENDER, &[OsStr::new("--crl"), list.as_os_str()]);
    assert_eq!((code, &answer["verdict"]), (1, &Value::from("refused")), "{answer}");
    assert_eq!(answer["findings"][0]["code"], "signer_revoked");
}

#[test]
fn an_ocsp_answer_decides_as_a_list_does() {
    let case = Case::new();
    let package = case.pack("dpo");
    let open = |answer: &Path| case.open_unchecked(&package, SENDER, &[OsStr::new("--ocsp"), answer.as_os_str()]);
    let (code, answer) = open(&case.authority.ocsp_answer(&case.sender).unwrap());
    assert_eq!((code, &answer["verdict"]), (0, &Value::from("ok")), "{answer}");
    // One about somebody else decides nothing.
    let (code, answer) = open(&case.authority.ocsp_answer(&case.receiver).unwrap());
    assert_eq!((code, &answer["verdict"]), (1, &Value::from("undetermined")), "{answer}");
}

#[test]
fn a_certificate_of_no_known_policy_is_refused_when_one_is_demanded() {
    let case = Case::new();
    let (code, answer) = case.open(&case.pack("dpo"), SENDER, &[OsStr::new("--policies"), OsStr::new("production")]);
    assert_eq!((code, &answer["verdict"]), (1, &Value::from("refused")), "{answer}");
    let (code, _) = case.open(&case.pack("dpo"), SENDER, &[OsStr::new("--policies"), OsStr::new("any")]);
    assert_eq!(code, 0);
}

#[test]
fn a_foreign_sender_is_refused_and_nothing_is_written() {
    let case = Case::new();
    let out = case.authority.path("out");
    let (code, answer) = case.open(&case.pack("dpo"), RECEIVER, &[OsStr::new("--out"), out.as_os_str()]);
    assert_eq!((code, &answer["verdict"]), (1, &Value::from("refused")), "{answer}");
    let codes: Vec<&Value> = answer["findings"].as_array().unwrap().iter().map(|finding| &finding["code"]).collect();
    assert!(codes.contains(&&Value::from("signer_org_mismatch")), "{codes:?}");
    assert!(!out.exists());
}

#[test]
fn a_changed_package_is_refused() {
    let case = Case::new();
    let file = case.pack("dpo");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let (code, answer) = case.open(&file, SENDER, &[]);
    assert_eq!((code, &answer["verdict"]), (1, &Value::from("refused")), "{answer}");
}

/// The lines of a help text that begin with the program's name.
fn examples(arguments: &[&str]) -> Vec<String> {
    let output = Command::new(binary("envelope").unwrap()).args(arguments).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let (_, examples) = help.split_once("Examples:").unwrap();
    examples.lines().filter_map(|line| line.trim().strip_prefix("envelope ")).map(str::to_owned).collect()
}

/// A folder with everything the examples name.
fn folder_of_the_examples(authority: &Authority) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let sender = authority.issue("310452106", "digitalSignature").unwrap();
    let receiver = authority.issue("310452114", "keyEncipherment").unwrap();
    let copies = [
        (sender.keystore.clone(), "avsender.p12"),
        (receiver.keystore, "mottaker.p12"),
        (receiver.certificate, "mottaker.pem"),
        (authority.root(), "root.pem"),
        // Here the root issues, so that what the examples call the issuing authority's is the root's.
        (authority.root(), "issuing.pem"),
        (authority.revocation_list(&[]).unwrap(), "issuing.crl"),
        (authority.revocation_list(&[]).unwrap(), "root.crl"),
        (authority.ocsp_answer(&sender).unwrap(), "svar.ocsp"),
        (Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/sbd/letter"), "sbd.json"),
    ];
    for (from, name) in copies {
        fs::copy(from, folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join("passord.txt"), format!("{PASSWORD}\nen linje til\n")).unwrap();
    fs::write(folder.path().join("brev.pdf"), LETTER).unwrap();
    fs::write(folder.path().join("vedlegg.txt"), "vedlegg").unwrap();
    folder
}

#[test]
fn the_examples_of_the_help_texts_run() {
    let authority = Authority::new().unwrap();
    let folder = folder_of_the_examples(&authority);
    let run = |example: &str| {
        // A certificate made now is judged at a time that was written down before.
        let example = example.replace("2027-01-01T12:00:00Z", &jiff::Timestamp::now().to_string());
        let mut command = Command::new(binary("envelope").unwrap());
        let output = command.args(example.split(' ')).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{example}: {}", String::from_utf8_lossy(&output.stdout));
    };
    let pack = examples(&["pack", "--help"]);
    assert_eq!(pack.len(), 3);
    pack.iter().for_each(|example| run(example));
    let decrypt = "open pakke.cms --key mottaker.p12 --password-file passord.txt --raw --out bart";
    run(decrypt);
    fs::rename(folder.path().join("bart/content"), folder.path().join("pakke.asice")).unwrap();
    let (open, root) = (examples(&["open", "--help"]), examples(&["--help"]));
    assert_eq!((open.len(), root.len()), (4, 6));
    open.iter().chain(&root).for_each(|example| run(example));
    assert_eq!(fs::read(folder.path().join("ut/brev.pdf")).unwrap(), LETTER);
    assert!(folder.path().join("innhold/content").exists());
}

#[test]
fn a_password_comes_from_one_place() {
    let case = Case::new();
    let package = case.pack("dpo");
    let file = case.authority.path("passord.txt");
    fs::write(&file, "feil\n").unwrap();
    let open = |more: &[&OsStr]| {
        let start = [OsStr::new("open"), package.as_os_str(), OsStr::new("--json"), OsStr::new("--key")];
        envelope([&start[..], &[case.receiver.keystore.as_os_str()], more].concat())
    };
    let given = [OsStr::new("--password"), OsStr::new(PASSWORD)];
    let from_file = [OsStr::new("--password-file"), file.as_os_str()];
    let (code, answer) = open(&from_file);
    assert_eq!((code, &answer["findings"][0]["code"]), (1, &Value::from("nokkel.passord")), "{answer}");
    assert_eq!(open(&[&given[..], &from_file].concat()).0, 2, "both");
    assert_eq!(open(&[]).0, 2, "neither");
}

#[test]
fn wrong_use_is_told_apart_from_a_refusal() {
    assert_eq!(envelope(["open"]).0, 2);
    assert_eq!(envelope(["no-such-command"]).0, 2);
    assert_eq!(envelope(["--help"]).0, 0);
}
