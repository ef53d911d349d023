use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::*;
use crate::finding::Code;
use crate::pki::{Policy, Purpose, SoftKey, testing};
use crate::sbd::{self, Sbd};
use crate::svarut::{Correspondent, Level};

const AUDIENCE: &str = "https://relay.example.test";

fn now() -> Timestamp {
    "2026-12-01T00:00:00Z".parse().unwrap()
}

fn policy() -> Option<Policy> {
    Some(Policy {
        at: now(),
        anchors: vec![testing::certificate("root")?],
        intermediates: vec![testing::certificate("issuing")?],
        crls: Vec::new(),
        purpose: Purpose::Sign,
        ..Policy::default()
    })
}

fn expected() -> Option<VerifyEnvelope> {
    Some(VerifyEnvelope::new(AUDIENCE, now(), policy()?))
}

/// A letter from the organisation of the vectors' certificate `a`.
fn letter(sender: &str) -> Sbd {
    sbd::arkivmelding(sbd::ArkivmeldingHead {
        sender: sender.parse().unwrap(),
        receiver: "0192:310452114".parse().unwrap(),
        process: "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0".to_owned(),
        message_id: "d5c9f24d-4ce5-4d70-97a3-d0e3294210af".parse().unwrap(),
        conversation_id: "2c93858d-36c9-4fa2-924a-603a23f80401".parse().unwrap(),
        created: now(),
        expires: "2026-12-02T00:00:00Z".parse().unwrap(),
        sender_ref: None,
        receiver_ref: None,
        main_document: Some("brev.pdf".to_owned()),
        security_level: 3,
        dpv: None,
    })
}

fn claims() -> EnvelopeClaims {
    let package = PackageClaim {
        media_type: "application/pkcs7-mime".to_owned(),
        size: 7,
        pieces_sha256: "ab".repeat(32),
        parts: Vec::new(),
    };
    EnvelopeClaims::new(AUDIENCE, now(), 600, &letter("0192:310452106"), "DPO", package)
}

fn signed(claims: &EnvelopeClaims, key: &SoftKey) -> String {
    let unsigned = prepare(claims, key.chain(), Algorithm::Rs256).unwrap();
    let signature = key.sign(Algorithm::Rs256.signature_algorithm(), unsigned.bytes()).unwrap();
    unsigned.finish(&signature).0
}

/// A JWS of any header and payload, signed by the key.
fn raw(header: &Value, payload: &str, key: &SoftKey) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(payload));
    let signature = key.sign(Algorithm::Rs256.signature_algorithm(), input.as_bytes()).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn header(key: &SoftKey) -> Value {
    let der = base64::engine::general_purpose::STANDARD.encode(key.certificate().der());
    json!({ "alg": "RS256", "typ": TYPE, "x5c": [der] })
}

fn codes(text: &str, expected: &VerifyEnvelope) -> Vec<Code> {
    match verify(text, expected) {
        Ok(_) => Vec::new(),
        Err(findings) => findings.into_iter().filter(Finding::refuses).map(|finding| finding.code).collect(),
    }
}

#[test]
fn a_good_envelope_says_what_was_signed() {
    let (Some(expected), Some(key)) = (expected(), testing::key("a")) else { return };
    let verified = verify(&signed(&claims(), &key), &expected).unwrap();
    assert_eq!(verified.claims, claims());
    assert_eq!(verified.sbd, letter("0192:310452106"));
    assert_eq!(verified.signer.der(), key.certificate().der());
    assert!(verified.claims.package.matches(7, &"ab".repeat(32)).is_ok());
    for (size, digest) in [(8, "ab".repeat(32)), (7, "ac".repeat(32))] {
        assert_eq!(verified.claims.package.matches(size, &digest).unwrap_err().code, Code::EnvelopePackage);
    }
}

