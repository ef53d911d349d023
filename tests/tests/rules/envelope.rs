//! The signed envelope, the names around a message, and receipts.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use konvolutt_shared::api::{Approval, ApprovalStep, Source, Status, StatusEvent};
use konvolutt_shared::dpi::{self, Body, DigitalPost, Head};
use konvolutt_shared::envelope::{
    Delegation, EnvelopeClaims, PackageClaim, PartClaim, TYPE, VerifyEnvelope, compare_carriers, compare_names,
    prepare, verify,
};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::jws::Algorithm;
use konvolutt_shared::receipt::{self, SentMessage};
use konvolutt_shared::sbd::{self, DocumentType, Sbd};
use konvolutt_shared::status;
use konvolutt_shared::svarut::{Correspondent, Shipment};
use serde_json::{Value, json};

use super::document::{RECEIVER, letter, letter_from, now};
use super::world::{SENDER, World};
use crate::Case;

const AUDIENCE: &str = "https://relay.example.test";
const OTHER: &str = "310900214";

fn claims_of(sbd: &Sbd, channel: &str) -> EnvelopeClaims {
    let package = PackageClaim {
        media_type: "application/pkcs7-mime".to_owned(),
        size: 7,
        pieces_sha256: "ab".repeat(32),
        parts: Vec::new(),
    };
    EnvelopeClaims::new(AUDIENCE, now(), 600, sbd, channel, package)
}

fn claims() -> EnvelopeClaims {
    claims_of(&letter(), "DPO")
}

fn expected(world: &World) -> VerifyEnvelope {
    VerifyEnvelope::new(AUDIENCE, now(), world.policy.path.clone())
}

fn signed(world: &World, claims: &EnvelopeClaims) -> String {
    let unsigned = prepare(claims, world.key.chain(), Algorithm::Rs256).unwrap();
    let signature = world.key.sign(Algorithm::Rs256.signature_algorithm(), unsigned.bytes()).unwrap();
    unsigned.finish(&signature).0
}

/// An envelope whose signature is not one of its text.
pub(crate) fn spoilt(world: &World) -> String {
    let (good, other) = (signed(world, &claims()), signed(world, &claims_of(&letter_from(OTHER), "DPO")));
    let (front, _) = good.rsplit_once('.').unwrap();
    format!("{front}.{}", other.rsplit_once('.').unwrap().1)
}

fn found(text: &str, expected: &VerifyEnvelope) -> Vec<Finding> {
    verify(text, expected).map_or_else(|findings| findings, |verified| verified.findings)
}

/// A JWS of any header and payload, signed by the key.
fn raw(world: &World, header: &Value, payload: &str) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(payload));
    let signature = world.key.sign(Algorithm::Rs256.signature_algorithm(), input.as_bytes()).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A letter to a mailbox.
pub(crate) fn mail(sender: &str, token: &str, conversation: &str) -> Sbd {
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
        sender: format!("0192:{sender}").parse().unwrap(),
        on_behalf_of: None,
        receiver: format!("0192:{RECEIVER}").parse().unwrap(),
        message_id: "d5c9f24d-4ce5-4d70-97a3-d0e3294210af".parse().unwrap(),
        conversation_id: conversation.parse().unwrap(),
        process: dpi::process(DocumentType::Digital),
        created: now(),
        expires: now() + jiff::SignedDuration::from_hours(2),
        sender_unit: None,
        invoice_reference: None,
        package_digest: dpi::package_digest(b"sealed"),
        token: token.to_owned(),
    };
    dpi::document(head, &Body::Digital(Box::new(post))).unwrap()
}

pub(crate) const OWN_CONVERSATION: &str = "d5c9f24d-4ce5-4d70-97a3-d0e3294210af";
pub(crate) const OTHER_CONVERSATION: &str = "2c93858d-36c9-4fa2-924a-603a23f80401";

/// A letter by KS SvarUt.
fn shipped() -> EnvelopeClaims {
    let correspondent = |name: &str, organisation: &str| Correspondent {
        name: name.to_owned(),
        organisation: organisation.to_owned(),
        address: None,
    };
    let part = PartClaim {
        name: "brev.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        size: 7,
        sha256: "01".repeat(32),
    };
    let mut claims = claims_of(&letter(), "DPF");
    claims.package = PackageClaim::of_parts("application/x", vec![part]);
    claims.svarut = Some(Shipment {
        title: "Brev".to_owned(),
        recipient: correspondent("Mottaker", RECEIVER),
        answers_to: correspondent("Avsender", SENDER),
        ..Shipment::default()
    });
    claims
}

