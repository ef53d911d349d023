//! Reading `arkivmelding.xml` from any sender.

use jiff::civil::Date;
use uuid::Uuid;

use super::{
    ATTACHED_AS, ArchivedDocument, Arkivmelding, Case, CorrespondenceParty, FILE_NAME, JOURNAL_STATUS, JOURNAL_TYPE,
    JournalEntry, OwnField, encoding,
};
use crate::container::dom::{Child, Document, Id};
use crate::finding::{Finding, Place, Rule};
use crate::sbd::parse_time;

/// What a registration is called: in the schemas, and in files that name the type instead.
const REGISTRATIONS: &[&str] = &["registrering", "basisregistrering", "journalpost"];

/// The most that the titles of all files may have together, in bytes: each file of a description gets the description's,
/// so a small text could fill the memory. A letter has tens of files, and a title a line or two.
const MAX_TITLES: usize = 4 << 20;

/// Reads the first case (`saksmappe`, else any `mappe`), its first journal entry (`journalpost`, else any
/// registration) and the documents of it, in the order of their numbers. `bytes` is the whole file, in
/// UTF-8, UTF-16 or ISO 8859-1; its caller bounds its size. Names are compared without prefix and namespace; letters that stand for words
/// are read as the words.
///
/// The findings beside the value, warnings of [`Rule::ArchiveOddity`], tell what is missing or odd: such a
/// file is shown, not refused.
///
/// # Errors
/// [`Rule::ArchiveText`] when it is not well-formed XML in one of those, too deep, has titles of more than 4 MiB, or
/// has a document type declaration, which no honest file has and which invites entity attacks;
/// [`Rule::ArchiveRoot`] when it has another root.
pub fn read(bytes: &[u8]) -> Result<(Arkivmelding, Vec<Finding>), Finding> {
    let text = encoding::text(bytes);
    let malformed = |rule, message: &str, offset: Option<u64>| {
        let offset = offset.and_then(|offset| encoding::place(bytes, text.as_ref(), offset));
        Finding::error(rule, message).at(Place { path: format!("asic:/{FILE_NAME}"), offset, length: None })
    };
    // What cannot be read is told of by the parser, with its place.
    let document = Document::parse(text.as_deref().map_or(bytes, str::as_bytes), FILE_NAME).map_err(|finding| {
        let offset = finding.place.and_then(|place| place.offset);
        malformed(Rule::ArchiveText, &finding.message, offset)
    })?;
    let tree = Tree(&document);
    let root = document.root();
    if document.get(root).local() != "arkivmelding" {
        return Err(malformed(Rule::ArchiveRoot, "the root is not an arkivmelding", Some(document.get(root).offset)));
    }
    let case = tree.first(root, &["mappe"], "saksmappe");
    let entry = tree.first(case.unwrap_or(root), REGISTRATIONS, "journalpost");
    if let Some(entry) = entry.filter(|entry| tree.titles(*entry) > MAX_TITLES) {
        let message = "a description's title and its files are too many";
        return Err(malformed(Rule::ArchiveText, message, Some(document.get(entry).offset)));
    }
    let archive = Arkivmelding {
        system: tree.text(root, "system").unwrap_or_default(),
        message_id: tree.text(root, "meldingId").unwrap_or_default(),
        created: tree.text(root, "tidspunkt").as_deref().and_then(parse_time),
        case: case.map(|id| tree.case(id)).unwrap_or_default(),
        entry: entry.map(|id| tree.entry(id)).unwrap_or_default(),
        own: case.into_iter().chain(entry).flat_map(|id| tree.own(id)).collect(),
    };
    let announced = tree.text(root, "antallFiler").and_then(|text| text.parse().ok());
    let findings = remarks(&archive, tree.count(&["mappe"]), tree.count(REGISTRATIONS), announced);
    Ok((archive, findings))
}

#[derive(Clone, Copy)]
struct Tree<'a>(&'a Document);

