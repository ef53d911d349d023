//! "Se over og send": everything that will be sent, each part with a way back.

use konvolutt_shared::address::{Capability, Reader};
use konvolutt_shared::api::{ApprovalRule, OrganisationAccess};
use yew::prelude::*;

use super::draft::Files;
use crate::flow::compose::{AgreedField, CaseField, Document, Fact, Form, facts};
use crate::flow::timeline::Tone;
use crate::text::{Lang, counted, fill, orgnr, size};
use crate::ui::{Alert, nothing, use_lang};

/// Properties of [`Preview`].
#[derive(Properties, PartialEq)]
pub(crate) struct PreviewProps {
    /// The letter.
    pub form: Form,
    /// Its files.
    pub files: Files,
    /// Who can open what is sealed; `None` while the recipient is being looked up.
    pub reader: Option<Reader>,
    /// What the recipient can receive, once it is known.
    pub known: Option<Capability>,
    /// What is good to know before it is sent.
    pub remarks: Vec<String>,
    /// The sender.
    pub organisation: OrganisationAccess,
    /// Who signs, when the sender does not.
    pub supplier: Option<OrganisationAccess>,
    /// Back to a field, by its element id.
    pub on_edit: Callback<&'static str>,
    /// Which of the sender's letters wait for approval.
    pub approvals: Vec<ApprovalRule>,
    /// Send.
    pub on_send: Callback<()>,
}

/// The summary before sending.
#[component]
pub(crate) fn Preview(props: &PreviewProps) -> Html {
    let lang = use_lang();
    let (text, message) = (&lang.text().compose, &lang.text().message);
    let (name, number) = props.form.recipient.as_ref().map(|r| (r.name.clone(), orgnr(&r.orgnr))).unwrap_or_default();
    let count = counted(text.one_document, text.many_documents, props.form.documents.len());
    let way = props.reader.map(|reader| text.way(reader));
    let confirm = way.map_or_else(
        || text.looking_up.to_owned(),
        |way| fill(text.preview_confirm, &[("dokumenter", &count), ("mottaker", &name), ("leveringsmåte", way.name)]),
    );
    let approval = &lang.text().approval;
    let covers = |channel: &str| props.approvals.iter().any(|rule| rule.covers(&props.organisation.orgnr, channel));
    let waits = props.reader.is_some_and(|reader| covers(reader.channel().as_str()));
    let edit = |what: &str, field: &'static str| {
        let onclick = props.on_edit.reform(move |_: MouseEvent| field);
        html! { <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" {onclick}>{ fill(text.edit, &[("felt", what)]) }</button> }
    };
    let onclick = props.on_send.reform(|_: MouseEvent| ());
    let archive: Vec<_> =
        CaseField::ALL.into_iter().map(|field| props.form.case.get(field)).filter(|v| !v.is_empty()).collect();
    let form = &props.form;
    let first = if form.agreed.on { AgreedField::Identifier.slug() } else { "title" };
    let chosen = props.known.as_ref().map(|known| facts(&form.choices, form.confidential, known, lang));
    let fact = |Fact { name, value, element }: Fact| {
        html! { <div key={element}><dt>{ name }</dt><dd class="app-break">{ value }{ " " }{ edit(&name.to_lowercase(), element) }</dd></div> }
    };
    html! {
        <div class="app-stack">
            <p>{ confirm }</p>
            <dl class="app-facts">
                <div><dt>{ message.from }</dt><dd>{ &props.organisation.name }{ " " }<span class="app-nowrap">{ orgnr(&props.organisation.orgnr) }</span></dd></div>
                if let Some(one) = &props.supplier {
                    <div><dt>{ text.signer }</dt><dd>{ &one.name }{ " " }<span class="app-nowrap">{ orgnr(&one.orgnr) }</span></dd></div>
                }
                <div><dt>{ text.recipient }</dt><dd>{ name }{ " " }<span class="app-nowrap">{ number }</span>{ " " }{ if props.form.reply.is_some() { nothing() } else { edit(text.edit_recipient, "recipient") } }</dd></div>
                { if form.agreed.on { agreed(form, &edit, lang) } else { html! { <>
                <div><dt>{ text.subject_title }</dt><dd class="app-break">{ &props.form.title }{ " " }{ edit(text.edit_title, "title") }</dd></div>
                { about(form, &edit, lang) }
                </> } } }
                { for chosen.into_iter().flatten().map(fact) }
                if !form.agreed.on {
                    <div><dt>{ text.archive }</dt><dd>{ if archive.is_empty() { "–".to_owned() } else { archive.join(" · ") } }{ " " }{ edit(text.edit_archive, "case-number") }</dd></div>
                }
            </dl>
            <section aria-label={text.document_preview}>
                <h2 class="ds-heading" data-size="xs">{ text.preview_documents }</h2>
                <ol class="app-plain app-documents" role="list" aria-label={text.documents}>{ for props.form.documents.iter().map(|document| item(document, &props.files, lang)) }</ol>
                { edit(text.edit_documents, "files") }
            </section>
            { remarks(&props.remarks, lang) }
            if let Some(way) = way {
                <p>{ way.encryption }</p>
            }
            if waits {
                <p>{ approval.before }{ " " }{ if props.reader == Some(Reader::SvarUt) { approval.before_sealed } else { "" } }</p>
            }
            <div class="app-buttons">
                // Nobody sends without having read who can open it.
                if way.is_some() {
                    <button type="button" class="ds-button" data-variant="primary" {onclick}>{ if waits { approval.send } else { text.send } }</button>
                }
                <button type="button" class="ds-button" data-variant="secondary" onclick={props.on_edit.reform(move |_: MouseEvent| first)}>{ text.back_to_edit }</button>
            </div>
        </div>
    }
}

