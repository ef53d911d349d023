use std::sync::LazyLock;

use konvolutt_shared::api::Role;
use rsa::traits::PublicKeyParts as _;

use super::*;

const ISSUER: &str = "https://provider.example";

/// Two keys: the provider's, and somebody else's.
pub(super) static KEYS: LazyLock<[RsaPrivateKey; 2]> = LazyLock::new(|| {
    let mut random = rand_core::UnwrapErr(getrandom::SysRng);
    [(); 2].map(|()| RsaPrivateKey::new(&mut random, 2048).unwrap())
});

fn now() -> Timestamp {
    "2026-05-04T12:00:00Z".parse().unwrap()
}

pub(super) fn jwk(key: &RsaPrivateKey, kid: &str) -> Value {
    let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let (n, e) = (key.n().to_be_bytes_trimmed_vartime(), key.e().to_be_bytes_trimmed_vartime());
    json!({ "kty": "RSA", "use": "sig", "kid": kid, "n": number(&n), "e": number(&e) })
}

pub(super) fn token(key: &RsaPrivateKey, header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!("{}.{}", part(header), part(claims));
    let signature = SigningKey::<Sha256>::new(key.clone()).sign(input.as_bytes()).to_vec();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn good() -> Value {
    let at = now().as_second();
    json!({ "iss": ISSUER, "sub": "s", "aud": "us", "exp": at + 100, "iat": at - 5, "nonce": "n", "acr": "high" })
}

fn header() -> Value {
    json!({ "alg": "RS256", "kid": "k" })
}

fn judge(text: &str, levels: &[&str]) -> Result<Claims, Distrust> {
    let levels: Vec<String> = levels.iter().map(|level| (*level).to_owned()).collect();
    let expected = Expected { issuer: ISSUER, client: "us", levels: &levels, now: now() };
    id_token::verify(text, &[jwk(&KEYS[0], "k")], expected, "n")
}

fn with(changes: &[(&str, Value)]) -> Result<Claims, Distrust> {
    let mut claims = good();
    for (name, value) in changes {
        claims[*name] = value.clone();
    }
    judge(&token(&KEYS[0], &header(), &claims), &["substantial", "high"])
}

#[test]
fn every_claim_counts() {
    assert_eq!(with(&[]).unwrap()["sub"], "s");
    let at = now().as_second();
    for (name, value, distrust) in [
        ("iss", json!("https://provider.example/"), Distrust::Issuer),
        ("iss", Value::Null, Distrust::Issuer),
        ("aud", json!("them"), Distrust::Audience),
        ("aud", json!(["them"]), Distrust::Audience),
        ("aud", json!(["us", "them"]), Distrust::Party),
        ("azp", json!("them"), Distrust::Party),
        ("exp", json!(at - 60), Distrust::Expired),
        ("exp", json!("2027"), Distrust::Expired),
        ("exp", Value::Null, Distrust::Expired),
        ("iat", json!(at + 61), Distrust::Issued),
        ("iat", json!(at - 601), Distrust::Issued),
        ("iat", Value::Null, Distrust::Issued),
        ("nbf", json!(at + 61), Distrust::Issued),
        ("nonce", json!("m"), Distrust::Nonce),
        ("nonce", Value::Null, Distrust::Nonce),
        ("acr", json!("low"), Distrust::Level),
        ("acr", Value::Null, Distrust::Level),
        ("sub", json!(""), Distrust::Subject),
        ("sub", json!(7), Distrust::Subject),
    ] {
        assert_eq!(with(&[(name, value.clone())]), Err(distrust), "{name} {value}");
    }
    assert!(with(&[("aud", json!(["us"]))]).is_ok());
    assert!(with(&[("aud", json!(["us", "them"])), ("azp", json!("us"))]).is_ok());
    assert!(with(&[("exp", json!(at - 59)), ("iat", json!(at + 60)), ("nbf", json!(at))]).is_ok());
    let unasked = token(&KEYS[0], &header(), &{
        let mut claims = good();
        claims["acr"] = Value::Null;
        claims
    });
    assert!(judge(&unasked, &[]).is_ok());
}

#[test]
fn only_the_providers_key_and_algorithm_count() {
    let signed = |key: &RsaPrivateKey, header: Value| judge(&token(key, &header, &good()), &[]);
    assert!(signed(&KEYS[0], header()).is_ok());
    assert_eq!(signed(&KEYS[1], header()), Err(Distrust::Signature));
    assert_eq!(signed(&KEYS[0], json!({ "alg": "RS256", "kid": "other" })), Err(Distrust::UnknownKey));
    for bad in [
        json!({ "alg": "RS256" }),
        json!({ "alg": "none", "kid": "k" }),
        json!({ "alg": "HS256", "kid": "k" }),
        json!({ "alg": "PS256", "kid": "k" }),
        json!({ "alg": "RS256", "kid": "k", "crit": ["exp"] }),
    ] {
        assert_eq!(signed(&KEYS[0], bad.clone()), Err(Distrust::Form), "{bad}");
    }
    // A key inside the token is nobody's.
    let own = json!({ "alg": "RS256", "kid": "k", "jwk": jwk(&KEYS[1], "k") });
    assert_eq!(signed(&KEYS[1], own), Err(Distrust::Signature));
    // Claims twice.
    let twice = good().to_string().replacen('{', "{\"sub\":\"other\",", 1);
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header().to_string()), URL_SAFE_NO_PAD.encode(twice));
    let signature = SigningKey::<Sha256>::new(KEYS[0].clone()).sign(input.as_bytes()).to_vec();
    let text = format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature));
    assert_eq!(judge(&text, &[]), Err(Distrust::Form));
}