fn texts(world: &World) -> Vec<Case> {
    let expected = expected(world);
    let x5c = json!([STANDARD.encode(world.key.certificate().der())]);
    let with = |header: Value, payload: &str| found(&raw(world, &header, payload), &expected);
    vec![
        (Rule::EnvelopeText, found("x", &expected)),
        (Rule::EnvelopeSuite, with(json!({ "alg": "HS256", "typ": TYPE, "x5c": x5c }), "{}")),
        (Rule::EnvelopeKind, with(json!({ "alg": "RS256", "typ": "JWT", "x5c": x5c }), "{}")),
        (Rule::EnvelopeChain, with(json!({ "alg": "RS256", "typ": TYPE }), "{}")),
        (Rule::EnvelopeChain, with(json!({ "alg": "RS256", "typ": TYPE, "x5c": ["AAAA"] }), "{}")),
        (Rule::EnvelopeSigned, found(&spoilt(world), &expected)),
        (Rule::EnvelopePayload, with(json!({ "alg": "RS256", "typ": TYPE, "x5c": x5c }), "[]")),
        (Rule::EnvelopePayload, with(json!({ "alg": "RS256", "typ": TYPE, "x5c": x5c }), "{}")),
    ]
}

type Change = fn(&mut EnvelopeClaims);

const CHANGES: &[(Rule, Change)] = &[
    (Rule::EnvelopeSpace, |claims| claims.ns = "urn:konvolutt:annet:1".to_owned()),
    (Rule::EnvelopeRelay, |claims| claims.aud = "https://annen.example.test".to_owned()),
    (Rule::EnvelopeIssued, |claims| (claims.iat, claims.exp) = (claims.iat + 120, claims.exp + 120)),
    (Rule::EnvelopeInTime, |claims| (claims.iat, claims.exp) = (claims.iat - 1000, claims.iat - 100)),
    (Rule::EnvelopeSpan, |claims| claims.exp = claims.iat + 24 * 60 * 60 + 1),
    (Rule::EnvelopeClaim, |claims| claims.package.pieces_sha256 = "AB".repeat(32)),
    (Rule::EnvelopeClaim, |claims| claims.package.size = 0),
    (Rule::EnvelopeWay, |claims| claims.route.process = "urn:annen".to_owned()),
    (Rule::EnvelopeChannel, |claims| claims.route.channel = "DPI".to_owned()),
    (Rule::EnvelopeResource, |claims| claims.route.resource = Some("en-ressurs".to_owned())),
    (Rule::EnvelopeResource, |claims| {
        claims.route.channel = "DPV".to_owned();
        claims.route.resource = Some("en ressurs".to_owned());
    }),
    (Rule::EnvelopeShipment, |claims| claims.route.channel = "DPF".to_owned()),
    (Rule::EnvelopeShipment, |claims| claims.svarut = shipped().svarut),
];

const SHIPMENTS: &[(Rule, Change)] = &[
    (Rule::EnvelopeParts, |claims| claims.package.parts[0].size = 6),
    (Rule::EnvelopeParts, |claims| claims.package.parts[0].sha256.clear()),
    (Rule::EnvelopeShipmentSame, |claims| {
        claims.svarut.as_mut().unwrap().recipient.organisation = OTHER.to_owned();
    }),
    (Rule::EnvelopeShipmentSame, |claims| {
        claims.svarut.as_mut().unwrap().security_level = konvolutt_shared::svarut::Level::High;
    }),
];

