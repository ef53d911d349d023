use konvolutt_shared::address::{Capability, Reader, Reason};
use konvolutt_shared::api::ContactStatus;
use konvolutt_shared::finding::{self, Finding, Place};

use super::super::{Action, Choice, ChoiceField, Field, Form, Recipient, mistakes};
use super::*;
use crate::text::Lang;

fn terms(way: PersonWay, rules: &[Rule]) -> Terms {
    let capability = Capability::of_way(way);
    let reason = |rule: &Rule| Reason {
        rule: *rule,
        params: [("gyldigTil".to_owned(), "2027-08-04T10:00:00Z".to_owned())].into(),
    };
    Terms {
        way,
        reader: Reader::Mailbox,
        capability,
        reasons: rules.iter().map(reason).collect(),
        mobile: true,
        email: true,
        notifiable: true,
        language: Some("nn".to_owned()),
        postal: Some(AddressFields { name: "Prøve Person".to_owned(), ..AddressFields::default() }),
        return_postal: None,
    }
}

fn to_person() -> Form {
    let recipient = Recipient { orgnr: "01817010136".to_owned(), name: "Privatperson".to_owned(), bankrupt: false };
    Form::new("id".to_owned()).after(Action::Recipient(Some(recipient)))
}

fn act(form: Form, action: PersonAction) -> Form {
    form.after(Action::Person(action))
}

#[test]
fn the_registrys_way_is_taken_until_another_is_chosen() {
    let both = vec![terms(PersonWay::Mailbox, &[]), terms(PersonWay::Print, &[])];
    let form = act(to_person(), PersonAction::Offered(both.clone()));
    assert_eq!(form.person.draft.way, PersonWay::Mailbox);
    let form = act(act(form, PersonAction::Way(PersonWay::Print)), PersonAction::Offered(both.clone()));
    assert_eq!(form.person.draft.way, PersonWay::Print);
    // Another kind of letter is another question.
    let form = act(act(form, PersonAction::Kind(PersonKind::Information)), PersonAction::Offered(both));
    assert_eq!(form.person.draft.way, PersonWay::Mailbox);
    let form =
        act(act(form, PersonAction::Way(PersonWay::Inbox)), PersonAction::Offered(vec![terms(PersonWay::Print, &[])]));
    assert_eq!(form.person.draft.way, PersonWay::Print);
}

#[test]
fn what_is_known_fills_empty_fields_only() {
    let form = act(to_person(), PersonAction::Offered(vec![terms(PersonWay::Print, &[])]));
    let name = PersonField::Address(Side::Recipient, Postal::Name);
    assert_eq!(
        (name.get(&form.person.draft), form.person.draft.mailbox.language.as_str()),
        ("Prøve Person".to_owned(), "nn")
    );
    let form = act(form, PersonAction::Text(name, "Prøve P. Person".to_owned()));
    let form = act(form, PersonAction::Offered(vec![terms(PersonWay::Print, &[])]));
    assert_eq!(name.get(&form.person.draft), "Prøve P. Person");
    let form = act(form, PersonAction::Text(PersonField::Language, "en".to_owned()));
    let form = act(form, PersonAction::Offered(vec![terms(PersonWay::Mailbox, &[])]));
    assert_eq!(form.person.draft.mailbox.language, "en", "the person's own choice stays");
    // What was filled in about one person is not kept for the next.
    let other = Recipient { orgnr: "02817010256".to_owned(), name: "Privatperson".to_owned(), bankrupt: false };
    assert_eq!(form.after(Action::Recipient(Some(other))).person, PersonForm::default());
}

#[test]
fn one_without_a_number_is_a_person_who_gets_paper() {
    let form = Form::default().after(Action::Recipient(Some(Recipient::unnumbered())));
    assert!(form.is_to_person() && form.person.draft.unnumbered);
    assert_eq!(form.person.draft.way, PersonWay::Print);
    let known = Recipient { orgnr: "02817010256".to_owned(), name: "Privatperson".to_owned(), bankrupt: false };
    let form = form.after(Action::Recipient(Some(known)));
    assert!(form.is_to_person() && !form.person.draft.unnumbered, "the next one has a number");
}

#[test]
fn the_process_is_the_kinds() {
    let form = to_person();
    assert!(form.is_to_person());
    assert_eq!(form.process_urn(), "urn:no:difi:profile:digitalpost:vedtak:ver1.0");
    let form = act(form, PersonAction::Kind(PersonKind::Information));
    assert_eq!(form.process_urn(), "urn:no:difi:profile:digitalpost:info:ver1.0");
    assert!(!format!("{form:?}").contains("01817010136"));
}

