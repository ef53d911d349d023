//! A small archive record (Noark 5 `arkivmelding`), as a counterpart's archive writes it.
//!
//! Written apart from the shared core on purpose: what reads it must not know it by heart.

use std::fmt::Write;

use jiff::Timestamp;
use uuid::Uuid;

/// What the record says.
#[derive(Debug)]
pub(super) struct Record<'a> {
    pub(super) message_id: String,
    pub(super) title: &'a str,
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    /// File names; the first is the main document.
    pub(super) documents: &'a [String],
    pub(super) now: Timestamp,
}

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<arkivmelding xmlns=\"http://www.arkivverket.no/standarder/noark5/arkivmelding\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn id() -> String {
    Uuid::new_v4().to_string()
}

/// A record with one case, one registry entry and its documents.
pub(super) fn write(record: &Record<'_>) -> String {
    let time = record.now.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let date = record.now.strftime("%Y-%m-%d").to_string();
    let (title, from, to) = (escape(record.title), escape(record.from), escape(record.to));
    let (case, entry) = (id(), id());
    let mut xml = format!(
        "{HEAD}<system>Sandkassearkiv</system><meldingId>{}</meldingId><tidspunkt>{time}</tidspunkt>\
         <antallFiler>{}</antallFiler><mappe xsi:type=\"saksmappe\"><systemID>{case}</systemID><tittel>{title}</tittel>\
         <opprettetDato>{time}</opprettetDato><opprettetAv>Arkivet</opprettetAv>\
         <basisregistrering xsi:type=\"journalpost\"><systemID>{entry}</systemID><opprettetDato>{time}</opprettetDato>\
         <opprettetAv>Arkivet</opprettetAv><arkivertDato>{time}</arkivertDato><arkivertAv>Arkivet</arkivertAv>\
         <referanseForelderMappe>{case}</referanseForelderMappe>",
        record.message_id,
        record.documents.len(),
    );
    for (index, name) in record.documents.iter().enumerate() {
        let role = if index == 0 { "Hoveddokument" } else { "Vedlegg" };
        let heading = if index == 0 { title.clone() } else { format!("Vedlegg {index}") };
        let _ = write!(
            xml,
            "<dokumentbeskrivelse><systemID>{}</systemID><dokumenttype>Brev</dokumenttype>\
             <dokumentstatus>Dokumentet er ferdigstilt</dokumentstatus><tittel>{heading}</tittel>\
             <opprettetDato>{time}</opprettetDato><opprettetAv>Arkivet</opprettetAv>\
             <tilknyttetRegistreringSom>{role}</tilknyttetRegistreringSom><dokumentnummer>{}</dokumentnummer>\
             <tilknyttetDato>{time}</tilknyttetDato><tilknyttetAv>Arkivet</tilknyttetAv><dokumentobjekt>\
             <versjonsnummer>1</versjonsnummer><variantformat>Arkivformat</variantformat>\
             <opprettetDato>{time}</opprettetDato><opprettetAv>Arkivet</opprettetAv>\
             <referanseDokumentfil>{}</referanseDokumentfil></dokumentobjekt></dokumentbeskrivelse>",
            id(),
            index + 1,
            escape(name),
        );
    }
    let _ = write!(
        xml,
        "<tittel>{title}</tittel><offentligTittel>{title}</offentligTittel>\
         <journalposttype>Utgående dokument</journalposttype><journalstatus>Ekspedert</journalstatus>\
         <journaldato>{date}</journaldato><dokumentetsDato>{date}</dokumentetsDato>\
         <korrespondansepart><korrespondanseparttype>Avsender</korrespondanseparttype>\
         <korrespondansepartNavn>{from}</korrespondansepartNavn></korrespondansepart>\
         <korrespondansepart><korrespondanseparttype>Mottaker</korrespondanseparttype>\
         <korrespondansepartNavn>{to}</korrespondansepartNavn></korrespondansepart></basisregistrering>\
         <saksdato>{date}</saksdato><administrativEnhet>Arkivet</administrativEnhet>\
         <saksansvarlig>Saksbehandler</saksansvarlig><saksstatus>Under behandling</saksstatus></mappe></arkivmelding>"
    );
    xml
}

/// A record as old converters make it: no time, no titles, no parties, and the count of files wrong.
pub(super) fn incomplete(record: &Record<'_>) -> String {
    let mut xml = format!(
        "{HEAD}<system></system><antallFiler>0</antallFiler><mappe xsi:type=\"saksmappe\">\
         <basisregistrering xsi:type=\"journalpost\">"
    );
    for name in record.documents {
        let _ = write!(
            xml,
            "<dokumentbeskrivelse><dokumentobjekt><referanseDokumentfil>{}</referanseDokumentfil></dokumentobjekt>\
             </dokumentbeskrivelse>",
            escape(name)
        );
    }
    xml.push_str("</basisregistrering></mappe></arkivmelding>");
    xml
}
