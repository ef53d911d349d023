//! The client against a provider over HTTP that changes its keys, lies, or wants a secret.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};

use super::tests::{KEYS, jwk, token};
use super::*;
use crate::identity::Ending;

const CODE: &str = "the-code";

/// A form.
type Pairs = Vec<(String, String)>;

/// What the provider says, and what it was told.
#[derive(Default)]
struct Says {
    issuer: String,
    /// Which of the keys signs.
    key: usize,
    nonce: String,
    /// Changes to the metadata.
    metadata: Value,
    key_requests: AtomicUsize,
    told: Mutex<Vec<(HeaderMap, Pairs)>>,
}

type Shared = Arc<Mutex<Says>>;

fn says(shared: &Shared) -> std::sync::MutexGuard<'_, Says> {
    shared.lock().unwrap()
}

async fn metadata(State(shared): State<Shared>) -> Json<Value> {
    let says = says(&shared);
    let at = |path: &str| format!("{}/{path}", says.issuer);
    let mut metadata = json!({ "issuer": says.issuer, "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"), "jwks_uri": at("keys"), "end_session_endpoint": at("logout") });
    for (name, value) in says.metadata.as_object().into_iter().flatten() {
        metadata[name] = value.clone();
    }
    Json(metadata)
}

async fn keys(State(shared): State<Shared>) -> Json<Value> {
    let says = says(&shared);
    says.key_requests.fetch_add(1, Ordering::Relaxed);
    Json(json!({ "keys": [jwk(&KEYS[says.key], &format!("k{}", says.key))] }))
}

fn signed(says: &Says, more: &Value) -> String {
    let now = crate::clock::now().as_second();
    let mut claims = json!({ "iss": says.issuer, "aud": "us", "iat": now, "exp": now + 60 });
    for (name, value) in more.as_object().into_iter().flatten() {
        claims[name] = value.clone();
    }
    token(&KEYS[says.key], &json!({ "alg": "RS256", "kid": format!("k{}", says.key) }), &claims)
}

async fn grant(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Form(form): Form<Pairs>,
) -> Result<Json<Value>, StatusCode> {
    let says = says(&shared);
    let good = form.iter().any(|(name, value)| name == "code" && value == CODE);
    says.told.lock().unwrap().push((headers, form));
    let more = json!({ "sub": "siri", "nonce": says.nonce, "sid": "s-1", "name": "Siri" });
    if good { Ok(Json(json!({ "id_token": signed(&says, &more) }))) } else { Err(StatusCode::BAD_REQUEST) }
}

async fn provider() -> Shared {
    let shared = Shared::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    says(&shared).issuer = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(metadata))
        .route("/keys", get(keys))
        .route("/token", post(grant))
        .with_state(shared.clone());
    tokio::spawn(axum::serve(listener, router).into_future());
    shared
}

fn client(shared: &Shared, proof: Proof) -> Provider {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let map = Mapping { person: "sub".into(), name: "name".into(), roles: None, table: Vec::new() };
    let settings = Settings {
        issuer: says(shared).issuer.clone(),
        client: "us".to_owned(),
        proof,
        scopes: vec!["openid".to_owned(), "profile".to_owned()],
        levels: Vec::new(),
        authorization_details: Some("[{\"type\":\"t\"}]".to_owned()),
        mapping: map,
        portal: Some("https://k.example".to_owned()),
        through_us: None,
    };
    Provider::new(settings, reqwest::Client::builder().no_proxy().build().unwrap()).unwrap()
}

fn secret() -> Proof {
    Proof::Secret("s3c:ret".to_owned().into())
}

fn flow() -> Flow {
    Flow::new([Uuid::from_u128(1), Uuid::from_u128(2)], "/")
}

async fn come_back(client: &Provider, code: &str) -> Result<SignedIn, Failed> {
    let callback = Callback { code: Some(code.to_owned()), ..Callback::default() };
    client.finish(&callback, &flow(), "https://k.example", &[]).await
}

