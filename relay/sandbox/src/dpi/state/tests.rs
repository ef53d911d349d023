use proptest::prelude::*;

use super::*;

const SENDER: &str = "310904007";
const PROVIDER: &str = "310904082";
const PACKAGE: Uuid = Uuid::from_u128(3);
const STRANGER: &str = "310904015";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

const TIMING: Timing = Timing { transport: SignedDuration::from_secs(3) };

fn order() -> Order {
    Order {
        id: Uuid::from_u128(1),
        conversation: Uuid::from_u128(2),
        kind: "digital".to_owned(),
        sender: SENDER.to_owned(),
        receiver: PROVIDER.to_owned(),
        unit: Some("avd-7".to_owned()),
        channel: "solvik".to_owned(),
        reachable: true,
        expires: Some(at(100)),
        package: Some(PACKAGE),
    }
}

fn queue() -> Filter {
    Filter { channel: "solvik".to_owned(), unit: None }
}

#[test]
fn a_message_is_carried_fetched_and_read_once() {
    let mut one = Message::take(order(), at(0), &TIMING);
    assert_eq!(one.transport(SENDER).unwrap(), [(Status::Created, at(0))]);
    assert!(!one.advance(at(2)), "still on its way");
    assert!(!one.is_in(PROVIDER, &queue()) && one.keeps_content());
    assert_eq!(one.mark_read(PROVIDER, at(2)), Err(Refusal::NotFound), "what has not come is not read");
    assert!(one.advance(at(9)));
    assert_eq!(one.transport(SENDER).unwrap(), [(Status::Created, at(0)), (Status::Sent, at(3))]);
    assert!(one.is_in(PROVIDER, &queue()));
    assert_eq!(one.fetch(PROVIDER), Ok(PACKAGE));
    assert_eq!(one.mark_read(PROVIDER, at(10)), Ok(()));
    assert_eq!(one.mark_read(PROVIDER, at(11)), Err(Refusal::NotFound));
    assert_eq!(one.fetch(PROVIDER), Err(Refusal::NotFound), "read is gone");
    assert!(!one.is_in(PROVIDER, &queue()) && !one.keeps_content());
    assert_eq!((one.status, one.due()), (Status::Sent, None), "its sender still sees what became of it");
}

#[test]
fn others_learn_nothing() {
    let mut one = Message::take(order(), at(0), &TIMING);
    one.advance(at(3));
    for other in [SENDER, STRANGER] {
        assert_eq!((one.fetch(other), one.mark_read(other, at(4))), (Err(Refusal::NotFound), Err(Refusal::NotFound)));
        assert!(!one.is_in(other, &queue()));
    }
    for other in [PROVIDER, STRANGER] {
        assert_eq!(one.transport(other), Err(Refusal::NotFound));
    }
}

#[test]
fn each_channel_is_a_queue_and_units_narrow_it() {
    let receipt = || Order { package: None, ..order() };
    let mut one = Message::take(receipt(), at(0), &TIMING);
    one.advance(at(3));
    for (channel, unit, found) in [
        ("solvik", None, true),
        ("solvik", Some("avd-7"), true),
        ("solvik", Some("avd-8"), false),
        ("annen", None, false),
        ("", None, false),
    ] {
        let filter = Filter { channel: channel.to_owned(), unit: unit.map(str::to_owned) };
        assert_eq!(one.is_in(PROVIDER, &filter), found, "{filter:?}");
    }
    let mut bare = Message::take(Order { channel: String::new(), unit: None, ..receipt() }, at(0), &TIMING);
    bare.advance(at(3));
    assert!(bare.is_in(PROVIDER, &Filter::default()) && !bare.is_in(PROVIDER, &queue()));
    let mut letter = Message::take(order(), at(0), &TIMING);
    letter.advance(at(3));
    assert!(letter.is_in(PROVIDER, &Filter::default()), "providers find letters in any queue");
}

#[test]
fn a_receipt_has_no_package() {
    let mut one = Message::take(Order { package: None, ..order() }, at(0), &TIMING);
    one.advance(at(3));
    assert!(one.is_in(PROVIDER, &queue()));
    assert_eq!(one.fetch(PROVIDER), Err(Refusal::NotFound));
    assert_eq!(one.mark_read(PROVIDER, at(4)), Ok(()));
}

#[test]
fn unknown_receivers_and_passed_deadlines_fail() {
    for order in [Order { reachable: false, ..order() }, Order { expires: Some(at(3)), ..order() }] {
        let mut one = Message::take(order, at(0), &TIMING);
        assert!(one.advance(at(3)));
        assert_eq!(one.transport(SENDER).unwrap().last(), Some(&(Status::Failed, at(3))));
        assert!(!one.keeps_content());
        assert_eq!(one.fetch(PROVIDER), Err(Refusal::NotFound));
    }
}

/// What can happen to a message.
#[derive(Clone, Debug)]
enum Op {
    Wait(i64),
    Fetch(u8),
    Read(u8),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![(0..3_i64).prop_map(Op::Wait), (0..3_u8).prop_map(Op::Fetch), (0..3_u8).prop_map(Op::Read),];
    proptest::collection::vec(op, 0..30)
}

/// The rules again, told by when things happened.
#[derive(Debug)]
struct Model {
    now: i64,
    carried: bool,
    read: Option<i64>,
}

impl Model {
    fn is_there(&self) -> bool {
        self.carried && self.now >= 3 && self.read.is_none()
    }

    fn status(&self) -> Status {
        match (self.now >= 3, self.carried) {
            (false, _) => Status::Created,
            (true, true) => Status::Sent,
            (true, false) => Status::Failed,
        }
    }
}

proptest! {
    #[test]
    fn the_machine_and_the_model_agree(ops in ops(), reachable: bool, expires in proptest::option::of(0..8_i64)) {
        let who = |number: u8| [SENDER, PROVIDER, STRANGER][usize::from(number)];
        let mut model = Model { now: 0, carried: reachable && expires.is_none_or(|end| end > 3), read: None };
        let mut machine = Message::take(Order { reachable, expires: expires.map(at), ..order() }, at(0), &TIMING);
        for op in &ops {
            let (taken, answer) = match *op {
                Op::Wait(seconds) => {
                    model.now += seconds;
                    let due = machine.due();
                    let changed = machine.advance(at(model.now));
                    prop_assert_eq!(changed, due.is_some_and(|due| due <= at(model.now)));
                    (true, Ok(()))
                }
                Op::Fetch(by) => (model.is_there() && by == 1, machine.fetch(who(by)).map(drop)),
                Op::Read(by) => {
                    let taken = model.is_there() && by == 1;
                    model.read = if taken { Some(model.now) } else { model.read };
                    (taken, machine.mark_read(who(by), at(model.now)))
                }
            };
            prop_assert_eq!(answer.is_ok(), taken, "{:?}", op);
            prop_assert_eq!(machine.status, model.status());
            prop_assert_eq!(machine.read, model.read.map(at));
            prop_assert_eq!(machine.is_in(PROVIDER, &queue()), model.is_there());
            prop_assert_eq!(machine.keeps_content(), model.status() == Status::Created || model.is_there());
            let kept: Message = serde_json::from_str(&serde_json::to_string(&machine).unwrap()).unwrap();
            prop_assert_eq!(&kept, &machine);
        }
    }
}
