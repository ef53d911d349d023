//! Components that portal and widget share.
//!
//! House rule for Yew 0.23: no component renders nothing. An empty one returns [`nothing`], and conditional blocks
//! stand inside an element of their own, else the page crashes when they toggle.

pub mod access;
pub mod age;
pub mod alert;
pub mod certificate;
pub mod choice;
pub mod compose;
pub mod field;
pub mod heading;
pub mod page;
pub mod shell;
pub mod status;

use wasm_bindgen::JsCast;
use web_sys::{Blob, HtmlAnchorElement, HtmlElement, Url};
use yew::prelude::*;

pub use access::{NoAccess, NoAccessPage};
pub use alert::{Alert, TroubleCard};
pub use field::{CheckField, SelectField, TextArea, TextField};
pub use heading::PageHeading;
pub use shell::{Shell, use_lang};
pub(crate) use status::tag;
pub use status::{StatusTag, Timeline};

/// What an empty component renders.
pub fn nothing() -> Html {
    html! { <span hidden=true /> }
}

/// Moves focus to an element by its id.
pub fn focus(id: &str) {
    let element = web_sys::window().and_then(|window| window.document()?.get_element_by_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // An element that cannot take focus keeps it where it was.
        let _ = element.focus();
    }
}

/// Gives a file to the person under a name.
pub fn save(blob: &Blob, name: &str) {
    let Ok(url) = Url::create_object_url_with_blob(blob) else { return };
    let anchor = web_sys::window()
        .and_then(|window| window.document()?.create_element("a").ok())
        .and_then(|element| element.dyn_into::<HtmlAnchorElement>().ok());
    if let Some(anchor) = anchor {
        anchor.set_href(&url);
        anchor.set_download(name);
        anchor.click();
    }
    wasm_bindgen_futures::spawn_local(async move {
        // The download has the bytes long before this; until then the URL must stay.
        crate::backend::sleep(60_000).await;
        let _ = Url::revoke_object_url(&url);
    });
}

/// Opens a PDF in a tab of its own. The type is forced: a file that only claims to be a PDF must not run as a page of ours.
pub fn open_pdf(blob: &Blob) {
    let pdf = blob.slice_with_f64_and_f64_and_content_type(0.0, blob.size(), "application/pdf");
    let Some(url) = pdf.ok().and_then(|pdf| Url::create_object_url_with_blob(&pdf).ok()) else { return };
    if let Some(window) = web_sys::window() {
        // A blocked pop-up leaves the download, which is offered beside it.
        let _ = window.open_with_url_and_target_and_features(&url, "_blank", "noopener");
    }
    wasm_bindgen_futures::spawn_local(async move {
        crate::backend::sleep(60_000).await;
        let _ = Url::revoke_object_url(&url);
    });
}

/// A random version 4 UUID from the browser.
pub fn random_uuid() -> String {
    web_sys::window().and_then(|window| window.crypto().ok()).map(|crypto| crypto.random_uuid()).unwrap_or_default()
}
