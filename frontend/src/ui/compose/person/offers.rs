//! Asking how a person can be reached, and what is wrong with a letter to them.

use jiff::Timestamp;
use konvolutt_shared::address::{AddressFields, PersonKind, PersonWay, Terms};
use konvolutt_shared::finding::{Finding, Place, Rule};
use konvolutt_shared::letter::person_problems;
use yew::prelude::*;

use super::super::{ask as ask_registry, send};
use crate::flow::compose::{Action, Delivery, Form, Offered, PersonAction, Way};
use crate::flow::trouble::Trouble;
use crate::ui::Shell;
use crate::ui::page::Load;

/// The ways to the person whom the form is to; asked anew when the person or the kind of letter changes. What is known
/// fills in what is empty.
#[hook]
pub(crate) fn use_offered(
    shell: &Shell,
    form: &Form,
    on_action: impl Fn(Action) + Clone + 'static,
) -> (Load<Offered>, Callback<()>) {
    let offered = use_state(|| Load::Waiting);
    let turn = use_state(|| 0_u32);
    let latest = use_mut_ref(|| 0_u32);
    let person = form.recipient.clone().filter(|recipient| recipient.is_person()).map(|recipient| recipient.orgnr);
    {
        let (offered, shell) = (offered.clone(), shell.clone());
        use_effect_with((person, form.person.draft.kind, *turn), move |(person, kind, turn)| {
            *latest.borrow_mut() += 1;
            let mine = *latest.borrow();
            offered.set(Load::Waiting);
            let Some(number) = person.clone() else { return };
            let (kind, turn) = (*kind, *turn);
            wasm_bindgen_futures::spawn_local(async move {
                // Whoever asks again wants another answer.
                let max_age = if turn == 0 { ask_registry::OLDEST } else { 0 };
                let answer = ask(&shell, &number, kind, max_age).await;
                if *latest.borrow() != mine {
                    return;
                }
                if let Ok(found) = &answer {
                    let terms = found.ways.iter().map(|way| way.terms.clone()).collect();
                    on_action(Action::Person(PersonAction::Offered(terms)));
                }
                offered.set(answer.map_or_else(Load::Failed, Load::Here));
            });
        });
    }
    let ask_again = Callback::from(move |()| turn.set(*turn + 1));
    ((*offered).clone(), ask_again)
}

/// The registry's answer, verified in this browser, and the contact register's words if it has any: they only explain.
async fn ask(shell: &Shell, number: &str, kind: PersonKind, max_age: u32) -> Result<Offered, Trouble> {
    let (question, asked) = ask_registry::question(shell, number, kind.process(), None, max_age).await?;
    let views = shell.vault.offers(question, kind).await?;
    let contact = if number.is_empty() { None } else { shell.backend.contact(number, max_age).await.ok() };
    // The older of the two.
    let asked = contact.as_ref().map_or(asked, |contact| asked.min(ask_registry::asked(contact.age)));
    let ways = views.into_iter().map(|view| {
        let return_postal = view.terms.return_postal.as_ref().map(|known| back_to(known, &shell.organisation.name));
        // That no revocation list was at hand is said nowhere before sending.
        let findings = view.findings.into_iter().filter(|finding| !finding.leaves_open()).collect();
        Way { terms: Terms { return_postal, ..view.terms }, provider: view.provider, findings }
    });
    Ok(Offered { ways: ways.collect(), contact, asked })
}

/// The registry gives the address of whoever asked, which is the relay's operator. Post that was not delivered must come
/// back to nobody but the sender.
fn back_to(known: &AddressFields, sender: &str) -> AddressFields {
    if known.name.eq_ignore_ascii_case(sender) {
        return known.clone();
    }
    AddressFields { name: sender.to_owned(), ..AddressFields::default() }
}

/// What the page needs to know of the chosen way.
pub(crate) fn delivery_of(form: &Form, offered: &Load<Offered>) -> Load<Delivery> {
    let way = match offered {
        Load::Waiting => return Load::Waiting,
        Load::Failed(trouble) => return Load::Failed(trouble.clone()),
        Load::Here(offered) => offered.way(form.person.draft.way),
    };
    way.map_or(Load::Waiting, |way| {
        Load::Here(Delivery {
            channel: way.terms.capability.channel.as_str().to_owned(),
            reader: way.terms.reader,
            max_bytes: way.terms.capability.max_bytes,
            can_reply: way.terms.capability.can_reply,
            reasons: Vec::new(),
            asked: offered.get().map_or(Timestamp::UNIX_EPOCH, |offered| offered.asked),
        })
    })
}

/// Everything wrong with a letter to a person: what the core finds, and what only this browser knows.
pub(crate) fn check(shell: &Shell, form: &Form, offered: &Load<Offered>) -> Vec<Finding> {
    let mut findings = send::key_problems(shell, true);
    if let Load::Failed(trouble) = offered {
        let finding = trouble.finding("the person cannot be reached");
        findings.push(finding.at(Place::path("recipient")));
    }
    let terms = offered.get().and_then(|offered| offered.way(form.person.draft.way)).map(|way| &way.terms);
    if terms.is_none() && offered.get().is_some() {
        let finding = Finding::error(Rule::RecipientType, "no way is chosen");
        findings.push(finding.at(Place::path("person/way")));
    }
    let draft = send::draft(shell, form, None);
    findings.extend(person_problems(&draft, terms).into_iter().filter(Finding::refuses));
    if let Some(person) = draft.person.filter(|person| person.way == PersonWay::Inbox) {
        findings.extend(person.inbox.options.day_problem(crate::backend::now()));
    }
    findings
}
