use konvolutt_shared::finding::{Finding, Place, Rule};

use super::*;
use crate::text::Lang;

fn file(id: u32, name: &str) -> NewDocument {
    NewDocument { id, name: name.to_owned(), media_type: String::new(), size: 10, head: Vec::new(), tail: Vec::new() }
}

fn form(names: &[&str]) -> Form {
    Form::new("id".to_owned()).after(Action::Add((0..).zip(names).map(|(id, name)| file(id, name)).collect()))
}

fn titles(form: &Form) -> Vec<(&str, bool)> {
    form.documents.iter().map(|document| (document.title.as_str(), document.main)).collect()
}

#[test]
fn the_first_document_becomes_the_main_one_and_there_is_always_one() {
    let form = form(&["a.pdf", "b.pdf", "c.pdf"]);
    assert_eq!(titles(&form), [("a", true), ("b", false), ("c", false)]);
    let form = form.after(Action::Main(2)).after(Action::Remove(2));
    assert_eq!(titles(&form), [("a", true), ("b", false)]);
}

#[test]
fn the_keyboard_stays_with_the_document_that_moves() {
    let form = form(&["a.pdf", "b.pdf", "c.pdf"]);
    let after = |action: Action| form.focus_after(&action).unwrap_or_default();
    assert_eq!([after(Action::Down(0)), after(Action::Up(2))], [down_id(0), up_id(2)]);
    assert_eq!([after(Action::Down(1)), after(Action::Up(1))], [up_id(1), down_id(1)]);
    let said = |action: Action| form.said_after(&action, Lang::Nb);
    assert_eq!(said(Action::Down(0)).as_deref(), Some("a er nå dokument 2 av 3."));
    assert_eq!(said(Action::Up(2)).as_deref(), Some("c er nå dokument 2 av 3."));
    assert_eq!(said(Action::Main(2)), None);
}

#[test]
fn the_keyboard_goes_to_what_takes_a_deletion_back_and_to_what_came_back() {
    let form = form(&["a.pdf", "b.pdf"]);
    assert_eq!(form.focus_after(&Action::Remove(1)).as_deref(), Some(UNDO_ID));
    assert_eq!(form.said_after(&Action::Remove(1), Lang::Nb).as_deref(), Some(""), "what was added is over");
    let form = form.after(Action::Remove(1));
    assert_eq!(form.focus_after(&Action::UndoRemove), Some(delete_id(1)));
}

#[test]
fn a_deletion_can_be_taken_back_to_its_place_with_its_role() {
    let before = form(&["a.pdf", "b.pdf"]);
    let after = before.clone().after(Action::Remove(0)).after(Action::UndoRemove);
    assert_eq!(titles(&after), titles(&before));
    let moved_on = before.after(Action::Remove(0)).after(Action::Add(vec![file(2, "c.pdf")])).after(Action::UndoRemove);
    assert_eq!(titles(&moved_on), [("b", true), ("c", false)]);
}

#[test]
fn documents_move_within_the_list_only() {
    let form = form(&["a.pdf", "b.pdf"]).after(Action::Up(0)).after(Action::Down(0)).after(Action::Down(0));
    assert_eq!(titles(&form), [("b", false), ("a", true)]);
}

#[test]
fn a_reply_keeps_its_recipient() {
    let mut form = form(&[]);
    form.recipient = Some(Recipient { orgnr: "310900419".to_owned(), name: "Svaretaten".to_owned(), bankrupt: false });
    form.reply = Some(ReplyTo { conversation_id: "c".to_owned() });
    assert!(form.after(Action::Recipient(None)).recipient.is_some());
}

#[test]
fn the_confidential_switch_decides_the_subject_area() {
    let form = form(&[]).after(Action::Process(Process::Tax));
    assert_eq!(form.process_urn(), "urn:no:difi:profile:arkivmelding:skatterOgAvgifter:ver1.0");
    let form = form.after(Action::Confidential(true));
    assert_eq!(form.process_urn(), "urn:no:difi:profile:arkivmelding:taushetsbelagt:ver1.0");
}

#[test]
fn the_title_is_counted_in_characters() {
    let form = form(&[]).after(Action::Title("æ".repeat(TITLE_MAX + 2)));
    assert_eq!(form.title_left(), -2);
}

