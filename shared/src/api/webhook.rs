//! Webhooks: who is told of an organisation's events, and how that went. `/api/v1/webhooks`. What is sent is
//! a CloudEvent 1.0, signed as Standard Webhooks 1.0.0 has it; registering is ours.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Body of `POST /api/v1/webhooks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct NewWebhook {
    /// Whose events, nine digits.
    pub organisation: String,
    /// Where to: `https://…`, a public address without user, password and fragment, at most 2000 bytes.
    pub address: String,
}

/// An address that is told of an organisation's events: `GET /api/v1/webhooks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// Opaque id.
    pub id: String,
    /// Whose events, nine digits.
    pub organisation: String,
    /// Where to: `https://…`.
    pub address: String,
    /// When it was made; it is told of what happened since.
    pub created: Timestamp,
    /// Whether it is no longer told because it answered 410. `POST /api/v1/webhooks/{id}/resume` goes on
    /// where it stopped.
    pub stopped: bool,
    /// Until when the secret before the present one signs, too: 24 hours after the new one was made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub old_secret_until: Option<Timestamp>,
}

/// Answer to [`NewWebhook`] and to `POST /api/v1/webhooks/{id}/secret`: the only time that the secret is shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WebhookSecret {
    /// The webhook that the secret is of.
    pub webhook: Webhook,
    /// `whsec_` and 32 bytes in base64 with padding: the HMAC-SHA256 key of the signatures (Standard Webhooks
    /// 1.0.0).
    pub secret: String,
}

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookSecret").field("webhook", &self.webhook).finish_non_exhaustive()
    }
}

/// How far one event has come to one endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum WebhookState {
    /// It will be tried.
    Waiting,
    /// Answered with 2xx.
    Delivered,
    /// Given up after ten tries in about three days; a person may have it sent again.
    Dead,
}

/// One event on its way to one endpoint: `GET /api/v1/webhooks/{id}/deliveries`, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WebhookDelivery {
    /// Its number among all of the relay's, for `POST /api/v1/webhooks/{id}/deliveries/{number}/replay`.
    pub number: u64,
    /// `webhook-id` and the CloudEvent's `id`, the same for every try.
    pub event_id: String,
    /// The event's position in the event log, as `cursor` there.
    pub cursor: u64,
    /// How far it has come.
    pub state: WebhookState,
    /// When it will be tried next; missing if it will not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub due: Option<Timestamp>,
    /// Every try, oldest first.
    pub attempts: Vec<WebhookAttempt>,
}

/// One try: one `POST` to the endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WebhookAttempt {
    /// When it began.
    pub at: Timestamp,
    /// The HTTP status, if there was an answer. One other than 2xx is tried again, but for 410.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<u16>,
    /// Why there was no answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trouble: Option<WebhookTrouble>,
    /// How long it took, in milliseconds; 0 if nothing was sent.
    pub ms: u64,
}

/// Why there was no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum WebhookTrouble {
    /// The address is, or its name leads to, one that is not public.
    Refused,
    /// The name is unknown, nobody listens, or TLS failed.
    Connection,
    /// No answer in 20 seconds, or no connection in 5.
    Timeout,
    /// The endpoint's secret cannot be read, so nothing was sent: the endpoint needs a new one.
    Secret,
}
