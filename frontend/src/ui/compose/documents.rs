//! The documents of a letter: add, name, order, choose the main one, delete and take back.

use wasm_bindgen::JsCast;
use web_sys::{DragEvent, File, FileList, HtmlInputElement};
use yew::prelude::*;

use super::super::field::error_text;
use super::super::heading::value_of;
use crate::flow::compose::{Action, Document, Field, Form, Mistake, UNDO_ID, delete_id, down_id, up_id};
use crate::text::{fill, size};
use crate::ui::{nothing, use_lang};

/// Properties of [`Documents`].
#[derive(Debug, Properties, PartialEq)]
pub(crate) struct DocumentsProps {
    /// The letter.
    pub form: Form,
    /// Most bytes the recipient takes.
    pub max_bytes: u64,
    /// What kinds of files there may be, with the slot `{max}`.
    pub help: &'static str,
    /// Files were chosen or dropped.
    pub on_files: Callback<Vec<File>>,
    /// Anything else.
    pub on_action: Callback<Action>,
    /// What is wrong.
    pub mistakes: Vec<Mistake>,
    /// Said after files were added, or one was moved.
    pub said: String,
}

/// Button, drop area, list and undo.
#[component]
pub(crate) fn Documents(props: &DocumentsProps) -> Html {
    let lang = use_lang();
    let text = &lang.text().compose;
    let max = size(props.max_bytes, lang);
    let total = size(props.form.total_size(), lang);
    let errors = props.mistakes.iter().filter(|mistake| mistake.field == Field::Files);
    let count = props.form.documents.len();
    html! {
        <section class="app-section" aria-labelledby="documents-heading">
            <h2 id="documents-heading" class="ds-heading" data-size="sm">{ text.documents }</h2>
            <p id="documents-help" class="app-help">{ fill(props.help, &[("max", &max)]) }</p>
            <DropArea on_files={props.on_files.clone()} />
            <div>{ for errors.map(|mistake| html! { <div key={mistake.code.as_str()}>{ error_text(Some(&mistake.text.clone().into())) }</div> }) }</div>
            <ul class="app-plain app-documents" role="list" aria-label={text.documents}>
                { for props.form.documents.iter().enumerate().map(|(index, document)| row(props, index, count, document, lang)) }
            </ul>
            <div role="status">{ undo(props, lang) }<span>{ &props.said }</span></div>
            <p hidden={count == 0}>{ fill(text.total, &[("størrelse", &total), ("max", &max)]) }</p>
        </section>
    }
}

#[derive(Debug, Properties, PartialEq)]
struct DropAreaProps {
    on_files: Callback<Vec<File>>,
}

#[component]
fn DropArea(props: &DropAreaProps) -> Html {
    let text = &use_lang().text().compose;
    let input = use_node_ref();
    let over = use_state(|| false);
    let onclick = {
        let input = input.clone();
        move |_| {
            if let Some(input) = input.cast::<HtmlInputElement>() {
                input.click();
            }
        }
    };
    let onchange = {
        let on_files = props.on_files.clone();
        move |event: Event| {
            let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else {
                return;
            };
            on_files.emit(files_of(input.files()));
            // The same file may be chosen again, for example after it was deleted from the list.
            input.set_value("");
        }
    };
    let drag = |on: bool| {
        let over = over.clone();
        move |event: DragEvent| {
            event.prevent_default();
            over.set(on);
        }
    };
    let ondrop = {
        let (over, on_files) = (over.clone(), props.on_files.clone());
        move |event: DragEvent| {
            event.prevent_default();
            over.set(false);
            on_files.emit(files_of(event.data_transfer().and_then(|transfer| transfer.files())));
        }
    };
    html! {
        <div class={classes!("app-drop", over.then_some("app-drop-over"))} ondragover={drag(true)} ondragleave={drag(false)} {ondrop}>
            <button id="files" type="button" class="ds-button" data-variant="secondary" aria-describedby="documents-help" {onclick}>{ text.choose_files }</button>
            <span class="app-small" aria-hidden="true">{ text.drop_here }</span>
            <input ref={input} type="file" multiple=true hidden=true tabindex="-1" aria-hidden="true" aria-label={text.choose_files} {onchange} />
        </div>
    }
}

