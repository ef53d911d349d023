//! What comes over the other channels: receipts of the DPI network, letters to Altinn's inbox, shipments from SvarInn,
//! and public keys.

use konvolutt_shared::container::zip::{DosTime, ZipWriter};
use serde_json::{Value, json};

use crate::{Folder, Outcome, RECEIVER, SENDER};

pub(crate) fn make(out: &Folder) -> Outcome<()> {
    let tagged = |mode: u8, value: &Value| [&[mode][..], value.to_string().as_bytes()].concat();
    out.seed("dpi", "receipt", &tagged(0, &receipt("leveringskvittering", &json!({}))))?;
    let more = json!({ "varslingskanal": "sms", "beskrivelse": "Ukjent nummer" });
    out.seed("dpi", "notice", &tagged(0, &receipt("varslingfeiletkvittering", &more)))?;
    out.seed("dpv", "letter", &tagged(0, &letter()))?;
    out.seed("dpv", "options", &tagged(1, &json!({ "sikkerhetsnivaa": 3, "dpv": options() })))?;
    let one = shipment("application/pdf", &[("brev.pdf", 4)]);
    out.seed("svarut", "one", &[one.to_string().as_bytes(), b"\n%PDF"].concat())?;
    let several = shipment("application/zip", &[("brev.pdf", 4), ("vedlegg.txt", 7)]);
    let (mut zip, mut content) = (ZipWriter::new(DosTime::from_timestamp(crate::NOW.parse()?)), Vec::new());
    for (name, bytes) in [("brev.pdf", &b"%PDF"[..]), ("vedlegg.txt", b"vedlegg")] {
        zip.add(name, bytes, &mut content).map_err(|finding| finding.to_string())?;
    }
    zip.finish("", &mut content).map_err(|finding| finding.to_string())?;
    out.seed("svarut", "several", &[several.to_string().as_bytes(), b"\n", &content].concat())?;
    // RFC 7515, A.2 and A.3: the keys' public halves.
    let modulus = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-\
        yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-\
        UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs\
        91kzk2PAcDTW9gb54h4FRWyuXpoQ";
    out.seed("jwk", "rsa", json!({ "kty": "RSA", "n": modulus, "e": "AQAB", "use": "sig" }).to_string().as_bytes())?;
    let p256 = json!({
        "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
    });
    out.seed("jwk", "p256", p256.to_string().as_bytes())
}

/// From the provider to the sender, in the conversation of the letter in the corpus.
fn receipt(kind: &str, more: &Value) -> Value {
    let party = |number: &str| json!({ "authority": "iso6523-actorid-upis", "value": format!("0192:{number}") });
    let mut business = json!({
        "avsender": { "virksomhetsidentifikator": party(SENDER) },
        "mottaker": { "virksomhetsidentifikator": party(RECEIVER) },
        "tidspunkt": "2026-12-01T01:00:00+01:00",
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        business[name] = value.clone();
    }
    let standard = format!(
        "urn:fdc:digdir.no:2020:innbyggerpost:xsd::innbyggerpost##urn:fdc:digdir.no:2020:innbyggerpost:schema:{kind}::1.0"
    );
    let conversation = json!({
        "type": "ConversationId", "instanceIdentifier": "2c93858d-36c9-4fa2-924a-603a23f80401",
        "identifier": "urn:no:difi:profile:digitalpost:info:ver1.0",
    });
    let header = json!({
        "headerVersion": "1.0",
        "sender": [{ "identifier": party(RECEIVER) }],
        "receiver": [{ "identifier": party(SENDER) }],
        "documentIdentification": {
            "standard": standard, "typeVersion": "1.0", "type": kind,
            "instanceIdentifier": "1111aaaa-0000-4000-8000-000000000001",
            "creationDateAndTime": "2026-12-01T01:00:00+01:00",
        },
        "businessScope": { "scope": [conversation] },
    });
    json!({ "standardBusinessDocument": { "standardBusinessDocumentHeader": header, (kind): business } })
}

fn options() -> Value {
    json!({
        "varselType": "VarselDPVMedRevarsel", "varselTransportType": "EpostOgSMS",
        "varselTekst": "Du har fått brev fra $reporterName$", "dagerTilSvarfrist": "14",
        "svarvalg": [{ "url": "https://example.test/svar", "tekst": "Svar her" }],
    })
}

fn letter() -> Value {
    json!({
        "mottaker": RECEIVER, "tittel": "Vedtak", "sammendrag": "Om vedtaket", "innhold": "# Vedtak\n\nHei.",
        "hoveddokument": "brev.pdf", "dpv": options(),
    })
}

/// As SvarInn tells of it.
fn shipment(content_type: &str, files: &[(&str, u64)]) -> Value {
    let file = |(name, size): &(&str, u64)| json!({ "filnavn": name, "mimetype": "application/pdf", "size": size });
    json!({
        "id": "2c93858d-36c9-4fa2-924a-603a23f80401", "tittel": "Vedtak", "date": 1_796_083_200_000_i64,
        "avsender": { "navn": "Prøve kommune", "adresselinje1": null }, "mottaker": { "navn": "x", "orgnr": RECEIVER },
        "svarSendesTil": { "navn": "Prøve kommune", "orgnr": SENDER }, "niva": "3", "svarPaForsendelse": null,
        "metadataFraAvleverendeSystem": { "saksaar": 2026, "sakssekvensnummer": 42, "journalposttype": "U" },
        "filmetadata": files.iter().map(file).collect::<Value>(), "downloadUrl": "https://example.test/1",
        "contentType": content_type, "fileName": "forsendelse.zip",
    })
}
