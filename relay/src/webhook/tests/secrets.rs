//! What signs, and what is kept of it.

use super::*;

#[tokio::test]
async fn a_new_secret_signs_beside_the_old_one_for_a_while() {
    let office = Office::new();
    let old = office.endpoint("a", OURS).await;
    let new = Secret::new([Uuid::from_u128(8), Uuid::from_u128(9)]);
    let until = office.clock.now() + SignedDuration::from_secs(100);
    let sealed = office.safe.seal("a", &new).unwrap();
    let shown = office.store.rotate_webhook(Office::which("a"), sealed, until, None).await.unwrap().unwrap();
    assert_eq!(shown.old_secret_until, Some(until));
    let receiver = Receiver::default();
    for secrets in [vec![new.clone(), old], vec![new]] {
        office.letter(&format!("m{}", secrets.len())).await;
        office.spread().await;
        office.tell(&receiver).await;
        let posting = receiver.got().pop().unwrap();
        assert_eq!(posting.signature, sign(&secrets, &posting.id, posting.seconds, &posting.body));
        office.clock.pass(100);
    }
}

#[tokio::test]
async fn nothing_is_told_unsigned_where_the_secret_cannot_be_opened() {
    let mut office = Office::new();
    office.endpoint("a", OURS).await;
    office.letter("m1").await;
    office.spread().await;
    office.safe = Safe::new(&"another key".to_owned().into()).unwrap();
    let receiver = Receiver::default();
    office.tell(&receiver).await;
    assert!(receiver.got().is_empty());
    let told = &office.log("a").await[0];
    assert_eq!((told.state, told.attempts[0].trouble), (WebhookState::Waiting, Some(WebhookTrouble::Secret)));
    // A new secret is sealed under the key of today. What the old one would have signed goes out with it alone.
    let secret = Secret::new([Uuid::from_u128(8), Uuid::from_u128(9)]);
    let (sealed, until) =
        (office.safe.seal("a", &secret).unwrap(), office.clock.now() + SignedDuration::from_hours(24));
    office.store.rotate_webhook(Office::which("a"), sealed, until, None).await.unwrap();
    office.clock.pass(5);
    office.tell(&receiver).await;
    let posting = receiver.got().pop().unwrap();
    assert_eq!(posting.signature, sign(&[secret], &posting.id, posting.seconds, &posting.body));
}

#[tokio::test]
async fn secrets_from_before_they_were_sealed_are_sealed_and_sign_on() {
    let office = Office::new();
    let secret = office.endpoint("a", OURS).await;
    let (_, sealed) = office.store.webhook_secrets().await.unwrap().pop().unwrap();
    let clear = Sealed::from(secret.expose().to_owned());
    assert!(office.store.reseal_webhook("a", sealed, clear.clone()).await.unwrap());
    assert_eq!(office.safe.seal_all(&office.store).await.unwrap(), 1);
    assert_eq!(office.safe.seal_all(&office.store).await.unwrap(), 0, "once is enough");
    let kept = office.store.webhook_secrets().await.unwrap();
    assert!(kept.len() == 1 && kept[0].1 != clear);
    office.letter("m1").await;
    office.spread().await;
    let receiver = Receiver::default();
    office.tell(&receiver).await;
    let posting = receiver.got().pop().unwrap();
    assert_eq!(posting.signature, sign(&[secret], &posting.id, posting.seconds, &posting.body));
}
