//! The recipient: an ARIA combobox that searches, and the card about the one that was chosen.

use konvolutt_shared::api::OrganisationHit;
use konvolutt_shared::identifier::{OrganisationNumber, PersonNumber};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::super::field::error_text;
use super::super::heading::value_of;
use super::ask;
use crate::backend::{Backend, sleep};
use crate::flow::compose::Recipient;
use crate::text::{ago, fill, orgnr};
use crate::ui::{nothing, use_lang};

/// Milliseconds after the last key before the register is asked.
const DEBOUNCE: i32 = 200;

/// Properties of [`RecipientBox`].
#[derive(Debug, Properties, PartialEq)]
pub(crate) struct RecipientBoxProps {
    /// The relay.
    pub backend: Backend,
    /// Whether there are test organisations, whose numbers begin as people's do.
    pub sandbox: bool,
    /// Whether a person without a number can be chosen.
    pub unnumbered: bool,
    /// Somebody was chosen.
    pub on_choose: Callback<Recipient>,
    /// What is wrong.
    #[prop_or_default]
    pub error: Option<AttrValue>,
}

/// What the box shows under itself.
#[derive(Clone, Debug, Default, PartialEq)]
struct Results {
    hits: Vec<OrganisationHit>,
    /// Said politely, for everybody to read.
    message: String,
    open: bool,
    active: Option<usize>,
}

/// Where a person writes a name or a number.
#[component]
pub(crate) fn RecipientBox(props: &RecipientBoxProps) -> Html {
    let lang = use_lang();
    let text = &lang.text().compose;
    let query = use_state(String::new);
    let results = use_state(Results::default);
    let turn = use_mut_ref(|| 0_u32);

    let oninput = {
        let (query, results, backend) = (query.clone(), results.clone(), props.backend.clone());
        let sandbox = props.sandbox;
        Callback::from(move |event: InputEvent| {
            let typed = value_of(&event);
            query.set(typed.clone());
            *turn.borrow_mut() += 1;
            let (mine, turn, results, backend) = (*turn.borrow(), turn.clone(), results.clone(), backend.clone());
            spawn_local(async move {
                sleep(DEBOUNCE).await;
                if *turn.borrow() != mine {
                    return;
                }
                let found = search(&backend, &typed, sandbox, lang).await;
                // A slow answer to an older question is not shown.
                if *turn.borrow() == mine {
                    results.set(found);
                }
            });
        })
    };
    let choose = {
        let (results, on_choose) = (results.clone(), props.on_choose.clone());
        Callback::from(move |index: usize| {
            let Some(hit) = results.hits.get(index) else { return };
            match unusable(hit, lang) {
                None => {
                    let (orgnr, name) = (hit.orgnr.clone(), hit.name.clone());
                    on_choose.emit(Recipient { orgnr, name, bankrupt: hit.bankrupt });
                }
                Some(message) => results.set(Results { message, open: true, ..(*results).clone() }),
            }
        })
    };
    let onkeydown = {
        let (results, choose) = (results.clone(), choose.clone());
        Callback::from(move |event: KeyboardEvent| on_key(&event, &results, &choose))
    };
    let onblur = {
        let results = results.clone();
        Callback::from(move |_: FocusEvent| results.set(Results { open: false, active: None, ..(*results).clone() }))
    };
    let expanded = results.open && !results.hits.is_empty();
    let active = results.active.filter(|_| expanded).map(|index| format!("recipient-option-{index}"));
    html! {
        <div class="ds-field app-combobox">
            <label class="ds-label" for="recipient">{ text.recipient }</label>
            <div class="app-help" id="recipient-help">{ lang.text().person.recipient_help }</div>
            <input
                id="recipient" class="ds-input" type="text" role="combobox" autocomplete="off" spellcheck="false"
                aria-autocomplete="list" aria-expanded={if expanded { "true" } else { "false" }}
                aria-controls="recipient-options" aria-activedescendant={active}
                aria-describedby="recipient-help recipient-message" aria-required="true"
                aria-invalid={props.error.is_some().then_some("true")}
                value={(*query).clone()} {oninput} {onkeydown} {onblur}
            />
            <ul id="recipient-options" class="app-options" role="listbox" aria-label={text.recipient_options} hidden={!expanded}>
                { for results.hits.iter().enumerate().map(|(index, hit)| option(index, hit, results.active == Some(index), &choose)) }
            </ul>
            <p id="recipient-message" class="app-small" role="status">{ &results.message }</p>
            <div>{ error_text(props.error.as_ref()) }</div>
            <div>{ unnumbered(props, lang.text().person.unnumbered_choose) }</div>
        </div>
    }
}

/// The way to a person of whom there is no number to write.
fn unnumbered(props: &RecipientBoxProps, label: &'static str) -> Html {
    if !props.unnumbered {
        return nothing();
    }
    let onclick = props.on_choose.reform(|_: MouseEvent| Recipient::unnumbered());
    html! { <button type="button" class="ds-button" data-color="accent" data-variant="tertiary" data-size="sm" {onclick}>{ label }</button> }
}

