//! How surely the reader of a letter to KS SvarUt must be signed in.

use konvolutt_shared::svarut::Level;
use yew::prelude::*;

use crate::flow::compose::{Action, Choice, ChoiceField, Field, Form, Mistake, level_name};
use crate::ui::{SelectField, nothing, use_lang};

const LEVELS: [Level; 2] = [Level::Substantial, Level::High];

/// Properties of [`LevelChoice`].
#[derive(Debug, Properties, PartialEq)]
pub(crate) struct LevelProps {
    /// The letter.
    pub form: Form,
    /// Level of the recipient's system, once it is known.
    pub known: Option<u8>,
    /// A person decided.
    pub on_action: Callback<Action>,
    /// What is wrong.
    pub mistakes: Vec<Mistake>,
}

/// The choice where the recipient's system has the highest level. It stays once somebody has chosen: a letter of the other
/// level may go another way, from which there must be a way back.
#[component]
pub(crate) fn LevelChoice(props: &LevelProps) -> Html {
    let text = &use_lang().text().channel;
    let LevelProps { form, known, on_action, mistakes } = props;
    let chosen = form.choices.level_chosen(form.confidential);
    if form.confidential || chosen.is_none() && *known != Some(Level::High.number()) {
        return nothing();
    }
    let options: Vec<AttrValue> = LEVELS.into_iter().map(|one| level_name(one, text).into()).collect();
    let level = form.choices.level_of(false, *known);
    let selected = LEVELS.into_iter().position(|one| one == level).unwrap_or_default();
    let on_select =
        on_action.reform(|at: usize| Action::Choose(Choice::Level(LEVELS.get(at).copied().unwrap_or_default())));
    let found = mistakes.iter().find(|mistake| mistake.field == Field::Choice(ChoiceField::Level));
    let error = found.map(|mistake| AttrValue::from(mistake.text.clone()));
    html! {
        <div id={ChoiceField::Level.slug()} tabindex="-1">
            <SelectField id="level" label={text.level} help={text.level_choice_help} {options} {selected} {error} {on_select} />
        </div>
    }
}
