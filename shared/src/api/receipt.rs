//! What an archive tells the sender of a letter: eFormidling's `arkivmelding_kvittering`.

use serde::{Deserialize, Serialize};

/// What became of a letter in the archive: the `receiptType` of an `arkivmelding_kvittering`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum ReceiptType {
    /// Archived. The sender sees LEST.
    Ok,
    /// Archived, with remarks. The sender sees LEST.
    Warning,
    /// Not archived. The sender sees FEIL.
    Error,
    /// Of a kind that the archive does not take. The sender sees FEIL.
    NotSupported,
}

impl ReceiptType {
    /// The word on the wire, in capitals.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::NotSupported => "NOTSUPPORTED",
        }
    }
}

/// Body of `POST /api/v1/messages/{id}/receipt`, for an `arkivmelding` that came over DPO. The sender is told
/// once for each receipt type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AppReceipt {
    /// What became of the letter.
    pub receipt_type: ReceiptType,
    /// Remarks, at most 20, in the order they are to be read.
    #[serde(default)]
    pub messages: Vec<AppReceiptLine>,
}

/// A remark: one of `messages` in the `arkivmelding_kvittering`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AppReceiptLine {
    /// The archive's own code; at most 100 characters.
    #[cfg_attr(feature = "schema", schema(max_length = 100))]
    pub code: String,
    /// For people; at most 2000 characters.
    #[cfg_attr(feature = "schema", schema(max_length = 2000))]
    pub text: String,
}

impl AppReceipt {
    /// Whether it is within its bounds: 20 remarks, codes of 100 and texts of 2000 characters (Unicode scalar
    /// values), inclusive. The bounds are ours.
    pub fn is_bounded(&self) -> bool {
        let short = |line: &AppReceiptLine| line.code.chars().count() <= 100 && line.text.chars().count() <= 2000;
        self.messages.len() <= 20 && self.messages.iter().all(short)
    }
}
