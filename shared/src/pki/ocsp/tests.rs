//! Answers that OpenSSL makes, with keys it makes: another implementation decides what they look like.

use std::fs;
use std::path::Path;
use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::{Ocsp, OcspStatus};
use crate::finding::Code;
use crate::pki::{Certificate, Policy, Purpose, validate_path};

struct World {
    folder: TempDir,
    root: Certificate,
    good: Certificate,
    at: Timestamp,
}

fn openssl(folder: &Path, arguments: &str) {
    let output = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

impl World {
    /// `None`, with a notice, where there is no openssl.
    fn new() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            eprintln!("SKIPPED: there is no openssl to make OCSP answers");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        for name in ["root", "stranger"] {
            let command = format!("req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN={name}");
            openssl(path, &format!("{command} -keyout {name}.key -out {name}.pem"));
        }
        let ocsp = "keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,OCSPSigning\n";
        let issued = [
            ("good", "1001", "root", 30, ""),
            ("revoked", "1002", "root", 30, ""),
            ("unlisted", "1003", "root", 30, ""),
            ("responder", "2001", "root", 30, ocsp),
            ("short", "2002", "root", 1, ocsp),
            ("plain", "2003", "root", 30, "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n"),
            ("foreign", "2004", "stranger", 30, ocsp),
        ];
        for (name, serial, issuer, days, extensions) in issued {
            fs::write(path.join("extensions"), extensions).unwrap();
            openssl(path, &format!("req -new -newkey rsa:2048 -nodes -subj /CN={name} -keyout {name}.key -out csr"));
            let command = format!("x509 -req -in csr -CA {issuer}.pem -CAkey {issuer}.key -set_serial 0x{serial}");
            openssl(path, &format!("{command} -days {days} -extfile extensions -out {name}.pem"));
        }
        let index = "V\t400101000000Z\t\t1001\tunknown\t/CN=good\nR\t400101000000Z\t250101000000Z,keyCompromise\t1002\tunknown\t/CN=revoked\n";
        fs::write(path.join("index"), index).unwrap();
        let read = |name: &str| Certificate::from_pem(&fs::read_to_string(path.join(name)).unwrap()).unwrap();
        let (root, good) = (read("root.pem"), read("good.pem"));
        let at = good.not_before() + SignedDuration::from_hours(1);
        Some(Self { root, good, at, folder })
    }

    fn certificate(&self, name: &str) -> Certificate {
        let pem = fs::read_to_string(self.folder.path().join(format!("{name}.pem"))).unwrap();
        Certificate::from_pem(&pem).unwrap()
    }

    /// The DER of an answer about `of`, signed by `signer`.
    fn answer_der(&self, of: &str, signer: &str, options: &str) -> Vec<u8> {
        let command = format!("ocsp -index index -CA root.pem -rsigner {signer}.pem -rkey {signer}.key {options}");
        let command = format!("{command} -issuer root.pem -cert {of}.pem -respout answer -noverify");
        openssl(self.folder.path(), &command.split_whitespace().collect::<Vec<_>>().join(" "));
        fs::read(self.folder.path().join("answer")).unwrap()
    }

    fn answer(&self, of: &str, signer: &str, options: &str) -> Ocsp {
        Ocsp::from_der(&self.answer_der(of, signer, options)).unwrap()
    }

    fn codes(&self, of: &str, ocsp: Vec<Ocsp>, at: Timestamp) -> Vec<Code> {
        let policy = Policy { at, anchors: vec![self.root.clone()], ocsp, purpose: Purpose::Any, ..Policy::default() };
        validate_path(&self.certificate(of), &[], &policy).findings.iter().map(|finding| finding.code).collect()
    }
}

