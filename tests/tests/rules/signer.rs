//! Whose signature it is.

use konvolutt_shared::container::Profile;
use konvolutt_shared::finding::Rule;
use konvolutt_shared::pack::{PackDocument, PackHead, pack};
use konvolutt_shared::pki::{CertificatePolicies, Crl};

use super::world::{World, along, head, packed, soft_key};
use crate::Case;

pub(crate) fn cases(world: &World) -> Vec<Case> {
    let good = &world.cades;
    let hours = |hours: i64| jiff::SignedDuration::from_hours(hours);
    let other = |organisation: &str, usage: &str| {
        let identity = world.authority.issue(organisation, usage).unwrap();
        let container = packed(&soft_key(&identity), Profile::Cades);
        world.found_by(&container, |policy| policy.sender = Some(organisation.to_owned()))
    };
    let list = world.authority.revocation_list(&[&world.identity]).unwrap();
    let list = Crl::from_bytes(&std::fs::read(list).unwrap()).unwrap();
    let now = jiff::Timestamp::now();
    let claiming = |profile, now| {
        let documents = [PackDocument {
            name: "brev.txt".to_owned(),
            media_type: "text/plain".to_owned(),
            content: b"hei".to_vec(),
        }];
        let head = PackHead { now, ..head(profile) };
        let verdict = world.verify(&pack(head, &documents, &world.key).unwrap());
        assert_eq!(verdict.as_str(), "ok", "a claim decides nothing");
        verdict.findings().to_vec()
    };
    let day = hours(24);
    vec![
        (Rule::SignerClaimEarly, claiming(Profile::Cades, now - day)),
        (Rule::SignerClaimEarly, claiming(Profile::Xades, now - day)),
        (Rule::SignerClaimLate, claiming(Profile::Cades, now + day * 31)),
        (Rule::SignerClaimLate, claiming(Profile::Xades, now + day * 31)),
        along(Rule::SignerNotYet, &[Rule::SignerPath], world.found_by(good, |p| p.path.at -= hours(24))),
        along(Rule::SignerPast, &[Rule::SignerPath], world.found_by(good, |p| p.path.at += hours(24 * 31))),
        (
            Rule::SignerPastSince,
            world.found_by(good, |p| (p.path.since, p.path.at) = (Some(p.path.at), p.path.at + hours(24 * 31))),
        ),
        (Rule::SignerUsage, other("310904007", "keyEncipherment")),
        (Rule::SignerNumber, other("310900118", "digitalSignature")),
        (Rule::SignerPolicies, world.found_by(good, |p| p.path.policies = CertificatePolicies::Production)),
        (Rule::SignerExtension, other("310904015", "digitalSignature\n1.2.3.4=critical,ASN1:NULL")),
        (Rule::SignerPath, world.found_by(good, |policy| policy.path.anchors.clear())),
        (Rule::SignerStatus, world.found_by(good, |policy| policy.path.crls = vec![list])),
        (Rule::SignerStatusKnown, world.found_by(good, |policy| policy.path.crls.clear())),
        (Rule::SignerSender, world.found_by(good, |policy| policy.sender = Some("310900419".to_owned()))),
    ]
}
