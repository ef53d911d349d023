//! Letters that somebody else must approve before they are sent (four eyes). Ours: eFormidling knows nothing
//! of it.

use serde::{Deserialize, Serialize};

use super::{MessageSummary, MessageView};

/// Which letters of an organisation wait for approval: `[[approvals]]` of the relay's configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ApprovalRule {
    /// Nine digits: the sender.
    pub organisation: String,
    /// Codes of the channels, for example `DPO`; an empty list means every channel.
    #[serde(default)]
    pub channels: Vec<String>,
}

impl ApprovalRule {
    /// Whether a letter of this organisation (nine digits) by this channel (its code) is to wait.
    pub fn covers(&self, organisation: &str, channel: &str) -> bool {
        let named = self.channels.is_empty() || self.channels.iter().any(|one| one == channel);
        self.organisation == organisation && named
    }
}

/// What an event of a message tells of its approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// Which step was taken.
    pub step: ApprovalStep,
    /// Who did it: the name as the identity provider gave it, or an API key's id.
    pub by: String,
}

/// A step of an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ApprovalStep {
    /// It was handed over and waits.
    Asked,
    /// It may be sent.
    Approved,
    /// It will not be sent; the event's description is the note to the sender.
    Returned,
}

/// A letter that waits for approval, as `GET /api/v1/approvals` lists it, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// The letter, as in `GET /api/v1/messages`.
    #[serde(flatten)]
    pub summary: MessageSummary,
    /// Who handed it over, as [`Approval::by`].
    pub sent_by: String,
    /// Whether that was the one who asks: nobody approves what they sent themselves.
    pub yours: bool,
}

/// A letter that waits for approval, with what it takes to see exactly what will be sent: `GET
/// /api/v1/approvals/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WaitingView {
    /// The letter and its history.
    #[serde(flatten)]
    pub message: MessageView,
    /// Who handed it over, as in [`Waiting::sent_by`].
    pub sent_by: String,
    /// Whether that was the one who asks, as in [`Waiting::yours`].
    pub yours: bool,
    /// `approvalKey` of the submission, if the sender gave one: base64 of a DER RecipientInfo.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub approval_key: Option<String>,
}

/// Body of `POST /api/v1/approvals/{id}/return`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApprovalReturn {
    /// What the sender is told: 1 to 2000 characters, not counting white space around it.
    pub note: String,
}

/// The longest note of an [`ApprovalReturn`], in characters (Unicode scalar values), inclusive.
pub const MOST_NOTE: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_for_its_organisation_and_channels() {
        let rule = |channels: &[&str]| ApprovalRule {
            organisation: "310904007".to_owned(),
            channels: channels.iter().map(|one| (*one).to_owned()).collect(),
        };
        for (channels, organisation, channel, covers) in [
            (&[][..], "310904007", "DPO", true),
            (&[][..], "310904015", "DPO", false),
            (&["DPV", "DPO"][..], "310904007", "DPO", true),
            (&["DPV"][..], "310904007", "DPO", false),
        ] {
            assert_eq!(rule(channels).covers(organisation, channel), covers, "{channels:?} {organisation} {channel}");
        }
    }
}
