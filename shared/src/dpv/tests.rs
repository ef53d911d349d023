use super::*;
use crate::finding::Code;

fn letter() -> DigitalDpv {
    DigitalDpv {
        mottaker: "04817010496".to_owned(),
        tittel: "Vedtak".to_owned(),
        sammendrag: "Om saken".to_owned(),
        innhold: "Hemmelig".to_owned(),
        hoveddokument: Some("brev.pdf".to_owned()),
        titler: [("brev.pdf".to_owned(), "Vedtaket".to_owned())].into(),
        dpv: Options::default(),
    }
}

#[test]
fn what_is_written_is_read() {
    let options = Options {
        varsel_type: Some(Reminder::VarselDPVUtenRevarsel),
        varsel_transport_type: Some(Transport::Sms),
        varsel_tekst: Some("Brev fra $reporterName$".to_owned()),
        taushetsbelagt_varsel_tekst: None,
        dager_til_svarfrist: Some(14),
        tilgjengelig_fra: Some("2026-12-24".to_owned()),
        svarvalg: vec![ReplyOption { url: "https://svar.example".to_owned(), tekst: "Svar".to_owned() }],
    };
    let one = DigitalDpv { dpv: options, ..letter() };
    assert_eq!(DigitalDpv::read(&one.write()), Ok(one.clone()));
    assert_eq!(one.problems(), []);
    let written: Value = serde_json::from_slice(&one.write()).unwrap();
    assert_eq!(written["dpv"]["varselTransportType"], "SMS", "the reference's words");
    assert_eq!(written["dpv"]["varselType"], "VarselDPVUtenRevarsel");
    assert_eq!(written["titler"], json!({ "brev.pdf": "Vedtaket" }));
    assert_eq!(format!("{one:?}"), "DigitalDpv(…)");
}

#[test]
fn numbers_may_stand_in_strings_and_other_members_beside_them() {
    let business = json!({ "sikkerhetsnivaa": 3, "dpv": { "dagerTilSvarfrist": "7", "annet": 1 } });
    assert_eq!(Options::of(&business).unwrap().dager_til_svarfrist, Some(7));
    assert_eq!(Options::of(&json!({})), Ok(Options::default()));
    assert!(Options::of(&json!({ "dpv": { "dagerTilSvarfrist": "snart" } })).is_err());
}

#[test]
fn what_is_to_be_read_later_is_published_as_that_day_begins_in_norway() {
    let now: Timestamp = "2026-06-30T12:00:00Z".parse().unwrap();
    let published = |day: Option<&str>| {
        Options { tilgjengelig_fra: day.map(str::to_owned), ..Options::default() }.published(now).to_string()
    };
    assert_eq!(published(Some("2026-07-02")), "2026-07-01T22:00:00Z");
    for at_once in [None, Some("2026-06-30"), Some("2025-01-01"), Some("snart")] {
        assert_eq!(published(at_once), now.to_string(), "{at_once:?}");
    }
}

#[test]
fn a_day_that_is_gone_or_too_far_away_is_found() {
    // In Norway it is the first of July already.
    let now: Timestamp = "2026-06-30T22:30:00Z".parse().unwrap();
    let problem = |day: &str| {
        let options = Options { tilgjengelig_fra: Some(day.to_owned()), ..Options::default() };
        options.day_problem(now).map(|finding| finding.rule)
    };
    for good in ["2026-07-01", "2027-05-27"] {
        assert_eq!(problem(good), None, "{good}");
    }
    for bad in ["2026-06-30", "2027-05-28"] {
        assert_eq!(problem(bad), Some(Rule::InboxFrom), "{bad}");
    }
    assert_eq!(Options::default().day_problem(now), None);
}

