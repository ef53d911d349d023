use super::*;
use crate::api::Status;
use crate::finding::Code;

mod network;
mod table;
mod xml;

const NOW: &str = "2026-12-01T00:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(crate) fn letter() -> Sbd {
    arkivmelding(ArkivmeldingHead {
        sender: "0192:310900117".parse().unwrap(),
        receiver: "0192:310900419".parse().unwrap(),
        process: "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0".to_owned(),
        message_id: "d5c9f24d-4ce5-4d70-97a3-d0e3294210af".parse().unwrap(),
        conversation_id: "2c93858d-36c9-4fa2-924a-603a23f80401".parse().unwrap(),
        created: now(),
        expires: "2026-12-02T00:00:00Z".parse().unwrap(),
        sender_ref: Some("2026/17-3".to_owned()),
        receiver_ref: None,
        main_document: Some("Søknad – vedlegg æøå.pdf".to_owned()),
        security_level: 3,
        dpv: None,
    })
}

/// The letter with one change in its JSON.
fn changed(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut value: Value = serde_json::from_str(letter().text()).unwrap();
    change(&mut value);
    value.to_string().into_bytes()
}

fn codes(text: &[u8]) -> Vec<Code> {
    validate(text, Some(now())).into_iter().filter(Finding::refuses).map(|finding| finding.code).collect()
}

#[test]
fn what_we_write_is_read_back_equal() {
    let sbd = letter();
    let read = Sbd::parse(sbd.text().as_bytes(), Some(now())).unwrap();
    assert_eq!(read, sbd);
    assert_eq!(read.sender_reference(), Some("2026/17-3"));
    assert_eq!(read.routing().unwrap().receiver.to_string(), "0192:310900419");
}

#[test]
fn answers_are_sent_under_the_channel_that_was_named_and_none_without_a_name() {
    for (name, expected) in [("kanal-1", Some("kanal-1")), ("", None)] {
        let scope =
            Scope { kind: ScopeKind::MessageChannel, instance: None, identifier: Some(name.to_owned()), expires: None };
        let answer = status(&letter().with_scope(scope), Status::Levert, now()).unwrap();
        assert_eq!(answer.message_channel(), expected);
    }
}

#[test]
fn answers_swap_the_parties_and_stay_in_the_conversation() {
    let sbd = letter();
    let levert = status(&sbd, Status::Levert, now()).unwrap();
    assert_eq!(levert, Sbd::parse(levert.text().as_bytes(), Some(now())).unwrap());
    assert_eq!(levert.message_id(), sbd.message_id());
    assert_eq!((levert.sender(), levert.receiver()), (sbd.receiver(), sbd.sender()));
    assert_eq!(levert.business()["status"], "LEVERT");
    assert!(status(&sbd, Status::Lest, now()).is_err());

    let id = MessageId::parse("1111aaaa-0000-4000-8000-000000000001").unwrap();
    let lines = [ReceiptMessage { code: "200".to_owned(), text: "Arkivert".to_owned() }];
    let receipt = kvittering(&sbd, "OK", &lines, id, now()).unwrap();
    assert_eq!(receipt, Sbd::parse(receipt.text().as_bytes(), Some(now())).unwrap());
    assert_eq!(receipt.message_id(), Some(id));
    assert_eq!(receipt.conversation_id(), sbd.conversation_id());
    assert_eq!(receipt.business()["relatedToMessageId"], sbd.message_id().unwrap().to_string());
    assert_eq!(receipt.process(), RESPONSE_PROCESS);

    let reply = reply_head(&sbd, id, now(), now()).unwrap();
    assert_eq!(reply.receiver_ref.as_deref(), Some("2026/17-3"));
}

