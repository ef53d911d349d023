//! What goes wrong on request: receipts to order, and switches.

use super::*;

impl Desk<'_> {
    /// Receipts that no letter asked for, and one whose signature does not hold.
    pub(super) async fn receipts_to_order(&self) {
        let url = format!("{}/sandbox/control/receipt", self.sandbox.base);
        let order =
            async |order: Value| self.relay.http.post(&url).json(&order).send().await.unwrap().status().as_u16();
        let parcel = self.parcel(DIGIPOST, Body::Digital(Box::new(post("prove.otte#08DP"))), &[pdf("brev.pdf")]);
        assert_eq!(self.send(&parcel).await.0, 201);
        self.receipts_until(|all| !all.is_empty()).await;
        let conversation = parcel.head.conversation_id.to_string();
        let spoilt = json!({
            "from": DIGIPOST, "to": COUNTY, "conversation": conversation, "says": "opened", "spoilt": "signature",
        });
        assert_eq!(order(spoilt).await, 202);
        let stray = json!({ "from": PRINT, "to": COUNTY, "conversation": Uuid::new_v4(), "says": "returned" });
        assert_eq!(order(stray).await, 202);
        assert_eq!(
            order(json!({ "from": COUNTY, "to": COUNTY, "conversation": conversation, "says": "opened" })).await,
            400
        );
        for (queue, holds) in [(format!("/in?kanal={CHANNEL}"), false), ("/in".to_owned(), true)] {
            let mut found = (204, Value::Null);
            for _ in 0..200 {
                found = self.get(&self.token, &queue).await;
                if found.0 == 200 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            let verified = dpi::verify(found.1[0]["forretningsmelding"].as_str().unwrap(), &self.expected());
            assert_eq!(verified.is_ok(), holds, "{queue}");
        }
    }

    async fn switch_on(&self, order: Value) {
        let url = format!("{}/sandbox/control/faults", self.sandbox.base);
        assert_eq!(self.relay.http.put(url).json(&order).send().await.unwrap().status(), 201);
    }

    /// Both services have their switches, and providers do not meet those that are meant for nobody.
    pub(super) async fn faults_on_request(&self) {
        let body = || Body::Digital(Box::new(post("prove.otte#08DP")));
        let parcel = self.parcel(DIGIPOST, body(), &[pdf("brev.pdf")]);
        self.switch_on(json!({ "service": "dpi", "fault": "conflict", "path": "/out", "times": 1 })).await;
        let jwt = self.signed(&parcel, &self.key);
        let (status, _) = self.hand_in(&self.token, CHANNEL, &parts(&jwt, &parcel.package)).await;
        assert_eq!(status, 409, "in the service's own dialect");
        self.switch_on(json!({ "service": "dpi", "fault": "cut-after", "path": "/out", "times": 1 })).await;
        let request = self.relay.http.post(self.url(&format!("/out?kanal={CHANNEL}"))).bearer_auth(&self.token);
        let request = request.header("content-type", "multipart/form-data; boundary=x");
        assert!(request.body(multipart(&parts(&jwt, &parcel.package))).send().await.is_err(), "no answer");
        let path = format!("/out/{}/statuses", parcel.head.message_id);
        assert_eq!(self.get(&self.token, &path).await.0, 200, "yet it was taken");
        self.switch_on(json!({ "service": "dpi", "fault": "unavailable", "tenant": COUNTY })).await;
        assert_eq!(self.get(&self.token, "/in").await.0, 503);
        self.switch_on(json!({ "service": "kontaktregister", "fault": "internal-error", "times": 1 })).await;
        let krr = self.relay.http.post(format!("{}/rest/v2/personer", self.relay.endpoints.kontaktregister));
        let answer = krr.bearer_auth(&self.token).send().await.unwrap();
        assert_eq!(answer.status(), 500);
        assert_eq!(answer.json::<Value>().await.unwrap()["error"], "internal_server_error");
        let clear = self.relay.http.delete(format!("{}/sandbox/control/faults", self.sandbox.base));
        assert_eq!(clear.send().await.unwrap().status(), 204);
        let receipts = self.receipts_until(|all| !all.is_empty()).await;
        assert_eq!(receipts.iter().map(told).collect::<Vec<_>>(), ["Leveringskvittering"], "once");
    }
}
