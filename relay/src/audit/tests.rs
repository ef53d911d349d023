use konvolutt_shared::finding::Code;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;

const AUDIENCE: &str = "konvolutt.etat.example";

fn id(text: &str) -> Id {
    Id::new(text).unwrap()
}

fn ids() -> impl Strategy<Value = Id> {
    "[a-z][A-Za-z0-9._:-]{0,40}".prop_map(|text| id(&text))
}

fn whos() -> impl Strategy<Value = Who> {
    prop_oneof![ids().prop_map(Who::Person), ids().prop_map(Who::Key), ids().prop_map(Who::Operator), Just(Who::Relay)]
}

fn events() -> impl Strategy<Value = Event> {
    let kinds = select(&[ObjectKind::Message, ObjectKind::Session, ObjectKind::Webhook, ObjectKind::Relay]);
    let outcomes = prop_oneof![Just(Outcome::Done), select(Code::ALL).prop_map(Outcome::Refused)];
    let objects = (proptest::option::of(any::<u8>().prop_map(|byte| Digest::of(&[byte]))), ids(), kinds);
    let objects = objects.prop_map(|(digest, id, kind)| Object { digest, id, kind });
    let parts = (whos(), proptest::option::of(ids()), select(Action::ALL), objects, outcomes);
    parts.prop_map(|(who, behalf, action, object, outcome)| Event { who, behalf, action, object, outcome })
}

fn times() -> impl Strategy<Value = Timestamp> {
    (0_i64..4_000_000_000_000).prop_map(|ms| Timestamp::from_millisecond(ms).unwrap())
}

type Acts = Vec<(Timestamp, Event)>;

fn acts(least: usize) -> impl Strategy<Value = Acts> {
    proptest::collection::vec((times(), events()), least..9)
}

fn chain(acts: &[(Timestamp, Event)]) -> (Vec<String>, Vec<Head>) {
    let (mut lines, mut heads) = (Vec::new(), vec![Head::beginning(AUDIENCE)]);
    for (at, event) in acts {
        let (line, head) = heads.last().unwrap().append(*at, event);
        lines.push(line);
        heads.push(head);
    }
    (lines, heads)
}

/// Verified by somebody who knows `known` from elsewhere.
fn verified(lines: &[String], known: &[Head]) -> Result<Head, Break> {
    verify(lines.iter().map(String::as_str), Head::beginning(AUDIENCE), known)
}

/// The number of a line.
fn number(index: usize) -> u64 {
    index as u64 + 1
}

/// A line with another text and the digest that fits it.
fn forged(line: &str, from: &str, to: &str) -> String {
    let json = line.split_once(' ').unwrap().1.replacen(from, to, 1);
    format!("{} {json}", digest(json.as_bytes()))
}

