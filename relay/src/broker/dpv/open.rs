//! The only place where the relay opens anything (DESIGN, section 4): a letter to Altinn's inbox, which Altinn takes in the
//! clear. It is opened in memory, verified whole before a byte of it is used, and wiped.

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use konvolutt_shared::container::{ContainerReader, Opened, VerifiedDocument, VerifyPolicy};
use konvolutt_shared::finding::{Code, Finding, Rule};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Certificate, SoftKey};
use konvolutt_shared::seal::{SealReader, SoftOpener};
use zeroize::{Zeroize, Zeroizing};

use super::memory::{Contents, Memory};
use crate::directory::SecretPem;

/// The largest letter, open, in bytes: the reference's limit (`brokers.md`, 0) and what packing adds.
pub(super) const MAX_BYTES: u64 = 256 << 20;

/// Altinn takes a hundred files; archive metadata and manifests come on top.
const MAX_ENTRIES: usize = 110;

/// How much is decrypted at once, in bytes. Deflate gives at most 1032 bytes for one (RFC 1951), so the room below is
/// never outgrown, and no copy of plain text is left behind by growing.
const PIECE: usize = 4096;
const ROOM: usize = (PIECE + 64) * 1033;

/// The keys that letters are sealed to on their way through this relay. They open nothing else.
#[derive(Clone, Debug)]
pub struct TransitKeys(Vec<SoftKey>);

impl TransitKeys {
    /// The present key first, then older ones; each with its certificate, PEM.
    ///
    /// # Errors
    /// [`Code::KeyFile`], [`Code::KeyMismatch`].
    pub fn read(pairs: &[(SecretPem, String)]) -> Result<Self, Finding> {
        let keys = pairs.iter().map(|(key, chain)| SoftKey::from_pem(key.expose(), chain));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err(Finding::error(Code::KeyMissing, "there is no transit key"));
        }
        Ok(Self(keys))
    }

    /// What browsers seal to.
    pub fn certificate(&self) -> &Certificate {
        self.0[0].certificate()
    }

    /// The same as PEM (RFC 7468).
    pub fn certificate_pem(&self) -> String {
        let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
        for line in STANDARD.encode(self.certificate().der()).as_bytes().chunks(64) {
            pem.push_str(&String::from_utf8_lossy(line));
            pem.push('\n');
        }
        pem + "-----END CERTIFICATE-----\n"
    }
}

/// An opened letter whose signature holds.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) documents: Vec<VerifiedDocument>,
    pub(super) contents: Contents,
}

/// Opens a sealed package and verifies the container: every file listed, the signature of one of `signers`, who are the
/// sender and those who act for it.
///
/// # Errors
/// The first finding that refuses; a failure to read, as the outer error.
pub(super) fn open(
    keys: &TransitKeys,
    package: &mut dyn Read,
    policy: &VerifyPolicy,
    signers: &[String],
) -> std::io::Result<Result<Letter, Finding>> {
    let (head, key) = match begin(keys, package)? {
        Ok(begun) => begun,
        Err(finding) => return Ok(Err(finding)),
    };
    let (mut opener, mut stage) = (SoftOpener::new(key, &policy.limits), Stage::new(&policy.limits));
    for piece in head.chunks(PIECE) {
        if let Err(finding) = opener.push(piece, &mut stage.plain) {
            return Ok(Err(finding));
        }
        stage.unpack();
    }
    let mut piece = vec![0; PIECE];
    loop {
        let length = package.read(&mut piece)?;
        if length == 0 {
            let whole = opener.finish(&mut stage.plain);
            return Ok(whole.and_then(|_| stage.finish(policy, signers)));
        }
        if let Err(finding) = opener.push(&piece[..length], &mut stage.plain) {
            return Ok(Err(finding));
        }
        stage.unpack();
    }
}

