//! Letters as they are written, their archive message, and what is made of them for a channel.

use konvolutt_shared::address::{Capability, Channel, Offer, PersonKind, PersonWay, RegistryAnswer, Ways, offers};
use konvolutt_shared::archive::{self, Arkivmelding};
use konvolutt_shared::dpv::{DigitalDpv, Options, ReplyOption};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::letter::{
    AGREED_PROCESS, Agreed, CaseFields, Draft, DraftDocument, InboxChoices, LetterIds, MailboxChoices, PersonDraft,
    PersonSending, PrintChoices, check, check_person,
};
use konvolutt_shared::pki::{Policy, Purpose};
use serde_json::json;
use uuid::Uuid;

use super::document::{PROCESS, RECEIVER, now};
use super::world::{SENDER, World};
use crate::Case;

const PERSON: &str = "01817010136";

fn document(name: &str, main: bool) -> DraftDocument {
    DraftDocument {
        name: name.to_owned(),
        title: "Brev".to_owned(),
        media_type: "application/pdf".to_owned(),
        size: 100,
        head: b"%PDF-1.7\n".to_vec(),
        tail: b"trailer << /Root 1 0 R >>".to_vec(),
        main,
        ..DraftDocument::default()
    }
}

pub(crate) fn draft() -> Draft {
    Draft {
        sender: SENDER.to_owned(),
        recipient: RECEIVER.to_owned(),
        sender_name: "Avsender".to_owned(),
        recipient_name: "Mottaker".to_owned(),
        title: "Svar".to_owned(),
        process: PROCESS.to_owned(),
        documents: vec![document("brev.pdf", true), document("vedlegg.pdf", false)],
        case: CaseFields {
            case_title: "Sak".to_owned(),
            case_worker: "Prøve Person".to_owned(),
            ..CaseFields::default()
        },
        ..Draft::default()
    }
}

pub(crate) fn capability(channel: Channel) -> Capability {
    Capability {
        max_bytes: 1000,
        processes: vec![PROCESS.to_owned(), AGREED_PROCESS.to_owned()],
        security_level: Some(3),
        ..Capability::of(channel)
    }
}

pub(crate) fn found(draft: &Draft, channel: Channel) -> Vec<Finding> {
    check(draft, &capability(channel)).map_or_else(|findings| findings, |letter| letter.remarks().to_vec())
}

type Change = fn(&mut Draft);

const CHANGES: &[(Rule, Change)] = &[
    (Rule::LetterSender, |d| d.sender.clear()),
    (Rule::LetterRecipient, |d| d.recipient.clear()),
    (Rule::OrganisationReal, |d| d.recipient = "310900418".to_owned()),
    (Rule::LetterTitle, |d| d.title = " ".to_owned()),
    (Rule::LetterTitleLength, |d| d.title = "å".repeat(256)),
    (Rule::LetterTitleLength, |d| d.documents[1].title = "x".repeat(256)),
    (Rule::LetterTitleCut, |d| d.title = "å".repeat(81)),
    (Rule::LetterProcess, |d| d.process = "urn:annen".to_owned()),
    (Rule::LetterDocument, |d| d.documents.clear()),
    (Rule::LetterMain, |d| d.documents[0].main = false),
    (Rule::LetterMains, |d| d.documents[1].main = true),
    (Rule::LetterDocuments, |d| {
        d.documents = (0..1000).map(|n| document(&format!("{n}.pdf"), n == 0)).collect();
        d.documents.iter_mut().for_each(|one| one.size = 1);
    }),
    (Rule::LetterFile, |d| d.documents[1].size = 0),
    (Rule::LetterContent, |d| d.documents[0].head = b"PK\x03\x04".to_vec()),
    (Rule::LetterLocked, |d| d.documents[0].tail = b"<< /Encrypt 5 0 R >>".to_vec()),
    (Rule::LetterDocumentTitle, |d| d.documents[1].title.clear()),
    (Rule::LetterName, |d| d.documents[1].name = "a:b.pdf".to_owned()),
    (Rule::LetterNameLength, |d| d.documents[1].name = format!("{}.pdf", "ø".repeat(126))),
    (Rule::LetterNames, |d| d.documents[1].name = "BREV.pdf".to_owned()),
    (Rule::LetterSize, |d| d.documents[1].size = 1 << 30),
    (Rule::LetterCase, |d| d.case.case_title.clear()),
    (Rule::LetterArchive, |d| d.case.document_date = "i går".to_owned()),
    (Rule::LetterArchive, |d| d.case.journal_type = "Brev".to_owned()),
    (Rule::LetterDeadline, |d| d.deadline_seconds = Some(0)),
    (Rule::AgreedName, |d| d.process = AGREED_PROCESS.to_owned()),
];

fn agreed() -> Draft {
    let agreed = Agreed { identifier: "skolebytte".to_owned(), content: "{}".to_owned() };
    Draft { process: AGREED_PROCESS.to_owned(), agreed: Some(agreed), ..draft() }
}

