use proptest::prelude::*;
use serde_json::json;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

const fn timing() -> Timing {
    Timing {
        accept: SignedDuration::from_secs(1),
        ready: SignedDuration::from_secs(5),
        print: SignedDuration::from_secs(10),
    }
}

fn shipment(digital_only: bool, address: &Value) -> Shipment {
    let order = Order {
        account: Uuid::nil(),
        sender: "310904007".to_owned(),
        recipient: "310900214".to_owned(),
        reference: "r".to_owned(),
        digital_only,
        metadata: json!({ "mottaker": { "adresse": address } }),
    };
    Shipment::receive(Uuid::nil(), order, at(0))
}

fn content() -> Content {
    Content {
        file_name: "brev.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        size: 1,
        documents: Vec::new(),
    }
}

#[test]
fn the_whole_life_of_one_that_is_read() {
    let mut one = shipment(false, &Value::Null);
    assert_eq!(one.looked_into_at(&timing()), at(1));
    assert!(!one.advance(at(100), &timing()), "nothing happens before somebody has looked into it");
    one.accept(Some(content()), at(2), &timing()).unwrap();
    assert_eq!(one.accept(None, at(2), &timing()), Err(Refusal::NotNew));
    assert_eq!(one.reject(at(2)), Err(Refusal::NotNew));
    assert_eq!(one.download(), Err(Refusal::NotFound));
    assert!(one.advance(at(6), &timing()));
    assert_eq!((one.status, one.changed), (Status::KlarForMottak, at(5)));
    assert_eq!(one.download(), Ok(&content()));
    one.fail("disken er full", false, at(7), &timing()).unwrap();
    assert!(one.waits(), "it stays");
    one.acknowledge(at(8)).unwrap();
    one.acknowledge(at(9)).unwrap();
    assert_eq!((one.status, one.changed), (Status::Lest, at(8)));
    assert_eq!(one.fail("x", true, at(9), &timing()), Err(Refusal::NotFound));
}

#[test]
fn what_nobody_fetches_is_printed_or_not_delivered() {
    for (digital_only, address, reachable, last) in [
        (false, somewhere(), true, Status::Printet),
        (true, somewhere(), true, Status::IkkeLevert),
        (false, somewhere(), false, Status::Printet),
        (true, somewhere(), false, Status::IkkeLevert),
        (false, Value::Null, true, Status::IkkeLevert),
        (false, json!({ "poststed": " " }), false, Status::IkkeLevert),
    ] {
        let mut one = shipment(digital_only, &address);
        one.accept(reachable.then(content), at(1), &timing()).unwrap();
        one.advance(at(5), &timing());
        if reachable {
            one.fail("ikke til oss", true, at(6), &timing()).unwrap();
        }
        one.advance(at(100), &timing());
        assert_eq!(one.status, last);
    }
}

fn somewhere() -> Value {
    json!({ "adresselinje1": "Prøveveien 1", "postnummer": "0001", "poststed": "SOLVIK" })
}

/// The least that can be said of a shipment: what has happened, in sets.
#[derive(Clone, Copy, Debug, Default)]
struct Model {
    judged: Option<bool>,
    ready: bool,
    acknowledged: bool,
    given_up: bool,
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Accept,
    Reject,
    Wait(i64),
    Acknowledge,
    Fail(bool),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        Just(Act::Accept),
        Just(Act::Reject),
        (1_i64..8).prop_map(Act::Wait),
        Just(Act::Acknowledge),
        any::<bool>().prop_map(Act::Fail),
    ]
}

proptest! {
    #[test]
    fn any_history_is_that_of_the_model(acts in prop::collection::vec(act(), 0..40), digital_only: bool) {
        let (mut one, mut model, mut clock) = (shipment(digital_only, &somewhere()), Model::default(), 0);
        for act in acts {
            let waiting = model.ready && !model.acknowledged && !model.given_up;
            match act {
                Act::Accept => {
                    prop_assert_eq!(one.accept(Some(content()), at(clock), &timing()).is_ok(), model.judged.is_none());
                    model.judged = model.judged.or(Some(true));
                }
                Act::Reject => {
                    prop_assert_eq!(one.reject(at(clock)).is_ok(), model.judged.is_none());
                    model.judged = model.judged.or(Some(false));
                }
                Act::Wait(seconds) => clock += seconds,
                Act::Acknowledge => {
                    prop_assert_eq!(one.acknowledge(at(clock)).is_ok(), waiting || model.acknowledged);
                    model.acknowledged |= waiting;
                }
                Act::Fail(permanent) => {
                    prop_assert_eq!(one.fail("x", permanent, at(clock), &timing()).is_ok(), waiting);
                    model.given_up |= waiting && permanent;
                }
            }
            one.advance(at(clock), &timing());
            model.ready |= model.judged == Some(true) && clock >= 5;
            prop_assert_eq!(one.waits(), model.ready && !model.acknowledged && !model.given_up);
            prop_assert_eq!(one.status == Status::Lest, model.acknowledged);
            prop_assert_eq!(one.status == Status::Avvist, model.judged == Some(false));
            prop_assert!(one.history.windows(2).all(|pair| pair[0].1 <= pair[1].1), "time goes forward");
            prop_assert_eq!(one.history.last().map(|last| last.0), Some(one.status));
            prop_assert!(one.due().is_none_or(|due| due > at(clock)), "time has acted");
        }
        if model.given_up {
            one.advance(at(clock + 10), &timing());
            prop_assert_eq!(one.status, if digital_only { Status::IkkeLevert } else { Status::Printet });
        }
    }
}
