//! The three names of an incoming message. That they must agree is ours; the broker's is `sender` of an
//! Altinn Broker file transfer.

use crate::finding::{Finding, Rule};
use crate::identifier::{Iso6523, OrganisationNumber};
use crate::sbd::Sbd;

/// Compares the broker's sender, the SBD's sender and the signer's organisation, nine digits. A message
/// without a package has no signer. `broker_sender` is an organisation number, alone or after the last colon
/// of `0192:…` or of `urn:altinn:organization:identifier-no:…`.
///
/// Returns the mismatch that a person must see ([`Rule::NamesAgree`]), or `None` when the names agree: all
/// the same organisation, or the SBD's sender with the signer, and the part it acts for with the broker.
pub fn compare_names(broker_sender: &str, sbd: &Sbd, signer_org: Option<&str>) -> Option<Finding> {
    let broker = organisation(broker_sender);
    let sender = sbd.sender().and_then(Iso6523::number);
    let signer = signer_org.and_then(|text| OrganisationNumber::parse(text).ok());
    let signer_agrees = match signer_org {
        Some(_) => signer.is_some() && signer == sender,
        None => !sbd.document_type().needs_package(),
    };
    if broker_agrees(broker, sbd) && signer_agrees {
        return None;
    }
    Some(
        Finding::error(Rule::NamesAgree, "broker, SBD and signature do not name the same sender")
            .with("megler", text(broker))
            .with("avsender", text(sender))
            .with("signatar", text(signer)),
    )
}

/// Compares what the relay can see, which cannot look into the package: the broker's sender, as
/// [`compare_names`] takes it, and the SBD's. Returns [`Rule::CarriersAgree`] when they do not agree.
pub fn compare_carriers(broker_sender: &str, sbd: &Sbd) -> Option<Finding> {
    let broker = organisation(broker_sender);
    if broker_agrees(broker, sbd) {
        return None;
    }
    let sender = sbd.sender().and_then(Iso6523::number);
    let finding = Finding::error(Rule::CarriersAgree, "broker and SBD do not name the same sender");
    Some(finding.with("megler", text(broker)).with("avsender", text(sender)))
}

fn organisation(broker_sender: &str) -> Option<OrganisationNumber> {
    OrganisationNumber::parse(broker_sender.rsplit(':').next().unwrap_or_default()).ok()
}

/// On behalf of another: the broker shows that other organisation, the container is signed by the first. The broker lets
/// nobody send as another who has not given leave, so the document's word about it is worth what the broker's is: one that
/// names a part which the broker does not show claims what nobody vouches for.
fn broker_agrees(broker: Option<OrganisationNumber>, sbd: &Sbd) -> bool {
    broker.is_some() && broker == sbd.sender().and_then(Iso6523::principal)
}

fn text(number: Option<OrganisationNumber>) -> String {
    number.map_or_else(|| "-".to_owned(), |number| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Code;
    use crate::sbd::tests::letter;

    /// The letter, sent by another organisation for its sender.
    fn by_a_supplier() -> Sbd {
        let text = letter().text().replace("0192:310900117", "0192:310900214:310900117");
        Sbd::parse(text.as_bytes(), None).unwrap()
    }

    #[test]
    fn a_supplier_signs_and_the_broker_shows_whom_it_acts_for() {
        let sbd = by_a_supplier();
        assert_eq!(compare_carriers("0192:310900117", &sbd), None);
        assert_eq!(compare_names("0192:310900117", &sbd, Some("310900214")), None);
        // The broker vouches for the supplier alone: what it says of another is worth nothing.
        assert!(compare_carriers("0192:310900214", &sbd).is_some());
        for (broker, signer) in [("310900214", "310900214"), ("310900117", "310900117"), ("310900117", "310900419")] {
            assert!(compare_names(broker, &sbd, Some(signer)).is_some(), "{broker} {signer}");
        }
    }

    #[test]
    fn the_relay_compares_two_names() {
        assert_eq!(compare_carriers("0192:310900117", &letter()), None);
        for broker in ["310900214", "", "310900118"] {
            let code = compare_carriers(broker, &letter()).map(|finding| finding.code);
            assert_eq!(code, Some(Code::SenderMismatch), "{broker}");
        }
    }

    #[test]
    fn one_organisation_three_times() {
        let sbd = letter();
        assert_eq!(compare_names("0192:310900117", &sbd, Some("310900117")), None);
        assert_eq!(compare_names("urn:altinn:organization:identifier-no:310900117", &sbd, Some("310900117")), None);
    }

    #[test]
    fn any_other_name_is_a_mismatch() {
        let sbd = letter();
        let cases = [("310900214", Some("310900117")), ("310900117", Some("310900214")), ("", Some("310900117"))];
        for (broker, signer) in cases.into_iter().chain([("310900117", None), ("310900117", Some(""))]) {
            let code = compare_names(broker, &sbd, signer).map(|finding| finding.code);
            assert_eq!(code, Some(Code::SenderMismatch), "{broker} {signer:?}");
        }
    }
}
