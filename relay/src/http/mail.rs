//! Letters to people: access tokens that are signed into them, and what the contact register says.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use konvolutt_shared::api::{Contact, ContactLookup, MailToken, NewMailToken, PrintCertificate, Right};
use konvolutt_shared::finding::Rule;
use konvolutt_shared::identifier::PersonNumber;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::directory::oldest;
use super::extract::Body;
use crate::app::Shared;
use crate::audit::{Action, ObjectKind};
use crate::identity::Caller;
use crate::problem::Refusal;

/// Where tokens are made. No answer from here is kept by anybody.
pub(super) const TOKENS: &str = "/mail-tokens";

/// The name of that in the API's description.
pub(super) const MAKE_TOKEN: &str = "makeMailToken";

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(token)).routes(routes!(contact)).routes(routes!(print_certificate))
}

/// Makes an access token for one letter to a digital mailbox or to print.
///
/// Whoever signs the letter puts it into the message for the network, and `withheld` in its place into the document that
/// the envelope keeps. It lives about two minutes, in which the letter must be handed over. It is made anew for each
/// request, and never logged or kept.
#[utoipa::path(
    post, path = "/mail-tokens", tag = "Messages", operation_id = "makeMailToken",
    request_body = NewMailToken,
    responses((status = 200, description = "The token", body = MailToken)),
)]
async fn token(
    State(app): State<Shared>,
    caller: Caller,
    Body(asked): Body<NewMailToken>,
) -> Result<([(HeaderName, &'static str); 1], Json<MailToken>), Refusal> {
    caller.may(Right::Send, &asked.sender)?;
    let off = || Refusal::rule(Rule::ChannelOn, "digital mailboxes are not set up here");
    let mail = app.mail.as_ref().ok_or_else(off)?;
    let behalf = Some(asked.sender.as_str());
    app.store.record(caller.record(Action::MailTokenMade, behalf, ObjectKind::Organisation, &asked.sender)?).await?;
    let (token, expires) = mail.token(&asked.sender).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(MailToken { token, expires })))
}

/// Asks the contact register what a person has chosen about digital post.
///
/// The answer tells whether there are e-mail address, mobile number and mailbox, and how old they are; not what they are.
#[utoipa::path(
    post, path = "/recipients/contact", tag = "Recipients", operation_id = "lookUpContact",
    request_body = ContactLookup,
    responses((status = 200, description = "What the register says", body = Contact)),
)]
async fn contact(
    State(app): State<Shared>,
    caller: Caller,
    Body(lookup): Body<ContactLookup>,
) -> Result<Json<Contact>, Refusal> {
    caller.may_somewhere(Right::Send)?;
    let number = PersonNumber::parse(&lookup.identifier)
        .map_err(|_| Refusal::rule(Rule::PersonReal, "not a valid identity number"))?;
    app.realm.has_person(&number)?;
    let off = || Refusal::rule(Rule::ChannelOn, "the contact register is not set up here");
    let register = app.contacts.as_ref().ok_or_else(off)?;
    // The log says that a person was looked up, and nothing of whom.
    app.store.record(caller.record(Action::ContactLookedUp, None, ObjectKind::Person, "person")?).await?;
    let found = register.contact(&number, crate::clock::now(), oldest(lookup.max_age)).await?;
    let age = found.seconds();
    Ok(Json(Contact { age, ..found.answer }))
}

/// What letters on paper to people without an identity number are sealed to, as the contact register gives it.
///
/// The register does not sign its answers. Whoever seals takes the certificate only if it leads to a pinned root and is the
/// pinned print provider's.
#[utoipa::path(
    get, path = "/print-certificate", tag = "Recipients", operation_id = "getPrintCertificate",
    responses((status = 200, description = "The print provider's certificate", body = PrintCertificate)),
)]
async fn print_certificate(State(app): State<Shared>, caller: Caller) -> Result<Json<PrintCertificate>, Refusal> {
    caller.may_somewhere(Right::Send)?;
    let register = app.contacts.as_ref().filter(|_| app.trust.printer.is_some());
    let off = || Refusal::rule(Rule::ChannelOn, "letters to people without a number are not set up here");
    Ok(Json(PrintCertificate { certificate: register.ok_or_else(off)?.print_certificate().await? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_made_where_nothing_is_kept() {
        let document = serde_json::to_value(crate::http::document()).unwrap();
        let operation = &document["paths"][format!("/api/v1{TOKENS}")]["post"];
        assert_eq!(operation["operationId"], MAKE_TOKEN);
        let named = |name: &str| {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            parameters.filter(|one| one["name"] == name).count()
        };
        assert_eq!(named("idempotency-key"), 0);
    }
}
