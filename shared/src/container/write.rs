//! Writing a container (ETSI EN 319 162-1, 4.4): streaming, without I/O, signed in two phases. Order and layout
//! of the entries are those of Digdir's `commons-asic`; the types are ours.
//!
//! ```text
//! ContainerWriter ── begin/write/end per document ──► prepare ──► ToBeSigned ── the key signs ──► finish
//! ```

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::zip::{Compression, DosTime, ZipWriter};
use super::{ASIC_E, asic_manifest, cades, is_metadata, manifest, xades};
use crate::finding::{Finding, Rule};
use crate::pki::{Certificate, SignatureAlgorithm};

pub use super::cades::SignatureDigest;
pub use super::manifest::{business_manifest, sdp_manifest};

/// The archive comment and the comment of `mimetype`.
const COMMENT: &str = "mimetype=application/vnd.etsi.asic-e+zip";

/// Which signature a container carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// CMS over `META-INF/ASiCManifest.xml` (ETSI EN 319 162-1, 4.4.4): DPO, DPE, DPH.
    Cades,
    /// XAdES in `META-INF/signatures.xml` (ETSI EN 319 162-1, 4.4.3): DPI.
    Xades,
}

/// Name and media type of a document in a container.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DocumentHead {
    /// The entry name, with `/` between folders; [`ContainerWriter::begin`] tells which are taken.
    pub name: String,
    /// The media type (RFC 9110, 8.3.1), written as it is; [`ContainerWriter::begin`] refuses control characters.
    pub media_type: String,
}

/// A container in the making. Each step appends its bytes to `out`.
#[derive(Debug)]
pub struct ContainerWriter {
    profile: Profile,
    zip: ZipWriter,
    files: Vec<(DocumentHead, [u8; 32])>,
    open: Option<(DocumentHead, Digesting)>,
}

/// Who makes the digest of the open document.
#[derive(Debug)]
enum Digesting {
    Here(Sha256),
    Elsewhere,
}

impl ContainerWriter {
    /// A container whose entries carry this time, as [`DosTime`] tells it.
    pub fn new(profile: Profile, now: Timestamp) -> Self {
        Self { profile, zip: ZipWriter::new(DosTime::from_timestamp(now)), files: Vec::new(), open: None }
    }

    /// Begins a document. The first one also writes the `mimetype` entry.
    ///
    /// # Errors
    /// [`Rule::WriteName`] for a name that is unsafe ([`name_problem`](super::zip::name_problem)), longer than
    /// 65 535 bytes or reserved (`META-INF/`, a folder); for XAdES also for one outside `[A-Za-z0-9._-]`, since
    /// the reference cannot read its own encoding of any other. [`Rule::WriteNameOnce`] for a repeated one,
    /// `mimetype` among them. [`Rule::WriteOrder`] when a document is still open, or for a media type with control
    /// characters.
    pub fn begin(&mut self, head: &DocumentHead, out: &mut Vec<u8>) -> Result<(), Finding> {
        self.open(head, Digesting::Here(Sha256::new()), out)
    }