fn option(index: usize, hit: &OrganisationHit, active: bool, choose: &Callback<usize>) -> Html {
    // mousedown, because the input's blur would close the list before a click arrives.
    let onmousedown = {
        let choose = choose.clone();
        move |event: MouseEvent| {
            event.prevent_default();
            choose.emit(index);
        }
    };
    html! {
        <li key={hit.orgnr.clone()} id={format!("recipient-option-{index}")} role="option" class="app-option"
            aria-selected={if active { "true" } else { "false" }} {onmousedown}>
            <span class="app-option-name">{ &hit.name }</span>
            { " " }<span class="app-nowrap">{ orgnr(&hit.orgnr) }</span>
            { " " }<span class="app-small">{ hit.place.clone().unwrap_or_default() }</span>
        </li>
    }
}

fn on_key(event: &KeyboardEvent, results: &UseStateHandle<Results>, choose: &Callback<usize>) {
    let count = results.hits.len();
    let go = |active| {
        event.prevent_default();
        results.set(Results { open: true, active, ..(**results).clone() });
    };
    match (event.key().as_str(), results.active) {
        (_, _) if count == 0 => {}
        ("ArrowDown", active) => go(Some(active.map_or(0, |index| (index + 1) % count))),
        ("ArrowUp", active) => go(Some(active.map_or(count - 1, |index| (index + count - 1) % count))),
        ("Enter", Some(index)) if results.open => {
            event.prevent_default();
            choose.emit(index);
        }
        // One hit is no guess; with more, Enter chooses nothing.
        ("Enter", None) if count == 1 => {
            event.prevent_default();
            choose.emit(0);
        }
        ("Enter", _) => event.prevent_default(),
        ("Escape", _) => results.set(Results { open: false, active: None, ..(**results).clone() }),
        _ => {}
    }
}

async fn search(backend: &Backend, typed: &str, sandbox: bool, lang: crate::text::Lang) -> Results {
    let text = &lang.text().compose;
    let typed = typed.trim();
    let compact: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    if typed.chars().count() < 2 {
        return Results::default();
    }
    let is_number = compact.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(answer) = is_number.then(|| of_number(&compact, sandbox, lang)).flatten() {
        return answer;
    }
    match backend.organisations(if is_number { &compact } else { typed }, ask::OLDEST).await {
        Ok(hits) if hits.is_empty() => say(fill(text.no_hit, &[("søk", typed)])),
        Ok(hits) => {
            let message = fill(text.hits, &[("n", &hits.len().to_string())]);
            // What has just been asked for needs no word.
            let age = hits.iter().map(|hit| hit.age).max().filter(|age| *age > 0);
            let age = age.map(|age| fill(text.hits_fetched, &[("tid", &ago(age.into(), lang))]));
            let message = [message].into_iter().chain(age).collect::<Vec<_>>().join(" ");
            Results { hits, message, open: true, active: None }
        }
        Err(_) => say(text.lookup_failed.to_owned()),
    }
}

fn say(message: String) -> Results {
    Results { message, ..Results::default() }
}

/// What is known of a number without asking anybody; `None` when it is an organisation's. A search stands in a URL, so
/// nothing that may be the beginning of a person's number is ever searched for.
fn of_number(number: &str, sandbox: bool, lang: crate::text::Lang) -> Option<Results> {
    let (text, person) = (&lang.text().compose, &lang.text().person);
    let may_be = |number: &str| sandbox || number.starts_with(['8', '9']);
    match number.len() {
        9 if may_be(number) && OrganisationNumber::parse(number).is_ok() => None,
        9 => Some(say(fill(text.bad_digit, &[("nr", number)]))),
        10 => Some(say(person.ten_digits.to_owned())),
        11 if PersonNumber::parse(number).is_ok() => {
            let hit = OrganisationHit {
                orgnr: number.to_owned(),
                name: person.private.to_owned(),
                place: None,
                form: None,
                deleted: None,
                bankrupt: false,
                parent: None,
                age: 0,
            };
            Some(Results { hits: vec![hit], message: person.hit.to_owned(), open: true, active: None })
        }
        11 => Some(say(person.bad_number.to_owned())),
        _ => Some(say(person.no_organisations.to_owned())),
    }
}

/// Why an organisation in the register cannot be written to.
fn unusable(hit: &OrganisationHit, lang: crate::text::Lang) -> Option<String> {
    let text = &lang.text().compose;
    if let Some(parent) = &hit.parent {
        return Some(fill(text.sub_unit, &[("navn", &hit.name), ("nr", &orgnr(parent))]));
    }
    let date = hit.deleted.as_deref()?;
    Some(fill(text.deleted, &[("navn", &hit.name), ("dato", date)]))
}
