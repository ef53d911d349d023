//! The form. The order of its parts is the order of tab stops.

use std::rc::Rc;

use jiff::Timestamp;
use js_sys::{ArrayBuffer, Uint8Array};
use konvolutt_shared::address::{Capability, Channel, LetterField, PersonWay};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::File;
use yew::prelude::*;

use super::agreed::AgreedChoice;
use super::archive::Archive;
use super::card::RecipientCard;
use super::channel::{ChannelFields, LevelChoice};
use super::documents::Documents;
use super::draft::Files;
use super::leave::LeaveButtons;
use super::person::{PersonCard, PersonDelivery, PersonFields, PersonProps};
use super::recipient::RecipientBox;
use super::summary::ErrorSummary;
use super::{Leave, send};
use crate::backend::length;
use crate::flow::compose::{Action, Delivery, Field, Form, Mistake, NewDocument, Offered, Process, Recipient};
use crate::flow::timeline::Tone;
use crate::text::{ComposeText, counted, fill, size, time};
use crate::ui::certificate::CertificateNeeded;
use crate::ui::page::Load;
use crate::ui::shell::Signing;
use crate::ui::{Alert, CheckField, SelectField, Shell, TextField, focus_soon, nothing};

/// Properties of [`Edit`].
#[derive(Properties, PartialEq)]
pub(crate) struct EditProps {
    pub shell: Shell,
    pub form: Form,
    pub files: Files,
    pub delivery: Load<Delivery>,
    /// What the recipient can receive, once it is known.
    pub known: Option<Capability>,
    /// The ways to a person.
    pub offered: Load<Offered>,
    pub ask_again: Callback<()>,
    pub mistakes: Vec<Mistake>,
    /// Whether a person has asked to go on.
    pub checked: bool,
    pub saved: Option<Timestamp>,
    pub on_action: Callback<Action>,
    pub on_preview: Callback<()>,
    pub on_leave: Option<Callback<Leave>>,
}

impl EditProps {
    /// Another recipient, or none: the focus goes to what then stands in that place.
    fn on_recipient<T: 'static>(&self, recipient: impl Fn(T) -> Option<Recipient> + 'static) -> Callback<T> {
        let (form, on_action) = (self.form.clone(), self.on_action.clone());
        Callback::from(move |chosen| emit(&form, &on_action, Action::Recipient(recipient(chosen))))
    }
}

/// Does something after which the keyboard goes on elsewhere.
fn emit(form: &Form, on_action: &Callback<Action>, action: Action) {
    let element = form.focus_after(&action);
    on_action.emit(action);
    if let Some(element) = element {
        focus_soon(element);
    }
}

/// The form.
#[component]
pub(crate) fn Edit(props: &EditProps) -> Html {
    let text = &props.shell.text().compose;
    let said = use_state(String::new);
    let error = |field: Field| {
        props
            .mistakes
            .iter()
            .find(|mistake| mistake.field == field)
            .map(|mistake| AttrValue::from(mistake.text.clone()))
    };
    let max_bytes = max_bytes(props);
    let onsubmit = {
        let on_preview = props.on_preview.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            on_preview.emit(());
        })
    };
    let recipient = match &props.form.recipient {
        None => html! {
            <RecipientBox key="box" backend={props.shell.backend.clone()} sandbox={props.shell.session.sandbox} unnumbered={props.shell.session.unnumbered} error={error(Field::Recipient)}
                on_choose={props.on_recipient(Some)} />
        },
        Some(recipient) if recipient.is_person() => html! {
            <PersonCard key="person" recipient={recipient.clone()} on_change={props.on_recipient(|()| None)} />
        },
        Some(recipient) => html! {
            <RecipientCard key="card" recipient={recipient.clone()} delivery={props.delivery.clone()} loses={props.known.as_ref().map(|known| known.loses.clone()).unwrap_or_default()} locked={props.form.reply.is_some()}
                on_change={props.on_recipient(|()| None)} on_retry={props.ask_again.clone()} />
        },
    };
    let (before, after) = if props.form.is_to_person() { for_person(props) } else { for_organisation(props) };
    // What was agreed upon travels without a title.
    let title = if props.form.is_to_person() || !props.form.agreed.on {
        html! { <TitleField form={props.form.clone()} on_action={props.on_action.clone()} error={error(Field::Title)} /> }
    } else {
        nothing()
    };
    html! {
        <form class="app-stack" novalidate=true {onsubmit}>
            <div>{ draft_status(props, text) }</div>
            <div id="key" tabindex="-1">{ key_needed(props) }</div>
            <div>{ recipient }</div>
            <div>{ before }</div>
            <div>{ title }</div>
            <Documents form={props.form.clone()} {max_bytes} help={documents_help(props)} on_files={on_files(props, &said)} on_action={on_documents(props, &said)} mistakes={props.mistakes.clone()} said={(*said).clone()} />
            <div class="app-stack">{ after }</div>
            <div>{ if props.checked && !props.mistakes.is_empty() { html! { <ErrorSummary mistakes={props.mistakes.clone()} /> } } else { nothing() } }</div>
            <div class="app-buttons">
                <button type="submit" class="ds-button" data-variant="primary">{ text.to_preview }</button>
                { leave_buttons(props) }
            </div>
        </form>
    }
}

