use proptest::prelude::*;

use super::*;

const OTHER: &str = "310904007";

fn size(bytes: i64) -> Settings {
    Settings { max_file_transfer_size: Some(bytes), ..Settings::default() }
}

fn life(text: &str) -> Settings {
    Settings { file_transfer_time_to_live: Some(text.to_owned()), ..Settings::default() }
}

fn grace(text: &str) -> Settings {
    Settings { purge_file_transfer_grace_period: Some(text.to_owned()), ..Settings::default() }
}

#[test]
fn every_limit_has_a_number_of_its_own() {
    let mut estate = Estate::default();
    for (change, wanted) in [
        (size(-1), Refusal::SizeNegative),
        (size(0), Refusal::SizeZero),
        (size(MAX_SCANNED + 1), Refusal::SizeScanned),
        (size(MAX_TRIED + 1), Refusal::SizeScanned),
        (life("30"), Refusal::LifeFormat),
        (life("30 days"), Refusal::LifeFormat),
        (life("-P1D"), Refusal::LifeFormat),
        (life("P2W"), Refusal::LifeFormat),
        (life("P366D"), Refusal::LifeTooLong),
        (life("P1Y1D"), Refusal::LifeTooLong),
        (grace("2h"), Refusal::GraceFormat),
        (grace("PT24H1S"), Refusal::GraceTooLong),
        (grace("P1M"), Refusal::GraceTooLong),
    ] {
        assert_eq!(estate.configure(seed::REGISTRY, change.clone()), Err(wanted), "{change:?}");
    }
    assert_eq!(estate, Estate::default(), "what is refused changes nothing");
    assert_eq!(estate.configure(OTHER, Settings::default()), Err(Refusal::NoAccess));
    estate.unscanned = true;
    assert_eq!(estate.configure(seed::REGISTRY, size(MAX_TRIED + 1)), Err(Refusal::SizeUntried));
    estate.configure(seed::REGISTRY, size(MAX_TRIED)).unwrap();
    estate.owners.clear();
    assert_eq!(estate.configure(seed::REGISTRY, size(1)), Err(Refusal::OwnerUnknown));
}

#[test]
fn what_is_decided_holds_until_it_is_decided_anew() {
    let mut estate = Estate::default();
    assert_eq!(estate.settings.life(), SignedDuration::from_hours(720));
    assert_eq!((estate.settings.grace(), estate.settings.max_bytes()), (Some(SignedDuration::from_hours(2)), None));
    estate.configure(seed::REGISTRY, life("P1M1DT1M1S")).unwrap();
    estate.configure(seed::REGISTRY, Settings { max_file_transfer_size: Some(5), ..grace("PT90M") }).unwrap();
    assert_eq!(estate.settings.life(), SignedDuration::from_secs(31 * 86_400 + 61));
    assert_eq!(estate.settings.grace(), Some(SignedDuration::from_mins(90)));
    assert_eq!(estate.settings.max_bytes(), Some(5));
    let stays = Settings { purge_file_transfer_after_all_recipients_confirmed: Some(false), ..Settings::default() };
    estate.configure(seed::REGISTRY, stays).unwrap();
    assert_eq!(estate.settings.grace(), None);
    assert!(!estate.enter(seed::REGISTRY, "Ny".to_owned()) && estate.enter(OTHER, "Ny".to_owned()));
    assert_eq!((estate.owner(OTHER), estate.owner(seed::REGISTRY)), (Some("Ny"), Some(seed::REGISTRY_NAME)));
}

#[test]
fn what_is_not_approved_is_scanned() {
    let mut estate = Estate::default();
    assert_eq!((estate.scans(true), estate.scans(false)), (Ok(()), Err(Refusal::Unscanned)));
    estate.unscanned = true;
    assert_eq!((estate.scans(true), estate.scans(false)), (Ok(()), Ok(())));
}

/// One decision: approved, or a size, days to live and minutes of grace.
#[derive(Clone, Debug)]
enum Op {
    Approve(bool),
    Configure(bool, Option<i64>, Option<i64>, Option<i64>),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let size = prop::option::of(prop_oneof![-3_i64..5, MAX_SCANNED - 1..MAX_SCANNED + 2, MAX_TRIED..MAX_TRIED + 2]);
    let op = prop_oneof![
        any::<bool>().prop_map(Op::Approve),
        (any::<bool>(), size, prop::option::of(0_i64..400), prop::option::of(0_i64..1500))
            .prop_map(|(owner, size, days, minutes)| Op::Configure(owner, size, days, minutes)),
    ];
    proptest::collection::vec(op, 0..20)
}

proptest! {
    /// The model keeps the last of everything that was in bounds, as numbers.
    #[test]
    fn the_machine_and_the_model_agree(ops in ops()) {
        let mut machine = Estate::default();
        let (mut approved, mut bytes, mut days, mut minutes) = (false, None, 30, 120);
        for op in ops {
            match op {
                Op::Approve(yes) => (machine.unscanned, approved) = (yes, yes),
                Op::Configure(owner, size, life, grace) => {
                    let most = if approved { MAX_TRIED } else { MAX_SCANNED };
                    let fits = owner
                        && size.is_none_or(|size| (1..=most).contains(&size))
                        && life.is_none_or(|days| days <= 365)
                        && grace.is_none_or(|minutes| minutes <= 1440);
                    let change = Settings {
                        max_file_transfer_size: size,
                        file_transfer_time_to_live: life.map(|days| format!("P{days}D")),
                        purge_file_transfer_grace_period: grace.map(|minutes| format!("PT{minutes}M")),
                        ..Settings::default()
                    };
                    let by = if owner { seed::REGISTRY } else { OTHER };
                    prop_assert_eq!(machine.configure(by, change).is_ok(), fits);
                    if fits {
                        (bytes, days, minutes) = (size.or(bytes), life.unwrap_or(days), grace.unwrap_or(minutes));
                    }
                }
            }
            prop_assert_eq!(machine.settings.life(), SignedDuration::from_hours(24 * days));
            prop_assert_eq!(machine.settings.grace(), Some(SignedDuration::from_mins(minutes)));
            prop_assert_eq!(machine.settings.max_bytes(), bytes.map(|size: i64| size as u64));
            let kept: Estate = serde_json::from_str(&serde_json::to_string(&machine).unwrap()).unwrap();
            prop_assert_eq!(&kept, &machine);
        }
    }
}
