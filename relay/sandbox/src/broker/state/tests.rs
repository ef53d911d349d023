use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const SENDER: &str = "310904007";
const ONE: &str = "310900117";
const TWO: &str = "310900419";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn timing() -> Timing {
    Timing {
        scan: SignedDuration::from_secs(2),
        ttl: SignedDuration::from_secs(1000),
        grace: Some(SignedDuration::from_secs(50)),
        stuck: SignedDuration::from_secs(100),
    }
}

fn transfer(recipients: &[&str], checksum: Option<&str>) -> Transfer {
    let order = Order {
        resource: "r".to_owned(),
        file_name: "sbd.zip".to_owned(),
        senders_reference: "ref".to_owned(),
        sender: SENDER.to_owned(),
        recipients: recipients.iter().map(|one| (*one).to_owned()).collect(),
        properties: BTreeMap::new(),
        checksum: checksum.map(str::to_owned),
        virus_scan: true,
    };
    Transfer::initialize(Uuid::nil(), order, at(0), &timing())
}

fn stored(infected: bool) -> Stored {
    Stored { size: 3, md5: "900150983cd24fb0d6963f7d28e17f72".to_owned(), infected }
}

fn published(recipients: &[&str]) -> Transfer {
    let mut one = transfer(recipients, None);
    one.begin_upload(SENDER, at(1), &timing()).unwrap();
    one.finish_upload(&stored(false), at(2), &timing()).unwrap();
    assert!(one.advance(at(4)));
    one
}

#[test]
fn the_whole_life_with_one_recipient() {
    let mut one = transfer(&[ONE], None);
    assert_eq!(one.confirm(ONE, at(0), &timing()), Err(Refusal::NoFile));
    assert_eq!(one.download(ONE, at(0)), Err(Refusal::NotAvailable));
    assert_eq!(one.begin_upload(ONE, at(1), &timing()), Err(Refusal::NoAccess));
    one.begin_upload(SENDER, at(1), &timing()).unwrap();
    assert_eq!(one.begin_upload(SENDER, at(1), &timing()), Err(Refusal::AlreadyUploaded));
    one.finish_upload(&stored(false), at(2), &timing()).unwrap();
    assert_eq!(one.status, Status::UploadProcessing);
    assert!(!one.advance(at(3)), "nothing is published within the scan");
    assert_eq!(one.download(ONE, at(3)), Err(Refusal::NotAvailable));
    assert!(one.advance(at(5)));
    assert_eq!((one.status, one.published), (Status::Published, Some(at(4))));
    assert_eq!(one.confirm(ONE, at(5), &timing()), Err(Refusal::ConfirmBeforeDownload));
    assert_eq!(one.confirm(TWO, at(5), &timing()), Err(Refusal::NoAccess));
    assert_eq!(one.download(TWO, at(5)), Err(Refusal::NotFound));
    one.download(ONE, at(6)).unwrap();
    one.download(ONE, at(7)).unwrap();
    assert_eq!(one.recipient_history.len(), 3, "each download is written down");
    one.confirm(ONE, at(8), &timing()).unwrap();
    assert_eq!(one.status, Status::AllConfirmedDownloaded);
    assert_eq!(one.confirm(ONE, at(9), &timing()), Err(Refusal::ConfirmNeedsPublished), "the odd rule");
    one.download(ONE, at(10)).unwrap();
    assert_eq!(one.recipients[0].status, RecipientStatus::DownloadConfirmed);
    assert!(one.advance(at(58)));
    assert_eq!(one.status, Status::Purged);
}

#[test]
fn with_two_recipients_a_repeated_confirm_is_taken_until_the_last() {
    let mut one = published(&[ONE, TWO]);
    one.download(ONE, at(5)).unwrap();
    one.confirm(ONE, at(6), &timing()).unwrap();
    assert_eq!(one.status, Status::Published);
    one.confirm(ONE, at(7), &timing()).unwrap();
    one.download(TWO, at(8)).unwrap();
    one.confirm(TWO, at(9), &timing()).unwrap();
    assert_eq!(one.status, Status::AllConfirmedDownloaded);
}

#[test]
fn what_full_confirmation_does_not_purge_stays_until_its_deadline() {
    let kept = Timing { grace: None, ..timing() };
    let mut one = published(&[ONE]);
    one.download(ONE, at(5)).unwrap();
    one.confirm(ONE, at(6), &kept).unwrap();
    assert!(!one.advance(at(999)));
    assert_eq!(one.status, Status::AllConfirmedDownloaded);
    assert!(one.advance(at(1000)));
    assert_eq!(one.status, Status::Purged);
}