    /// The same for a document whose SHA-256 somebody else makes meanwhile: [`end_with_digest`](Self::end_with_digest)
    /// must be told it. A wrong one makes a container that every recipient refuses.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub fn begin_digested_elsewhere(&mut self, head: &DocumentHead, out: &mut Vec<u8>) -> Result<(), Finding> {
        self.open(head, Digesting::Elsewhere, out)
    }

    fn open(&mut self, head: &DocumentHead, digesting: Digesting, out: &mut Vec<u8>) -> Result<(), Finding> {
        if self.zip.position() == 0 {
            self.zip.stored("mimetype", COMMENT, ASIC_E.as_bytes(), out)?;
        }
        if is_metadata(&head.name) || head.name.ends_with('/') {
            return Err(Finding::error(Rule::WriteName, "the name is reserved").with("navn", &head.name));
        }
        if self.profile == Profile::Xades && !is_plain(&head.name) {
            return Err(Finding::error(Rule::WriteName, "a name outside A-Z a-z 0-9 . _ -").with("navn", &head.name));
        }
        // XML 1.0, 2.2: no manifest could hold it. File names are judged by the zip.
        if head.media_type.contains(|c: char| c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}')) {
            return Err(Finding::error(Rule::WriteOrder, "a media type with a control character"));
        }
        self.zip.begin(&head.name, compression(&head.media_type), out)?;
        self.open = Some((head.clone(), digesting));
        Ok(())
    }

    /// Appends to the open document.
    ///
    /// # Errors
    /// [`Rule::WriteOrder`] when no document is open.
    pub fn write(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Finding> {
        self.zip.write(bytes, out)?;
        if let Some((_, Digesting::Here(digest))) = &mut self.open {
            digest.update(bytes);
        }
        Ok(())
    }

    /// Ends the open document.
    ///
    /// # Errors
    /// [`Rule::WriteOrder`] when no document is open, or its digest is made elsewhere. Sizes are not limited
    /// here.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Finding> {
        match self.open.take() {
            Some((head, Digesting::Here(digest))) => self.close(head, digest.finalize().into(), out),
            _ => Err(Finding::error(Rule::WriteOrder, "no document is open that is digested here")),
        }
    }

    /// Ends the open document, whose SHA-256 (of the uncompressed content, octets) was made elsewhere.
    ///
    /// # Errors
    /// [`Rule::WriteOrder`] when no such document is open.
    pub fn end_with_digest(&mut self, sha256: [u8; 32], out: &mut Vec<u8>) -> Result<(), Finding> {
        match self.open.take() {
            Some((head, Digesting::Elsewhere)) => self.close(head, sha256, out),
            _ => Err(Finding::error(Rule::WriteOrder, "no document is open that is digested elsewhere")),
        }
    }

    fn close(&mut self, head: DocumentHead, sha256: [u8; 32], out: &mut Vec<u8>) -> Result<(), Finding> {
        self.zip.end(out)?;
        self.files.push((head, sha256));
        Ok(())
    }

    /// A whole document at once.
    ///
    /// # Errors
    /// As [`begin`](Self::begin) and [`end`](Self::end).
    pub fn add(&mut self, head: &DocumentHead, content: &[u8], out: &mut Vec<u8>) -> Result<(), Finding> {
        self.begin(head, out)?;
        self.write(content, out)?;
        self.end(out)
    }

    /// Closes the documents and says what the key must sign. `chain` is leaf first and all of it goes into the
    /// signature; `signature_id` names a `.p7s`, `META-INF/signature-<UUID>.p7s`. For XAdES the signature is
    /// always RSA SHA-256, whatever `digest` says. `signing_time` is told in whole seconds in CAdES, in
    /// milliseconds in XAdES, both UTC.
    ///
    /// # Errors
    /// [`Rule::WriteSigner`] for an empty chain, [`Rule::WriteDocument`] when there is no document or one is
    /// still open; for XAdES as [`xades::prepare`].
    pub fn prepare(
        mut self,
        chain: &[Certificate],
        digest: SignatureDigest,
        signing_time: Timestamp,
        signature_id: Uuid,
        out: &mut Vec<u8>,
    ) -> Result<ToBeSigned, Finding> {
        let Some(leaf) = chain.first().cloned() else {
            return Err(Finding::error(Rule::WriteSigner, "no certificate to sign with"));
        };
        if self.files.is_empty() || self.open.is_some() {
            return Err(Finding::error(Rule::WriteDocument, "the container has no document, or one is still open"));
        }
        let form = match self.profile {
            Profile::Cades => {
                let name = format!("META-INF/signature-{signature_id}.p7s");
                let manifest = asic_manifest::write(&name, &self.files);
                self.zip.add("META-INF/ASiCManifest.xml", &manifest, out)?;
                let attributes = cades::signed_attributes(&manifest, digest, signing_time);
                Form::Cades { name, attributes, digest, chain: chain.to_vec() }
            }
            Profile::Xades => {
                let file = |(head, sha256): &(DocumentHead, [u8; 32])| xades::SignedFile {
                    name: head.name.clone(),
                    media_type: head.media_type.clone(),
                    sha256: *sha256,
                };
                let files: Vec<_> = self.files.iter().map(file).collect();
                Form::Xades { draft: xades::prepare(&files, chain, signing_time)? }
            }
        };
        let heads = self.files.into_iter().map(|(head, _)| head).collect();
        Ok(ToBeSigned { zip: self.zip, heads, form, leaf })
    }
}

fn is_plain(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// Deflating what is compressed already would be the slowest step and gain nothing.
fn compression(media_type: &str) -> Compression {
    let packed = media_type == "application/pdf"
        || media_type == "application/zip"
        || media_type.starts_with("application/vnd.openxmlformats-officedocument")
        || media_type.starts_with("application/vnd.oasis.opendocument")
        || matches!(media_type, "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/heic")
        || media_type.starts_with("video/")
        || media_type.starts_with("audio/");
    if packed { Compression::None } else { Compression::Normal }
}

/// A container that only lacks its signature. Sign [`bytes`](Self::bytes), then [`finish`](Self::finish).
#[derive(Debug)]
pub struct ToBeSigned {
    zip: ZipWriter,
    heads: Vec<DocumentHead>,
    form: Form,
    leaf: Certificate,
}

#[derive(Debug)]
enum Form {
    Cades { name: String, attributes: Vec<u8>, digest: SignatureDigest, chain: Vec<Certificate> },
    Xades { draft: xades::Prepared },
}

impl ToBeSigned {
    /// What the key must do: RSASSA-PKCS1-v1_5, with SHA-256 or, if asked for, SHA-1.
    pub fn algorithm(&self) -> SignatureAlgorithm {
        match &self.form {
            Form::Cades { digest, .. } => digest.algorithm(),
            Form::Xades { .. } => SignatureAlgorithm::RsaPkcs1Sha256,
        }
    }

    /// The message to sign, which the algorithm hashes: the signed attributes as DER (RFC 5652, 5.4), or
    /// `SignedInfo` in canonical XML (W3C XML Signature 1.1, 3.1.2).
    pub fn bytes(&self) -> &[u8] {
        match &self.form {
            Form::Cades { attributes, .. } => attributes,
            Form::Xades { draft } => draft.bytes(),
        }
    }

    /// Writes the signature, `META-INF/manifest.xml` and the end of the container. `signature` is the RSA
    /// signature as octets, as long as the modulus.
    ///
    /// # Errors
    /// [`Rule::WriteFits`] when the signature is not one of the chain's leaf: a container that no recipient can
    /// verify must never leave.
    pub fn finish(mut self, signature: &[u8], out: &mut Vec<u8>) -> Result<(), Finding> {
        if !crate::pki::verify(&self.leaf, self.algorithm(), self.bytes(), signature) {
            return Err(Finding::error(Rule::WriteFits, "the signature was not made by the certificate's key"));
        }
        match self.form {
            Form::Cades { name, attributes, digest, chain } => {
                let p7s = cades::signed_data(&chain, digest, &attributes, signature);
                self.zip.add(&name, &p7s, out)?;
            }
            Form::Xades { draft } => self.zip.add("META-INF/signatures.xml", &draft.finish(signature), out)?,
        }
        self.zip.add("META-INF/manifest.xml", &manifest::open_document(&self.heads), out)?;
        self.zip.finish(COMMENT, out)
    }
}
