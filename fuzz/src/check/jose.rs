//! JWS: envelopes and the registry's answers.

use std::sync::LazyLock;

use konvolutt_shared::address::{RegistryAnswer, Ways, choose, verify_registry_answer};
use konvolutt_shared::envelope::{self, EnvelopeClaims, VerifyEnvelope};
use konvolutt_shared::jws::{self, Algorithm, Header};
use konvolutt_shared::pki::{Certificate, Policy, PublicKey, Purpose, SignatureAlgorithm, verify_with};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::Value;

use crate::material::{CERTIFICATES, JWS, P256, POLICY, REGISTRY_KEY, certificate, now};

/// Whom the envelopes of the corpus are for.
pub const AUDIENCE: &str = "https://relay.example.test";
/// A process and a document type of the registry answers in the corpus.
pub const PROCESS: &str = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";
/// See [`PROCESS`].
pub const STANDARD: &str = "urn:no:difi:arkivmelding:xsd::arkivmelding";

pub(super) fn was_signed(input: &[u8]) -> bool {
    JWS.iter().any(|own| own.rsplit_once('.').is_some_and(|(signed, _)| signed.as_bytes() == input))
}

/// A compact JWS: one spelling only, and no signature holds but those that were made.
pub fn jws(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(parsed) = jws::parse(text) else { return };
    let again = jws::prepare(&parsed.header, &parsed.payload);
    let written = again.finish(&parsed.signature);
    let read = jws::parse(&written).expect("our own JWS");
    assert_eq!((&read.header, &read.payload, &read.signature), (&parsed.header, &parsed.payload, &parsed.signature));
    assert_eq!(text.split('.').skip(1).collect::<Vec<_>>(), written.split('.').skip(1).collect::<Vec<_>>());
    for certificate in &CERTIFICATES[2..5] {
        assert!(!parsed.verify(certificate) || was_signed(parsed.signing_input), "a forged signature");
    }
    assert!(!parsed.verify_with_jwk(&REGISTRY_KEY) || was_signed(parsed.signing_input), "a forged signature");
}

/// A public key as a JWK: one name for each key, whatever else the JWK says, and no private one.
pub fn jwk(data: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(data) else { return };
    let Ok(key) = PublicKey::from_jwk(&value) else { return };
    let name = key.thumbprint();
    assert_eq!(name.len(), 43, "SHA-256 in base64url");
    let with = |member: &str| {
        let mut other = value.clone();
        other[member] = "AQAB".into();
        PublicKey::from_jwk(&other)
    };
    assert_eq!(with("kid").map(|key| key.thumbprint()).ok().as_ref(), Some(&name), "a name tells nothing of the key");
    assert!(with("d").is_err() && with("k").is_err(), "a private key");
    for algorithm in [SignatureAlgorithm::RsaPkcs1Sha256, SignatureAlgorithm::EcdsaP256Sha256] {
        assert!(!verify_with(&key, algorithm, b"never signed", &[1; 64]), "a forged signature");
    }
}

/// A key that anyone can have, made anew in every process, with a certificate that is trusted because it is an anchor.
static KEY: LazyLock<(SigningKey, Certificate)> = LazyLock::new(|| {
    let key = SigningKey::from_slice(&[0x5A; 32]).expect("a number below the order");
    let own = certificate(P256);
    let point = |public: &[u8]| public[public.len() - 65..].to_vec();
    let old = point(&own.public_key_der());
    let new = key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
    let place = own.der().windows(65).position(|window| window == old).expect("the certificate's own point");
    let mut der = own.der().to_vec();
    der[place..place + 65].copy_from_slice(&new);
    (key, certificate(&der))
});

static EXPECTED: LazyLock<VerifyEnvelope> = LazyLock::new(|| {
    let anchors = vec![POLICY.anchors[0].clone(), KEY.1.clone()];
    VerifyEnvelope::new(AUDIENCE, now(), Policy { anchors, ..POLICY.clone() })
});

/// An envelope. After an odd first byte comes a whole envelope, which must be one that was signed; after an even one a
/// payload, which is signed here, so that every clause is reached.
pub fn envelope(data: &[u8]) {
    let Some((mode, rest)) = data.split_first() else { return };
    if mode % 2 == 1 {
        let Ok(text) = std::str::from_utf8(rest) else { return };
        let Ok(verified) = envelope::verify(text, &EXPECTED) else { return };
        assert!(text.rsplit_once('.').is_some_and(|(input, _)| was_signed(input.as_bytes())), "a forged envelope");
        assert_eq!(verified.claims.aud, AUDIENCE);
        return;
    }
    let (key, leaf) = &*KEY;
    let header = Header {
        algorithm: Algorithm::Es256,
        kind: Some(envelope::TYPE.to_owned()),
        key_id: None,
        chain: vec![leaf.der().to_vec()],
    };
    let unsigned = jws::prepare(&header, rest);
    let signature: Signature = key.sign(unsigned.bytes());
    let text = unsigned.finish(&signature.to_bytes());
    let Ok(verified) = envelope::verify(&text, &EXPECTED) else { return };
    let claims: EnvelopeClaims = serde_json::from_slice(rest).expect("claims that were accepted");
    assert_eq!(verified.claims, claims, "other claims than were signed");
    assert!(claims.sbd.ends_with(verified.sbd.text()), "another document than was signed");
    assert!(claims.exp >= claims.iat && claims.aud == AUDIENCE && claims.ns == envelope::NAMESPACE);
    assert_eq!((claims.route.process.as_str(), leaf), (verified.sbd.process(), &verified.signer));
    let altered = jws::prepare(&header, &[rest, b" "].concat()).finish(&signature.to_bytes());
    assert!(envelope::verify(&altered, &EXPECTED).is_err(), "the signature holds over another payload");
}

/// A registry answer. After an odd first byte comes a whole answer, which must be one that was signed; after an even
/// one its payload, from which a recipient is chosen.
pub fn address(data: &[u8]) {
    let Some((mode, rest)) = data.split_first() else { return };
    if mode % 2 == 1 {
        let Ok(text) = std::str::from_utf8(rest) else { return };
        if let Ok(answer) = verify_registry_answer(text, std::slice::from_ref(&REGISTRY_KEY)) {
            assert!(text.rsplit_once('.').is_some_and(|(input, _)| was_signed(input.as_bytes())), "a forged answer");
            chosen(&answer);
        }
    } else if let Ok(answer) = serde_json::from_slice::<RegistryAnswer>(rest) {
        let written = serde_json::to_vec(&answer).expect("an answer that was read");
        assert_eq!(serde_json::from_slice::<RegistryAnswer>(&written).ok(), Some(answer.clone()), "read otherwise");
        chosen(&answer);
    }
}

fn chosen(answer: &RegistryAnswer) {
    let policy = Policy { purpose: Purpose::Encrypt, ..POLICY.clone() };
    let Ok(addressed) = choose(answer, PROCESS, STANDARD, &policy, Ways::default()) else { return };
    assert!(CERTIFICATES.contains(&addressed.certificate), "a certificate that nobody issued");
    assert!(addressed.capability.document_types.iter().any(|known| known == STANDARD));
    assert!(addressed.capability.max_bytes <= addressed.channel.max_bytes(), "more than the channel takes");
    let organisation = addressed.certificate.organisation().unwrap_or_default();
    let named = answer.records.iter().filter_map(|record| record.organisation_number.as_deref());
    let mut named = named.chain(answer.info.as_ref().map(|info| info.identifier.as_str()));
    assert!(named.any(|text| text.ends_with(&organisation)), "sealed to somebody who was not asked for");
}
