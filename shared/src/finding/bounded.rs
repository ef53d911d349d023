//! How much is told: what strangers send decides how many findings there are, and how long their texts.

use std::collections::BTreeSet;

use super::{Finding, Rule, Severity};

/// The longest text of a finding, in characters; what is longer is cut and ends in `…`. Names and the like come from
/// strangers, and an entry of a zip may be called 64 KiB.
pub(super) const MAX_TEXT: usize = 512;

/// Findings in the order they are made, of which a reader is told the first [`Findings::MAX`] and, beyond them, the first of
/// each rule and severity. So nothing that refuses, or leaves the verdict open, is hidden by what stands before it.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    listed: Vec<Finding>,
    kinds: BTreeSet<(Rule, Severity)>,
    /// What is not listed: how many, and the first of them.
    left_out: Option<(u64, Box<Finding>)>,
}

impl Findings {
    /// How many are listed whatever they are. Ours: nobody mends more at a time.
    pub const MAX: usize = 100;

    /// Adds one.
    pub fn push(&mut self, finding: Finding) {
        let is_new = self.kinds.insert((finding.rule, finding.severity));
        if is_new || self.listed.len() < Self::MAX {
            self.listed.push(finding);
            return;
        }
        match &mut self.left_out {
            Some((count, _)) => *count += 1,
            none => *none = Some((1, Box::new(finding))),
        }
    }

    /// Whether one of them refuses the whole.
    pub fn refuse(&self) -> bool {
        self.kinds.iter().any(|(_, severity)| *severity == Severity::Error)
    }

    /// Those that are listed. Where more were made, the last one says how many, as an observation on the rule of the first
    /// that is left out.
    pub fn into_vec(self) -> Vec<Finding> {
        let Self { mut listed, left_out, .. } = self;
        listed.extend(left_out.map(|(count, first)| {
            let message = format!("{count} more findings, of rules that are listed above, are not listed");
            Finding::info(first.rule, message).with("antall", count.to_string())
        }));
        listed
    }
}

impl Extend<Finding> for Findings {
    fn extend<I: IntoIterator<Item = Finding>>(&mut self, findings: I) {
        findings.into_iter().for_each(|finding| self.push(finding));
    }
}

impl FromIterator<Finding> for Findings {
    fn from_iter<I: IntoIterator<Item = Finding>>(findings: I) -> Self {
        let mut all = Self::default();
        all.extend(findings);
        all
    }
}

/// A text as a finding tells it, at most [`MAX_TEXT`] characters.
pub(super) fn shortened(text: impl Into<String>) -> String {
    let mut text = text.into();
    let mut places = text.char_indices().map(|(place, _)| place).skip(MAX_TEXT - 1);
    if let (Some(last), Some(_)) = (places.next(), places.next()) {
        text.truncate(last);
        text.push('…');
        text.shrink_to_fit();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Place;

    #[test]
    fn many_are_cut_and_the_last_one_says_so() {
        let some = |count| std::iter::repeat_with(|| Rule::DocumentOddity.noted()).take(count).collect::<Findings>();
        assert_eq!(some(Findings::MAX).into_vec().len(), Findings::MAX);
        let cut = some(Findings::MAX + 7).into_vec();
        assert_eq!(cut.len(), Findings::MAX + 1);
        let last = cut.last().unwrap();
        assert_eq!((last.rule, last.severity), (Rule::DocumentOddity, Severity::Info));
        assert_eq!(last.params["antall"], "7");
    }

    #[test]
    fn what_decides_is_listed_however_late_it_comes() {
        let mut findings: Findings = std::iter::repeat_with(|| Rule::DocumentField.noted()).take(1000).collect();
        assert!(!findings.refuse());
        findings.push(Rule::SignerStatusKnown.noted());
        findings.push(Rule::DocumentField.broken());
        findings.push(Rule::DocumentValue.broken());
        assert!(findings.refuse());
        let told = findings.into_vec();
        assert!(told.iter().any(Finding::leaves_open));
        assert_eq!(told.iter().filter(|finding| finding.refuses()).count(), 2);
    }

    #[test]
    fn texts_are_cut_between_characters() {
        let long = "å".repeat(MAX_TEXT + 1);
        let cut = format!("{}…", "å".repeat(MAX_TEXT - 1));
        let whole = "å".repeat(MAX_TEXT);
        let finding = Finding::error(Rule::FilePresent, long.clone()).seen(long.clone()).with("navn", long.clone());
        assert_eq!([Place::path(long.clone()).path, Place::bytes(long.clone(), 3, 4).path], [cut.clone(), cut.clone()]);
        let finding = finding.at(Place { path: long, offset: Some(3), length: None });
        let told = [Some(&finding.message), finding.evidence.as_ref(), finding.params.get("navn")];
        assert_eq!(told, [Some(&cut); 3]);
        assert_eq!(finding.place, Some(Place { path: cut, offset: Some(3), length: None }));
        assert_eq!(Finding::error(Rule::FilePresent, whole.clone()).seen(whole.clone()).evidence, Some(whole));
    }
}