#[test]
fn answers_of_openssl_clear_and_condemn() {
    let Some(world) = World::new() else { return };
    for signer in ["root", "responder"] {
        for options in ["-ndays 7", "-ndays 7 -sha256", "-ndays 7 -resp_key_id"] {
            let good = world.answer("good", signer, options);
            assert_eq!(good.status(&world.good, &world.root, world.at), Some(OcspStatus::Good), "{signer} {options}");
            assert_eq!(world.codes("good", vec![good.clone()], world.at), [], "{signer} {options}");
            assert_eq!(world.codes("unlisted", vec![good], world.at), [Code::RevocationNotChecked]);
            let revoked = world.answer("revoked", signer, options);
            assert_eq!(world.codes("revoked", vec![revoked], world.at), [Code::SignerRevoked], "{signer} {options}");
        }
    }
    let unlisted = world.answer("unlisted", "root", "-ndays 7");
    let certificate = world.certificate("unlisted");
    assert_eq!(unlisted.status(&certificate, &world.root, world.at), Some(OcspStatus::Unknown));
    assert_eq!(world.codes("unlisted", vec![unlisted], world.at), [Code::RevocationNotChecked]);
    // OpenSSL repeats the hash of the request; SHA-512 is not on our list.
    let other = world.answer("good", "root", "-ndays 7 -sha512");
    assert_eq!(world.codes("good", vec![other], world.at), [Code::RevocationNotChecked]);
}

#[test]
fn only_the_issuer_or_whom_it_authorised_may_answer() {
    let Some(world) = World::new() else { return };
    for signer in ["plain", "foreign", "stranger"] {
        let answer = world.answer("revoked", signer, "-ndays 7");
        assert!(answer.signer(&world.root, world.at).is_none(), "{signer}");
        assert_eq!(world.codes("revoked", vec![answer], world.at), [Code::RevocationNotChecked], "{signer}");
    }
    // Without its certificate in the answer, nobody knows the responder.
    let bare = world.answer("good", "responder", "-ndays 7 -resp_no_certs");
    assert!(bare.signer(&world.root, world.at).is_none());
    let late = world.at + SignedDuration::from_hours(48);
    let short = world.answer("good", "short", "-ndays 7");
    assert_eq!(world.codes("good", vec![short.clone()], world.at), []);
    assert_eq!(world.codes("good", vec![short], late), [Code::RevocationNotChecked], "the responder has expired");
    let der = world.answer_der("good", "responder", "-ndays 7");
    for at in (0..der.len()).step_by(13) {
        let mut changed = der.clone();
        changed[at] ^= 1;
        let condemned = Ocsp::from_der(&changed)
            .is_ok_and(|answer| world.codes("good", vec![answer], world.at).contains(&Code::SignerRevoked));
        assert!(!condemned, "byte {at}");
    }
}

#[test]
fn an_answer_clears_only_while_it_is_current() {
    let Some(world) = World::new() else { return };
    let hours = |count| world.at + SignedDuration::from_hours(count);
    let week = world.answer("good", "root", "-ndays 7");
    for (at, wanted) in [(hours(160), vec![]), (hours(170), vec![Code::RevocationNotChecked])] {
        assert_eq!(world.codes("good", vec![week.clone()], at), wanted, "{at}");
    }
    assert_eq!(week.status(&world.good, &world.root, hours(-3)), None, "not yet begun");
    let open = world.answer("good", "root", "");
    assert_eq!(open.status(&world.good, &world.root, hours(20)), Some(OcspStatus::Good));
    assert_eq!(open.status(&world.good, &world.root, hours(24)), None, "a day without nextUpdate");
    let revoked = world.answer("revoked", "root", "-ndays 1");
    assert_eq!(world.codes("revoked", vec![revoked], hours(100)), [Code::SignerRevoked], "revocation is for ever");
}

#[test]
fn what_is_no_answer_is_refused() {
    let Some(world) = World::new() else { return };
    let der = world.answer_der("good", "root", "-ndays 7");
    for cut in 0..der.len() {
        assert_eq!(Ocsp::from_der(&der[..cut]).unwrap_err().code, Code::KeyFile, "{cut}");
    }
    let longer = [&der[..], &[0]].concat();
    assert_eq!(Ocsp::from_der(&longer).unwrap_err().code, Code::KeyFile);
    let later = Ocsp::from_der(&[0x30, 3, 0x0A, 1, 3]).unwrap_err();
    assert!(later.message.contains("tryLater"), "{later:?}");
    assert!(Ocsp::from_der(&[0x30, 3, 0x0A, 1, 0]).is_err());
}
