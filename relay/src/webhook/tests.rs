mod secrets;

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

use jiff::SignedDuration;
use konvolutt_shared::api::{
    Direction, OrganisationAccess, Page, Source, Status, WebhookDelivery, WebhookState, WebhookTrouble,
};
use konvolutt_shared::finding::{Finding, Rule};
use uuid::Uuid;

use super::*;
use crate::clock::World;
use crate::message::{self, NewMessage};
use crate::outbox::{Acquire, Kind, NewDelivery};
use crate::store::sqlite::Sqlite;
use crate::store::{Outbox, Webhooks};

const OURS: &str = "310904007";
const THEIRS: &str = "310900117";

/// What the other side says, in order, and what it was sent.
#[derive(Debug, Default)]
struct Receiver {
    answers: Mutex<VecDeque<Result<Answered, WebhookTrouble>>>,
    got: Mutex<Vec<Posting>>,
}

impl Receiver {
    fn says(answers: impl IntoIterator<Item = u16>) -> Self {
        let answers = answers.into_iter().map(|status| Ok(Answered { status, retry_after: None }));
        Self { answers: Mutex::new(answers.collect()), ..Self::default() }
    }

    fn got(&self) -> Vec<Posting> {
        self.got.lock().unwrap().clone()
    }
}

impl Post for Receiver {
    fn post(&self, posting: Posting) -> Posted<'_> {
        self.got.lock().unwrap().push(posting);
        let answer = self.answers.lock().unwrap().pop_front();
        Box::pin(async move { answer.unwrap_or(Ok(Answered { status: 204, retry_after: None })) })
    }
}

#[derive(Debug)]
struct Clock(AtomicI64, AtomicU64);

impl Clock {
    fn new() -> Self {
        Self(AtomicI64::new(1_800_000_000_000), AtomicU64::new(0))
    }

    fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Relaxed);
    }
}

impl World for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Relaxed)).unwrap()
    }

    fn random(&self) -> Uuid {
        // The first byte spreads tries; 0 makes waits exact.
        Uuid::from_u128(u128::from(self.1.fetch_add(1, Relaxed)))
    }
}

struct Office {
    store: Sqlite,
    clock: Clock,
    safe: Safe,
}

impl Office {
    fn new() -> Self {
        Self::over(Sqlite::in_memory().unwrap())
    }

    fn over(store: Sqlite) -> Self {
        Self { store, clock: Clock::new(), safe: Safe::new(&"key".to_owned().into()).unwrap() }
    }

    async fn endpoint(&self, id: &str, organisation: &str) -> Secret {
        let secret = Secret::new([self.clock.random(), Uuid::from_u128(7)]);
        let sealed = self.safe.seal(id, &secret).unwrap();
        let (id, organisation, address) = (id.to_owned(), organisation.to_owned(), format!("https://{id}.example/"));
        let created = self.clock.now();
        let endpoint = NewEndpoint { id, organisation, address, secret: sealed, created };
        assert!(self.store.add_webhook(endpoint, None).await.unwrap());
        secret
    }

    /// A letter that is accepted: one event.
    async fn letter(&self, id: &str) {
        let message = NewMessage {
            id: id.to_owned(),
            message_id: format!("sbd-{id}"),
            conversation_id: format!("samtale-{id}"),
            direction: Direction::Out,
            channel: "DPO".to_owned(),
            organisation: OURS.to_owned(),
            party: OrganisationAccess { orgnr: THEIRS.to_owned(), name: "Hemmelig Mottaker".to_owned() },
            document_type: "arkivmelding".to_owned(),
            process: String::new(),
            created: self.clock.now(),
            expires: None,
            size: 1,
            sbd: r#"{"title":"Hemmelig tittel"}"#.to_owned(),
            envelope: None,
            digest: None,
            broker_sender: None,
            package: None,
            findings: Vec::new(),
            about: None,
            details: None,
            trace: None,
            upload: None,
            hold: None,
        };
        let delivery = NewDelivery {
            id: format!("d-{id}"),
            message: id.to_owned(),
            kind: Kind::Letter,
            channel: "DPO".to_owned(),
            sender: OURS.to_owned(),
            recipient: THEIRS.to_owned(),
            sbd: message.sbd.clone(),
            package: None,
            package_size: 0,
            reference: String::new(),
            details: None,
            created: message.created,
            expires: None,
        };
        assert!(self.store.accept(message, delivery, None).await.unwrap().is_none());
    }

    async fn spread(&self) -> usize {
        self.store.spread_events(self.clock.now()).await.unwrap()
    }

    fn driver<'a>(&'a self, post: &'a dyn Post) -> Driver<'a> {
        Driver { store: &self.store, post, world: &self.clock, safe: &self.safe, audience: "relé æ" }
    }

    /// Everything that is due.
    async fn tell(&self, post: &dyn Post) {
        while self.driver(post).step().await.unwrap() {}
    }

    fn which(id: &str) -> Which {
        Which { id: id.to_owned(), organisations: vec![OURS.to_owned()] }
    }

