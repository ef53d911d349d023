//! `forsendelse`: what SvarUt demands of it. Unknown members are refused, so that a misspelled one is found here.

use serde::Deserialize;
use serde_json::Value;

/// `OrganisasjonForsendelse`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "some members are only checked to be of the right kind")]
pub(super) struct Forsendelse {
    pub(super) tittel: String,
    pub(super) mottaker: Mottaker,
    pub(super) avgivende_system: Option<String>,
    pub(super) konteringskode: Option<String>,
    #[serde(default)]
    pub(super) kun_digital_levering: bool,
    #[serde(default)]
    pub(super) kryptert: bool,
    pub(super) sikkerhetsniva: Option<Sikkerhetsniva>,
    pub(super) metadata_fra_avleverende_system: Option<Value>,
    pub(super) metadata_for_import: Option<Value>,
    pub(super) svar_sendes_til: Option<SvarSendesTil>,
    pub(super) svar_pa_forsendelse_id: Option<uuid::Uuid>,
    #[serde(default)]
    pub(super) dokumenter: Vec<Dokument>,
    pub(super) forsendelsestype: Option<String>,
    pub(super) ekstern_referanse: Option<String>,
    pub(super) korrelasjonsid: Option<String>,
    #[serde(default)]
    pub(super) taushetsbelagt_post: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Mottaker {
    pub(super) navn: String,
    pub(super) digital_id: Option<String>,
    pub(super) adresse: Option<Adresse>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "only checked to be of the right kind")]
pub(super) struct SvarSendesTil {
    pub(super) navn: String,
    #[serde(rename = "type")]
    pub(super) kind: SvarType,
    pub(super) digital_id: Option<String>,
    pub(super) adresse: Option<Adresse>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum SvarType {
    Person,
    Organisasjon,
    NhnMottaker,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Adresse {
    pub(super) adresselinje1: String,
    pub(super) adresselinje2: String,
    pub(super) adresselinje3: String,
    pub(super) poststed: String,
    pub(super) postnummer: String,
    pub(super) landkode: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Sikkerhetsniva {
    Betydelig,
    Hoyeste,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Dokument {
    pub(super) filnavn: String,
    pub(super) mime_type: String,
    #[serde(default)]
    pub(super) skal_ekskluderes_fra_utskrift: bool,
}

/// Reads and judges it; the text says what is wrong.
pub(super) fn read(text: &[u8]) -> Result<Forsendelse, String> {
    let forsendelse: Forsendelse = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    demand(forsendelse.mottaker.digital_id.is_some(), "mottaker.digitalId må være satt i sandkassen")?;
    check(&forsendelse)?;
    Ok(forsendelse)
}

pub(super) fn demand(is_met: bool, text: &str) -> Result<(), String> {
    if is_met { Ok(()) } else { Err(text.to_owned()) }
}

/// What every route demands.
pub(super) fn check(forsendelse: &Forsendelse) -> Result<(), String> {
    let longer = |text: &Option<String>, max: usize| text.as_ref().is_some_and(|text| text.chars().count() > max);
    let wrong = |fault: bool, text: &str| demand(!fault, text);
    wrong(forsendelse.tittel.is_empty() || forsendelse.tittel.chars().count() > 1000, "tittel")?;
    wrong(forsendelse.mottaker.navn.is_empty(), "mottaker.navn")?;
    wrong(!forsendelse.kryptert, "sandkassen tar bare imot krypterte dokumenter")?;
    wrong(longer(&forsendelse.ekstern_referanse, 100), "eksternReferanse")?;
    wrong(longer(&forsendelse.korrelasjonsid, 100), "korrelasjonsid")?;
    wrong(longer(&forsendelse.forsendelsestype, 100), "forsendelsestype")?;
    wrong(longer(&forsendelse.konteringskode, 20), "konteringskode")?;
    let in_code = |c: char| c.is_ascii_alphanumeric() || "-_.øæåØÆÅ".contains(c);
    wrong(forsendelse.konteringskode.iter().any(|code| !code.chars().all(in_code)), "konteringskode")?;
    if let Some(kind) = &forsendelse.forsendelsestype {
        wrong(!super::ut::TYPES.contains(&kind.as_str()), "forsendelsestype finnes ikke")?;
    }
    for adresse in [&forsendelse.mottaker.adresse].into_iter().flatten() {
        let lines = [&adresse.adresselinje1, &adresse.adresselinje2, &adresse.adresselinje3];
        wrong(lines.iter().any(|line| line.chars().count() > 70), "adresselinje")?;
    }
    wrong(forsendelse.dokumenter.is_empty(), "dokumenter")?;
    let mut names = std::collections::BTreeSet::new();
    for dokument in &forsendelse.dokumenter {
        let name = &dokument.filnavn;
        let forbidden = name.contains(['*', ':', '"', '\\', '/', '<', '>', '|', '?']);
        wrong(name.is_empty() || name.chars().count() > 226 || forbidden, "filnavn")?;
        wrong(!names.insert(name.to_lowercase()), "filnavn må være unikt")?;
        let printed = !forsendelse.kun_digital_levering && !dokument.skal_ekskluderes_fra_utskrift;
        wrong(printed && dokument.mime_type != "application/pdf", "bare application/pdf kan skrives ut")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::read;

    fn good() -> Value {
        json!({
            "tittel": "Brev", "kryptert": true, "sikkerhetsniva": "BETYDELIG",
            "mottaker": { "navn": "Solvik kommune", "digitalId": "310900214" },
            "dokumenter": [{ "filnavn": "brev.pdf", "mimeType": "application/pdf" }],
        })
    }

    #[test]
    fn each_demand_is_made() {
        assert!(read(good().to_string().as_bytes()).is_ok());
        for (pointer, value) in [
            ("/tittel", json!("")),
            ("/tittel", json!("x".repeat(1001))),
            ("/kryptert", json!(false)),
            ("/sikkerhetsniva", json!("LAV")),
            ("/mottaker/navn", json!("")),
            ("/mottaker/digitalId", Value::Null),
            ("/dokumenter", json!([])),
            ("/dokumenter/0/filnavn", json!("a/b.pdf")),
            ("/dokumenter/0/mimeType", json!("text/plain")),
        ] {
            let mut bad = good();
            *bad.pointer_mut(pointer).unwrap() = value;
            assert!(read(bad.to_string().as_bytes()).is_err(), "{pointer}");
        }
        for (name, value) in [
            ("titel", json!("x")),
            ("forsendelsestype", json!("finnes ikke")),
            ("eksternReferanse", json!("x".repeat(101))),
            ("konteringskode", json!("to ord")),
            ("svarPaForsendelseId", json!("x")),
        ] {
            let mut bad = good();
            bad[name] = value;
            assert!(read(bad.to_string().as_bytes()).is_err(), "{name}");
        }
    }
}
