//! What Altinn's refusals mean. Opening, sending and following are tried against the sandbox in `tests/tests/inbox.rs`.

use std::time::Duration;

use konvolutt_shared::finding::Code;
use serde_json::json;

use super::client::{Client, failure};
use crate::broker::Failure;
use crate::broker::sandboxed::{disturb, sandboxed};

#[test]
fn each_refusal_is_what_it_says() {
    let numbered = |number: u64| json!({ "code": format!("CORR-{number:05}"), "errorCode": number });
    for (status, problem, code, word) in [
        (422, numbered(1030), Code::RecipientReserved, "refused"),
        (422, numbered(1044), Code::RecipientNoRole, "refused"),
        (404, numbered(1029), Code::ServiceRefused, "refused"),
        (400, numbered(1005), Code::ServiceRefused, "refused"),
        (401, numbered(4001), Code::ServiceRefused, "refused"),
        (400, json!({ "errors": { "Correspondence.Content.MessageTitle": ["x"] } }), Code::ServiceRefused, "refused"),
        (413, json!(null), Code::ServiceRefused, "refused"),
        // Ours to mend: no letter dies of it.
        (401, json!(null), Code::CarrierDenied, "later"),
        (403, json!(null), Code::CarrierDenied, "later"),
        (408, json!(null), Code::ServiceDown, "later"),
        (429, numbered(1), Code::ServiceBusy, "later"),
        (500, json!(null), Code::ServiceDown, "later"),
        (502, json!("<html>"), Code::ServiceDown, "later"),
    ] {
        let failure = failure(status, &problem, None);
        let found = match &failure {
            Failure::Refused(_) => "refused",
            Failure::Later { .. } => "later",
            Failure::Unknown(_) | Failure::Abandoned(_) => "other",
        };
        assert_eq!((failure.code(), found), (code, word), "{status} {problem}");
    }
    let wait = Some(Duration::from_secs(5));
    assert!(matches!(failure(429, &json!(null), wait), Failure::Later { after, .. } if after == wait));
}

#[test]
fn a_refusal_names_fields_and_never_their_content() {
    let problem = json!({
        "title": "Bad Request",
        "detail": "Hemmelig",
        "errors": { "Correspondence.Content.MessageBody": ["The value 'Hemmelig' is not valid."], "Hemmelig navn": ["x"] },
    });
    let text = format!("{:?}", failure(400, &problem, None));
    assert!(text.contains("Correspondence.Content.MessageBody"), "{text}");
    assert!(!text.contains("Hemmelig"), "{text}");
}

/// Altinn has said that it has the letter; whatever it says against a question about it is no verdict.
#[tokio::test(flavor = "multi_thread")]
async fn no_letter_dies_of_a_question_about_it() {
    let stand = sandboxed(100.0).await;
    let client = Client::new(stand.sandbox.endpoints().correspondence, stand.http, stand.tokens);
    let (resource, letter) = ("eformidling-meldingsteneste-administrasjon", uuid::Uuid::nil().to_string());
    for (fault, code) in [
        ("bad-request", Code::CarrierDenied),
        ("forbidden", Code::CarrierDenied),
        ("not-found", Code::CarrierDenied),
        ("conflict", Code::CarrierDenied),
        ("internal-error", Code::ServiceDown),
    ] {
        disturb(&stand.sandbox, "correspondence", ("GET", "/correspondence"), fault, 1).await;
        let found = client.find(resource, &letter).await;
        let later = matches!(&found, Err(Failure::Later { finding, .. }) if finding.code == code);
        assert!(later, "{fault}: {found:?}");
    }
    assert_eq!(client.find(resource, &letter).await, Ok(None));
    stand.sandbox.stop().await;
}