#[test]
fn a_logout_token_is_no_id_token_and_the_other_way_round() {
    let at = now().as_second();
    let event = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    let logout = json!({ "iss": ISSUER, "aud": "us", "iat": at, "exp": at + 60, "sid": "x", "events": event });
    let expected = Expected { issuer: ISSUER, client: "us", levels: &[], now: now() };
    let leave =
        |claims: &Value| id_token::verify_logout(&token(&KEYS[0], &header(), claims), &[jwk(&KEYS[0], "k")], expected);
    assert_eq!(leave(&logout).unwrap()["sid"], "x");
    assert_eq!(judge(&token(&KEYS[0], &header(), &logout), &[]), Err(Distrust::Nonce));
    assert_eq!(leave(&good()), Err(Distrust::Nonce));
    for (name, value, distrust) in [
        ("nonce", json!("n"), Distrust::Nonce),
        ("events", json!({}), Distrust::Subject),
        ("sid", Value::Null, Distrust::Subject),
        ("exp", json!(at - 60), Distrust::Expired),
        ("aud", json!("them"), Distrust::Audience),
    ] {
        let mut changed = logout.clone();
        changed[name] = value;
        assert_eq!(leave(&changed), Err(distrust), "{name}");
    }
}

fn ours() -> Vec<OrganisationAccess> {
    let one = |orgnr: &str| OrganisationAccess { orgnr: orgnr.to_owned(), name: format!("N {orgnr}") };
    vec![one("310904007"), one("310904015")]
}

fn mapped(claims: Value, table: &[(&str, &str, &str, &[Role])]) -> Result<Person, Unmapped> {
    let row = |(claim, value, organisation, roles): &(&str, &str, &str, &[Role])| mapping::Row {
        claim: (*claim).to_owned(),
        value: (*value).to_owned(),
        organisation: (*organisation).to_owned(),
        roles: roles.to_vec(),
    };
    let map = Mapping {
        person: "sub".to_owned(),
        name: "name".to_owned(),
        roles: Some("roles".to_owned()),
        table: table.iter().map(row).collect(),
    };
    let Value::Object(claims) = claims else { panic!("no object") };
    mapping::person(&claims, ISSUER, &map, &ours())
}

fn roles(person: &Person) -> Vec<(&str, Vec<Role>)> {
    person.roles.iter().map(|(number, roles)| (number.as_str(), roles.iter().copied().collect())).collect()
}

#[test]
fn roles_come_from_a_claim_and_only_for_organisations_of_ours() {
    let claims = json!({ "sub": "a", "name": "A B",
        "roles": ["310904007:case_worker", "310904007:auditor", "310904015:king", "999999999:reader", "reader", ":"] });
    let person = mapped(claims, &[]).unwrap();
    assert_eq!(roles(&person), [("310904007", vec![Role::CaseWorker, Role::Auditor])]);
    assert_eq!((person.name.as_str(), person.organisations), ("A B", ours()[..1].to_vec()));
}

