//! The lab's page: take something in, show what it is.

use std::rc::Rc;

use konvolutt_shared::finding::{Finding, Place, Severity};
use konvolutt_shared::inspect::{Confidence, Kind, Report, Verdict};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, File, HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::hex::{HexView, SHOWN};
use super::state::{TreeState, range};
use super::text::{LabText, kind_name, text};
use super::tree::TreeView;
use crate::flow::timeline::Tone;
use crate::portal::browser;
use crate::text::{Lang, fill, problem, size};
use crate::ui::{Alert, focus, nothing};
use crate::vault::Vault;

/// The largest artefact the lab takes, in bytes: it is held in memory to be drawn.
const MAX_BYTES: f64 = 256.0 * 1024.0 * 1024.0;

/// One artefact that was read, and what it lay in.
#[derive(Clone, Debug, PartialEq)]
struct Artefact {
    name: String,
    blob: Blob,
    head: Rc<Vec<u8>>,
    report: Rc<Report>,
    /// What was found inside after decryption.
    inner: Option<Box<Artefact>>,
}

#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Empty,
    Reading,
    Refused(String),
    Shown(Box<Artefact>),
}

/// The lab.
#[component]
pub fn Lab() -> Html {
    let lang = browser::lang();
    let stage = use_state(|| Stage::Empty);
    let vault = use_state(Vault::start);
    use_effect_with((), move |()| {
        browser::show_lang(lang);
        browser::show_theme(browser::theme());
    });
    let take = {
        let (stage, vault) = (stage.clone(), vault.clone());
        Callback::from(move |(blob, name): (Blob, String)| {
            let (stage, vault) = (stage.clone(), vault.clone());
            stage.set(Stage::Reading);
            spawn_local(async move {
                let read = match (*vault).as_ref() {
                    Ok(vault) => read(vault, blob, name, None, lang).await,
                    Err(_) => Err(lang.text().frame.wasm_missing.to_owned()),
                };
                stage.set(read.map_or_else(Stage::Refused, |artefact| Stage::Shown(Box::new(artefact))));
                focus("result");
            });
        })
    };
    let t = text(lang);
    let body = match (*stage).clone() {
        Stage::Empty => nothing(),
        Stage::Reading => html! { <p role="status">{ t.reading }</p> },
        Stage::Refused(why) => html! { <Alert tone={Tone::Danger}>{ why }</Alert> },
        Stage::Shown(artefact) => {
            let on_decrypted = {
                let (stage, outer) = (stage.clone(), artefact.clone());
                Callback::from(move |inner: Artefact| {
                    stage.set(Stage::Shown(Box::new(Artefact { inner: Some(Box::new(inner)), ..(*outer).clone() })));
                    focus("result");
                })
            };
            html! { <Shown artefact={*artefact} {lang} vault={(*vault).clone().ok()} {on_decrypted} /> }
        }
    };
    html! {
        <ContextProvider<Lang> context={lang}>
            <div class="app-root">
                <a class="ds-skip-link" href="#main">{ lang.text().frame.skip }</a>
                <main id="main" class="app-main lab" tabindex="-1">
                    <p><a class="ds-link" href="/">{ t.portal }</a></p>
                    <h1 class="ds-heading" data-size="lg">{ t.title }</h1>
                    <p>{ t.promise }</p>
                    <Intake {lang} {take} />
                    <div>{ body }</div>
                </main>
            </div>
        </ContextProvider<Lang>>
    }
}

/// Reads and inspects a blob; with a key also what is sealed in it.
async fn read(
    vault: &Vault,
    blob: Blob,
    name: String,
    key: Option<(File, String)>,
    lang: Lang,
) -> Result<Artefact, String> {
    let t = text(lang);
    if blob.size() > MAX_BYTES {
        let slots = [("størrelse", &*size(blob.size() as u64, lang)), ("max", &*size(MAX_BYTES as u64, lang))];
        return Err(fill(t.too_big, &slots));
    }
    let head = bytes(&blob, SHOWN as f64).await.ok_or(t.unreadable)?;
    let inspected = vault.inspect(&blob, key).await.map_err(|findings| advice(&findings, lang))?;
    let inner = match inspected.inner {
        None => None,
        Some((content, report)) => {
            let head = bytes(&content, SHOWN as f64).await.ok_or(t.unreadable)?;
            let name = t.decrypted.to_owned();
            Some(Box::new(Artefact { name, blob: content, head: Rc::new(head), report: Rc::new(report), inner: None }))
        }
    };
    Ok(Artefact { name, blob, head: Rc::new(head), report: Rc::new(inspected.report), inner })
}