fn claimed(world: &World) -> Vec<Case> {
    let expected = expected(world);
    let of = |claims: &EnvelopeClaims| found(&signed(world, claims), &expected);
    for good in [claims(), shipped(), claims_of(&mail(SENDER, dpi::WITHHELD, OWN_CONVERSATION), "DPI")] {
        assert_eq!(of(&good), [], "the base is good");
    }
    type Base = (fn() -> EnvelopeClaims, &'static [(Rule, Change)]);
    let bases: [Base; 2] = [(claims, CHANGES), (shipped, SHIPMENTS)];
    let mut cases = Vec::new();
    for (base, changes) in bases {
        for (rule, change) in changes {
            let mut claims = base();
            change(&mut claims);
            cases.push((*rule, of(&claims)));
        }
    }
    let acting = Delegation { signer: SENDER.to_owned(), sender: OTHER.to_owned() };
    let acting = VerifyEnvelope { delegations: vec![acting], ..expected.clone() };
    let part = letter_from(&format!("{SENDER}:{OTHER}"));
    assert_eq!(found(&signed(world, &claims_of(&part, "DPO")), &acting), [], "the base is good");
    let other = mail(SENDER, dpi::WITHHELD, OTHER_CONVERSATION);
    cases.extend([
        (Rule::EnvelopePart, found(&signed(world, &claims_of(&part, "DPV")), &acting)),
        (Rule::EnvelopeActs, of(&claims_of(&letter_from(OTHER), "DPO"))),
        (Rule::EnvelopeToken, of(&claims_of(&mail(SENDER, "et token", OWN_CONVERSATION), "DPI"))),
        (Rule::EnvelopeConversation, of(&claims_of(&other, "DPI"))),
    ]);
    cases
}

fn receipts() -> Vec<Case> {
    let sent = || SentMessage {
        message_id: letter().message_id().unwrap(),
        conversation_id: letter().conversation_id().unwrap(),
        sender: SENDER.parse().unwrap(),
        recipient: RECEIVER.parse().unwrap(),
    };
    let receipt = receipt::read(&sbd::status(&letter(), Status::Levert, now()).unwrap()).unwrap();
    let found =
        |sent: SentMessage, broker: Option<&str>| receipt.matches(&sent, broker).err().into_iter().collect::<Vec<_>>();
    assert_eq!(found(sent(), Some(RECEIVER)), [], "the base is good");
    let other = || OTHER.parse().unwrap();
    vec![
        (Rule::ReceiptMessage, found(SentMessage { message_id: OTHER_CONVERSATION.parse().unwrap(), ..sent() }, None)),
        (
            Rule::ReceiptConversation,
            found(SentMessage { conversation_id: OWN_CONVERSATION.parse().unwrap(), ..sent() }, None),
        ),
        (Rule::ReceiptAddressee, found(SentMessage { sender: other(), ..sent() }, None)),
        (Rule::ReceiptSender, found(SentMessage { recipient: other(), ..sent() }, None)),
        (Rule::ReceiptSender, found(sent(), Some(OTHER))),
        (Rule::ReceiptEarly, early()),
    ]
}

/// An answer to a letter that waits for approval, and the same to one that may leave.
fn early() -> Vec<Finding> {
    let event = |source, status, approval: Option<ApprovalStep>| StatusEvent {
        cursor: 1,
        at: now(),
        status,
        source,
        description: None,
        receipt: None,
        finding: None,
        handled_by: None,
        approval: approval.map(|step| Approval { step, by: "Gro".to_owned() }),
    };
    let asked = event(Source::Person, Status::Opprettet, Some(ApprovalStep::Asked));
    let approved = event(Source::Person, Status::Annet, Some(ApprovalStep::Approved));
    let answer = || event(Source::Recipient, Status::Levert, None);
    assert_eq!(status::admitted(&[asked.clone(), approved], answer()).finding, None, "the base is good");
    status::admitted(&[asked], answer()).finding.into_iter().collect()
}

pub(crate) fn cases(world: &World) -> Vec<Case> {
    let one = |finding: Option<Finding>| finding.into_iter().collect::<Vec<_>>();
    let package = claims().package;
    let parts = shipped().package;
    assert!(package.matches(7, &"ab".repeat(32)).is_ok() && parts.parts_match(&["01".repeat(32)]).is_ok());
    assert_eq!(compare_names(SENDER, &letter(), Some(SENDER)), None, "the base is good");
    assert_eq!(compare_carriers(SENDER, &letter()), None, "the base is good");
    let mut cases = [texts(world), claimed(world), receipts()].concat();
    cases.extend([
        (Rule::EnvelopeUploaded, one(package.matches(8, &"ab".repeat(32)).err())),
        (Rule::EnvelopeUploaded, one(package.matches(7, &"ac".repeat(32)).err())),
        (Rule::EnvelopeUploadedPart, one(parts.parts_match(&["02".repeat(32)]).err())),
        (Rule::NamesAgree, one(compare_names(OTHER, &letter(), Some(SENDER)))),
        (Rule::NamesAgree, one(compare_names(SENDER, &letter(), Some(OTHER)))),
        (Rule::CarriersAgree, one(compare_carriers(OTHER, &letter()))),
        (Rule::WriteSigner, one(prepare(&claims(), &[], Algorithm::Rs256).err())),
    ]);
    cases
}