#[test]
fn malware_wrong_checksum_and_stuck_uploads_fail() {
    let mut infected = transfer(&[ONE], None);
    infected.begin_upload(SENDER, at(1), &timing()).unwrap();
    infected.finish_upload(&stored(true), at(2), &timing()).unwrap();
    infected.advance(at(4));
    assert_eq!(infected.status, Status::Failed);

    let mut wrong = transfer(&[ONE], Some("00000000000000000000000000000000"));
    wrong.begin_upload(SENDER, at(1), &timing()).unwrap();
    assert_eq!(wrong.finish_upload(&stored(false), at(2), &timing()), Err(Refusal::ChecksumMismatch));
    assert_eq!(wrong.status, Status::Failed);

    let mut stuck = transfer(&[ONE], None);
    stuck.begin_upload(SENDER, at(1), &timing()).unwrap();
    assert!(!stuck.advance(at(100)));
    assert!(stuck.advance(at(101)));
    assert_eq!(stuck.status, Status::Failed);
}

#[test]
fn what_nobody_fetches_is_purged_at_its_deadline() {
    let mut one = published(&[ONE]);
    assert!(one.advance(at(1000)));
    assert_eq!(one.status, Status::Purged);
    assert_eq!(one.download(ONE, at(1001)), Err(Refusal::NotAvailable));
}

/// What can happen to a transfer.
#[derive(Clone, Debug)]
enum Op {
    Begin,
    Finish,
    Download(bool),
    Confirm(bool),
    Wait(i64),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        Just(Op::Begin),
        Just(Op::Finish),
        any::<bool>().prop_map(Op::Download),
        any::<bool>().prop_map(Op::Confirm),
        (0..60_i64).prop_map(Op::Wait),
    ];
    proptest::collection::vec(op, 0..40)
}

/// The rules again, told with as little state as possible: when things happened.
#[derive(Debug, Default)]
struct Model {
    now: i64,
    begun: Option<i64>,
    finished: Option<i64>,
    fetched: [bool; 2],
    confirmed: [bool; 2],
    complete: Option<i64>,
}

impl Model {
    fn status(&self) -> Status {
        let expired = self.now >= 1000;
        match (self.begun, self.finished, self.complete) {
            (None, ..) if expired => Status::Purged,
            (None, ..) => Status::Initialized,
            (Some(begun), None, _) if begun + 100 <= self.now && begun + 100 <= 1000 => Status::Failed,
            (Some(_), None, _) if expired => Status::Purged,
            (Some(_), None, _) => Status::UploadStarted,
            (.., Some(complete)) if self.now >= complete + 50 || expired => Status::Purged,
            (.., Some(_)) => Status::AllConfirmedDownloaded,
            _ if expired => Status::Purged,
            (_, Some(finished), _) if self.now >= finished + 2 => Status::Published,
            _ => Status::UploadProcessing,
        }
    }

    fn apply(&mut self, op: &Op) -> bool {
        let status = self.status();
        match *op {
            Op::Wait(seconds) => {
                self.now += seconds;
                true
            }
            Op::Begin if status == Status::Initialized => {
                self.begun = Some(self.now);
                true
            }
            Op::Finish if status == Status::UploadStarted => {
                self.finished = Some(self.now);
                true
            }
            Op::Download(second) if matches!(status, Status::Published | Status::AllConfirmedDownloaded) => {
                self.fetched[usize::from(second)] = true;
                true
            }
            Op::Confirm(second) if status == Status::Published && self.fetched[usize::from(second)] => {
                self.confirmed[usize::from(second)] = true;
                if self.confirmed == [true, true] && self.complete.is_none() {
                    self.complete = Some(self.now);
                }
                true
            }
            _ => false,
        }
    }
}

proptest! {
    #[test]
    fn the_machine_and_the_model_agree(ops in ops()) {
        let mut model = Model::default();
        let mut machine = transfer(&[ONE, TWO], None);
        for op in &ops {
            let taken = model.apply(op);
            let now = at(model.now);
            machine.advance(now);
            let who = |second: bool| if second { TWO } else { ONE };
            let answer = match *op {
                Op::Wait(_) => Ok(()),
                Op::Begin => machine.begin_upload(SENDER, now, &timing()),
                Op::Finish => machine.finish_upload(&stored(false), now, &timing()),
                Op::Download(second) => machine.download(who(second), now),
                Op::Confirm(second) => machine.confirm(who(second), now, &timing()),
            };
            prop_assert_eq!(answer.is_ok(), taken, "{:?}: {:?}", op, answer);
            machine.advance(now);
            prop_assert_eq!(machine.status, model.status(), "{:?} at {}", op, model.now);
            let kept: Transfer = serde_json::from_str(&serde_json::to_string(&machine).unwrap()).unwrap();
            prop_assert_eq!(&kept, &machine);
        }
    }
}