fn max_bytes(props: &EditProps) -> u64 {
    props.delivery.get().map_or(send::DEFAULT_MAX_BYTES, |delivery| delivery.max_bytes)
}

fn on_files(props: &EditProps, said: &UseStateHandle<String>) -> Callback<Vec<File>> {
    let (lang, text, max_bytes) = (props.shell.lang, &props.shell.text().compose, max_bytes(props));
    let (keep, on_action, said) = (props.files.clone(), props.on_action.clone(), said.clone());
    let before = props.form.total_size();
    Callback::from(move |files: Vec<File>| {
        let (keep, on_action, said) = (keep.clone(), on_action.clone(), said.clone());
        spawn_local(async move {
            let documents = read_all(&keep, files).await;
            let total = documents.iter().map(|document| document.size).fold(before, u64::saturating_add);
            let count = counted(text.one_file, text.many_files, documents.len());
            let (total, max) = (size(total, lang), size(max_bytes, lang));
            said.set(fill(text.added, &[("filer", &count), ("størrelse", &total), ("max", &max)]));
            on_action.emit(Action::Add(documents));
        });
    })
}

fn on_documents(props: &EditProps, said: &UseStateHandle<String>) -> Callback<Action> {
    let (lang, form, on_action, said) = (props.shell.lang, props.form.clone(), props.on_action.clone(), said.clone());
    Callback::from(move |action: Action| {
        if let Some(words) = form.said_after(&action, lang) {
            said.set(words);
        }
        emit(&form, &on_action, action);
    })
}

fn leave_buttons(props: &EditProps) -> Html {
    let asks = props.form.has_content();
    props.on_leave.clone().map_or_else(nothing, |on_leave| html! { <LeaveButtons {on_leave} {asks} /> })
}

/// What stands before the title and after the documents of a letter to a person.
fn for_person(props: &EditProps) -> (Html, Html) {
    let person = || PersonProps {
        form: props.form.clone(),
        offered: props.offered.clone(),
        mistakes: props.mistakes.clone(),
        on_action: props.on_action.clone(),
    };
    let PersonProps { form, offered, mistakes, on_action } = person();
    (
        html! { <PersonDelivery key="person" person={Rc::new(person())} on_retry={props.ask_again.clone()} /> },
        html! { <PersonFields key="person" {form} {offered} {mistakes} {on_action} /> },
    )
}

/// The same of a letter to an organisation.
fn for_organisation(props: &EditProps) -> (Html, Html) {
    let text = &props.shell.text().compose;
    let channel = props.known.clone().map_or_else(nothing, |known| {
        html! { <ChannelFields backend={props.shell.backend.clone()} form={props.form.clone()} {known} on_action={props.on_action.clone()} mistakes={props.mistakes.clone()} /> }
    });
    let level = props.known.as_ref().and_then(|known| known.security_level);
    // It stays while the registry is asked about what was chosen, or whoever chose would lose the place.
    let channel = html! {
        <div class="app-stack">
            <LevelChoice form={props.form.clone()} known={level} on_action={props.on_action.clone()} mistakes={props.mistakes.clone()} />
            <div>{ channel }</div>
        </div>
    };
    let agreed = html! {
        <AgreedChoice shell={props.shell.clone()} form={props.form.clone()} mistakes={props.mistakes.clone()} on_action={props.on_action.clone()} />
    };
    // Neither subject area nor archive fields go with what was agreed upon.
    if props.form.agreed.on {
        return (
            html! { <div key="process" class="app-stack">{ agreed }</div> },
            html! { <div key="archive">{ channel }</div> },
        );
    }
    (
        html! {
            <div key="process" class="app-stack">
                { agreed }
                <ProcessChoice form={props.form.clone()} on_action={props.on_action.clone()} text={text.process} />
            </div>
        },
        html! {
            <div key="archive" class="app-stack">
                <CheckField id="confidential" label={text.confidential} help={text.confidential_help} on={props.form.confidential} on_change={props.on_action.reform(Action::Confidential)} />
                <div>{ channel }</div>
                <Archive form={props.form.clone()} on_action={props.on_action.clone()} mistakes={props.mistakes.clone()} />
            </div>
        },
    )
}