#[test]
fn every_field_is_found_by_its_path_and_keeps_what_is_written() {
    let paths = [
        "person/way",
        "person/mailbox/openingReason",
        "person/mailbox/sms",
        "person/mailbox/link/url",
        "person/inbox/body",
        "person/inbox/notice",
        "person/print/recipient/name",
        "person/print/returnAddress/lines",
        "person/print/returnAddress/postalCode",
        "person/print/senderUnit",
        "person/print/invoiceReference",
    ];
    let mut ranks = Vec::new();
    for path in paths {
        let field = PersonField::from_path(path).unwrap();
        ranks.push(field.rank());
        if field != PersonField::Way {
            let form = act(to_person(), PersonAction::Text(field, "Tekst".to_owned()));
            assert_eq!(field.get(&form.person.draft), "Tekst", "{path}");
        }
    }
    assert!(ranks.is_sorted_by(|a, b| a < b), "{ranks:?}");
    assert_eq!(PersonField::Address(Side::Return, Postal::Country).rank() + 1, PersonField::PrintUnit.rank());
    assert_eq!(PersonField::from_path("person/annet"), None);
    assert_eq!(PersonField::Address(Side::Return, Postal::Line(0)).element_id(), "back-line-1");
}

#[test]
fn when_and_where_to_answer_is_typed_once_for_both_kinds_of_inbox() {
    let typed = |days: &str| to_person().after(Action::Choose(Choice::Text(ChoiceField::Days, days.to_owned())));
    let days = |form: &Form| form.person.letter(&form.choices).inbox.options.dager_til_svarfrist;
    assert_eq!((days(&to_person()), days(&typed("0")), days(&typed("14"))), (None, Some(0), Some(14)));
    let later = to_person().after(Action::Choose(Choice::Text(ChoiceField::From, "2026-12-24".to_owned())));
    let from = later.person.letter(&later.choices).inbox.options.tilgjengelig_fra;
    assert_eq!(from.as_deref(), Some("2026-12-24"));
    let form = act(typed("snart"), PersonAction::Transport(Transport::Sms));
    let options = form.person.letter(&form.choices).inbox.options;
    assert_eq!(options.varsel_transport_type, Some(Transport::Sms));
    let findings = options.problems();
    let body = Finding::error(finding::Rule::PersonValue, "x").at(Place::path("person/inbox/body"));
    let found = mistakes(&[findings, vec![body]].concat(), &form, None, Lang::Nb);
    assert_eq!(found[1].field, Field::Choice(ChoiceField::Days), "it stands below the text");
    assert_eq!(found[1].text, "Skriv et helt antall dager, fra 0 til 3650.");
}

#[test]
fn mistakes_name_the_field_and_the_repair() {
    let at = |rule, path: &str| Finding::error(rule, "x").at(Place::path(path));
    let findings = [
        at(finding::Rule::PersonAddress, "person/print/returnAddress/town"),
        at(finding::Rule::PersonNotice, "person/mailbox/sms").with("grunn", "lenke"),
        at(finding::Rule::LetterRecipient, "recipient"),
    ];
    let found = mistakes(&findings, &to_person(), None, Lang::Nb);
    assert_eq!(
        found.iter().map(|mistake| mistake.text.as_str()).collect::<Vec<_>>(),
        [
            "Velg en mottaker.",
            "Fjern lenken. Folk lærer å ikke klikke på lenker i SMS.",
            "Returadresse: poststed mangler."
        ]
    );
    assert_eq!(found[2].field, Field::Person(PersonField::Address(Side::Return, Postal::Town)));
}

#[test]
fn the_sentence_says_why_it_is_paper() {
    let contact = |reserved, notifiable| Contact {
        reserved,
        status: ContactStatus::Active,
        notifiable,
        language: None,
        mailbox: true,
        email: None,
        mobile: None,
        age: 0,
    };
    let way = Way {
        terms: terms(PersonWay::Print, &[Rule::PaperOnly]),
        provider: "Utskrift".to_owned(),
        findings: Vec::new(),
    };
    let said =
        |contact| sentence(&Offered { ways: vec![way.clone()], contact, asked: Timestamp::UNIX_EPOCH }, &way, Lang::Nb);
    assert!(said(Some(contact(true, true))).ends_with("Mottakeren har reservert seg mot digital post."));
    assert!(said(Some(contact(false, false))).ends_with("og vedtak skal varsles."));
    assert!(said(None).ends_with("Mottakeren kan ikke få dette digitalt."));
    let all = &way.terms.reasons[0];
    assert_eq!(reason(all, Lang::En), "The address service offers paper only for this kind of letter.");
    let opens = Reason { rule: Rule::PrinterOpens, ..all.clone() };
    assert!(reason(&opens, Lang::Nb).ends_with("gyldig til 4. august 2027."));
}
