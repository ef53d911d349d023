//! Opening a package piece by piece: WebCrypto decrypts on threads of its own while the container that came before is
//! read and hashed here. The documents' bytes go to the spool, and nobody gets them before the verdict.

use std::collections::VecDeque;

use js_sys::Promise;
use konvolutt_shared::container::verify::MissingDigest;
use konvolutt_shared::container::{ContainerReader, Opened};
use konvolutt_shared::finding::{Code, Finding, Rule};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Certificate, PrivateKey as _};
use konvolutt_shared::seal::{CipherParameters, SealReader, SealedHead, SealedTail};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{Blob, CryptoKey};

use super::files::{self, Pieces};
use super::spool::Spool;
use super::store;
use super::{Outcome, subtle};

/// How much goes to WebCrypto at once, in bytes; a multiple of the block.
const CHUNK: usize = 512 * 1024;

/// AES block, in bytes.
const BLOCK: usize = 16;

/// Chunks that are decrypted at the same time.
const DEPTH: usize = 3;

/// GCM cannot be decrypted in pieces by WebCrypto; only DPH uses it, with packages up to 18 MB.
const GCM_BYTES: usize = 64 << 20;

/// A package that was read to its end, and the documents' bytes.
pub(super) struct Read {
    pub(super) opened: Opened,
    pub(super) documents: Blob,
}

/// Reads a package that is sealed to one of the kept keys.
pub(super) async fn read(package: &Blob, limits: &Limits) -> Outcome<Read> {
    if package.size() > limits.package_bytes as f64 {
        return Err(vec![Rule::SealSize.broken()]);
    }
    let mut reader = SealReader::new(limits);
    let mut container = Container::begin(limits).await;
    let mut decryption: Option<Decryption> = None;
    // What is wrong with key or content is told after what is wrong with the package itself.
    let mut failure = None;
    let mut ciphertext = Vec::with_capacity(CHUNK * 4);
    let mut pieces = Pieces::of(package);
    while let Some(piece) = pieces.next().await? {
        reader.push(&piece, &mut ciphertext).map_err(one)?;
        if decryption.is_none()
            && failure.is_none()
            && let Some(head) = reader.head()
        {
            match Decryption::begin(head).await {
                Ok(begun) => decryption = Some(begun),
                Err(findings) => failure = Some(findings),
            }
        }
        match &mut decryption {
            Some(decryption) if failure.is_none() => {
                failure = decryption.drain(&mut ciphertext, &mut container).await.err();
            }
            Some(_) => ciphertext.clear(),
            None if failure.is_some() => ciphertext.clear(),
            None => {}
        }
    }
    let tail = reader.finish().map_err(one)?;
    if let Some(findings) = failure {
        return Err(findings);
    }
    let decryption = decryption.ok_or_else(|| vec![Rule::SealCut.broken()])?;
    decryption.finish(ciphertext, &tail, &mut container).await?;
    container.finish(limits).await
}

fn one(finding: Finding) -> Vec<Finding> {
    vec![finding]
}

/// One error for every failure: the network must not learn which step failed.
fn failed(_: subtle::Failed) -> Vec<Finding> {
    vec![Rule::SealOpening.broken()]
}

/// The container as it comes out of the decryption.
struct Container {
    reader: ContainerReader,
    spool: Spool,
    documents: Vec<u8>,
    /// What is wrong with it; told only when the package itself turned out to be whole.
    broken: Option<Finding>,
}

impl Container {
    async fn begin(limits: &Limits) -> Self {
        let reader = ContainerReader::new(limits);
        Self { reader, spool: Spool::begin().await, documents: Vec::with_capacity(2 * CHUNK), broken: None }
    }

    fn push(&mut self, plain: &[u8]) -> Outcome<()> {
        if self.broken.is_none() {
            self.broken = self.reader.push(plain, &mut self.documents).err();
            self.spool.take(&mut self.documents)?;
        }
        Ok(())
    }

    async fn finish(self, limits: &Limits) -> Outcome<Read> {
        if let Some(finding) = self.broken {
            return Err(vec![finding]);
        }
        let mut opened = self.reader.finish()?;
        let documents = self.spool.into_blob().await?;
        for missing in opened.missing_digests(limits) {
            let digest = digest(&documents, &missing).await?;
            opened.supply(&missing, digest);
        }
        Ok(Read { opened, documents })
    }
}

