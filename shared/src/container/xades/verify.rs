//! Verifying `META-INF/signatures*.xml`.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::{DSIG, Reference, SIGNED_PROPERTIES_TYPE, Verified, XADES};
use crate::container::asic_manifest::is_asic_namespace;
use crate::container::c14n::{Method, canonicalize, inherits_base};
use crate::container::digest::DigestAlgorithm;
use crate::container::dom::{Document, Id};
use crate::finding::{Finding, Place, Rule};
use crate::limits::Limits;
use crate::pki::{self, Certificate, SignatureAlgorithm};

/// Verifies a signature document: every signature in it, of which there is at least one (ETSI EN 319 162-1,
/// A.5) and at most [`Limits::signatures`]. `path` is its name in the container, for the places of findings.
///
/// # Errors
/// The first thing that is wrong with it: [`Rule::ManifestXml`] when it is malformed, [`Rule::SignatureCount`],
/// [`Rule::FileDigestAlgorithm`] for a file's SHA-1, else one of the rules `X01` ([`Rule::XmlIds`]) to `X17`.
pub fn verify(xml: &[u8], path: &str, limits: &Limits) -> Result<Vec<Verified>, Vec<Finding>> {
    let document = Document::parse(xml, path).map_err(|finding| vec![finding])?;
    let verifier = Verifier { document: &document, path, limits };
    verifier.run().map_err(|finding| vec![finding])
}

struct Verifier<'a> {
    document: &'a Document,
    path: &'a str,
    limits: &'a Limits,
}

/// One `Reference` of `SignedInfo`.
struct RawReference {
    element: Id,
    id: Option<String>,
    uri: String,
    is_properties: bool,
    transforms: Vec<Id>,
    digest: DigestAlgorithm,
    value: Vec<u8>,
}