proptest! {
    #[test]
    fn what_was_appended_holds_and_reads_back(acts in acts(0)) {
        let (lines, heads) = chain(&acts);
        prop_assert_eq!(verified(&lines, &heads), Ok(heads.last().unwrap().clone()));
        let mut verifier = Verifier::new(Head::beginning(AUDIENCE), &[]);
        for (line, (at, event)) in lines.iter().zip(&acts) {
            let entry = verifier.push(line).unwrap();
            prop_assert_eq!((&entry.at, &entry.event), (at, event));
        }
    }

    #[test]
    fn any_changed_character_is_found_in_its_line(acts in acts(1), at: Index, place: Index, to in any::<char>()) {
        let (mut lines, _) = chain(&acts);
        let at = at.index(lines.len());
        let mut characters: Vec<char> = lines[at].chars().collect();
        let place = place.index(characters.len());
        prop_assume!(characters[place] != to);
        characters[place] = to;
        lines[at] = characters.into_iter().collect();
        prop_assert_eq!(verified(&lines, &[]).unwrap_err().at, number(at));
    }

    #[test]
    fn a_change_with_a_digest_that_fits_is_found_at_the_next_or_by_the_head(acts in acts(1), at: Index) {
        let (mut lines, heads) = chain(&acts);
        let at = at.index(lines.len());
        let other = if acts[at].1.action == Action::SignIn { "sign_out" } else { "sign_in" };
        let word = serde_json::to_string(&acts[at].1.action).unwrap();
        lines[at] = forged(&lines[at], &format!("\"action\":{word}"), &format!("\"action\":\"{other}\""));
        let found = verified(&lines, &heads[heads.len() - 1..]).unwrap_err();
        let last = at + 1 == lines.len();
        let expected = if last { (number(at), Wrong::Head) } else { (number(at) + 1, Wrong::Previous) };
        prop_assert_eq!((found.at, found.wrong), expected);
    }

    #[test]
    fn a_removed_entry_is_found_where_it_stood(acts in acts(1), at: Index) {
        let (mut lines, heads) = chain(&acts);
        let at = at.index(lines.len());
        lines.remove(at);
        let found = verified(&lines, &heads[heads.len() - 1..]).unwrap_err();
        let last = at == lines.len();
        let wrong = if last { Wrong::CutOff(number(at)) } else { Wrong::Sequence(number(at) + 1) };
        prop_assert_eq!(found, Break { at: number(at), wrong });
    }

    #[test]
    fn two_entries_that_changed_places_are_found_at_the_first(acts in acts(2), one: Index, other: Index) {
        let (mut lines, _) = chain(&acts);
        let (one, other) = (one.index(lines.len()), other.index(lines.len()));
        prop_assume!(one != other);
        lines.swap(one, other);
        let found = verified(&lines, &[]).unwrap_err();
        let (first, second) = (number(one.min(other)), number(one.max(other)));
        prop_assert_eq!(found, Break { at: first, wrong: Wrong::Sequence(second) });
    }

    #[test]
    fn an_inserted_entry_is_found_even_if_it_is_made_to_fit(acts in acts(1), at: Index, event in events(), time in times()) {
        let (mut lines, heads) = chain(&acts);
        let at = at.index(lines.len());
        prop_assume!((&time, &event) != (&acts[at].0, &acts[at].1));
        // It follows from the one before; what stood here now comes after it.
        lines.insert(at, heads[at].append(time, &event).0);
        let found = verified(&lines, &heads[heads.len() - 1..]).unwrap_err();
        prop_assert_eq!(found, Break { at: number(at) + 1, wrong: Wrong::Sequence(number(at)) }.or_head(at, &lines));
    }

    #[test]
    fn a_repeated_entry_is_found(acts in acts(1), at: Index) {
        let (mut lines, _) = chain(&acts);
        let at = at.index(lines.len());
        lines.insert(at, lines[at].clone());
        let found = verified(&lines, &[]).unwrap_err();
        prop_assert_eq!(found, Break { at: number(at) + 1, wrong: Wrong::Sequence(number(at)) });
    }

    #[test]
    fn a_log_that_is_cut_off_is_found_by_a_known_head_only(acts in acts(1), at: Index) {
        let (mut lines, heads) = chain(&acts);
        let (length, at) = (lines.len() as u64, at.index(lines.len()));
        lines.truncate(at);
        prop_assert!(verified(&lines, &[]).is_ok(), "a shorter log is a log");
        let found = verified(&lines, &heads[heads.len() - 1..]).unwrap_err();
        prop_assert_eq!(found, Break { at: number(at), wrong: Wrong::CutOff(length) });
    }

    #[test]
    fn a_log_written_anew_is_found_at_the_first_head_that_is_known_after(
        acts in acts(2), at: Index, known: Index, event in events(), time in times(),
    ) {
        let (_, heads) = chain(&acts);
        let at = at.index(acts.len());
        let known = at + 1 + known.index(acts.len() - at);
        prop_assume!((&time, &event) != (&acts[at].0, &acts[at].1));
        let mut others = acts;
        others[at] = (time, event);
        let (lines, _) = chain(&others);
        prop_assert!(verified(&lines, &heads[..=at]).is_ok(), "nothing known after it");
        let all: Vec<Head> = heads[..=at].iter().chain(&heads[known..]).cloned().collect();
        let found = verified(&lines, &all).unwrap_err();
        prop_assert_eq!(found, Break { at: known as u64, wrong: Wrong::Head });
    }

    #[test]
    fn a_log_goes_on_from_a_trusted_head(acts in acts(2), at: Index) {
        let (lines, heads) = chain(&acts);
        let at = at.index(lines.len());
        let rest = lines[at..].iter().map(String::as_str);
        prop_assert_eq!(verify(rest, heads[at].clone(), &heads), Ok(heads.last().unwrap().clone()));
    }
}

impl Break {
    /// An entry that was put last takes the number that the known head has.
    fn or_head(self, at: usize, lines: &[String]) -> Self {
        if at + 2 == lines.len() { Self { at: number(at), wrong: Wrong::Head } } else { self }
    }
}

fn example() -> Event {
    Event {
        who: Who::Person(id("siri")),
        behalf: Some(id("310904007")),
        action: Action::ConfidentialMessageRead,
        object: Object::new(ObjectKind::Message, id("0192f0a1-7c3e-7a55-8f00-0123456789ab")),
        outcome: Outcome::Done,
    }
}