#[test]
fn each_clause_of_the_claims_has_its_code() {
    let (Some(expected), Some(key)) = (expected(), testing::key("a")) else { return };
    type Change = fn(&mut EnvelopeClaims);
    let cases: &[(Code, Change)] = &[
        (Code::EnvelopeNamespace, |claims| claims.ns = "urn:konvolutt:annet:1".to_owned()),
        (Code::EnvelopeAudience, |claims| claims.aud = "https://annen.example.test".to_owned()),
        (Code::EnvelopeFuture, |claims| (claims.iat, claims.exp) = (claims.iat + 120, claims.exp + 120)),
        (Code::EnvelopeTime, |claims| (claims.iat, claims.exp) = (claims.iat - 1000, claims.iat - 100)),
        (Code::EnvelopeLifetime, |claims| claims.exp = claims.iat + 24 * 60 * 60 + 1),
        (Code::EnvelopePackage, |claims| claims.package.pieces_sha256 = "AB".repeat(32)),
        (Code::EnvelopePackage, |claims| claims.package.size = 0),
        (Code::EnvelopeRoute, |claims| claims.route.process = "urn:annen".to_owned()),
        (Code::EnvelopeRoute, |claims| claims.route.document_type = "status".to_owned()),
        (Code::EnvelopeRoute, |claims| claims.route.resource = Some("en-ressurs".to_owned())),
        (Code::SbdMalformed, |claims| claims.sbd = "{}x".to_owned()),
        (Code::EnvelopeSender, |claims| claims.sbd = letter("0192:310452122").text().to_owned()),
        (Code::EnvelopeSender, |claims| claims.sbd = letter("0192:310452106:310452122").text().to_owned()),
    ];
    for (index, (code, change)) in cases.iter().enumerate() {
        let mut claims = claims();
        change(&mut claims);
        assert_eq!(codes(&signed(&claims, &key), &expected), [*code], "case {index}");
    }
}

#[test]
fn a_letter_to_altinns_inbox_may_name_its_resource() {
    let (Some(expected), Some(key)) = (expected(), testing::key("a")) else { return };
    let longest = "a".repeat(255);
    for (resource, expect) in [
        ("en-ressurs_1.2", &[][..]),
        ("urn:altinn:resource:en-ressurs", &[]),
        (&longest, &[]),
        (&format!("{longest}a"), &[Code::EnvelopeRoute]),
        ("", &[Code::EnvelopeRoute]),
        ("urn:altinn:resource:", &[Code::EnvelopeRoute]),
        ("en ressurs", &[Code::EnvelopeRoute]),
        ("en&role=Sender", &[Code::EnvelopeRoute]),
    ] {
        let mut claims = EnvelopeClaims::new(AUDIENCE, now(), 600, &letter("0192:310452106"), "DPV", claims().package);
        claims.route.resource = Some(resource.to_owned());
        assert_eq!(codes(&signed(&claims, &key), &expected), expect, "{resource}");
    }
}

