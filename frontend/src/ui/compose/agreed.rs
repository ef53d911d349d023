//! An agreed message instead of a letter, offered where the recipient takes such.

use konvolutt_shared::letter::{AGREED_PROCESS, MAX_IDENTIFIER};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{ask, send};
use crate::flow::compose::{Action, AgreedField, Field, Form, Mistake};
use crate::text::fill;
use crate::ui::{CheckField, Shell, TextArea, TextField, nothing, use_lang};

/// Properties of [`AgreedChoice`].
#[derive(Properties, PartialEq)]
pub(crate) struct AgreedProps {
    /// The surroundings.
    pub shell: Shell,
    /// The letter.
    pub form: Form,
    /// What is wrong.
    pub mistakes: Vec<Mistake>,
    /// A person chose or typed.
    pub on_action: Callback<Action>,
}

/// The choice, and what is filled in.
#[component]
pub(crate) fn AgreedChoice(props: &AgreedProps) -> Html {
    let text = &use_lang().text().compose;
    let orgnr = props.form.recipient.as_ref().map(|recipient| recipient.orgnr.clone());
    let offered = use_offered(&props.shell, orgnr);
    let agreed = &props.form.agreed;
    if !offered && !agreed.on {
        return nothing();
    }
    let error = |field| {
        let found = props.mistakes.iter().find(|mistake| mistake.field == Field::Agreed(field));
        found.map(|mistake| AttrValue::from(mistake.text.clone()))
    };
    let typed = |field| props.on_action.reform(move |value| Action::AgreedText(field, value));
    let (identifier, content) = (AgreedField::Identifier, AgreedField::Content);
    let help = fill(text.agreed_name_help, &[("max", &MAX_IDENTIFIER.to_string())]);
    let fields = if agreed.on {
        html! {
            <>
                <TextField id={identifier.slug()} label={text.agreed_name} {help} value={agreed.get(identifier).to_owned()} required=true
                    error={error(identifier)} on_input={typed(identifier)} />
                <TextArea id={content.slug()} label={text.agreed_content} help={text.agreed_content_help} value={agreed.get(content).to_owned()}
                    error={error(content)} on_input={typed(content)} />
            </>
        }
    } else {
        nothing()
    };
    html! {
        <div class="app-stack">
            <CheckField id="agreed" label={text.agreed} help={text.agreed_help} on={agreed.on} on_change={props.on_action.reform(Action::Agreed)} />
            <div class="app-stack">{ fields }</div>
        </div>
    }
}

/// Whether the recipient is registered for such messages, verified in this browser. That nobody answers is no reason to
/// trouble anybody who writes a letter.
#[hook]
fn use_offered(shell: &Shell, orgnr: Option<String>) -> bool {
    let offered = use_state(|| None::<String>);
    {
        let (offered, shell) = (offered.clone(), shell.clone());
        use_effect_with(orgnr.clone(), move |orgnr| {
            if let Some(orgnr) = orgnr.clone() {
                spawn_local(async move {
                    let found = send::delivery(&shell, &orgnr, AGREED_PROCESS, None, ask::OLDEST).await;
                    offered.set(found.is_ok().then_some(orgnr));
                });
            }
        });
    }
    offered.is_some() && *offered == orgnr
}

/// Holds content, so nothing of it shows.
impl std::fmt::Debug for AgreedProps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AgreedProps").finish_non_exhaustive()
    }
}
