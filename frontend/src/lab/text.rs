//! The words of the lab.

use crate::text::{Lang, catalogue};

catalogue! {
    /// The words of the lab.
    LabText {
        title: "Lab", "Lab", "Lab";
        lead: "Slipp en fil her, lim inn tekst, eller velg en fil.", "Slepp ei fil her, lim inn tekst, eller vel ei fil.", "Drop a file here, paste text, or choose a file.";
        promise: "Filen blir lest her i nettleseren. Ingenting blir sendt.", "Fila blir lesen her i nettlesaren. Ingenting blir sendt.", "The file is read here in the browser. Nothing is sent.";
        kinds: "SBD, ASiC-E, CMS, JWS, sertifikat eller arkivmelding.", "SBD, ASiC-E, CMS, JWS, sertifikat eller arkivmelding.", "SBD, ASiC-E, CMS, JWS, certificate or arkivmelding.";
        choose: "Velg fil", "Vel fil", "Choose file";
        paste: "Lim inn tekst", "Lim inn tekst", "Paste text";
        paste_go: "Les teksten", "Les teksten", "Read the text";
        reading: "Leser …", "Les …", "Reading …";
        result: "Resultat", "Resultat", "Result";
        passed: "Godkjent", "Godkjend", "Passed";
        unclear: "Uavklart", "Uavklart", "Unclear";
        failed: "Ikke godkjent", "Ikkje godkjend", "Failed";
        passed_means: "Alt som hører til denne typen, er sjekket og stemmer.", "Alt som høyrer til denne typen, er sjekka og stemmer.", "Everything that belongs to this kind was checked and holds.";
        unclear_means: "Noe kunne ikke sjekkes her: kryptert innhold, utsteder eller tilbakekalling.", "Noko kunne ikkje sjekkast her: kryptert innhald, utferdar eller tilbakekalling.", "Something could not be checked here: encrypted content, issuer or revocation.";
        failed_means: "Noe er galt. Se funnene.", "Noko er gale. Sjå funna.", "Something is wrong. See the findings.";
        detected: "Dette er {type}.", "Dette er {type}.", "This is {type}.";
        looks_like: "Dette ser ut som {type}, men strukturen er skadet.", "Dette ser ut som {type}, men strukturen er skadd.", "This looks like {type}, but the structure is damaged.";
        unknown: "Vi kjenner ikke igjen filen. Se på bytene.", "Vi kjenner ikkje att fila. Sjå på bytane.", "We do not recognise the file. Look at the bytes.";
        facts: "{navn}, {størrelse}, SHA-256 {sum}", "{navn}, {størrelse}, SHA-256 {sum}", "{navn}, {størrelse}, SHA-256 {sum}";
        content: "Innhold", "Innhald", "Content";
        findings: "Funn", "Funn", "Findings";
        findings_none: "Ingen funn.", "Ingen funn.", "No findings.";
        place: "{kode} i {sti}", "{kode} i {sti}", "{kode} in {sti}";
        bytes: "byte {fra}–{til}", "byte {fra}–{til}", "bytes {fra}–{til}";
        byte: "byte {fra}", "byte {fra}", "byte {fra}";
        rule: "Regel {nummer}: {kilde}", "Regel {nummer}: {kilde}", "Rule {nummer}: {kilde}";
        show: "Vis bytene", "Vis bytane", "Show the bytes";
        tabs: "Visning", "Vising", "View";
        tab_tree: "Struktur", "Struktur", "Structure";
        tab_hex: "Hex", "Hex", "Hex";
        hex_head: "Viser de første {vist} av {størrelse}.", "Viser dei fyrste {vist} av {størrelse}.", "Shows the first {vist} of {størrelse}.";
        decrypt_heading: "Innholdet er kryptert", "Innhaldet er kryptert", "The content is encrypted";
        decrypt_lead: "Velg nøkkelen (.p12) som pakken er kryptert til. Den blir bare brukt her, og blir ikke lagret.", "Vel nøkkelen (.p12) som pakka er kryptert til. Han blir berre brukt her, og blir ikkje lagra.", "Choose the key (.p12) the package is encrypted to. It is used here only, and is not stored.";
        key_file: "Nøkkelfil (.p12)", "Nøkkelfil (.p12)", "Key file (.p12)";
        password: "Passord", "Passord", "Password";
        decrypt: "Dekrypter", "Dekrypter", "Decrypt";
        no_key: "Velg en nøkkelfil først.", "Vel ei nøkkelfil fyrst.", "Choose a key file first.";
        decrypted: "Dekryptert innhold", "Dekryptert innhald", "Decrypted content";
        back: "Tilbake til {navn}", "Tilbake til {navn}", "Back to {navn}";
        too_big: "Filen er {størrelse}. Laben leser høyst {max}.", "Fila er {størrelse}. Laben les høgst {max}.", "The file is {størrelse}. The lab reads at most {max}.";
        unreadable: "Filen kan ikke leses. Velg den på nytt.", "Fila kan ikkje lesast. Vel ho på nytt.", "The file cannot be read. Choose it again.";
        portal: "Til portalen", "Til portalen", "To the portal";
    }
}

