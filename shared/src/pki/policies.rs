//! Certificate policies that enterprise certificates carry.

use serde::{Deserialize, Serialize};

use super::certificate::Certificate;

/// Which certificate policies (RFC 5280, 4.2.1.4) a certificate must carry at least one of. The lists are those of
/// the reference, `BusinessCertificateValidator` of Digdir's efm-common, for its modes TEST and PRODUCTION. `.*` stands for any
/// arcs below.
///
/// `2.16.578.1.26` is Buypass' arc and `2.16.578.1.29` that of Commfides, who give their meaning in their certificate
/// policies; `2.16.578.1.1.1.1.100` is carried by the test authority of Digdir.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum CertificatePolicies {
    /// Any policies, or none: they are not judged.
    #[default]
    Any,
    /// Those of enterprise certificates of the issuers' test systems (mode TEST).
    Test,
    /// Those of enterprise certificates (mode PRODUCTION).
    Production,
}

/// Buypass, SEID 2 and SEID 1; SEID 1 of its test system; Commfides, old and of its test system; Commfides G3 of its
/// test system (soft token, signing, encryption); Digdir's own.
const TEST: &[&str] = &[
    "2.16.578.1.26.1.3.5",
    "2.16.578.1.26.1.3.2",
    "2.16.578.1.26.1.0.3.2",
    "2.16.578.1.29.13.1.1.0",
    "2.16.578.1.29.913.1.1.0",
    "2.16.578.1.29.913.200.*",
    "2.16.578.1.29.913.210.*",
    "2.16.578.1.29.913.220.*",
    "2.16.578.1.1.1.1.100",
];

/// Buypass, SEID 2 and SEID 1; Commfides G3, each with versions below; Commfides, old.
const PRODUCTION: &[&str] = &[
    "2.16.578.1.26.1.3.5",
    "2.16.578.1.26.1.3.2",
    "2.16.578.1.29.13.200.*",
    "2.16.578.1.29.13.210.*",
    "2.16.578.1.29.13.220.*",
    "2.16.578.1.29.13.1.1.0",
    "2.16.578.1.29.13.1",
];

impl CertificatePolicies {
    /// The object identifiers in dotted form, an ending `.*` for everything below; empty where nothing is judged.
    pub const fn identifiers(self) -> &'static [&'static str] {
        match self {
            Self::Any => &[],
            Self::Test => TEST,
            Self::Production => PRODUCTION,
        }
    }

    /// Whether the certificate carries one of them; always so for [`Self::Any`].
    pub fn allow(self, certificate: &Certificate) -> bool {
        self == Self::Any || certificate.policy_identifiers().into_iter().any(|carried| self.lists(carried))
    }

    /// Compares octets, never numbers: an arc of 2^32 and more cannot wrap into one that is listed. As every arc ends
    /// with an octet below 128, a prefix of octets is a prefix of arcs.
    fn lists(self, carried: &[u8]) -> bool {
        self.identifiers().iter().any(|entry| match entry.strip_suffix(".*") {
            Some(prefix) => carried.len() > encoded(prefix).len() && carried.starts_with(&encoded(prefix)),
            None => carried == encoded(entry),
        })
    }
}

/// The content octets of an identifier of our own lists (X.690, 8.19).
fn encoded(dotted: &str) -> Vec<u8> {
    const_oid::ObjectIdentifier::new(dotted).map(|oid| oid.as_bytes().to_vec()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_an_object_identifier() {
        for list in [TEST, PRODUCTION] {
            assert!(list.iter().all(|entry| !encoded(entry.trim_end_matches(".*")).is_empty()));
        }
    }

    #[test]
    fn a_star_stands_for_what_is_below_and_nothing_else() {
        use CertificatePolicies::{Production, Test};
        let lists = |policies: CertificatePolicies, dotted: &str| policies.lists(&encoded(dotted));
        assert!(lists(Production, "2.16.578.1.26.1.3.5") && lists(Test, "2.16.578.1.26.1.3.5"));
        assert!(!lists(Production, "2.16.578.1.26.1.3.5.1") && !lists(Production, "2.16.578.1.26.1.3"));
        assert!(lists(Production, "2.16.578.1.29.13.200.1.0") && lists(Production, "2.16.578.1.29.13.200.7"));
        assert!(!lists(Production, "2.16.578.1.29.13.200") && !lists(Production, "2.16.578.1.29.13.2001.1"));
        assert!(lists(Test, "2.16.578.1.1.1.1.100") && !lists(Production, "2.16.578.1.1.1.1.100"));
        assert!(!lists(Production, "2.16.578.1.26.1.0.3.2") && lists(Test, "2.16.578.1.26.1.0.3.2"));
    }

    #[test]
    fn a_huge_arc_does_not_wrap_into_a_listed_one() {
        let mut carried = encoded("2.16.578.1.26.1.3");
        // 2^32 + 5
        carried.extend([0x90, 0x80, 0x80, 0x80, 0x05]);
        assert!(!CertificatePolicies::Production.lists(&carried));
        // 5 with a needless leading octet, which DER forbids.
        let mut padded = encoded("2.16.578.1.26.1.3");
        padded.extend([0x80, 0x05]);
        assert!(!CertificatePolicies::Production.lists(&padded));
    }
}
