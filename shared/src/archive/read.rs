//! Reading `arkivmelding.xml` from any sender.

use jiff::civil::Date;
use quick_xml::Reader;
use quick_xml::events::Event;
use uuid::Uuid;

use super::{ArchivedDocument, Arkivmelding, CorrespondenceParty};
use crate::finding::{Code, Finding, Place};
use crate::sbd::parse_time;

/// The greatest depth of elements; honest files stay below 12.
const MAX_DEPTH: usize = 64;

/// Reads the first case, its first journal entry and the documents of it. Names are compared without prefix.
///
/// The findings beside the value tell what is missing or odd: such a file is shown, not refused.
///
/// # Errors
/// [`Code::ArchiveMalformed`] when it is not well-formed XML, too deep, or has a document type declaration, which
/// no honest file has and which invites entity attacks.
pub fn read(bytes: &[u8]) -> Result<(Arkivmelding, Vec<Finding>), Finding> {
    let text = std::str::from_utf8(bytes).map_err(|error| malformed("not UTF-8", error.valid_up_to() as u64))?;
    let mut reader = Reader::from_str(text);
    let mut state = State::default();
    loop {
        let offset = reader.buffer_position();
        let event = reader.read_event().map_err(|_| malformed("not well-formed XML", reader.error_position()))?;
        match event {
            Event::DocType(_) => return Err(malformed("it has a document type declaration", offset)),
            Event::Start(start) => {
                state.open(start.local_name().as_ref().to_owned());
                if state.path.len() > MAX_DEPTH {
                    return Err(malformed("elements are nested too deeply", offset));
                }
            }
            Event::Empty(start) => {
                state.open(start.local_name().as_ref().to_owned());
                state.close();
            }
            Event::End(_) => state.close(),
            Event::Text(text) => state.text.push_str(&text),
            Event::CData(data) => state.text.push_str(&data),
            Event::GeneralRef(entity) => match character(&entity) {
                Some(character) => state.text.push(character),
                None => return Err(malformed("it refers to an unknown entity", offset)),
            },
            Event::Eof => break,
            _ => {}
        }
    }
    if !state.path.is_empty() || !state.seen_root {
        return Err(malformed("it ends too early", text.len() as u64));
    }
    let findings = state.remarks();
    Ok((state.archive, findings))
}

fn malformed(message: &str, offset: u64) -> Finding {
    let place = Place { path: "asic:/arkivmelding.xml".to_owned(), offset: Some(offset), length: None };
    Finding::error(Code::ArchiveMalformed, message).at(place).by("XML 1.0")
}

