//! The rules for file references: what `arkivmelding.xml` names must lie in the package.

use std::collections::HashSet;

use super::{Arkivmelding, FILE_NAME, JOURNAL_TYPE, PARTY_TYPES};
use crate::finding::{Finding, Findings, Place, Rule};

impl Arkivmelding {
    /// The title to show outside the archive, as the integrasjonspunkt gives it to Altinn Correspondence: the
    /// public one of the journal entry, else its title.
    pub fn title(&self) -> &str {
        self.entry.public_title.as_deref().unwrap_or(&self.entry.title)
    }

    /// How the integrasjonspunkt names the letter (`messageReference`): the case's `systemID`, a hyphen and
    /// `journalpostnummer`; `None` without a number.
    pub fn reference(&self) -> Option<String> {
        self.entry.number.as_ref().map(|number| format!("{}-{number}", self.case.system_id))
    }

    /// The names of the journal entry's files, each once, in the order of their document numbers.
    pub fn files(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        let files = self.entry.documents.iter().map(|document| document.file.as_str());
        files.filter(|file| !file.is_empty() && seen.insert(*file)).collect()
    }

    /// [`Rule::ArchiveFile`] for every file that is named and is not among `names`, the name in its `params` as `name`.
    /// Names are compared exactly; files that nobody names are allowed, and `arkivmelding.xml` is one of
    /// them. As the integrasjonspunkt does before it sends (`MissingArkivmeldingFileException`).
    pub fn missing_files<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Vec<Finding> {
        let names: HashSet<&str> = names.into_iter().collect();
        let missing = self.files().into_iter().filter(|file| !names.contains(file));
        missing
            .map(|file| {
                Finding::error(Rule::ArchiveFile, "a file that the archive entry names is not in the package")
                    .at(Place::path(format!("asic:/{FILE_NAME}")))
                    .with("name", file)
            })
            .collect::<Findings>()
            .into_vec()
    }

    /// What a sender must mend before [`write`](super::write()) gives a file that is valid under both schemas
    /// without anything being filled in: [`Rule::ArchiveValue`], [`Rule::ArchiveWord`] and
    /// [`Rule::ArchiveMain`], each at its element. Dates, numbers and the entry's status are not asked for. A
    /// receiver must not refuse for these.
    pub fn problems(&self) -> Vec<Finding> {
        let mut findings = Findings::default();
        let mut missing = |rule, wrong: bool, message: &str, at: &str| {
            if wrong {
                let place = Place::path(format!("asic:/{FILE_NAME}/{at}"));
                findings.push(Finding::error(rule, message).at(place));
            }
        };
        let empty = |text: &str| text.trim().is_empty();
        missing(Rule::ArchiveValue, empty(&self.system), "the system that made it has no name", "system");
        missing(Rule::ArchiveValue, empty(&self.message_id), "there is no message id", "meldingId");
        missing(Rule::ArchiveValue, self.created.is_none(), "there is no time of creation", "tidspunkt");
        missing(Rule::ArchiveValue, empty(&self.case.title), "the case has no title", "mappe/tittel");
        missing(Rule::ArchiveValue, empty(&self.case.unit), "the case has no unit", "mappe/administrativEnhet");
        missing(
            Rule::ArchiveValue,
            empty(&self.case.responsible),
            "nobody is responsible for the case",
            "mappe/saksansvarlig",
        );
        let entry = &self.entry;
        missing(Rule::ArchiveValue, empty(&entry.title), "the journal entry has no title", "journalpost/tittel");
        let kind = JOURNAL_TYPE.has(&entry.journal_type);
        missing(
            Rule::ArchiveWord,
            !kind,
            "the kind of journal entry is not on the list",
            "journalpost/journalposttype",
        );
        for party in &entry.parties {
            let known = PARTY_TYPES.contains(&party.kind.as_str());
            missing(
                Rule::ArchiveWord,
                !known,
                "the kind of party is not on the list",
                "korrespondansepart/korrespondanseparttype",
            );
            missing(
                Rule::ArchiveValue,
                empty(&party.name),
                "a party has no name",
                "korrespondansepart/korrespondansepartNavn",
            );
        }
        for document in &entry.documents {
            missing(
                Rule::ArchiveValue,
                empty(&document.title),
                "a document has no title",
                "dokumentbeskrivelse/tittel",
            );
            missing(
                Rule::ArchiveValue,
                empty(&document.file),
                "a document has no file",
                "dokumentobjekt/referanseDokumentfil",
            );
        }
        let mains = entry.documents.iter().filter(|document| document.main).count();
        missing(Rule::ArchiveMain, mains != 1, "there is not exactly one main document", "dokumentbeskrivelse");
        findings.into_vec()
    }
}
