//! Sealing as the container is written: WebCrypto encrypts chunk by chunk.
//!
//! WebCrypto pads every call. A call in the middle therefore loses its last block, which is only padding, and the next
//! one starts from the last real block: together they equal one call over everything.

use getrandom::SysRng;
use js_sys::{ArrayBuffer, Promise, Uint8Array};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::pki::Certificate;
use konvolutt_shared::seal::{ContentCipher, ContentKey, KeyTransport, Sealing, recipient_info};
use rand_core::{Rng as _, UnwrapErr};
use web_sys::CryptoKey;

use super::framer::{Framer, Package};
use super::outlet::Outlet;
use super::released::release;
use super::{Outcome, subtle};

/// How much goes to WebCrypto at once, in bytes; a multiple of the block. Chromium keeps memory for pieces of less than a
/// mebibyte, and asks the system for that of larger ones each time.
const CHUNK: u32 = 256 * 1024;

/// AES block, in bytes.
const BLOCK: u32 = 16;

/// A package under way; its pieces leave by the outlet as they are made.
pub(super) struct Sealer<'a> {
    /// What the container wrote and is not encrypted yet.
    pub(super) plain: Vec<u8>,
    framer: Framer,
    key: CryptoKey,
    iv: Vec<u8>,
    /// The chunk that is being encrypted.
    under_way: Option<Promise>,
    /// The content key for the sender's own organisation.
    own_key: Option<Vec<u8>>,
    outlet: &'a Outlet,
}

impl<'a> Sealer<'a> {
    /// Begins a package to a recipient. The sender's own certificate, if it is given, gets the content key beside the package
    /// ([`Package::own_key`]).
    pub(super) async fn begin(recipient: &Certificate, own: Option<&Certificate>, outlet: &'a Outlet) -> Outcome<Self> {
        Self::with(recipient, own, outlet, false).await
    }

    /// The same for one whose SHA-256 as a whole is told of, too ([`Package::sha256`]).
    pub(super) async fn hashed(
        recipient: &Certificate,
        own: Option<&Certificate>,
        outlet: &'a Outlet,
    ) -> Outcome<Self> {
        Self::with(recipient, own, outlet, true).await
    }

    async fn with(
        recipient: &Certificate,
        own: Option<&Certificate>,
        outlet: &'a Outlet,
        whole: bool,
    ) -> Outcome<Self> {
        let mut rng = UnwrapErr(SysRng);
        let cipher = ContentCipher::Aes256Cbc;
        let content_key = ContentKey::generate(cipher, &mut rng);
        let mut iv = vec![0; cipher.iv_length()];
        rng.fill_bytes(&mut iv);
        let (mut head, transport) = (Vec::new(), KeyTransport::OAEP_SHA256);
        Sealing::begin(recipient, transport, cipher, &content_key, &iv, &mut rng, &mut head)
            .map_err(|finding| vec![finding])?;
        let own_key = own.map(|own| recipient_info(own, transport, &content_key, &mut rng)).transpose();
        let own_key = own_key.map_err(|finding| vec![finding])?;
        let key = subtle::import_content_key(content_key.as_bytes()).await.map_err(cannot_encrypt)?;
        let (plain, framer) = (Vec::with_capacity(CHUNK as usize * 3), Framer::new(&head, whole));
        Ok(Self { plain, framer, key, iv, under_way: None, own_key, outlet })
    }

    /// Encrypts what fills whole chunks. The last of them is still under way when this returns.
    pub(super) async fn drain(&mut self) -> Outcome<()> {
        self.outlet.room().await;
        let mut start = 0;
        while self.plain.len() - start >= CHUNK as usize {
            self.settle().await?;
            let chunk = &self.plain[start..start + CHUNK as usize];
            self.under_way = Some(subtle::start_encrypt_cbc(&self.key, &self.iv, chunk).map_err(cannot_encrypt)?);
            start += CHUNK as usize;
        }
        self.plain.drain(..start);
        Ok(())
    }

    /// Takes the chunk that was under way.
    async fn settle(&mut self) -> Outcome<()> {
        let Some(under_way) = self.under_way.take() else { return Ok(()) };
        let ciphertext = subtle::settled_buffer(under_way).await.map_err(cannot_encrypt)?;
        self.iv = Uint8Array::new_with_byte_offset_and_length(&ciphertext, CHUNK - BLOCK, BLOCK).to_vec();
        self.put(&ciphertext, CHUNK).await
    }

    async fn put(&mut self, ciphertext: &ArrayBuffer, length: u32) -> Outcome<()> {
        let bytes = Uint8Array::new_with_byte_offset_and_length(ciphertext, 0, length).to_vec();
        release(ciphertext);
        self.framer.ciphertext(&bytes, self.outlet).await
    }

    /// Ends the package and hands on what is left of it.
    pub(super) async fn finish(mut self) -> Outcome<Package> {
        self.drain().await?;
        self.settle().await?;
        let last = subtle::start_encrypt_cbc(&self.key, &self.iv, &self.plain).map_err(cannot_encrypt)?;
        let last = subtle::settled_buffer(last).await.map_err(cannot_encrypt)?;
        self.put(&last, last.byte_length()).await?;
        let package = self.framer.finish(self.outlet).await?;
        Ok(Package { own_key: self.own_key, ..package })
    }
}

fn cannot_encrypt(_: subtle::Failed) -> Vec<Finding> {
    vec![Finding::error(Rule::Broken, "the browser cannot encrypt")]
}
