//! The archive fields, folded, with good defaults.

use yew::prelude::*;

use crate::flow::compose::{Action, CaseField, Field, Form, Mistake};
use crate::ui::{TextField, use_lang};

/// Properties of [`Archive`].
#[derive(Debug, Properties, PartialEq)]
pub(crate) struct ArchiveProps {
    /// The letter.
    pub form: Form,
    /// A person typed.
    pub on_action: Callback<Action>,
    /// What is wrong.
    pub mistakes: Vec<Mistake>,
}

/// The section "Arkivopplysninger".
#[component]
pub(crate) fn Archive(props: &ArchiveProps) -> Html {
    let text = &use_lang().text().compose;
    let field = |field: CaseField| {
        let (label, help) = match field {
            CaseField::Number => (text.case_number, Some(text.case_number_help)),
            CaseField::Title => (text.case_title, Some(text.case_title_help)),
            CaseField::Date => (text.document_date, None),
            CaseField::OurReference => (text.our_reference, None),
            CaseField::TheirReference => (text.their_reference, None),
            CaseField::CaseWorker => (text.case_worker, None),
            CaseField::Restriction => (text.access_restriction, Some(text.access_restriction_help)),
        };
        let error = props.mistakes.iter().find(|mistake| mistake.field == Field::Case(field));
        html! {
            <TextField key={field.slug()} id={field.slug()} {label} {help}
                kind={if field == CaseField::Date { "date" } else { "text" }}
                value={props.form.case.get(field).to_owned()} error={error.map(|mistake| AttrValue::from(mistake.text.clone()))}
                on_input={props.on_action.reform(move |value| Action::Case(field, value))} />
        }
    };
    let open = props.mistakes.iter().any(|mistake| matches!(mistake.field, Field::Case(_)));
    html! {
        <details class="ds-details app-section" {open}>
            <summary>{ text.archive }</summary>
            <div class="app-stack">
                <p class="app-help">{ text.archive_help }</p>
                { for CaseField::ALL.into_iter().map(field) }
            </div>
        </details>
    }
}
