//! Sealing as the container is written: WebCrypto encrypts one chunk on a thread of its own while the next is packed
//! and hashed here.
//!
//! WebCrypto pads every call. A call in the middle therefore loses its last block, which is only padding, and the next
//! one starts from the last real block: together they equal one call over everything.

use getrandom::SysRng;
use js_sys::Promise;
use konvolutt_shared::finding::{Code, Finding};
use konvolutt_shared::pki::Certificate;
use konvolutt_shared::seal::{ContentCipher, ContentKey, KeyTransport, Sealing};
use rand_core::{Rng as _, UnwrapErr};
use sha2::{Digest, Sha256};
use web_sys::{Blob, CryptoKey};

use super::open::hex;
use super::{Outcome, files, subtle};

/// How much goes to WebCrypto at once, in bytes; a multiple of the block.
const CHUNK: usize = 256 * 1024;

/// How much sealed output is held here before it is handed on, in bytes.
const HELD: usize = 1024 * 1024;

/// AES block, in bytes.
const BLOCK: usize = 16;

/// What a sealed package is.
pub(super) const MEDIA_TYPE: &str = "application/pkcs7-mime";

/// A package under way; `part` gets the sealed bytes as they are made.
pub(super) struct Sealer<'a> {
    /// What the container wrote and is not encrypted yet.
    pub(super) plain: Vec<u8>,
    sealed: Vec<u8>,
    framing: Sealing,
    key: CryptoKey,
    iv: Vec<u8>,
    /// The chunk that is being encrypted.
    under_way: Option<Promise>,
    hasher: Sha256,
    size: u64,
    part: &'a dyn Fn(Blob),
}

/// What the envelope says of a package.
pub(super) struct Package {
    pub(super) size: u64,
    /// Hexadecimal.
    pub(super) sha256: String,
}

impl<'a> Sealer<'a> {
    pub(super) async fn begin(recipient: &Certificate, part: &'a dyn Fn(Blob)) -> Outcome<Self> {
        let mut rng = UnwrapErr(SysRng);
        let cipher = ContentCipher::Aes256Cbc;
        let content_key = ContentKey::generate(cipher, &mut rng);
        let mut iv = vec![0; cipher.iv_length()];
        rng.fill_bytes(&mut iv);
        let mut sealed = Vec::with_capacity(HELD + CHUNK + CHUNK / 100);
        let transport = KeyTransport::OAEP_SHA256;
        let framing = Sealing::begin(recipient, transport, cipher, &content_key, &iv, &mut rng, &mut sealed);
        let key = subtle::import_content_key(content_key.as_bytes()).await.map_err(cannot_encrypt)?;
        let framing = framing.map_err(|finding| vec![finding])?;
        let (plain, hasher) = (Vec::with_capacity(CHUNK * 8), Sha256::new());
        Ok(Self { plain, sealed, framing, key, iv, under_way: None, hasher, size: 0, part })
    }

    /// Encrypts what fills whole chunks. The last of them is still under way when this returns.
    pub(super) async fn drain(&mut self) -> Outcome<()> {
        let mut start = 0;
        while self.plain.len() - start >= CHUNK {
            self.settle().await?;
            let chunk = &self.plain[start..start + CHUNK];
            self.under_way = Some(subtle::start_encrypt_cbc(&self.key, &self.iv, chunk).map_err(cannot_encrypt)?);
            start += CHUNK;
        }
        self.plain.drain(..start);
        Ok(())
    }

    /// Takes the chunk that was under way.
    async fn settle(&mut self) -> Outcome<()> {
        let Some(under_way) = self.under_way.take() else { return Ok(()) };
        let mut ciphertext = subtle::settled(under_way).await.map_err(cannot_encrypt)?;
        ciphertext.truncate(CHUNK);
        self.iv = ciphertext[CHUNK - BLOCK..].to_vec();
        self.framing.ciphertext(&ciphertext, &mut self.sealed);
        if self.sealed.len() >= HELD { self.put() } else { Ok(()) }
    }

    fn put(&mut self) -> Outcome<()> {
        self.hasher.update(&self.sealed);
        self.size += self.sealed.len() as u64;
        (self.part)(files::blob(&self.sealed, MEDIA_TYPE)?);
        self.sealed.clear();
        Ok(())
    }

    pub(super) async fn finish(mut self) -> Outcome<Package> {
        self.drain().await?;
        self.settle().await?;
        let last = subtle::encrypt_cbc(&self.key, &self.iv, &self.plain).await.map_err(cannot_encrypt)?;
        self.framing.ciphertext(&last, &mut self.sealed);
        self.put()?;
        let Self { framing, mut sealed, mut hasher, mut size, part, .. } = self;
        framing.finish(&mut sealed);
        hasher.update(&sealed);
        size += sealed.len() as u64;
        part(files::blob(&sealed, MEDIA_TYPE)?);
        Ok(Package { size, sha256: hex(&hasher.finalize()) })
    }
}

fn cannot_encrypt(_: subtle::Failed) -> Vec<Finding> {
    vec![Finding::error(Code::Internal, "the browser cannot encrypt")]
}
