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
                    <span lang="en" class="app-small lab-place">{ told(finding) }</span>
                    <span class="app-small lab-place">{ rule_text(finding, t) }</span>
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

/// What happened, and what was seen.
fn told(finding: &Finding) -> String {
    match &finding.evidence {
        Some(evidence) => format!("{}: {evidence}", finding.message),
        None => finding.message.clone(),
    }
}

/// The rule's number and the clause that decides.
fn rule_text(finding: &Finding, t: &LabText) -> String {
    let clause = finding.spec.as_deref().unwrap_or_else(|| finding.rule.spec());
    fill(t.rule, &[("nummer", finding.rule.number()), ("kilde", clause)])
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
    use konvolutt_shared::finding::Rule;

    #[test]
    fn a_place_reads_as_path_and_bytes() {
        let finding = Finding::error(Rule::FileDigest, "x").at(Place::bytes("asic:/a.pdf", 10, 5));
        assert_eq!(place_text(&finding, text(Lang::Nb)), "digest_mismatch i asic:/a.pdf, byte 10–14");
        let finding = Finding::error(Rule::FileDigest, "x").at(Place::path("asic:/a.pdf"));
        assert_eq!(place_text(&finding, text(Lang::En)), "digest_mismatch in asic:/a.pdf");
    }

    #[test]
    fn a_finding_tells_its_rule_its_clause_and_what_was_seen() {
        let finding = Rule::ManifestXml.broken().by("W3C XML 1.0, 2.8").seen("a DTD");
        assert_eq!(rule_text(&finding, text(Lang::Nb)), "Regel A06: W3C XML 1.0, 2.8");
        assert_eq!(rule_text(&Rule::ZipGap.broken(), text(Lang::En)), "Rule Z03: APPNOTE 6.3, 4.3.6");
        assert!(told(&finding).ends_with("type declaration: a DTD"));
    }
}
