//! What the API promises of its answers, whatever they are about.
#![allow(clippy::unwrap_used)]

use anyhow::Result;
use konvolutt_tests::Server;
use konvolutt_tests::client::{Client, document};
use reqwest::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use reqwest::{Method, Response, StatusCode};

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
