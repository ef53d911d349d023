//! What is no mistake, but good to know before a letter is sent.

use konvolutt_shared::address::Channel;
use konvolutt_shared::finding::{Code, Finding};

use crate::text::{Lang, fill};

/// What the core remarks on a letter that goes by `channel`, a sentence each. Only KS SvarUt's recipients are known to cut
/// titles, and to get on paper what is PDF alone.
pub fn remarks(findings: &[Finding], channel: Channel, lang: Lang) -> Vec<String> {
    let text = &lang.text().channel;
    let said = |finding: &Finding| {
        let values: Vec<_> = finding.params.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        match finding.code {
            _ if finding.refuses() || channel != Channel::Dpf => None,
            Code::TitleLong => Some(fill(text.title_cut, &values)),
            Code::ShipmentInvalid => Some(fill(text.not_printed, &values)),
            _ => None,
        }
    };
    findings.iter().filter_map(said).collect()
}

#[cfg(test)]
mod tests {
    use konvolutt_shared::finding::Rule;

    use super::*;

    #[test]
    fn a_long_title_and_what_is_not_printed_are_told_of_where_they_matter() {
        let findings = [
            Finding::warning(Rule::LetterTitleCut, "x").with("max", "80"),
            Finding::warning(Rule::ShipmentPrinted, "x").with("navn", "Tall.xlsx"),
            Finding::error(Rule::ShipmentName, "x").with("navn", "a:b.pdf"),
        ];
        let told = remarks(&findings, Channel::Dpf, Lang::Nb);
        assert_eq!(told.len(), 2);
        assert!(told[0].contains("80 tegn") && told[1].contains("«Tall.xlsx»"), "{told:?}");
        assert_eq!(remarks(&findings, Channel::Dpo, Lang::Nb), Vec::<String>::new());
    }
}