const AGREED: &[(Rule, Change)] = &[
    (Rule::AgreedName, |d| d.agreed.as_mut().unwrap().identifier.clear()),
    (Rule::AgreedProcess, |d| d.process = PROCESS.to_owned()),
    (Rule::AgreedContent, |d| d.agreed.as_mut().unwrap().content = "[1]".to_owned()),
    (Rule::AgreedContent, |d| d.agreed.as_mut().unwrap().identifier = "a".repeat(256)),
];

fn organisations() -> Vec<Case> {
    assert_eq!(found(&draft(), Channel::Dpo), [], "the base is good");
    assert_eq!(found(&agreed(), Channel::Dpo), [], "the base is good");
    let mut cases = Vec::new();
    for (base, changes) in [(draft as fn() -> Draft, CHANGES), (agreed, AGREED)] {
        for (rule, change) in changes {
            let mut draft = base();
            change(&mut draft);
            cases.push((*rule, found(&draft, Channel::Dpo)));
        }
    }
    cases.push((Rule::AgreedChannel, found(&agreed(), Channel::Dpv)));
    cases
}

/// What the registry offers somebody who can be reached every way.
fn offered(world: &World, way: PersonWay) -> Offer {
    let pem = std::fs::read_to_string(&world.identity.certificate).unwrap();
    let record = |standard: &str, channel: &str| {
        json!({
            "organisationNumber": PERSON, "pemCertificate": pem, "process": PersonKind::Decision.process(),
            "documentTypes": [standard], "service": { "identifier": channel },
            "orgnrPostkasse": SENDER, "postkasseAdresse": "prove.person#4F2A", "mobilnummer": "+4740000000",
            "epostAdresse": "prove@example.test", "kanVarsles": true,
            "postAddress": { "name": "Prøve Person", "street": "Prøveveien 1", "postalCode": "0001", "postalArea": "OSLO" },
        })
    };
    let records = [
        record("urn:no:difi:digitalpost:xsd:digital::digital", "DPI"),
        record("urn:no:difi:digitalpost:xsd:fysisk::print", "DPI"),
        record("urn:no:difi:digitalpost:xsd:digital::digital_dpv", "DPV"),
    ];
    let answer: RegistryAnswer = serde_json::from_value(json!({ "serviceRecords": records })).unwrap();
    let policy = Policy { purpose: Purpose::Encrypt, ..world.policy.path.clone() };
    let ways = Ways { transit: Some(world.key.certificate()), dpi: true, ..Ways::default() };
    let all = offers(&answer, PersonKind::Decision, &policy, ways).unwrap();
    all.into_iter().find(|offer| offer.terms.way == way).unwrap()
}

fn to_person(way: PersonWay) -> Draft {
    let mut print = PrintChoices::default();
    print.return_address.name = "Solvik fylkeskommune".to_owned();
    print.return_address.lines = vec!["Postboks 1".to_owned()];
    print.return_address.postal_code = "4321".to_owned();
    print.return_address.town = "SOLVIK".to_owned();
    let person = PersonDraft {
        way,
        print,
        inbox: InboxChoices { body: "Hei".to_owned(), ..InboxChoices::default() },
        ..PersonDraft::default()
    };
    Draft { recipient: PERSON.to_owned(), person: Some(person), ..draft() }
}

fn mailbox(draft: &mut Draft) -> &mut MailboxChoices {
    &mut draft.person.as_mut().unwrap().mailbox
}

const PEOPLE: &[(Rule, PersonWay, Change)] = &[
    (Rule::PersonReal, PersonWay::Mailbox, |d| d.recipient = "01817010137".to_owned()),
    (Rule::PersonFile, PersonWay::Print, |d| d.documents[1].name = "a.exe".to_owned()),
    (Rule::PersonValue, PersonWay::Inbox, |d| d.person.as_mut().unwrap().inbox.body.clear()),
    (Rule::PersonField, PersonWay::Mailbox, |d| mailbox(d).security_level = 2),
    (Rule::PersonField, PersonWay::Mailbox, |d| mailbox(d).language = "bokmål".to_owned()),
    (Rule::PersonText, PersonWay::Mailbox, |d| mailbox(d).sender_unit = "x".repeat(101)),
    (Rule::PersonNoticeLength, PersonWay::Mailbox, |d| mailbox(d).sms = "x".repeat(161)),
    (Rule::PersonNotice, PersonWay::Mailbox, |d| mailbox(d).sms = "se www.example.test".to_owned()),
    (Rule::PersonNotice, PersonWay::Mailbox, |d| mailbox(d).email = format!("til {PERSON}")),
    (Rule::PersonAddress, PersonWay::Print, |d| d.person.as_mut().unwrap().print.return_address.town.clear()),
];

