//! The words for what a mailbox, a print provider or the access point before them says.

use konvolutt_shared::api::{Source, Status, StatusEvent};

use super::Lang;
use super::status::{StatusText, Triple, in_language, source_name};

const NOTHING: [&str; 3] = ["", "", ""];

const SEND_ANEW: [&str; 3] =
    ["Send brevet på nytt.", "Send brevet på nytt.", "Send the letter again, as a new letter."];

const TAKEN: Triple = [
    ["Mottatt av formidleren", "Motteken av formidlaren", "Received by operator"],
    ["Formidleren har meldingen.", "Formidlaren har meldinga.", "The operator has the message."],
    [
        "Leveres i postkassen, eller skrives ut.",
        "Blir levert i postkassa, eller skrive ut.",
        "It is delivered to the mailbox, or printed.",
    ],
];
const NOT_CARRIED: Triple = [
    ["Ikke levert", "Ikkje levert", "Not delivered"],
    [
        "Formidleren fikk ikke levert brevet.",
        "Formidlaren fekk ikkje levert brevet.",
        "The operator could not deliver the letter.",
    ],
    SEND_ANEW,
];
const IN_MAILBOX: Triple = [
    ["Levert i digital postkasse", "Levert i digital postkasse", "Delivered to the digital mailbox"],
    ["Postkassen har overtatt ansvaret.", "Postkassa har overteke ansvaret.", "The mailbox has taken over."],
    ["Varsel sendes på dagtid.", "Varsel blir sendt på dagtid.", "Notifications are sent in the daytime."],
];
const POSTED: Triple = [
    ["Overlevert til utskrift og post", "Overlevert til utskrift og post", "Handed over to print and post"],
    ["Brevet er skrevet ut og postlagt.", "Brevet er skrive ut og postlagt.", "The letter is printed and posted."],
    [
        "Kan komme i retur. Det tar ofte 6–12 dager.",
        "Kan kome i retur. Det tek ofte 6–12 dagar.",
        "It may come back. That often takes 6 to 12 days.",
    ],
];
const OPENED: Triple = [
    ["Åpnet av mottakeren", "Opna av mottakaren", "Opened by the recipient"],
    ["Mottakeren har åpnet brevet.", "Mottakaren har opna brevet.", "The recipient has opened the letter."],
    NOTHING,
];
const NOT_NOTIFIED: Triple = [
    ["Varsel ikke sendt", "Varsel ikkje sendt", "Notification failed"],
    [
        "Brevet er levert, men varselet kom ikke fram.",
        "Brevet er levert, men varselet kom ikkje fram.",
        "The letter is delivered, but the notification did not arrive.",
    ],
    ["Vurder å ringe.", "Vurder å ringje.", "Consider calling."],
];
const RETURNED: Triple = [
    ["Kom i retur", "Kom i retur", "Returned"],
    ["Brevet kunne ikke leveres.", "Brevet kunne ikkje leverast.", "The letter could not be delivered."],
    [
        "Sjekk adressen, og send brevet på nytt.",
        "Sjekk adressa, og send brevet på nytt.",
        "Check the address, and send the letter again, as a new letter.",
    ],
];
const REFUSED: Triple = [
    ["Avvist av leverandøren", "Avvist av leverandøren", "Rejected by the provider"],
    [
        "Leverandøren kan ikke ta imot brevet slik det er.",
        "Leverandøren kan ikkje ta imot brevet slik det er.",
        "The provider cannot take the letter as it is.",
    ],
    [
        "Les hva leverandøren skriver, rett det, og send brevet på nytt.",
        "Les kva leverandøren skriv, rett det, og send brevet på nytt.",
        "Read what the provider writes, mend it, and send the letter again, as a new letter.",
    ],
];
const BROKEN: Triple = [
    ["Feil hos leverandøren", "Feil hos leverandøren", "Error at the provider"],
    [
        "Det oppsto en feil hos leverandøren. Brevet er ikke levert.",
        "Det oppstod ein feil hos leverandøren. Brevet er ikkje levert.",
        "Something went wrong at the provider. The letter is not delivered.",
    ],
    SEND_ANEW,
];

/// Who speaks, where the letter goes on paper, and before it has come that far.
const PRINTER: [&str; 3] = ["Utskriftsleverandøren", "Utskriftsleverandøren", "The print provider"];
const PROVIDER: [&str; 3] = ["Leverandøren", "Leverandøren", "The provider"];
const OPERATOR: [&str; 3] = ["Formidleren", "Formidlaren", "The operator"];

/// What `feil` begins with when the provider itself failed.
const SERVER: &str = "SERVER";

/// Whom an event comes from. Print providers and the access point before them answer by the same way as mailboxes.
pub(crate) fn said_by(event: &StatusEvent, lang: Lang) -> &'static str {
    match (event.source, event.receipt.as_deref()) {
        (Source::Mailbox, Some("mottakskvittering" | "returpostkvittering")) => lang.pick(PRINTER),
        // It may be either's.
        (Source::Mailbox, Some("feil")) => lang.pick(PROVIDER),
        (Source::Mailbox, None) => lang.pick(OPERATOR),
        (source, _) => source_name(source, lang),
    }
}

/// Whether an event says that the letter is on paper and in the post, which is not in anybody's hands.
pub(crate) fn is_posted(event: &StatusEvent) -> bool {
    let word = match event.source {
        Source::Mailbox => event.receipt.as_deref().filter(|kind| *kind == "mottakskvittering"),
        Source::SvarUt => event.description.as_deref().filter(|word| *word == "PRINTET"),
        _ => None,
    };
    word.is_some()
}

/// What an event says that came from a mailbox; `None` for all others.
pub(crate) fn mailbox(event: &StatusEvent, lang: Lang) -> Option<StatusText> {
    if event.source != Source::Mailbox {
        return None;
    }
    let broken = event.description.as_deref().is_some_and(|text| text.starts_with(SERVER));
    let triple = match (event.receipt.as_deref(), event.status) {
        (Some("leveringskvittering"), _) => IN_MAILBOX,
        (Some("mottakskvittering"), _) => POSTED,
        (Some("aapningskvittering"), _) => OPENED,
        (Some("varslingfeiletkvittering"), _) => NOT_NOTIFIED,
        (Some("returpostkvittering"), _) => RETURNED,
        (Some("feil"), _) if broken => BROKEN,
        (Some("feil"), _) => REFUSED,
        (None, Status::Mottatt) => TAKEN,
        (None, Status::Feil) => NOT_CARRIED,
        _ => return None,
    };
    Some(in_language(triple, lang))
}
