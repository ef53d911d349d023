use konvolutt_shared::address::Channel;

use super::*;

fn chosen(choices: impl IntoIterator<Item = Choice>) -> Choices {
    let mut all = Choices::default();
    choices.into_iter().for_each(|choice| all.choose(choice));
    all
}

fn text(field: ChoiceField, value: &str) -> Choice {
    Choice::Text(field, value.to_owned())
}

#[test]
fn only_the_text_that_is_used_goes_to_the_inbox() {
    let all = chosen([
        text(ChoiceField::Notice, " Et brev "),
        text(ChoiceField::ConfidentialNotice, "Et hemmelig brev"),
        Choice::Transport(Transport::Sms),
        Choice::Reminder(Reminder::VarselDPVUtenRevarsel),
    ]);
    let (open, secret) = (all.inbox(false), all.inbox(true));
    assert_eq!((open.varsel_tekst.as_deref(), open.taushetsbelagt_varsel_tekst), (Some("Et brev"), None));
    assert_eq!((secret.varsel_tekst, secret.dager_til_svarfrist), (None, None));
    assert_eq!(secret.taushetsbelagt_varsel_tekst.as_deref(), Some("Et hemmelig brev"));
    assert_eq!(secret.varsel_transport_type, Some(Transport::Sms));
    assert_eq!(secret.varsel_type, Some(Reminder::VarselDPVUtenRevarsel));
}

#[test]
fn days_that_are_no_number_are_refused_and_not_forgotten() {
    let days = |typed: &str| chosen([text(ChoiceField::Days, typed)]).inbox(false);
    assert_eq!(days("14").dager_til_svarfrist, Some(14));
    assert_eq!(days("0").dager_til_svarfrist, Some(0));
    let problems = days("to uker").problems();
    assert_eq!(problems.len(), 1);
    let path = problems[0].place.as_ref().map(|place| place.path.as_str()).unwrap_or_default();
    assert_eq!(ChoiceField::from_path(path), Some(ChoiceField::Days));
}

#[test]
fn a_draft_that_was_kept_before_there_was_a_field_is_read() {
    let all = chosen([text(ChoiceField::Place, "Solvik"), text(ChoiceField::From, "2026-12-24")]);
    assert_eq!(all.inbox(true).tilgjengelig_fra.as_deref(), Some("2026-12-24"));
    let mut kept = serde_json::to_value(&all).unwrap();
    assert_eq!(serde_json::from_value::<Choices>(kept.clone()).unwrap(), all);
    kept["typed"].as_array_mut().unwrap().pop();
    let read: Choices = serde_json::from_value(kept).unwrap();
    assert_eq!((read.get(ChoiceField::Place), read.get(ChoiceField::From)), ("Solvik", ""));
}

#[test]
fn half_an_address_is_an_address_and_none_is_none() {
    assert_eq!(chosen([text(ChoiceField::Line, " ")]).shipment(false, None).recipient_address, None);
    let address = chosen([text(ChoiceField::Place, "Solvik")]).shipment(false, None).recipient_address.unwrap();
    let problems = svarut::address_problems(&address);
    let fields: Vec<_> =
        problems.iter().filter_map(|problem| ChoiceField::from_path(&problem.place.as_ref()?.path)).collect();
    assert_eq!(fields, [ChoiceField::Line, ChoiceField::PostalCode]);
}

#[test]
fn the_registrys_address_is_shown_until_another_is_typed_and_goes_with_the_recipient() {
    let registered = Address {
        lines: vec!["Postboks 1".to_owned(), "Rådhuset".to_owned()],
        postal_code: "0001".to_owned(),
        place: "SOLVIK".to_owned(),
        country: String::new(),
    };
    assert_eq!(one_line(&registered), "Postboks 1, Rådhuset, 0001 SOLVIK");
    let known = Capability { paper: Some(registered), ..Capability::of(Channel::Dpf) };
    let shown = |choices: &Choices| {
        let facts = facts(choices, false, &known, Lang::Nb);
        facts.into_iter().find(|fact| fact.element == "paper-line").map(|fact| fact.value).unwrap_or_default()
    };
    let from_registry = "Postboks 1, Rådhuset, 0001 SOLVIK (fra adressetjenesten)";
    assert_eq!(shown(&Choices::default()), from_registry);
    let mut own = chosen([text(ChoiceField::Line, "Kaia 2"), text(ChoiceField::Place, "Vik")]);
    assert_eq!(shown(&own), "Kaia 2, Vik");
    own.forget_recipient();
    assert_eq!((shown(&own).as_str(), own.shipment(false, None).recipient_address), (from_registry, None));
}

#[test]
fn what_the_organisation_has_chosen_counts_until_the_person_says_otherwise() {
    let usual = Choices { digital_usual: true, ..Choices::default() };
    assert!(usual.shipment(false, None).digital_only && !Choices::default().shipment(false, None).digital_only);
    for chosen in [false, true] {
        let mut one = usual.clone();
        one.choose(Choice::DigitalOnly(chosen));
        assert_eq!(one.shipment(false, None).digital_only, chosen);
    }
}

#[test]
fn a_letter_gets_the_level_of_the_recipients_system_unless_another_was_chosen_for_what_is_not_confidential() {
    let (none, low) = (Choices::default(), chosen([Choice::Level(Level::Substantial)]));
    for (choices, confidential, system, level) in [
        (&none, false, None, Level::Substantial),
        (&none, false, Some(3), Level::Substantial),
        (&none, false, Some(4), Level::High),
        (&low, false, Some(4), Level::Substantial),
        (&low, true, Some(4), Level::High),
        (&chosen([Choice::Level(Level::High)]), false, Some(3), Level::High),
    ] {
        assert_eq!(choices.level_of(confidential, system), level, "{confidential} {system:?}");
        assert_eq!(choices.shipment(confidential, system).security_level, level, "{confidential} {system:?}");
    }
}

#[test]
fn the_preview_shows_what_the_channel_has() {
    let names = |channel| -> Vec<&'static str> {
        let facts = facts(&Choices::default(), false, &Capability::of(channel), Lang::Nb);
        facts.into_iter().map(|fact| fact.element).collect()
    };
    assert_eq!(names(Channel::Dpo), ["deadline"]);
    assert_eq!(names(Channel::Dpv), ["transport", "notice", "days-to-reply", "deadline"]);
    let later = chosen([text(ChoiceField::From, "2026-12-24")]);
    let shown = facts(&later, false, &Capability::of(Channel::Dpv), Lang::Nb);
    assert!(shown.iter().any(|fact| fact.element == "published-from" && fact.value == "2026-12-24"));
    assert_eq!(names(Channel::Dpf), ["shipment-type", "security-level", "paper-line", "deadline"]);
}

#[test]
fn nothing_typed_shows_in_a_log() {
    let all = chosen([text(ChoiceField::Notice, "hemmelig")]);
    assert!(!format!("{all:?} {:?}", text(ChoiceField::Notice, "hemmelig")).contains("hemmelig"));
}
