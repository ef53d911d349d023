//! OpenSSL's command line as the other party: it makes certificates and key files, and opens what we seal.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

/// The password of every key file made here.
pub const PASSWORD: &str = "test1234";

/// A root authority in a folder of its own, and what it has issued.
#[derive(Debug)]
pub struct Authority {
    folder: TempDir,
}

/// A certificate with its private key, in the forms that other programs take.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Certificate, PEM.
    pub certificate: PathBuf,
    /// Private key, PEM.
    pub key: PathBuf,
    /// Both and the root, PKCS#12 with [`PASSWORD`].
    pub keystore: PathBuf,
}

impl Authority {
    /// Makes a new root.
    pub fn new() -> Result<Self> {
        let authority = Self { folder: tempfile::tempdir()? };
        authority.run(&[
            &["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/C=NO/O=Prove/CN=Prove Rot"][..],
            &["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"],
            &["-keyout", "root.key", "-out", "root.pem"],
        ])?;
        Ok(authority)
    }

    /// The root certificate, PEM.
    pub fn root(&self) -> PathBuf {
        self.path("root.pem")
    }

    /// A file in the authority's folder, which lives as long as it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Issues an enterprise certificate as SEID 2 has it: the number in `organizationIdentifier`.
    pub fn issue(&self, organisation: &str, usage: &str) -> Result<Identity> {
        let stem = format!("{organisation}-{}", usage.len());
        let (key, request) = (format!("{stem}.key"), format!("{stem}.csr"));
        let (certificate, keystore) = (format!("{stem}.pem"), format!("{stem}.p12"));
        let subject = format!("/C=NO/O=Prove AS/organizationIdentifier=NTRNO-{organisation}/CN=Prove AS");
        fs::write(self.path("extensions"), format!("basicConstraints=CA:FALSE\nkeyUsage=critical,{usage}\n"))?;
        self.run(&[&[
            "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", &subject, "-keyout", &key, "-out", &request,
        ]])?;
        self.run(&[
            &["x509", "-req", "-in", &request, "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial"][..],
            &["-days", "30", "-extfile", "extensions", "-out", &certificate],
        ])?;
        self.run(&[
            &["pkcs12", "-export", "-inkey", &key, "-in", &certificate, "-certfile", "root.pem"][..],
            &["-name", "prove", "-passout", &format!("pass:{PASSWORD}"), "-out", &keystore],
        ])?;
        Ok(Identity { certificate: self.path(&certificate), key: self.path(&key), keystore: self.path(&keystore) })
    }

    /// The root's revocation list, with these on it.
    pub fn revocation_list(&self, revoked: &[&Identity]) -> Result<PathBuf> {
        // With a number the list is of version 2, which RFC 5280 demands.
        let config = "[ca]\ndefault_ca=prove\n[prove]\ndatabase=index.txt\ndefault_md=sha256\ndefault_crl_days=30\n\
                      crlnumber=crlnumber\ncrl_extensions=list\n[list]\nauthorityKeyIdentifier=keyid\n";
        fs::write(self.path("ca.cnf"), config)?;
        fs::write(self.path("crlnumber"), "01\n")?;
        fs::write(self.path("index.txt"), "")?;
        let ca = &["ca", "-config", "ca.cnf", "-keyfile", "root.key", "-cert", "root.pem"][..];
        for identity in revoked {
            self.run(&[ca, &["-revoke", text(&identity.certificate)?]])?;
        }
        self.run(&[ca, &["-gencrl", "-out", "root.crl"]])?;
        Ok(self.path("root.crl"))
    }

    /// The root's own OCSP answer, DER, that a certificate is good.
    pub fn ocsp_answer(&self, identity: &Identity) -> Result<PathBuf> {
        let certificate = text(&identity.certificate)?;
        let shown = Command::new("openssl").args(["x509", "-noout", "-serial", "-in", certificate]).output()?;
        let serial = String::from_utf8(shown.stdout)?;
        let serial = serial.trim().strip_prefix("serial=").context("openssl shows no serial")?;
        fs::write(self.path("answers.txt"), format!("V\t400101000000Z\t\t{serial}\tunknown\t/CN=x\n"))?;
        self.run(&[
            &["ocsp", "-index", "answers.txt", "-CA", "root.pem", "-rsigner", "root.pem", "-rkey", "root.key"][..],
            &["-ndays", "7", "-issuer", "root.pem", "-cert", certificate, "-respout", "answer.ocsp", "-noverify"],
        ])?;
        Ok(self.path("answer.ocsp"))
    }

    /// Opens a CMS message (DER or BER) as another implementation would.
    pub fn open(&self, sealed: &[u8], recipient: &Identity) -> Result<Vec<u8>> {
        fs::write(self.path("sealed"), sealed)?;
        let (certificate, key) = (text(&recipient.certificate)?, text(&recipient.key)?);
        self.run(&[
            &["cms", "-decrypt", "-binary", "-inform", "DER", "-in", "sealed", "-out", "opened"][..],
            &["-recip", certificate, "-inkey", key],
        ])?;
        Ok(fs::read(self.path("opened"))?)
    }

    /// Seals as another implementation would: RSAES-OAEP with SHA-256 and AES-256-CBC.
    pub fn seal(&self, plain: &[u8], recipient: &Identity) -> Result<Vec<u8>> {
        let transport = ["rsa_padding_mode:oaep", "rsa_oaep_md:sha256", "rsa_mgf1_md:sha256"].map(str::to_owned);
        self.seal_with(plain, recipient, &["-aes-256-cbc"], &transport)
    }

    /// The same with any options and any key transport; RSAES-PKCS1-v1_5 when none is given.
    pub fn seal_with(
        &self,
        plain: &[u8],
        recipient: &Identity,
        options: &[&str],
        transport: &[String],
    ) -> Result<Vec<u8>> {
        fs::write(self.path("plain"), plain)?;
        let transport: Vec<&str> = transport.iter().flat_map(|option| ["-keyopt", option]).collect();
        self.run(&[
            &["cms", "-encrypt", "-binary", "-outform", "DER", "-in", "plain", "-out", "sealed"][..],
            options,
            &["-recip", text(&recipient.certificate)?],
            &transport,
        ])?;
        Ok(fs::read(self.path("sealed"))?)
    }

    /// A detached CMS signature, DER, by each of these with options of its own.
    pub fn sign(&self, content: &[u8], signers: &[(&Identity, &[&str])], options: &[&str]) -> Result<Vec<u8>> {
        fs::write(self.path("content"), content)?;
        let mut by = Vec::new();
        for (identity, own) in signers {
            by.extend(["-signer", text(&identity.certificate)?, "-inkey", text(&identity.key)?]);
            by.extend(own.iter());
        }
        self.run(&[
            &["cms", "-sign", "-binary", "-outform", "DER", "-in", "content", "-out", "signature"][..],
            options,
            &by,
        ])?;
        Ok(fs::read(self.path("signature"))?)
    }

    fn run(&self, arguments: &[&[&str]]) -> Result<()> {
        let output = Command::new("openssl")
            .args(arguments.concat())
            .current_dir(self.folder.path())
            .output()
            .context("openssl cannot be started. Is it installed?")?;
        if !output.status.success() {
            bail!("openssl refused: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("The folder's name is not UTF-8.")
}