/// A digest by another algorithm than SHA-256, for the rare manifest that wants it.
async fn digest(documents: &Blob, missing: &MissingDigest) -> Outcome<Vec<u8>> {
    let mut pieces = Pieces::of(&files::slice(documents, &missing.range, "")?);
    let mut hasher = missing.algorithm.hasher();
    while let Some(piece) = pieces.next().await? {
        hasher.update(&piece);
    }
    Ok(hasher.finish())
}

struct Decryption {
    key: CryptoKey,
    parameters: CipherParameters,
    /// The block before the next chunk.
    iv: Vec<u8>,
    under_way: VecDeque<Promise>,
}

impl Decryption {
    async fn begin(head: &SealedHead) -> Outcome<Self> {
        let keys = store::all().await;
        let leaves: Vec<Certificate> = keys.iter().map(|key| key.chain[0].clone()).collect();
        let request = head.key_request(&leaves).map_err(one)?;
        let parameters = head.parameters.clone();
        let key = keys[request.certificate].unwrap(&request, &parameters).await.map_err(one)?;
        let iv = parameters.iv.clone();
        Ok(Self { key, parameters, iv, under_way: VecDeque::new() })
    }

    /// Decrypts what fills whole chunks and is not the end.
    async fn drain(&mut self, ciphertext: &mut Vec<u8>, container: &mut Container) -> Outcome<()> {
        if self.parameters.cipher.is_gcm() {
            if ciphertext.len() > GCM_BYTES {
                let finding =
                    Rule::SealCipher.broken().seen("AES-GCM over more than 64 MiB, which a browser cannot open");
                return Err(vec![Finding { advice: Code::KeyTransport.advice().to_owned(), ..finding }]);
            }
            return Ok(());
        }
        let mut start = 0;
        while ciphertext.len() - start > CHUNK {
            if self.under_way.len() == DEPTH {
                self.settle(container).await?;
            }
            let chunk = &ciphertext[start..start + CHUNK];
            let last = chunk[CHUNK - BLOCK..].to_vec();
            let before = std::mem::replace(&mut self.iv, last);
            self.under_way.push_back(chunk_in_the_middle(self.key.clone(), before, chunk));
            start += CHUNK;
        }
        ciphertext.drain(..start);
        Ok(())
    }

    async fn settle(&mut self, container: &mut Container) -> Outcome<()> {
        let Some(oldest) = self.under_way.pop_front() else { return Ok(()) };
        container.push(&subtle::settled(oldest).await.map_err(failed)?)
    }

    async fn finish(mut self, mut rest: Vec<u8>, tail: &SealedTail, container: &mut Container) -> Outcome<()> {
        while !self.under_way.is_empty() {
            self.settle(container).await?;
        }
        let plain = if self.parameters.cipher.is_gcm() {
            rest.extend(tail.tag.iter().flatten());
            let Self { key, parameters, .. } = &self;
            subtle::decrypt_gcm(key, &parameters.iv, &tail.associated, parameters.tag_length, &rest).await
        } else {
            subtle::decrypt_cbc(&self.key, &self.iv, &rest).await
        };
        container.push(&plain.map_err(failed)?)
    }
}

/// Decrypts a chunk that does not end the content. WebCrypto always takes padding off, so a block that decrypts to
/// nothing but padding is made and put behind it: the encryption of nothing, chained to the chunk's last block.
fn chunk_in_the_middle(key: CryptoKey, iv: Vec<u8>, chunk: &[u8]) -> Promise {
    let mut padded = Vec::with_capacity(CHUNK + BLOCK);
    padded.extend_from_slice(chunk);
    future_to_promise(async move {
        let failed = |_| JsValue::NULL;
        let padding = subtle::encrypt_cbc(&key, &padded[CHUNK - BLOCK..], &[]).await.map_err(failed)?;
        padded.extend_from_slice(&padding);
        let decrypted = subtle::start_decrypt_cbc(&key, &iv, &padded).map_err(failed)?;
        drop(padded);
        JsFuture::from(decrypted).await
    })
}
