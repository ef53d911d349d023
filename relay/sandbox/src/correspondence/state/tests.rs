use proptest::prelude::*;

use super::*;

const OWNER: &str = "310904023";
const BAKERY: &str = "310900311";
const OTHER: &str = "310900117";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

fn timing() -> Timing {
    Timing { scan: seconds(2), publish: seconds(3), notify: seconds(10), remind: seconds(100) }
}

fn order(habit: Habit) -> Order {
    Order {
        resource: "r".to_owned(),
        owner: OWNER.to_owned(),
        recipient: Recipient::Organisation(BAKERY.to_owned()),
        senders_reference: "ref".to_owned(),
        requested_publish: None,
        due: None,
        confidential: false,
        confirmation_needed: false,
        attachments: vec![Attachment { id: Uuid::nil(), size: 3, sha256: String::new(), infected: false }],
        notification: Some(("EmailAndSms".to_owned(), true)),
        habit,
        fails: false,
    }
}

fn fresh(habit: Habit) -> Correspondence {
    Correspondence::initialize(Uuid::nil(), order(habit), at(0))
}

fn published() -> Correspondence {
    let mut one = fresh(Habit::default());
    one.advance(at(5), &timing());
    assert_eq!(one.status(), (Status::Published, at(5)));
    one
}

#[test]
fn nothing_is_published_before_scan_and_wish() {
    let mut one = fresh(Habit::default());
    assert!(!one.advance(at(1), &timing()));
    one.advance(at(4), &timing());
    assert_eq!(one.status().0, Status::ReadyForPublish);
    assert_eq!(one.fetch(BAKERY, at(4)), Err(Refusal::NotFound), "nobody sees it yet");
    one.advance(at(5), &timing());
    assert_eq!(one.status(), (Status::Published, at(5)));

    let mut later = Correspondence::initialize(
        Uuid::nil(),
        Order { requested_publish: Some(at(60)), ..order(Habit::default()) },
        at(0),
    );
    later.advance(at(59), &timing());
    assert_eq!(later.status().0, Status::ReadyForPublish);
    later.advance(at(60), &timing());
    assert_eq!(later.status().0, Status::Published);
}

#[test]
fn the_recipient_reads_in_the_right_order() {
    let mut one = published();
    assert_eq!(one.mark_as_read(BAKERY, at(6)), Err(Refusal::ReadBeforeFetched));
    assert_eq!(one.confirm(BAKERY, at(6)), Err(Refusal::ConfirmBeforeFetched));
    assert_eq!(one.fetch(OTHER, at(6)), Err(Refusal::NotFound), "others learn nothing");
    one.fetch(BAKERY, at(7)).unwrap();
    assert_eq!(one.status().0, Status::Published, "that it was fetched is not shown");
    one.mark_as_read(BAKERY, at(8)).unwrap();
    one.mark_as_read(BAKERY, at(9)).unwrap();
    assert_eq!(one.when(Status::Read), Some(at(8)), "once");
    one.confirm(BAKERY, at(9)).unwrap();
    assert_eq!(one.status().0, Status::Confirmed);
}

#[test]
fn malware_is_never_published() {
    let infected = Attachment { id: Uuid::nil(), size: 1, sha256: String::new(), infected: true };
    let order = Order { attachments: vec![infected], ..order(Habit::default()) };
    let mut one = Correspondence::initialize(Uuid::nil(), order, at(0));
    one.advance(at(1000), &timing());
    assert_eq!(one.status(), (Status::Failed, at(2)));
    assert!(one.notices.iter().all(|notice| notice.sent.is_none()), "and nobody hears of it");
}

#[test]
fn a_reminder_comes_unless_it_was_read() {
    let mut unread = published();
    unread.advance(at(15), &timing());
    let sent = |one: &Correspondence| one.notices.iter().map(|notice| notice.sent).collect::<Vec<_>>();
    assert_eq!(sent(&unread), [Some(at(15)), None]);
    unread.advance(at(115), &timing());
    assert_eq!(sent(&unread), [Some(at(15)), Some(at(115))]);

    let mut read = fresh(Habit { reads_after: Some(seconds(20)), ..Habit::default() });
    read.advance(at(1000), &timing());
    assert_eq!(read.when(Status::Read), Some(at(25)));
    assert_eq!(sent(&read), [Some(at(15)), None]);
    assert!(read.notices[1].cancelled);
}

