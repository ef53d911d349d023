//! "Se over og send" for a letter to a person: everything that will be sent, and who can read it.

use konvolutt_shared::address::{Channel, PersonKind, PersonWay, Reader};
use konvolutt_shared::api::{ApprovalRule, OrganisationAccess};
use konvolutt_shared::dpv::Transport;
use konvolutt_shared::finding::Code;
use yew::prelude::*;

use super::super::draft::Files;
use super::super::preview::item;
use crate::flow::compose::{
    ChoiceField, ExtensionKind, Form, Offered, PersonField, PersonSwitch, Postal, Side, grouped, language_name,
    person_sentence,
};
use crate::flow::trouble::Trouble;
use crate::text::{Lang, PersonText, counted, fill, orgnr};
use crate::ui::{TroubleCard, use_lang};

/// Properties of [`PersonPreview`].
#[derive(Properties, PartialEq)]
pub(crate) struct PersonPreviewProps {
    /// The letter.
    pub form: Form,
    /// Its files.
    pub files: Files,
    /// The ways, once they are known.
    pub offered: Option<Offered>,
    /// The sender.
    pub organisation: OrganisationAccess,
    /// Back to a field, by its element id.
    pub on_edit: Callback<&'static str>,
    /// Which of the sender's letters wait for approval.
    pub approvals: Vec<ApprovalRule>,
    /// Send.
    pub on_send: Callback<()>,
}

/// The summary before sending.
#[component]
pub(crate) fn PersonPreview(props: &PersonPreviewProps) -> Html {
    let lang = use_lang();
    let (text, compose, message) = (&lang.text().person, &lang.text().compose, &lang.text().message);
    let way = props.offered.as_ref().and_then(|offered| Some((offered, offered.way(props.form.person.draft.way)?)));
    let Some((offered, way)) = way else { return html! { <p key="waiting" role="status">{ compose.looking_up }</p> } };
    let terms = compose.way(way.terms.reader);
    let count = counted(compose.one_document, compose.many_documents, props.form.documents.len());
    let values = [("dokumenter", count.as_str()), ("leveringsmåte", terms.name)];
    // Altinn reads what it carries, and then it does not matter what else it sees.
    let rest = if way.terms.reader == Reader::Altinn { compose.reason_relay } else { terms.rest };
    let (approval, channel) = (&lang.text().approval, way.terms.way.channel());
    let waits = props.approvals.iter().any(|rule| rule.covers(&props.organisation.orgnr, channel.as_str()));
    // Its access token would be over long before.
    let impossible = waits && channel == Channel::Dpi;
    let edit = |what: &str, field: &'static str| {
        let onclick = props.on_edit.reform(move |_: MouseEvent| field);
        html! { <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" {onclick}>{ fill(compose.edit, &[("felt", what)]) }</button> }
    };
    let who = if props.form.person.draft.unnumbered { text.unnumbered } else { text.private };
    let number = props.form.recipient.as_ref().map(|person| grouped(&person.orgnr)).unwrap_or_default();
    let onclick = props.on_send.reform(|_: MouseEvent| ());
    html! {
        <div key="preview" class="app-stack">
            <p>{ fill(text.preview_confirm, &values) }</p>
            <dl class="app-facts">
                <div><dt>{ message.from }</dt><dd>{ &props.organisation.name }{ " " }<span class="app-nowrap">{ orgnr(&props.organisation.orgnr) }</span></dd></div>
                <div><dt>{ compose.recipient }</dt><dd>{ who }{ " " }<span class="app-nowrap">{ number }</span>{ " " }{ edit(compose.edit_recipient, "recipient") }</dd></div>
                <div><dt>{ text.delivery }</dt><dd>{ person_sentence(offered, way, lang) }</dd></div>
                <div><dt>{ compose.subject_title }</dt><dd class="app-break">{ &props.form.title }{ " " }{ edit(compose.edit_title, "title") }</dd></div>
                { for facts(&props.form, lang).into_iter().map(|(name, value)| html! { <div key={name.clone()}><dt>{ name }</dt><dd class="app-break">{ value }</dd></div> }) }
            </dl>
            <section aria-label={compose.document_preview}>
                <h2 class="ds-heading" data-size="xs">{ compose.preview_documents }</h2>
                <ol class="app-plain app-documents" role="list" aria-label={compose.documents}>{ for props.form.documents.iter().map(|document| item(document, &props.files, lang)) }</ol>
                { edit(compose.edit_documents, "files") }
            </section>
            <p>{ terms.encryption }</p>
            <p>{ rest }</p>
            <p>{ text.cannot_reply }</p>
            if impossible {
                <TroubleCard trouble={Trouble::of(Code::ApprovalImpossible)} />
            } else if waits {
                <p>{ approval.before }</p>
            }
            <div class="app-buttons">
                if !impossible {
                    <button type="button" class="ds-button" data-variant="primary" {onclick}>{ if waits { approval.send } else { compose.send } }</button>
                }
                <button type="button" class="ds-button" data-variant="secondary" onclick={props.on_edit.reform(|_: MouseEvent| "title")}>{ compose.back_to_edit }</button>
            </div>
        </div>
    }
}