async fn bytes(blob: &Blob, most: f64) -> Option<Vec<u8>> {
    let head = blob.slice_with_f64_and_f64(0.0, blob.size().min(most)).ok()?;
    let buffer = JsFuture::from(head.array_buffer()).await.ok()?;
    Some(js_sys::Uint8Array::new(&buffer).to_vec())
}

fn advice(findings: &[Finding], lang: Lang) -> String {
    let first = findings.first().map(|finding| problem(finding.code, lang));
    first.map_or_else(|| text(lang).unreadable.to_owned(), |text| format!("{}. {}", text.heading, text.what_now))
}

#[derive(Properties, PartialEq)]
struct IntakeProps {
    lang: Lang,
    take: Callback<(Blob, String)>,
}

/// Drop zone, file button and a field to paste into.
#[component]
fn Intake(props: &IntakeProps) -> Html {
    let t = text(props.lang);
    let (input, pasted) = (use_node_ref(), use_node_ref());
    let take_file = {
        let take = props.take.clone();
        move |file: File| {
            let name = file.name();
            take.emit((file.into(), name));
        }
    };
    let ondrop = {
        let take_file = take_file.clone();
        move |event: DragEvent| {
            event.prevent_default();
            let files = event.data_transfer().and_then(|data| data.files());
            if let Some(file) = files.and_then(|files| files.get(0)) {
                take_file(file);
            }
        }
    };
    let onchange = move |event: Event| {
        let input = event.target_dyn_into::<HtmlInputElement>();
        if let Some(input) = input {
            if let Some(file) = input.files().and_then(|files| files.get(0)) {
                take_file(file);
            }
            // The same file may be chosen again.
            input.set_value("");
        }
    };
    let choose = {
        let input = input.clone();
        move |_| {
            if let Some(input) = input.cast::<HtmlInputElement>() {
                input.click();
            }
        }
    };
    let paste = {
        let (pasted, take, name) = (pasted.clone(), props.take.clone(), t.paste.to_owned());
        move |_| {
            let value = pasted.cast::<HtmlTextAreaElement>().map(|area| area.value()).unwrap_or_default();
            let parts = js_sys::Array::of1(&value.into());
            if let Ok(blob) = Blob::new_with_str_sequence(&parts) {
                take.emit((blob, name.clone()));
            }
        }
    };
    html! {
        <section class="app-drop" {ondrop} ondragover={|event: DragEvent| event.prevent_default()}>
            <p>{ t.lead }{ " " }{ t.kinds }</p>
            <input ref={input} type="file" class="app-hidden-file" tabindex="-1" aria-hidden="true" {onchange} />
            <p><button type="button" class="ds-button" onclick={choose}>{ t.choose }</button></p>
            <details class="ds-details">
                <summary>{ t.paste }</summary>
                <div>
                    <div class="ds-field">
                        <label class="ds-label" for="paste">{ t.paste }</label>
                        <textarea ref={pasted} id="paste" class="ds-input" rows="6" spellcheck="false" />
                    </div>
                    <button type="button" class="ds-button" data-variant="secondary" onclick={paste}>{ t.paste_go }</button>
                </div>
            </details>
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct ShownProps {
    artefact: Artefact,
    lang: Lang,
    vault: Option<Vault>,
    on_decrypted: Callback<Artefact>,
}

/// One artefact, or what was found inside it.
#[component]
fn Shown(props: &ShownProps) -> Html {
    let outside = use_state(|| false);
    let t = text(props.lang);
    let inner = props.artefact.inner.as_deref().filter(|_| !*outside);
    let shown = inner.unwrap_or(&props.artefact);
    let back = {
        let outside = outside.clone();
        move |_| outside.set(!*outside)
    };
    let crumb = match (&props.artefact.inner, *outside) {
        (None, _) => nothing(),
        (Some(_), false) => html! {
            <button type="button" class="ds-button" data-variant="tertiary" onclick={back}>
                { fill(t.back, &[("navn", &props.artefact.name)]) }
            </button>
        },
        (Some(_), true) => html! {
            <button type="button" class="ds-button" data-variant="tertiary" onclick={back}>{ t.decrypted }</button>
        },
    };
    let sealed = shown.report.kind == Kind::EnvelopedData && shown.report.confidence == Confidence::Certain;
    html! {
        <div>
            <div>{ crumb }</div>
            <ResultView key={shown.report.sha256.clone()} artefact={shown.clone()} lang={props.lang} />
            <div>
                { match (&props.vault, sealed) {
                    (Some(vault), true) => html! {
                        <Decrypt artefact={shown.clone()} lang={props.lang} vault={vault.clone()} on_decrypted={props.on_decrypted.clone()} />
                    },
                    _ => nothing(),
                } }
            </div>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct ResultProps {
    artefact: Artefact,
    lang: Lang,
}

/// Verdict, findings, structure and bytes.
#[component]
fn ResultView(props: &ResultProps) -> Html {
    let (t, lang) = (text(props.lang), props.lang);
    let report = &props.artefact.report;
    let tree = use_memo(report.clone(), |report| report.tree.clone());
    let state = use_state(|| TreeState::new(&report.tree));
    let hex = use_state(|| report.tree.is_empty());
    let marked = use_state(|| None::<(u64, u64)>);
    let on_change = {
        let (state, marked, tree) = (state.clone(), marked.clone(), tree.clone());
        Callback::from(move |next: TreeState| {
            marked.set(range(&tree, &next.chosen).filter(|&(_, length)| length > 0));
            state.set(next);
        })
    };
    let on_show = {
        let (hex, marked) = (hex.clone(), marked.clone());
        Callback::from(move |place: Place| {
            marked.set(place.offset.map(|offset| (offset, place.length.unwrap_or(1).max(1))));
            hex.set(true);
        })
    };
    let (tone, word, means) = match report.verdict {
        Verdict::Passed => (Tone::Success, t.passed, t.passed_means),
        Verdict::Unclear => (Tone::Warning, t.unclear, t.unclear_means),
        Verdict::Failed => (Tone::Danger, t.failed, t.failed_means),
    };
    let kind = [("type", kind_name(report.kind, lang))];
    let detected = match report.confidence {
        Confidence::Certain => fill(t.detected, &kind),
        Confidence::Likely => fill(t.looks_like, &kind),
        Confidence::None => t.unknown.to_owned(),
    };
    let size = size(report.size, lang);
    let facts = [("navn", &*props.artefact.name), ("størrelse", &*size), ("sum", &*report.sha256)];
    let tab = |chosen: bool, id: &'static str, panel: &'static str, label: &'static str| {
        let hex = hex.clone();
        let onclick = move |_| hex.set(id == "tab-hex");
        html! {
            <button type="button" role="tab" {id} aria-controls={panel} aria-selected={chosen.to_string()} class="ds-button"
                data-variant={if chosen { "secondary" } else { "tertiary" }} {onclick}>{ label }</button>
        }
    };
    html! {
        <div>
            <section id="result" tabindex="-1" aria-label={t.result} role="region">
                <h2 class="ds-heading" data-size="sm">{ t.result }</h2>
                <Alert {tone}><p><strong>{ word }</strong></p><p>{ means }</p></Alert>
                <p>{ detected }</p>
                <p class="app-small lab-facts">{ fill(t.facts, &facts) }</p>
            </section>
            <Findings findings={report.findings.clone()} {lang} {on_show} />
            <div role="tablist" aria-label={t.tabs} class="app-buttons">
                { tab(!*hex, "tab-tree", "panel", t.tab_tree) }
                { tab(*hex, "tab-hex", "panel", t.tab_hex) }
            </div>
            <div id="panel" role="tabpanel" aria-labelledby={if *hex { "tab-hex" } else { "tab-tree" }}>
                { if *hex { hex_panel(&props.artefact, *marked, t, lang) } else {
                    html! { <TreeView label={t.content} tree={tree.clone()} state={(*state).clone()} {on_change} /> }
                } }
            </div>
        </div>
    }
}

fn hex_panel(artefact: &Artefact, marked: Option<(u64, u64)>, t: &LabText, lang: Lang) -> Html {
    let (shown, all) = (size(artefact.head.len() as u64, lang), size(artefact.report.size, lang));
    html! {
        <div>
            <p class="app-small">{ fill(t.hex_head, &[("vist", &shown), ("størrelse", &all)]) }</p>
            <HexView bytes={artefact.head.clone()} {marked} />
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct FindingsProps {
    findings: Vec<Finding>,
    lang: Lang,
    on_show: Callback<Place>,
}

/// The list "Funn": gravest first, each with its place and a way to its bytes.
#[component]
fn Findings(props: &FindingsProps) -> Html {
    let t = text(props.lang);
    let rows = props.findings.iter().enumerate().map(|(index, finding)| {
        let words = problem(finding.code, props.lang);
        let tone = match finding.severity {
            Severity::Error => Tone::Danger,
            Severity::Warning => Tone::Warning,
            Severity::Info => Tone::Info,
        };
        let place = finding.place.clone();
        html! {
            <li key={index} class="app-finding">
                <span class="ds-tag" data-color={tone.color()} aria-hidden="true">{ tone.sign() }</span>
                <span>
                    <strong>{ words.heading }</strong>{ ". " }{ words.what_now }
                    <span class="app-small lab-place">{ place_text(finding, t) }</span>
                    <span lang="en" class="app-small lab-place">{ &finding.message }</span>
                    <span>{ place.filter(|place| place.offset.is_some()).map_or_else(nothing, |place| {
                        let on_show = props.on_show.clone();
                        html! { <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" onclick={move |_| on_show.emit(place.clone())}>{ t.show }</button> }
                    }) }</span>
                </span>
            </li>
        }
    });
    html! {
        <section>
            <h2 class="ds-heading" data-size="sm" id="findings">{ t.findings }</h2>
            <div>{ if props.findings.is_empty() { html! { <p>{ t.findings_none }</p> } } else {
                html! { <ul class="app-plain" role="list" aria-labelledby="findings">{ for rows }</ul> }
            } }</div>
        </section>
    }
}

fn place_text(finding: &Finding, t: &LabText) -> String {
    let Some(place) = &finding.place else { return finding.code.to_string() };
    let path = fill(t.place, &[("kode", finding.code.as_str()), ("sti", &place.path)]);
    match (place.offset, place.length) {
        (Some(from), Some(length)) if length > 0 => {
            let (from, to) = (from.to_string(), (from + length - 1).to_string());
            format!("{path}, {}", fill(t.bytes, &[("fra", &from), ("til", &to)]))
        }
        (Some(from), _) => format!("{path}, {}", fill(t.byte, &[("fra", &from.to_string())])),
        _ => path,
    }
}

#[derive(Properties, PartialEq)]
struct DecryptProps {
    artefact: Artefact,
    lang: Lang,
    vault: Vault,
    on_decrypted: Callback<Artefact>,
}

/// Takes a key file and password, uses them once, keeps nothing.
#[component]
fn Decrypt(props: &DecryptProps) -> Html {
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

#[cfg(test)]
mod tests {
    use super::*;
    use konvolutt_shared::finding::Code;

    #[test]
    fn a_place_reads_as_path_and_bytes() {
        let finding = Finding::error(Code::DigestMismatch, "x").at(Place::bytes("asic:/a.pdf", 10, 5));
        assert_eq!(place_text(&finding, text(Lang::Nb)), "digest_mismatch i asic:/a.pdf, byte 10–14");
        let finding = Finding::error(Code::DigestMismatch, "x").at(Place::path("asic:/a.pdf"));
        assert_eq!(place_text(&finding, text(Lang::En)), "digest_mismatch in asic:/a.pdf");
    }
}
