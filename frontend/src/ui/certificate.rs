//! The organisation's certificate: import, show, remove. The same parts stand on the certificate page, on the compose
//! page when a key is missing, and in the widget.

use konvolutt_shared::api::{OrganisationAccess, Supplier};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, File, HtmlInputElement};
use yew::prelude::*;

use super::field::error_text;
use super::page::fetch;
use super::{Alert, Shell, TextField, TroubleCard, nothing, use_lang};
use crate::flow::timeline::Tone;
use crate::flow::trouble::Trouble;
use crate::text::{day, fill};
use crate::vault::KeyView;

/// The password of every key file that the sandbox hands out; not a secret.
const SANDBOX_PASSWORD: &str = "test1234";

/// The button that opens the file chooser.
const FILE_ID: &str = "key-file-button";

/// Properties of the components about certificates.
#[derive(Properties, PartialEq)]
pub struct CertificateProps {
    /// The surroundings.
    pub shell: Shell,
}

/// Where an import stands.
#[derive(Clone, Debug, PartialEq)]
enum Import {
    Idle,
    Reading,
    Done,
    Failed(Trouble),
}

/// Told where the certificate is missing: one click in the sandbox, else the form.
#[component]
pub fn CertificateNeeded(props: &CertificateProps) -> Html {
    let frame = props.shell.text();
    html! {
        <section class="ds-card app-card" data-color="neutral" aria-labelledby="key-heading">
            <h2 id="key-heading" class="ds-heading" data-size="xs">{ frame.frame.key_title }</h2>
            <p>{ fill(frame.frame.key_none, &[("virksomhet", &props.shell.organisation.name)]) }</p>
            <ul class="app-plain">{ for props.shell.suppliers().map(|one| supplier_hint(&props.shell, one)) }</ul>
            <ImportForm shell={props.shell.clone()} />
        </section>
    }
}

fn supplier_hint(shell: &Shell, one: &Supplier) -> Html {
    let values = [("virksomhet", shell.organisation.name.as_str()), ("leverandør", one.signer.name.as_str())];
    html! { <li key={one.signer.orgnr.clone()}>{ fill(shell.text().frame.key_supplier, &values) }</li> }
}

/// One click each, for the certificates that the sandbox hands out.
fn sandbox_buttons(shell: &Shell, state: &UseStateHandle<Import>) -> Html {
    if !shell.session.sandbox {
        return nothing();
    }
    let frame = &shell.text().frame;
    let button = |one: &OrganisationAccess, variant: &'static str| {
        let (shell, state, orgnr) = (shell.clone(), state.clone(), one.orgnr.clone());
        let onclick = move |_: MouseEvent| import_sandbox(&shell, &orgnr, &state);
        let name = fill(frame.key_sandbox, &[("virksomhet", &one.name)]);
        html! { <button key={one.orgnr.clone()} type="button" class="ds-button app-break" data-color="accent" data-variant={variant} {onclick}>{ name }</button> }
    };
    html! {
        <div class="app-buttons">
            { button(&shell.organisation, "primary") }
            { for shell.suppliers().map(|one| button(&one.signer, "secondary")) }
        </div>
    }
}

/// Import by file, and in the sandbox by one click.
#[component]
pub fn ImportForm(props: &CertificateProps) -> Html {
    let frame = &use_lang().text().frame;
    let state = use_state(|| Import::Idle);
    let file = use_state(|| None::<File>);
    // Whether somebody wanted to go on without a file.
    let missed = use_state(|| false);
    let password = use_state(String::new);
    let onsubmit = {
        let (shell, state, file, password) = (props.shell.clone(), state.clone(), file.clone(), password.clone());
        let missed = missed.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(file) = (*file).clone() else {
                missed.set(true);
                // By then the button is described by what is wrong.
                return super::focus_soon(FILE_ID);
            };
            import(&shell, file.into(), (*password).clone(), &state);
            // The password stays no longer than it is needed.
            password.set(String::new());
        })
    };
    let error = (*missed && file.is_none()).then_some(AttrValue::Static(frame.key_pick));
    let on_password = {
        let password = password.clone();
        Callback::from(move |value| password.set(value))
    };
    html! {
        <div class="app-stack">
            <div>{ sandbox_buttons(&props.shell, &state) }</div>
            <form class="app-stack" {onsubmit}>
                <FileChoice file={(*file).clone()} {error} on_file={Callback::from(move |chosen| file.set(Some(chosen)))} />
                <TextField id="key-password" kind="password" label={frame.key_password} value={(*password).clone()} on_input={on_password} autocomplete="off" />
                <div><button type="submit" class="ds-button" data-color="accent" data-variant="secondary" disabled={*state == Import::Reading}>{ frame.key_import }</button></div>
            </form>
            <div role="status">{ match &*state {
                Import::Reading => html! { <p>{ frame.key_importing }</p> },
                Import::Done => html! { <Alert tone={Tone::Success}>{ frame.key_added }</Alert> },
                Import::Idle | Import::Failed(_) => nothing(),
            } }</div>
            <div>{ match &*state {
                Import::Failed(trouble) => html! { <TroubleCard trouble={trouble.clone()} aside=true /> },
                Import::Idle | Import::Reading | Import::Done => nothing(),
            } }</div>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct FileChoiceProps {
    file: Option<File>,
    error: Option<AttrValue>,
    on_file: Callback<File>,
}

/// The browser's own file input speaks the browser's language, so it hides behind a button of ours.
#[component]
fn FileChoice(props: &FileChoiceProps) -> Html {
    let frame = &use_lang().text().frame;
    let input = use_node_ref();
    let onclick = {
        let input = input.clone();
        move |_| {
            if let Some(input) = input.cast::<HtmlInputElement>() {
                input.click();
            }
        }
    };
    let on_file = props.on_file.clone();
    let onchange = move |event: Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(file) = input.and_then(|input| input.files()?.get(0)) {
            on_file.emit(file);
        }
    };
    let chosen = props.file.as_ref().map(|file| fill(frame.key_file_chosen, &[("navn", &file.name())]));
    html! {
        <div class="ds-field">
            <p class="app-help" id="key-file-help">{ frame.key_file_help }</p>
            <div><button id={FILE_ID} type="button" class="ds-button" data-color="accent" data-variant="secondary" aria-describedby="key-file-help key-file-error" {onclick}>{ frame.key_file }</button></div>
            <input ref={input} type="file" accept=".p12,.pfx,application/x-pkcs12" hidden=true tabindex="-1" aria-hidden="true" aria-label={frame.key_file} {onchange} />
            <div id="key-file-error">{ error_text(props.error.as_ref()) }</div>
            <p role="status" class="app-break">{ chosen.unwrap_or_default() }</p>
        </div>
    }
}

