use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};

use super::*;

/// The sandbox's lists, and who signs them.
async fn authentic() -> (Vec<Vec<u8>>, Vec<Certificate>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let options =
        konvolutt_sandbox::Options { data: folder.path().to_owned(), listen: ([127, 0, 0, 1], 0).into(), speed: 1.0 };
    let sandbox = konvolutt_sandbox::start(options).await.unwrap();
    let (addresses, trust) = (sandbox.endpoints().revocation_lists, sandbox.trust());
    let lists = Revocation::new(addresses, &[], &client()).lists().await.unwrap();
    sandbox.stop().await;
    let issuers = trust.anchors.iter().chain(&trust.intermediates).map(|pem| Certificate::from_pem(pem).unwrap());
    (lists.iter().map(|list| STANDARD.decode(list).unwrap()).collect(), issuers.collect())
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// The same list, said to be issued at another time. Nobody has signed that.
fn issued(list: &[u8], at: &str) -> Vec<u8> {
    let mut list = list.to_vec();
    let place = list.windows(2).position(|two| two == [0x17, 13]).unwrap() + 2;
    list[place..place + 13].copy_from_slice(at.as_bytes());
    list
}

/// Serves on loopback; the addresses of `a` and `b` there.
async fn serve(router: Router) -> Vec<String> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, router).into_future());
    vec![format!("{base}/a"), format!("{base}/b")]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_silent_or_wrong_takes_no_other_lists_with_it() {
    let (lists, _) = authentic().await;
    let whole = lists[0].clone();
    for broken in ["hangs", "is-down", "is-a-page"] {
        let asked = Arc::new(AtomicUsize::new(0));
        let (count, good) = (asked.clone(), whole.clone());
        let other = move || async move {
            count.fetch_add(1, Ordering::SeqCst);
            match broken {
                "hangs" => std::future::pending().await,
                "is-down" => (StatusCode::SERVICE_UNAVAILABLE, ""),
                _ => (StatusCode::OK, "<html>"),
            }
        };
        let router = Router::new().route("/a", get(move || async move { good })).route("/b", get(other));
        let mut revocation = Revocation::new(serve(router).await, &[], &client());
        revocation.patience = Duration::from_millis(500);
        // Of many who ask at once one fetches, and who asks afterwards is not sent out again.
        let at_once = join_all((0..20).map(|_| revocation.parsed())).await;
        for lists in at_once.into_iter().chain([revocation.parsed().await]) {
            assert_eq!(lists.unwrap().len(), 1, "{broken}");
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1, "{broken}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_gives_way_to_a_newer_one_only() {
    let (lists, issuers) = authentic().await;
    let issued = |at| issued(&lists[0], at);
    let now: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
    let place = |issuers: &[Certificate]| {
        let revocation = Revocation::new(vec!["http://127.0.0.1:9/".to_owned()], issuers, &client());
        revocation.places[0].clone()
    };
    let unsigned = place(&[]);
    let mut kept = Kept::default();
    let mut told = async |der: &[u8], expected: &str| {
        kept.end(unsigned.read(der.to_vec()), now, Instant::now());
        let at = kept.good().map(|good| good.list.this_update().to_string()).unwrap_or_default();
        assert_eq!(at, expected);
    };
    told(b"<html>", "").await;
    told(&issued("270101000000Z"), "").await;
    told(&issued("260301000000Z"), "2026-03-01T00:00:00Z").await;
    told(&issued("260201000000Z"), "2026-03-01T00:00:00Z").await;
    told(b"<html>", "2026-03-01T00:00:00Z").await;
    told(&issued("260302000000Z"), "2026-03-02T00:00:00Z").await;
    // Whoever can put a list in the way of ours cannot make it the newest.
    let signing = place(&issuers);
    let [genuine, forged] = [&lists[0], &issued("491231235959Z")].map(|der| signing.read(der.clone()).unwrap());
    assert!(genuine.vouched && !forged.vouched);
    let later = forged.list.this_update();
    let mut kept = Kept::default();
    kept.end(Ok(forged), later, Instant::now());
    assert!(!kept.good().unwrap().vouched);
    kept.end(Ok(genuine), later, Instant::now());
    assert!(kept.good().unwrap().vouched);
    kept.end(signing.read(issued("491231235959Z")), later, Instant::now());
    assert!(kept.good().unwrap().vouched);
}

#[test]
fn one_asks_at_a_time_and_a_failure_is_remembered() {
    let (mut kept, start, at) =
        (Kept::default(), Instant::now(), Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1));
    let after = |seconds| start + Duration::from_secs(seconds);
    assert!(kept.begin(start));
    assert!(!kept.begin(after(3600)), "it is being asked");
    kept.end(Err(Failure::down(WHO)), at, start);
    assert!(kept.failure().is_some());
    assert!(!kept.begin(after(59)));
    assert!(kept.begin(after(60)));
}