#[test]
fn each_problem_is_found() {
    let options = |dpv| DigitalDpv { dpv, ..letter() };
    let link = |url: &str| {
        options(Options {
            svarvalg: vec![ReplyOption { url: url.to_owned(), tekst: String::new() }],
            ..Options::default()
        })
    };
    let cases = [
        (DigitalDpv { mottaker: "04817010497".to_owned(), ..letter() }, Code::PersonIdInvalid),
        (DigitalDpv { mottaker: "310900312".to_owned(), ..letter() }, Code::OrgnrInvalid),
        (DigitalDpv { tittel: " ".to_owned(), ..letter() }, Code::TitleMissing),
        (DigitalDpv { tittel: "x".repeat(256), ..letter() }, Code::TitleLong),
        (DigitalDpv { sammendrag: "x".repeat(256), ..letter() }, Code::SbdFieldInvalid),
        (DigitalDpv { innhold: "x".repeat(30_001), ..letter() }, Code::SbdFieldInvalid),
        (options(Options { varsel_tekst: Some("x".repeat(2145)), ..Options::default() }), Code::SbdFieldInvalid),
        (options(Options { dager_til_svarfrist: Some(3651), ..Options::default() }), Code::SbdFieldInvalid),
        (
            options(Options { tilgjengelig_fra: Some("24.12.2026".to_owned()), ..Options::default() }),
            Code::SbdFieldInvalid,
        ),
        (link("http://svar.example"), Code::SbdFieldInvalid),
        (link("https://svar example"), Code::SbdFieldInvalid),
        (link("https://"), Code::SbdFieldInvalid),
        (link("https:///svar"), Code::SbdFieldInvalid),
        (link("https://svar.example@ond.example/"), Code::SbdFieldInvalid),
        (link("javascript:alert(1)"), Code::SbdFieldInvalid),
    ];
    for (one, code) in cases {
        let found: Vec<Code> = one.problems().into_iter().map(|finding| finding.code).collect();
        assert_eq!(found, [code]);
    }
}

#[test]
fn each_link_to_answer_at_is_told_by_its_place() {
    let link = |url: &str, tekst: &str| ReplyOption { url: url.to_owned(), tekst: tekst.to_owned() };
    let good = || link("https://svar.example/skjema?sak=1", "Svar på høringen");
    let paths = |svarvalg: Vec<ReplyOption>| -> Vec<String> {
        let problems = Options { svarvalg, ..Options::default() }.problems();
        problems.into_iter().filter_map(|finding| Some(finding.place?.path)).collect()
    };
    assert_eq!(paths(vec![good(); MAX_LINKS]), Vec::<String>::new());
    assert_eq!(paths(vec![good(); MAX_LINKS + 1]), ["dpv/svarvalg"]);
    let wrong = vec![good(), link("http://svar.example", &"x".repeat(MAX_LINK_TEXT + 1))];
    assert_eq!(paths(wrong), ["dpv/svarvalg/1/url", "dpv/svarvalg/1/tekst"]);
    // As many as anybody reads.
    assert!(paths(vec![link("", ""); 1000]).len() <= Findings::MAX);
}

#[test]
fn damage_is_told_without_a_word_of_the_text() {
    for bytes in [b"{\"tittel\":\"Hemmelig\"}".as_slice(), b"{", b"[]", b"{\"mottaker\":1}"] {
        let finding = DigitalDpv::read(bytes).unwrap_err();
        assert!(!format!("{finding:?}").contains("Hemmelig"));
    }
}

mod outside {
    //! The SBD that says that the message travels in the package.

    use jiff::Timestamp;

    use super::*;
    use crate::identifier::{ConversationId, Iso6523, MessageId};
    use crate::sbd::{DocumentType, Layer, MessageHead, Sbd, compose};

    fn sbd(receiver: Option<&str>, business: Value) -> Result<Sbd, Vec<Finding>> {
        let head = MessageHead {
            sender: Party::Organisation(Iso6523::parse("310904007").unwrap()),
            receiver: receiver.map(|number| Party::parse(crate::identifier::Authority::Iso6523, number).unwrap()),
            process: INFORMATION_PROCESS.to_owned(),
            message_id: MessageId::parse("0198c1f0-1111-4000-8000-000000000001").unwrap(),
            conversation_id: ConversationId::parse("0198c1f0-1111-4000-8000-000000000002").unwrap(),
            created: Timestamp::from_second(1_800_000_000).unwrap(),
            expires: None,
            scopes: Vec::new(),
        };
        compose(Layer::Plain, head, DocumentType::DigitalDpv, business)
    }

    #[test]
    fn it_names_no_person_and_holds_no_text() {
        let sbd = sbd(None, sealed_business()).unwrap();
        assert_eq!(sbd.receiver_party(), None);
        assert_eq!(sbd.business(), &json!({ "forseglet": "digital_dpv.json" }));
    }

    #[test]
    fn one_with_its_texts_must_name_the_receiver() {
        let open = json!({ "tittel": "t", "sammendrag": "s", "innhold": "i" });
        assert!(sbd(Some("04817010496"), open.clone()).is_ok());
        assert_eq!(sbd(None, open).unwrap_err()[0].code, Code::SbdFieldMissing);
        assert!(sbd(None, json!({ "forseglet": "annet.json" })).is_err());
    }
}
