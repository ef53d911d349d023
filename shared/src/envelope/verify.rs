//! Everything about an envelope that needs no store: the relay's `accept` adds what does. Ours, on RFC 7515
//! and the advice of RFC 8725.

use jiff::{SignedDuration, Timestamp};

use super::package::is_digest;
use super::{EnvelopeClaims, NAMESPACE, PartClaim, TYPE};
use crate::address::Channel;
use crate::dpi;
use crate::dpv;
use crate::finding::{Finding, Place, Rule};
use crate::identifier::Iso6523;
use crate::json;
use crate::jws::{self, JwsError};
use crate::pki::{self, Certificate, Policy};
use crate::sbd::{DocumentType, Layer, Sbd};
use crate::svarut;

/// The longest time an envelope may be valid: one signed for years would be a blank cheque.
const MAX_LIFETIME: i64 = 24 * 60 * 60;

/// The greatest number of sealed parts of a package.
const MAX_PARTS: usize = svarut::MAX_DOCUMENTS;

/// More than the head of a part that is sealed to one recipient, in bytes.
const HEAD: u64 = 8 * 1024;

/// The greatest number of certificates in `x5c`.
const MAX_CHAIN: usize = 8;

/// What an envelope is held against.
#[derive(Clone, Debug)]
pub struct VerifyEnvelope {
    /// What `aud` must be, letter by letter: this relay.
    pub audience: String,
    /// The present time. Claims and SBD are judged at it; certificates at [`Policy::at`].
    pub now: Timestamp,
    /// What the signer's certificate is held against; whoever makes it sets `purpose` to signing.
    pub policy: Policy,
    /// How much clocks may differ, in whole seconds; for `iat` and `exp`, not for certificates.
    pub skew: SignedDuration,
    /// Who may sign for whom, besides everybody for themselves.
    pub delegations: Vec<Delegation>,
}

impl VerifyEnvelope {
    /// A minute of skew and no delegations.
    pub fn new(audience: impl Into<String>, now: Timestamp, policy: Policy) -> Self {
        let skew = SignedDuration::from_secs(60);
        Self { audience: audience.into(), now, policy, skew, delegations: Vec::new() }
    }
}

/// One organisation may sign for another. Ours: the relay's operator says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// Nine digits: the organisation of the certificate, as [`Certificate::organisation`] gives it.
    pub signer: String,
    /// Nine digits: the sender it acts for, or the part of a sender.
    pub sender: String,
}

/// An envelope whose every clause holds. Only [`verify`] makes one.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifiedEnvelope {
    /// What was signed.
    pub claims: EnvelopeClaims,
    /// The SBD of the claims.
    pub sbd: Sbd,
    /// Who signed: the first certificate of `x5c`.
    pub signer: Certificate,
    /// What is worth knowing and does not refuse, for example that no revocation list was at hand.
    pub findings: Vec<Finding>,
}

/// Verifies an envelope: the text of a compact JWS.
///
/// # Errors
/// What refuses it, and what is worth knowing besides, the gravest first: the rules `E01` to `E19`, `E22`,
/// `E23` and `E26`; those of [`pki::validate`], [`Sbd::parse`], [`Sbd::routing`], [`svarut::Shipment::problems`] and
/// [`svarut::document_problems`]. Until the signature holds and the claims can be read there is one; after
/// that, all at once.
pub fn verify(text: &str, expected: &VerifyEnvelope) -> Result<VerifiedEnvelope, Vec<Finding>> {
    let (claims, chain) = open(text).map_err(|finding| vec![finding])?;
    let mut findings = about_claims(&claims, expected);
    let verdict = pki::validate(&chain[0], &chain[1..], &expected.policy);
    findings.extend(verdict.findings);
    match Sbd::parse(claims.sbd.as_bytes(), Some(expected.now)) {
        Err(wrong) => findings.extend(wrong),
        Ok(sbd) => {
            findings.extend(about_sbd(&claims, &sbd, &chain[0], expected));
            findings.extend(about_shipment(&claims, &sbd));
            findings.extend(about_mail(&claims, &sbd));
            if !findings.iter().any(Finding::refuses) {
                return Ok(VerifiedEnvelope { claims, sbd, signer: chain[0].clone(), findings });
            }
        }
    }
    findings.sort_by_key(|finding| finding.severity);
    Err(findings)
}

