//! The content of an incoming message: opened in the worker, who signed, the three names, the documents.

use konvolutt_shared::api::{MessageView, Right};
use konvolutt_shared::finding::Code;
use konvolutt_shared::sbd::DocumentType;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::flow::timeline::Tone;
use crate::flow::trouble::Trouble;
use crate::text::{fill, orgnr, size};
use crate::ui::alert::FindingList;
use crate::ui::certificate::CertificateNeeded;
use crate::ui::page::{Load, LoadFailed, fetch, use_retry};
use crate::ui::{Alert, NoAccess, Shell, TroubleCard, nothing, save, use_lang};
use crate::vault::{OpenRequest, OpenedDocument, OpenedLetter};

/// Properties of [`Opened`].
#[derive(Properties, PartialEq)]
pub(crate) struct OpenedProps {
    /// The surroundings.
    pub shell: Shell,
    /// The message.
    pub view: MessageView,
    /// The title was found inside.
    pub on_title: Callback<String>,
    /// Whether opening refused the message, so that nobody should confirm it.
    pub refused: bool,
    /// Opening has shown that.
    pub on_refused: Callback<bool>,
    /// A person wants to answer.
    pub on_reply: Callback<()>,
    /// Fetch the message again.
    pub reload: Callback<()>,
}

/// Opens the message as soon as there is a key for it.
#[component]
pub(crate) fn Opened(props: &OpenedProps) -> Html {
    let text = &props.shell.text().message;
    let letter = use_state(|| Load::<OpenedLetter>::Waiting);
    let key = props.shell.key().map(|key| key.id.clone());
    let (turn, on_retry) = use_retry(&letter);
    {
        let (letter, shell, view) = (letter.clone(), props.shell.clone(), props.view.clone());
        let (on_title, on_refused) = (props.on_title.clone(), props.on_refused.clone());
        use_effect_with((view.summary.id.clone(), key.clone(), turn), move |(_, key, _)| {
            if key.is_some() && view.has_package {
                spawn_local(async move {
                    let result = open(&shell, &view).await;
                    if let Some(title) = result.as_ref().ok().and_then(|letter| letter.title.clone()) {
                        on_title.emit(title);
                    }
                    on_refused.emit(result.as_ref().is_err_and(|trouble| !trouble.leaves_confirming()));
                    letter.set(result.map_or_else(Load::Failed, Load::Here));
                });
            }
        });
    }
    // Nobody confirms what is being opened, or could not be fetched.
    let pending = key.is_some()
        && props.view.has_package
        && match &*letter {
            Load::Waiting => true,
            Load::Failed(trouble) => trouble.of_request,
            Load::Here(_) => false,
        };
    let body = if !props.view.has_package && props.view.summary.document_type == DocumentType::Avtalt.as_str() {
        // What was agreed upon may be all there is.
        nothing()
    } else if !props.view.has_package {
        html! { <Alert tone={Tone::Warning}><p>{ text.no_package }{ " " }{ text.kept }</p></Alert> }
    } else if key.is_none() {
        html! { <><p>{ text.open_key }</p><CertificateNeeded shell={props.shell.clone()} /></> }
    } else {
        match &*letter {
            Load::Waiting => html! { <p role="status">{ text.opening }</p> },
            Load::Failed(trouble) if trouble.of_request => {
                html! { <LoadFailed trouble={trouble.clone()} {on_retry} /> }
            }
            Load::Failed(trouble) => html! { <Refused trouble={trouble.clone()} /> },
            Load::Here(letter) => html! { <Letter letter={letter.clone()} view={props.view.clone()} /> },
        }
    };
    let remarks = if props.view.findings.is_empty() {
        nothing()
    } else {
        html! { <><h2 class="ds-heading" data-size="xs">{ text.findings }</h2><FindingList label={text.findings} findings={props.view.findings.clone()} reading=true /></> }
    };
    html! {
        <div class="app-stack">
            <div>{ body }</div>
            <div>{ remarks }</div>
            <Actions shell={props.shell.clone()} view={props.view.clone()} refused={props.refused || pending} on_reply={props.on_reply.clone()} reload={props.reload.clone()} />
        </div>
    }
}

async fn open(shell: &Shell, view: &MessageView) -> Result<OpenedLetter, Trouble> {
    let package = shell.backend.package(&view.summary.id).await?;
    let revocation = shell.backend.revocation_lists().await.ok();
    let (sbd, broker_sender, received) = (view.sbd.clone(), view.broker_sender.clone(), view.received());
    let came = Some(view.summary.created);
    let request = OpenRequest { package, sbd, broker_sender, revocation, received, came, outgoing: None };
    shell.vault.open(request).await.map_err(Trouble::from)
}

