use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::broker::Reply;
use crate::channel;
use crate::packages::Folder;
use crate::store::sqlite::Sqlite;
use crate::store::{Listing, Messages};

const OURS: &str = "310904007";

/// One transfer that is too large, for as long as nobody confirms it.
#[derive(Debug, Default)]
struct TooLarge {
    fetched: AtomicUsize,
    confirmed: AtomicUsize,
    rejected: AtomicUsize,
}

impl Mailbox for TooLarge {
    fn waiting<'a>(&'a self, _: &'a str) -> Reply<'a, Vec<Waiting>> {
        let one = Waiting {
            transfer: "t".to_owned(),
            sender: "310900117".to_owned(),
            reference: String::new(),
            created: Timestamp::UNIX_EPOCH,
        };
        Box::pin(async { Ok(vec![one]) })
    }

    fn fetch<'a>(&'a self, _: &'a str, _: &'a str, _: &'a Path) -> Reply<'a, Fetched> {
        self.fetched.fetch_add(1, Ordering::Relaxed);
        let findings = vec![Finding::error(Rule::TransferSize, "too large")];
        Box::pin(async { Ok(Fetched { findings, left: true, ..Fetched::default() }) })
    }

    fn confirm<'a>(&'a self, _: &'a str, _: &'a str) -> Reply<'a, ()> {
        self.confirmed.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    }

    fn reject<'a>(&'a self, _: &'a str, _: &'a str, _: &'a str, permanent: bool) -> Reply<'a, ()> {
        assert!(!permanent, "its sender may still have it fetched in another way");
        self.rejected.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    }
}

#[derive(Debug)]
struct Numbers;

impl Names for Numbers {
    fn name_of<'a>(&'a self, orgnr: &'a str) -> std::pin::Pin<Box<dyn Future<Output = String> + Send + 'a>> {
        Box::pin(async { orgnr.to_owned() })
    }
}

#[tokio::test]
async fn what_is_too_large_is_told_once_and_left_where_it_is() {
    let (folder, store, mailbox) = (tempfile::tempdir().unwrap(), Sqlite::in_memory().unwrap(), TooLarge::default());
    let packages = Folder::open(folder.path()).unwrap();
    let collector = Collector {
        store: &store,
        mailbox: &mailbox,
        channel: channel::DPO,
        names: &Numbers,
        world: &Machine,
        packages: &packages,
        incoming: folder.path(),
    };
    for came in [true, false, false] {
        assert_eq!(collector.poll(OURS).await, Polled { came, after: None });
    }
    let count = |count: &AtomicUsize| count.load(Ordering::Relaxed);
    assert_eq!((count(&mailbox.fetched), count(&mailbox.rejected), count(&mailbox.confirmed)), (1, 1, 0));
    let listed = store.list(&Listing::all(OURS, None), None).await.unwrap().items;
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert!(listed[0].summary.attention, "a person must see to it");
}