/// The five entities of XML itself, and character references.
fn character(entity: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    if let Ok(Some(character)) = entity.resolve_char_ref() {
        return Some(character);
    }
    match entity.as_ref() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

#[derive(Default)]
struct State {
    archive: Arkivmelding,
    path: Vec<String>,
    text: String,
    seen_root: bool,
    cases: usize,
    entries: usize,
    announced_files: Option<usize>,
}

impl State {
    fn open(&mut self, name: String) {
        self.text.clear();
        match (self.path.len(), name.as_str()) {
            (0, "arkivmelding") => self.seen_root = true,
            (_, "mappe") => self.cases += 1,
            (_, "registrering" | "basisregistrering" | "journalpost") => self.entries += 1,
            (_, "dokumentbeskrivelse") if self.entries == 1 => {
                self.archive.entry.documents.push(ArchivedDocument::default());
            }
            (_, "korrespondansepart") if self.entries == 1 => {
                self.archive.entry.parties.push(CorrespondenceParty::default());
            }
            _ => {}
        }
        self.path.push(name);
    }

    fn close(&mut self) {
        let Some(name) = self.path.pop() else { return };
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        match self.path.last().map(String::as_str) {
            Some("arkivmelding") => self.top(&name, text),
            Some("mappe") if self.cases == 1 => self.case(&name, text),
            Some("registrering" | "basisregistrering" | "journalpost") if self.entries == 1 => self.entry(&name, text),
            Some("skjerming") if self.entries == 1 && name == "skjermingshjemmel" => {
                self.archive.entry.access_restriction = Some(text.to_owned());
            }
            Some("korrespondansepart") if self.entries == 1 => self.party(&name, text),
            Some("dokumentbeskrivelse" | "dokumentobjekt") if self.entries == 1 => self.document(&name, text),
            _ => {}
        }
    }

    fn top(&mut self, name: &str, text: &str) {
        match name {
            "system" => text.clone_into(&mut self.archive.system),
            "meldingId" => text.clone_into(&mut self.archive.message_id),
            "tidspunkt" => self.archive.created = parse_time(text),
            "antallFiler" => self.announced_files = text.parse().ok(),
            _ => {}
        }
    }

    fn case(&mut self, name: &str, text: &str) {
        let case = &mut self.archive.case;
        match name {
            "systemID" => case.system_id = Uuid::try_parse(text).unwrap_or_default(),
            "mappeID" => case.number = Some(text.to_owned()),
            "tittel" => text.clone_into(&mut case.title),
            "offentligTittel" => case.public_title = Some(text.to_owned()),
            "saksdato" => case.date = date(text),
            "administrativEnhet" => text.clone_into(&mut case.unit),
            "saksansvarlig" => text.clone_into(&mut case.responsible),
            _ => {}
        }
    }

    fn entry(&mut self, name: &str, text: &str) {
        let entry = &mut self.archive.entry;
        match name {
            "systemID" => entry.system_id = Uuid::try_parse(text).unwrap_or_default(),
            "tittel" => text.clone_into(&mut entry.title),
            "offentligTittel" => entry.public_title = Some(text.to_owned()),
            "journalpostnummer" => entry.number = Some(text.to_owned()),
            "journalposttype" => text.clone_into(&mut entry.journal_type),
            "journaldato" => entry.date = date(text),
            "dokumentetsDato" => entry.document_date = date(text),
            _ => {}
        }
    }

    fn party(&mut self, name: &str, text: &str) {
        let Some(party) = self.archive.entry.parties.last_mut() else { return };
        match name {
            "korrespondanseparttype" => text.clone_into(&mut party.kind),
            "korrespondansepartNavn" => text.clone_into(&mut party.name),
            "administrativEnhet" => party.unit = Some(text.to_owned()),
            "saksbehandler" => party.case_worker = Some(text.to_owned()),
            _ => {}
        }
    }

    fn document(&mut self, name: &str, text: &str) {
        let Some(document) = self.archive.entry.documents.last_mut() else { return };
        match name {
            "systemID" => document.system_id = Uuid::try_parse(text).unwrap_or_default(),
            "tittel" => text.clone_into(&mut document.title),
            "tilknyttetRegistreringSom" => document.main = text == "Hoveddokument",
            "referanseDokumentfil" => text.clone_into(&mut document.file),
            _ => {}
        }
    }

    fn remarks(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut remark = |odd: bool, message: &str| {
            if odd {
                let place = Place::path("asic:/arkivmelding.xml");
                findings.push(Finding::warning(Code::ArchiveMissing, message).at(place));
            }
        };
        remark(self.cases != 1, "there should be exactly one case");
        remark(self.entries != 1, "there should be exactly one journal entry");
        remark(self.archive.entry.title.is_empty(), "the journal entry has no title");
        let files = self.archive.entry.documents.len();
        remark(
            self.announced_files.is_some_and(|announced| announced != files),
            "antallFiler is not the number of files",
        );
        let mains = self.archive.entry.documents.iter().filter(|document| document.main).count();
        remark(mains != 1, "there should be exactly one main document");
        findings
    }
}

/// A date, also with a time or a zone after it, as some systems write it.
fn date(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}
