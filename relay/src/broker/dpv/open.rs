//! The only place where the relay opens anything: a letter to Altinn's inbox, which Altinn takes in the
//! clear. It is opened in memory, verified whole before a byte of it is used, and wiped.

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use konvolutt_shared::container::{ContainerReader, Opened, VerifiedDocument, VerifyPolicy};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Certificate, SoftKey};
use konvolutt_shared::seal::{SealReader, SoftOpener};
use zeroize::{Zeroize, Zeroizing};

use super::memory::{Contents, Memory};
use crate::directory::SecretPem;

/// The largest letter, open, in bytes: the reference's limit of 250 MB (`difi.move.dpv.upload-size-limit`)
/// and what packing adds.
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
    /// [`Rule::KeyText`], [`Rule::KeyFits`].
    pub fn read(pairs: &[(SecretPem, String)]) -> Result<Self, Finding> {
        let keys = pairs.iter().map(|(key, chain)| SoftKey::from_pem(key.expose(), chain));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err(Finding::error(Rule::WriteSigner, "there is no transit key"));
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
/// What is wrong with the package as everybody sees it, or with its signer; anything else is [`unopened`]. A failure to
/// read, as the outer error.
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
    /// Whether something is wrong with the container. It is told like a seal that does not open, and no sooner.
    broken: bool,
    plain: Zeroizing<Vec<u8>>,
    out: Zeroizing<Vec<u8>>,
    memory: Memory,
}

impl Stage {
    fn new(limits: &Limits) -> Self {
        Self {
            reader: ContainerReader::new(limits),
            broken: false,
            plain: Zeroizing::new(Vec::with_capacity(2 * PIECE)),
            out: Zeroizing::new(Vec::with_capacity(ROOM)),
            memory: Memory::of(limits.package_bytes),
        }
    }

    fn unpack(&mut self) {
        self.broken = self.broken || self.reader.push(&self.plain, &mut self.out).is_err();
        self.broken = self.broken || !self.memory.append(&self.out);
        // Zeroizing wipes what is there when it is dropped; what was there before, this does.
        self.plain.as_mut_slice().zeroize();
        self.plain.clear();
        self.out.as_mut_slice().zeroize();
        self.out.clear();
    }

    fn finish(mut self, policy: &VerifyPolicy, signers: &[String]) -> Result<Letter, Finding> {
        self.unpack();
        if self.broken {
            return Err(unopened());
        }
        let contents = self.memory.finish();
        let opened = self.reader.finish().map_err(|_| unopened())?;
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
    let verified = opened.verify(policy).accept_unchecked().map_err(|refusal| told(refusal.findings))?;
    let organisation = verified.signer().organisation.as_ref();
    if !organisation.is_some_and(|organisation| signers.contains(organisation)) {
        let seen = organisation.map_or("none", String::as_str);
        return Err(Rule::SignerSender.broken().seen(format!("signed by {seen}, sent by {}", signers.join(" or "))));
    }
    Ok(Letter { documents: verified.documents().to_vec(), contents })
}

/// A package that does not open, for whatever reason. CBC can be changed by whoever carries it, and what is wrong with a key,
/// a padding or the plain text would tell of it, one try at a time (Vaudenay, Bleichenbacher, EFAIL). So none is told.
fn unopened() -> Finding {
    Rule::SealOpening.broken()
}

/// What a container is refused for. About its signer it may be told: then everything else holds.
fn told(findings: Vec<Finding>) -> Finding {
    let about_signer = |finding: &Finding| finding.rule.number().starts_with('P');
    let refusing: Vec<Finding> = findings.into_iter().filter(Finding::refuses).collect();
    let signer_alone = refusing.iter().all(about_signer);
    refusing.into_iter().next().filter(|_| signer_alone).unwrap_or_else(unopened)
}