/// Form, type, certificates, signature, payload; the chain has at least one certificate.
fn open(text: &str) -> Result<(EnvelopeClaims, Vec<Certificate>), Finding> {
    let parsed = jws::parse(text).map_err(|error| {
        let rule = match error {
            JwsError::Algorithm => Rule::EnvelopeSuite,
            _ => Rule::EnvelopeText,
        };
        at(Finding::error(rule, error.to_string()), "header").by("RFC 7515")
    })?;
    if parsed.header.kind.as_deref() != Some(TYPE) {
        return Err(at(Finding::error(Rule::EnvelopeKind, "typ is not that of an envelope"), "header/typ"));
    }
    let chain = chain(&parsed.header.chain)?;
    if !parsed.verify(&chain[0]) {
        return Err(at(Finding::error(Rule::EnvelopeSigned, "the signature does not hold"), "signature"));
    }
    let malformed = |reason: String| at(Finding::error(Rule::EnvelopePayload, reason), "payload");
    let value = json::parse(&parsed.payload).map_err(|error| malformed(error.to_string()))?;
    // serde would also read an array as the members in order.
    if !value.is_object() {
        return Err(malformed("the claims are not an object".to_owned()));
    }
    let claims = serde_json::from_value(value).map_err(|_| malformed("the claims cannot be read".to_owned()))?;
    Ok((claims, chain))
}

fn chain(chain: &[Vec<u8>]) -> Result<Vec<Certificate>, Finding> {
    let refuse = |message: &str| at(Finding::error(Rule::EnvelopeChain, message), "header/x5c");
    if chain.is_empty() || chain.len() > MAX_CHAIN {
        return Err(refuse("x5c must hold the signer's certificate and its issuers"));
    }
    chain
        .iter()
        .map(|der| Certificate::from_der(der).map_err(|_| refuse("x5c holds something else than certificates")))
        .collect()
}

fn about_claims(claims: &EnvelopeClaims, expected: &VerifyEnvelope) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut refuse = |rule, message: &str, path| findings.push(at(Finding::error(rule, message), path));
    if claims.ns != NAMESPACE {
        refuse(Rule::EnvelopeSpace, "the namespace is not that of an envelope", "payload/ns");
    }
    if claims.aud != expected.audience {
        refuse(Rule::EnvelopeRelay, "the audience is another relay", "payload/aud");
    }
    let (now, skew) = (expected.now.as_second(), expected.skew.as_secs());
    if claims.iat > now.saturating_add(skew) {
        refuse(Rule::EnvelopeIssued, "the envelope was signed in the future", "payload/iat");
    }
    if claims.exp <= now.saturating_sub(skew) {
        refuse(Rule::EnvelopeInTime, "the envelope has expired", "payload/exp");
    }
    if !(0..=MAX_LIFETIME).contains(&claims.exp.saturating_sub(claims.iat)) {
        refuse(
            Rule::EnvelopeSpan,
            "the envelope is valid for more than a day, or ends before it begins",
            "payload/exp",
        );
    }
    if !is_digest(&claims.package.pieces_sha256) || claims.package.size == 0 || claims.package.media_type.is_empty() {
        refuse(Rule::EnvelopeClaim, "the claim about the package is not a size and a SHA-256", "payload/package");
    }
    findings.extend(about_parts(claims));
    findings
}

/// A package of parts is nothing but its parts.
fn about_parts(claims: &EnvelopeClaims) -> Option<Finding> {
    let parts = &claims.package.parts;
    if parts.is_empty() {
        return None;
    }
    let sum = parts.iter().try_fold(0_u64, |sum, part| sum.checked_add(part.size));
    let good = |part: &PartClaim| {
        is_digest(&part.sha256) && part.size > 0 && !part.name.is_empty() && !part.media_type.is_empty()
    };
    if parts.len() <= MAX_PARTS && parts.iter().all(good) && sum == Some(claims.package.size) {
        return None;
    }
    let message = "the claims about the parts are not names, sizes that sum up and SHA-256";
    Some(at(Finding::error(Rule::EnvelopeParts, message), "payload/package/parts"))
}

/// The least that is in a sealed part of `size` bytes. The limits are the documents', and sealing adds four bytes to a
/// thousand, and a head: what the browser has let through must not be refused for them.
const fn unsealed(size: u64) -> u64 {
    (size - size / 200).saturating_sub(HEAD)
}

/// What KS SvarUt is told must be what the SBD says, and what it takes.
fn about_shipment(claims: &EnvelopeClaims, sbd: &Sbd) -> Vec<Finding> {
    let refuse = |rule, message: &str| at(Finding::error(rule, message), "payload/svarut");
    let shipment = match (&claims.svarut, claims.route.channel == Channel::Dpf.as_str()) {
        (None, false) => return Vec::new(),
        (None, true) => return vec![refuse(Rule::EnvelopeShipment, "the signed metadata of the shipment are missing")],
        (Some(_), false) => return vec![refuse(Rule::EnvelopeShipment, "only KS SvarUt has shipments")],
        (Some(shipment), true) => shipment,
    };
    let documents = claims.package.parts.iter();
    let documents = documents.map(|part| (part.name.as_str(), part.media_type.as_str(), unsealed(part.size)));
    let mut findings = shipment.problems();
    findings.extend(svarut::document_problems(shipment.digital_only, documents));
    findings.retain(Finding::refuses);
    let same = |party: Option<&Iso6523>, organisation: &str| party.is_some_and(|one| one.organisation == organisation);
    if !same(sbd.receiver(), &shipment.recipient.organisation) || !same(sbd.sender(), &shipment.answers_to.organisation)
    {
        findings.push(refuse(Rule::EnvelopeShipmentSame, "the shipment's parties are not those of the SBD"));
    }
    let level = sbd.business().get("sikkerhetsnivaa").and_then(serde_json::Value::as_u64);
    if level.is_some_and(|level| level != u64::from(shipment.security_level.number())) {
        findings.push(refuse(Rule::EnvelopeShipmentSame, "the shipment's security level is not that of the SBD"));
    }
    findings
}

