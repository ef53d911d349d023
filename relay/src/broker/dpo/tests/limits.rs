//! The broker's limits, and what other installations leave lying in front of our own.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A broker whose transfers all wait for us, and that answers so many questions about them.
#[derive(Debug)]
struct Gateway {
    waiting: Vec<(String, Overview)>,
    left: AtomicUsize,
    after: Option<Duration>,
    lists: AtomicUsize,
    overviews: AtomicUsize,
    broken: Mutex<Option<String>>,
}

impl Gateway {
    fn new(foreign: usize, ours: usize, left: usize, after: Option<Duration>) -> Arc<Self> {
        let entry = |number: usize| {
            let at = Timestamp::from_second(1_800_000_000 + number as i64).unwrap().to_string();
            let reference = if number < foreign { "channel-1".to_owned() } else { Uuid::new_v4().to_string() };
            let overview = Overview {
                senders_file_transfer_reference: Some(reference),
                file_transfer_status: "Published".to_owned(),
                file_transfer_status_changed: at.clone(),
                created: at,
                ..Overview::default()
            };
            (format!("{number:04}"), overview)
        };
        Arc::new(Self {
            waiting: (0..foreign + ours).map(entry).collect(),
            left: left.into(),
            after,
            lists: 0.into(),
            overviews: 0.into(),
            broken: Mutex::default(),
        })
    }

    fn asked(&self) -> (usize, usize) {
        (self.lists.swap(0, Ordering::Relaxed), self.overviews.swap(0, Ordering::Relaxed))
    }

    fn look(&self, transfer: &str) -> Result<Overview, Failure> {
        self.overviews.fetch_add(1, Ordering::Relaxed);
        if self.broken.lock().unwrap().as_deref() == Some(transfer) {
            let finding = Finding::error(Rule::ServiceRefused, "404");
            return Err(Failure::Later { after: None, finding });
        }
        let left = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.map_err(|_| Failure::Later { after: self.after, finding: Finding::error(Rule::ServiceBusy, "429") })?;
        Ok(self.waiting.iter().find(|(id, _)| id == transfer).unwrap().1.clone())
    }

    fn ids(&self, listing: &Listing) -> Vec<String> {
        self.lists.fetch_add(1, Ordering::Relaxed);
        let fits = |overview: &Overview| {
            listing.state == "Initialized"
                && listing.from.is_none_or(|from| time(&overview.file_transfer_status_changed) > from)
        };
        self.waiting.iter().filter(|(_, overview)| fits(overview)).map(|(id, _)| id.clone()).take(100).collect()
    }
}

impl Wire for Gateway {
    fn initialize<'a>(&'a self, _: &'a Dispatch) -> Reply<'a, String> {
        unreachable!("nothing is sent")
    }

    fn overview<'a>(&'a self, _: &'a str, transfer: &'a str) -> Reply<'a, Overview> {
        Box::pin(async { self.look(transfer) })
    }

    fn list<'a>(&'a self, _: &'a str, listing: &'a Listing) -> Reply<'a, Vec<String>> {
        Box::pin(async { Ok(self.ids(listing)) })
    }

    fn upload<'a>(&'a self, _: &'a str, _: &'a Dispatch) -> Reply<'a, ()> {
        unreachable!("nothing is sent")
    }

    fn fetch<'a>(&'a self, _: &'a str, _: &'a str, _: &'a Overview, _: &'a Path) -> Reply<'a, Fetched> {
        unreachable!("nothing is fetched")
    }

    fn confirm<'a>(&'a self, _: &'a str, _: &'a str) -> Reply<'a, ()> {
        unreachable!("nothing is confirmed")
    }
}

fn dpo(gateway: &Arc<Gateway>) -> Dpo {
    Dpo::over(gateway.clone(), Arc::new(Machine), Duration::ZERO)
}

async fn found(dpo: &Dpo) -> Vec<String> {
    dpo.waiting(DIRECTORATE).await.unwrap().into_iter().map(|one| one.transfer).collect()
}

#[tokio::test]
async fn what_is_not_ours_is_looked_at_once_and_holds_up_nothing() {
    let gateway = Gateway::new(150, 1, 120, None);
    let dpo = dpo(&gateway);
    assert!(matches!(dpo.waiting(DIRECTORATE).await, Err(Failure::Later { .. })), "the limit of a minute");
    gateway.left.store(120, Ordering::Relaxed);
    assert_eq!(found(&dpo).await, ["0150"]);
    gateway.asked();
    assert_eq!(found(&dpo).await, ["0150"], "until it is confirmed");
    assert_eq!(gateway.asked(), (2, 0), "a list for each state, and nothing is asked twice");
}

#[tokio::test]
async fn what_was_found_before_the_limit_is_the_answer_and_the_broker_is_left_alone_as_it_asked() {
    let gateway = Gateway::new(0, 5, 3, Some(Duration::from_secs(3600)));
    let dpo = dpo(&gateway);
    assert_eq!(found(&dpo).await, ["0000", "0001", "0002"]);
    gateway.asked();
    let Err(Failure::Later { after: Some(after), finding }) = dpo.waiting(DIRECTORATE).await else {
        panic!("not left alone")
    };
    assert!(after > Duration::from_secs(3500) && finding.code == Code::ServiceBusy, "{after:?}");
    assert_eq!(gateway.asked(), (0, 0));
}

#[tokio::test]
async fn one_that_the_broker_does_not_tell_of_holds_up_no_other() {
    let gateway = Gateway::new(0, 3, 100, None);
    *gateway.broken.lock().unwrap() = Some("0001".to_owned());
    let dpo = dpo(&gateway);
    assert_eq!(found(&dpo).await, ["0000", "0002"]);
    *gateway.broken.lock().unwrap() = None;
    assert_eq!(found(&dpo).await, ["0000", "0001", "0002"]);
}
