//! What the access point refuses, one thing at a time.

use super::*;

impl Desk<'_> {
    /// What corner 2 checks (Digdir, Digital postkasse), and what its OpenAPI description says of the operations.
    pub(super) async fn refusals(&self) {
        let http = &self.relay.http;
        let parcel = self.parcel(DIGIPOST, Body::Digital(Box::new(post("prove.en#01DP"))), &[pdf("brev.pdf")]);
        let jwt = self.signed(&parcel, &self.key);
        let good = parts(&jwt, &parcel.package);
        let refused = |status: u16, kind: &str| (status, kind.to_owned());
        assert_eq!(self.hand_in("ugyldig", "", &good).await, refused(401, "unauthorized"));
        let (front, signature) = self.token.rsplit_once('.').unwrap();
        let forged = format!("{front}.{}", signature.chars().rev().collect::<String>());
        assert_eq!(self.hand_in(&forged, "", &good).await, refused(401, "unauthorized"));
        let altinn = &self.relay.altinn;
        assert_eq!(self.hand_in(altinn, "", &good).await, refused(401, "unauthorized"), "Maskinporten's tokens only");
        let scoped = token(self.sandbox, http, "eformidling:dpi", Some(COUNTY)).await;
        assert_eq!(self.hand_in(&scoped, "", &good).await, refused(403, "scope"));
        let elsewhere = token_for(self.sandbox, http, SCOPE, Some(COUNTY), Some("https://annet.example")).await;
        assert_eq!(self.hand_in(&elsewhere, "", &good).await, refused(401, "unauthorized"), "for another service");
        let here = token_for(self.sandbox, http, SCOPE, Some(COUNTY), Some(&self.relay.endpoints.dpi)).await;
        assert_eq!(self.get(&here, "/in").await.0, 204);
        assert_eq!(self.hand_in(&self.token, "a%20b", &good).await, refused(400, "request"), "kanal");
        let message = ("forretningsmelding", "application/jwt", jwt.as_bytes());
        let package = ("dokumentpakke", "application/cms", parcel.package.as_slice());
        for wrong in [
            &[package][..],
            &[message],
            &[message, package, ("annet", "text/plain", b"x")],
            &[message, message, package],
            &[("forretningsmelding", "text/plain", jwt.as_bytes()), package],
            &[message, ("dokumentpakke", "application/zip", parcel.package.as_slice())],
            &[message, ("dokumentpakke", "application/cms", b"")],
        ] {
            assert_eq!(self.hand_in(&self.token, "", wrong).await, refused(400, "request"));
        }
        let large = vec![0; 50 * 1024 * 1024 + 1];
        assert_eq!(self.hand_in(&self.token, "", &parts(&jwt, &large)).await, refused(400, "size"));
        assert_eq!(self.hand_in(&self.token, "", &parts(&jwt, b"noe annet")).await, refused(400, "digest"));
        // No JWS, a signature that is none, and no certificate.
        let (front, _) = jwt.rsplit_once('.').unwrap();
        for broken in ["x.y.z".to_owned(), format!("{front}.AAAA")] {
            assert_eq!(
                self.hand_in(&self.token, "", &parts(&broken, &parcel.package)).await,
                refused(400, "signature")
            );
        }
        let untyped = without_certificate(&jwt);
        assert_eq!(self.hand_in(&self.token, "", &parts(&untyped, &parcel.package)).await, refused(400, "signature"));

        let with = async |change: &dyn Fn(&mut Parcel), key: &SoftKey, bearer: &str| -> (u16, String) {
            let mut other = self.parcel(DIGIPOST, Body::Digital(Box::new(post("prove.en#01DP"))), &[pdf("brev.pdf")]);
            change(&mut other);
            self.hand_in(bearer, "", &parts(&self.signed(&other, key), &other.package)).await
        };
        let own = &self.key;
        let fresh = token(self.sandbox, http, SCOPE, Some(COUNTY)).await;
        assert_eq!(with(&|_| {}, own, &fresh).await, refused(400, "token"), "the embedded token is another");
        let theirs = token(self.sandbox, http, SCOPE, Some(DIRECTORATE)).await;
        let embed = |parcel: &mut Parcel| parcel.head.token.clone_from(&theirs);
        assert_eq!(with(&embed, own, &theirs).await, refused(400, "sender"), "the consumer is not the sender");
        let posed = |parcel: &mut Parcel| {
            embed(parcel);
            parcel.head.on_behalf_of = Some(party(DIRECTORATE));
        };
        assert_eq!(with(&posed, own, &theirs).await, refused(400, "sender"), "nobody named the header's sender");
        let stranger = self.relay.keystore(self.sandbox, DIRECTORATE).await;
        assert_eq!(with(&|_| {}, &stranger, &self.token).await, refused(400, "sender"), "another signer");
        let revoked = self.relay.keystore(self.sandbox, "310901911").await;
        assert_eq!(with(&|_| {}, &revoked, &self.token).await, refused(400, "certificate"));
        let late = |parcel: &mut Parcel| {
            parcel.head.created = Timestamp::now() - SignedDuration::from_hours(2);
            parcel.head.expires = Timestamp::now() - SignedDuration::from_hours(1);
        };
        assert_eq!(with(&late, own, &self.token).await, refused(400, "schema"), "the deadline has passed");
        let schema = self.signed(&parcel, own);
        let schema = resigned(&schema, own, |message| message["digital"]["sikkerhetsnivaa"] = json!(2));
        assert_eq!(self.hand_in(&self.token, "", &parts(&schema, &parcel.package)).await, refused(400, "schema"));
        let receipt = resigned(&jwt, own, |message| {
            let party = json!({ "authority": "iso6523-actorid-upis", "value": format!("0192:{COUNTY}") });
            let party = json!({ "virksomhetsidentifikator": party });
            let text = message.to_string().replace("digital::1.0", "leveringskvittering::1.0");
            *message = serde_json::from_str(&text).unwrap();
            message["standardBusinessDocumentHeader"]["documentIdentification"]["type"] = json!("leveringskvittering");
            message.as_object_mut().unwrap().remove("digital");
            message["leveringskvittering"] =
                json!({ "avsender": party, "mottaker": party, "tidspunkt": "2026-12-01T01:00:00+01:00" });
        });
        let alone = [("forretningsmelding", "application/jwt", receipt.as_bytes())];
        assert_eq!(self.hand_in(&self.token, "", &alone).await, refused(403, "party"), "only providers give receipts");

        for path in [format!("/out/{}/statuses", parcel.head.message_id), "/out/x/statuses".to_owned()] {
            assert_eq!(self.get(&self.token, &path).await.0, 404, "what was refused was not kept");
        }
        let nothing = Uuid::new_v4().to_string();
        assert_eq!(self.get(&self.token, &format!("/in/{nothing}")).await.0, 404);
        assert_eq!(self.mark_read(&self.token, &nothing).await, 404);
        for path in ["/in", "/in/x", "/out/x/statuses"] {
            assert_eq!(self.get("ugyldig", path).await.0, 401, "{path}");
            assert_eq!(self.get(&scoped, path).await.0, 403, "{path}");
        }
        assert_eq!(self.mark_read(&scoped, &nothing).await, 403);
        for query in ["page_size=0", "page_size=101", "page_size=x", "page=-1", "kanal=a.b"] {
            assert_eq!(self.get(&self.token, &format!("/in?{query}")).await.0, 400, "{query}");
        }
        assert_eq!(self.get(&self.token, "/in").await.0, 204, "nothing waits");
    }
}