/// A letter to a mailbox has the network's form, which nothing else has. It is kept without its token, and receipts find it
/// by its conversation.
fn about_mail(claims: &EnvelopeClaims, sbd: &Sbd) -> Vec<Finding> {
    let mail = claims.route.channel == Channel::Dpi.as_str();
    if mail != (sbd.layer() == Layer::Dpi) {
        let message = "the form of the document is not the channel's";
        return vec![at(Finding::error(Rule::EnvelopeChannel, message), "payload/route/channel")];
    }
    let mut findings = Vec::new();
    let mut refuse = |rule, message: &str| findings.push(at(Finding::error(rule, message), "payload/sbd"));
    if mail && !dpi::is_withheld(sbd) {
        refuse(Rule::EnvelopeToken, "an envelope must not hold an access token");
    }
    if mail && sbd.message_id().map(|id| id.uuid()) != sbd.conversation_id().map(|id| id.uuid()) {
        refuse(Rule::EnvelopeConversation, "the conversation of a letter to a mailbox must be the letter's own id");
    }
    findings
}

fn about_sbd(claims: &EnvelopeClaims, sbd: &Sbd, signer: &Certificate, expected: &VerifyEnvelope) -> Vec<Finding> {
    let mut findings = match (sbd.routing(), sbd.sender()) {
        (Ok(routing), _) => sender(routing.sender, signer, expected).into_iter().collect(),
        (Err(_), Some(from)) if is_for_a_person(claims, sbd) => sender(from, signer, expected).into_iter().collect(),
        (Err(missing), _) => missing,
    };
    // Elsewhere the sender is named without a part: SvarUt and Altinn's inbox have accounts, mailboxes a field of their own.
    let acts_for_another = sbd.sender().is_some_and(|sender| sender.part.is_some());
    if acts_for_another && claims.route.channel != Channel::Dpo.as_str() {
        let message = "a sender with a part is known to the broker of DPO alone";
        findings.push(at(Finding::error(Rule::EnvelopePart, message), "payload/sbd"));
    }
    let route = &claims.route;
    if route.process != sbd.process() || route.document_type != sbd.document_type().as_str() {
        let message = "the route is not that of the SBD";
        findings.push(at(Finding::error(Rule::EnvelopeWay, message), "payload/route"));
    }
    let of_inbox = |resource: &String| route.channel == Channel::Dpv.as_str() && dpv::resource_id(resource).is_some();
    if !route.resource.as_ref().is_none_or(of_inbox) {
        let message = "the resource is none of Altinn's, or stands where there is none";
        findings.push(at(Finding::error(Rule::EnvelopeResource, message), "payload/route/resource"));
    }
    findings
}

/// A person's number stands in the package alone, and the SBD says nothing of it.
fn is_for_a_person(claims: &EnvelopeClaims, sbd: &Sbd) -> bool {
    claims.route.channel == Channel::Dpv.as_str()
        && sbd.document_type() == DocumentType::DigitalDpv
        && sbd.receiver_party().is_none()
        && sbd.message_id().is_some()
        && sbd.conversation_id().is_some()
}

/// The certificate's organisation is the sender or acts for it; so too for whom the sender itself acts.
fn sender(sender: &Iso6523, signer: &Certificate, expected: &VerifyEnvelope) -> Option<Finding> {
    let organisation = signer.organisation().unwrap_or_default();
    let may_act_for = |other: &str| {
        !organisation.is_empty()
            && (organisation == other
                || expected.delegations.iter().any(|one| one.signer == organisation && one.sender == other))
    };
    if may_act_for(&sender.organisation) && sender.part.as_deref().is_none_or(may_act_for) {
        return None;
    }
    let finding = Finding::error(Rule::EnvelopeActs, "the certificate's organisation may not send for the sender");
    Some(at(finding, "payload/sbd").with("a", organisation.clone()).with("b", sender.organisation.clone()))
}

fn at(finding: Finding, path: &str) -> Finding {
    finding.at(Place::path(format!("envelope:/{path}")))
}