impl<'a> Tree<'a> {
    /// Child elements with one of these names, in any namespace.
    fn children(self, of: Id, names: &'a [&'a str]) -> impl Iterator<Item = Id> + 'a {
        self.0.get(of).children.iter().filter_map(move |child| match child {
            Child::Element(id) if names.contains(&self.0.get(*id).local()) => Some(*id),
            _ => None,
        })
    }

    /// The first element below with one of these names and this `xsi:type`, else the first with one of these names.
    fn first(self, below: Id, names: &'a [&'a str], kind: &str) -> Option<Id> {
        let named = || self.0.ids().filter(move |id| self.is_below(*id, below) && self.is_named(*id, names));
        let typed = named().find(|id| self.kind(*id) == Some(kind) || self.0.get(*id).local() == kind);
        typed.or_else(|| named().next())
    }

    fn is_named(self, id: Id, names: &[&str]) -> bool {
        names.contains(&self.0.get(id).local())
    }

    fn is_below(self, id: Id, ancestor: Id) -> bool {
        let mut at = self.0.get(id).parent;
        while let Some(id) = at {
            if id == ancestor {
                return true;
            }
            at = self.0.get(id).parent;
        }
        false
    }

    /// The type's name without prefix.
    fn kind(self, id: Id) -> Option<&'a str> {
        let attributes = &self.0.get(id).attributes;
        let kind = attributes.iter().find(|attribute| attribute.name.rsplit(':').next() == Some("type"))?;
        kind.value.rsplit(':').next()
    }

    fn count(self, names: &[&str]) -> usize {
        self.0.ids().filter(|id| self.is_named(*id, names)).count()
    }

    /// The text of the first child with this name, unless it is empty.
    fn text(self, of: Id, name: &str) -> Option<String> {
        let child = self.children(of, &[name]).next()?;
        let text = self.0.text(child).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    fn id(self, of: Id) -> Uuid {
        let text = self.text(of, "systemID").unwrap_or_default();
        Uuid::try_parse(text.trim_matches(['{', '}'])).unwrap_or_default()
    }

    fn date(self, of: Id, name: &str) -> Option<Date> {
        date(&self.text(of, name)?)
    }

    fn number<T: std::str::FromStr>(self, of: Id, name: &str) -> Option<T> {
        self.text(of, name)?.parse().ok()
    }

    /// The elements in the organisation's own part, with the text directly in them.
    fn own(self, of: Id) -> Vec<OwnField> {
        let parts = self.children(of, &["virksomhetsspesifikkeMetadata"]);
        let fields = parts.flat_map(|part| &self.0.get(part).children).filter_map(|child| match child {
            Child::Element(id) => {
                let name = self.0.get(*id).local().to_owned();
                Some(OwnField { name, value: self.0.text(*id).trim().to_owned() })
            }
            _ => None,
        });
        fields.collect()
    }

    fn case(self, id: Id) -> Case {
        Case {
            system_id: self.id(id),
            number: self.text(id, "mappeID"),
            year: self.number(id, "saksaar"),
            sequence: self.number(id, "sakssekvensnummer"),
            title: self.text(id, "tittel").unwrap_or_default(),
            public_title: self.text(id, "offentligTittel"),
            date: self.date(id, "saksdato"),
            unit: self.text(id, "administrativEnhet").unwrap_or_default(),
            responsible: self.text(id, "saksansvarlig").unwrap_or_default(),
        }
    }

    fn entry(self, id: Id) -> JournalEntry {
        let kind = self.text(id, "journalposttype").unwrap_or_default();
        let status = self.text(id, "journalstatus");
        let mut descriptions: Vec<Id> = self.children(id, &["dokumentbeskrivelse"]).collect();
        let number = |id: &Id| self.text(*id, "dokumentnummer").and_then(|text| text.parse::<u64>().ok());
        descriptions.sort_by_key(|id| number(id).unwrap_or(u64::MAX));
        JournalEntry {
            system_id: self.id(id),
            number: self.text(id, "journalpostnummer"),
            year: self.number(id, "journalaar"),
            sequence: self.number(id, "journalsekvensnummer"),
            status: status.map(|text| JOURNAL_STATUS.read(&text).map_or(text, str::to_owned)),
            title: self.text(id, "tittel").unwrap_or_default(),
            public_title: self.text(id, "offentligTittel"),
            journal_type: JOURNAL_TYPE.word(&kind).map_or(kind, str::to_owned),
            date: self.date(id, "journaldato"),
            document_date: self.date(id, "dokumentetsDato"),
            access_restriction: self
                .children(id, &["skjerming"])
                .next()
                .and_then(|screening| self.text(screening, "skjermingshjemmel")),
            parties: self.children(id, &["korrespondansepart"]).map(|party| self.party(party)).collect(),
            documents: descriptions.into_iter().flat_map(|description| self.documents(description)).collect(),
        }
    }

    fn party(self, id: Id) -> CorrespondenceParty {
        CorrespondenceParty {
            kind: self.text(id, "korrespondanseparttype").unwrap_or_default(),
            name: self.text(id, "korrespondansepartNavn").unwrap_or_default(),
            unit: self.text(id, "administrativEnhet"),
            case_worker: self.text(id, "saksbehandler"),
        }
    }

    /// Bytes of the titles of an entry's files, each counted once for every file that gets it.
    fn titles(self, entry: Id) -> usize {
        let of = |id| {
            let title = self.children(id, &["tittel"]).next().map_or(0, |title| self.0.text(title).len());
            title.saturating_mul(self.children(id, &["dokumentobjekt"]).count())
        };
        self.children(entry, &["dokumentbeskrivelse"]).map(of).fold(0, usize::saturating_add)
    }

    /// One for each file of the description; one without a file if it has none.
    fn documents(self, id: Id) -> Vec<ArchivedDocument> {
        let attached = self.text(id, "tilknyttetRegistreringSom").unwrap_or_default();
        let document = ArchivedDocument {
            system_id: self.id(id),
            title: self.text(id, "tittel").unwrap_or_default(),
            file: String::new(),
            main: ATTACHED_AS.read(&attached) == Some("Hoveddokument"),
        };
        let files: Vec<String> = self
            .children(id, &["dokumentobjekt"])
            .filter_map(|object| self.text(object, "referanseDokumentfil"))
            .collect();
        if files.is_empty() {
            return vec![document];
        }
        files.into_iter().map(|file| ArchivedDocument { file, ..document.clone() }).collect()
    }
}

fn remarks(archive: &Arkivmelding, cases: usize, entries: usize, announced: Option<usize>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut remark = |odd: bool, message: &str| {
        if odd {
            let place = Place::path(format!("asic:/{FILE_NAME}"));
            findings.push(Finding::warning(Rule::ArchiveOddity, message).at(place));
        }
    };
    remark(cases != 1, "there should be exactly one case");
    remark(entries != 1, "there should be exactly one journal entry");
    remark(archive.entry.title.is_empty(), "the journal entry has no title");
    let documents = &archive.entry.documents;
    remark(announced.is_some_and(|announced| announced != documents.len()), "antallFiler is not the number of files");
    let mains: std::collections::HashSet<_> = documents
        .iter()
        .filter(|document| document.main)
        .map(|document| (document.system_id, &document.title))
        .collect();
    remark(mains.len() != 1, "there should be exactly one main document");
    findings
}

/// A date, also with a time or a zone after it, as some systems write it.
fn date(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}
