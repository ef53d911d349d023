//! What the access point checks of a message (Digdir, Digital postkasse: what corner 2 checks). Written apart from the
//! shared core's own verification, which providers use: two readings of the rules find more than one.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use konvolutt_shared::finding::Finding;
use konvolutt_shared::identifier::Iso6523;
use konvolutt_shared::pki::{Certificate, Crl, Policy, Purpose, validate};
use konvolutt_shared::sbd::{DocumentType, Layer, Sbd};
use serde_json::Value;

use super::problem::{Flaw, Problem};
use crate::authority::Authority;
use crate::jws;
use crate::seed;
use crate::token::Caller;

/// Whoever hands something in, and the token that says so.
pub(super) struct Bearer {
    pub(super) caller: Caller,
    pub(super) token: String,
}

impl std::fmt::Debug for Bearer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bearer").field("caller", &self.caller.organisation).finish_non_exhaustive()
    }
}

impl Bearer {
    /// Whether an organisation stands in the token.
    fn names(&self, organisation: Option<&str>) -> bool {
        let supplier = self.caller.supplier.as_deref();
        organisation.is_some_and(|one| one == self.caller.organisation || Some(one) == supplier)
    }
}

/// Reads a message and checks what its kind demands. `package` is the SHA-256 of what came along.
pub(super) fn check(
    jwt: &str,
    package: Option<[u8; 32]>,
    bearer: &Bearer,
    authority: &Authority,
    now: Timestamp,
) -> Result<Sbd, Problem> {
    let refused = || Problem::invalid(Flaw::Signature, "forretningsmelding is not a compact JWS");
    let parsed = jws::parse(jwt).ok_or_else(refused)?;
    let payload = jwt.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok()).ok_or_else(refused)?;
    let sbd = Sbd::parse(&payload, Some(now)).map_err(|findings| Problem::invalid(Flaw::Schema, told(&findings)))?;
    if sbd.layer() != Layer::Dpi {
        return Err(Problem::invalid(Flaw::Schema, "the document has not the form of the DPI network"));
    }
    match sbd.document_type() {
        DocumentType::Digital | DocumentType::Utskrift => {
            let signer = signer(&parsed, authority, now)?;
            letter(&sbd, package, bearer, signer.organisation().as_deref())?;
        }
        DocumentType::Flyttet => return Err(Problem::Party("flyttet goes between mailbox providers only")),
        _ => receipt(&sbd, package, bearer)?,
    }
    Ok(sbd)
}

/// The first certificate of `x5c`, if the signature holds under its key and it leads to the root.
fn signer(parsed: &jws::Parsed<'_>, authority: &Authority, now: Timestamp) -> Result<Certificate, Problem> {
    let refuse = |detail: &str| Problem::invalid(Flaw::Signature, detail);
    let chain = parsed.header.get("x5c").and_then(Value::as_array).into_iter().flatten();
    let read = |one: &Value| Certificate::from_der(&STANDARD.decode(one.as_str()?).ok()?).ok();
    let chain: Option<Vec<Certificate>> = chain.map(read).collect();
    let chain = chain.unwrap_or_default();
    let (signer, extra) = chain.split_first().ok_or_else(|| refuse("x5c holds no certificate"))?;
    let key = signer.rsa_public_key().ok_or_else(|| refuse("the certificate's key is not RSA"))?;
    if !parsed.holds(&key) {
        return Err(refuse("the algorithm is not RS256, or the signature does not hold"));
    }
    let findings = validate(signer, extra, &policy(authority, now)?).findings;
    if findings.iter().any(Finding::refuses) {
        return Err(Problem::invalid(Flaw::Certificate, told(&findings)));
    }
    Ok(signer.clone())
}

fn policy(authority: &Authority, now: Timestamp) -> Result<Policy, Problem> {
    let read = |pem: &str| Certificate::from_pem(pem).map_err(crate::error::Error::authority);
    let list = |der: &[u8]| Crl::from_der(der).map_err(crate::error::Error::authority);
    Ok(Policy {
        at: now,
        anchors: vec![read(&authority.root().certificate_pem())?],
        intermediates: vec![read(&authority.issuing().certificate_pem())?],
        crls: vec![list(&authority.root_crl(now)?)?, list(&authority.issuing_crl(now)?)?],
        purpose: Purpose::Sign,
        ..Policy::default()
    })
}

fn letter(sbd: &Sbd, package: Option<[u8; 32]>, bearer: &Bearer, signer: Option<&str>) -> Result<(), Problem> {
    let business = sbd.business();
    if business["maskinportentoken"].as_str() != Some(bearer.token.as_str()) {
        return Err(Problem::invalid(Flaw::Token, ""));
    }
    if owner(sbd).as_deref() != Some(bearer.caller.organisation.as_str()) {
        return Err(Problem::invalid(Flaw::Sender, "avsender is not the consumer of the token"));
    }
    if !bearer.names(number(sbd.sender()).as_deref()) {
        return Err(Problem::invalid(
            Flaw::Sender,
            "the header's sender is neither consumer nor supplier of the token",
        ));
    }
    if !bearer.names(signer) {
        return Err(Problem::invalid(Flaw::Sender, "the signer is neither consumer nor supplier of the token"));
    }
    let package = package.ok_or_else(|| Problem::invalid(Flaw::Request, "the part dokumentpakke is missing"))?;
    let told = business["dokumentpakkefingeravtrykk"]["digestValue"].as_str();
    if told.and_then(|text| STANDARD.decode(text).ok()).is_none_or(|told| told != package) {
        return Err(Problem::invalid(Flaw::Digest, ""));
    }
    Ok(())
}

/// Receipts come from providers. Whether their signatures hold is for those to see who get them.
fn receipt(sbd: &Sbd, package: Option<[u8; 32]>, bearer: &Bearer) -> Result<(), Problem> {
    let provider = seed::provider(&bearer.caller.organisation);
    let provider = provider.ok_or(Problem::Party("only mailbox and print providers give receipts"))?;
    if number(sbd.sender()).as_deref() != Some(provider.number) {
        return Err(Problem::invalid(Flaw::Sender, "the header's sender is not the consumer of the token"));
    }
    if package.is_some() {
        return Err(Problem::invalid(Flaw::Request, "a receipt has no dokumentpakke"));
    }
    Ok(())
}

/// Nine digits of a party.
pub(super) fn number(party: Option<&Iso6523>) -> Option<String> {
    party.and_then(Iso6523::number).map(|number| number.to_string())
}

/// Whose letter it is, whoever sends it: nine digits.
pub(super) fn owner(sbd: &Sbd) -> Option<String> {
    let owner = sbd.business()["avsender"]["virksomhetsidentifikator"]["value"].as_str()?;
    number(Iso6523::parse(owner).ok().as_ref())
}

/// Codes and places; no values.
fn told(findings: &[Finding]) -> String {
    let refusing = findings.iter().filter(|finding| finding.refuses());
    let words = refusing.map(|finding| match &finding.place {
        Some(place) => format!("{} at {}", finding.code.as_str(), place.path),
        None => finding.code.as_str().to_owned(),
    });
    words.collect::<Vec<_>>().join(", ")
}