#[test]
fn mistakes_come_in_the_order_of_the_page_with_their_repair() {
    let form = form(&["a.pdf", "A.pdf"]);
    let same = Finding::error(Rule::LetterNames, "same")
        .at(Place::path("documents/1/name"))
        .with("navn", "A.pdf")
        .with("forslag", "A (2).pdf");
    let title = Finding::error(Rule::LetterTitle, "missing").at(Place::path("title"));
    let recipient = Finding::error(Rule::LetterRecipient, "missing").at(Place::path("recipient"));
    let found = mistakes(&[same, title, recipient], &form, None, Lang::Nb);
    assert_eq!(
        found.iter().map(|mistake| mistake.field).collect::<Vec<_>>(),
        [Field::Recipient, Field::Title, Field::Document(1)]
    );
    assert_eq!(found[2].text, "To dokumenter heter «A.pdf». Mottakeren kan miste det ene.");
    let fix = found[2].fix.clone().unwrap();
    assert_eq!(fix.label, "Gi nytt navn: A (2).pdf");
    assert_eq!(form.after(fix.action).documents[1].name, "A (2).pdf");
}

#[test]
fn an_archive_mistake_points_at_its_field() {
    let finding = Finding::error(Rule::LetterArchive, "bad date").at(Place::path("case/documentDate"));
    assert_eq!(mistakes(&[finding], &form(&[]), None, Lang::En)[0].field, Field::Case(CaseField::Date));
}

#[test]
fn what_was_agreed_is_for_one_recipient_and_a_letter_is_what_is_sent_otherwise() {
    let form = form(&[]).after(Action::Agreed(true)).after(Action::AgreedText(AgreedField::Identifier, "a".to_owned()));
    assert_eq!(form.process_urn(), AGREED_PROCESS);
    assert_eq!(form.agreed.chosen().map(|agreed| (agreed.identifier, agreed.content)), Some(("a".into(), "{}".into())));
    let form = form.after(Action::Recipient(None));
    assert_eq!((form.agreed.chosen(), form.agreed.get(AgreedField::Identifier)), (None, "a"));
    assert_ne!(form.process_urn(), AGREED_PROCESS);
    let finding = Finding::error(Rule::DocumentField, "x").at(Place::path("agreed/content"));
    assert_eq!(mistakes(&[finding], &form, None, Lang::Nb)[0].field, Field::Agreed(AgreedField::Content));
    assert!(!format!("{form:?}").contains("{}"), "nothing typed shows");
}

#[test]
fn the_registry_is_asked_for_the_level_that_was_chosen_for_this_recipient() {
    let to = |number: &str| Recipient { orgnr: number.to_owned(), name: String::new(), bankrupt: false };
    let form = form(&[]).after(Action::Recipient(Some(to("310903256"))));
    assert_eq!(form.level(), None);
    for level in [Level::Substantial, Level::High] {
        let form = form.clone().after(Action::Choose(Choice::Level(level)));
        assert_eq!(form.level(), Some(level.number()));
        assert_eq!(form.clone().after(Action::Confidential(true)).level(), None, "it gets what there is");
        assert_eq!(form.after(Action::Recipient(Some(to("310904007")))).level(), None, "the choice was for another");
    }
    let person = form.after(Action::Recipient(Some(to("01817010136"))));
    assert_eq!(person.level(), Some(3));
    assert_eq!(person.after(Action::Person(PersonAction::Level(4))).level(), Some(4));
}

#[test]
fn whatever_is_written_would_be_a_loss_and_what_is_filled_in_for_all_is_none() {
    let empty = Form::new("x".to_owned());
    let after = |action| empty.clone().after(action).has_content();
    assert!(!empty.has_content());
    assert!(!after(Action::Case(CaseField::Date, "2026-12-01".to_owned())));
    assert!(!after(Action::Case(CaseField::CaseWorker, "Siri".to_owned())));
    assert!(!after(Action::Process(Process::Tax)) && !after(Action::Title("  ".to_owned())));
    assert!(after(Action::Title("Om saken".to_owned())) && after(Action::Confidential(true)));
    assert!(after(Action::Case(CaseField::Number, "2026/1".to_owned())));
    assert!(after(Action::Choose(Choice::Deadline(Deadline::Week))));
    let back = empty.clone().after(Action::Recipient(Some(Recipient::unnumbered()))).after(Action::Recipient(None));
    assert!(!back.has_content(), "nobody is chosen after all");
}