    async fn log(&self, id: &str) -> Vec<WebhookDelivery> {
        let page: Page<WebhookDelivery> = self.store.notices(Self::which(id), None).await.unwrap().unwrap();
        page.items
    }
}

#[tokio::test]
async fn an_event_is_told_signed_and_without_what_people_wrote() {
    let office = Office::new();
    office.letter("before").await;
    let secret = office.endpoint("a", OURS).await;
    office.letter("m1").await;
    let ask = Acquire {
        channel: "DPO".to_owned(),
        token: "t".to_owned(),
        now: office.clock.now(),
        until: office.clock.now() + SignedDuration::from_secs(9),
        probe: true,
    };
    let lease = office.store.acquire(ask).await.unwrap().unwrap();
    let event = konvolutt_shared::api::StatusEvent {
        description: Some("Ola Nordmann skrev".to_owned()),
        finding: Some(Finding::warning(Rule::ServiceDown, "Kari Nordmann")),
        ..message::event(office.clock.now(), Status::Feil, Source::Altinn)
    };
    let outcome = crate::outbox::Outcome::Dead("x".to_owned());
    assert!(office.store.settle(&lease, outcome, Some(event), office.clock.now()).await.unwrap());
    // Whichever letter that was: of what happened before the endpoint was made, nothing is told.
    let expected = 2;
    assert_eq!(office.spread().await, expected);
    assert_eq!(office.spread().await, 0, "nothing is queued twice");
    let receiver = Receiver::default();
    office.tell(&receiver).await;
    let got = receiver.got();
    assert_eq!(got.len(), expected);
    for posting in &got {
        assert_eq!(posting.address, "https://a.example/");
        assert_eq!(posting.signature, sign(std::slice::from_ref(&secret), &posting.id, 1_800_000_000, &posting.body));
        assert!(!posting.id.contains('.'), "a full stop would make the signed text ambiguous");
        let event: serde_json::Value = serde_json::from_slice(&posting.body).unwrap();
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["id"], posting.id.as_str());
        assert_eq!(event["source"], "urn:konvolutt:relay:rel%C3%A9%20%C3%A6");
        assert_eq!(event["type"], "konvolutt.message.status");
        assert_eq!(event["datacontenttype"], "application/json");
        assert_eq!(event["subject"], event["data"]["id"]);
        assert!(event["time"].as_str().unwrap().parse::<Timestamp>().is_ok());
        let known = [
            "id",
            "organisation",
            "direction",
            "messageId",
            "conversationId",
            "documentType",
            "cursor",
            "status",
            "source",
            "code",
        ];
        assert!(event["data"].as_object().unwrap().keys().all(|key| known.contains(&key.as_str())), "{event}");
        let text = String::from_utf8(posting.body.clone()).unwrap();
        for secret in ["Nordmann", "Hemmelig", THEIRS, secret.expose()] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    let failed: serde_json::Value = serde_json::from_slice(&got[1].body).unwrap();
    assert_eq!(
        (failed["data"]["status"].as_str(), failed["data"]["code"].as_str()),
        (Some("FEIL"), Some("tjeneste.nede"))
    );
    assert!(office.log("a").await.iter().all(|one| one.state == WebhookState::Delivered && one.attempts.len() == 1));
}

#[tokio::test]
async fn what_is_not_taken_is_tried_again_under_the_same_id_until_it_is_given_up_and_a_person_replays_it() {
    let office = Office::new();
    office.endpoint("a", OURS).await;
    office.letter("m1").await;
    office.spread().await;
    let receiver = Receiver::says([500; 11]);
    office.tell(&receiver).await;
    assert_eq!(receiver.got().len(), 1, "not at once");
    office.clock.pass(4);
    office.tell(&receiver).await;
    assert_eq!(receiver.got().len(), 1, "not before its time");
    for wait in [1, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400] {
        office.clock.pass(wait);
        office.tell(&receiver).await;
    }
    let got = receiver.got();
    assert_eq!(got.len(), 10);
    assert!(got.iter().all(|posting| posting.id == got[0].id && posting.body == got[0].body));
    assert!(got.windows(2).all(|pair| pair[0].seconds < pair[1].seconds && pair[0].signature != pair[1].signature));
    office.clock.pass(1_000_000);
    office.tell(&receiver).await;
    assert_eq!(receiver.got().len(), 10, "given up");
    let log = office.log("a").await;
    assert_eq!((log[0].state, log[0].due, log[0].attempts.len()), (WebhookState::Dead, None, 10));
    assert!(log[0].attempts.iter().all(|attempt| attempt.status == Some(500)));
    let number = log[0].number;
    let stranger = Which { id: "a".to_owned(), organisations: vec![THEIRS.to_owned()] };
    assert!(!office.store.replay_notice(stranger, number, office.clock.now(), None).await.unwrap());
    assert!(!office.store.replay_notice(Office::which("a"), number + 1, office.clock.now(), None).await.unwrap());
    assert!(office.store.replay_notice(Office::which("a"), number, office.clock.now(), None).await.unwrap());
    office.tell(&receiver).await;
    office.clock.pass(5);
    office.tell(&receiver).await;
    let log = office.log("a").await;
    assert_eq!((log[0].state, log[0].attempts.len()), (WebhookState::Delivered, 12));
    assert_eq!(receiver.got().last().unwrap().id, got[0].id);
    office.store.replay_notice(Office::which("a"), number, office.clock.now(), None).await.unwrap();
    office.tell(&receiver).await;
    assert_eq!(receiver.got().len(), 13, "what was taken can be replayed, too");
}

