use super::*;
use crate::finding::Code;

fn event() -> EventChoice {
    EventChoice {
        title: "Time hos <tannlegen> & co".to_owned(),
        from: "2026-12-24T09:30".to_owned(),
        until: "2026-12-24T10:00".to_owned(),
        meeting: "Ta med brevet.".to_owned(),
        place: "Solvik tannklinikk".to_owned(),
        street: "Prøveveien 1".to_owned(),
        postal_code: "0001".to_owned(),
        town: "Solvik".to_owned(),
    }
}

fn proof() -> ProofChoice {
    ProofChoice {
        title: "Båtførerprøven".to_owned(),
        first_name: "Prøve".to_owned(),
        last_name: "Person".to_owned(),
        issuer: "Solvik fylkeskommune".to_owned(),
        from: "2026-07-01".to_owned(),
        until: "2027-06-30".to_owned(),
        id_name: "Bevisnummer".to_owned(),
        id: "A-17".to_owned(),
    }
}

fn written(extension: &Extension) -> String {
    String::from_utf8(extension.write("nb")).unwrap()
}

fn wrong(extension: &Extension) -> Vec<(Code, String)> {
    let mut findings = Vec::new();
    extension.check(&mut Fields { path: "person/mailbox/extension", findings: &mut findings });
    findings.into_iter().map(|finding| (finding.code, finding.place.unwrap().path)).collect()
}

#[test]
fn an_event_is_written_in_the_order_of_its_schema() {
    let event = Extension::Event(Box::new(event()));
    assert_eq!(wrong(&event), []);
    assert_eq!(
        written(&event),
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
         <arrangement xmlns=\"http://begrep.difi.no/sdp/utvidelser/arrangement\">\
         <tittel lang=\"nb\">Time hos &lt;tannlegen&gt; &amp; co</tittel>\
         <tidsrom><fra>2026-12-24T09:30:00+01:00</fra><til>2026-12-24T10:00:00+01:00</til></tidsrom>\
         <oppmøte-informasjon lang=\"nb\">Ta med brevet.</oppmøte-informasjon>\
         <møteplass><tittel lang=\"nb\">Møtested</tittel><navn>Solvik tannklinikk</navn>\
         <gateadresse>Prøveveien 1</gateadresse><postnummer>0001</postnummer><sted>Solvik</sted></møteplass>\
         </arrangement>"
    );
    let head = event.head();
    assert_eq!(
        (head.name.as_str(), head.media_type.as_str()),
        ("arrangement.xml", "application/vnd.difi.dpi.arrangement+xml")
    );
    let least = EventChoice { title: "Møte".to_owned(), place: "Rådhuset".to_owned(), ..EventChoice::default() };
    let least = Extension::Event(Box::new(least));
    assert_eq!(wrong(&least), []);
    assert!(
        !written(&least).contains("tidsrom") && !written(&least).contains("postnummer"),
        "nothing empty is written"
    );
}

#[test]
fn a_proof_is_written_in_the_order_of_its_schema() {
    let proof = Extension::Proof(Box::new(proof()));
    assert_eq!(wrong(&proof), []);
    assert_eq!(
        written(&proof),
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
         <bevis xmlns=\"http://begrep.difi.no/sdp/utvidelser/bevis\">\
         <utsteder-visningsnavn lang=\"nb\">Solvik fylkeskommune</utsteder-visningsnavn>\
         <gyldighetsperiode><periode><fra>2026-07-01T00:00:00+02:00</fra><til>2027-06-30T23:59:59+02:00</til></periode></gyldighetsperiode>\
         <bevisholder><fornavn>Prøve</fornavn><etternavn>Person</etternavn></bevisholder>\
         <tittel lang=\"nb\">Båtførerprøven</tittel><bevis-id-navn lang=\"nb\">Bevisnummer</bevis-id-navn>\
         <bevis-id-verdi>A-17</bevis-id-verdi></bevis>"
    );
}

#[test]
fn what_is_written_is_what_a_mailbox_reads_and_nothing_else_is() {
    for extension in [Extension::Event(Box::new(event())), Extension::Proof(Box::new(proof()))] {
        let (head, file) = (extension.head(), extension.write("nn"));
        assert_eq!(extension_kind(&head.media_type, &file), Ok(extension.kind()));
        let other = if extension.kind() == "bevis" { "arrangement" } else { "bevis" };
        let told = |media_type: &str, file: &[u8]| extension_kind(media_type, file).unwrap_err().code;
        let other = format!("application/vnd.difi.dpi.{other}+xml");
        assert_eq!(told(&other, &file), Code::ManifestMalformed);
        assert_eq!(told("application/xml", &file), Code::MetadataUnknown);
        let text = String::from_utf8(file).unwrap();
        let without = text.replace("tittel", "titel");
        assert_eq!(told(&head.media_type, without.as_bytes()), Code::ManifestMalformed);
        assert!(extension_kind(&head.media_type, &text.as_bytes()[..text.len() - 3]).is_err());
    }
}

#[test]
fn each_rule_names_its_field() {
    let invalid = |name: &str| (Code::FieldInvalid, format!("person/mailbox/extension/{name}"));
    let missing = |name: &str| (Code::FieldMissing, format!("person/mailbox/extension/{name}"));
    let long = |name: &str| (Code::TextLong, format!("person/mailbox/extension/{name}"));
    type Change<T> = fn(&mut T);
    let events: &[(Change<EventChoice>, _)] = &[
        (|e| e.title.clear(), missing("event/title")),
        (|e| e.place = " ".to_owned(), missing("event/place")),
        (|e| e.title = "x".repeat(101), long("event/title")),
        (|e| e.meeting = "x".repeat(401), long("event/meeting")),
        (|e| e.postal_code = "12".to_owned(), invalid("event/postalCode")),
        (|e| e.from = "2026-12-24".to_owned(), invalid("event/from")),
        (|e| e.until = "2026-12-23T10:00".to_owned(), invalid("event/until")),
    ];
    for (change, expected) in events {
        let mut one = event();
        change(&mut one);
        assert_eq!(wrong(&Extension::Event(Box::new(one))), std::slice::from_ref(expected));
    }
    let proofs: &[(Change<ProofChoice>, _)] = &[
        (|p| p.title.clear(), missing("proof/title")),
        (|p| p.first_name.clear(), missing("proof/firstName")),
        (|p| p.last_name.clear(), missing("proof/lastName")),
        (|p| p.title = "x".repeat(256), long("proof/title")),
        (|p| p.issuer = "x".repeat(101), long("proof/issuer")),
        (|p| p.from = "i dag".to_owned(), invalid("proof/from")),
        (|p| p.until = "2026-06-30".to_owned(), invalid("proof/until")),
        (|p| p.id_name.clear(), missing("proof/idName")),
        (|p| p.id.clear(), missing("proof/id")),
    ];
    for (change, expected) in proofs {
        let mut one = proof();
        change(&mut one);
        assert_eq!(wrong(&Extension::Proof(Box::new(one))), std::slice::from_ref(expected));
    }
}
