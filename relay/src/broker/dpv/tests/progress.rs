use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn told(overview: &serde_json::Value) -> (Vec<(Status, i64)>, bool) {
    let overview: Overview = serde_json::from_value(overview.clone()).unwrap();
    let Progress { events, finished, .. } = progress(Some(&overview), at(100));
    assert!(events.iter().all(|event| event.source == Source::Altinn));
    (events.iter().map(|event| (event.status, event.at.duration_since(at(0)).as_secs())).collect(), finished)
}

#[test]
fn every_status_of_altinn_is_understood() {
    let (published, read) = (at(5), at(9));
    let plain = |status: &str| serde_json::json!({ "status": status, "statusChanged": at(7) });
    let dated = |status: &str| serde_json::json!({ "status": status, "statusChanged": at(7), "published": published, "read": read });
    let (levert, lest) = ((Status::Levert, 5), (Status::Lest, 9));
    for (overview, events, finished) in [
        (plain("Initialized"), vec![], false),
        (plain("ReadyForPublish"), vec![], false),
        (plain("Published"), vec![(Status::Levert, 7)], false),
        (plain("Read"), vec![(Status::Levert, 7), (Status::Lest, 7)], true),
        (plain("Confirmed"), vec![(Status::Levert, 7), (Status::Lest, 7)], true),
        (dated("Read"), vec![levert, lest], true),
        // The highest status says nothing of reading; the date beside it does.
        (dated("AttachmentsDownloaded"), vec![levert, lest], true),
        (plain("AttachmentsDownloaded"), vec![(Status::Levert, 7)], false),
        (dated("PurgedByRecipient"), vec![levert, lest, (Status::Annet, 7)], true),
        (plain("PurgedByAltinn"), vec![(Status::Annet, 7)], true),
        (plain("Failed"), vec![(Status::Feil, 7)], true),
        (plain("Reserved"), vec![(Status::Feil, 7)], true),
        (plain("NoeNytt"), vec![], false),
    ] {
        assert_eq!(told(&overview), (events, finished), "{overview}");
    }
}

#[test]
fn what_altinn_knows_no_more_is_followed_no_more() {
    let Progress { events, finished, unknown } = progress(None, at(3));
    assert!(unknown);
    assert_eq!((events[0].status, events[0].at, finished), (Status::Annet, at(3), true));
}
