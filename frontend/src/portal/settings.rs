//! `/innstillinger`: language and theme, and the end of all sessions.

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::app::Choices;
use super::browser::Theme;
use super::frame::{leave, may_leave};
use crate::flow::trouble::Trouble;
use crate::text::Lang;
use crate::ui::page::fetch;
use crate::ui::{PageHeading, SelectField, Shell, TroubleCard, nothing};

/// Properties of [`Settings`].
#[derive(Properties, PartialEq)]
pub(crate) struct SettingsProps {
    /// The surroundings.
    pub shell: Shell,
    /// Language and theme.
    pub choices: Choices,
}

/// The page.
#[component]
pub(crate) fn Settings(props: &SettingsProps) -> Html {
    let choices = &props.choices;
    let frame = &choices.lang.text().frame;
    let saved = use_state(|| false);
    let languages: Vec<AttrValue> = Lang::ALL.into_iter().map(|lang| lang.name().into()).collect();
    let themes: Vec<AttrValue> = Theme::ALL.into_iter().map(|theme| theme.name(choices.lang).into()).collect();
    let language = Lang::ALL.into_iter().position(|lang| lang == choices.lang).unwrap_or_default();
    let theme = Theme::ALL.into_iter().position(|theme| theme == choices.theme).unwrap_or_default();
    let on_language = {
        let (set, saved) = (choices.set_lang.clone(), saved.clone());
        Callback::from(move |index: usize| {
            set.emit(Lang::ALL.get(index).copied().unwrap_or_default());
            saved.set(true);
        })
    };
    let on_theme = {
        let (set, saved) = (choices.set_theme.clone(), saved.clone());
        Callback::from(move |index: usize| {
            set.emit(Theme::ALL.get(index).copied().unwrap_or_default());
            saved.set(true);
        })
    };
    html! {
        <>
            <PageHeading text={frame.settings} />
            <div class="app-stack app-narrow">
                <p>{ frame.settings_lead }{ " " }{ frame.settings_sign_out }</p>
                <SelectField id="settings-language" label={frame.language_heading} options={languages} selected={language} on_select={on_language} />
                <SelectField id="settings-theme" label={frame.theme} options={themes} selected={theme} on_select={on_theme} />
                <p role="status">{ if *saved { frame.settings_saved } else { "" } }</p>
                <SignOutEverywhere shell={props.shell.clone()} />
            </div>
        </>
    }
}

#[derive(Properties, PartialEq)]
struct SignOutEverywhereProps {
    shell: Shell,
}

/// Says so when it did not work: somebody may rely on it.
#[component]
fn SignOutEverywhere(props: &SignOutEverywhereProps) -> Html {
    let frame = &props.shell.text().frame;
    let trouble = use_state(|| None::<Trouble>);
    let onclick = {
        let (shell, trouble) = (props.shell.clone(), trouble.clone());
        move |_: MouseEvent| {
            let (shell, trouble) = (shell.clone(), trouble.clone());
            spawn_local(async move {
                if !may_leave(&shell).await {
                    return;
                }
                let (backend, leaving) = (shell.backend.clone(), shell.clone());
                fetch(&shell, async move { backend.sign_out_everywhere().await }, move |result| match result {
                    Ok(answer) => spawn_local(async move { leave(&leaving, Some(answer)).await }),
                    Err(found) => trouble.set(Some(found)),
                });
            });
        }
    };
    html! {
        <section class="app-section">
            <button type="button" class="ds-button" data-variant="secondary" aria-describedby="everywhere-help" {onclick}>{ frame.sign_out_everywhere }</button>
            <p id="everywhere-help" class="app-help">{ frame.sign_out_everywhere_help }</p>
            <div>{ trouble.as_ref().map_or_else(nothing, |trouble| html! { <TroubleCard trouble={trouble.clone()} /> }) }</div>
        </section>
    }
}