fn files_of(list: Option<FileList>) -> Vec<File> {
    list.map(|list| (0..list.length()).filter_map(|index| list.get(index)).collect()).unwrap_or_default()
}

fn row(props: &DocumentsProps, index: usize, count: usize, document: &Document, lang: crate::text::Lang) -> Html {
    let text = &lang.text().compose;
    let id = document.id;
    let act = |action: Action| {
        let on_action = props.on_action.clone();
        Callback::from(move |_: MouseEvent| on_action.emit(action.clone()))
    };
    let on_action = props.on_action.clone();
    let oninput = move |event: InputEvent| on_action.emit(Action::DocumentTitle(id, value_of(&event)));
    let on_action = props.on_action.clone();
    let onchange = move |_: Event| on_action.emit(Action::Main(id));
    let number = (index + 1).to_string();
    let named = [("tittel", document.title.as_str())];
    let field = format!("document-{id}");
    let errors: Vec<_> = props.mistakes.iter().filter(|mistake| mistake.field == Field::Document(id)).collect();
    html! {
        <li key={id} class="app-document">
            <div class="ds-field">
                <label class="ds-label" for={field.clone()}>{ fill(text.document_title, &[("n", &number)]) }</label>
                <input id={field.clone()} class="ds-input" type="text" value={document.title.clone()} {oninput} autocomplete="off"
                    aria-invalid={(!errors.is_empty()).then_some("true")} aria-describedby={format!("{field}-file {field}-errors")} />
            </div>
            <p id={format!("{field}-file")} class="app-small app-break">{ &document.name }{ " · " }{ fill(text.ready, &[("størrelse", &size(document.size, lang))]) }</p>
            <div id={format!("{field}-errors")}>{ for errors.iter().map(|mistake| document_error(mistake, props)) }</div>
            <div class="app-document-tools">
                <span class="app-radio">
                    <input id={format!("{field}-main")} class="ds-input" type="radio" name="main-document" checked={document.main} {onchange} />
                    <label for={format!("{field}-main")}>{ text.main_document }</label>
                </span>
                <button type="button" id={up_id(id)} class="ds-button" data-variant="tertiary" data-size="sm" disabled={index == 0} aria-label={fill(text.move_up, &named)} onclick={act(Action::Up(id))}>{ "↑" }</button>
                <button type="button" id={down_id(id)} class="ds-button" data-variant="tertiary" data-size="sm" disabled={index + 1 == count} aria-label={fill(text.move_down, &named)} onclick={act(Action::Down(id))}>{ "↓" }</button>
                <button type="button" id={delete_id(id)} class="ds-button" data-variant="tertiary" data-size="sm" data-color="danger" aria-label={fill(text.delete, &named)} onclick={act(Action::Remove(id))}>{ text.short_delete }</button>
            </div>
        </li>
    }
}

fn document_error(mistake: &Mistake, props: &DocumentsProps) -> Html {
    let fix = mistake.fix.as_ref().map_or_else(nothing, |fix| {
        let (on_action, action) = (props.on_action.clone(), fix.action.clone());
        let onclick = move |_| on_action.emit(action.clone());
        html! { <button type="button" class="ds-button app-break" data-variant="secondary" data-size="sm" {onclick}>{ &fix.label }</button> }
    });
    html! { <div key={mistake.code.as_str()} class="app-document-error">{ error_text(Some(&mistake.text.clone().into())) }<span>{ fix }</span></div> }
}

fn undo(props: &DocumentsProps, lang: crate::text::Lang) -> Html {
    let text = &lang.text().compose;
    let Some((_, document)) = &props.form.removed else { return nothing() };
    let on_action = props.on_action.clone();
    let onclick = move |_| on_action.emit(Action::UndoRemove);
    html! {
        <p>
            { fill(text.deleted_document, &[("tittel", &document.title)]) }{ " " }
            <button type="button" id={UNDO_ID} class="ds-button" data-variant="tertiary" data-size="sm" {onclick}>{ text.undo }</button>
        </p>
    }
}
