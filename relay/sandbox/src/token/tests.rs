use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::authority::Authority;

const OWNER: &str = "310904023";
const OTHER: &str = "310904007";

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn granted(tokens: &Tokens, key: &Identity, consumer_org: Option<&str>) -> String {
    let at = now().as_second();
    let mut claims = json!({
        "aud": tokens.audience(), "iss": "klient", "scope": "digitalpostinnbygger:send", "iat": at, "exp": at + 100,
        "jti": Uuid::new_v4().to_string(),
    });
    if let Some(number) = consumer_org {
        claims["consumer_org"] = json!(number);
    }
    let answer = tokens.grant(&jws::sign(key, &json!({}), &claims), now(), &|_| None).unwrap();
    format!("Bearer {}", answer["access_token"].as_str().unwrap())
}

#[test]
fn a_token_names_whom_it_is_for_and_who_acts_until_it_expires() {
    let folder = tempfile::tempdir().unwrap();
    let key = Authority::open(folder.path(), now()).unwrap().service("x", "X", now()).unwrap();
    let tokens = Tokens::new("http://127.0.0.1:1", key.clone(), key.clone());
    tokens.register(Client {
        id: "klient".to_owned(),
        organisation: OWNER.to_owned(),
        kid: key.kid().to_owned(),
        key: key.public_key(),
        scopes: vec!["digitalpostinnbygger:send"],
        system: None,
        delegations: vec![OTHER.to_owned()],
    });
    let own = granted(&tokens, &key, None);
    let caller = tokens.consumer(Some(&own), now()).unwrap();
    assert_eq!((caller.organisation.as_str(), caller.supplier.as_deref()), (OWNER, None));
    let delegated = granted(&tokens, &key, Some(OTHER));
    let caller = tokens.consumer(Some(&delegated), now()).unwrap();
    assert_eq!((caller.organisation.as_str(), caller.supplier.as_deref()), (OTHER, Some(OWNER)));
    assert!(caller.may("digitalpostinnbygger:send") && !caller.may("eformidling:dpi"));
    let after = |seconds| tokens.consumer(Some(&delegated), now() + SignedDuration::from_secs(seconds));
    assert!(after(grant::LIFE_SECONDS - 1).is_some());
    assert_eq!(after(grant::LIFE_SECONDS), None, "expired");
    assert_eq!(tokens.consumer(None, now()), None);
}
