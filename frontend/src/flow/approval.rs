//! What is known of a letter that waits for approval without opening it: what its envelope says.

use konvolutt_shared::api::MOST_NOTE;
use konvolutt_shared::envelope::EnvelopeClaims;
use konvolutt_shared::jws;
use konvolutt_shared::pki::Certificate;

use crate::text::ApprovalText;

/// What an envelope says of itself; the relay has verified it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Name in the signer's certificate.
    pub signer: String,
    /// Organisation number in the signer's certificate.
    pub organisation: Option<String>,
    /// Of the package, as the envelope has it: hexadecimal.
    pub digest: String,
}

impl Signed {
    /// Reads an envelope; `None` if it is none.
    pub fn of(envelope: &str) -> Option<Self> {
        let parsed = jws::parse(envelope).ok()?;
        let claims: EnvelopeClaims = serde_json::from_slice(&parsed.payload).ok()?;
        let certificate = Certificate::from_der(parsed.header.chain.first()?).ok()?;
        Some(Self {
            signer: certificate
                .organisation_name()
                .or_else(|| certificate.common_name())
                .unwrap_or_else(|| certificate.subject_text()),
            organisation: certificate.organisation(),
            digest: claims.package.pieces_sha256,
        })
    }
}

/// The note as it is sent, or what is wrong with it.
pub fn note(typed: &str, text: &'static ApprovalText) -> Result<String, &'static str> {
    match typed.trim() {
        "" => Err(text.note_missing),
        long if long.chars().count() > MOST_NOTE => Err(text.note_long),
        good => Ok(good.to_owned()),
    }
}

/// Nobody approves what they have not seen without saying so: it was opened here, or the box for that is ticked.
pub fn may_approve(opened: bool, said_unseen: bool, text: &'static ApprovalText) -> Result<(), &'static str> {
    if opened || said_unseen { Ok(()) } else { Err(text.unseen_missing) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn a_note_says_something_and_not_too_much() {
        let text = &Lang::Nb.text().approval;
        assert_eq!(note(" Vedlegg 2 mangler.\n", text), Ok("Vedlegg 2 mangler.".to_owned()));
        assert_eq!(note(" \n", text), Err(text.note_missing));
        assert_eq!(note(&"æ".repeat(2_000), text).map(|note| note.len()), Ok(4_000));
        assert_eq!(note(&"æ".repeat(2_001), text), Err(text.note_long));
    }

    #[test]
    fn what_was_not_opened_is_approved_only_by_somebody_who_says_so() {
        let text = &Lang::Nb.text().approval;
        assert_eq!(may_approve(false, false, text), Err(text.unseen_missing));
        for (opened, said_unseen) in [(true, false), (false, true), (true, true)] {
            assert_eq!(may_approve(opened, said_unseen, text), Ok(()));
        }
    }

    #[test]
    fn what_is_no_envelope_says_nothing() {
        assert_eq!(Signed::of("a.b.c"), None);
    }
}
