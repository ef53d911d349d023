//! Whose a transfer is, where an organisation has several installations.

use super::*;

/// What Konvolutt and another installation of the directorate would take of one reference.
fn taken(reference: Option<&str>) -> [bool; 2] {
    let overview = Overview { senders_file_transfer_reference: reference.map(str::to_owned), ..Overview::default() };
    let own = MessageChannel::parse("konvolutt").unwrap();
    [is_ours(&overview, Some(&own)), is_ours(&overview, None)]
}

#[test]
fn a_channel_takes_exactly_its_own_and_whoever_has_none_takes_what_names_none() {
    let uuid = Uuid::new_v4().to_string();
    for (reference, expected) in [
        (Some("konvolutt"), [true, false]),
        (Some("Konvolutt"), [false, false]),
        (Some("konvolutt-2"), [false, false]),
        (Some("konvolut"), [false, false]),
        (Some(""), [false, false]),
        (Some(&*"x".repeat(25)), [false, false]),
        (Some(&*"x".repeat(26)), [false, true]),
        (Some("min kanal"), [false, true]),
        (Some(&*uuid), [false, true]),
        (None, [false, true]),
    ] {
        assert_eq!(taken(reference), expected, "{reference:?}");
    }
}

#[test]
fn an_overview_may_tell_no_reference() {
    for text in [
        r#"{"fileTransferStatus":"Published","sendersFileTransferReference":null}"#,
        r#"{"fileTransferStatus":"Published"}"#,
    ] {
        let overview: Overview = serde_json::from_str(text).unwrap();
        assert_eq!(overview.senders_file_transfer_reference, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_installations_of_one_organisation_find_each_its_own() {
    let stand = stand(100.0).await;
    let channel = MessageChannel::parse("konvolutt").unwrap();
    // The other organisation of the same relay has none.
    let channels = HashMap::from([(DIRECTORATE.to_owned(), channel)]);
    let on_channel = Dpo { seen: Arc::default(), ..stand.dpo.clone() }.listening_on(channels);
    let mut sent = Vec::new();
    for reference in ["konvolutt", "konvolutt-2", &Uuid::new_v4().to_string()] {
        let dispatch = Dispatch { reference: reference.to_owned(), ..stand.dispatch(DIRECTORATE, None) };
        sent.push(stand.sent(&dispatch).await);
    }
    // The last one that was sent has come, and with it the others.
    stand.arrived(&sent[2]).await;
    let found = async |dpo: &Dpo| {
        let waiting = Dpo { share: 1_000, ..dpo.clone() }.waiting(DIRECTORATE).await.unwrap();
        let known = waiting.into_iter().map(|one| one.transfer).filter(|one| sent.contains(one));
        known.collect::<Vec<_>>()
    };
    assert_eq!(found(&on_channel).await, [sent[0].clone()]);
    assert_eq!(found(&stand.dpo).await, [sent[2].clone()]);

    let back = Dispatch { sender: DIRECTORATE.to_owned(), ..stand.dispatch(COUNTY, None) };
    let transfer = stand.sent(&back).await;
    while !on_channel.waiting(COUNTY).await.unwrap().iter().any(|one| one.transfer == transfer) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stand.sandbox.stop().await;
}