#[test]
fn who_may_remove_it_depends_on_publishing() {
    let mut early = fresh(Habit::default());
    assert_eq!(early.purge(OTHER, at(1)), Err(Refusal::NotFound));
    assert_eq!(early.purge(BAKERY, at(1)), Err(Refusal::NotFound), "the recipient does not see it yet");
    early.purge(OWNER, at(1)).unwrap();
    assert_eq!(early.status().0, Status::PurgedByAltinn);
    assert!(!early.advance(at(100), &timing()), "it is never published");
    assert_eq!(early.purge(OWNER, at(2)), Err(Refusal::Purged));

    let mut late = published();
    assert_eq!(late.purge(OWNER, at(6)), Err(Refusal::PurgeAfterPublished));
    late.purge(BAKERY, at(6)).unwrap();
    assert_eq!(late.status().0, Status::PurgedByRecipient);
    assert_eq!(late.fetch(BAKERY, at(7)), Err(Refusal::NotFound));
}

/// What can happen.
#[derive(Clone, Debug)]
enum Op {
    Wait(i64),
    Fetch(&'static str),
    Read(&'static str),
    Confirm(&'static str),
    Purge(&'static str),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let who = || prop_oneof![3 => Just(BAKERY), 1 => Just(OWNER), 1 => Just(OTHER)];
    let op = prop_oneof![
        2 => (0..8_i64).prop_map(Op::Wait),
        1 => who().prop_map(Op::Fetch),
        1 => who().prop_map(Op::Read),
        1 => who().prop_map(Op::Confirm),
        1 => prop_oneof![6 => Just(None), 1 => who().prop_map(Some)].prop_map(|who| who.map_or(Op::Wait(1), Op::Purge)),
    ];
    proptest::collection::vec(op, 0..30)
}

/// The rules again, told with as little state as possible.
#[derive(Debug, Default)]
struct Model {
    now: i64,
    infected: bool,
    habit: Option<i64>,
    fetched: bool,
    read: bool,
    confirmed: bool,
    purged: Option<Status>,
}

impl Model {
    fn is_published(&self) -> bool {
        !self.infected && self.now >= 5 && self.purged != Some(Status::PurgedByAltinn)
    }

    fn has_read(&self) -> bool {
        // What was removed before is not read any more.
        self.read
    }

    fn settle(&mut self) {
        if self.is_published() && self.purged.is_none() && self.habit.is_some_and(|wait| self.now >= 5 + wait) {
            self.fetched = true;
            self.read = true;
        }
    }

    fn status(&self) -> Status {
        if let Some(purged) = self.purged {
            return purged;
        }
        if self.infected && self.now >= 2 {
            return Status::Failed;
        }
        match self.now {
            ..2 => Status::Initialized,
            2..5 => Status::ReadyForPublish,
            _ if self.confirmed => Status::Confirmed,
            _ if self.has_read() => Status::Read,
            _ => Status::Published,
        }
    }

    fn apply(&mut self, op: &Op) -> bool {
        let open = self.is_published() && self.purged.is_none();
        match *op {
            Op::Wait(seconds) => {
                // In steps, for a habit acts at its own time.
                for _ in 0..seconds {
                    self.now += 1;
                    self.settle();
                }
                true
            }
            Op::Fetch(BAKERY) if open => {
                self.fetched = true;
                true
            }
            Op::Read(BAKERY) if open && self.fetched => {
                self.read = true;
                true
            }
            Op::Confirm(BAKERY) if open && self.fetched => {
                self.confirmed = true;
                true
            }
            Op::Purge(BAKERY) if open => {
                self.purged = Some(Status::PurgedByRecipient);
                true
            }
            Op::Purge(OWNER) if self.purged.is_none() && (self.now < 5 || self.infected) => {
                self.purged = Some(Status::PurgedByAltinn);
                true
            }
            _ => false,
        }
    }
}

proptest! {
    #[test]
    fn the_machine_and_the_model_agree(ops in ops(), infected in prop::bool::weighted(0.1), habit in prop::option::of(0..20_i64)) {
        let mut model = Model { infected, habit, ..Model::default() };
        let reads_after = habit.map(seconds);
        let order = Order { fails: infected, ..order(Habit { reads_after, purges_after: None }) };
        let mut machine = Correspondence::initialize(Uuid::nil(), order, at(0));
        for op in &ops {
            let taken = model.apply(op);
            let now = at(model.now);
            machine.advance(now, &timing());
            let answer = match *op {
                Op::Wait(_) => Ok(()),
                Op::Fetch(who) => machine.fetch(who, now),
                Op::Read(who) => machine.mark_as_read(who, now),
                Op::Confirm(who) => machine.confirm(who, now),
                Op::Purge(who) => machine.purge(who, now),
            };
            prop_assert_eq!(answer.is_ok(), taken, "{:?}: {:?}", op, answer);
            // A purged one that had failed before shows the failure, the higher number.
            if !(infected && model.purged.is_some()) {
                prop_assert_eq!(machine.status().0, model.status(), "{:?} at {}", op, model.now);
            }
            let kept: Correspondence = serde_json::from_str(&serde_json::to_string(&machine).unwrap()).unwrap();
            prop_assert_eq!(&kept, &machine);
        }
    }
}
