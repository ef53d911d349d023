use proptest::prelude::*;

use super::*;

const TIMING: Timing = Timing { patience: SignedDuration::from_secs(10) };

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn key(reference: &str) -> Key {
    Key {
        system: "310904023_konvolutt".to_owned(),
        organisation: "310904007".to_owned(),
        reference: reference.to_owned(),
    }
}

fn order(reference: &str) -> Order {
    Order { key: key(reference), rights: vec!["ressurs".to_owned()], packages: Vec::new() }
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// Makes a request that must be new.
fn made(register: &mut Register, reference: &str, number: u128, now: i64) {
    let ordered = register.order(order(reference), id(number), at(now), &TIMING).unwrap();
    assert!(matches!(ordered, Ordered::Made(one) if one.id == id(number) && one.status == Status::New));
}

#[test]
fn an_acceptance_makes_a_system_user_and_nothing_else_does() {
    let mut register = Register::default();
    made(&mut register, "a", 1, 0);
    assert_eq!(register.user(&key("a")), None, "nobody has said yes");
    assert_eq!(register.answer(id(1), true).unwrap().status, Status::Accepted);
    assert_eq!(register.user(&key("a")), Some(id(1)));
    assert_eq!(register.user(&key("b")), None, "by another name it is another");
    assert_eq!(register.answer(id(1), false), Err(Refusal::NotNew));
    assert_eq!(register.order(order("a"), id(2), at(1), &TIMING), Err(Refusal::UserExists));
    register.delete(id(1)).unwrap();
    assert_eq!(register.get(id(1)), Err(Refusal::NotFound));
    assert_eq!(register.user(&key("a")), Some(id(1)), "it outlives its request");
}

#[test]
fn a_refusal_stands_until_the_request_is_deleted() {
    let mut register = Register::default();
    made(&mut register, "a", 1, 0);
    register.answer(id(1), false).unwrap();
    let again = register.order(order("a"), id(2), at(1), &TIMING);
    assert!(matches!(again, Ok(Ordered::Known(one)) if one.id == id(1) && one.status == Status::Rejected));
    register.delete(id(1)).unwrap();
    assert_eq!(register.delete(id(1)), Err(Refusal::NotFound));
    made(&mut register, "a", 3, 2);
}

#[test]
fn what_nobody_answers_times_out_and_may_be_asked_again() {
    let mut register = Register::default();
    made(&mut register, "a", 1, 0);
    assert!(!register.advance(at(9)));
    assert!(register.advance(at(10)));
    assert_eq!(register.find(&key("a")).unwrap().status, Status::Timedout);
    assert_eq!(register.answer(id(1), true), Err(Refusal::NotNew));
    made(&mut register, "a", 2, 11);
    assert_eq!(register.find(&key("a")).unwrap().id, id(2));
}

/// What can happen to the two names.
#[derive(Clone, Debug)]
enum Op {
    Wait(i64),
    Order(u8),
    Answer(u8, bool),
    Delete(u8),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let name = 0..2_u8;
    let op = prop_oneof![
        (0..6_i64).prop_map(Op::Wait),
        name.clone().prop_map(Op::Order),
        (name.clone(), any::<bool>()).prop_map(|(name, accepts)| Op::Answer(name, accepts)),
        name.prop_map(Op::Delete),
    ];
    proptest::collection::vec(op, 0..40)
}

/// The rules again, told of one name: its present request, by when it was made and how it was answered, and its user.
#[derive(Clone, Debug, Default)]
struct Model {
    request: Option<(u128, i64, Option<bool>)>,
    user: Option<u128>,
}

impl Model {
    fn status(&self, now: i64) -> Option<Status> {
        self.request.map(|(_, made, answer)| match answer {
            Some(true) => Status::Accepted,
            Some(false) => Status::Rejected,
            None if now >= made + 10 => Status::Timedout,
            None => Status::New,
        })
    }
}

proptest! {
    #[test]
    fn the_machine_and_the_model_agree(ops in ops()) {
        let names = ["a", "b"];
        let (mut now, mut next, mut register, mut models) = (0, 1, Register::default(), [Model::default(), Model::default()]);
        for op in &ops {
            match *op {
                Op::Wait(seconds) => {
                    now += seconds;
                    register.advance(at(now));
                }
                Op::Order(name) => {
                    let (name, fresh) = (usize::from(name), next);
                    next += 1;
                    let model = &mut models[name];
                    let answer = register.order(order(names[name]), id(fresh), at(now), &TIMING);
                    match (model.user, model.status(now)) {
                        (Some(_), _) => prop_assert_eq!(answer, Err(Refusal::UserExists)),
                        (None, None | Some(Status::Timedout)) => {
                            prop_assert!(matches!(answer, Ok(Ordered::Made(one)) if one.id == id(fresh)));
                            model.request = Some((fresh, now, None));
                        }
                        (None, Some(_)) => {
                            let old = model.request.unwrap().0;
                            prop_assert!(matches!(answer, Ok(Ordered::Known(one)) if one.id == id(old)));
                        }
                    }
                }
                Op::Answer(name, accepts) => {
                    let model = &mut models[usize::from(name)];
                    let status = model.status(now);
                    let number = model.request.map_or(0, |(number, ..)| number);
                    let answer = register.answer(id(number), accepts).map(|one| one.status);
                    match status {
                        None => prop_assert_eq!(answer, Err(Refusal::NotFound)),
                        Some(Status::New) => {
                            model.request = model.request.map(|(number, made, _)| (number, made, Some(accepts)));
                            model.user = model.user.or(accepts.then_some(number));
                            prop_assert_eq!(answer.ok(), model.status(now));
                        }
                        Some(_) => prop_assert_eq!(answer, Err(Refusal::NotNew)),
                    }
                }
                Op::Delete(name) => {
                    let model = &mut models[usize::from(name)];
                    let number = model.request.take().map(|(number, ..)| number);
                    prop_assert_eq!(register.delete(id(number.unwrap_or(0))).is_ok(), number.is_some());
                    // One that nobody answered in time may lie beneath it; it is found again, and says so.
                    if let Ok(older) = register.find(&key(names[usize::from(name)])) {
                        prop_assert_eq!(older.status, Status::Timedout);
                        model.request = Some((older.id.as_u128(), i64::MIN / 2, None));
                    }
                }
            }
            for (name, model) in names.iter().zip(&models) {
                let found = register.find(&key(name)).map(|one| one.status);
                prop_assert_eq!(found.ok(), model.status(now), "{:?}", op);
                prop_assert_eq!(register.user(&key(name)), model.user.map(id));
            }
            let kept: Register = serde_json::from_str(&serde_json::to_string(&register).unwrap()).unwrap();
            prop_assert_eq!(&kept, &register);
        }
    }
}
