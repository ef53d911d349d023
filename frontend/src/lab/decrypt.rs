//! Looking inside a sealed package with a key that is used once.

use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::app::{Artefact, read};
use super::text::text;
use crate::flow::timeline::Tone;
use crate::text::Lang;
use crate::ui::{Alert, nothing};
use crate::vault::Vault;

#[derive(Properties, PartialEq)]
pub(super) struct DecryptProps {
    pub(super) artefact: Artefact,
    pub(super) lang: Lang,
    pub(super) vault: Vault,
    pub(super) on_decrypted: Callback<Artefact>,
}

/// Takes a key file and password, uses them once, keeps nothing.
#[component]
pub(super) fn Decrypt(props: &DecryptProps) -> Html {
    let t = text(props.lang);
    let (file, password) = (use_node_ref(), use_node_ref());
    let refused = use_state(|| None::<String>);
    let busy = use_state(|| false);
    let onsubmit = {
        let (file, password, refused, busy) = (file.clone(), password.clone(), refused.clone(), busy.clone());
        let (artefact, lang, vault) = (props.artefact.clone(), props.lang, props.vault.clone());
        let on_decrypted = props.on_decrypted.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            let input = |node: &NodeRef| node.cast::<HtmlInputElement>();
            let chosen = input(&file).and_then(|input| input.files()?.get(0));
            let Some(chosen) = chosen else {
                refused.set(Some(text(lang).no_key.to_owned()));
                return;
            };
            let secret = input(&password).map(|input| input.value()).unwrap_or_default();
            let (refused, busy, vault, artefact) = (refused.clone(), busy.clone(), vault.clone(), artefact.clone());
            let on_decrypted = on_decrypted.clone();
            busy.set(true);
            spawn_local(async move {
                let key = Some((chosen, secret));
                match read(&vault, artefact.blob.clone(), artefact.name.clone(), key, lang).await {
                    Ok(Artefact { inner: Some(inner), .. }) => on_decrypted.emit(*inner),
                    Ok(_) => refused.set(Some(text(lang).unreadable.to_owned())),
                    Err(why) => refused.set(Some(why)),
                }
                busy.set(false);
            });
        }
    };
    html! {
        <section aria-labelledby="decrypt-heading" class="ds-card lab-decrypt">
            <h2 id="decrypt-heading" class="ds-heading" data-size="sm">{ t.decrypt_heading }</h2>
            <p>{ t.decrypt_lead }</p>
            <form {onsubmit}>
                <div class="ds-field">
                    <label class="ds-label" for="key-file">{ t.key_file }</label>
                    <input ref={file} id="key-file" type="file" accept=".p12,.pfx" class="ds-input" />
                </div>
                <div class="ds-field">
                    <label class="ds-label" for="key-password">{ t.password }</label>
                    <input ref={password} id="key-password" type="password" autocomplete="off" class="ds-input" />
                </div>
                <div role="alert">{ (*refused).clone().map_or_else(nothing, |why| html! { <Alert tone={Tone::Danger}>{ why }</Alert> }) }</div>
                <p><button type="submit" class="ds-button" aria-busy={busy.to_string()}>{ t.decrypt }</button></p>
            </form>
        </section>
    }
}
