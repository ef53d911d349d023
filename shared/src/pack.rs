//! Packing with a key in this process: for the command line, counterparts and tests.
//!
//! Ours: no standard. What comes out is a signed container as [`container`](crate::container) tells of it, not
//! sealed.

use jiff::Timestamp;
use uuid::Uuid;

use crate::container::{
    ContainerWriter, DocumentHead, Profile, SignatureDigest, business_manifest, entry_names, sdp_manifest,
};
use crate::finding::{Finding, Rule};
use crate::pki::SoftKey;

/// A document to pack, whole in memory. `Debug` shows its size alone.
#[derive(Clone, PartialEq, Eq)]
pub struct PackDocument {
    /// The file name; [`Packer`] tells what becomes of it in the container.
    pub name: String,
    /// The media type (RFC 9110, 8.3.1), written as it is.
    pub media_type: String,
    /// The content, not encoded.
    pub content: Vec<u8>,
}

impl std::fmt::Debug for PackDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PackDocument").field("size", &self.content.len()).finish_non_exhaustive()
    }
}

/// What a container is made of besides its documents.
#[derive(Clone, Copy, Debug)]
pub struct PackHead<'a> {
    /// Which manifest and signature: those of DPO or of DPI.
    pub profile: Profile,
    /// The sender's organisation number, nine digits. Not checked; `manifest.xml` has it with `0192:` in front.
    pub sender: &'a str,
    /// The receiver's organisation number, the same way. DPI's `manifest.xml` does not hold it.
    pub receiver: &'a str,
    /// Digest of a CAdES signature; one in XAdES is always made with SHA-256.
    pub digest: SignatureDigest,
    /// The time of the entries ([`DosTime`](crate::container::zip::DosTime)) and the time of signing.
    pub now: Timestamp,
    /// Names the entry of a CAdES signature, `META-INF/signature-<UUID>.p7s`; not used for XAdES.
    pub signature_id: Uuid,
}

/// A container that is packed as its documents are read: `manifest.xml`, then the documents, the first of which
/// is the main one. For DPI the documents get names of `[A-Za-z0-9._-]` ([`entry_names`]), and their own names
/// stay as titles. Every step appends its bytes to `out`.
#[derive(Debug)]
pub struct Packer<'a> {
    head: PackHead<'a>,
    writer: ContainerWriter,
    heads: std::vec::IntoIter<DocumentHead>,
}

impl<'a> Packer<'a> {
    /// Begins a container with these documents, the main one first, and writes `mimetype` and `manifest.xml`.
    ///
    /// # Errors
    /// [`Rule::WriteDocument`] when there is none.
    pub fn begin(head: PackHead<'a>, documents: &[DocumentHead], out: &mut Vec<u8>) -> Result<Self, Finding> {
        let Some(main) = documents.first() else {
            return Err(Finding::error(Rule::WriteDocument, "no document to pack"));
        };
        let heads = entry_names(head.profile, documents);
        let (sender, receiver) = (format!("0192:{}", head.sender), format!("0192:{}", head.receiver));
        let manifest = match head.profile {
            Profile::Cades => business_manifest(&sender, &receiver, &heads[0]),
            Profile::Xades => {
                let titled: Vec<_> = heads.iter().zip(documents).map(|(head, d)| (head, d.name.as_str())).collect();
                sdp_manifest(&sender, (&heads[0], &main.name), &titled[1..])
            }
        };
        let mut writer = ContainerWriter::new(head.profile, head.now);
        let manifest_head = DocumentHead { name: "manifest.xml".to_owned(), media_type: "application/xml".to_owned() };
        writer.add(&manifest_head, &manifest, out)?;
        Ok(Self { head, writer, heads: heads.into_iter() })
    }

    /// Begins the next of the documents that [`begin`](Self::begin) was told of.
    ///
    /// # Errors
    /// [`Rule::WriteName`], [`Rule::WriteNameOnce`] for an unsafe or repeated name; [`Rule::WriteOrder`] when
    /// the last one has not ended, or no further document was told of.
    pub fn next_document(&mut self, out: &mut Vec<u8>) -> Result<(), Finding> {
        let head = self.heads.next();
        let head = head.ok_or_else(|| Finding::error(Rule::WriteOrder, "more documents than were told of"))?;
        self.writer.begin(&head, out)
    }

    /// Appends to the document that was begun.
    ///
    /// # Errors
    /// [`Rule::WriteOrder`] when no document is open.
    pub fn write(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Finding> {
        self.writer.write(bytes, out)
    }

    /// Ends the document.
    ///
    /// # Errors
    /// [`Rule::WriteOrder`] when no document is open.
    pub fn end_document(&mut self, out: &mut Vec<u8>) -> Result<(), Finding> {
        self.writer.end(out)
    }

    /// Signs and closes the container.
    ///
    /// # Errors
    /// [`Rule::WriteDocument`] when a document is still open, [`Rule::WriteOrder`] when one was told of and not
    /// begun, or the key fails, [`Rule::WriteFits`] when its signature is not its certificate's; for XAdES also
    /// as [`ContainerWriter::prepare`].
    pub fn finish(self, key: &SoftKey, out: &mut Vec<u8>) -> Result<(), Finding> {
        if self.heads.len() > 0 {
            return Err(Finding::error(Rule::WriteOrder, "fewer documents than were told of"));
        }
        let PackHead { digest, now, signature_id, .. } = self.head;
        let unsigned = self.writer.prepare(key.chain(), digest, now, signature_id, out)?;
        let signature = key.sign(unsigned.algorithm(), unsigned.bytes())?;
        unsigned.finish(&signature, out)
    }
}

/// Packs and signs a container in memory, the first document as the main one.
///
/// # Errors
/// As [`Packer`]: no document, unsafe or repeated names, a key that fails.
pub fn pack(head: PackHead<'_>, documents: &[PackDocument], key: &SoftKey) -> Result<Vec<u8>, Finding> {
    let heads: Vec<_> = documents
        .iter()
        .map(|document| DocumentHead { name: document.name.clone(), media_type: document.media_type.clone() })
        .collect();
    let mut out = Vec::new();
    let mut packer = Packer::begin(head, &heads, &mut out)?;
    for document in documents {
        packer.next_document(&mut out)?;
        packer.write(&document.content, &mut out)?;
        packer.end_document(&mut out)?;
    }
    packer.finish(key, &mut out)?;
    Ok(out)
}

/// The media type that a file name's extension stands for, in any case, for writers that have nothing better;
/// `application/octet-stream` where it is not on the list. Ours: integrasjonspunkt takes `application/pdf` then.
pub fn media_type(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map_or("", |(_, end)| end).to_ascii_lowercase();
    match extension.as_str() {
        "pdf" => "application/pdf",
        "xml" => "text/xml",
        "txt" => "text/plain",
        "html" | "htm" => "text/html",
        "json" => "application/json",
        "csv" => "text/csv",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "zip" => "application/zip",
        "doc" => "application/msword",
        "xls" => "application/vnd.ms-excel",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt" => "application/vnd.oasis.opendocument.text",
        _ => "application/octet-stream",
    }
}