#[derive(Debug, Properties, PartialEq)]
struct RefusedProps {
    trouble: Trouble,
}

/// A package that could not be opened or does not hold. Nothing of its content is shown.
#[component]
fn Refused(props: &RefusedProps) -> Html {
    let lang = use_lang();
    let text = &lang.text().message;
    let besides = props.trouble.besides(lang);
    let remarks = if besides.is_empty() {
        nothing()
    } else {
        html! { <FindingList label={text.findings} findings={besides} /> }
    };
    html! {
        <section aria-label={text.verdict} class="app-stack">
            <TroubleCard trouble={props.trouble.clone()} />
            <div>{ remarks }</div>
            <p>{ text.kept }</p>
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct LetterProps {
    letter: OpenedLetter,
    view: MessageView,
}

#[component]
fn Letter(props: &LetterProps) -> Html {
    html! {
        <div class="app-stack">
            <Verdict letter={props.letter.clone()} view={props.view.clone()} />
            <DocumentList documents={props.letter.documents.clone()} />
        </div>
    }
}

/// Properties of [`DocumentList`].
#[derive(Debug, Properties, PartialEq)]
pub(crate) struct DocumentListProps {
    /// The documents, the main one first.
    pub documents: Vec<OpenedDocument>,
}

/// The documents of an opened letter, to look at and to save.
#[component]
pub(crate) fn DocumentList(props: &DocumentListProps) -> Html {
    let lang = use_lang();
    let text = &lang.text().message;
    let documents = props.documents.clone();
    let download_all =
        move |_: MouseEvent| documents.iter().for_each(|document| save(&document.content, &document.view.name));
    html! {
        <section class="app-section">
            <h2 class="ds-heading" data-size="sm">{ text.documents }</h2>
            <ul class="app-plain app-documents" role="list" aria-label={text.documents}>
                { for props.documents.iter().map(|document| document_row(document, lang)) }
            </ul>
            <button type="button" class="ds-button" data-variant="secondary" onclick={download_all}>{ text.download_all }</button>
        </section>
    }
}

fn document_row(document: &OpenedDocument, lang: crate::text::Lang) -> Html {
    let view = &document.view;
    let (text, compose) = (&lang.text().message, &lang.text().compose);
    let named = [("navn", view.name.as_str())];
    let download = {
        let document = document.clone();
        move |_: MouseEvent| save(&document.content, &document.view.name)
    };
    let show = if view.media_type == "application/pdf" {
        let content = document.content.clone();
        html! { <button type="button" class="ds-button" data-variant="secondary" data-size="sm" aria-label={fill(text.show, &named)} onclick={move |_: MouseEvent| crate::ui::open_pdf(&content)}>{ compose.short_view }</button> }
    } else {
        nothing()
    };
    let main = if view.main {
        html! { <span class="ds-tag" data-color="info">{ compose.main_document }</span> }
    } else {
        nothing()
    };
    html! {
        <li key={view.name.clone()} class="app-document">
            <p><strong class="app-break">{ view.title.as_deref().unwrap_or(&view.name) }</strong>{ " " }<span>{ main }</span></p>
            <p class="app-small app-break">{ &view.name }{ " · " }{ size(view.size, lang) }</p>
            <div class="app-buttons">
                <span>{ show }</span>
                <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" aria-label={fill(text.download, &named)} onclick={download}>{ text.short_download }</button>
            </div>
        </li>
    }
}

/// Who signed, whether it holds, and the three names.
#[component]
fn Verdict(props: &LetterProps) -> Html {
    let lang = use_lang();
    let text = &lang.text().message;
    let letter = &props.letter;
    let Some(signer) = letter.signer_name.clone() else {
        return html! { <Unsigned letter={props.letter.clone()} view={props.view.clone()} /> };
    };
    let number = |value: Option<&str>| value.map_or_else(|| text.name_unknown.to_owned(), orgnr);
    let sender = number(letter.sbd_sender.as_deref());
    let envelope = match &letter.on_behalf_of {
        Some(other) => fill(text.acts_for, &[("leverandør", &sender), ("virksomhet", &orgnr(other))]),
        None => sender,
    };
    let names = [
        (text.name_broker, number(props.view.broker_sender.as_deref())),
        (text.name_envelope, envelope),
        (text.name_signer, number(letter.signer_organisation.as_deref())),
    ];
    let differ =
        letter.findings.iter().any(|finding| matches!(finding.code, Code::SenderMismatch | Code::SignerOrgMismatch));
    let (tone, agreement) = match (differ, &letter.on_behalf_of) {
        (true, _) => (Tone::Danger, text.names_differ),
        (false, Some(_)) => (Tone::Success, text.names_agree_supplier),
        (false, None) => (Tone::Success, text.names_agree),
    };
    let remarks = if letter.findings.is_empty() {
        nothing()
    } else {
        html! { <FindingList label={text.findings} findings={letter.findings.clone()} reading=true /> }
    };
    html! {
        <section class="ds-card app-card" data-color="neutral" aria-label={text.verdict}>
            <h2 class="ds-heading" data-size="sm">{ text.verdict }</h2>
            <p><span class="ds-tag" data-color="success"><span aria-hidden="true">{ Tone::Success.sign() }{ " " }</span>{ fill(text.signed_by, &[("navn", &signer)]) }</span></p>
            <p>{ text.signature_valid }</p>
            <h3 class="ds-heading" data-size="xs">{ text.names }</h3>
            <dl class="app-facts">{ for names.into_iter().map(|(name, value)| html! { <div key={name}><dt>{ name }</dt><dd>{ value }</dd></div> }) }</dl>
            <p><span class="ds-tag" data-color={tone.color()}><span aria-hidden="true">{ tone.sign() }</span></span>{ " " }{ agreement }</p>
            <div>{ remarks }</div>
        </section>
    }
}

/// Nobody has signed: what the carrier says is all that is known.
#[component]
fn Unsigned(props: &LetterProps) -> Html {
    let text = &use_lang().text().message;
    let number = props.view.broker_sender.as_deref().map_or_else(|| text.name_unknown.to_owned(), orgnr);
    html! {
        <section class="ds-card app-card" data-color="neutral" aria-label={text.verdict}>
            <h2 class="ds-heading" data-size="sm">{ text.verdict }</h2>
            <p><span class="ds-tag" data-color="warning"><span aria-hidden="true">{ Tone::Warning.sign() }{ " " }</span>{ text.unsigned }</span></p>
            <p>{ text.unsigned_help }</p>
            <dl class="app-facts"><div><dt>{ text.name_carrier }</dt><dd class="app-nowrap">{ number }</dd></div></dl>
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct ActionsProps {
    shell: Shell,
    view: MessageView,
    /// Opening refused it, or has not come to an end.
    refused: bool,
    on_reply: Callback<()>,
    reload: Callback<()>,
}

#[component]
fn Actions(props: &ActionsProps) -> Html {
    use konvolutt_shared::api::Status;
    let text = &props.shell.text().message;
    let trouble = use_state(|| None::<Trouble>);
    let acknowledged = props.view.events.iter().any(|event| event.status == Status::InnkommendeLevert);
    let onclick = {
        let (shell, id, reload, trouble) =
            (props.shell.clone(), props.view.summary.id.clone(), props.reload.clone(), trouble.clone());
        move |_: MouseEvent| {
            let (backend, id, reload, trouble) = (shell.backend.clone(), id.clone(), reload.clone(), trouble.clone());
            fetch(&shell, async move { backend.acknowledge(&id).await }, move |result| match result {
                Ok(()) => reload.emit(()),
                Err(found) => trouble.set(Some(found)),
            });
        }
    };
    // KS was told when the letter came; the sender hears nothing more.
    let help = if props.view.summary.channel == "DPF" { text.acknowledge_here } else { text.acknowledge_help };
    let acknowledge = if acknowledged {
        html! { <p>{ text.acknowledged }</p> }
    } else if props.refused {
        nothing()
    } else {
        html! { <><button type="button" class="ds-button app-break" data-variant="secondary" aria-describedby="acknowledge-help" {onclick}>{ text.acknowledge }</button><p id="acknowledge-help" class="app-help">{ help }</p></> }
    };
    let reply = if props.shell.may(Right::Send) {
        html! { <button type="button" class="ds-button" data-variant="primary" onclick={props.on_reply.reform(|_: MouseEvent| ())}>{ text.reply }</button> }
    } else {
        html! { <NoAccess shell={props.shell.clone()} right={Right::Send} /> }
    };
    html! {
        <div class="app-stack">
            <div class="app-buttons">
                <div>{ reply }</div>
                <div role="status">{ acknowledge }</div>
            </div>
            <div>{ trouble.as_ref().map_or_else(nothing, |trouble| html! { <TroubleCard trouble={trouble.clone()} /> }) }</div>
        </div>
    }
}
