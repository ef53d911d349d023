//! The words for what KS SvarUt and Altinn's inbox say with words of their own, where ours would say too little or something
//! that is not so. The broker's word is the event's description.

use konvolutt_shared::api::{Source, StatusEvent};

use super::Lang;
use super::status::{StatusText, Triple, in_language};

const NOTHING: [&str; 3] = ["", "", ""];

const NOT_YET: [&str; 3] = ["Ikke levert ennå.", "Ikkje levert enno.", "Not delivered yet."];

const ASK_THEM: [&str; 3] = [
    "Spør mottakeren om de har fått brevet.",
    "Spør mottakaren om dei har fått brevet.",
    "Ask the recipient whether they have got the letter.",
];

/// What KS SvarUt's words say, but for those that [`super::status`] has.
const SVARUT: &[(&[&str], Triple)] = &[
    (
        &["VARSLET"],
        [
            ["Mottakeren er varslet", "Mottakaren er varsla", "Recipient notified"],
            [
                "KS har varslet mottakeren om at brevet kan hentes.",
                "KS har varsla mottakaren om at brevet kan hentast.",
                "KS has notified the recipient that the letter can be collected.",
            ],
            NOTHING,
        ],
    ),
    (
        &["SENDT_DIGITALT"],
        [
            ["Sendt digitalt", "Sendt digitalt", "Sent digitally"],
            [
                "KS har sendt brevet digitalt til mottakeren.",
                "KS har sendt brevet digitalt til mottakaren.",
                "KS has sent the letter to the recipient digitally.",
            ],
            NOTHING,
        ],
    ),
    (
        &["SENDT_SDP"],
        [
            ["Sendt til digital postkasse", "Sendt til digital postkasse", "Sent to the digital mailbox"],
            [
                "KS har sendt brevet til mottakerens digitale postkasse.",
                "KS har sendt brevet til den digitale postkassa til mottakaren.",
                "KS has sent the letter to the recipient's digital mailbox.",
            ],
            NOTHING,
        ],
    ),
    (
        &["LEVERT_SDP"],
        [
            ["Levert i digital postkasse", "Levert i digital postkasse", "Delivered to the digital mailbox"],
            [
                "Brevet ligger i mottakerens digitale postkasse.",
                "Brevet ligg i den digitale postkassa til mottakaren.",
                "The letter lies in the recipient's digital mailbox.",
            ],
            NOTHING,
        ],
    ),
    (
        &["SENDT_PRINT"],
        [
            ["Sendt til utskrift", "Sendt til utskrift", "Sent to be printed"],
            [
                "KS sender brevet på papir. Mottakerens sakarkiv får det ikke.",
                "KS sender brevet på papir. Sakarkivet til mottakaren får det ikkje.",
                "KS sends the letter on paper. The recipient's archive does not get it.",
            ],
            NOT_YET,
        ],
    ),
    (
        &["PRINTET"],
        [
            ["Overlevert til utskrift og post", "Overlevert til utskrift og post", "Handed over to print and post"],
            [
                "Brevet er skrevet ut og går i posten. Mottakerens sakarkiv får det ikke.",
                "Brevet er skrive ut og går i posten. Sakarkivet til mottakaren får det ikkje.",
                "The letter is printed and goes by post. The recipient's archive does not get it.",
            ],
            NOTHING,
        ],
    ),
    (
        &["SENDT_NHN_MOTTAKER"],
        [
            ["Sendt til helsenettet", "Sendt til helsenettet", "Sent to the health network"],
            [
                "KS har sendt brevet til mottakeren i helsenettet.",
                "KS har sendt brevet til mottakaren i helsenettet.",
                "KS has sent the letter to the recipient in the health network.",
            ],
            NOT_YET,
        ],
    ),
    (
        &["LEVERT_NHN_MOTTAKER", "LEVERT_NHN"],
        [
            ["Levert i helsenettet", "Levert i helsenettet", "Delivered in the health network"],
            [
                "Mottakeren i helsenettet har fått brevet.",
                "Mottakaren i helsenettet har fått brevet.",
                "The recipient in the health network has got the letter.",
            ],
            NOTHING,
        ],
    ),
    (
        &["SLETTET"],
        [
            ["Slettet hos KS", "Sletta hos KS", "Deleted at KS"],
            [
                "KS melder at brevet er slettet hos dem.",
                "KS melder at brevet er sletta hos dei.",
                "KS reports that it has deleted the letter.",
            ],
            ASK_THEM,
        ],
    ),
    (
        &["MANUELT_HANDTERT"],
        [
            ["Håndtert manuelt hos KS", "Handtert manuelt hos KS", "Handled by hand at KS"],
            [
                "Noen hos KS har tatt seg av brevet.",
                "Nokon hos KS har teke seg av brevet.",
                "Somebody at KS has dealt with the letter.",
            ],
            ASK_THEM,
        ],
    ),
];

/// What Altinn's inbox says beside the way.
const ALTINN: &[(&[&str], Triple)] = &[
    (
        &["Altinn: PurgedByRecipient"],
        [
            ["Slettet av mottakeren", "Sletta av mottakaren", "Deleted by the recipient"],
            [
                "Mottakeren har slettet meldingen i Altinn.",
                "Mottakaren har sletta meldinga i Altinn.",
                "The recipient has deleted the message in Altinn.",
            ],
            NOTHING,
        ],
    ),
    (
        &["Altinn: PurgedByAltinn"],
        [
            ["Slettet av Altinn", "Sletta av Altinn", "Deleted by Altinn"],
            [
                "Meldingen ligger ikke lenger i Altinn.",
                "Meldinga ligg ikkje lenger i Altinn.",
                "The message is no longer in Altinn.",
            ],
            ASK_THEM,
        ],
    ),
];

/// What an event says with its broker's own word; `None` for all others. What holds a finding is ours.
pub(crate) fn carrier(event: &StatusEvent, lang: Lang) -> Option<StatusText> {
    let table = match event.source {
        Source::SvarUt => SVARUT,
        Source::Altinn => ALTINN,
        _ => return None,
    };
    let word = event.description.as_deref().filter(|_| event.finding.is_none())?;
    let (_, triple) = table.iter().find(|(words, _)| words.contains(&word))?;
    Some(in_language(*triple, lang))
}

#[cfg(test)]
mod tests {
    use konvolutt_shared::api::Status;
    use konvolutt_shared::status::words;

    use super::*;

    #[test]
    fn every_word_that_ours_would_misrepresent_has_its_own() {
        let known = |word: &str| SVARUT.iter().any(|(words, _)| words.contains(&word));
        for row in words::SVARUT {
            let differs = matches!(row.status, Status::Annet | Status::Levert) && row.word != "KLAR_FOR_MOTTAK";
            assert_eq!(known(row.word), differs, "{}", row.word);
        }
        for row in words::ALTINN.iter().filter(|row| row.status == Status::Annet) {
            let word = format!("Altinn: {}", row.word);
            assert!(ALTINN.iter().any(|(words, _)| words.contains(&word.as_str())), "{word}");
        }
    }
}
