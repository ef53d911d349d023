//! Opening a package piece by piece: WebCrypto decrypts, the container is read here, and its documents are digested in
//! another worker. The documents' bytes go to the spool, and nobody gets them before the verdict.

use std::collections::VecDeque;

use js_sys::Promise;
use konvolutt_shared::container::verify::MissingDigest;
use konvolutt_shared::container::{ContainerReader, Opened};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Certificate, PrivateKey as _};
use konvolutt_shared::seal::{GcmAuthenticator, RecipientInfo, SealReader, SealedHead, SealedTail};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{Blob, CryptoKey};

use super::digester::Digester;
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

/// A package that was read to its end, and the documents' bytes.
pub(super) struct Read {
    pub(super) opened: Opened,
    pub(super) documents: Blob,
}

/// The most of a shipment by SvarInn that is opened here, in bytes: it has no container to be read forward, so it is
/// held in memory.
const SHIPMENT: usize = 256 * 1024 * 1024;

/// Reads a package that is sealed to one of the kept keys, by itself or by what came beside it.
pub(super) async fn read(package: &Blob, beside: Option<RecipientInfo>, limits: &Limits) -> Outcome<Read> {
    let digester = Digester::start(package.size());
    let mut container = Container::begin(limits, digester).await;
    decrypt(package, beside, limits, &mut container).await?;
    container.finish(limits).await
}

/// Reads what is sealed to one of the kept keys and is no container.
pub(super) async fn read_shipment(package: &Blob, limits: &Limits) -> Outcome<Vec<u8>> {
    let mut plain = Vec::new();
    decrypt(package, None, limits, &mut plain).await?;
    Ok(plain)
}

/// Where decrypted bytes go.
trait Sink {
    async fn push(&mut self, plain: &[u8]) -> Outcome<()>;
}

impl Sink for Vec<u8> {
    async fn push(&mut self, plain: &[u8]) -> Outcome<()> {
        if self.len() + plain.len() > SHIPMENT {
            return Err(vec![Rule::SealSize.broken()]);
        }
        self.extend_from_slice(plain);
        Ok(())
    }
}