#[tokio::test]
async fn a_worker_that_dies_loses_nothing_and_one_that_was_too_slow_writes_nothing() {
    let office = Office::new();
    office.endpoint("a", OURS).await;
    office.letter("m1").await;
    office.spread().await;
    let take = async |token: &str| {
        let now = office.clock.now();
        office.store.acquire_notice(token.to_owned(), now, now + LEASE).await.unwrap()
    };
    let slow = take("slow").await.unwrap();
    assert!(take("other").await.is_none(), "in other hands");
    office.clock.pass(30);
    let next = take("next").await.unwrap();
    assert_eq!((next.number, &next.event_id), (slow.number, &slow.event_id));
    let attempt = WebhookAttempt { at: office.clock.now(), status: Some(200), trouble: None, ms: 1 };
    let tried = Tried { attempt, outcome: Outcome::Delivered };
    assert!(!office.store.settle_notice(&slow, tried.clone(), office.clock.now()).await.unwrap());
    assert!(office.log("a").await[0].attempts.is_empty());
    assert!(office.store.settle_notice(&next, tried, office.clock.now()).await.unwrap());
    assert_eq!(office.log("a").await[0].state, WebhookState::Delivered);
}

#[tokio::test]
async fn what_was_queued_and_what_was_not_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::over(Sqlite::open(folder.path()).unwrap());
    office.endpoint("a", OURS).await;
    for number in 0..450 {
        office.letter(&format!("m{number}")).await;
    }
    assert_eq!(office.spread().await, 200, "a share");
    office.store = Sqlite::open(folder.path()).unwrap();
    assert_eq!([office.spread().await, office.spread().await, office.spread().await], [200, 50, 0]);
    let receiver = Receiver::default();
    office.tell(&receiver).await;
    let ids: std::collections::BTreeSet<String> = receiver.got().into_iter().map(|posting| posting.id).collect();
    assert_eq!((receiver.got().len(), ids.len()), (450, 450));
}

#[tokio::test]
async fn an_endpoint_that_is_gone_stops_and_goes_on_when_a_person_says_so() {
    let office = Office::new();
    office.endpoint("a", OURS).await;
    office.letter("m1").await;
    office.spread().await;
    let receiver = Receiver::says([410]);
    office.tell(&receiver).await;
    office.clock.pass(1_000_000);
    office.letter("m2").await;
    office.spread().await;
    office.tell(&receiver).await;
    assert_eq!(receiver.got().len(), 1);
    assert!(office.store.webhooks(&[OURS.to_owned()]).await.unwrap()[0].stopped);
    assert!(office.store.resume_webhook(Office::which("a"), None).await.unwrap());
    office.tell(&receiver).await;
    assert_eq!(receiver.got().len(), 3, "the one that was refused, and the one that came meanwhile");
}

#[tokio::test]
async fn one_endpoint_does_not_hold_up_another_and_other_organisations_hear_nothing() {
    let office = Office::new();
    office.endpoint("a", OURS).await;
    office.endpoint("b", OURS).await;
    office.endpoint("c", THEIRS).await;
    for number in 0..3 {
        office.letter(&format!("m{number}")).await;
    }
    assert_eq!(office.spread().await, 6);
    let now = office.clock.now();
    let take = |token: &str| office.store.acquire_notice(token.to_owned(), now, now + LEASE);
    let first = take("1").await.unwrap().unwrap();
    let second = take("2").await.unwrap().unwrap();
    assert_ne!(first.webhook, second.webhook);
    assert_eq!(first.event_id, second.event_id, "an event has one id");
    assert!(take("3").await.unwrap().is_none(), "each is told one thing at a time");
    assert!(office.store.webhooks(&[THEIRS.to_owned()]).await.unwrap().iter().all(|one| one.id == "c"));
    assert!(
        office
            .store
            .notices(Which { id: "a".to_owned(), organisations: vec![THEIRS.to_owned()] }, None)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        !office
            .store
            .remove_webhook(Which { id: "a".to_owned(), organisations: vec![THEIRS.to_owned()] }, None)
            .await
            .unwrap()
    );
    assert!(office.store.remove_webhook(Office::which("a"), None).await.unwrap());
    assert_eq!(office.store.webhooks(&[OURS.to_owned()]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_organisation_has_no_more_endpoints_than_it_may_have() {
    let office = Office::new();
    for number in 0..MOST {
        office.endpoint(&format!("a{number}"), OURS).await;
    }
    let one_more = NewEndpoint {
        id: "more".to_owned(),
        organisation: OURS.to_owned(),
        address: String::new(),
        secret: Sealed::from(String::new()),
        created: office.clock.now(),
    };
    assert!(!office.store.add_webhook(one_more, None).await.unwrap());
    office.endpoint("theirs", THEIRS).await;
}
