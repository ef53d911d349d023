//! A test authority by OpenSSL: root, issuing authority, certificates, revocation lists, key files, sealed packages.

use std::fs;
use std::process::Command;

use konvolutt_shared::pki::{Certificate, SoftKey};
use konvolutt_shared::seal::ber::{Element, Reader, Tag};
use tempfile::TempDir;

use crate::{Folder, Outcome, PASSWORD, RECEIVER, SENDER};

/// PKCS8ShroudedKeyBag and KeyBag (RFC 7292, 4.2): what follows them in a file is a private key.
const KEY_BAGS: [&str; 2] = ["1.2.840.113549.1.12.10.1.2", "1.2.840.113549.1.12.10.1.1"];

const CONFIGURATION: &str = "
[ca]
default_ca = list
[list]
database = index.txt
crlnumber = crlnumber
default_md = sha256
default_crl_days = 7300
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[issuing]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[leaf]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation,keyEncipherment
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[req]
distinguished_name = name
string_mask = utf8only
[name]
";

/// The temporary folder with the keys.
pub(crate) struct Authority {
    folder: TempDir,
}

impl Authority {
    pub(crate) fn make(out: &Folder) -> Outcome<Self> {
        let authority = Self { folder: tempfile::tempdir()? };
        authority.write("openssl.cnf", CONFIGURATION)?;
        authority.write("index.txt", "")?;
        authority.write("crlnumber", "01")?;
        authority.key("root", "rsa")?;
        let root = ["-subj", "/O=Konvolutt Fuzzing/CN=Fuzzing Test Root"];
        authority.openssl(
            "req -x509 -config openssl.cnf -extensions root -key root.key -days 9000 -sha256 -out root.pem",
            &root,
        )?;
        authority.issue("issuing", "rsa", "/O=Konvolutt Fuzzing/CN=Fuzzing Test Authority", "root", "issuing")?;
        let named =
            |number: &str, name: &str| format!("/C=NO/O={name}/organizationIdentifier=NTRNO-{number}/CN={name}");
        authority.issue("signer", "rsa", &named(SENDER, "Fuzzing Test Signer"), "issuing", "leaf")?;
        authority.issue("p256", "ec", &named(SENDER, "Fuzzing Test Signer P-256"), "issuing", "leaf")?;
        authority.issue("recipient", "rsa", &named(RECEIVER, "Fuzzing Test Recipient"), "issuing", "leaf")?;
        // The style of SEID 1, and old string types.
        let old = format!("/C=NO/O=Fuzzing Test Revoked - {RECEIVER}/serialNumber={RECEIVER}/CN=Fuzzing Test Revoked");
        authority.issue("revoked", "ec", &old, "issuing", "leaf")?;
        for name in ["root", "issuing", "signer", "p256", "recipient", "revoked"] {
            let pem = authority.read(&format!("{name}.pem"))?;
            let certificate = Certificate::from_pem(&String::from_utf8(pem.clone())?)?;
            out.material(&format!("{name}.der"), certificate.der())?;
            out.seed("certificate", name, certificate.der())?;
            if name == "signer" {
                out.seed("certificate", "pem", &pem)?;
            }
        }
        authority.lists(out)?;
        authority.answer(out)?;
        authority.key_files(out)?;
        Ok(authority)
    }

    fn write(&self, name: &str, text: &str) -> Outcome<()> {
        Ok(fs::write(self.folder.path().join(name), text)?)
    }

    pub(crate) fn read(&self, name: &str) -> Outcome<Vec<u8>> {
        Ok(fs::read(self.folder.path().join(name))?)
    }

