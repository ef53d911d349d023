//! The lab's page: take something in, show what it is.

use std::rc::Rc;

use konvolutt_shared::finding::{Finding, Place};
use konvolutt_shared::inspect::{Confidence, Kind, Report, Verdict};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, File};
use yew::prelude::*;

use super::decrypt::Decrypt;
use super::findings::Findings;
use super::hex::{HexView, SHOWN};
use super::intake::Intake;
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
pub(super) struct Artefact {
    pub(super) name: String,
    pub(super) blob: Blob,
    head: Rc<Vec<u8>>,
    report: Rc<Report>,
    /// What was found inside after decryption.
    pub(super) inner: Option<Box<Artefact>>,
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
pub(super) async fn read(
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