/// What the chosen way takes of what was filled in.
fn facts(form: &Form, lang: Lang) -> Vec<(String, String)> {
    const MAILBOX: [PersonField; 9] = [
        PersonField::AvailableFrom,
        PersonField::Sms,
        PersonField::Email,
        PersonField::SenderUnit,
        PersonField::Invoice,
        PersonField::LinkUrl,
        PersonField::LinkText,
        PersonField::LinkButton,
        PersonField::LinkDeadline,
    ];
    const PRINT: [PersonField; 2] = [PersonField::PrintUnit, PersonField::PrintInvoice];
    const INBOX: [PersonField; 3] = [PersonField::Summary, PersonField::Body, PersonField::InboxNotice];
    let (text, channel) = (&lang.text().person, &lang.text().channel);
    let draft = &form.person.draft;
    let filled = |fields: &[PersonField]| -> Vec<(String, String)> {
        let named = fields.iter().map(|field| (field.label(text), field.get(draft)));
        named.filter(|(_, value)| !value.trim().is_empty()).collect()
    };
    let said = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut facts = vec![said(text.kind, kind(form, text))];
    match draft.way {
        PersonWay::Mailbox => {
            let high = draft.mailbox.security_level == 4;
            facts.push(said(text.level, if high { text.level_4 } else { text.level_3 }));
            facts.push(said(text.language, language_name(&draft.mailbox.language, text)));
            facts.push(said(text.opening_receipt, yes(PersonSwitch::OpeningReceipt, form, text)));
            facts.extend(filled(&MAILBOX));
            facts.push(said(text.reminder, yes(PersonSwitch::Reminder, form, text)));
            let kind = ExtensionKind::of(&draft.mailbox);
            if kind != ExtensionKind::None {
                facts.push(said(text.extension, kind.name(text)));
                let fields: Vec<_> = kind.fields().iter().copied().map(PersonField::Extension).collect();
                // A moment is typed with the letter between its day and its hour.
                facts.extend(filled(&fields).into_iter().map(|(name, value)| (name, shown(value))));
            }
        }
        PersonWay::Print => {
            facts.push(said(text.to_address, &address(form, Side::Recipient)));
            facts.push(said(text.colour, yes(PersonSwitch::Colour, form, text)));
            facts.push(said(text.priority, yes(PersonSwitch::Priority, form, text)));
            let destroyed = PersonSwitch::Destroy.get(draft);
            facts.push(said(text.returns, if destroyed { text.return_destroy } else { text.return_direct }));
            facts.push(said(text.back_address, &address(form, Side::Return)));
            facts.extend(filled(&PRINT));
        }
        PersonWay::Inbox => {
            facts.extend(filled(&INBOX));
            let transport = match draft.inbox.options.varsel_transport_type.unwrap_or_default() {
                Transport::EpostOgSms => text.transport_both,
                Transport::Epost => text.transport_email,
                Transport::Sms => text.transport_sms,
            };
            facts.push(said(text.transport, transport));
            facts.push(said(text.inbox_reminder, yes(PersonSwitch::InboxReminder, form, text)));
            facts.push((channel.days.to_owned(), form.choices.shown(ChoiceField::Days, channel.usual)));
            let from = form.choices.get(ChoiceField::From);
            if !from.is_empty() {
                facts.push(said(channel.from, from));
            }
            if form.choices.links.count() > 0 {
                facts.push((channel.links.to_owned(), form.choices.links.to_string()));
            }
        }
    }
    facts
}

/// A date and a time as people read it; anything else as it is.
fn shown(value: String) -> String {
    let moment = value.len() == 16 && value.as_bytes().get(10) == Some(&b'T');
    if moment { value.replacen('T', " ", 1) } else { value }
}

fn kind(form: &Form, text: &PersonText) -> &'static str {
    match form.person.draft.kind {
        PersonKind::Decision => text.decision,
        PersonKind::Information => text.information,
    }
}

fn yes(switch: PersonSwitch, form: &Form, text: &PersonText) -> &'static str {
    if switch.get(&form.person.draft) { text.yes } else { text.no }
}

fn address(form: &Form, side: Side) -> String {
    let part = |part: Postal| PersonField::Address(side, part).get(&form.person.draft);
    let town = format!("{} {}", part(Postal::Code), part(Postal::Town));
    let parts = [
        part(Postal::Name),
        part(Postal::Line(0)),
        part(Postal::Line(1)),
        part(Postal::Line(2)),
        town,
        part(Postal::Country),
    ];
    parts.into_iter().filter(|part| !part.trim().is_empty()).collect::<Vec<_>>().join(", ")
}

/// Holds content, so nothing of it shows.
impl std::fmt::Debug for PersonPreviewProps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonPreviewProps").finish_non_exhaustive()
    }
}
