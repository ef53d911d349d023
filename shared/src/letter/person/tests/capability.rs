//! What the capability says of a way to a person, held against the rules and against what is written.

use super::*;
use crate::address::{LetterField, Need};

/// What empties a field of a letter; `None` for what cannot be empty.
fn emptied(field: LetterField) -> Option<Change> {
    Some(match field {
        LetterField::Title => |d| d.title.clear(),
        LetterField::Documents => |d| d.documents.clear(),
        LetterField::DocumentTitles => |d| d.documents.iter_mut().for_each(|one| one.title.clear()),
        LetterField::Summary => |d| person(d).inbox.summary.clear(),
        LetterField::Body => |d| person(d).inbox.body.clear(),
        LetterField::SecurityLevel => |d| person(d).mailbox.security_level = 0,
        LetterField::Language => |d| person(d).mailbox.language.clear(),
        LetterField::AvailableFrom => |d| {
            person(d).mailbox.available_from.clear();
            person(d).inbox.options.tilgjengelig_fra = None;
        },
        LetterField::OpeningReceipt => |d| person(d).mailbox.opening_receipt = false,
        LetterField::Notification => |d| {
            person(d).mailbox.reminder_days.clear();
            (person(d).inbox.options.varsel_type, person(d).inbox.options.varsel_transport_type) = (None, None);
        },
        LetterField::NotificationText => |d| {
            let PersonDraft { mailbox, inbox, .. } = person(d);
            (mailbox.sms, mailbox.email, inbox.options.varsel_tekst) = (String::new(), String::new(), None);
        },
        LetterField::ReplyDeadline => |d| person(d).inbox.options.dager_til_svarfrist = None,
        LetterField::ReplyLinks => |d| person(d).inbox.options.svarvalg.clear(),
        LetterField::SenderUnit => |d| {
            (person(d).mailbox.sender_unit, person(d).print.sender_unit) = (String::new(), String::new());
        },
        LetterField::InvoiceReference => |d| {
            (person(d).mailbox.invoice_reference, person(d).print.invoice_reference) = (String::new(), String::new());
        },
        LetterField::OutsideLink => |d| person(d).mailbox.link = None,
        LetterField::Extension => |d| person(d).mailbox.extension = None,
        LetterField::PaperAddress => |d| person(d).print.recipient = AddressFields::default(),
        LetterField::Colour => |d| person(d).print.colour = false,
        LetterField::Postage => |d| person(d).print.priority = false,
        LetterField::ReturnHandling => |d| person(d).print.destroy = false,
        LetterField::ReturnAddress => |d| person(d).print.return_address = AddressFields::default(),
        _ => return None,
    })
}

#[test]
fn what_the_capability_says_of_a_way_is_what_the_rules_hold_it_to() {
    for way in PersonWay::ALL {
        let Some(offer) = offer(way) else { return };
        let known = &offer.terms.capability;
        for one in &known.fields {
            let Some(empty) = emptied(one.field) else { continue };
            assert_eq!(!refused(way, empty).is_empty(), one.need == Need::Required, "{way:?} {:?}", one.field);
            assert_eq!(way.requires(one.field), one.need == Need::Required);
        }
        let with = |count: usize| {
            let mut draft = draft(way);
            let others = (1..count).map(|index| document(&format!("Vedlegg {index}.pdf"), "", false));
            draft.documents = others.chain([document("Vedtak.pdf", "", true)]).collect();
            check_person(&draft, &offer).err().map(|findings| findings[0].code)
        };
        let refused = (with(known.max_documents), with(known.max_documents + 1));
        assert_eq!(refused, (None, Some(Code::DocumentsTooMany)), "{way:?}");
    }
}

#[test]
fn what_a_way_loses_is_what_nothing_says() {
    for way in [PersonWay::Mailbox, PersonWay::Print] {
        let Some(offer) = offer(way) else { return };
        let mut draft = draft(way);
        draft.title = "Merke-tittel".to_owned();
        draft.documents.iter_mut().for_each(|one| one.title = "Merke-dokument".to_owned());
        let (mailbox, print) = {
            let person = person(&mut draft);
            (&mut person.mailbox, &mut person.print)
        };
        (mailbox.sender_unit, mailbox.invoice_reference) = ("Merke-enhet".to_owned(), "Merke-faktura".to_owned());
        (print.sender_unit, print.invoice_reference) = ("Merke-enhet".to_owned(), "Merke-faktura".to_owned());
        mailbox.sms = "Merke-varsel".to_owned();
        mailbox.link = Some(LinkChoice {
            url: "https://merke-lenke.example".to_owned(),
            text: "Se".to_owned(),
            button: "Se".to_owned(),
            deadline: String::new(),
        });
        print.return_address.name = "Merke-retur".to_owned();
        let letter = check_person(&draft, &offer).unwrap();
        let message = letter.message(&sending([7; 32]), "the token").unwrap();
        let written = format!("{}{}", String::from_utf8(letter.packing().manifest).unwrap(), message.text());
        let known = &offer.terms.capability;
        for (field, mark) in [
            (LetterField::Kind, "vedtak:ver"),
            (LetterField::Title, "Merke-tittel"),
            (LetterField::DocumentTitles, "Merke-dokument"),
            (LetterField::NotificationText, "Merke-varsel"),
            (LetterField::SenderUnit, "Merke-enhet"),
            (LetterField::InvoiceReference, "Merke-faktura"),
            (LetterField::OutsideLink, "merke-lenke"),
            (LetterField::ReturnAddress, "Merke-retur"),
        ] {
            let has = known.has(field);
            assert!(!has || known.loses.contains(&field) != written.contains(mark), "{way:?} {field:?}");
        }
    }
}

#[test]
fn choices_for_other_ways_count_for_nothing() {
    for way in PersonWay::ALL {
        let Some(offer) = offer(way) else { return };
        let written = |draft: &Draft| {
            let letter = check_person(draft, &offer).unwrap();
            (letter.packing(), letter.sbd(&sending([7; 32])).unwrap(), letter.delivered_from(now()))
        };
        let plain = draft(way);
        let mut full = plain.clone();
        let long = || "x".repeat(3000);
        let all = person(&mut full);
        if way != PersonWay::Mailbox {
            all.mailbox = MailboxChoices {
                security_level: 9,
                language: "en".to_owned(),
                available_from: long(),
                opening_receipt: true,
                sms: long(),
                email: long(),
                reminder_days: vec![99],
                sender_unit: long(),
                invoice_reference: long(),
                link: Some(LinkChoice::default()),
                extension: Some(Extension::Proof(Box::default())),
                ..MailboxChoices::default()
            };
        }
        if way != PersonWay::Print {
            let (colour, priority, destroy) = (true, true, true);
            let (sender_unit, invoice_reference) = (long(), long());
            let (recipient, return_address) = (AddressFields { name: long(), ..back() }, AddressFields::default());
            all.print =
                PrintChoices { recipient, return_address, colour, priority, destroy, sender_unit, invoice_reference };
        }
        if way != PersonWay::Inbox {
            let late = Some("2027-01-01".to_owned());
            let options =
                dpv::Options { varsel_tekst: Some(long()), tilgjengelig_fra: late, ..dpv::Options::default() };
            all.inbox = InboxChoices { summary: long(), body: String::new(), options };
        }
        assert_eq!(written(&full), written(&plain), "{way:?}");
    }
}
