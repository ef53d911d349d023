//! The broker's upload in one form (Altinn 3 Broker, `POST /filetransfer/upload`).

use konvolutt_sandbox::Sandbox;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::{COUNTY, RESOURCE, Relay, assertion, claims, grant};

const SOLVIK: &str = "310900117";
/// What is refused is not kept: the last look at the disk finds it.
const REFUSED: &[u8] = b"MERKE-SOM-IKKE-SKAL-FINNES";
const CONTENT: &[u8] = b"one shot";
/// Its MD5.
const CHECKSUM: &str = "18372f3edd819c9c8e5c817412edeb46";

struct Parts(Vec<u8>);

impl Parts {
    fn text(mut self, name: &str, value: &str) -> Self {
        let part = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        self.0.extend_from_slice(part.as_bytes());
        self
    }

    fn file(mut self, content: &[u8]) -> Self {
        let head = "--x\r\nContent-Disposition: form-data; name=\"FileTransfer\"; filename=\"sbd.zip\"\r\n\r\n";
        self.0.extend_from_slice(head.as_bytes());
        self.0.extend_from_slice(content);
        self.0.extend_from_slice(b"\r\n");
        self
    }

    /// What initialize demands.
    fn metadata(self, sender: &str) -> Self {
        self.text("Metadata.FileName", "sbd.zip")
            .text("Metadata.ResourceId", RESOURCE)
            .text("Metadata.SendersFileTransferReference", "min referanse")
            .text("metadata.sender", &format!("0192:{sender}"))
            .text("Metadata.Recipients[0]", &format!("0192:{SOLVIK}"))
            .text("Metadata.PropertyList.Min-Nøkkel", "verdi")
    }

    async fn send(mut self, relay: &Relay) -> Response {
        self.0.extend_from_slice(b"--x--\r\n");
        let request = relay.post("/upload").header("content-type", "multipart/form-data; boundary=x");
        request.body(self.0).send().await.unwrap()
    }
}

fn parts() -> Parts {
    Parts(Vec::new())
}