#[test]
fn form_type_algorithm_chain_and_signature_come_first() {
    let (Some(expected), Some(key)) = (expected(), testing::key("a")) else { return };
    let payload = serde_json::to_string(&claims()).unwrap();
    let good = header(&key);
    assert_eq!(codes(&raw(&good, &payload, &key), &expected), []);
    let with = |name: &str, value: Value| {
        let mut header = good.clone();
        header[name] = value;
        raw(&header, &payload, &key)
    };
    assert_eq!(codes("a.b", &expected), [Code::EnvelopeMalformed]);
    assert_eq!(codes(&with("crit", json!(["x"])), &expected), [Code::EnvelopeMalformed]);
    assert_eq!(codes(&with("alg", "none".into()), &expected), [Code::EnvelopeAlgorithm]);
    assert_eq!(codes(&with("alg", "HS256".into()), &expected), [Code::EnvelopeAlgorithm]);
    assert_eq!(codes(&with("typ", "JWT".into()), &expected), [Code::EnvelopeType]);
    assert_eq!(codes(&with("x5c", json!([])), &expected), [Code::EnvelopeCertificate]);
    assert_eq!(codes(&with("x5c", json!(["AAAA"])), &expected), [Code::EnvelopeCertificate]);
    // The right signature under another algorithm's name, and a signature by another key.
    assert_eq!(codes(&with("alg", "PS256".into()), &expected), [Code::EnvelopeSignature]);
    let other = testing::key("b").unwrap();
    assert_eq!(codes(&raw(&good, &payload, &other), &expected), [Code::EnvelopeSignature]);
    let changed = raw(&good, &payload, &key).replacen('.', ".e", 1);
    assert!(matches!(codes(&changed, &expected)[..], [Code::EnvelopeSignature | Code::EnvelopeMalformed]));
    for bad in ["[]", "{", &payload.replacen('{', r#"{"extra":1,"#, 1), &payload.replacen('{', r#"{"aud":"x","#, 1)] {
        assert_eq!(codes(&raw(&good, bad, &key), &expected), [Code::EnvelopeMalformed], "{bad}");
    }
}

#[test]
fn the_certificate_must_hold() {
    let (Some(expected), Some(key)) = (expected(), testing::key("a-expired")) else { return };
    assert!(codes(&signed(&claims(), &key), &expected).contains(&Code::SignerExpired));
    let key = testing::key("d-untrusted").unwrap();
    assert!(codes(&signed(&claims(), &key), &expected).contains(&Code::SignerUntrusted));
}

#[test]
fn a_delegation_lets_one_sign_for_another() {
    let (Some(mut expected), Some(key)) = (expected(), testing::key("a")) else { return };
    let mut claims = claims();
    claims.sbd = letter("0192:310452106:310452122").text().to_owned();
    let delegation = Delegation { signer: "310452106".to_owned(), sender: "310452122".to_owned() };
    expected.delegations.push(delegation);
    assert_eq!(codes(&signed(&claims, &key), &expected), []);
    claims.sbd = letter("0192:310452130").text().to_owned();
    assert_eq!(codes(&signed(&claims, &key), &expected), [Code::EnvelopeSender]);
}

#[test]
fn clocks_may_differ_a_little() {
    let (Some(mut expected), Some(key)) = (expected(), testing::key("a")) else { return };
    let text = signed(&claims(), &key);
    for (seconds, good) in [(-60, true), (-61, false), (659, true), (660, false)] {
        expected.now = now().checked_add(SignedDuration::from_secs(seconds)).unwrap();
        assert_eq!(verify(&text, &expected).is_ok(), good, "{seconds}");
    }
}

/// A shipment with two parts, as the browser signs it.
fn shipped() -> EnvelopeClaims {
    let correspondent = |name: &str, organisation: &str| Correspondent {
        name: name.to_owned(),
        organisation: organisation.to_owned(),
        address: None,
    };
    let part = |name: &str, size, digest: &str| PartClaim {
        name: name.to_owned(),
        media_type: "application/pdf".to_owned(),
        size,
        sha256: digest.repeat(32),
    };
    let mut claims = claims();
    claims.route.channel = "DPF".to_owned();
    claims.package.parts = vec![part("brev.pdf", 3, "01"), part("vedlegg.pdf", 4, "02")];
    claims.svarut = Some(Shipment {
        title: "Brev".to_owned(),
        recipient: correspondent("Mottaker", "310452114"),
        answers_to: correspondent("Avsender", "310452106"),
        ..Shipment::default()
    });
    claims
}

#[test]
fn parts_and_shipment_are_signed_and_held_against_the_sbd() {
    let (Some(expected), Some(key)) = (expected(), testing::key("a")) else { return };
    let verified = verify(&signed(&shipped(), &key), &expected).unwrap();
    assert_eq!(verified.claims, shipped());
    let digests = ["01".repeat(32), "02".repeat(32)];
    assert!(verified.claims.package.parts_match(&digests).is_ok());
    for wrong in [&digests[..1], &[digests[1].clone(), digests[0].clone()], &[]] {
        assert_eq!(verified.claims.package.parts_match(wrong).unwrap_err().code, Code::EnvelopePackage);
    }
    type Change = fn(&mut EnvelopeClaims);
    let cases: &[(Code, Change)] = &[
        (Code::ShipmentInvalid, |claims| claims.svarut = None),
        (Code::ShipmentInvalid, |claims| claims.route.channel = "DPO".to_owned()),
        (Code::ShipmentInvalid, |claims| shipment(claims).recipient.organisation = "310452122".to_owned()),
        (Code::ShipmentInvalid, |claims| shipment(claims).answers_to.organisation = "310452122".to_owned()),
        (Code::ShipmentInvalid, |claims| shipment(claims).security_level = Level::High),
        (Code::ShipmentInvalid, |claims| shipment(claims).title.clear()),
        (Code::DocumentMissing, |claims| claims.package.parts.clear()),
        (Code::DocumentNameInvalid, |claims| claims.package.parts[0].name = "a/b".to_owned()),
        (Code::EnvelopePackage, |claims| claims.package.parts[0].size = 4),
        (Code::EnvelopePackage, |claims| {
            shipment(claims).digital_only = true;
            claims.package.parts[0].size = u64::MAX;
        }),
        (Code::EnvelopePackage, |claims| (claims.package.size, claims.package.parts[0].size) = (4, 0)),
        (Code::EnvelopePackage, |claims| claims.package.parts[1].sha256 = "0G".repeat(32)),
        (Code::EnvelopePackage, |claims| claims.package.parts[1].media_type.clear()),
    ];
    for (index, (code, change)) in cases.iter().enumerate() {
        let mut claims = shipped();
        change(&mut claims);
        assert_eq!(codes(&signed(&claims, &key), &expected), [*code], "case {index}");
    }
}

#[test]
fn who_acts_for_another_says_so_to_the_broker_of_dpo_alone() {
    let (Some(expected), Some(key)) = (expected(), testing::key("a")) else { return };
    let delegations = vec![Delegation { signer: "310452106".to_owned(), sender: "310904007".to_owned() }];
    let delegated = VerifyEnvelope { delegations, ..expected.clone() };
    let told = |channel: &str, expected: &VerifyEnvelope| {
        let sbd = letter("0192:310452106:310904007");
        codes(&signed(&EnvelopeClaims::new(AUDIENCE, now(), 600, &sbd, channel, claims().package), &key), expected)
    };
    assert_eq!(told("DPO", &delegated), []);
    assert_eq!(told("DPV", &delegated), [Code::SbdFieldInvalid]);
    assert_eq!(told("DPO", &expected), [Code::EnvelopeSender]);
}

fn shipment(claims: &mut EnvelopeClaims) -> &mut Shipment {
    claims.svarut.as_mut().unwrap()
}

/// A letter to a mailbox, as an envelope keeps it.
fn mail(token: &str, conversation: &str) -> Sbd {
    use crate::dpi::{Body, DigitalPost, Head, document, process};
    let post = DigitalPost {
        mailbox: "prove.person#4F2A".to_owned(),
        security_level: 3,
        effective: None,
        opening_receipt: false,
        title: "Vedtak".to_owned(),
        language: "nb".to_owned(),
        mail_notice: None,
        text_notice: None,
    };
    let head = Head {
        sender: "0192:310452106".parse().unwrap(),
        on_behalf_of: None,
        receiver: "0192:310452114".parse().unwrap(),
        message_id: "d5c9f24d-4ce5-4d70-97a3-d0e3294210af".parse().unwrap(),
        conversation_id: conversation.parse().unwrap(),
        process: process(sbd::DocumentType::Digital),
        created: now(),
        expires: "2026-12-02T00:00:00Z".parse().unwrap(),
        sender_unit: None,
        invoice_reference: None,
        package_digest: [0; 32],
        token: token.to_owned(),
    };
    document(head, &Body::Digital(Box::new(post))).unwrap()
}

#[test]
fn a_letter_to_a_mailbox_is_kept_without_its_token() {
    let (Some(expected), Some(key)) = (expected(), testing::key("a")) else { return };
    let id = "d5c9f24d-4ce5-4d70-97a3-d0e3294210af";
    let told = |sbd: &Sbd, channel: &str| {
        let claims = EnvelopeClaims::new(AUDIENCE, now(), 600, sbd, channel, claims().package);
        codes(&signed(&claims, &key), &expected)
    };
    assert_eq!(told(&mail("withheld", id), "DPI"), []);
    assert_eq!(told(&mail("a token", id), "DPI"), [Code::SbdFieldInvalid]);
    assert_eq!(told(&mail("withheld", "2c93858d-36c9-4fa2-924a-603a23f80401"), "DPI"), [Code::SbdFieldInvalid]);
    assert_eq!(told(&mail("withheld", id), "DPO"), [Code::EnvelopeRoute]);
    assert_eq!(told(&letter("0192:310452106"), "DPI"), [Code::EnvelopeRoute]);
}
