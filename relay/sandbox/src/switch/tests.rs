use super::{Call, Kind, Order, Switches, service_of};

fn order(fault: Kind) -> Order {
    Order {
        service: "broker".to_owned(),
        fault,
        tenant: None,
        method: None,
        path: None,
        times: None,
        percent: None,
        seed: 0,
        seconds: None,
        dated: false,
        bare: false,
        limit: None,
    }
}

fn call<'a>(method: &'a str, path: &'a str, tenant: Option<&'a str>, played: bool) -> Call<'a> {
    Call { service: "broker", method, path, tenant, played }
}

fn now() -> jiff::Timestamp {
    "2026-11-01T12:00:00Z".parse().unwrap()
}

#[test]
fn a_switch_meets_those_it_is_meant_for() {
    let switches = Switches::new(jiff::SignedDuration::from_mins(1));
    let upload = Order { method: Some("post".to_owned()), path: Some("/upload".to_owned()), ..order(Kind::Busy) };
    switches.put(upload);
    let meets = |call| switches.meet(call, now()).is_some();
    assert!(meets(call("POST", "/filetransfer/1/upload", Some("310904007"), false)));
    assert!(meets(call("POST", "/filetransfer/1/upload", None, false)));
    assert!(!meets(call("GET", "/filetransfer/1/upload", None, false)), "another method");
    assert!(!meets(call("POST", "/filetransfer/", None, false)), "another path");
    assert!(!meets(call("POST", "/filetransfer/1/upload", Some("310900117"), true)), "counterparts go on");
    assert!(!meets(Call { service: "svarut", ..call("POST", "/upload", None, false) }), "another service");
    assert!(switches.remove(None) && !switches.remove(None));

    switches.put(Order { tenant: Some("310900117".to_owned()), ..order(Kind::Busy) });
    let meets = |call| switches.meet(call, now()).is_some();
    assert!(meets(call("GET", "/", Some("310900117"), true)), "unless they are named");
    assert!(!meets(call("GET", "/", Some("310904007"), false)));
}

#[test]
fn it_goes_out_by_count_and_by_hand() {
    let switches = Switches::new(jiff::SignedDuration::from_mins(1));
    let any = call("GET", "/filetransfer", None, false);
    switches.put(Order { times: Some(2), ..order(Kind::Conflict) });
    let met: Vec<_> = (0..3).map(|_| switches.meet(any, now()).map(|met| met.order.fault)).collect();
    assert_eq!(met, [Some(Kind::Conflict), Some(Kind::Conflict), None], "twice");
    assert_eq!(switches.all(), [], "it went out by itself");
    let fourth = switches.put(order(Kind::Busy));
    assert!(switches.remove(Some(fourth)));
    assert_eq!(switches.all(), []);
}

#[test]
fn each_id_is_unknown_for_a_while_from_when_it_is_first_asked_for() {
    // At ten times the speed: sixty seconds are six.
    let switches = Switches::new(jiff::SignedDuration::from_secs(6));
    switches.put(Order { seconds: Some(60), ..order(Kind::NotFound) });
    let one = "/filetransfer/00000000-0000-4000-8000-000000000001";
    let (upload, other) = (format!("{one}/upload"), "/filetransfer/00000000-0000-4000-8000-000000000002");
    let meets = |path: &str, second| {
        let at = now() + jiff::SignedDuration::from_secs(second);
        switches.meet(call("GET", path, None, false), at).is_some()
    };
    assert!(meets(one, 0) && meets(&upload, 5));
    assert!(!meets(one, 6) && !meets(&upload, 7), "whatever is asked of it");
    assert!(meets(other, 100) && meets(other, 105), "another is as new as the first was");
    assert!(!meets(other, 106) && !meets(one, 106));
    assert_eq!(switches.all().len(), 1, "it stays on for the next");
}

#[test]
fn the_same_seed_strikes_the_same_calls() {
    let run = |seed| {
        let switches = Switches::new(jiff::SignedDuration::from_mins(1));
        switches.put(Order { percent: Some(30), seed, ..order(Kind::Busy) });
        let any = call("GET", "/", None, false);
        (0..1000).map(|_| switches.meet(any, now()).is_some()).collect::<Vec<_>>()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    let struck = run(3).iter().filter(|hit| **hit).count();
    assert!((250..350).contains(&struck), "{struck}");
}

#[test]
fn a_quota_meets_only_what_is_too_much() {
    let switches = Switches::new(jiff::SignedDuration::from_mins(1));
    switches.put(order(Kind::Quota));
    let list = call("GET", "/sandbox/altinn/broker/api/v1/filetransfer", Some("310904007"), false);
    let met: Vec<_> = (0..12).map(|_| switches.meet(list, now()).map(|met| met.wait)).collect();
    let minute = Some(Some(jiff::SignedDuration::from_mins(1)));
    assert_eq!(met, [vec![None; 10], vec![minute; 2]].concat());
    assert_eq!(switches.all()[0].met, 2, "what passes has met nothing");
    switches.remove(None);
    switches.put(Order { limit: Some(1), ..order(Kind::Quota) });
    let met: Vec<_> = (0..2).map(|_| switches.meet(list, now()).is_some()).collect();
    assert_eq!(met, [false, true]);
}

#[test]
fn paths_belong_to_services() {
    for (path, service) in [
        ("/sandbox/altinn/broker/api/v1/filetransfer", Some("broker")),
        ("/sandbox/altinn/authentication/api/v1/exchange/maskinporten", Some("exchange")),
        ("/sandbox/altinn-proxy/correspondence/api/v1/correspondence", Some("correspondence")),
        ("/sandbox/svarut/tjenester/svarinn/mottaker/hentNyeForsendelser", Some("svarinn")),
        ("/sandbox/dpi/messages/out", Some("dpi")),
        ("/sandbox/krr/rest/v2/personer", Some("kontaktregister")),
        ("/sandbox/control/faults", None),
        ("/sandbox/mailbox", None),
    ] {
        assert_eq!(service_of(path), service, "{path}");
    }
}
