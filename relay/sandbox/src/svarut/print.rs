//! `forsendelse` of the print route: a letter on paper that nobody gets digitally.
//!
//! KS's client tells its members, fewer than those of the other routes. That the recipient is written as theirs is a
//! guess.

use serde::Deserialize;
use uuid::Uuid;

use super::metadata::{Adresse, Dokument, Forsendelse, Mottaker, SvarSendesTil, check, demand};

/// `PrintForsendelse`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "some members are only checked to be of the right kind")]
struct PrintForsendelse {
    tittel: String,
    mottaker: Postmottaker,
    avgivende_system: Option<String>,
    avgivende_system_aktor: Option<String>,
    konteringskode: Option<String>,
    #[serde(default)]
    kryptert: bool,
    utskriftskonfigurasjon: Option<Utskriftskonfigurasjon>,
    svar_sendes_til: Option<SvarSendesTil>,
    svar_pa_forsendelse_id: Option<Uuid>,
    ekstern_referanse: Option<String>,
    korrelasjonsid: Option<String>,
    #[serde(default)]
    dokumenter: Vec<PrintDokument>,
}

/// Whom the envelope is addressed to. There is no number: nothing is looked up.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Postmottaker {
    navn: String,
    adresse: Adresse,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "only checked to be of the right kind")]
struct Utskriftskonfigurasjon {
    #[serde(default)]
    tosidig: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PrintDokument {
    filnavn: String,
    mime_type: String,
    /// The page that is a giro form, from 1.
    giroark_side: Option<u32>,
}

/// Reads and judges it; the text says what is wrong.
pub(super) fn read(text: &[u8]) -> Result<Forsendelse, String> {
    let letter: PrintForsendelse = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let adresse = &letter.mottaker.adresse;
    demand(!adresse.poststed.is_empty(), "mottaker.adresse.poststed")?;
    let is_norwegian = matches!(adresse.landkode.as_str(), "" | "NO");
    let has_code = adresse.postnummer.len() == 4 && adresse.postnummer.bytes().all(|byte| byte.is_ascii_digit());
    demand(has_code || !is_norwegian, "mottaker.adresse.postnummer")?;
    demand(letter.dokumenter.iter().all(|one| one.giroark_side != Some(0)), "giroarkSide")?;
    let forsendelse = Forsendelse::from(letter);
    check(&forsendelse)?;
    Ok(forsendelse)
}

impl From<PrintForsendelse> for Forsendelse {
    fn from(letter: PrintForsendelse) -> Self {
        let dokumenter = letter.dokumenter.into_iter().map(|one| Dokument {
            filnavn: one.filnavn,
            mime_type: one.mime_type,
            skal_ekskluderes_fra_utskrift: false,
        });
        Self {
            tittel: letter.tittel,
            mottaker: Mottaker { navn: letter.mottaker.navn, digital_id: None, adresse: Some(letter.mottaker.adresse) },
            avgivende_system: letter.avgivende_system,
            konteringskode: letter.konteringskode,
            kun_digital_levering: false,
            kryptert: letter.kryptert,
            sikkerhetsniva: None,
            metadata_fra_avleverende_system: None,
            metadata_for_import: None,
            svar_sendes_til: letter.svar_sendes_til,
            svar_pa_forsendelse_id: letter.svar_pa_forsendelse_id,
            dokumenter: dokumenter.collect(),
            forsendelsestype: None,
            ekstern_referanse: letter.ekstern_referanse,
            korrelasjonsid: letter.korrelasjonsid,
            taushetsbelagt_post: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::read;

    fn good() -> Value {
        json!({
            "tittel": "Brev", "kryptert": true, "utskriftskonfigurasjon": { "tosidig": true },
            "mottaker": {
                "navn": "Prøve Person",
                "adresse": { "adresselinje1": "Prøveveien 1", "postnummer": "0001", "poststed": "SOLVIK" },
            },
            "dokumenter": [{ "filnavn": "brev.pdf", "mimeType": "application/pdf", "giroarkSide": 2 }],
        })
    }

    fn is_taken(letter: &Value) -> bool {
        read(letter.to_string().as_bytes()).is_ok()
    }

    #[test]
    fn each_demand_is_made() {
        assert!(is_taken(&good()));
        for (pointer, value) in [
            ("/tittel", json!("")),
            ("/kryptert", json!(false)),
            ("/mottaker/navn", json!("")),
            ("/mottaker/adresse", Value::Null),
            ("/mottaker/adresse/adresselinje1", json!("x".repeat(71))),
            ("/mottaker/adresse/postnummer", json!("001")),
            ("/mottaker/adresse/postnummer", json!("A001")),
            ("/mottaker/adresse/poststed", json!("")),
            ("/dokumenter", json!([])),
            ("/dokumenter/0/filnavn", json!("a/b.pdf")),
            ("/dokumenter/0/mimeType", json!("text/plain")),
            ("/dokumenter/0/giroarkSide", json!(0)),
        ] {
            let mut bad = good();
            *bad.pointer_mut(pointer).unwrap() = value;
            assert!(!is_taken(&bad), "{pointer}");
        }
    }

    #[test]
    fn what_only_digital_letters_have_is_unknown() {
        for (pointer, name, value) in [
            ("", "kunDigitalLevering", json!(true)),
            ("", "sikkerhetsniva", json!("HOYESTE")),
            ("", "forsendelsestype", json!("Byggesøknad")),
            ("/mottaker", "digitalId", json!("310900214")),
            ("/dokumenter/0", "skalEkskluderesFraUtskrift", json!(true)),
        ] {
            let mut bad = good();
            bad.pointer_mut(pointer).unwrap()[name] = value;
            assert!(!is_taken(&bad), "{name}");
        }
    }

    #[test]
    fn abroad_postal_codes_have_other_forms() {
        let mut letter = good();
        let adresse = &mut letter["mottaker"]["adresse"];
        adresse["landkode"] = json!("SE");
        adresse["postnummer"] = json!("111 22");
        assert!(is_taken(&letter));
    }
}
