//! Writing `arkivmelding.xml` in the order of the schema.

use std::fmt::Write as _;

use jiff::civil::Date;

use super::{
    ArchivedDocument, Arkivmelding, Case, CorrespondenceParty, JOURNAL_STATUS, JOURNAL_TYPE, JOURNAL_TYPES,
    JournalEntry, NAMESPACE, PARTY_TYPES, SENT,
};
use crate::sbd::write_time;

/// Writes the file in UTF-8, valid under both schemas: that of the documentation and that of the reference.
/// What only one of them has a place for is left out: the case's year and number within it, which
/// [`Case::number`] says too. What either demands and the value lacks is derived: the number of files, dates
/// in Norway from the time of creation (the beginning of 1970 when there is none), who made it from the
/// case's responsible person, a dash for other names and titles. A word that is on no list is replaced;
/// [`Arkivmelding::problems`] tells of it beforehand, but for the entry's status, which becomes [`SENT`]. The
/// organisation's own fields are left out.
pub fn write(archive: &Arkivmelding) -> Vec<u8> {
    let created = archive.created.unwrap_or_default();
    let context = Context {
        time: write_time(created),
        date: created.to_zoned(jiff::tz::get!("Europe/Oslo")).date(),
        person: or_dash(&archive.case.responsible).to_owned(),
    };
    let mut xml = Xml::default();
    xml.0.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let xsi = "http://www.w3.org/2001/XMLSchema-instance";
    xml.nested(&format!("arkivmelding xmlns=\"{NAMESPACE}\" xmlns:xsi=\"{xsi}\""), |xml| {
        let files = archive.entry.documents.iter().filter(|document| !document.file.is_empty()).count();
        xml.text("system", or_dash(&archive.system));
        xml.text("meldingId", &archive.message_id);
        xml.text("tidspunkt", &context.time);
        xml.text("antallFiler", &files.to_string());
        xml.nested("mappe xsi:type=\"saksmappe\"", |xml| case(xml, archive, &context));
    });
    xml.0.into_bytes()
}

struct Context {
    time: String,
    date: Date,
    person: String,
}

/// `mappe`, then what `saksmappe` appends, which stands after the registrations.
fn case(xml: &mut Xml, archive: &Arkivmelding, context: &Context) {
    let case: &Case = &archive.case;
    xml.text("systemID", &case.system_id.to_string());
    xml.optional("mappeID", case.number.as_deref());
    xml.text("tittel", or_dash(&case.title));
    xml.optional("offentligTittel", case.public_title.as_deref());
    xml.text("opprettetDato", &context.time);
    xml.text("opprettetAv", &context.person);
    xml.nested("basisregistrering xsi:type=\"journalpost\"", |xml| {
        entry(xml, &archive.entry, case, context);
    });
    xml.text("saksdato", &case.date.unwrap_or(context.date).to_string());
    xml.text("administrativEnhet", or_dash(&case.unit));
    xml.text("saksansvarlig", or_dash(&case.responsible));
    xml.text("saksstatus", "Under behandling");
}