fn import(shell: &Shell, file: Blob, password: String, state: &UseStateHandle<Import>) {
    state.set(Import::Reading);
    let (shell, state) = (shell.clone(), state.clone());
    spawn_local(async move {
        let suppliers = shell.suppliers().map(|one| one.signer.orgnr.clone());
        let organisations = std::iter::once(shell.organisation.orgnr.clone()).chain(suppliers).collect();
        match shell.vault.import(&file, &password, organisations).await {
            Ok(_) => {
                state.set(Import::Done);
                shell.reload_keys.emit(());
            }
            Err(findings) => state.set(Import::Failed(findings.into())),
        }
    });
}

fn import_sandbox(shell: &Shell, orgnr: &str, state: &UseStateHandle<Import>) {
    state.set(Import::Reading);
    let (backend, orgnr) = (shell.backend.clone(), orgnr.to_owned());
    let (inner, state) = (shell.clone(), state.clone());
    fetch(shell, async move { backend.sandbox_keystore(&orgnr).await }, move |result| match result {
        Ok(file) => import(&inner, file, SANDBOX_PASSWORD.to_owned(), &state),
        Err(trouble) => state.set(Import::Failed(trouble)),
    });
}

/// The certificates in this browser.
#[component]
pub fn CertificateList(props: &CertificateProps) -> Html {
    let lang = use_lang();
    let frame = &lang.text().frame;
    let keys = props.shell.keys.clone().unwrap_or_default();
    let removed = use_state(|| false);
    let item = |key: &KeyView| {
        let (shell, id, removed) = (props.shell.clone(), key.id.clone(), removed.clone());
        let onclick = move |_| {
            let (shell, id, removed) = (shell.clone(), id.clone(), removed.clone());
            spawn_local(async move {
                removed.set(shell.vault.remove(&id).await.is_ok());
                shell.reload_keys.emit(());
            });
        };
        let expired = key.not_after < crate::backend::now();
        let validity =
            fill(if expired { frame.key_expired } else { frame.key_valid }, &[("dato", &day(key.not_after, lang))]);
        let tone = if expired { Tone::Danger } else { Tone::Success };
        html! {
            <li key={key.id.clone()} class="ds-card app-card" data-color="neutral">
                <p><strong class="app-break">{ &key.name }</strong></p>
                <p><span class="ds-tag" data-color={tone.color()}><span aria-hidden="true">{ tone.sign() }{ " " }</span>{ validity }</span></p>
                <p class="app-small app-break">{ fill(frame.key_serial, &[("nr", &key.serial)]) }</p>
                <button type="button" class="ds-button app-break" data-variant="secondary" data-color="danger" data-size="sm" {onclick}>{ fill(frame.key_remove, &[("virksomhet", &key.name)]) }</button>
            </li>
        }
    };
    html! {
        <div class="app-stack">
            <p role="status">{ if *removed { frame.key_removed } else { "" } }</p>
            <ul class="app-plain app-stack" role="list" aria-label={frame.key_list}>{ for keys.iter().map(item) }</ul>
        </div>
    }
}

/// Holds content, so nothing of it shows.
impl std::fmt::Debug for CertificateProps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CertificateProps").finish_non_exhaustive()
    }
}