pub(crate) async fn a_transfer_is_made_and_filled_in_one_form(relay: &Relay) {
    // In either order.
    for form in [parts().metadata(COUNTY).file(CONTENT), parts().file(CONTENT).metadata(COUNTY)] {
        let answer = form.text("Metadata.Checksum", CHECKSUM).send(relay).await;
        let (status, body) = (answer.status(), answer.json::<Value>().await.unwrap());
        assert_eq!(status, 200, "{body}");
        let id = body["fileTransferId"].as_str().unwrap().to_owned();
        let mut overview = Value::Null;
        for _ in 0..200 {
            overview = relay.get(&format!("/{id}")).send().await.unwrap().json().await.unwrap();
            if overview["published"].is_string() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert!(overview["published"].is_string(), "{overview}");
        assert_eq!((&overview["fileTransferSize"], &overview["checksum"]), (&CONTENT.len().into(), &CHECKSUM.into()));
        assert_eq!(overview["sendersFileTransferReference"], "min referanse");
        assert_eq!(overview["propertyList"]["Min-Nøkkel"], "verdi", "keys keep their case");
        assert_eq!(relay.upload(&id, vec![1]).await.unwrap().status(), 409, "it has been filled");
    }
    let wrong_sum = parts().metadata(COUNTY).file(REFUSED).text("Metadata.Checksum", &"0".repeat(32)).send(relay).await;
    let foreign = parts().metadata(SOLVIK).file(REFUSED).send(relay).await;
    for (answer, wanted) in [(wrong_sum, (400, "BRO-00009")), (foreign, (401, "BRO-00006"))] {
        let (status, problem) = (answer.status().as_u16(), answer.json::<Value>().await.unwrap());
        assert_eq!((status, problem["code"].as_str().unwrap()), wanted);
    }
    for (form, field) in [
        (parts().metadata(COUNTY), "FileTransfer"),
        (parts().file(REFUSED), "Sender"),
        (
            parts().metadata(COUNTY).file(REFUSED).text("Metadata.DisableVirusScan", "kanskje"),
            "Metadata.DisableVirusScan",
        ),
    ] {
        let answer = form.send(relay).await;
        let (status, problem) = (answer.status(), answer.json::<Value>().await.unwrap());
        assert!(status == 400 && problem["errors"][field].is_array(), "{field}: {problem}");
    }
}

/// Status and code, or the body.
async fn told(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default();
    let code = body["code"].is_string().then(|| body["code"].clone());
    (status, code.unwrap_or(body))
}

pub(crate) async fn a_service_owner_decides_of_its_resource(world: &Sandbox, relay: &Relay) {
    let client = world.service_owner().await.unwrap();
    let mut wanted = claims(world);
    wanted.as_object_mut().unwrap().remove("authorization_details");
    (wanted["iss"], wanted["scope"]) = (json!(client.client_id), json!("altinn:serviceowner"));
    let (status, granted) = grant(&relay.http, &relay.endpoints, &assertion(&client, &client.kid, &wanted)).await;
    assert_eq!(status, 200, "{granted}");
    let token = granted["access_token"].as_str().unwrap();
    let owner = |method: Method, path: &str| {
        relay.http.request(method, format!("{}{path}", relay.endpoints.broker)).bearer_auth(token)
    };
    let resource = format!("/resource/urn:altinn:resource:{RESOURCE}");
    let put = |body: Value| owner(Method::PUT, &resource).json(&body);
    let sends = |unscanned: bool| {
        let mut body = Relay::initialize_body(SOLVIK);
        body["disableVirusScan"] = json!(unscanned);
        relay.post("/").json(&body)
    };

    let (status, about) = told(owner(Method::GET, "/serviceowner")).await;
    assert_eq!((status, &about["storageProviders"][0]["deploymentStatus"]), (200, &json!("Ready")), "{about}");
    assert_eq!(told(owner(Method::POST, "/serviceowner").json(&json!({ "name": "x" }))).await.0, 409);
    let foreign = relay.http.get(format!("{}/serviceowner", relay.endpoints.broker)).bearer_auth(&relay.altinn);
    assert_eq!(told(foreign).await.0, 403, "a sender has not the scope");
    assert_eq!(told(owner(Method::GET, "/resource/annen")).await, (403, json!("BRO-00005")));
    assert_eq!(told(put(json!({ "fileTransferTimeToLive": "30" }))).await, (400, json!("BRO-00014")));

    assert_eq!(told(put(json!({ "maxFileTransferSize": 5, "fileTransferTimeToLive": "P1D" }))).await.0, 200);
    let (_, shown) = told(owner(Method::GET, &resource)).await;
    assert_eq!((&shown["maxFileTransferSize"], &shown["fileTransferTimeToLive"]), (&json!(5), &json!("P1D")));
    let id = relay.initialize(SOLVIK).await.unwrap();
    let overview: Value = relay.get(&format!("/{id}")).send().await.unwrap().json().await.unwrap();
    let time = |name: &str| overview[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let day = time("expirationTime").duration_since(time("created"));
    assert_eq!(day, jiff::SignedDuration::from_secs(86_400 / 20), "a day, at this speed");
    let refused = relay.upload(&id, vec![0; 6]).await.unwrap();
    assert_eq!(
        (refused.status(), refused.json::<Value>().await.unwrap()["code"].clone()),
        (400.try_into().unwrap(), json!("BRO-00016"))
    );
    let back = json!({ "maxFileTransferSize": 1_000_000_000, "fileTransferTimeToLive": "P30D" });
    assert_eq!(told(put(back)).await.0, 200);

    assert_eq!(told(sends(true)).await, (400, json!("BRO-00020")));
    let form = parts().metadata(COUNTY).file(CONTENT).text("Metadata.DisableVirusScan", "true").send(relay).await;
    assert_eq!(form.json::<Value>().await.unwrap()["code"], "BRO-00020");
    let approve = |yes: bool| {
        let url = format!("{}/sandbox/control/resource", world.base);
        relay.http.put(url).json(&json!({ "approvedForDisabledVirusScan": yes }))
    };
    assert_eq!(told(approve(true)).await.0, 204);
    let (status, made) = told(sends(true)).await;
    let id: Uuid = serde_json::from_value(made["fileTransferId"].clone()).unwrap();
    let (_, overview) = told(relay.get(&format!("/{id}"))).await;
    assert_eq!((status, &overview["useVirusScan"]), (200, &json!(false)), "{overview}");
    assert_eq!(told(approve(false)).await.0, 204);
    assert_eq!(told(sends(false)).await.0, 200);
}