fn people(world: &World) -> Vec<Case> {
    let of = |draft: &Draft, offer: &Offer| check_person(draft, offer).err().unwrap_or_default();
    for way in PersonWay::ALL {
        assert_eq!(of(&to_person(way), &offered(world, way)), [], "the base is good");
    }
    let mut cases: Vec<Case> = PEOPLE
        .iter()
        .map(|(rule, way, change)| {
            let mut draft = to_person(*way);
            change(&mut draft);
            (*rule, of(&draft, &offered(world, *way)))
        })
        .collect();
    cases.push((
        Rule::PersonWayOffered,
        of(&to_person(PersonWay::Mailbox), &Offer { provider: None, ..offered(world, PersonWay::Mailbox) }),
    ));
    let inbox = check_person(&to_person(PersonWay::Inbox), &offered(world, PersonWay::Inbox)).unwrap();
    let sending = PersonSending {
        message_id: "d5c9f24d-4ce5-4d70-97a3-d0e3294210af".parse().unwrap(),
        now: now(),
        expires: now(),
        package_digest: [0; 32],
    };
    cases.push((Rule::MailWay, inbox.message(&sending, "et token").unwrap_err()));
    cases
}

fn archived() -> Arkivmelding {
    let ids = LetterIds {
        message_id: "d5c9f24d-4ce5-4d70-97a3-d0e3294210af".parse().unwrap(),
        conversation_id: "2c93858d-36c9-4fa2-924a-603a23f80401".parse().unwrap(),
        case: Uuid::from_u128(1),
        entry: Uuid::from_u128(2),
        documents: vec![Uuid::from_u128(3), Uuid::from_u128(4)],
    };
    check(&draft(), &capability(Channel::Dpo)).unwrap().archive(now(), &ids)
}

fn archive_cases() -> Vec<Case> {
    let good = String::from_utf8(archive::write(&archived())).unwrap();
    let read = |text: &str| match archive::read(text.as_bytes()) {
        Ok((_, findings)) => findings,
        Err(finding) => vec![finding],
    };
    assert_eq!(read(&good), [], "the base is good");
    assert_eq!(archived().problems(), [], "the base is good");
    let changed = |from: &str, to: &str| {
        assert!(good.contains(from), "{from} is not in {good}");
        read(&good.replacen(from, to, 1))
    };
    let written = |change: fn(&mut Arkivmelding)| {
        let mut archive = archived();
        change(&mut archive);
        archive.problems()
    };
    vec![
        (Rule::ArchiveText, changed("</arkivmelding>", "</x>")),
        (Rule::ArchiveText, changed("<arkivmelding", "<!DOCTYPE a><arkivmelding")),
        (Rule::ArchiveRoot, read("<sak/>")),
        (Rule::ArchiveOddity, changed("<antallFiler>2", "<antallFiler>3")),
        (Rule::ArchiveFile, archived().missing_files(["brev.pdf"])),
        (Rule::ArchiveValue, written(|a| a.system.clear())),
        (Rule::ArchiveValue, written(|a| a.entry.documents[0].file.clear())),
        (Rule::ArchiveWord, written(|a| a.entry.journal_type = "Brev".to_owned())),
        (Rule::ArchiveMain, written(|a| a.entry.documents[0].main = false)),
    ]
}

fn inbox_cases() -> Vec<Case> {
    let of = |change: fn(&mut DigitalDpv)| {
        let mut letter =
            DigitalDpv { mottaker: RECEIVER.to_owned(), tittel: "Brev".to_owned(), ..DigitalDpv::default() };
        change(&mut letter);
        letter.problems()
    };
    assert_eq!(of(|_| {}), [], "the base is good");
    let link = |url: &str| vec![ReplyOption { url: url.to_owned(), tekst: String::new() }];
    assert_eq!(Options { svarvalg: link("https://example.test/"), ..Options::default() }.problems(), []);
    let unreadable = Options::of(&json!({ "dpv": { "dagerTilSvarfrist": "snart" } }));
    vec![
        (Rule::InboxText, vec![DigitalDpv::read(b"{}").unwrap_err()]),
        (Rule::InboxOptions, unreadable.err().into_iter().collect()),
        (Rule::InboxTitle, of(|l| l.tittel.clear())),
        (Rule::InboxTitleLength, of(|l| l.tittel = "x".repeat(256))),
        (Rule::InboxLength, of(|l| l.sammendrag = "x".repeat(256))),
        (Rule::InboxLength, of(|l| l.innhold = "x".repeat(30_001))),
        (Rule::InboxNotice, of(|l| l.dpv.varsel_tekst = Some("x".repeat(2145)))),
        (Rule::InboxFrom, of(|l| l.dpv.tilgjengelig_fra = Some("i morgen".to_owned()))),
        (Rule::InboxDue, of(|l| l.dpv.dager_til_svarfrist = Some(40_000))),
        (Rule::InboxLinks, Options { svarvalg: link("http://example.test/"), ..Options::default() }.problems()),
    ]
}

pub(crate) fn cases(world: &World) -> Vec<Case> {
    [organisations(), people(world), archive_cases(), inbox_cases()].concat()
}
