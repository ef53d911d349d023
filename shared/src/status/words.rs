//! What each channel's own words come to, as data. Digital mail to people has its tables in [`crate::dpi`].

use crate::api::Status;

/// A row of a channel's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// As the channel writes it; capitals count.
    pub word: &'static str,
    /// What it comes to in eFormidling's words.
    pub status: Status,
    /// Whether nothing more is expected after it.
    pub last: bool,
}

const fn on_the_way(word: &'static str, status: Status) -> Word {
    Word { word, status, last: false }
}

const fn last(word: &'static str, status: Status) -> Word {
    Word { word, status, last: true }
}

/// The member `status` of eFormidling's message `status`, over DPO. integrasjonspunkt sends MOTTATT and LEVERT
/// only. A deadline that passed at the recipient's is taken at its word, since the
/// sender must be warned of it.
pub const EFORMIDLING: &[Word] = &[
    on_the_way("MOTTATT", Status::Mottatt),
    on_the_way("LEVERT", Status::Levert),
    last("LEVETID_UTLOPT", Status::LevetidUtlopt),
];

/// `receiptType` of eFormidling's `arkivmelding_kvittering`, as integrasjonspunkt takes it: what is no
/// failure has been read.
pub const RECEIPTS: &[Word] = &[
    last("OK", Status::Lest),
    last("WARNING", Status::Lest),
    last("ERROR", Status::Feil),
    last("NOTSUPPORTED", Status::Feil),
];

/// The `status` of a shipment in KS SvarUt REST v3, `POST /v3/kontoer/{kontoId}/forsendelser/status/sok`.
/// What is not listed is something else, and not the last.
pub const SVARUT: &[Word] = &[
    on_the_way("MOTTATT", Status::Mottatt),
    on_the_way("AKSEPTERT", Status::Mottatt),
    // Digitally nobody has it: it is on its way to the printer, or to the health network. Neither is it further than it was.
    on_the_way("SENDT_PRINT", Status::Annet),
    on_the_way("SENDT_NHN_MOTTAKER", Status::Annet),
    // It lies where the recipient, or the person that is notified, can fetch it.
    on_the_way("KLAR_FOR_MOTTAK", Status::Levert),
    on_the_way("VARSLET", Status::Levert),
    on_the_way("SENDT_DIGITALT", Status::Levert),
    on_the_way("SENDT_SDP", Status::Levert),
    on_the_way("LEVERT_SDP", Status::Levert),
    last("LEVERT_NHN_MOTTAKER", Status::Levert),
    last("LEVERT_NHN", Status::Levert),
    last("PRINTET", Status::Levert),
    last("LEST", Status::Lest),
    last("AVVIST", Status::Feil),
    last("IKKE_LEVERT", Status::Feil),
    last("FEILET_UNDER_MOTTAK", Status::Feil),
    // Somebody at KS has removed it, or dealt with it by hand.
    last("SLETTET", Status::Annet),
    last("MANUELT_HANDTERT", Status::Annet),
];

/// The `status` of a correspondence in Altinn 3 Correspondence, `GET /correspondence/{id}`. `Initialized` and
/// `ReadyForPublish` are not listed: nothing has been published yet.
pub const ALTINN: &[Word] = &[
    on_the_way("Published", Status::Levert),
    on_the_way("Fetched", Status::Levert),
    on_the_way("AttachmentsDownloaded", Status::Levert),
    on_the_way("Archived", Status::Levert),
    on_the_way("Forwarded", Status::Levert),
    last("Read", Status::Lest),
    last("Replied", Status::Lest),
    last("Confirmed", Status::Lest),
    last("PurgedByRecipient", Status::Annet),
    last("PurgedByAltinn", Status::Annet),
    last("Failed", Status::Feil),
    last("Reserved", Status::Feil),
];

/// The row of a word; `None` when the table does not have it just so.
pub fn find(table: &'static [Word], word: &str) -> Option<&'static Word> {
    table.iter().find(|row| row.word == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_stands_once_and_a_failure_or_a_reading_is_the_last() {
        for table in [EFORMIDLING, RECEIPTS, SVARUT, ALTINN] {
            for row in table {
                assert_eq!(find(table, row.word), Some(row), "{} stands twice", row.word);
                let ends = matches!(row.status, Status::Lest | Status::Feil | Status::LevetidUtlopt);
                assert!(row.last || !ends, "{}", row.word);
            }
        }
        // Beside the way: removed, or handed on to somebody who will deliver it.
        let beside = |last: bool| SVARUT.iter().filter(move |row| row.status == Status::Annet && row.last == last);
        assert_eq!((beside(true).count(), beside(false).count()), (2, 2));
        assert!(ALTINN.iter().all(|row| row.last || row.status != Status::Annet));
        assert_eq!(find(SVARUT, "NOE_NYTT"), None);
    }
}
