//! Mail to people, and who can be reached.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use konvolutt_shared::address::{RegistryAnswer, Ways, choose, verify_registry_answer};
use konvolutt_shared::container::manifest::{SdpDocument, SdpManifest};
use konvolutt_shared::dpi::{self, Expected, WITHHELD, binds, prepare, verify};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::jws::{self, Algorithm, Header};
use konvolutt_shared::letter::extension_kind;
use konvolutt_shared::pki::{Certificate, Policy, Purpose};
use konvolutt_shared::sbd::Sbd;
use konvolutt_shared::seal;
use rand_core::UnwrapErr;
use serde_json::{Value, json};

use super::document::{PROCESS, letter};
use super::envelope::{OTHER_CONVERSATION, OWN_CONVERSATION, mail};
use super::world::{SENDER, World, along};
use crate::Case;

const OTHER: &str = "310900214";
const STANDARD: &str = "urn:no:difi:arkivmelding:xsd::arkivmelding";

fn signed(world: &World, sbd: &Sbd) -> String {
    let unsigned = prepare(sbd, world.key.certificate()).unwrap();
    let signature = world.key.sign(Algorithm::Rs256.signature_algorithm(), unsigned.bytes()).unwrap();
    unsigned.finish(&signature)
}

/// The same for a document of another form.
fn signed_text(world: &World, text: &str) -> String {
    let chain = vec![world.key.certificate().der().to_vec()];
    let header = Header { algorithm: Algorithm::Rs256, kind: None, key_id: None, chain };
    let unsigned = jws::prepare(&header, text.as_bytes());
    let signature = world.key.sign(Algorithm::Rs256.signature_algorithm(), unsigned.bytes()).unwrap();
    unsigned.finish(&signature)
}

fn messages(world: &World) -> Vec<Case> {
    let expected = || Expected { policy: world.policy.path.clone(), package: None, token: None };
    let found = |text: &str, expected: &Expected<'_>| {
        verify(text, expected).map_or_else(|findings| findings, |verified| verified.remarks)
    };
    let ours = mail(SENDER, "et token", OWN_CONVERSATION);
    // The deadline of the letter is judged at the time of the path.
    let at = |text: &str, mut expected: Expected<'_>| {
        expected.policy.at = world.policy.path.at;
        found(text, &expected)
    };
    let good = signed(world, &ours);
    assert_eq!(at(&good, expected()), [], "the base is good");
    let other = signed(world, &mail(SENDER, "et annet", OWN_CONVERSATION));
    let spoilt = format!("{}.{}", good.rsplit_once('.').unwrap().0, other.rsplit_once('.').unwrap().1);
    let package = Some(dpi::package_digest(b"another"));
    vec![
        (Rule::MailForm, prepare(&letter(), world.key.certificate()).err().into_iter().collect()),
        (Rule::MailForm, at(&signed_text(world, letter().text()), expected())),
        (Rule::MailKey, prepare(&ours, &elliptic(world)).err().into_iter().collect()),
        (Rule::MailText, at("x", expected())),
        (Rule::MailSignature, at(&spoilt, expected())),
        (Rule::MailSigner, at(&signed(world, &mail(OTHER, "et token", OWN_CONVERSATION)), expected())),
        (Rule::MailPackage, at(&good, Expected { package, ..expected() })),
        (Rule::MailToken, at(&good, Expected { token: Some("et annet"), ..expected() })),
    ]
}

/// A certificate with an elliptic key, which nobody can seal to.
pub(crate) fn elliptic(world: &World) -> Certificate {
    world.openssl(&[
        &["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"][..],
        &["-subj", "/C=NO/O=Prove/CN=Prove", "-keyout", "ec.key", "-out", "ec.pem"],
    ]);
    Certificate::from_pem(&std::fs::read_to_string(world.authority.path("ec.pem")).unwrap()).unwrap()
}

fn kept() -> Vec<Case> {
    let (ours, sent) = (mail(SENDER, WITHHELD, OWN_CONVERSATION), mail(SENDER, "et token", OWN_CONVERSATION));
    let of = |kept: &Sbd, message: &Sbd| binds(kept, message).err().into_iter().collect::<Vec<_>>();
    assert_eq!(of(&ours, &sent), [], "the base is good");
    vec![
        (Rule::MailKept, of(&sent, &sent)),
        (Rule::MailTokenPresent, of(&ours, &ours)),
        (Rule::MailSame, of(&ours, &mail(SENDER, "et token", OTHER_CONVERSATION))),
    ]
}

