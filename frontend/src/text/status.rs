//! The words for statuses and their sources.

use konvolutt_shared::address::Channel;
use konvolutt_shared::api::{Source, Status};
use konvolutt_shared::status::Conflict;

use super::Lang;

/// What a status says to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusText {
    /// The word.
    pub label: &'static str,
    /// What it means.
    pub explanation: &'static str,
    /// What comes next; may be empty.
    pub next: &'static str,
}

pub(super) type Triple = [[&'static str; 3]; 3];

const NOTHING: [&str; 3] = ["", "", ""];

const OPPRETTET: Triple = [
    ["Venter på sending", "Ventar på sending", "Waiting to send"],
    ["Meldingen ligger i kø hos oss.", "Meldinga ligg i kø hos oss.", "The message is in our queue."],
    ["Sendes vanligvis i løpet av sekunder.", "Blir vanlegvis send i løpet av sekund.", "Usually sent within seconds."],
];
const SENDT: Triple = [
    ["Sendt", "Sendt", "Sent"],
    ["Meldingen er på vei.", "Meldinga er på veg.", "The message is on its way."],
    ["Ikke levert ennå.", "Ikkje levert enno.", "Not delivered yet."],
];
const MOTTATT: Triple = [
    ["Framme i køen", "Framme i køen", "In recipient's queue"],
    [
        "Mottakerens system har den i køen, men har ikke hentet den.",
        "Systemet til mottakaren har ho i køen, men har ikkje henta ho.",
        "The recipient's system has it in its queue, but has not collected it.",
    ],
    ["Vanligvis levert innen 2 minutter.", "Vanlegvis levert innan 2 minutt.", "Usually delivered within 2 minutes."],
];
const LEVERT: Triple = [
    ["Levert", "Levert", "Delivered"],
    [
        "Mottakerens system har hentet meldingen.",
        "Systemet til mottakaren har henta meldinga.",
        "The recipient's system has collected the message.",
    ],
    ["Saksbehandling skjer hos mottakeren.", "Saksbehandling skjer hos mottakaren.", "The recipient handles the case."],
];
const LEST: Triple = [
    ["Åpnet hos mottaker", "Opna hos mottakar", "Opened by recipient"],
    [
        "Noen hos mottakeren har åpnet eller registrert meldingen.",
        "Nokon hos mottakaren har opna eller registrert meldinga.",
        "Somebody at the recipient has opened or registered the message.",
    ],
    NOTHING,
];
const FEIL: Triple = [
    ["Ikke levert", "Ikkje levert", "Not delivered"],
    ["Meldingen kom ikke fram.", "Meldinga kom ikkje fram.", "The message did not arrive."],
    [
        "Se hva kilden skriver, og send på nytt når det er rettet.",
        "Sjå kva kjelda skriv, og send på nytt når det er retta.",
        "See what the source writes, and send again when it is mended.",
    ],
];
const UTLOPT: Triple = [
    ["Fristen gikk ut", "Fristen gjekk ut", "Deadline passed"],
    [
        "Mottakeren hentet ikke meldingen innen fristen.",
        "Mottakaren henta ikkje meldinga innan fristen.",
        "The recipient did not collect the message before the deadline.",
    ],
    [
        "Ring mottakeren før du sender igjen, så de ikke får den to ganger.",
        "Ring mottakaren før du sender igjen, så dei ikkje får ho to gonger.",
        "Call the recipient before you send again, so that they do not get it twice.",
    ],
];
const ANNET: Triple = [
    ["Annen hendelse", "Anna hending", "Other event"],
    [
        "Kilden melder noe som ikke endrer statusen.",
        "Kjelda melder noko som ikkje endrar statusen.",
        "The source reports something that does not change the status.",
    ],
    NOTHING,
];
const INN_MOTTATT: Triple = [
    ["Kommet inn", "Kome inn", "Received"],
    ["Meldingen ligger her, kryptert.", "Meldinga ligg her, kryptert.", "The message is here, encrypted."],
    [
        "Åpne den, og bekreft at den er tatt imot.",
        "Opne ho, og stadfest at ho er teken imot.",
        "Open it, and confirm that it is received.",
    ],
];
const INN_LEVERT: Triple = [
    ["Tatt imot", "Teken imot", "Accepted"],
    [
        "En av dere har bekreftet at meldingen er tatt imot. Avsenderen vet det.",
        "Ein av dykk har stadfesta at meldinga er teken imot. Avsendaren veit det.",
        "One of you has confirmed that the message is received. The sender knows.",
    ],
    NOTHING,
];

/// What a status means on a channel where it means something else.
const ON_CHANNEL: &[(Channel, Status, Triple)] = &[
    (
        Channel::Dpf,
        Status::Mottatt,
        [
            ["Mottatt av KS", "Motteken av KS", "Received by KS"],
            ["KS har meldingen.", "KS har meldinga.", "KS has the message."],
            ["Gjøres klar for mottakeren.", "Blir gjord klar for mottakaren.", "It is made ready for the recipient."],
        ],
    ),
    (
        Channel::Dpf,
        Status::Levert,
        [
            ["Levert til SvarInn", "Levert til SvarInn", "Delivered to SvarInn"],
            [
                "Klar til å hentes av mottakerens sakarkiv.",
                "Klar til å bli henta av sakarkivet til mottakaren.",
                "Ready to be collected by the recipient's archive.",
            ],
            NOTHING,
        ],
    ),
    (
        Channel::Dpv,
        Status::Levert,
        [
            ["Levert i Altinn", "Levert i Altinn", "Delivered in Altinn"],
            [
                "Meldingen ligger i innboksen. Det betyr ikke at noen har lest den.",
                "Meldinga ligg i innboksen. Det betyr ikkje at nokon har lese ho.",
                "The message lies in the inbox. That does not mean that somebody has read it.",
            ],
            NOTHING,
        ],
    ),
    (
        Channel::Dpv,
        Status::Lest,
        [
            ["Åpnet hos mottaker", "Opna hos mottakar", "Opened by recipient"],
            [
                "Noen hos mottakeren har åpnet meldingen i Altinn.",
                "Nokon hos mottakaren har opna meldinga i Altinn.",
                "Somebody at the recipient has opened the message in Altinn.",
            ],
            NOTHING,
        ],
    ),
];

/// Contradictions and late events.
const FAILED_AFTER_DELIVERY: Triple = [
    ["Feil etter levering", "Feil etter levering", "Failed after delivery"],
    [
        "Meldingen var meldt levert, men kilden melder feil.",
        "Meldinga var meldt levert, men kjelda melder feil.",
        "The message was reported delivered, but the source reports an error.",
    ],
    [
        "Ikke regn med at mottakeren har den.",
        "Ikkje rekn med at mottakaren har ho.",
        "Do not count on the recipient having it.",
    ],
];
const EXPIRED_AFTER_DELIVERY: Triple = [
    ["Motstridende status", "Motstridande status", "Conflicting status"],
    [
        "Meldingen er meldt både levert og utløpt. Sjekk med mottakeren.",
        "Meldinga er meldt både levert og utgått. Sjekk med mottakaren.",
        "The message is reported both delivered and expired. Check with the recipient.",
    ],
    NOTHING,
];
const DELIVERED_LATE: Triple = [
    ["Levert etter fristen", "Levert etter fristen", "Delivered late"],
    [
        "Mottakeren hentet meldingen likevel.",
        "Mottakaren henta meldinga likevel.",
        "The recipient collected the message after all.",
    ],
    [
        "Har du sendt på nytt, kan mottakeren ha fått den to ganger.",
        "Har du sendt på nytt, kan mottakaren ha fått ho to gonger.",
        "If you have sent it again, the recipient may have got it twice.",
    ],
];

const DELIVERED_AFTER_FAILURE: Triple = [
    ["Motstridende status", "Motstridande status", "Conflicting status"],
    [
        "Mottakeren meldte først feil, og så at meldingen er levert. Sjekk med mottakeren.",
        "Mottakaren melde først feil, og så at meldinga er levert. Sjekk med mottakaren.",
        "The recipient first reported an error, then that the message is delivered. Check with the recipient.",
    ],
    NOTHING,
];
const SENT_AFTER_FAILURE: Triple = [
    ["Sendt på nytt", "Send på nytt", "Sent again"],
    [
        "Et tidligere forsøk mislyktes. Meldingen er på vei nå, og den feilen teller ikke lenger.",
        "Eit tidlegare forsøk mislukkast. Meldinga er på veg no, og den feilen tel ikkje lenger.",
        "An earlier try failed. The message is on its way now, and that error no longer counts.",
    ],
    ["Ikke levert ennå.", "Ikkje levert enno.", "Not delivered yet."],
];
const OUT_OF_ORDER: [&str; 3] = [
    "Meldt for sent: vi hadde alt hørt at meldingen var kommet lenger. Statusen er uendret.",
    "Meldt for seint: vi hadde alt høyrt at meldinga var komen lenger. Statusen er uendra.",
    "Reported late: we had already heard that the message had come further. The status is unchanged.",
];

const RECEIPTS: [(&str, [&str; 3]); 4] = [
    ("OK", ["Registrert", "Registrert", "Registered"]),
    ("WARNING", ["Registrert med merknad", "Registrert med merknad", "Registered with a remark"]),
    ("ERROR", ["Avvist av fagsystemet", "Avvist av fagsystemet", "Rejected by the case system"]),
    (
        "NOTSUPPORTED",
        ["Fagsystemet støtter ikke dette", "Fagsystemet støttar ikkje dette", "The case system does not support this"],
    ),
];

/// The text of a status by itself.
pub fn status(status: Status, lang: Lang) -> StatusText {
    in_language(
        match status {
            Status::Opprettet => OPPRETTET,
            Status::Sendt => SENDT,
            Status::Mottatt => MOTTATT,
            Status::Levert => LEVERT,
            Status::Lest => LEST,
            Status::Feil => FEIL,
            Status::Annet => ANNET,
            Status::InnkommendeMottatt => INN_MOTTATT,
            Status::InnkommendeLevert => INN_LEVERT,
            Status::LevetidUtlopt => UTLOPT,
        },
        lang,
    )
}

/// The text of a status on a channel.
pub(crate) fn status_on(word: Status, channel: Option<Channel>, lang: Lang) -> StatusText {
    let row = ON_CHANNEL.iter().find(|(on, of, _)| Some(*on) == channel && *of == word);
    row.map_or_else(|| status(word, lang), |(_, _, triple)| in_language(*triple, lang))
}

/// The text of an event that contradicts what came before, or comes late. `plain` is what it says by itself.
pub(crate) fn conflict(conflict: Conflict, plain: StatusText, lang: Lang) -> StatusText {
    in_language(
        match conflict {
            Conflict::FailedAfterDelivery => FAILED_AFTER_DELIVERY,
            Conflict::ExpiredAfterDelivery => EXPIRED_AFTER_DELIVERY,
            Conflict::DeliveredLate => DELIVERED_LATE,
            Conflict::DeliveredAfterFailure => DELIVERED_AFTER_FAILURE,
            Conflict::SentAfterFailure => SENT_AFTER_FAILURE,
            Conflict::OutOfOrder => {
                return StatusText { label: plain.label, explanation: lang.pick(OUT_OF_ORDER), next: "" };
            }
        },
        lang,
    )
}

/// One language of three texts.
pub(super) const fn in_language([label, explanation, next]: Triple, lang: Lang) -> StatusText {
    StatusText { label: lang.pick(label), explanation: lang.pick(explanation), next: lang.pick(next) }
}

/// The word for a receipt of the recipient's case system.
pub(crate) fn receipt(kind: &str, lang: Lang) -> Option<&'static str> {
    RECEIPTS.iter().find(|(name, _)| *name == kind).map(|(_, words)| lang.pick(*words))
}

/// Who an event comes from.
pub(super) const fn source_name(source: Source, lang: Lang) -> &'static str {
    lang.pick(match source {
        Source::Relay => ["Tjenesten", "Tenesta", "The service"],
        Source::Altinn => ["Altinn", "Altinn", "Altinn"],
        Source::SvarUt => ["KS SvarUt", "KS SvarUt", "KS SvarUt"],
        Source::Mailbox => ["Postkassen", "Postkassa", "The mailbox"],
        Source::Recipient => ["Mottakerens system", "Systemet til mottakaren", "The recipient's system"],
        Source::Person => ["En av dere", "Ein av dykk", "One of you"],
    })
}
