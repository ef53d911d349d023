//! Dates in Europe/Oslo, sizes and numbers as each language writes them. The browser's own `Intl` is not used: it
//! lacks nynorsk in some browsers and falls back to English.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Lang;

/// No-break space between a number and its unit.
const NBSP: char = '\u{a0}';

const MONTHS: [[&str; 2]; 12] = [
    ["januar", "January"],
    ["februar", "February"],
    ["mars", "March"],
    ["april", "April"],
    ["mai", "May"],
    ["juni", "June"],
    ["juli", "July"],
    ["august", "August"],
    ["september", "September"],
    ["oktober", "October"],
    ["november", "November"],
    ["desember", "December"],
];

const fn oslo() -> TimeZone {
    jiff::tz::get!("Europe/Oslo")
}

/// «4. august 2026 kl. 14.05», "4 August 2026 at 14:05".
pub fn date_time(at: Timestamp, lang: Lang) -> String {
    match lang {
        Lang::Nb | Lang::Nn => format!("{} kl. {}", day(at, lang), time(at, lang)),
        Lang::En => format!("{} at {}", day(at, lang), time(at, lang)),
    }
}

/// «4. august 2026», "4 August 2026".
pub fn day(at: Timestamp, lang: Lang) -> String {
    let local = at.to_zoned(oslo());
    let month =
        usize::try_from(local.month() - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or_default();
    let [norwegian, english] = month;
    match lang {
        Lang::Nb | Lang::Nn => format!("{}. {norwegian} {}", local.day(), local.year()),
        Lang::En => format!("{} {english} {}", local.day(), local.year()),
    }
}

/// «14.05», "14:05".
pub fn time(at: Timestamp, lang: Lang) -> String {
    let local = at.to_zoned(oslo());
    let separator = if lang == Lang::En { ':' } else { '.' };
    format!("{:02}{separator}{:02}", local.hour(), local.minute())
}

/// «for 3 minutter siden», "3 minutes ago": how long ago something was, in seconds.
pub fn ago(seconds: i64, lang: Lang) -> String {
    let minutes = seconds / 60;
    let template = match minutes {
        ..=0 => ["for under ett minutt siden", "for under eitt minutt sidan", "less than a minute ago"],
        1 => ["for 1 minutt siden", "for 1 minutt sidan", "1 minute ago"],
        2..60 => ["for {n} minutter siden", "for {n} minutt sidan", "{n} minutes ago"],
        _ => ["for over en time siden", "for over ein time sidan", "more than an hour ago"],
    };
    lang.pick(template).replace("{n}", &minutes.to_string())
}

/// «2,4 MB», "2.4 MB": powers of ten as people see them in their file manager, one decimal below 10.
pub fn size(bytes: u64, lang: Lang) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    let Some((unit, name)) = UNITS.into_iter().find(|(unit, _)| bytes >= *unit) else {
        return format!("{bytes}{NBSP}B");
    };
    // Tenths, rounded half up; u128 because the input may be any u64.
    let tenths = (u128::from(bytes) * 10 + u128::from(unit) / 2) / u128::from(unit);
    let (whole, tenth) = (tenths / 10, tenths % 10);
    let comma = if lang == Lang::En { '.' } else { ',' };
    if tenth == 0 || whole >= 100 {
        format!("{whole}{NBSP}{name}")
    } else {
        format!("{whole}{comma}{tenth}{NBSP}{name}")
    }
}

/// «310 900 117»: groups of three; anything that is not nine digits stays as it is. Plain spaces, so that the number
/// can be found on the page as people type it.
pub fn orgnr(number: &str) -> String {
    let digits = number.strip_prefix("0192:").unwrap_or(number);
    match (digits.get(0..3), digits.get(3..6), digits.get(6..9)) {
        (Some(a), Some(b), Some(c)) if digits.len() == 9 => format!("{a} {b} {c}"),
        _ => digits.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_local_in_summer_and_winter() {
        let summer: Timestamp = "2026-08-04T12:05:00Z".parse().unwrap();
        assert_eq!(date_time(summer, Lang::Nb), "4. august 2026 kl. 14.05");
        assert_eq!(date_time(summer, Lang::En), "4 August 2026 at 14:05");
        let winter: Timestamp = "2026-12-31T23:30:00Z".parse().unwrap();
        assert_eq!(date_time(winter, Lang::Nn), "1. januar 2027 kl. 00.30");
    }

    #[test]
    fn an_age_is_told_in_whole_minutes() {
        let nb = |seconds| ago(seconds, Lang::Nb);
        for (seconds, text) in [
            (-5, "for under ett minutt siden"),
            (59, "for under ett minutt siden"),
            (60, "for 1 minutt siden"),
            (179, "for 2 minutter siden"),
            (180, "for 3 minutter siden"),
            (3_600, "for over en time siden"),
        ] {
            assert_eq!(nb(seconds), text);
        }
        assert_eq!((ago(180, Lang::Nn), ago(180, Lang::En)), ("for 3 minutt sidan".into(), "3 minutes ago".into()));
    }

    #[test]
    fn sizes_have_a_decimal_comma_and_a_no_break_space() {
        assert_eq!(size(2_400_000, Lang::Nb), "2,4\u{a0}MB");
        assert_eq!(size(2_400_000, Lang::En), "2.4\u{a0}MB");
        assert_eq!(size(0, Lang::Nb), "0\u{a0}B");
        assert_eq!(size(999, Lang::Nb), "999\u{a0}B");
        assert_eq!(size(20_000_000, Lang::Nb), "20\u{a0}MB");
        assert_eq!(size(5_368_709_120, Lang::Nb), "5,4\u{a0}GB");
        assert_eq!(size(u64::MAX, Lang::Nb), "18446744073\u{a0}GB");
    }

    #[test]
    fn organisation_numbers_are_grouped() {
        assert_eq!(orgnr("310900117"), "310 900 117");
        assert_eq!(orgnr("0192:310900117"), "310 900 117");
        assert_eq!(orgnr("æøå"), "æøå");
    }
}
