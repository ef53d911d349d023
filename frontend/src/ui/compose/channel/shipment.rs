//! How KS SvarUt treats a letter.

use konvolutt_shared::svarut::Level;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::ChannelProps;
use crate::backend::Backend;
use crate::flow::compose::{Action, Choice, ChoiceField, level_name, one_line};
use crate::text::{ChannelText, fill};
use crate::ui::{CheckField, SelectField, TextField, nothing, use_lang};

/// The group "Valg for KS SvarUt".
#[component]
pub(crate) fn Shipment(props: &ChannelProps) -> Html {
    let text = &use_lang().text().channel;
    let on_digital = props.on_action.reform(|on| Action::Choose(Choice::DigitalOnly(on)));
    let usual = if props.form.choices.digital_usual { format!("{} ", text.digital_usual) } else { String::new() };
    let help = format!("{usual}{}", text.digital_only_help);
    html! {
        <fieldset class="ds-fieldset">
            <legend class="ds-label">{ text.shipment }</legend>
            <Types backend={props.backend.clone()} chosen={props.form.choices.get(ChoiceField::ShipmentType).to_owned()}
                error={props.error(ChoiceField::ShipmentType)} on_choose={props.typed(ChoiceField::ShipmentType)} />
            <div>{ level(props, text) }</div>
            <CheckField id="digital-only" label={text.digital_only} help={help} on={props.form.choices.digital_only()} on_change={on_digital} />
            <div>{ if props.form.choices.digital_only() { nothing() } else { paper(props, text) } }</div>
        </fieldset>
    }
}

/// What it is, where there is nothing to choose.
fn level(props: &ChannelProps, text: &ChannelText) -> Html {
    let (form, known) = (&props.form, props.known.security_level);
    let is_free = known == Some(Level::High.number()) || form.choices.level_chosen(false).is_some();
    if is_free && !form.confidential {
        return nothing();
    }
    let name = level_name(form.choices.level_of(form.confidential, known), text);
    html! {
        <div id={ChoiceField::Level.slug()} tabindex="-1">
            <p>{ text.level }{ ": " }<strong>{ name }</strong></p>
            <p class="app-help">{ text.level_help }</p>
        </div>
    }
}

fn paper(props: &ChannelProps, text: &ChannelText) -> Html {
    let field = |field: ChoiceField| {
        let label = match field {
            ChoiceField::PostalCode => text.postal_code,
            ChoiceField::Place => text.place,
            _ => text.line,
        };
        html! {
            <TextField key={field.slug()} id={field.slug()} {label} numeric={field == ChoiceField::PostalCode}
                value={props.form.choices.get(field).to_owned()} error={props.error(field)} on_input={props.typed(field)} />
        }
    };
    let registered =
        props.known.paper.as_ref().map(|paper| fill(text.paper_registered, &[("adresse", &one_line(paper))]));
    let help = registered.unwrap_or_else(|| text.paper_help.to_owned());
    html! {
        <fieldset class="ds-fieldset">
            <legend class="ds-label">{ text.paper }</legend>
            <p class="app-help">{ help }</p>
            { for ChoiceField::ADDRESS.into_iter().map(field) }
        </fieldset>
    }
}

#[derive(Debug, Properties, PartialEq)]
struct TypesProps {
    backend: Backend,
    chosen: String,
    error: Option<AttrValue>,
    on_choose: Callback<String>,
}

/// SvarUt's own list. A letter can go without a type, so a list that does not come stops nobody.
#[component]
fn Types(props: &TypesProps) -> Html {
    let text = &use_lang().text().channel;
    let list = use_state(|| Some(Vec::<String>::new()));
    {
        let (list, backend) = (list.clone(), props.backend.clone());
        use_effect_with((), move |()| {
            spawn_local(async move { list.set(backend.shipment_types().await.ok().map(|answer| answer.types)) });
        });
    }
    let Some(types) = (*list).clone() else {
        return html! { <p role="status">{ text.shipment_types_failed }</p> };
    };
    let names = std::iter::once(AttrValue::from(text.shipment_type_none));
    let options: Vec<_> = names.chain(types.iter().map(|name| name.clone().into())).collect();
    let selected = types.iter().position(|name| *name == props.chosen).map_or(0, |at| at + 1);
    let on_select = props
        .on_choose
        .reform(move |at: usize| at.checked_sub(1).and_then(|at| types.get(at)).cloned().unwrap_or_default());
    html! {
        <SelectField id={ChoiceField::ShipmentType.slug()} label={text.shipment_type} help={text.shipment_type_help} {options} {selected}
            error={props.error.clone()} {on_select} />
    }
}
