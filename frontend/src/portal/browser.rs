//! The few things the portal keeps in the browser: language, theme, the organisation one acts for, and until when one has seen
//! what went wrong. No content.

use jiff::Timestamp;
use web_sys::Storage;

use crate::text::Lang;

const LANG: &str = "konvolutt.lang";
const THEME: &str = "konvolutt.theme";
const ORGANISATION: &str = "konvolutt.organisation";
const SEEN: &str = "konvolutt.seen";

/// Light, dark, or as the machine is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the machine.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All, in the order the button goes through them.
    pub(crate) const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// Designsystemet's `data-color-scheme`.
    pub(crate) const fn scheme(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The next one.
    pub(crate) const fn next(self) -> Self {
        match self {
            Self::Auto => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Auto,
        }
    }

    /// Its name.
    pub(crate) const fn name(self, lang: Lang) -> &'static str {
        let frame = &lang.text().frame;
        match self {
            Self::Auto => frame.theme_auto,
            Self::Light => frame.theme_light,
            Self::Dark => frame.theme_dark,
        }
    }
}

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

fn read(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

fn write(key: &str, value: &str) {
    if let Some(storage) = storage() {
        // A browser that keeps nothing still works; the choice lasts as long as the page.
        let _ = storage.set_item(key, value);
    }
}

/// The chosen language, bokmål if none was.
pub(crate) fn lang() -> Lang {
    read(LANG).and_then(|tag| Lang::from_tag(&tag)).unwrap_or_default()
}

/// Keeps the language and tells the document.
pub(crate) fn set_lang(lang: Lang) {
    write(LANG, lang.tag());
    show_lang(lang);
}

/// Tells the document which language it is in.
pub(crate) fn show_lang(lang: Lang) {
    let root = web_sys::window().and_then(|window| window.document()?.document_element());
    if let Some(root) = root {
        let _ = root.set_attribute("lang", lang.tag());
    }
}

/// The chosen theme.
pub(crate) fn theme() -> Theme {
    let kept = read(THEME);
    Theme::ALL.into_iter().find(|theme| Some(theme.scheme()) == kept.as_deref()).unwrap_or_default()
}

/// Keeps the theme and tells the document.
pub(crate) fn set_theme(theme: Theme) {
    write(THEME, theme.scheme());
    show_theme(theme);
}

/// Tells the document which theme it has.
pub(crate) fn show_theme(theme: Theme) {
    let body = web_sys::window().and_then(|window| window.document()?.body());
    if let Some(body) = body {
        let _ = body.set_attribute("data-color-scheme", theme.scheme());
    }
}

/// The organisation one acted for last.
pub(crate) fn organisation() -> Option<String> {
    read(ORGANISATION)
}

/// Keeps the organisation one acts for.
pub(crate) fn set_organisation(orgnr: &str) {
    write(ORGANISATION, orgnr);
}

/// Up to when everything that went wrong for an organisation has been seen in this browser.
pub(crate) fn seen_until(orgnr: &str) -> Option<Timestamp> {
    read(&seen_key(orgnr)).and_then(|text| text.parse().ok())
}

/// Keeps until when everything has been seen. It never goes back.
pub(crate) fn set_seen_until(orgnr: &str, until: Timestamp) {
    if seen_until(orgnr).is_none_or(|before| before < until) {
        write(&seen_key(orgnr), &until.to_string());
    }
}

fn seen_key(orgnr: &str) -> String {
    format!("{SEEN}-{orgnr}")
}

/// Leaves the portal for another page.
pub(crate) fn go_to(address: &str) {
    if let Some(window) = web_sys::window() {
        // A browser that does not follow stays where it is, signed out all the same.
        let _ = window.location().assign(address);
    }
}

/// Asks a question that is answered with yes or no. Where none can be asked the answer is yes.
pub(crate) fn confirm(question: &str) -> bool {
    web_sys::window().and_then(|window| window.confirm_with_message(question).ok()).unwrap_or(true)
}

/// The path and query of the page that is shown.
pub(crate) fn here() -> String {
    let location = web_sys::window().map(|window| window.location());
    let part = |part: Option<Result<String, wasm_bindgen::JsValue>>| part.and_then(Result::ok).unwrap_or_default();
    part(location.as_ref().map(web_sys::Location::pathname)) + &part(location.as_ref().map(web_sys::Location::search))
}
