//! Opening with a key in this process, as the package comes. What is read, and its sources: [`SealReader`].

use super::decrypt::ContentDecryptor;
use super::read::{SealReader, SealedTail};
use crate::finding::{Finding, Rule};
use crate::limits::Limits;
use crate::pki::SoftKey;

/// A package that is decrypted as it is read. What comes out is not yet to be trusted: CBC has no integrity, so nothing
/// of it may be shown or acted on before the container's signature holds.
#[derive(Debug)]
pub struct SoftOpener<'a> {
    key: &'a SoftKey,
    reader: SealReader,
    decryptor: Option<ContentDecryptor>,
    ciphertext: Vec<u8>,
    /// Whatever is wrong with key or content. It is told at the end, when the package turned out to be whole: a cut or
    /// lengthened package is always called so, whatever it holds.
    failure: Option<Finding>,
}

impl<'a> SoftOpener<'a> {
    /// An opener at a package's first byte, that takes no more than these limits allow.
    pub fn new(key: &'a SoftKey, limits: &Limits) -> Self {
        Self { key, reader: SealReader::new(limits), decryptor: None, ciphertext: Vec::new(), failure: None }
    }

    /// Takes the next bytes of the package and appends what they decrypt to.
    ///
    /// # Errors
    /// Those of [`SealReader::push`]. What is wrong with key or content is told by [`Self::finish`].
    pub fn push(&mut self, bytes: &[u8], plain: &mut Vec<u8>) -> Result<(), Finding> {
        self.reader.push(bytes, &mut self.ciphertext)?;
        if self.decryptor.is_none() && self.failure.is_none() {
            match self.begin() {
                Ok(decryptor) => self.decryptor = decryptor,
                Err(finding) => self.failure = Some(finding),
            }
        }
        if let Some(decryptor) = &mut self.decryptor {
            decryptor.push(&self.ciphertext, plain);
        }
        self.ciphertext.clear();
        Ok(())
    }

    fn begin(&self) -> Result<Option<ContentDecryptor>, Finding> {
        let Some(head) = self.reader.head() else { return Ok(None) };
        let request = head.key_request(std::slice::from_ref(self.key.certificate()))?;
        let content_key = self.key.unwrap(request.transport, head.parameters.cipher, &request.encrypted_key)?;
        ContentDecryptor::new(&head.parameters, &content_key, head.authenticated).map(Some)
    }

    /// Checks that the package is whole, and the end of its content, and appends the last plaintext.
    ///
    /// # Errors
    /// Those of [`SealReader::finish`]; then [`Rule::SealRecipient`] and [`Rule::SealTransport`], as
    /// [`SealedHead::key_request`](super::SealedHead::key_request) tells them; and one [`Rule::SealOpening`],
    /// the same for every cause, when content key or content do not decrypt. What came out is then to be
    /// thrown away.
    pub fn finish(self, plain: &mut Vec<u8>) -> Result<SealedTail, Finding> {
        let tail = self.reader.finish()?;
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        // A package that ended well had a head.
        let decryptor = self.decryptor.ok_or_else(|| Rule::SealCut.broken())?;
        decryptor.finish(&tail, plain)?;
        Ok(tail)
    }
}

/// Opens a sealed package in memory. What comes out is not yet to be trusted: see [`SoftOpener`].
///
/// # Errors
/// As [`SoftOpener::push`] and [`SoftOpener::finish`].
pub fn open(bytes: &[u8], key: &SoftKey, limits: &Limits) -> Result<Vec<u8>, Finding> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut opener = SoftOpener::new(key, limits);
    for piece in bytes.chunks(PIECE) {
        opener.push(piece, &mut plain)?;
    }
    opener.finish(&mut plain)?;
    Ok(plain)
}

/// How much is taken at once, in bytes: small enough for the cache.
const PIECE: usize = 128 * 1024;