impl Verifier<'_> {
    fn run(&self) -> Result<Vec<Verified>, Finding> {
        self.distinct_ids()?;
        let signatures = self.signatures()?;
        if let Some(&surplus) = signatures.get(self.limits.signatures) {
            let evidence = format!("{} of them", signatures.len());
            return Err(self.broken(Rule::SignatureCount, surplus).seen(evidence));
        }
        signatures.into_iter().map(|signature| self.one(signature)).collect()
    }

    fn one(&self, signature: Id) -> Result<Verified, Finding> {
        let signed_info = self.child(signature, DSIG, "SignedInfo")?;
        let method = self.canonicalization(self.child(signed_info, DSIG, "CanonicalizationMethod")?)?;
        let algorithm = self.signature_algorithm(signed_info)?;
        let chain = self.certificates(signature)?;
        let properties = self.properties(signature)?;
        let chain = self.signer_first(chain, properties)?;
        let references = self.references(signed_info)?;
        self.check_properties(&references, properties)?;
        self.check_value(signature, signed_info, &method, algorithm, &chain)?;
        Ok(Verified {
            references: self.files(references, properties)?,
            signing_time: self.signing_time(properties),
            findings: weakness(algorithm, self.path),
            chain,
            algorithm,
        })
    }

    fn broken(&self, rule: Rule, at: Id) -> Finding {
        let offset = Some(self.document.get(at).offset);
        rule.broken().at(Place { path: format!("asic:/{}", self.path), offset, length: None })
    }

    /// Two elements with one Id are how signatures get wrapped around other content.
    fn distinct_ids(&self) -> Result<(), Finding> {
        let mut known = BTreeSet::new();
        for id in self.document.ids() {
            for attribute in &self.document.get(id).attributes {
                if attribute.name.eq_ignore_ascii_case("id") && !known.insert(attribute.value.as_str()) {
                    return Err(self.broken(Rule::XmlIds, id));
                }
            }
        }
        Ok(())
    }

    fn signatures(&self) -> Result<Vec<Id>, Finding> {
        let root = self.document.root();
        let element = self.document.get(root);
        if element.local() != "XAdESSignatures" || !is_asic_namespace(&element.namespace) {
            return Err(self.broken(Rule::XmlRoot, root));
        }
        let signatures: Vec<Id> = self.document.children(root, DSIG, "Signature").collect();
        if signatures.is_empty() { Err(self.broken(Rule::XmlSignature, root)) } else { Ok(signatures) }
    }

    fn child(&self, of: Id, namespace: &str, name: &str) -> Result<Id, Finding> {
        self.document
            .only(of, namespace, name)
            .ok_or_else(|| self.broken(Rule::XmlStructure, of).seen(format!("not exactly one {name}")))
    }

    fn algorithm(&self, element: Id) -> &str {
        self.document.get(element).attribute("Algorithm").unwrap_or_default()
    }

    fn canonicalization(&self, element: Id) -> Result<Method, Finding> {
        let method =
            Method::from_uri(self.algorithm(element)).ok_or_else(|| self.broken(Rule::XmlCanonicalization, element))?;
        let Method::Exclusive(_) = method else { return Ok(method) };
        let namespace = "http://www.w3.org/2001/10/xml-exc-c14n#";
        let list = self.document.only(element, namespace, "InclusiveNamespaces");
        let prefixes = list.and_then(|list| self.document.get(list).attribute("PrefixList")).unwrap_or_default();
        let mut named = BTreeSet::new();
        for prefix in prefixes.split_whitespace() {
            named.insert(if prefix == "#default" { String::new() } else { prefix.to_owned() });
            if named.len() > self.limits.prefixes {
                let evidence = format!("a PrefixList of more than {} prefixes", self.limits.prefixes);
                return Err(self.broken(Rule::XmlCanonicalization, element).seen(evidence));
            }
        }
        Ok(Method::Exclusive(named))
    }

    fn canonical(&self, apex: Id, method: &Method) -> Result<Vec<u8>, Finding> {
        if inherits_base(self.document, apex, method) {
            let evidence = "canonical XML 1.1 with an xml:base above";
            return Err(self.broken(Rule::XmlCanonicalization, apex).seen(evidence));
        }
        Ok(canonicalize(self.document, apex, method))
    }

    fn signature_algorithm(&self, signed_info: Id) -> Result<SignatureAlgorithm, Finding> {
        let method = self.child(signed_info, DSIG, "SignatureMethod")?;
        match self.algorithm(method) {
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256" => Ok(SignatureAlgorithm::RsaPkcs1Sha256),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384" => Ok(SignatureAlgorithm::RsaPkcs1Sha384),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" => Ok(SignatureAlgorithm::RsaPkcs1Sha512),
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1" => Ok(SignatureAlgorithm::RsaPkcs1Sha1),
            _ => Err(self.broken(Rule::XmlAlgorithm, method)),
        }
    }

    fn base64(&self, element: Id) -> Result<Vec<u8>, Finding> {
        let text: String = self.document.text(element).split_whitespace().collect();
        STANDARD.decode(text).map_err(|_| self.broken(Rule::XmlBase64, element))
    }

    fn certificates(&self, signature: Id) -> Result<Vec<Certificate>, Finding> {
        let key_info = self.child(signature, DSIG, "KeyInfo")?;
        let mut chain = Vec::new();
        for data in self.document.children(key_info, DSIG, "X509Data") {
            for element in self.document.children(data, DSIG, "X509Certificate") {
                if chain.len() == self.limits.certificates {
                    return Err(self.broken(Rule::XmlCertificates, element));
                }
                let unreadable = |_| self.broken(Rule::XmlCertificate, element);
                chain.push(Certificate::from_der(&self.base64(element)?).map_err(unreadable)?);
            }
        }
        if chain.is_empty() {
            return Err(self.broken(Rule::XmlCertificate, key_info));
        }
        Ok(chain)
    }

    fn properties(&self, signature: Id) -> Result<Id, Finding> {
        let objects = self.document.children(signature, DSIG, "Object");
        let mut found = objects
            .flat_map(|object| self.document.children(object, XADES, "QualifyingProperties"))
            .collect::<Vec<_>>();
        let (Some(qualifying), true) = (found.pop(), found.is_empty()) else {
            return Err(self.broken(Rule::XmlProperties, signature));
        };
        let target = self.document.get(qualifying).attribute("Target").and_then(|target| target.strip_prefix('#'));
        if target.is_none() || target != self.document.get(signature).attribute("Id") {
            return Err(self.broken(Rule::XmlProperties, qualifying));
        }
        self.child(qualifying, XADES, "SignedProperties")
    }

    fn signature_properties(&self, properties: Id) -> Option<Id> {
        self.document.only(properties, XADES, "SignedSignatureProperties")
    }

    /// The chain with the certificate first that `SigningCertificate` names.
    fn signer_first(&self, mut chain: Vec<Certificate>, properties: Id) -> Result<Vec<Certificate>, Finding> {
        let signing = self.signature_properties(properties).and_then(|of| {
            let first = self.document.only(of, XADES, "SigningCertificate");
            first.or_else(|| self.document.only(of, XADES, "SigningCertificateV2"))
        });
        let Some(signing) = signing else { return Err(self.broken(Rule::XmlSigner, properties)) };
        let cert = self.document.children(signing, XADES, "Cert").next();
        let cert = cert.ok_or_else(|| self.broken(Rule::XmlSigner, signing))?;
        let (digest, value) = self.digest_in(self.child(cert, XADES, "CertDigest")?)?;
        let position = chain.iter().position(|certificate| digest.digest(certificate.der()) == value);
        let Some(position) = position else {
            return Err(self.broken(Rule::XmlSigner, cert));
        };
        chain[..=position].rotate_right(1);
        Ok(chain)
    }

    fn digest_in(&self, parent: Id) -> Result<(DigestAlgorithm, Vec<u8>), Finding> {
        let method = self.child(parent, DSIG, "DigestMethod")?;
        let digest =
            DigestAlgorithm::from_uri(self.algorithm(method)).ok_or_else(|| self.broken(Rule::XmlDigest, method))?;
        Ok((digest, self.base64(self.child(parent, DSIG, "DigestValue")?)?))
    }

    fn references(&self, signed_info: Id) -> Result<Vec<RawReference>, Finding> {
        self.document.children(signed_info, DSIG, "Reference").map(|element| self.reference(element)).collect()
    }

    fn reference(&self, element: Id) -> Result<RawReference, Finding> {
        let node = self.document.get(element);
        let uri = node.attribute("URI").ok_or_else(|| self.broken(Rule::XmlReference, element))?;
        let transforms = match self.document.only(element, DSIG, "Transforms") {
            Some(list) => self.document.children(list, DSIG, "Transform").collect(),
            None => Vec::new(),
        };
        let (digest, value) = self.digest_in(element)?;
        Ok(RawReference {
            element,
            id: node.attribute("Id").map(str::to_owned),
            uri: uri.to_owned(),
            is_properties: node.attribute("Type") == Some(SIGNED_PROPERTIES_TYPE),
            transforms,
            digest,
            value,
        })
    }

    /// Exactly one reference covers the signed properties of this very signature, and its digest holds.
    fn check_properties(&self, references: &[RawReference], properties: Id) -> Result<(), Finding> {
        let inside: Vec<&RawReference> =
            references.iter().filter(|r| r.uri.is_empty() || r.uri.starts_with('#')).collect();
        let [reference] = inside.as_slice() else {
            return Err(self.broken(Rule::XmlPropertiesCovered, properties));
        };
        let id = self.document.get(properties).attribute("Id");
        if !reference.is_properties || id.is_none() || reference.uri.strip_prefix('#') != id {
            return Err(self.broken(Rule::XmlPropertiesCovered, reference.element));
        }
        let method = match reference.transforms.as_slice() {
            // W3C XML Signature 1.1, 4.4.3.2: without transforms, canonical XML 1.0.
            [] => Method::Inclusive10,
            [transform] => self.canonicalization(*transform)?,
            _ => return Err(self.broken(Rule::XmlTransforms, reference.element)),
        };
        let canonical = self.canonical(properties, &method)?;
        if reference.digest.digest(&canonical) == reference.value {
            Ok(())
        } else {
            Err(self.broken(Rule::XmlPropertiesDigest, reference.element))
        }
    }

    fn check_value(
        &self,
        signature: Id,
        signed_info: Id,
        method: &Method,
        algorithm: SignatureAlgorithm,
        chain: &[Certificate],
    ) -> Result<(), Finding> {
        let element = self.child(signature, DSIG, "SignatureValue")?;
        let value = self.base64(element)?;
        let canonical = self.canonical(signed_info, method)?;
        let holds = chain.first().is_some_and(|leaf| pki::verify(leaf, algorithm, &canonical, &value));
        if holds { Ok(()) } else { Err(self.broken(Rule::XmlValue, element)) }
    }

    fn files(&self, references: Vec<RawReference>, properties: Id) -> Result<Vec<Reference>, Finding> {
        let formats = self.formats(properties);
        let mut files = Vec::new();
        for reference in references.into_iter().filter(|reference| !reference.is_properties) {
            if !reference.transforms.is_empty() {
                return Err(self.broken(Rule::XmlTransforms, reference.element));
            }
            // As in ASiCManifest.xml: a weak digest of a file would undo the signature.
            if reference.digest == DigestAlgorithm::Sha1 {
                return Err(self.broken(Rule::FileDigestAlgorithm, reference.element));
            }
            files.push(Reference {
                media_type: reference.id.and_then(|id| formats.get(&id).cloned()),
                uri: reference.uri,
                digest: reference.digest,
                value: reference.value,
                offset: self.document.get(reference.element).offset,
            });
        }
        Ok(files)
    }

    /// Media types by the Id of their reference.
    fn formats(&self, properties: Id) -> BTreeMap<String, String> {
        let Some(objects) = self.document.only(properties, XADES, "SignedDataObjectProperties") else {
            return BTreeMap::new();
        };
        let formats = self.document.children(objects, XADES, "DataObjectFormat");
        formats
            .filter_map(|format| {
                let reference = self.document.get(format).attribute("ObjectReference")?.strip_prefix('#')?;
                let media_type = self.document.text(self.document.only(format, XADES, "MimeType")?);
                Some((reference.to_owned(), media_type))
            })
            .collect()
    }

    fn signing_time(&self, properties: Id) -> Option<Timestamp> {
        let time = self.document.only(self.signature_properties(properties)?, XADES, "SigningTime")?;
        self.document.text(time).trim().parse().ok()
    }
}

fn weakness(algorithm: SignatureAlgorithm, path: &str) -> Vec<Finding> {
    let weak = algorithm == SignatureAlgorithm::RsaPkcs1Sha1;
    let finding = || Rule::SignatureStrength.noted().at(Place::path(format!("asic:/{path}")));
    weak.then(finding).into_iter().collect()
}