#[test]
fn every_broken_rule_has_its_code() {
    let header = HEADER;
    let scope = |value: &mut Value, index: usize, name: &str, new: Value| {
        value[HEADER]["businessScope"]["scope"][index][name] = new;
    };
    type Change = Box<dyn Fn(&mut Value)>;
    let cases: Vec<(Code, Change)> = vec![
        (Code::SbdFieldMissing, Box::new(move |v| v[header]["headerVersion"] = Value::Null)),
        (Code::SbdFieldInvalid, Box::new(move |v| v[header]["headerVersion"] = "2.0".into())),
        (Code::SbdFieldInvalid, Box::new(move |v| v[header]["sender"] = v[header]["sender"][0].take())),
        (
            Code::OrgnrInvalid,
            Box::new(move |v| v[header]["sender"][0]["identifier"]["value"] = "0192:310900118".into()),
        ),
        (Code::SbdFieldInvalid, Box::new(move |v| v[header]["sender"][0]["identifier"]["authority"] = "x".into())),
        (
            Code::PersonIdInvalid,
            Box::new(move |v| v[header]["receiver"][0]["identifier"]["value"] = "14837121134".into()),
        ),
        (Code::SbdFieldMissing, Box::new(move |v| v[header]["receiver"] = Value::Array(vec![]))),
        (
            Code::SbdTypeMismatch,
            Box::new(move |v| v[header]["documentIdentification"]["standard"] = "a:arkivmelding".into()),
        ),
        (Code::SbdTypeUnknown, Box::new(move |v| v[header]["documentIdentification"]["type"] = "feil".into())),
        (
            Code::SbdFieldInvalid,
            Box::new(move |v| v[header]["documentIdentification"]["creationDateAndTime"] = "i går".into()),
        ),
        (
            Code::SbdFieldInvalid,
            Box::new(move |v| {
                v[header]["documentIdentification"]["creationDateAndTime"] = "2027-01-01T00:00:00Z".into();
            }),
        ),
        (Code::SbdFieldInvalid, Box::new(move |v| scope(v, 0, "instanceIdentifier", "1-1-1-1".into()))),
        (Code::SbdScopeUnknown, Box::new(move |v| scope(v, 1, "type", "Annet".into()))),
        (
            Code::SbdFieldInvalid,
            Box::new(move |v| {
                let first = v[header]["businessScope"]["scope"][0].clone();
                v[header]["businessScope"]["scope"][1] = first;
            }),
        ),
        (Code::SbdMalformed, Box::new(|v| v["tredje"] = Value::Object(Map::new()))),
        (Code::SbdFieldInvalid, Box::new(|v| v["arkivmelding"]["sikkerhetsnivaa"] = 5.into())),
        (Code::SbdFieldInvalid, Box::new(|v| v["arkivmelding"]["dpv"] = serde_json::json!({"varselType": "Due"}))),
        (Code::SbdFieldInvalid, Box::new(|v| v["arkivmelding"]["hoveddokument"] = serde_json::json!(["a.pdf"]))),
    ];
    for (index, (code, change)) in cases.iter().enumerate() {
        assert_eq!(codes(&changed(change)), [*code], "case {index}");
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let text = changed(|value| {
        value["standardBusinessDocumentHeader"]["headerVersion"] = Value::Null;
        value["standardBusinessDocumentHeader"]["sender"][0]["identifier"]["value"] = "310900118".into();
        value["arkivmelding"]["sikkerhetsnivaa"] = 1.into();
    });
    assert_eq!(codes(&text), [Code::SbdFieldMissing, Code::OrgnrInvalid, Code::SbdFieldInvalid]);
}

#[test]
fn syntax_is_judged_before_anything_else() {
    let text = letter().text().to_owned();
    let twice = text.replacen("\"arkivmelding\":{", "\"arkivmelding\":{\"a\":1,\"a\":2,", 1);
    for bad in [&b""[..], b"[]", b"{", twice.as_bytes(), format!("{text} x").as_bytes(), b"<StandardBusinessDocument/>"]
    {
        assert_eq!(codes(bad), [Code::SbdMalformed]);
    }
    assert_eq!(codes(format!("\u{feff}{text}").as_bytes()), []);
    let raw = changed(|value| value["arkivmelding"]["hoveddokument"] = "a.pdf".into());
    let raw = String::from_utf8(raw).unwrap().replace("a.pdf", "a\tb.pdf");
    let sbd = Sbd::parse(raw.as_bytes(), None).unwrap();
    assert_eq!(sbd.business()["hoveddokument"], "a\tb.pdf");
    assert_eq!(sbd.remarks().len(), 1);
}

#[test]
fn nothing_of_a_person_is_shown() {
    let text = changed(|value| {
        value["standardBusinessDocumentHeader"]["receiver"][0]["identifier"]["value"] = "14837121133".into();
    });
    let sbd = Sbd::parse(&text, None).unwrap();
    assert!(!format!("{sbd:?} {:?}", sbd.receiver_party()).contains("14837"));
    let wrong = String::from_utf8(text).unwrap().replace("14837121133", "14837121134");
    assert!(!format!("{:?}", validate(wrong.as_bytes(), None)).contains("14837"));
}

/// The vectors lie beside the repository; without them this says so and checks nothing.
#[test]
fn vectors_get_their_verdict() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors");
    let Ok(index) = std::fs::read(folder.join("sbd-index.json")) else {
        eprintln!("SKIPPED: no vectors beside the repository");
        return;
    };
    let index: Value = serde_json::from_slice(&index).unwrap();
    let samples = index["samples"].as_array().unwrap();
    assert!(samples.len() >= 30);
    for sample in samples {
        let file = sample["file"].as_str().unwrap();
        let findings = validate(&std::fs::read(folder.join(file)).unwrap(), Some(now()));
        let valid = !findings.iter().any(Finding::refuses);
        assert_eq!(Some(valid), sample["expected"]["valid"].as_bool(), "{file}: {findings:?}");
    }
}

/// What a stranger repeats half a million times is told a hundred times, and refuses all the same.
#[test]
fn findings_are_bounded() {
    let told = |item: &str| {
        let scope = vec![item; 400_000].join(",");
        let text = format!(
            r#"{{"standardBusinessDocumentHeader":{{"headerVersion":"1.0","businessScope":{{"scope":[{scope}]}}}},"arkivmelding":{{}}}}"#
        );
        validate(text.as_bytes(), None)
    };
    for item in ["1", "{}"] {
        let findings = told(item);
        assert!(findings.len() < 2 * crate::finding::Findings::MAX, "{}", findings.len());
        assert!(findings.iter().any(Finding::refuses));
        let message = &findings.last().unwrap().message;
        assert!(message.contains("not listed"), "{message}");
    }
}

/// A member that the network does not know may be called whatever its sender likes, and be there as often.
#[test]
fn unknown_members_of_the_network_are_told_in_short() {
    let members: Vec<String> = (0..50_000).map(|number| format!(r#""{number}{}":1"#, "x".repeat(20))).collect();
    let long = "y".repeat(100_000);
    let head = r#"{"standardBusinessDocument":{"standardBusinessDocumentHeader":{"#;
    let text = format!(r#"{head}"{long}":1,{}}},"digital":{{}}}}}}"#, members.join(","));
    let findings = validate(text.as_bytes(), None);
    assert!(findings.iter().any(Finding::refuses) && findings.len() < 2 * crate::finding::Findings::MAX);
    assert!(serde_json::to_string(&findings).unwrap().len() < 100_000);
}
