//! Receipts as they go over the network: a document in the network's form, signed by the provider.

use jiff::Timestamp;
use konvolutt_shared::dpi;
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::identifier::{ConversationId, Iso6523, MessageId, Party};
use konvolutt_shared::jws::Algorithm;
use konvolutt_shared::pki::SoftKey;
use konvolutt_shared::sbd::{DocumentType, Layer, MessageHead, compose, write_time};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Answer, Receipt};
use crate::seed::Provider;

/// Which letter a receipt is about, and who gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Back {
    pub(crate) conversation: String,
    /// Nine digits.
    pub(crate) to: String,
}

/// What is wrong with a receipt, on purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Spoilt {
    /// Nothing.
    #[default]
    No,
    /// Its signature does not hold.
    Signature,
}

/// The type of document that says it, and what it says besides parties and time.
fn body(answer: &Answer) -> (DocumentType, Value) {
    match answer {
        Answer::Delivered => (DocumentType::Leveringskvittering, json!({})),
        Answer::Printed => (DocumentType::Mottakskvittering, json!({})),
        Answer::Opened => (DocumentType::Aapningskvittering, json!({})),
        Answer::Returned => (DocumentType::Returpostkvittering, json!({})),
        Answer::Unnotified { channel } => (
            DocumentType::Varslingfeiletkvittering,
            json!({ "varslingskanal": channel, "beskrivelse": "Varselet kunne ikke leveres." }),
        ),
        Answer::Failed { fault, words } => (DocumentType::Feil, json!({ "feiltype": fault, "detaljer": words })),
    }
}

/// Writes and signs a receipt.
pub(super) fn write(provider: &Provider, key: &SoftKey, receipt: &Receipt, now: Timestamp) -> Result<String, Finding> {
    let party = |number: &str| Iso6523::parse(&format!("0192:{number}")).map_err(internal);
    let (own, other) = (party(provider.number)?, party(&receipt.back.to)?);
    let (kind, mut business) = body(&receipt.answer);
    let named = |one: &Iso6523| json!({ "virksomhetsidentifikator": { "authority": "iso6523-actorid-upis", "value": one.to_string() } });
    business["avsender"] = named(&own);
    business["mottaker"] = named(&other);
    business["tidspunkt"] = json!(write_time(now));
    let head = MessageHead {
        sender: Party::Organisation(own),
        receiver: Some(Party::Organisation(other)),
        process: dpi::process(kind),
        message_id: MessageId::parse(&receipt.id.to_string()).map_err(internal)?,
        conversation_id: ConversationId::parse(&receipt.back.conversation).map_err(internal)?,
        created: now,
        expires: None,
        scopes: Vec::new(),
    };
    let first = |findings: Vec<Finding>| findings.into_iter().next().unwrap_or_else(|| internal("refused"));
    let sbd = compose(Layer::Dpi, head, kind, business).map_err(first)?;
    let unsigned = dpi::prepare(&sbd, key.certificate())?;
    let mut signature = key.sign(Algorithm::Rs256.signature_algorithm(), unsigned.bytes())?;
    if let (Spoilt::Signature, Some(last)) = (receipt.spoilt, signature.last_mut()) {
        *last ^= 1;
    }
    Ok(unsigned.finish(&signature))
}

fn internal(error: impl std::fmt::Display) -> Finding {
    Finding::error(Rule::Broken, error.to_string())
}
