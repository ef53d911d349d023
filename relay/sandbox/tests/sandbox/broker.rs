//! The broker's upload in one form (`brokers.md` 1.3).

use reqwest::Response;
use serde_json::Value;

use crate::common::{COUNTY, RESOURCE, Relay};

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