/// `registrering`, then `basisregistrering`, then `journalpost`.
fn entry(xml: &mut Xml, entry: &JournalEntry, case: &Case, context: &Context) {
    xml.text("systemID", &entry.system_id.to_string());
    for (date, person) in [("opprettetDato", "opprettetAv"), ("arkivertDato", "arkivertAv")] {
        xml.text(date, &context.time);
        xml.text(person, &context.person);
    }
    xml.text("referanseForelderMappe", &case.system_id.to_string());
    if let Some(ground) = entry.access_restriction.as_deref().filter(|text| !text.trim().is_empty()) {
        xml.nested("skjerming", |xml| {
            xml.text("tilgangsrestriksjon", "Unntatt etter offentleglova");
            xml.text("skjermingshjemmel", ground);
            // A word of the catalogue (Noark 5, M502): the first line of the title stays public.
            xml.text("skjermingMetadata", "Skjerming tittel registrering - unntatt første linje");
        });
    }
    for (index, document) in entry.documents.iter().enumerate() {
        xml.nested("dokumentbeskrivelse", |xml| description(xml, index + 1, document, context));
    }
    xml.text("tittel", or_dash(&entry.title));
    xml.optional("offentligTittel", entry.public_title.as_deref());
    xml.optional("journalaar", entry.year.map(|year| year.to_string()).as_deref());
    xml.optional("journalsekvensnummer", entry.sequence.map(|number| number.to_string()).as_deref());
    xml.optional("journalpostnummer", entry.number.as_deref().filter(|text| text.parse::<u32>().is_ok()));
    // What is on no list would make the file invalid: an outgoing document is what a sender most likely means.
    xml.text("journalposttype", JOURNAL_TYPE.read(&entry.journal_type).unwrap_or(JOURNAL_TYPES[1]));
    let status = entry.status.as_deref().and_then(|word| JOURNAL_STATUS.read(word));
    xml.text("journalstatus", status.unwrap_or(SENT));
    xml.text("journaldato", &entry.date.unwrap_or(context.date).to_string());
    xml.text("dokumentetsDato", &entry.document_date.unwrap_or(context.date).to_string());
    for party in &entry.parties {
        xml.nested("korrespondansepart", |xml| correspondent(xml, party));
    }
}

fn correspondent(xml: &mut Xml, party: &CorrespondenceParty) {
    let kind = PARTY_TYPES.iter().find(|kind| **kind == party.kind).unwrap_or(&"Mottaker");
    xml.text("korrespondanseparttype", kind);
    xml.text("korrespondansepartNavn", or_dash(&party.name));
    xml.optional("administrativEnhet", party.unit.as_deref());
    xml.optional("saksbehandler", party.case_worker.as_deref());
}

fn description(xml: &mut Xml, number: usize, document: &ArchivedDocument, context: &Context) {
    xml.text("systemID", &document.system_id.to_string());
    xml.text("dokumenttype", if document.main { "Brev" } else { "Vedlegg" });
    xml.text("dokumentstatus", "Dokumentet er ferdigstilt");
    xml.text("tittel", or_dash(&document.title));
    xml.text("opprettetDato", &context.time);
    xml.text("opprettetAv", &context.person);
    xml.text("tilknyttetRegistreringSom", if document.main { "Hoveddokument" } else { "Vedlegg" });
    xml.text("dokumentnummer", &number.to_string());
    xml.text("tilknyttetDato", &context.time);
    xml.text("tilknyttetAv", &context.person);
    if document.file.is_empty() {
        return;
    }
    xml.nested("dokumentobjekt", |xml| {
        xml.text("versjonsnummer", "1");
        let archival = document.file.to_lowercase().ends_with(".pdf");
        xml.text("variantformat", if archival { "Arkivformat" } else { "Produksjonsformat" });
        xml.text("opprettetDato", &context.time);
        xml.text("opprettetAv", &context.person);
        xml.text("referanseDokumentfil", &document.file);
    });
}

/// The schema demands the element; a dash says that there is nothing to say.
fn or_dash(text: &str) -> &str {
    if text.trim().is_empty() { "-" } else { text }
}

#[derive(Default)]
struct Xml(String);

impl Xml {
    fn nested(&mut self, tag: &str, content: impl FnOnce(&mut Self)) {
        let name = tag.split(' ').next().unwrap_or(tag);
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "<{tag}>");
        content(self);
        let _ = writeln!(self.0, "</{name}>");
    }

    fn text(&mut self, name: &str, text: &str) {
        let _ = write!(self.0, "<{name}>");
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '\t' | '\n' => self.0.push(' '),
                // XML 1.0, 2.2: these cannot be written at all.
                '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => self.0.push('\u{fffd}'),
                other => self.0.push(other),
            }
        }
        let _ = writeln!(self.0, "</{name}>");
    }

    fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
            self.text(name, text);
        }
    }
}
