//! Who may ask, who is who, and who receives what.

use std::time::Duration;

use anyhow::{Result, ensure};
use konvolutt_relay::broker::Failure;
use konvolutt_relay::directory::Question;
use konvolutt_shared::address::{self, Addressed, Ways};
use konvolutt_shared::finding::Code;
use konvolutt_shared::pki::{Certificate, Crl, Purpose};

use crate::Asked;
use crate::place::{Place, failed};

/// Process and type of ordinary letters.
pub(crate) const LETTERS: (&str, &str) =
    ("urn:no:difi:profile:arkivmelding:administrasjon:ver1.0", "urn:no:difi:arkivmelding:xsd::arkivmelding");

/// Nobody's: the check digit does not hold, so that it never will be.
const NOBODY: &str = "310900118";

/// Every client of the relay's needs tokens, so this asks only for what the others do not: one is kept, and a fresh one is
/// another.
pub(crate) async fn tokens(place: &Place) -> Result<Asked> {
    let tokens = &place.app.tokens;
    let first = tokens.altinn(&place.sender).await.map_err(failed("a token for the broker"))?;
    ensure!(first.split('.').count() == 3, "the exchange gives a JWT");
    ensure!(tokens.altinn(&place.sender).await.map_err(failed("the same again"))? == first, "a token is kept");
    tokens.forget(&place.sender);
    ensure!(tokens.altinn(&place.sender).await.map_err(failed("a fresh one"))? != first, "a fresh token is another");
    let registry = tokens.maskinporten("eformidling:dpo").await.map_err(failed("a token for the registry"))?;
    ensure!(registry.split('.').count() == 3, "Maskinporten gives a JWT");
    Ok(Asked::Holds)
}

/// The registry's answer, verified with the pinned key.
pub(crate) async fn addressed(place: &Place, number: &str) -> Result<Addressed> {
    let (process, standard) = LETTERS;
    let answer = place.app.registry.lookup(number, Some(Question::about(process)), Duration::ZERO).await;
    let answer = answer.map_err(failed("the registry"))?.answer;
    let answer = address::verify_registry_answer(&answer, &place.app.trust.registry_keys)?;
    let transit = place.app.trust.transit.as_deref().map(Certificate::from_pem).transpose()?;
    let ways = Ways { svarut: place.app.trust.svarut, transit: transit.as_ref(), dpi: place.app.trust.dpi };
    address::choose(&answer, process, standard, &place.policy(Purpose::Encrypt)?, ways)
        .map_err(|findings| anyhow::anyhow!("{number}: {findings:?}"))
}

/// Answers are signed with the pinned key, name the recipient's own certificate, and do not know strangers.
pub(crate) async fn service_registry(place: &Place) -> Result<Asked> {
    let addressed = addressed(place, &place.recipient).await?;
    let owner = addressed.certificate.organisation();
    ensure!(owner.as_deref() == Some(&*place.recipient), "the certificate is {owner:?}'s");
    match place.app.registry.lookup(NOBODY, None, Duration::ZERO).await {
        Err(Failure::Refused(finding)) if finding.code == Code::RecipientUnknown => Ok(Asked::Holds),
        other => anyhow::bail!("a stranger: {other:?}"),
    }
}

/// Found by number and by name; strangers are not.
pub(crate) async fn enhetsregister(place: &Place) -> Result<Asked> {
    let register = &place.app.enhetsregister;
    let search = async |query: &str| register.search(query, Duration::ZERO).await.map(|found| found.answer);
    let by_number = search(&place.recipient).await.map_err(failed("by number"))?;
    let hit = by_number.first().filter(|hit| hit.orgnr == place.recipient);
    let hit = hit.ok_or_else(|| anyhow::anyhow!("{} is not found", place.recipient))?;
    let by_name = search(&hit.name).await.map_err(failed("by name"))?;
    ensure!(by_name.iter().any(|one| one.orgnr == hit.orgnr), "{} is not found by its name", hit.name);
    ensure!(search(NOBODY).await.map_err(failed("a stranger"))?.is_empty(), "a stranger is found");
    Ok(Asked::Holds)
}

/// Every list can be read.
pub(crate) async fn revocation_lists(place: &Place) -> Result<Asked> {
    let lists: Vec<Crl> = place.app.revocation.parsed().await.map_err(failed("the lists"))?;
    ensure!(!lists.is_empty(), "there are no lists");
    Ok(Asked::Holds)
}