fn files() -> Vec<Case> {
    let manifest = |unit: &str| SdpManifest {
        sender: format!("0192:{SENDER}"),
        sender_unit: Some(unit.to_owned()),
        main: SdpDocument::new("brev.pdf", "application/pdf"),
        ..SdpManifest::default()
    };
    assert_eq!(manifest("avdeling 7").problems(), [], "the base is good");
    let kind = |media_type: &str, text: &str| extension_kind(media_type, text.as_bytes()).err().into_iter().collect();
    vec![
        (Rule::MailManifest, manifest(&"x".repeat(101)).problems()),
        (Rule::ExtensionKnown, kind("application/xml", "<a/>")),
        (Rule::ExtensionForm, kind("application/vnd.difi.dpi.lenke+xml", "<a/>")),
    ]
}

fn record(channel: &str, certificate: &str) -> Value {
    json!({
        "organisationNumber": SENDER, "pemCertificate": certificate, "process": PROCESS,
        "documentTypes": [STANDARD], "service": { "identifier": channel },
    })
}

fn ways(world: &World) -> Vec<Case> {
    let policy = Policy { purpose: Purpose::Encrypt, ..world.policy.path.clone() };
    let of = |record: Value, process: &str, standard: &str, policy: &Policy| {
        let answer: RegistryAnswer = serde_json::from_value(json!({ "serviceRecords": [record] })).unwrap();
        choose(&answer, process, standard, policy, Ways::default())
            .map_or_else(|findings| findings, |addressed| addressed.findings)
    };
    let pem = std::fs::read_to_string(&world.identity.certificate).unwrap();
    let usual = |record: Value| of(record, PROCESS, STANDARD, &policy);
    assert_eq!(usual(record("DPO", &pem)), [], "the base is good");
    let mut other = record("DPO", &pem);
    other["organisationNumber"] = json!(OTHER);
    let nowhere = Policy { anchors: Vec::new(), ..policy.clone() };
    let recipient = seal::seal(&elliptic(world), b"hei", &mut UnwrapErr(getrandom::SysRng));
    vec![
        (Rule::RecipientProcess, of(record("DPO", &pem), "urn:annen", STANDARD, &policy)),
        (Rule::RecipientType, of(record("DPO", &pem), PROCESS, "urn:annen", &policy)),
        (Rule::ChannelOn, usual(record("DPF", &pem))),
        (Rule::ChannelSpoken, usual(record("DPE", &pem))),
        (Rule::RecipientSeal, usual(record("DPO", "x"))),
        (Rule::RecipientOwner, usual(other)),
        along(Rule::RecipientHolds, &[Rule::SignerPath], of(record("DPO", &pem), PROCESS, STANDARD, &nowhere)),
        (Rule::RecipientKey, recipient.err().into_iter().collect()),
    ]
}

fn registry(world: &World) -> Vec<Finding> {
    let header = Header { algorithm: Algorithm::Rs256, kind: None, key_id: Some("k1".to_owned()), chain: Vec::new() };
    let unsigned = jws::prepare(&header, b"{\"serviceRecords\":[]}");
    let signature = world.key.sign(Algorithm::Rs256.signature_algorithm(), unsigned.bytes()).unwrap();
    let answer = unsigned.finish(&signature);
    let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    use rsa::traits::PublicKeyParts as _;
    let public = world.key.certificate().rsa_public_key().unwrap();
    let jwk = |kid: &str| {
        json!({ "kty": "RSA", "kid": kid, "alg": "RS256", "use": "sig",
            "n": number(&public.n().to_be_bytes_trimmed_vartime()), "e": number(&public.e().to_be_bytes_trimmed_vartime()) })
    };
    assert!(verify_registry_answer(&answer, &[jwk("k1")]).is_ok(), "the base is good");
    verify_registry_answer(&answer, &[jwk("k2")]).err().into_iter().collect()
}

pub(crate) fn cases(world: &World) -> Vec<Case> {
    let mut cases = [messages(world), kept(), files(), ways(world)].concat();
    cases.push((Rule::RegistrySigned, registry(world)));
    cases
}
