//! The OpenAPI document: made of the routes themselves, completed here with what holds for all of them, and shown as a
//! page.

mod examples;
mod page;

use std::path::Path;

use axum::Router;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use konvolutt_shared::api::Problem;
use utoipa::ToSchema as _;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Content, Header, Info, License, OpenApi, OpenApiBuilder, PathItem, Ref, RefOr, Response,
    SecurityRequirement,
};
use utoipa_axum::router::OpenApiRouter;

use super::mail;
use crate::app::Shared;
use crate::identity::COOKIE;

/// What the document says before any route.
fn head() -> OpenApi {
    let mut info = Info::new("Konvolutt relay", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Sends and receives eFormidling messages that the browser has packed, signed and sealed. The relay cannot read \
         them, but for letters to Altinn's inbox while it hands those over. JSON in camelCase, times in RFC 3339, sizes \
         in bytes. Every refusal is `application/problem+json` with a stable code."
            .to_owned(),
    );
    let mut license = License::new("MIT OR Apache-2.0");
    license.identifier = Some("MIT OR Apache-2.0".to_owned());
    info.license = Some(license);
    let cookie = ApiKey::Cookie(ApiKeyValue::with_description(COOKIE, "A person who has signed in"));
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API key (`kv_…`), or the session of an embedded frame"))
        .build();
    // No route names the problem, so nobody else brings what it is made of.
    let mut parts = Vec::new();
    Problem::schemas(&mut parts);
    let components = ComponentsBuilder::new()
        .schema_from::<Problem>()
        .schemas_from_iter(parts)
        .security_scheme("session", SecurityScheme::ApiKey(cookie))
        .security_scheme("bearer", SecurityScheme::Http(bearer))
        .build();
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .security(Some(["session", "bearer"].map(|name| SecurityRequirement::new(name, [""; 0]))))
        .build()
}

/// Puts the API where it is, below what is said of it.
pub(super) fn describe(api: OpenApiRouter<Shared>) -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(head()).nest("/api/v1", api)
}

/// The whole document.
pub fn document() -> OpenApi {
    complete(describe(super::api()).split_for_parts().1)
}

/// Adds to every operation what the relay answers anywhere: problems, and examples.
fn complete(mut document: OpenApi) -> OpenApi {
    for item in document.paths.paths.values_mut() {
        for operation in operations(item) {
            let problem = Content::new(Some(Ref::from_schema_name(Problem::name())));
            let mut refusal = Response::new("Refused: `code` says why");
            refusal.content.insert("application/problem+json".to_owned(), problem.into());
            operation.responses.responses.insert("default".to_owned(), RefOr::T(refusal));
            examples::add(operation);
        }
        if let Some(operation) = &mut item.get {
            tell_of_tags(operation);
        }
        if let Some(operation) = &mut item.post {
            tell_of_keys(operation);
        }
    }
    document
}

/// What is said of [`super::once`]. Operations that nobody need be signed in for have a security of their own: none.
fn tell_of_keys(operation: &mut Operation) {
    let none = SecurityRequirement::default();
    let open = operation.security.as_ref().is_some_and(|needed| needed.contains(&none));
    let fleeting = operation.operation_id.as_deref() == Some(mail::MAKE_TOKEN);
    if open || fleeting || operation.tags.as_ref().is_some_and(|tags| tags.iter().any(|tag| tag == "Uploads")) {
        return;
    }
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255));
    let parameter = ParameterBuilder::new()
        .name("idempotency-key")
        .parameter_in(ParameterIn::Header)
        .description(Some(
            "The same request with the same key is done once, and answered the same way for 24 hours. Any string of the \
             caller's choice, a UUID for example; it belongs to the credential that the request came with.",
        ))
        .schema(Some(text))
        .build();
    operation.parameters.get_or_insert_default().push(RefOr::T(parameter));
}

/// What is said of [`super::etag`].
fn tell_of_tags(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    let Some(RefOr::T(whole)) = responses.get_mut("200") else { return };
    if !whole.content.contains_key("application/json") {
        return;
    }
    let mut tag = Header::default();
    tag.description = Some("Give it as `if-none-match` to be told whether the answer is still the same".to_owned());
    whole.headers.insert("etag".to_owned(), RefOr::T(tag));
    responses.insert("304".to_owned(), RefOr::T(Response::new("Still the answer of the tag in `if-none-match`")));
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, options, head, patch, .. } = item;
    [get, put, post, delete, options, head, patch].into_iter().filter_map(Option::as_mut)
}

/// The document as JSON, and as a page.
pub(super) fn routes(document: OpenApi, dist: &Path) -> Router<Shared> {
    // What is made of our own types can be written as JSON.
    let json = complete(document).to_pretty_json().unwrap_or_default();
    let page = page::render(&serde_json::from_str(&json).unwrap_or_default(), dist);
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")];
    Router::new()
        .route("/api/v1/openapi.json", get(|| async move { (headers, json).into_response() }))
        .route("/api", get(|| async move { ([(header::CONTENT_SECURITY_POLICY, page::POLICY)], Html(page)) }))
}

#[cfg(test)]
mod tests;