fn remarks(remarks: &[String], lang: Lang) -> Html {
    if remarks.is_empty() {
        return nothing();
    }
    html! {
        <Alert tone={Tone::Warning}>
            <h2 class="ds-heading" data-size="xs">{ lang.text().channel.remarks }</h2>
            <ul>{ for remarks.iter().map(|remark| html! { <li class="app-break">{ remark }</li> }) }</ul>
        </Alert>
    }
}

/// Subject area and whether it is confidential. A confidential letter has its own area, and what is chosen beside it does not go.
fn about(form: &Form, edit: &dyn Fn(&str, &'static str) -> Html, lang: Lang) -> Html {
    let (text, person) = (&lang.text().compose, &lang.text().person);
    let confidential = if form.confidential { person.yes } else { person.no };
    html! {
        <>
            if !form.confidential {
                <div><dt>{ text.process }</dt><dd>{ form.process.label(text) }{ " " }{ edit(&text.process.to_lowercase(), "process") }</dd></div>
            }
            <div><dt>{ text.confidential }</dt><dd>{ confidential }{ " " }{ edit(&text.confidential.to_lowercase(), "confidential") }</dd></div>
        </>
    }
}

/// What stands in the place of title and subject area.
fn agreed(form: &Form, edit: &dyn Fn(&str, &'static str) -> Html, lang: Lang) -> Html {
    let text = &lang.text().compose;
    let row = |(field, name): (AgreedField, &'static str)| {
        html! { <div key={field.slug()}><dt>{ name }</dt><dd class="app-break">{ form.agreed.get(field) }{ " " }{ edit(&name.to_lowercase(), field.slug()) }</dd></div> }
    };
    let rows = [(AgreedField::Identifier, text.agreed_name), (AgreedField::Content, text.agreed_content)];
    html! { { for rows.into_iter().map(row) } }
}

pub(super) fn item(document: &Document, files: &Files, lang: Lang) -> Html {
    let text = &lang.text().compose;
    let view = files.get(document.id).filter(|_| document.head.starts_with(b"%PDF-")).map_or_else(nothing, |file| {
        let name = fill(text.view_document, &[("tittel", &document.title)]);
        let onclick = move |_| crate::ui::open_pdf(&file);
        html! { <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" aria-label={name} {onclick}>{ text.short_view }</button> }
    });
    html! {
        <li key={document.id} class="app-document">
            <strong class="app-break">{ &document.title }</strong>
            <span>{ if document.main { html! { <span class="ds-tag" data-color="info">{ text.main_document }</span> } } else { nothing() } }</span>
            <p class="app-small app-break">{ &document.name }{ " · " }{ size(document.size, lang) }</p>
            <span>{ view }</span>
        </li>
    }
}
