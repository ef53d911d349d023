//! The list "Funn".

use konvolutt_shared::finding::{Finding, Place, Severity};
use yew::prelude::*;

use super::text::{LabText, text};
use crate::flow::timeline::Tone;
use crate::text::{Lang, fill, problem};
use crate::ui::nothing;

#[derive(Properties, PartialEq)]
pub(super) struct FindingsProps {
    pub(super) findings: Vec<Finding>,
    pub(super) lang: Lang,
    pub(super) on_show: Callback<Place>,
}

/// The list "Funn": gravest first, each with its place and a way to its bytes.
#[component]
pub(super) fn Findings(props: &FindingsProps) -> Html {
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
