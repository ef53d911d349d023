//! Building certificates and revocation lists (RFC 5280).

use std::time::SystemTime;

use der::asn1::{ObjectIdentifier, OctetString};
use der::{Decode, Encode};
use jiff::{SignedDuration, Timestamp};
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::Signature;
use spki::SubjectPublicKeyInfo;
use spki::SubjectPublicKeyInfoRef;
use x509_cert::Certificate;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder, CertificateBuilder, CrlBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::crl::{CertificateList, RevokedCert};
use x509_cert::ext::pkix::certpolicy::PolicyInformation;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies, CrlNumber, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::{Time, Validity};

use super::identity::{Identity, rng};
use crate::error::Error;

/// The policy that Digdir's own test authority gives enterprise certificates.
const ENTERPRISE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.578.1.1.1.1.100");

/// What the certificates are for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind<'a> {
    Root,
    Issuing,
    Organisation { number: &'a str, name: &'a str },
}

/// One certificate to make.
#[derive(Debug)]
pub(super) struct Order<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) serial: SerialNumber,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
}

/// Makes a key and a certificate for it; self-signed without an issuer.
pub(super) fn issue(order: &Order<'_>, issuer: Option<&Identity>) -> Result<Identity, Error> {
    let key = RsaPrivateKey::new(&mut rng(), 2048).map_err(Error::authority)?;
    let subject = subject(order.kind)?;
    let issuer_name = match issuer {
        Some(issuer) => own(issuer)?.tbs_certificate().subject().clone(),
        None => subject.clone(),
    };
    let profile = Seid { kind: order.kind, subject, issuer: issuer_name };
    let public = SubjectPublicKeyInfo::from_key(&key.to_public_key()).map_err(Error::authority)?;
    let validity = Validity::new(time(order.not_before)?, time(order.not_after)?);
    let builder = CertificateBuilder::new(profile, order.serial.clone(), validity, public).map_err(Error::authority)?;
    let unfinished = Identity::new(key.clone(), Vec::new());
    let signer = issuer.unwrap_or(&unfinished).signer();
    let certificate = builder.build::<_, Signature>(signer).map_err(Error::authority)?;
    let mut chain = vec![certificate.to_der().map_err(Error::authority)?];
    chain.extend(issuer.into_iter().flat_map(|issuer| issuer.chain().iter().cloned()));
    Ok(Identity::new(key, chain))
}

/// A revocation list, good for a week. Its number is the time, so it grows.
pub(super) fn crl(issuer: &Identity, revoked: &[SerialNumber], now: Timestamp) -> Result<Vec<u8>, Error> {
    let number = CrlNumber::try_from(u64::try_from(now.as_second()).unwrap_or_default()).map_err(Error::authority)?;
    let mut builder =
        CrlBuilder::new_with_this_update(&own(issuer)?, number, time(now - SignedDuration::from_mins(5))?)
            .map_err(Error::authority)?
            .with_next_update(Some(time(now + SignedDuration::from_hours(7 * 24))?));
    if !revoked.is_empty() {
        let revocation_date = time(now - SignedDuration::from_hours(1))?;
        builder = builder.with_certificates(revoked.iter().map(|serial| RevokedCert {
            serial_number: serial.clone(),
            revocation_date,
            crl_entry_extensions: None,
        }));
    }
    let list: CertificateList = builder.build::<_, Signature>(issuer.signer()).map_err(Error::authority)?;
    list.to_der().map_err(Error::authority)
}

fn own(identity: &Identity) -> Result<Certificate, Error> {
    let der = identity.chain().first().ok_or_else(|| Error::authority("an issuer without certificate"))?;
    Certificate::from_der(der).map_err(Error::authority)
}

fn subject(kind: Kind<'_>) -> Result<Name, Error> {
    let text = match kind {
        Kind::Root => "CN=Konvolutt Sandkasse Root CA TEST,O=Konvolutt Sandkasse,C=NO".to_owned(),
        Kind::Issuing => "CN=Konvolutt Sandkasse CA G1 Business TEST,O=Konvolutt Sandkasse,C=NO".to_owned(),
        Kind::Organisation { number, name } => {
            format!("CN={name} Sandkasse TEST,2.5.4.97=NTRNO-{number},O={name} Sandkasse TEST,C=NO")
        }
    };
    text.parse().map_err(Error::authority)
}

fn time(at: Timestamp) -> Result<Time, Error> {
    let whole = Timestamp::from_second(at.as_second()).map_err(Error::authority)?;
    Time::try_from(SystemTime::from(whole)).map_err(Error::authority)
}

/// The extensions of Norwegian enterprise certificates. One certificate both signs and receives, as the
/// organisations that eFormidling serves use theirs.
struct Seid<'a> {
    kind: Kind<'a>,
    subject: Name,
    issuer: Name,
}

impl BuilderProfile for Seid<'_> {
    fn get_issuer(&self, _subject: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        own: SubjectPublicKeyInfoRef<'_>,
        issuer: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        let name = tbs.subject();
        let issuer_id: OctetString = SubjectKeyIdentifier::try_from(issuer)?.0;
        let authority = AuthorityKeyIdentifier { key_identifier: Some(issuer_id), ..AuthorityKeyIdentifier::default() };
        let (ca, path_len_constraint, usage) = match self.kind {
            Kind::Root => (true, None, KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign)),
            Kind::Issuing => (true, Some(0), KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign)),
            Kind::Organisation { .. } => {
                let sign = KeyUsages::DigitalSignature | KeyUsages::NonRepudiation;
                (false, None, KeyUsage(sign | KeyUsages::KeyEncipherment | KeyUsages::DataEncipherment))
            }
        };
        let own_id = SubjectKeyIdentifier::try_from(own)?;
        let mut extensions = vec![own_id.to_extension(name, &[])?];
        extensions.push(authority.to_extension(name, &extensions)?);
        extensions.push(BasicConstraints { ca, path_len_constraint }.to_extension(name, &extensions)?);
        extensions.push(usage.to_extension(name, &extensions)?);
        if let Kind::Organisation { .. } = self.kind {
            let enterprise = PolicyInformation { policy_identifier: ENTERPRISE, policy_qualifiers: None };
            extensions.push(CertificatePolicies(vec![enterprise]).to_extension(name, &extensions)?);
        }
        Ok(extensions)
    }
}