#[test]
fn entras_groups_and_roles_are_rows_of_the_table() {
    let table: &[(&str, &str, &str, &[Role])] = &[
        ("groups", "g-1", "310904007", &[Role::Reader]),
        ("groups", "g-2", "*", &[Role::Auditor]),
        ("preferred_username", "a@etat.example", "310904015", &[Role::Administrator]),
    ];
    let person = mapped(json!({ "sub": "a", "groups": ["g-1"], "preferred_username": "a@etat.example" }), table);
    let expected = [("310904007", vec![Role::Reader]), ("310904015", vec![Role::Administrator])];
    assert_eq!(roles(&person.unwrap()), expected);
    let person = mapped(json!({ "sub": "a", "groups": ["g-2"] }), table).unwrap();
    assert_eq!(roles(&person), [("310904007", vec![Role::Auditor]), ("310904015", vec![Role::Auditor])]);
    assert!(mapped(json!({ "sub": "a", "groups": ["g-11", "*"] }), table).unwrap().organisations.is_empty());
}

/// The two forms that Ansattporten's documentation shows.
#[test]
fn ansattporten_names_the_organisation_that_was_chosen() {
    let table: &[(&str, &str, &str, &[Role])] = &[
        ("authorization_details", "urn:altinn:resource:konvolutt", "*", &[Role::CaseWorker]),
        ("authorization_details", "urn:altinn:resource:2480:40", "310904015", &[Role::Reader]),
    ];
    let party =
        |number: &str| json!({ "orgno": { "authority": "iso6523-actorid-upis", "ID": format!("0192:{number}") } });
    let resource = |parties: Vec<Value>| {
        json!({ "sub": "a", "authorization_details": [{
        "type": "ansattporten:altinn:resource", "resource": "urn:altinn:resource:konvolutt",
        "authorized_parties": parties }] })
    };
    let person = mapped(resource(vec![party("310904007"), party("999999999")]), table).unwrap();
    assert_eq!(roles(&person), [("310904007", vec![Role::CaseWorker])]);
    assert!(mapped(resource(vec![]), table).unwrap().roles.is_empty());
    let service = |number: &str| {
        json!({ "sub": "a", "authorization_details": [{
        "type": "ansattporten:altinn:service", "resource": "urn:altinn:resource:2480:40",
        "reportees": [{ "Authority": "iso6523-actorid-upis", "ID": number, "Rights": ["Read"] }] }] })
    };
    assert_eq!(roles(&mapped(service("0192:310904015"), table).unwrap()), [("310904015", vec![Role::Reader])]);
    // Chosen, but the row is for another organisation; and a number that is no organisation's.
    for other in ["0192:310904007", "310904015", "0192:", ""] {
        assert!(mapped(service(other), table).unwrap().roles.is_empty(), "{other}");
    }
}

#[test]
fn an_id_can_stand_in_the_log_and_is_nobodys_number() {
    let id = |sub: &str| mapped(json!({ "sub": sub }), &[]).map(|person| person.id);
    assert_eq!(id("A_-b.9").unwrap(), "A_-b.9");
    let hashed = id("fyaw/b1R+=").unwrap();
    assert!(hashed.starts_with("p-") && hashed.len() == 34, "{hashed}");
    assert_ne!(hashed, id("fyaw/b1R+").unwrap());
    // Ids of ours have a colon.
    assert!(id("key:1").unwrap().starts_with("p-"));
    assert_eq!(id("10850199405"), Err(Unmapped::Number));
    assert_eq!(id(""), Err(Unmapped::Nobody));
    let named = mapped(json!({ "sub": "a", "given_name": "Kari", "family_name": "Ås" }), &[]).unwrap();
    assert_eq!(named.name, "Kari Ås");
}

#[test]
fn addresses_have_tls_or_are_this_machines() {
    for (address, safe) in [
        ("https://idporten.no", true),
        ("http://127.0.0.1:1/sandbox/openid", true),
        ("http://localhost", true),
        ("http://idporten.no", false),
        ("http://127.0.0.1.evil.example", false),
        ("ftp://localhost", false),
        ("idporten.no", false),
    ] {
        assert_eq!(is_safe(address), safe, "{address}");
    }
    assert!(is_origin("https://k.example") && is_origin("https://k.example:8443"));
    assert!(!is_origin("https://k.example/") && !is_origin("https://k.example/x") && !is_origin("http://k.example"));
}

/// RFC 6749, 2.3.1.
#[test]
fn both_parts_of_a_password_are_encoded() {
    let text = basic("a b:c", "p%ø");
    let decoded = STANDARD.decode(text.strip_prefix("Basic ").unwrap()).unwrap();
    assert_eq!(String::from_utf8(decoded).unwrap(), "a+b%3Ac:p%25%C3%B8");
}
