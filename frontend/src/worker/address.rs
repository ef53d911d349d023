//! Verifying a registry answer and choosing how to send. The relay only carried the answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use konvolutt_shared::address::{self, Addressed, Offer, PersonKind, RegistryAnswer, Ways};
use konvolutt_shared::api::{RevocationLists, Trust};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::letter::document_type;
use konvolutt_shared::pki::{Certificate, CertificatePolicies, Crl, Policy, Purpose};

use super::Outcome;
use crate::protocol::{AddressRequest, AddressView, OfferView};

/// A decision, for the page and for sealing.
pub(super) struct Checked {
    pub(super) view: AddressView,
    pub(super) addressed: Addressed,
}

pub(super) fn check(request: &AddressRequest, now: Timestamp) -> Outcome<Checked> {
    let answer = verified(request)?;
    let policy = policy(&request.trust, request.revocation.as_ref(), Purpose::Encrypt, now)?;
    let transit = transit(&request.trust)?;
    let standard = document_type(&request.process).standard().unwrap_or_default();
    let addressed = address::choose(&answer, &request.process, standard, &policy, ways(&request.trust, &transit))?;
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

/// Every way to a person that can be used.
pub(super) fn offers(request: &AddressRequest, kind: PersonKind, now: Timestamp) -> Outcome<Vec<Offer>> {
    let policy = policy(&request.trust, request.revocation.as_ref(), Purpose::Encrypt, now)?;
    let transit = transit(&request.trust)?;
    if let Some(certificate) = request.print_certificate.as_deref().filter(|_| request.recipient.is_empty()) {
        let printer = request.trust.printer.as_deref();
        return Ok(vec![address::print_offer(certificate, printer, &policy, ways(&request.trust, &transit))?]);
    }
    let answer = verified(request)?;
    address::offers(&answer, kind, &policy, ways(&request.trust, &transit))
}

/// The same for the page, which gets neither mailbox address nor telephone number.
pub(super) fn offer_views(request: &AddressRequest, kind: PersonKind, now: Timestamp) -> Outcome<Vec<OfferView>> {
    let view = |offer: Offer| {
        let certificate = &offer.certificate;
        let provider = certificate.organisation_name().unwrap_or_else(|| certificate.subject_text());
        OfferView { terms: offer.terms, provider, findings: offer.findings }
    };
    Ok(offers(request, kind, now)?.into_iter().map(view).collect())
}

/// The registry's answer, which is its own and about whom was asked.
fn verified(request: &AddressRequest) -> Outcome<RegistryAnswer> {
    let answer = address::verify_registry_answer(&request.registry_answer, &request.trust.registry_keys);
    let answer = answer.map_err(|finding| vec![finding])?;
    // A signed answer about somebody else is as good as a swapped key.
    let about = answer.info.as_ref().map(|info| info.identifier.as_str());
    if about != Some(request.recipient.as_str()) {
        return Err(vec![Finding::error(Rule::RegistrySigned, "the registry's answer is about somebody else")]);
    }
    Ok(answer)
}

fn transit(trust: &Trust) -> Outcome<Option<Certificate>> {
    trust.transit.as_deref().map(Certificate::from_pem).transpose().map_err(|finding| vec![finding])
}

fn ways<'a>(trust: &Trust, transit: &'a Option<Certificate>) -> Ways<'a> {
    Ways { svarut: trust.svarut, transit: transit.as_ref(), dpi: trust.dpi }
}

/// The operator's roots and the issuers' revocation lists as a policy.
pub(super) fn policy(
    trust: &Trust,
    revocation: Option<&RevocationLists>,
    purpose: Purpose,
    at: Timestamp,
) -> Outcome<Policy> {
    let certificates = |pems: &[String]| -> Outcome<Vec<Certificate>> {
        let bundles = pems.iter().map(|pem| Certificate::bundle_from_pem(pem)).collect::<Result<Vec<_>, _>>();
        Ok(bundles.map_err(|finding| vec![finding])?.concat())
    };
    let lists = revocation.map(|revocation| revocation.lists.as_slice()).unwrap_or_default();
    // What is sealed to is the registry's to say, of whatever kind it is.
    let policies = if purpose == Purpose::Sign { trust.policies } else { CertificatePolicies::Any };
    // A list that cannot be read counts as missing, and that is a finding of its own.
    let crls = lists.iter().filter_map(|list| Crl::from_der(&STANDARD.decode(list).ok()?).ok()).collect();
    Ok(Policy {
        at,
        anchors: certificates(&trust.anchors)?,
        intermediates: certificates(&trust.intermediates)?,
        crls,
        purpose,
        policies,
        ..Policy::default()
    })
}