    /// Runs OpenSSL with words separated by spaces, and more words that may have spaces in them.
    pub(crate) fn openssl(&self, words: &str, more: &[&str]) -> Outcome<()> {
        let mut command = Command::new("openssl");
        let output = command.args(words.split_whitespace()).args(more).current_dir(self.folder.path()).output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("openssl {words}: {}", String::from_utf8_lossy(&output.stderr)).into())
    }

    /// A file for OpenSSL to read.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) -> Outcome<()> {
        Ok(fs::write(self.folder.path().join(name), bytes)?)
    }

    fn key(&self, name: &str, kind: &str) -> Outcome<()> {
        let kind = match kind {
            "rsa" => "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
            _ => "-algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve",
        };
        self.openssl(&format!("genpkey {kind} -out {name}.key"), &[])
    }

    fn issue(&self, name: &str, kind: &str, subject: &str, issuer: &str, extensions: &str) -> Outcome<()> {
        self.key(name, kind)?;
        self.openssl(&format!("req -new -config openssl.cnf -key {name}.key -out {name}.csr -subj"), &[subject])?;
        self.openssl(
            &format!(
                "x509 -req -in {name}.csr -CA {issuer}.pem -CAkey {issuer}.key -CAcreateserial -days 8000 -sha256 \
                 -extfile openssl.cnf -extensions {extensions} -out {name}.pem"
            ),
            &[],
        )
    }

    /// The RSA key of this name with its chain.
    pub(crate) fn soft_key(&self, name: &str) -> Outcome<SoftKey> {
        let chain = [self.read(&format!("{name}.pem"))?, self.read("issuing.pem")?, self.read("root.pem")?].concat();
        let key = self.read(&format!("{name}.key"))?;
        Ok(SoftKey::from_pem(&String::from_utf8(key)?, &String::from_utf8(chain)?)?)
    }

    /// An empty list of the root, one of the issuing authority with an entry, and the same as PEM.
    fn lists(&self, out: &Folder) -> Outcome<()> {
        let list = |issuer: &str| {
            let words =
                format!("ca -gencrl -config openssl.cnf -cert {issuer}.pem -keyfile {issuer}.key -out {issuer}.crl");
            self.openssl(&words, &[])?;
            self.openssl(&format!("crl -in {issuer}.crl -outform DER -out {issuer}.crl.der"), &[])
        };
        list("root")?;
        self.openssl(
            "ca -config openssl.cnf -cert issuing.pem -keyfile issuing.key -revoke revoked.pem -crl_reason keyCompromise",
            &[],
        )?;
        list("issuing")?;
        for issuer in ["root", "issuing"] {
            let der = self.read(&format!("{issuer}.crl.der"))?;
            out.material(&format!("{issuer}.crl"), &der)?;
            out.seed("crl", issuer, &der)?;
        }
        out.seed("crl", "pem", &self.read("issuing.crl")?)
    }

    /// That the signer is not revoked, by the issuing authority itself and for as long as everything here.
    fn answer(&self, out: &Folder) -> Outcome<()> {
        let serial = Certificate::from_pem(&String::from_utf8(self.read("signer.pem")?)?)?.serial_hex();
        self.write("answers.txt", &format!("V\t480101000000Z\t\t{}\tunknown\t/CN=x\n", serial.to_uppercase()))?;
        self.openssl(
            "ocsp -index answers.txt -CA issuing.pem -rsigner issuing.pem -rkey issuing.key -ndays 7300 -issuer issuing.pem \
             -cert signer.pem -respout answer -noverify",
            &[],
        )?;
        let answer = self.read("answer")?;
        out.material("signer.ocsp", &answer)?;
        out.seed("ocsp", "good", &answer)
    }

    /// Key files of every kind that is read. The private keys in them are overwritten with zeros.
    fn key_files(&self, out: &Folder) -> Outcome<()> {
        let kinds = [
            ("new", "-iter 2048"),
            ("new-128", "-iter 1 -keypbe AES-128-CBC -certpbe AES-192-CBC -macalg sha1"),
            ("old", "-legacy -iter 2"),
            ("open", "-keypbe NONE -certpbe NONE -nomac"),
            ("without-code", "-iter 3 -nomac"),
            ("sha512", "-iter 4 -macalg sha512"),
        ];
        for (name, options) in kinds {
            let words =
                format!("pkcs12 -export -inkey p256.key -in p256.pem -certfile issuing.pem -out file.p12 {options}");
            self.openssl(&words, &["-passout", &format!("pass:{PASSWORD}")])?;
            let file = self.read("file.p12")?;
            out.seed("pkcs12", name, &without_key(&file)?)?;
        }
        Ok(())
    }
}

/// The file with zeros in place of every private key, encrypted or not.
fn without_key(file: &[u8]) -> Outcome<Vec<u8>> {
    let mut places = Vec::new();
    find_keys(&mut Reader::new(file), &mut places);
    let mut wiped = file.to_vec();
    for &(start, end) in &places {
        wiped[start..end].fill(0);
    }
    if places.is_empty() { Err("a key file without a key".into()) } else { Ok(wiped) }
}

fn find_keys(reader: &mut Reader<'_>, places: &mut Vec<(usize, usize)>) {
    let mut is_bag = false;
    while let Ok(Some(element)) = reader.next() {
        if is_bag {
            octets(&element, places);
        }
        is_bag = element.oid().is_ok_and(|oid| KEY_BAGS.contains(&oid.to_string().as_str()));
        if element.tag.is_constructed() || element.tag == Tag::OCTET_STRING {
            find_keys(&mut element.children(), places);
        }
    }
}

/// The last OCTET STRING directly in the bag's structure: `encryptedData` or `privateKey`.
fn octets(bag: &Element<'_>, places: &mut Vec<(usize, usize)>) {
    let Ok(Some(info)) = bag.children().next() else { return };
    let mut fields = info.children();
    while let Ok(Some(field)) = fields.next() {
        if field.tag == Tag::OCTET_STRING {
            let start = field.offset as usize + field.header;
            places.push((start, start + field.content.len()));
        }
    }
}
