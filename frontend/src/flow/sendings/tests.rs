//! Which letters are gone on with, and that nothing is undone once it is over.

use super::*;
use crate::flow::compose::{Action, CaseField, Choice, Deadline, NewDocument, Recipient};
use crate::protocol::{Keep, KeptEnvelope};

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn now() -> Timestamp {
    at("2026-11-30T12:00:00Z")
}

fn kept() -> KeptSending {
    let keep = Keep { owner: "p1".to_owned(), organisation: "310904007".to_owned(), letter: String::new() };
    let expires = at("2026-11-30T18:00:00Z");
    let sealed = KeptEnvelope { envelope: "e".to_owned(), size: 1000, expires, approval_key: None };
    let (message_id, upload) = ("m".to_owned(), Some("u".to_owned()));
    KeptSending { message_id, keep, upload, sealed: Some(sealed), held: false, stopped: false }
}

fn letter() -> Letter {
    let form = Form::new("m".to_owned()).after(Action::Title("Søknad".to_owned()));
    Letter { draft: "d".to_owned(), form, documents: vec!["Brev.pdf".to_owned()] }
}

fn going() -> Sendings {
    let state = State::Going(Progress::new(0));
    Sendings::default().after(News::Found(Box::new(Sending::new("m", &letter(), state))))
}

fn state(sendings: &Sendings) -> State {
    sendings.all()[0].state
}

#[test]
fn what_is_another_persons_or_old_is_removed() {
    let started = at("2026-11-30T08:00:00Z");
    assert_eq!(Fate::of("p1", started, "p1", now()), Fate::Own);
    assert_eq!(Fate::of("p2", started, "p1", now()), Fate::Over);
    assert_eq!(Fate::of("p1", at("2026-11-23T12:00:01Z"), "p1", now()), Fate::Own);
    assert_eq!(Fate::of("p1", at("2026-11-23T12:00:00Z"), "p1", now()), Fate::Over);
}

#[test]
fn only_what_is_sealed_in_time_and_not_held_goes_on_by_itself() {
    assert_eq!(Verdict::of(&kept(), now()), Verdict::GoOn);
    assert_eq!(Verdict::of(&KeptSending { upload: None, ..kept() }, now()), Verdict::GoOn);
    assert_eq!(Verdict::of(&KeptSending { held: true, ..kept() }, now()), Verdict::Ask);
    assert_eq!(Verdict::of(&KeptSending { sealed: None, ..kept() }, now()), Verdict::End(End::Unsealed));
    assert_eq!(Verdict::of(&KeptSending { stopped: true, ..kept() }, now()), Verdict::End(End::Stopped));
    assert_eq!(Verdict::of(&kept(), at("2026-11-30T18:00:00Z")), Verdict::End(End::Expired));
    assert_eq!(
        Verdict::of(&KeptSending { held: true, ..kept() }, at("2026-11-30T18:00:01Z")),
        Verdict::End(End::Expired)
    );
}

#[test]
fn a_pause_stands_until_somebody_goes_on_and_keeps_how_far_it_was() {
    let half = Progress::new(0).uploading(500, 1000);
    let sendings = going().after(News::Step("m".to_owned(), half)).after(News::Paused("m".to_owned(), Wait::Person));
    let late = sendings.clone().after(News::Step("m".to_owned(), half.uploading(600, 1000)));
    assert_eq!(state(&late), State::Paused(half, Wait::Person));
    assert_eq!(state(&sendings.after(News::GoesOn("m".to_owned()))), State::Going(half));
}

#[test]
fn what_is_over_stays_over() {
    let id = || "m".to_owned();
    let cancelled = going().after(News::Ended(id(), End::Cancelled));
    for late in [
        News::Step(id(), Progress::new(0)),
        News::Paused(id(), Wait::Person),
        News::GoesOn(id()),
        News::Sent(id(), id()),
    ] {
        assert_eq!(state(&cancelled.clone().after(late)), State::Ended(End::Cancelled));
    }
    let sent = going().after(News::Sent(id(), "r".to_owned()));
    assert_eq!(sent.all()[0].message.as_deref(), Some("r"));
    assert_eq!(state(&sent.clone().after(News::Ended(id(), End::Cancelled))), State::Sent);
    assert!(sent.after(News::Close(id())).all().is_empty());
}

#[test]
fn what_is_not_over_cannot_be_closed_and_is_found_once() {
    let sendings = going().after(News::Close("m".to_owned()));
    assert_eq!(sendings.all().len(), 1);
    let again = Sending::new("m", &letter(), State::Paused(Progress::new(0), Wait::Before));
    assert_eq!(sendings.after(News::Found(Box::new(again))).all().len(), 1);
}

#[test]
fn a_letter_is_read_again_with_all_that_was_written_but_no_document() {
    let mut letter = letter();
    let recipient = Recipient { orgnr: "310900419".to_owned(), name: "Svaretaten".to_owned(), bankrupt: false };
    let document = NewDocument {
        id: 0,
        name: "Brev.pdf".to_owned(),
        media_type: String::new(),
        size: 4,
        head: b"HODE".to_vec(),
        tail: Vec::new(),
    };
    letter.form = [
        Action::Recipient(Some(recipient)),
        Action::Case(CaseField::Number, "2026/1234".to_owned()),
        Action::Choose(Choice::Deadline(Deadline::Week)),
        Action::Add(vec![document]),
    ]
    .into_iter()
    .fold(letter.form, Form::after);
    let text = serde_json::to_string(&letter).expect("it can be written");
    let read: Letter = serde_json::from_str(&text).expect("it can be read");
    assert_eq!(read.documents, ["Brev.pdf"]);
    assert!(read.form.documents.is_empty() && read.form.removed.is_none());
    letter.form.documents.clear();
    assert_eq!(read, letter);
}
