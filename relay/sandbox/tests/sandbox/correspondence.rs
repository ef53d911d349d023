//! Altinn's inbox over HTTP: both doors, both sides.

use konvolutt_sandbox::Sandbox;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::{Relay, assertion, claims, grant};

const RESOURCE: &str = "eformidling-meldingsteneste-administrasjon";
const OURS: &str = "310904007";
const RECIPIENT: &str = "310904015";

/// A token with a scope, of the relay's operator or of an organisation's system user.
async fn token(sandbox: &Sandbox, relay: &Relay, scope: &str, user: Option<&str>) -> String {
    let client = sandbox.maskinporten_client().unwrap();
    let mut claims = claims(sandbox);
    claims["scope"] = json!(scope);
    match user {
        Some(number) => {
            let user = &mut claims["authorization_details"][0];
            user["systemuser_org"]["ID"] = json!(format!("0192:{number}"));
            user["externalRef"] = json!(format!("{number}_integrasjonspunkt_systembruker"));
        }
        None => drop(claims.as_object_mut().unwrap().remove("authorization_details")),
    }
    let (status, answer) = grant(&relay.http, &relay.endpoints, &assertion(&client, &client.kid, &claims)).await;
    assert_eq!(status, 200, "{answer}");
    answer["access_token"].as_str().unwrap().to_owned()
}

fn form(key: &str, to: &str) -> (String, String) {
    let mut body = String::new();
    let fields = [
        ("Correspondence.ResourceId", RESOURCE),
        ("Correspondence.SendersReference", key),
        ("Correspondence.Content.MessageTitle", "MERKE-SOM-IKKE-SKAL-FINNES-tittel"),
        ("Correspondence.Content.MessageBody", "MERKE-SOM-IKKE-SKAL-FINNES-innhold"),
        ("Correspondence.Content.Language", "nb"),
        ("Correspondence.Content.Attachments[0].FileName", "brev.txt"),
        ("Correspondence.PropertyList.senderOrgNumber", OURS),
        ("Recipients[0]", to),
        ("IdempotentKey", key),
    ];
    for (name, value) in fields {
        body += &format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    body += "--x\r\nContent-Disposition: form-data; name=\"attachments\"; filename=\"brev.txt\"\r\n\r\nMERKE-SOM-IKKE-SKAL-FINNES-brev\r\n--x--\r\n";
    ("multipart/form-data; boundary=x".to_owned(), body)
}

async fn send(relay: &Relay, base: &str, token: &str, key: &str, to: &str) -> (u16, Value) {
    let (kind, body) = form(key, to);
    let request = relay.http.post(format!("{base}/correspondence/upload")).bearer_auth(token);
    let answer = request.header("content-type", kind).body(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

pub(crate) async fn works_from_both_sides(sandbox: &Sandbox, relay: &Relay) {
    let proxy = &relay.endpoints.correspondence;
    let bare = proxy.replace("altinn-proxy", "altinn");
    let sender = token(sandbox, relay, "eformidling:dpv", None).await;
    let key = Uuid::new_v4().to_string();
    let to = format!("urn:altinn:organization:identifier-no:{RECIPIENT}");
    assert_eq!(send(relay, proxy, "ugyldig", &key, &to).await.0, 401);
    assert_eq!(send(relay, &bare, &sender, &key, &to).await.0, 403, "Altinn itself has scopes of its own");
    let (status, made) = send(relay, proxy, &sender, &key, &to).await;
    assert_eq!(status, 200, "{made}");
    let id = made["correspondences"][0]["correspondenceId"].as_str().unwrap().to_owned();
    let (status, again) = send(relay, proxy, &sender, &key, &to).await;
    assert_eq!((status, &again["errorCode"], &again["code"]), (409, &json!(1034), &json!("CORR-01034")));
    for (number, wanted) in [("03817010376", (422, 1030)), ("10817011042", (404, 1029))] {
        let to = format!("urn:altinn:person:identifier-no:{number}");
        let (status, problem) = send(relay, proxy, &sender, &Uuid::new_v4().to_string(), &to).await;
        assert_eq!((status, problem["errorCode"].as_u64()), (wanted.0, Some(wanted.1)));
    }

    let get = async |base: &str, token: &str, path: &str| -> (u16, Value) {
        let answer = relay.http.get(format!("{base}/correspondence{path}")).bearer_auth(token).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    };
    let found = get(proxy, &sender, &format!("?sendersReference={key}")).await;
    assert_eq!(found, (200, json!({ "ids": [id] })));
    let write = token(sandbox, relay, "altinn:correspondence.write", None).await;
    assert_eq!(get(&bare, &write, &format!("?sendersReference={key}")).await.0, 400, "only the proxy is so lax");
    let strict = format!("?resourceId={RESOURCE}&role=Sender&sendersReference={key}");
    assert_eq!(get(&bare, &write, &strict).await, (200, json!({ "ids": [id] })));

    let read = token(sandbox, relay, "altinn:correspondence.read", Some(RECIPIENT)).await;
    let stranger = token(sandbox, relay, "altinn:correspondence.read", Some(OURS)).await;
    let post = async |token: &str, path: &str| {
        relay.http.post(format!("{bare}/correspondence/{id}/{path}")).bearer_auth(token).send().await.unwrap()
    };
    for _ in 0..200 {
        if get(proxy, &sender, &format!("/{id}")).await.1["published"].is_string() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(get(&bare, &stranger, &format!("/{id}/content")).await.0, 404, "others learn nothing");
    let (status, content) = get(&bare, &read, &format!("/{id}/content")).await;
    assert_eq!((status, &content["messageBody"]), (200, &json!("MERKE-SOM-IKKE-SKAL-FINNES-innhold")));
    let attachment = content["attachments"][0]["id"].as_str().unwrap();
    let download = format!("{bare}/correspondence/{id}/attachment/{attachment}/download");
    let bytes = relay.http.get(download).bearer_auth(&read).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(&bytes[..], b"MERKE-SOM-IKKE-SKAL-FINNES-brev");
    assert_eq!(post(&read, "markasread").await.status(), 200);
    assert_eq!(post(&read, "confirm").await.status(), 200);
    assert!(get(proxy, &sender, &format!("/{id}")).await.1["read"].is_string());
    let purge = |token: &str| relay.http.delete(format!("{bare}/correspondence/{id}/purge")).bearer_auth(token).send();
    assert_eq!(purge(&write).await.unwrap().status(), 400, "published ones are no longer the sender's");
    assert_eq!(purge(&read).await.unwrap().status(), 200);
    let (_, seen) = get(proxy, &sender, &format!("/{id}/details")).await;
    let history: Vec<&str> =
        seen["statusHistory"].as_array().unwrap().iter().filter_map(|s| s["status"].as_str()).collect();
    assert!(history.contains(&"PurgedByRecipient") && history.contains(&"Fetched"), "{history:?}");
}
