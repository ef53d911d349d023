use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;

use super::*;

/// Milliseconds, moved by hand.
#[derive(Debug, Default)]
struct Hand(AtomicU64);

impl Hand {
    fn move_on(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Ticks for Hand {
    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::SeqCst))
    }
}

fn limits(person: u32, organisation: u32, sign_in: u32) -> (Arc<Hand>, Limits) {
    let hand = Arc::new(Hand::default());
    (hand.clone(), Limits::new(Rates { person, organisation, sign_in }, hand))
}

fn ours() -> Vec<String> {
    vec!["310904007".to_owned()]
}

#[test]
fn a_whole_quota_passes_at_once_and_then_one_at_a_time() {
    let (hand, limits) = limits(6, 0, 0);
    for left in (0..6).rev() {
        let standing = limits.request("siri", &ours()).unwrap()[0];
        assert_eq!((standing.left, standing.whole), (left, u64::from(6 - left) * 10));
    }
    let exceeded = limits.request("siri", &ours()).unwrap_err();
    assert_eq!((exceeded.after, exceeded.standing.left, exceeded.standing.whole), (10, 0, 60));
    assert_eq!(exceeded.standing.field(), "\"person\";r=0;t=60");
    assert_eq!(exceeded.standing.policy(), "\"person\";q=6;w=60");
    assert!(limits.request("ola", &ours()).is_ok(), "another person");
    hand.move_on(9_999);
    assert_eq!(limits.request("siri", &ours()).unwrap_err().after, 1);
    hand.move_on(1);
    assert_eq!(limits.request("siri", &ours()).unwrap()[0].left, 0);
    assert_eq!(limits.request("siri", &ours()).unwrap_err().after, 10);
}

#[test]
fn an_organisation_has_room_or_another_of_the_same_person_has() {
    let (_, limits) = limits(0, 2, 0);
    let both = ["310904007".to_owned(), "310904015".to_owned()];
    for _ in 0..2 {
        limits.request("siri", &ours()).unwrap();
    }
    let exceeded = limits.request("ola", &ours()).unwrap_err();
    assert_eq!((exceeded.standing.name, exceeded.after), ("organisation", 30));
    let standing = limits.request("kari", &both).unwrap()[0];
    assert_eq!((standing.name, standing.left), ("organisation", 1), "what the other one has left");
    limits.request("kari", &both).unwrap();
    assert_eq!(limits.request("kari", &both).unwrap_err().after, 30);
    assert_eq!(limits.request("nobody's", &[]).unwrap(), []);
}

#[test]
fn a_sign_in_is_counted_by_address_and_in_ipv6_by_network() {
    let (_, limits) = limits(0, 0, 1);
    let sign_in = |address: &str| limits.sign_in(address.parse().unwrap());
    assert!(sign_in("192.0.2.1").is_ok() && sign_in("192.0.2.1").is_err() && sign_in("::ffff:192.0.2.1").is_err());
    assert!(sign_in("192.0.2.2").is_ok());
    assert!(sign_in("2001:db8:0:1::1").is_ok() && sign_in("2001:db8:0:1:ffff::2").is_err());
    assert!(sign_in("2001:db8:0:2::1").is_ok());
}

#[test]
fn nothing_is_limited_by_zero() {
    let (_, limits) = limits(0, 0, 0);
    for _ in 0..10_000 {
        assert_eq!(limits.request("siri", &ours()), Ok(Vec::new()));
        assert_eq!(limits.sign_in([192, 0, 2, 1].into()), Ok(None));
    }
}

#[test]
fn who_has_not_asked_lately_is_forgotten_and_nobody_else() {
    let (hand, limits) = limits(0, 0, 4);
    let count = || limits.sign_in.as_ref().unwrap().keyed.len();
    for number in 0..1000_u32 {
        limits.sign_in(IpAddr::from(number.to_be_bytes())).unwrap();
    }
    hand.move_on(29_000);
    let late: IpAddr = [192, 0, 2, 1].into();
    for _ in 0..4 {
        limits.sign_in(late).unwrap();
    }
    limits.forget();
    assert_eq!(count(), 1001);
    hand.move_on(2_000);
    limits.forget();
    assert_eq!(count(), 1);
    assert!(limits.sign_in(late).is_err(), "it is still known");
}

proptest! {
    /// What the headers promise is what happens.
    #[test]
    fn what_is_told_is_true(quota in 1..50_u32, waits in proptest::collection::vec(0..5_000_u64, 1..80)) {
        let (hand, limits) = limits(quota, 0, 0);
        let mut promised: Option<u32> = None;
        for wait in waits {
            hand.move_on(wait);
            match limits.request("siri", &[]) {
                Ok(standings) => {
                    prop_assert!(standings[0].left < quota);
                    promised = Some(standings[0].left);
                }
                Err(exceeded) => {
                    prop_assert!(promised == Some(0), "{promised:?} were promised");
                    // Not a whole second too early, and not before it has passed.
                    let (_, then) = (hand.move_on(exceeded.after * 1000), limits.request("siri", &[]));
                    prop_assert_eq!(then.map(|standings| standings[0].quota), Ok(quota));
                    promised = None;
                }
            }
            for _ in 0..promised.take().unwrap_or(0) {
                prop_assert!(limits.request("siri", &[]).is_ok());
            }
            promised = Some(0);
        }
    }
}
