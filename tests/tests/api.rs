//! What the API promises of its answers, whatever they are about.
#![allow(clippy::unwrap_used)]

use anyhow::Result;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::api::Problem;
use konvolutt_shared::finding::Code;
use konvolutt_tests::Server;
use konvolutt_tests::client::{Client, document};
use reqwest::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

const OURS: &str = "310904007";
const SOLVIK: &str = "310900117";

async fn get(client: &Client, path: &str, had: &str) -> Result<Response> {
    Ok(client.request(Method::GET, path).header(IF_NONE_MATCH, had).send().await?)
}

fn tag(response: &Response) -> String {
    response.headers()[ETAG].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_still_the_same_is_not_sent_again() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    client.wait_for_incoming(|message| message.party.orgnr == SOLVIK).await?;
    let list = format!("/api/v1/messages?direction=out&organisation={OURS}");
    for path in ["/api/v1/session", &list] {
        let first = get(&client, path, "\"another\"").await?;
        let had = tag(&first);
        assert_eq!(first.status(), StatusCode::OK, "{path}");
        assert!(first.bytes().await?.len() > 2);
        for had in [had.clone(), format!("W/{had}"), format!("\"another\", {had}"), "*".to_owned()] {
            let again = get(&client, path, &had).await?;
            assert_eq!((again.status(), again.headers().get(CONTENT_TYPE)), (StatusCode::NOT_MODIFIED, None), "{had}");
            assert_eq!(again.headers()[CACHE_CONTROL], "no-store");
            assert!(again.headers().contains_key("content-security-policy") && again.bytes().await?.is_empty());
        }
    }
    // What changes has another tag.
    let had = tag(&get(&client, &list, "\"another\"").await?);
    client.send(&client.seal(SOLVIK, &[document("brev.txt", "a")]).await?).await?;
    let changed = get(&client, &list, &had).await?;
    assert_eq!(changed.status(), StatusCode::OK);
    assert_ne!(tag(&changed), had);
    // A refusal has none, and nonsense asks for everything.
    let refused = get(&client, "/api/v1/messages/none", "*").await?;
    assert_eq!((refused.status(), refused.headers().get(ETAG)), (StatusCode::NOT_FOUND, None));
    assert_eq!(get(&client, &list, "nonsense").await?.status(), StatusCode::OK);
    Ok(())
}

/// A POST with an `Idempotency-Key`.
async fn once(client: &Client, path: &str, key: &str, body: &Value) -> Result<Response> {
    Ok(client.request(Method::POST, path).header("idempotency-key", key).json(body).send().await?)
}

fn new_key(name: &str) -> Value {
    let expires = (Timestamp::now() + SignedDuration::from_hours(24)).to_string();
    json!({ "organisation": OURS, "name": name, "scope": ["look"], "expires": expires })
}

async fn keys(client: &Client) -> Result<usize> {
    let path = format!("/api/v1/keys?organisation={OURS}");
    let all: Value = client.request(Method::GET, &path).send().await?.json().await?;
    Ok(all.as_array().or(all["items"].as_array()).map_or(0, Vec::len))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_with_a_key_is_done_once_and_answered_each_time() -> Result<()> {
    let server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let wanted = new_key("Sakssystemet");
    let first = once(&client, "/api/v1/keys", "\"8e03978e-40d5\"", &wanted).await?;
    assert_eq!((first.status(), first.headers().get("idempotency-replayed")), (StatusCode::CREATED, None));
    let (location, first) = (first.headers().get("location").cloned(), first.text().await?);
    // With and without quotes: many send it so.
    for key in ["\"8e03978e-40d5\"", "8e03978e-40d5"] {
        let again = once(&client, "/api/v1/keys", key, &wanted).await?;
        assert_eq!((again.status(), &again.headers()["idempotency-replayed"]), (StatusCode::CREATED, &"true".parse()?));
        assert_eq!(again.headers().get("location"), location.as_ref());
        assert!(again.headers().contains_key("content-security-policy"));
        assert_eq!(again.text().await?, first, "byte for byte, the secret that is shown once too");
    }
    assert_eq!(keys(&client).await?, 1);
    let secret = serde_json::from_str::<Value>(&first)?["secret"].as_str().unwrap().to_owned();
    assert!(!server.holds(&secret)?, "it is nowhere on the disk in the clear");

    // Another body, another address, another person.
    let other = once(&client, "/api/v1/keys", "8e03978e-40d5", &new_key("Et annet")).await?;
    assert_eq!(other.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(other.json::<Problem>().await?.code, Code::RequestOther);
    let elsewhere = once(&client, "/api/v1/webhooks", "8e03978e-40d5", &wanted).await?;
    assert_eq!(elsewhere.json::<Problem>().await?.code, Code::RequestOther);
    let again = Client::sign_in(&server.base(), "siri", OURS).await?;
    assert_eq!(once(&again, "/api/v1/keys", "8e03978e-40d5", &wanted).await?.status(), StatusCode::CREATED);
    assert_eq!(keys(&client).await?, 2, "another session has keys of its own");

    // Nobody gets an answer that is not theirs, nor without being signed in.
    let nobody = client.anonymous(Method::POST, "/api/v1/keys").header("idempotency-key", "8e03978e-40d5");
    assert_eq!(nobody.json(&wanted).send().await?.status(), StatusCode::UNAUTHORIZED);
    client.request(Method::DELETE, "/api/v1/session").send().await?.error_for_status()?;
    assert_eq!(once(&client, "/api/v1/keys", "8e03978e-40d5", &wanted).await?.status(), StatusCode::UNAUTHORIZED);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_survives_a_power_cut_and_many_who_ask_at_once() -> Result<()> {
    let mut server = Server::start()?;
    let client = Client::sign_in(&server.base(), "siri", OURS).await?;
    let wanted = new_key("Sakssystemet");
    let asked = join_all((0..16).map(|_| once(&client, "/api/v1/keys", "at-once", &wanted))).await;
    let mut made = Vec::new();
    for answer in asked {
        let answer = answer?;
        match answer.status() {
            StatusCode::CREATED => made.push(answer.text().await?),
            StatusCode::CONFLICT => assert_eq!(answer.json::<Problem>().await?.code, Code::RequestRunning),
            other => anyhow::bail!("{other}"),
        }
    }
    assert!(!made.is_empty() && made.iter().all(|one| *one == made[0]));
    assert_eq!(keys(&client).await?, 1);
    server.cut_power_and_start_again()?;
    assert_eq!(once(&client, "/api/v1/keys", "at-once", &wanted).await?.text().await?, made[0]);
    assert_eq!(keys(&client).await?, 1);

    // What was refused for good is refused again; what is no key is told.
    let broken = json!({ "organisation": OURS });
    for replayed in [false, true] {
        let refused = once(&client, "/api/v1/keys", "broken", &broken).await?;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
        assert_eq!(refused.headers().contains_key("idempotency-replayed"), replayed);
    }
    for nonsense in ["", "\"\"", "a b", "a;b=1", "\"a\", \"b\"", &"x".repeat(256)] {
        let refused = once(&client, "/api/v1/keys", nonsense, &wanted).await?;
        assert_eq!(refused.json::<Problem>().await?.code, Code::RequestInvalid, "{nonsense}");
    }
    Ok(())
}
