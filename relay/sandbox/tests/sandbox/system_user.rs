//! Altinn's requests for system users, from the vendor's side and from the page that a person answers on.

use konvolutt_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::common::{COUNTY, Relay, assertion, claims, grant, token};

const SCOPES: &str = "altinn:authentication/systemuser.request.read altinn:authentication/systemuser.request.write";
const SYSTEM: &str = "310904023_konvolutt";
const PACKAGE: &str = "urn:altinn:accesspackage:informasjon-og-kommunikasjon";
/// The system user that is asked for and accepted.
const ACCEPTED: &str = "310904007_integrasjonspunkt_systembruker_ny";

struct Vendor<'a> {
    world: &'a Sandbox,
    http: reqwest::Client,
    token: String,
}

impl Vendor<'_> {
    fn url(&self, path: &str) -> String {
        format!("{}/sandbox/altinn/authentication/api/v1/systemuser/request/vendor{path}", self.world.base)
    }

    async fn order(&self, body: &Value) -> (u16, Value) {
        let request = self.http.post(self.url("")).bearer_auth(&self.token).json(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.http.get(self.url(path)).bearer_auth(&self.token).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// A person presses a button of the page.
    async fn press(&self, request: &Value, person: &str, word: &str) -> u16 {
        let address = request["confirmUrl"].as_str().unwrap().split('?').next().unwrap();
        let form = [("id", request["id"].as_str().unwrap()), ("person", person), ("answer", word)];
        self.http.post(address).form(&form).send().await.unwrap().status().as_u16()
    }
}

fn body(reference: &str) -> Value {
    json!({
        "externalRef": reference, "systemId": SYSTEM, "partyOrgNo": COUNTY, "rights": [],
        "accessPackages": [{ "urn": PACKAGE }], "redirectUrl": "",
    })
}

/// What Maskinporten says to a grant as a system user.
async fn granted(world: &Sandbox, http: &reqwest::Client, reference: Option<&str>) -> (u16, Value) {
    let client = world.maskinporten_client().unwrap();
    let mut claims = claims(world);
    match reference {
        Some(reference) => claims["authorization_details"][0]["externalRef"] = json!(reference),
        None => drop(claims["authorization_details"][0].as_object_mut().unwrap().remove("externalRef")),
    }
    grant(http, &world.endpoints(), &assertion(&client, &client.kid, &claims)).await
}

pub(crate) async fn is_requested_answered_and_counts(world: &Sandbox, relay: &Relay) {
    let maskinporten = token(world, &relay.http, SCOPES, None).await;
    let exchange = relay.http.get(&relay.endpoints.altinn_exchange).bearer_auth(maskinporten);
    let token = exchange.send().await.unwrap().text().await.unwrap();
    let vendor = Vendor { world, http: relay.http.clone(), token };
    orders_are_checked(&vendor, relay).await;

    let (status, made) = vendor.order(&body(ACCEPTED)).await;
    assert_eq!((status, made["status"].as_str()), (201, Some("New")), "{made}");
    assert_eq!((&made["externalRef"], &made["accessPackages"][0]["urn"]), (&json!(ACCEPTED), &json!(PACKAGE)));
    let (status, again) = vendor.order(&body(ACCEPTED)).await;
    assert_eq!((status, &again["id"]), (200, &made["id"]), "there is one already");
    let (status, refused) = granted(world, &relay.http, Some(ACCEPTED)).await;
    assert_eq!((status, refused["error"].as_str()), (400, Some("invalid_altinn_customer_configuration")), "{refused}");
    assert!(refused["error_description"].as_str().unwrap().contains("MP-303"));

    let page = relay.http.get(made["confirmUrl"].as_str().unwrap()).send().await.unwrap().text().await.unwrap();
    for told in ["Konvolutt", SYSTEM, COUNTY, "Solvik fylkeskommune", ACCEPTED, PACKAGE, "Siri Saksbehandler"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains("Lea Leser"), "who only reads cannot answer");
    assert_eq!(vendor.press(&made, "lea", "accept").await, 403);
    let by_id = format!("/{}", made["id"].as_str().unwrap());
    assert_eq!(vendor.get(&by_id).await.1["status"], "New");
    assert_eq!(vendor.press(&made, "siri", "accept").await, 200);
    assert_eq!(vendor.get(&by_id).await.1["status"], "Accepted");
    assert_eq!(vendor.press(&made, "siri", "reject").await, 200, "the page says how it stands");
    let by_reference = format!("/byexternalref/{SYSTEM}/{COUNTY}/{ACCEPTED}");
    assert_eq!(vendor.get(&by_reference).await.1["status"], "Accepted", "a second click changes nothing");
    counts(world, relay).await;
    let (_, taken) = vendor.order(&body(ACCEPTED)).await;
    assert_eq!(taken["code"], "AUTH-00004");
    a_refusal_stands_until_it_is_deleted(&vendor).await;
}

/// Also after a restart.
pub(crate) async fn counts(world: &Sandbox, relay: &Relay) {
    let (status, answer) = granted(world, &relay.http, Some(ACCEPTED)).await;
    assert_eq!(status, 200, "{answer}");
    let (status, answer) = granted(world, &relay.http, None).await;
    assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_altinn_customer_configuration")), "no name");
}

async fn orders_are_checked(vendor: &Vendor<'_>, relay: &Relay) {
    let bare = relay.http.post(vendor.url("")).json(&body("x")).send().await.unwrap();
    assert_eq!(bare.status(), 401);
    let lacking = relay.http.post(vendor.url("")).bearer_auth(&relay.altinn).json(&body("x")).send().await.unwrap();
    assert_eq!(lacking.status(), 403);
    type Change = fn(&mut Value);
    let cases: &[(u16, &str, &str, Change)] = &[
        (404, "/code", "AUTH-00011", |body| body["systemId"] = json!("310904031_annet")),
        (400, "/code", "AUTH-00026", |body| body["redirectUrl"] = json!("https://etat.example/")),
        (400, "/code", "AUTH-00001", |body| body["accessPackages"] = json!([])),
        (400, "/code", "AUTH-00001", |body| {
            body["rights"] = json!([{ "resource": [{ "id": "urn:altinn:resource", "value": "annen-ressurs" }] }]);
        }),
        (400, "/validationErrors/0/paths/0", "/accessPackages/0/urn", |body| {
            body["accessPackages"] = json!([{ "urn": "urn:altinn:accesspackage:skatt" }]);
        }),
        (400, "/errors/PartyOrgNo/0", "The PartyOrgNo field is required.", |body| body["partyOrgNo"] = json!(" ")),
        (400, "/errors/PartyOrgNo/0", "The value is not an organisation number.", |body| {
            body["partyOrgNo"] = json!("1");
        }),
        (400, "/code", "AUTH-00004", |body| body["externalRef"] = json!("310904007_integrasjonspunkt_systembruker")),
    ];
    for (status, place, expected, change) in cases {
        let mut body = body("310904007_avvist_bestilling");
        change(&mut body);
        let (answered, problem) = vendor.order(&body).await;
        let told = problem.pointer(place).and_then(Value::as_str);
        assert_eq!((answered, told), (*status, Some(*expected)), "{problem}");
    }
    let (status, problem) = vendor.get("/ikke-en-id").await;
    assert_eq!((status, problem["errors"]["requestId"].is_array()), (400, true), "{problem}");
    let (status, problem) = vendor.get(&format!("/{}", uuid::Uuid::new_v4())).await;
    assert_eq!((status, problem["code"].as_str()), (404, Some("AUTH-00010")));
}

async fn a_refusal_stands_until_it_is_deleted(vendor: &Vendor<'_>) {
    let wanted = body("310904007_avvist");
    let (_, made) = vendor.order(&wanted).await;
    assert_eq!(vendor.press(&made, "aud", "reject").await, 200);
    let (status, again) = vendor.order(&wanted).await;
    assert_eq!((status, again["status"].as_str()), (200, Some("Rejected")));
    assert_eq!(granted(vendor.world, &vendor.http, Some("310904007_avvist")).await.0, 400);
    let url = vendor.url(&format!("/{}", made["id"].as_str().unwrap()));
    let deleted = vendor.http.delete(&url).bearer_auth(&vendor.token).send().await.unwrap();
    assert_eq!(deleted.status(), 202);
    assert_eq!(vendor.order(&wanted).await.0, 201);
    let gone = vendor.http.get(made["confirmUrl"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(gone.status(), 404);
}