/// What kinds of files the recipient takes.
fn documents_help(props: &EditProps) -> &'static str {
    let (text, person) = (&props.shell.text().compose, &props.shell.text().person);
    let channel = props.known.as_ref().map(|known| known.channel);
    match props.form.person.draft.way {
        _ if !props.form.is_to_person() => match channel {
            Some(Channel::Dpf) => props.shell.text().channel.documents_dpf,
            Some(Channel::Dpv) => person.documents_help,
            _ => text.documents_help,
        },
        PersonWay::Print => person.documents_help_print,
        PersonWay::Mailbox | PersonWay::Inbox => person.documents_help,
    }
}

fn draft_status(props: &EditProps, text: &ComposeText) -> Html {
    let lang = props.shell.lang;
    props.saved.map_or_else(nothing, |at| {
        html! { <p class="app-small">{ fill(text.draft_saved, &[("tid", &time(at, lang))]) }{ ". " }{ text.draft_kept }</p> }
    })
}

fn key_needed(props: &EditProps) -> Html {
    let shell = &props.shell;
    if shell.keys.is_none() {
        return nothing();
    }
    match shell.signing(props.form.is_to_person()) {
        None => html! { <CertificateNeeded shell={shell.clone()} /> },
        Some(Signing { supplier: None, .. }) => nothing(),
        Some(Signing { supplier: Some(one), .. }) => {
            let values = [("virksomhet", shell.organisation.name.as_str()), ("leverandør", one.signer.name.as_str())];
            let text = &shell.text().compose;
            // The other channels name the sender alone.
            let seen = props.known.as_ref().is_some_and(|known| known.channel == Channel::Dpo);
            html! { <Alert tone={Tone::Info}><p>{ fill(text.signed_by_supplier, &values) }{ " " }{ if seen { text.supplier_seen } else { "" } }</p></Alert> }
        }
    }
}

#[derive(Debug, Properties, PartialEq)]
struct ProcessProps {
    form: Form,
    on_action: Callback<Action>,
    text: &'static str,
}

#[component]
fn ProcessChoice(props: &ProcessProps) -> Html {
    let text = &crate::ui::use_lang().text().compose;
    let options: Vec<AttrValue> = Process::ALL.into_iter().map(|process| process.label(text).into()).collect();
    let selected = Process::ALL.iter().position(|process| *process == props.form.process).unwrap_or_default();
    let on_select =
        props.on_action.reform(|index: usize| Action::Process(Process::ALL.get(index).copied().unwrap_or_default()));
    html! { <SelectField id="process" label={props.text} {options} {selected} {on_select} /> }
}

#[derive(Debug, Properties, PartialEq)]
struct TitleProps {
    form: Form,
    on_action: Callback<Action>,
    error: Option<AttrValue>,
}

#[component]
fn TitleField(props: &TitleProps) -> Html {
    let all = crate::ui::use_lang().text();
    let text = &all.compose;
    let way = props.form.person.draft.way;
    let (help, required) = match way.loses().contains(&LetterField::Title) {
        _ if !props.form.is_to_person() => (text.subject_help, true),
        true => (all.person.title_help_print, way.requires(LetterField::Title)),
        false => (all.person.title_help, way.requires(LetterField::Title)),
    };
    let left = props.form.title_left();
    let counter = text.left(left);
    // Said aloud only where it matters, or every key would be read out.
    let said = if left < 0 || [20, 10, 0].contains(&left) { counter.clone() } else { String::new() };
    html! {
        <TextField id="title" label={text.subject_title} {help} value={props.form.title.clone()} {required}
            error={props.error.clone()} on_input={props.on_action.reform(Action::Title)}>
            <p class="app-small" aria-hidden="true">{ counter }</p>
            <span class="app-hidden" role="status">{ said }</span>
        </TextField>
    }
}

/// Keeps the files and reads what the checks need of each.
async fn read_all(keep: &Files, files: Vec<File>) -> Vec<NewDocument> {
    let mut documents = Vec::with_capacity(files.len());
    for file in files {
        let (name, media_type, size) = (file.name(), file.type_(), length(&file));
        let (first, last) = send::EDGE_BYTES;
        let head = read(&file, 0.0, first).await;
        let tail = read(&file, (file.size() - last).max(0.0), file.size()).await;
        documents.push(NewDocument { id: keep.keep(file), name, media_type, size, head, tail });
    }
    documents
}

async fn read(file: &File, from: f64, to: f64) -> Vec<u8> {
    let Ok(part) = file.slice_with_f64_and_f64(from, to) else { return Vec::new() };
    match JsFuture::from(part.array_buffer()).await {
        Ok(buffer) => Uint8Array::new(&ArrayBuffer::from(buffer)).to_vec(),
        // The file is gone or locked; packing will say so.
        Err(_) => Vec::new(),
    }
}