/// The texts in a language.
pub(super) const fn text(lang: Lang) -> &'static LabText {
    match lang {
        Lang::Nb => &LabText::NB,
        Lang::Nn => &LabText::NN,
        Lang::En => &LabText::EN,
    }
}

/// What a kind is called; the field's own names are the same in all languages.
pub(super) fn kind_name(kind: konvolutt_shared::inspect::Kind, lang: Lang) -> &'static str {
    use konvolutt_shared::inspect::Kind;
    match kind {
        Kind::SbdJson => "StandardBusinessDocument (JSON)",
        Kind::SbdXml => "StandardBusinessDocument (XML)",
        Kind::AsicE => "ASiC-E",
        Kind::Zip => "zip",
        Kind::EnvelopedData => "CMS EnvelopedData",
        Kind::SignedData => "CMS SignedData",
        Kind::Jws => "JWS",
        Kind::Jwe => "JWE",
        Kind::Certificate => lang.pick(["et sertifikat (DER)", "eit sertifikat (DER)", "a certificate (DER)"]),
        Kind::CertificatePem => lang.pick(["sertifikater (PEM)", "sertifikat (PEM)", "certificates (PEM)"]),
        Kind::RevocationList => {
            lang.pick(["en tilbakekallingsliste (CRL)", "ei tilbakekallingsliste (CRL)", "a revocation list (CRL)"])
        }
        Kind::Pkcs12 => "PKCS#12",
        Kind::PrivateKey => {
            lang.pick(["en privat nøkkel (PKCS#8)", "ein privat nøkkel (PKCS#8)", "a private key (PKCS#8)"])
        }
        Kind::PrivateKeyPem => lang.pick(["en privat nøkkel (PEM)", "ein privat nøkkel (PEM)", "a private key (PEM)"]),
        Kind::Arkivmelding => "arkivmelding.xml (Noark 5)",
        Kind::AsicManifest => "ASiCManifest.xml",
        Kind::XadesSignatures => "signatures.xml (XAdES)",
        Kind::Manifest => "manifest.xml",
        Kind::Xml => "XML",
        Kind::Json => "JSON",
        Kind::Pdf => "PDF",
        Kind::Asn1 => "ASN.1",
        _ => lang.pick(["en ukjent filtype", "ein ukjend filtype", "an unknown kind of file"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_the_same_in_all_languages() {
        for (name, texts) in LabText::EVERY {
            let slots = texts.map(|text| {
                let mut slots: Vec<_> = text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
                slots.sort_unstable();
                slots
            });
            assert!(slots[0] == slots[1] && slots[1] == slots[2], "{name}");
        }
    }
}