async fn decrypt(
    package: &Blob,
    beside: Option<RecipientInfo>,
    limits: &Limits,
    container: &mut impl Sink,
) -> Outcome<()> {
    if package.size() > limits.package_bytes as f64 {
        return Err(vec![Rule::SealSize.broken()]);
    }
    let mut reader = SealReader::new(limits);
    let mut decryption: Option<Decryption> = None;
    // What is wrong with key or content is told after what is wrong with the package itself.
    let mut failure = None;
    let mut ciphertext = Vec::with_capacity(CHUNK * 4);
    let mut pieces = Pieces::of(package);
    while let Some(piece) = pieces.next().await? {
        reader.push(piece, &mut ciphertext).map_err(one)?;
        if decryption.is_none()
            && failure.is_none()
            && let Some(head) = reader.head()
        {
            let mut head = head.clone();
            head.recipients.extend(beside.clone());
            match Decryption::begin(&head).await {
                Ok(begun) => decryption = Some(begun),
                Err(findings) => failure = Some(findings),
            }
        }
        match &mut decryption {
            Some(decryption) if failure.is_none() => {
                failure = decryption.drain(&mut ciphertext, container).await.err();
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
    decryption.finish(ciphertext, &tail, container).await
}

fn one(finding: Finding) -> Vec<Finding> {
    vec![finding]
}

/// One error for every failure: the network must not learn which step failed.
fn broken() -> Vec<Finding> {
    vec![Rule::SealOpening.broken()]
}

fn failed(_: subtle::Failed) -> Vec<Finding> {
    broken()
}

/// The container as it comes out of the decryption.
struct Container {
    reader: ContainerReader,
    spool: Spool,
    documents: Vec<u8>,
    digester: Option<Digester>,
    /// Bytes and documents that the digester has.
    given: u64,
    cut: usize,
    /// What is wrong with it; told only when the package itself turned out to be whole.
    broken: Option<Finding>,
}

impl Container {
    async fn begin(limits: &Limits, digester: Option<Digester>) -> Self {
        let reader = match digester {
            Some(_) => ContainerReader::digested_elsewhere(limits),
            None => ContainerReader::new(limits),
        };
        let (reader, spool, documents) = (reader.sealed(), Spool::begin().await, Vec::with_capacity(2 * CHUNK));
        Self { reader, spool, documents, digester, given: 0, cut: 0, broken: None }
    }

    /// Gives the digester what was read, cut where documents end.
    async fn digest(&mut self) {
        let Some(digester) = &self.digester else { return };
        let mut rest = self.documents.as_slice();
        for end in self.reader.ends().skip(self.cut) {
            let (last, next) = rest.split_at_checked((end - self.given) as usize).unwrap_or((rest, &[]));
            digester.copy(last).await;
            digester.cut();
            self.given = end;
            self.cut += 1;
            rest = next;
        }
        digester.copy(rest).await;
        self.given += rest.len() as u64;
    }

    async fn finish(self, limits: &Limits) -> Outcome<Read> {
        if let Some(finding) = self.broken {
            return Err(vec![finding]);
        }
        let mut opened = self.reader.finish()?;
        let documents = self.spool.into_blob().await?;
        for missing in opened.undigested() {
            let made = match &self.digester {
                Some(digester) => digester.digest().await.map(|digest| digest.to_vec()),
                None => None,
            };
            let made = match made {
                Some(digest) => digest,
                None => digest(&documents, &missing).await?,
            };
            opened.supply(&missing, made);
        }
        for missing in opened.missing_digests(limits) {
            let digest = digest(&documents, &missing).await?;
            opened.supply(&missing, digest);
        }
        Ok(Read { opened, documents })
    }
}

impl Sink for Container {
    async fn push(&mut self, plain: &[u8]) -> Outcome<()> {
        if self.broken.is_none() {
            self.broken = self.reader.push(plain, &mut self.documents).err();
            self.digest().await;
            self.spool.take(&mut self.documents)?;
        }
        Ok(())
    }
}

/// A digest that was not made on the way: by another algorithm than SHA-256, for the rare manifest that wants it, or
/// because the digester failed.
async fn digest(documents: &Blob, missing: &MissingDigest) -> Outcome<Vec<u8>> {
    let mut pieces = Pieces::of(&files::slice(documents, &missing.range, "")?);
    let mut hasher = missing.algorithm.hasher();
    while let Some(piece) = pieces.next().await? {
        hasher.update(piece);
    }
    Ok(hasher.finish())
}

/// A content under its key. WebCrypto's calls are under way while what came before is read.
struct Decryption {
    key: CryptoKey,
    mode: Mode,
    under_way: VecDeque<Promise>,
}

enum Mode {
    /// The block before the next chunk.
    Cbc { iv: Vec<u8> },
    /// WebCrypto's GCM wants the whole at once, so its counter mode decrypts and the tag is made here.
    Gcm { authenticator: Box<GcmAuthenticator>, nonce: Vec<u8>, counter: u32 },
}

/// The counter of GCM's mask, and the first one of the content (NIST SP 800-38D, 7.1).
const MASK: u32 = 1;
const FIRST: u32 = 2;

impl Decryption {
    async fn begin(head: &SealedHead) -> Outcome<Self> {
        let keys = store::all().await;
        let leaves: Vec<Certificate> = keys.iter().map(|key| key.chain[0].clone()).collect();
        let request = head.key_request(&leaves).map_err(one)?;
        let parameters = &head.parameters;
        let key = keys[request.certificate].unwrap(&request, parameters).await.map_err(one)?;
        let iv = parameters.iv.clone();
        let mode = if parameters.cipher.is_gcm() {
            let hash_key = block_of(&key, &[0; BLOCK]).await.map_err(failed)?;
            let mask = block_of(&key, &counter_block(&iv, MASK)).await.map_err(failed)?;
            Mode::Gcm { authenticator: Box::new(GcmAuthenticator::new(hash_key, mask)), nonce: iv, counter: FIRST }
        } else {
            Mode::Cbc { iv }
        };
        Ok(Self { key, mode, under_way: VecDeque::new() })
    }

    /// Decrypts what fills whole chunks and is not the end, which may be padding or a tag.
    async fn drain(&mut self, ciphertext: &mut Vec<u8>, container: &mut impl Sink) -> Outcome<()> {
        let mut start = 0;
        while ciphertext.len() - start > CHUNK + BLOCK {
            if self.under_way.len() == DEPTH {
                self.settle(container).await?;
            }
            let decrypted = self.start(&ciphertext[start..start + CHUNK]).map_err(failed)?;
            self.under_way.push_back(decrypted);
            start += CHUNK;
        }
        ciphertext.drain(..start);
        Ok(())
    }

    /// Begins a chunk in the middle.
    fn start(&mut self, chunk: &[u8]) -> Result<Promise, subtle::Failed> {
        match &mut self.mode {
            Mode::Cbc { iv } => {
                let last = chunk[CHUNK - BLOCK..].to_vec();
                Ok(chunk_in_the_middle(self.key.clone(), std::mem::replace(iv, last), chunk))
            }
            Mode::Gcm { authenticator, nonce, counter } => {
                authenticator.absorb(chunk);
                let at = counter_block(nonce, *counter);
                *counter = counter.wrapping_add((CHUNK / BLOCK) as u32);
                subtle::start_ctr(&self.key, &at, chunk)
            }
        }
    }

    async fn settle(&mut self, container: &mut impl Sink) -> Outcome<()> {
        let Some(oldest) = self.under_way.pop_front() else { return Ok(()) };
        container.push(&subtle::settled(oldest).await.map_err(failed)?).await
    }

    async fn finish(mut self, rest: Vec<u8>, tail: &SealedTail, container: &mut impl Sink) -> Outcome<()> {
        while !self.under_way.is_empty() {
            self.settle(container).await?;
        }
        let plain = match self.mode {
            Mode::Cbc { iv } => subtle::decrypt_cbc(&self.key, &iv, &rest).await.map_err(failed)?,
            Mode::Gcm { mut authenticator, nonce, counter } => {
                let (rest, tag) = match &tail.tag {
                    Some(tag) => (&rest[..], &tag[..]),
                    None => rest.split_last_chunk::<BLOCK>().map(|(rest, tag)| (rest, &tag[..])).ok_or_else(broken)?,
                };
                authenticator.absorb(rest);
                authenticator.verify(tag, &tail.associated).map_err(one)?;
                let decrypted = subtle::start_ctr(&self.key, &counter_block(&nonce, counter), rest).map_err(failed)?;
                subtle::settled(decrypted).await.map_err(failed)?
            }
        };
        container.push(&plain).await
    }
}

/// A counter of GCM: the nonce of twelve bytes, then the number.
fn counter_block(nonce: &[u8], number: u32) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let (front, back) = block.split_at_mut(BLOCK - 4);
    front.iter_mut().zip(nonce).for_each(|(octet, nonce)| *octet = *nonce);
    back.copy_from_slice(&number.to_be_bytes());
    block
}

/// The block cipher itself: the keystream that a counter gives.
async fn block_of(key: &CryptoKey, counter: &[u8; BLOCK]) -> Result<[u8; BLOCK], subtle::Failed> {
    let block = subtle::settled(subtle::start_ctr(key, counter, &[0; BLOCK])?).await?;
    block.try_into().map_err(|_| subtle::Failed)
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