/// Reads as far as it must to see who it is sealed to. The recipient is chosen by issuer and serial, never by trying.
fn begin<'k>(
    keys: &'k TransitKeys,
    package: &mut dyn Read,
) -> std::io::Result<Result<(Vec<u8>, &'k SoftKey), Finding>> {
    let (mut head, mut piece, mut scrap) = (Vec::new(), vec![0; PIECE], Vec::new());
    let mut reader = SealReader::new(&limits());
    loop {
        let length = package.read(&mut piece)?;
        head.extend_from_slice(&piece[..length]);
        if let Err(finding) = reader.push(&piece[..length], &mut scrap) {
            return Ok(Err(finding));
        }
        if let Some(head_of) = reader.head() {
            let fits = |key: &&SoftKey| head_of.key_request(std::slice::from_ref(key.certificate())).is_ok();
            // With none that fits, the first one tells what is wrong.
            let key = keys.0.iter().find(fits).unwrap_or(&keys.0[0]);
            return Ok(Ok((head, key)));
        }
        if length == 0 {
            return Ok(Ok((head, &keys.0[0])));
        }
    }
}

/// Budgets of this channel.
pub(super) fn limits() -> Limits {
    Limits { package_bytes: MAX_BYTES, document_bytes: MAX_BYTES, entries: MAX_ENTRIES, ..Limits::default() }
}

/// Plain text on its way: taken apart, kept.
struct Stage {
    reader: ContainerReader,
    /// What is wrong with the container is told after what is wrong with the seal.
    broken: Option<Finding>,
    plain: Zeroizing<Vec<u8>>,
    out: Zeroizing<Vec<u8>>,
    memory: Memory,
}

impl Stage {
    fn new(limits: &Limits) -> Self {
        Self {
            reader: ContainerReader::new(limits),
            broken: None,
            plain: Zeroizing::new(Vec::with_capacity(2 * PIECE)),
            out: Zeroizing::new(Vec::with_capacity(ROOM)),
            memory: Memory::of(limits.package_bytes),
        }
    }

    fn unpack(&mut self) {
        if self.broken.is_none() {
            self.broken = self.reader.push(&self.plain, &mut self.out).err();
        }
        if self.broken.is_none() && !self.memory.append(&self.out) {
            self.broken = Some(Finding::error(Code::LimitExceeded, "the letter is larger than the channel takes"));
        }
        // Zeroizing wipes what is there when it is dropped; what was there before, this does.
        self.plain.as_mut_slice().zeroize();
        self.plain.clear();
        self.out.as_mut_slice().zeroize();
        self.out.clear();
    }

    fn finish(mut self, policy: &VerifyPolicy, signers: &[String]) -> Result<Letter, Finding> {
        self.unpack();
        if let Some(broken) = self.broken {
            return Err(broken);
        }
        let contents = self.memory.finish();
        let opened = self.reader.finish().map_err(first)?;
        judge(opened, contents, policy, signers)
    }
}

fn judge(mut opened: Opened, contents: Contents, policy: &VerifyPolicy, signers: &[String]) -> Result<Letter, Finding> {
    for missing in opened.missing_digests(&policy.limits) {
        let digest = missing.algorithm.digest(&contents.whole(&missing.range));
        opened.supply(&missing, digest);
    }
    // What could not be checked, such as a revocation list that is not at hand, was judged when the envelope of the same
    // signer was accepted; here it must not hold the letter up.
    let verified = opened.verify(policy).accept_unchecked().map_err(|refusal| first(refusal.findings))?;
    let organisation = verified.signer().organisation.as_ref();
    if !organisation.is_some_and(|organisation| signers.contains(organisation)) {
        let seen = organisation.map_or("none", String::as_str);
        return Err(Rule::SignerSender.broken().seen(format!("signed by {seen}, sent by {}", signers.join(" or "))));
    }
    Ok(Letter { documents: verified.documents().to_vec(), contents })
}

fn first(findings: Vec<Finding>) -> Finding {
    let unknown = || Finding::error(Code::Internal, "the package was refused without a reason");
    findings.into_iter().next().unwrap_or_else(unknown)
}