#[tokio::test]
async fn a_person_is_sent_there_and_comes_back() {
    let shared = provider().await;
    let client = client(&shared, secret());
    let portal = client.portal(Some("evil.example")).unwrap();
    assert_eq!(portal, "https://k.example", "what is configured wins over what is said");
    let address = Url::parse(&client.authorization(&flow(), &portal, "nn").await.unwrap()).unwrap();
    let query: std::collections::BTreeMap<_, _> = address.query_pairs().into_owned().collect();
    assert!(address.as_str().starts_with(&format!("{}/authorize?", says(&shared).issuer)));
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "us"),
        ("redirect_uri", "https://k.example/api/v1/sign-in/callback"),
        ("scope", "openid profile"),
        ("state", &flow().state()),
        ("nonce", &flow().nonce()),
        ("code_challenge", &flow().challenge()),
        ("code_challenge_method", "S256"),
        ("ui_locales", "nn"),
        ("authorization_details", "[{\"type\":\"t\"}]"),
    ] {
        assert_eq!(query.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert!(!query.contains_key("acr_values") && !address.as_str().contains(&flow().verifier()));

    says(&shared).nonce = flow().nonce();
    let signed_in = come_back(&client, CODE).await.unwrap();
    assert_eq!((signed_in.person.id.as_str(), signed_in.session), ("siri", Some(session_name("s-1"))));
    let (headers, form) = says(&shared).told.lock().unwrap().remove(0);
    assert_eq!(headers["authorization"], "Basic dXM6czNjJTNBcmV0", "us:s3c%3Aret");
    assert!(form.contains(&("code_verifier".to_owned(), flow().verifier())));
    assert!(form.iter().all(|(name, value)| name != "client_id" && !value.contains("s3c")));

    assert!(matches!(come_back(&client, "another").await, Err(Failed::Refused)));
    says(&shared).nonce = "another".to_owned();
    assert!(matches!(come_back(&client, CODE).await, Err(Failed::Distrust(Distrust::Nonce))));
    let error = Callback { code: Some(CODE.to_owned()), error: Some("x".to_owned()), ..Callback::default() };
    assert!(matches!(client.finish(&error, &flow(), &portal, &[]).await, Err(Failed::Refused)));
    let leaving = client.leaving(&portal).await.unwrap();
    assert!(leaving.ends_with("/logout?client_id=us&post_logout_redirect_uri=https%3A%2F%2Fk.example%2Flogg-inn"));
}

#[tokio::test]
async fn a_client_with_a_key_signs_an_assertion() {
    use rsa::pkcs8::{EncodePrivateKey as _, LineEnding};
    let shared = provider().await;
    let pem = KEYS[1].to_pkcs8_pem(LineEnding::LF).unwrap().to_string();
    let client = client(&shared, Proof::Key { kid: "ours".to_owned(), pem: pem.into() });
    says(&shared).nonce = flow().nonce();
    come_back(&client, CODE).await.unwrap();
    come_back(&client, CODE).await.unwrap();
    let issuer = says(&shared).issuer.clone();
    let told = std::mem::take(&mut *says(&shared).told.lock().unwrap());
    let assertions = told.iter().map(|(headers, form)| {
        assert!(!headers.contains_key("authorization"));
        let value = |name: &str| form.iter().find(|(one, _)| one == name).map(|(_, value)| value.clone()).unwrap();
        assert_eq!(value("client_assertion_type"), "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        let text = value("client_assertion");
        let parsed = konvolutt_shared::jws::parse(&text).unwrap();
        assert!(parsed.header.key_id.as_deref() == Some("ours") && parsed.verify_with_jwk(&jwk(&KEYS[1], "ours")));
        let claims = parsed.claims().unwrap();
        assert_eq!((&claims["iss"], &claims["sub"], &claims["aud"]), (&json!("us"), &json!("us"), &json!(issuer)));
        assert!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap() <= 120);
        claims["jti"].clone()
    });
    let ids: Vec<Value> = assertions.collect();
    assert_ne!(ids[0], ids[1], "an assertion is used once");
}

#[tokio::test]
async fn keys_are_asked_for_once_more_when_they_change_and_not_for_every_token() {
    let shared = provider().await;
    let client = client(&shared, secret());
    says(&shared).nonce = flow().nonce();
    let asked = || says(&shared).key_requests.load(Ordering::Relaxed);
    come_back(&client, CODE).await.unwrap();
    come_back(&client, CODE).await.unwrap();
    assert_eq!(asked(), 1);
    // The keys are new, but were asked for a moment ago: who sends tokens with invented ids makes no load.
    says(&shared).key = 1;
    assert!(matches!(come_back(&client, CODE).await, Err(Failed::Distrust(Distrust::UnknownKey))));
    assert_eq!(asked(), 1);
    // A while later they are.
    let a_while = SignedDuration::from_secs(11);
    client.known.lock().unwrap().keys.as_mut().unwrap().1 -= a_while;
    come_back(&client, CODE).await.unwrap();
    come_back(&client, CODE).await.unwrap();
    assert_eq!(asked(), 2);
}

#[tokio::test]
async fn a_provider_that_is_another_or_leaves_tls_is_not_asked_further() {
    for (name, value, what) in [
        ("issuer", "https://another.example", "another issuer"),
        ("token_endpoint", "http://provider.example/token", "without TLS"),
        ("jwks_uri", "http://provider.example/keys", "without TLS"),
        ("end_session_endpoint", "http://provider.example/logout", "without TLS"),
    ] {
        let shared = provider().await;
        let client = client(&shared, secret());
        says(&shared).metadata = json!({ name: value });
        let error = come_back(&client, CODE).await.unwrap_err().to_string();
        assert!(error.contains(what) && says(&shared).told.lock().unwrap().is_empty(), "{name}: {error}");
    }
}

#[tokio::test]
async fn who_says_from_whom_they_come_must_say_so() {
    let shared = provider().await;
    let client = client(&shared, secret());
    says(&shared).nonce = flow().nonce();
    says(&shared).metadata = json!({ "authorization_response_iss_parameter_supported": true });
    assert!(matches!(come_back(&client, CODE).await, Err(Failed::Distrust(Distrust::Issuer))));
    let issuer = says(&shared).issuer.clone();
    for (iss, good) in [(issuer.clone(), true), (format!("{issuer}/"), false)] {
        let callback = Callback { code: Some(CODE.to_owned()), iss: Some(iss), ..Callback::default() };
        assert_eq!(client.finish(&callback, &flow(), "https://k.example", &[]).await.is_ok(), good);
    }
}

#[tokio::test]
async fn the_provider_ends_what_began_there() {
    let shared = provider().await;
    let client = client(&shared, secret());
    says(&shared).nonce = flow().nonce();
    let begun = come_back(&client, CODE).await.unwrap();
    let session = Ending::Provider(begun.session.unwrap());
    let issuer = says(&shared).issuer.clone();
    let event = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    let told = |more: Value| {
        let mut claims = json!({ "events": event });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        signed(&says(&shared), &claims)
    };
    assert_eq!(client.logout(&told(json!({ "sid": "s-1" }))).await.unwrap(), session);
    assert_ne!(client.logout(&told(json!({ "sid": "s-2" }))).await.unwrap(), session);
    let everything = client.logout(&told(json!({ "sub": "siri" }))).await.unwrap();
    assert_eq!(everything, Ending::Subject(begun.subject.unwrap()));
    assert_ne!(client.logout(&told(json!({ "sub": "kari" }))).await.unwrap(), everything);
    assert!(client.logout(&told(json!({ "sid": "s-1", "aud": "them" }))).await.is_err());
    assert!(client.logout("x.y.z").await.is_err());
    assert_eq!(client.front_channel(&issuer, "s-1"), Some(session));
    assert_eq!(client.front_channel("https://another.example", "s-1"), None);
}