/// The text and its digest were made with Python's json (sorted keys, no spaces) and hashlib.
#[test]
fn a_line_is_what_another_program_makes_of_it() {
    let at = "2026-11-23T14:00:00.5Z".parse().unwrap();
    let (line, head) = Head::beginning("konvolutt-sandkasse").append(at, &example());
    let json = concat!(
        r#"{"action":"confidential_message_read","at":"2026-11-23T14:00:00.5Z","behalf":"310904007","#,
        r#""object":{"id":"0192f0a1-7c3e-7a55-8f00-0123456789ab","kind":"message"},"outcome":{"kind":"done"},"#,
        r#""previous":"858e7b41549fd60d0943dd46fe2f164b97f6301b2d55092f724dd2d0a6f2d0e7","sequence":1,"#,
        r#""who":{"kind":"person","name":"siri"}}"#
    );
    assert_eq!(line, format!("9afd4ff8eee065b03035f700c89f991295d21f9fd78aefbb1330a108a3ffd379 {json}"));
    assert_eq!(head, Head { sequence: 1, digest: line[..64].to_owned() });
}

#[test]
fn another_relays_log_does_not_pass() {
    let (line, _) = Head::beginning("another.example").append(Timestamp::UNIX_EPOCH, &example());
    assert_eq!(verified(&[line], &[]), Err(Break { at: 1, wrong: Wrong::Previous }));
}

#[test]
fn only_the_one_way_of_writing_an_entry_is_taken() {
    let (line, _) = Head::beginning(AUDIENCE).append(Timestamp::UNIX_EPOCH, &example());
    for (from, to) in [
        ("{\"action\"", "{ \"action\""),
        ("confidential_message_read", "something_else"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T01:00:00+01:00"),
        ("\"sequence\":1", "\"sequence\":1.0"),
        ("\"sequence\":1", "\"sequence\":1,\"sequence\":1"),
        ("\"sequence\":1", "\"more\":1,\"sequence\":1"),
        ("siri", "s\\u0069ri"),
        ("siri", "13097248022"),
    ] {
        let wrong = forged(&line, from, to);
        assert_ne!(wrong, line, "{from}");
        assert_eq!(verified(&[wrong], &[]), Err(Break { at: 1, wrong: Wrong::Form }), "{to}");
    }
}

#[test]
fn an_id_is_never_a_persons_number_nor_anything_that_could_hold_a_text() {
    let long = "a".repeat(129);
    for text in ["", "13097248022", "Ola Nordmann", "a\nb", "a/b", "blåbær", long.as_str()] {
        assert_eq!(Id::new(text), Err(IdError), "{text}");
    }
    for text in ["siri", "310904007", "0192:310904007", "0192f0a1-7c3e-7a55-8f00-0123456789ab"] {
        assert_eq!(id(text).as_str(), text);
    }
}

#[test]
fn every_action_is_in_the_list_once() {
    let words: std::collections::BTreeSet<String> =
        Action::ALL.iter().map(|action| serde_json::to_string(action).unwrap()).collect();
    assert_eq!(words.len(), Action::ALL.len());
}

#[test]
fn an_export_is_read_line_by_line_and_need_not_be_unicode() {
    let mut head = Head::beginning(AUDIENCE);
    let mut export = Vec::new();
    for _ in 0..3 {
        let (line, next) = head.append(Timestamp::UNIX_EPOCH, &example());
        export.extend(line.into_bytes());
        export.push(b'\n');
        head = next;
    }
    let start = || Head::beginning(AUDIENCE);
    assert_eq!(verify_export(export.as_slice(), start(), &[]).unwrap(), head);
    assert_eq!(verify_export(&export[..export.len() - 1], start(), &[]).unwrap(), head, "without the last line's end");
    assert_eq!(verify_export([].as_slice(), start(), &[]).unwrap(), start());
    let half = &export[..export.len() - 20];
    assert!(matches!(
        verify_export(half, start(), &[]),
        Err(Unverified::Line(3, Break { at: 3, wrong: Wrong::Changed }))
    ));
    let middle = export.len() / 2;
    export[middle] = 0xff;
    assert!(matches!(verify_export(export.as_slice(), start(), &[]), Err(Unverified::Line(2, Break { at: 2, .. }))));
}

#[test]
fn a_head_is_written_and_read() {
    let head = Head::beginning(AUDIENCE);
    assert_eq!(head.to_string().parse(), Ok(head.clone()));
    for text in ["", "1", "1:ab", "x:0", &format!("-1:{}", head.digest), &format!("1:{}x", &head.digest[1..])] {
        assert_eq!(text.parse::<Head>(), Err(HeadError), "{text}");
    }
}
