//! Keys made for this run, good artefacts, and the ways to change them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use konvolutt_shared::container::verify::{Verdict, VerifyPolicy, verify};
use konvolutt_shared::container::zip::{self, DosTime, ZipWriter};
use konvolutt_shared::container::{ASIC_E, Profile, SignatureDigest};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pack::{PackDocument, PackHead, pack};
use konvolutt_shared::pki::{Certificate, Crl, Policy, Purpose, SoftKey};
use konvolutt_shared::seal::ber::write::der;
use konvolutt_shared::seal::ber::{Reader, Tag};
use konvolutt_tests::openssl::{Authority, Identity, PASSWORD};

pub(crate) const SENDER: &str = "310900117";

pub(crate) struct World {
    pub(crate) authority: Authority,
    pub(crate) identity: Identity,
    pub(crate) key: SoftKey,
    pub(crate) policy: VerifyPolicy,
    pub(crate) cades: Vec<u8>,
    pub(crate) xades: Vec<u8>,
}

#[allow(dead_code, reason = "for the rules of documents")]
/// When this run began: its certificates are valid from then on.
pub(crate) fn now() -> jiff::Timestamp {
    static BEGAN: LazyLock<jiff::Timestamp> = LazyLock::new(jiff::Timestamp::now);
    jiff::Timestamp::from_second(BEGAN.as_second()).unwrap()
}

pub(crate) fn soft_key(identity: &Identity) -> SoftKey {
    SoftKey::from_pkcs12(&std::fs::read(&identity.keystore).unwrap(), PASSWORD).unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        let authority = Authority::new().unwrap();
        let identity = authority.issue(SENDER, "digitalSignature,keyEncipherment").unwrap();
        let key = soft_key(&identity);
        let list = std::fs::read(authority.revocation_list(&[]).unwrap()).unwrap();
        let root = Certificate::from_pem(&std::fs::read_to_string(authority.root()).unwrap()).unwrap();
        let path = Policy {
            // Certificates that the cases issue later must be valid too.
            at: jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1),
            anchors: vec![root],
            intermediates: Vec::new(),
            crls: vec![Crl::from_bytes(&list).unwrap()],
            purpose: Purpose::Sign,
            ..Policy::default()
        };
        let policy = VerifyPolicy { path, sender: Some(SENDER.to_owned()), limits: Limits::default() };
        let (cades, xades) = (packed(&key, Profile::Cades), packed(&key, Profile::Xades));
        Self { authority, identity, key, policy, cades, xades }
    }

    #[allow(dead_code, reason = "for the rules of keys and mail")]
    /// Has OpenSSL do something in the authority's folder.
    pub(crate) fn openssl(&self, arguments: &[&[&str]]) {
        let folder = self.authority.root().parent().unwrap().to_owned();
        let output =
            std::process::Command::new("openssl").args(arguments.concat()).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    pub(crate) fn verify(&self, container: &[u8]) -> Verdict {
        verify(container, &self.policy).0
    }

    /// What is found in a container.
    pub(crate) fn found(&self, container: &[u8]) -> Vec<Finding> {
        self.verify(container).findings().to_vec()
    }

    pub(crate) fn found_by(&self, container: &[u8], change: impl FnOnce(&mut VerifyPolicy)) -> Vec<Finding> {
        let mut policy = self.policy.clone();
        change(&mut policy);
        verify(container, &policy).0.findings().to_vec()
    }
}

pub(crate) fn packed(key: &SoftKey, profile: Profile) -> Vec<u8> {
    packed_with(key, profile, &["brev.txt", "vedlegg.txt"].map(|name| (name, name.as_bytes())))
}

/// What is packed with when nothing else is said.
pub(crate) fn head(profile: Profile) -> PackHead<'static> {
    PackHead {
        profile,
        sender: SENDER,
        receiver: "310900419",
        digest: SignatureDigest::Sha256,
        now: jiff::Timestamp::now(),
        signature_id: uuid::Uuid::from_u128(7),
    }
}

pub(crate) fn packed_with(key: &SoftKey, profile: Profile, documents: &[(&str, &[u8])]) -> Vec<u8> {
    let document = |(name, content): &(&str, &[u8])| PackDocument {
        name: (*name).to_owned(),
        media_type: "text/plain".to_owned(),
        content: content.to_vec(),
    };
    pack(head(profile), &documents.iter().map(document).collect::<Vec<_>>(), key).unwrap()
}

/// The entries of a container, to be changed and put together again.
pub(crate) fn entries(container: &[u8]) -> Vec<(String, Vec<u8>)> {
    let archive = zip::read(container, &Limits::default()).unwrap();
    archive.entries().iter().map(|entry| (entry.name.clone(), archive.read(entry).unwrap())).collect()
}

pub(crate) fn assemble(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut zip = ZipWriter::new(DosTime::from_timestamp(jiff::Timestamp::UNIX_EPOCH));
    for (name, content) in entries {
        if name == "mimetype" && content == ASIC_E.as_bytes() {
            zip.stored(name, "", content, &mut out).unwrap();
        } else {
            zip.add(name, content, &mut out).unwrap();
        }
    }
    zip.finish("", &mut out).unwrap();
    out
}

/// The container with one entry's content changed.
pub(crate) fn with_entry(container: &[u8], ends_with: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let mut all = entries(container);
    let entry = all.iter_mut().find(|(name, _)| name.ends_with(ends_with)).unwrap();
    entry.1 = change(std::mem::take(&mut entry.1));
    assemble(&all)
}

/// The same for an entry that is text; the change must change it.
pub(crate) fn with_text(container: &[u8], ends_with: &str, from: &str, to: &str) -> Vec<u8> {
    with_entry(container, ends_with, |content| {
        let text = String::from_utf8(content).unwrap();
        assert!(text.contains(from), "{from} is not in {text}");
        text.replacen(from, to, 1).into_bytes()
    })
}

#[allow(dead_code, reason = "for the rules of seals and signatures")]
/// A name whose values have another string type each, and so other bytes (RFC 5280, 7.1: it is the same name).
pub(crate) fn retyped(name: &[u8]) -> Vec<u8> {
    let mut relative = Vec::new();
    let mut parts = Reader::new(name).expect(Tag::SEQUENCE).unwrap().children();
    while let Some(part) = parts.next().unwrap() {
        let mut fields = part.children().require().unwrap().children();
        let (kind, value) = (fields.require().unwrap(), fields.require().unwrap());
        let tag = if value.tag == Tag(0x0C) { 0x13 } else { 0x0C };
        relative.push(der(0x31, &[&der(0x30, &[kind.raw, &der(tag, &[value.content])])]));
    }
    der(0x30, &[&relative.concat()])
}

/// A case whose fault has these others as its consequence, each of which must be found, and no more.
pub(crate) fn along(rule: Rule, others: &[Rule], findings: Vec<Finding>) -> (Rule, Vec<Finding>) {
    let (own, rest): (Vec<_>, Vec<_>) = findings.into_iter().partition(|finding| finding.rule == rule);
    let seen: BTreeSet<_> = rest.iter().map(|finding| finding.rule).collect();
    assert_eq!(seen, others.iter().copied().collect(), "beside {rule} ({rule:?})");
    (rule, own)
}
