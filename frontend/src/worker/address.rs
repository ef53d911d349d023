//! Verifying a registry answer and choosing how to send. The relay only carried the answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use konvolutt_shared::address::{self, Addressed, Ways};
use konvolutt_shared::api::{RevocationLists, Trust};
use konvolutt_shared::finding::{Code, Finding};
use konvolutt_shared::pki::{Certificate, Crl, Policy, Purpose};

use super::Outcome;
use crate::protocol::{AddressRequest, AddressView};

/// Document type of letters to public bodies (`integrasjonspunkt.md`, 2.5).
const ARKIVMELDING: &str = "urn:no:difi:arkivmelding:xsd::arkivmelding";

/// A decision, for the page and for sealing.
pub(super) struct Checked {
    pub(super) view: AddressView,
    pub(super) addressed: Addressed,
}

pub(super) fn check(request: &AddressRequest, now: Timestamp) -> Outcome<Checked> {
    let one = |finding| vec![finding];
    let answer =
        address::verify_registry_answer(&request.registry_answer, &request.trust.registry_keys).map_err(one)?;
    // A signed answer about somebody else is as good as a swapped key.
    let about = answer.info.as_ref().map(|info| info.identifier.as_str());
    if about != Some(request.recipient.as_str()) {
        return Err(vec![Finding::error(
            Code::RegistryUnsigned,
            "the registry's answer is about another organisation",
        )]);
    }
    let policy = policy(&request.trust, request.revocation.as_ref(), Purpose::Encrypt, now)?;
    let transit = request.trust.transit.as_deref().map(Certificate::from_pem).transpose().map_err(one)?;
    let ways = Ways { svarut: request.trust.svarut, transit: transit.as_ref(), dpi: request.trust.dpi };
    let addressed = address::choose(&answer, &request.process, ARKIVMELDING, &policy, ways)?;
    let certificate = &addressed.certificate;
    let view = AddressView {
        channel: addressed.channel.as_str().to_owned(),
        capability: addressed.capability.clone(),
        reader: addressed.reader,
        reasons: addressed.reasons.clone(),
        certificate_name: certificate.organisation_name().unwrap_or_else(|| certificate.subject_text()),
        certificate_expires: certificate.not_after(),
        findings: addressed.findings.clone(),
    };
    Ok(Checked { view, addressed })
}

/// The operator's roots and the issuers' revocation lists as a policy.
pub(super) fn policy(
    trust: &Trust,
    revocation: Option<&RevocationLists>,
    purpose: Purpose,
    at: Timestamp,
) -> Outcome<Policy> {
    let certificates = |pems: &[String]| -> Outcome<Vec<Certificate>> {
        pems.iter().map(|pem| Certificate::from_pem(pem).map_err(|finding| vec![finding])).collect()
    };
    let lists = revocation.map(|revocation| revocation.lists.as_slice()).unwrap_or_default();
    // A list that cannot be read counts as missing, and that is a finding of its own.
    let crls = lists.iter().filter_map(|list| Crl::from_der(&STANDARD.decode(list).ok()?).ok()).collect();
    Ok(Policy {
        at,
        anchors: certificates(&trust.anchors)?,
        intermediates: certificates(&trust.intermediates)?,
        crls,
        purpose,
        ..Policy::default()
    })
}
