//! Times in an SBD: ISO 8601 with offset; without one, Norwegian time.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

fn norway() -> TimeZone {
    jiff::tz::get!("Europe/Oslo")
}

/// Reads `yyyy-mm-ddThh:mm[:ss[.fraction]]` with offset or `Z`; without, as Europe/Oslo, as the reference
/// does (of an hour that comes twice the first). `None` for anything else: a bare date, a space for `T`, a
/// zone in brackets.
pub fn parse(text: &str) -> Option<Timestamp> {
    if !has_date_and_time(text) {
        return None;
    }
    text.parse::<Timestamp>().ok().or_else(|| {
        let civil: DateTime = text.parse().ok()?;
        norway().to_ambiguous_zoned(civil).compatible().ok().map(|zoned| zoned.timestamp())
    })
}

/// Jiff also reads a bare date and RFC 9557 annotations, which no other reader of an SBD does.
fn has_date_and_time(text: &str) -> bool {
    text.as_bytes().get(10) == Some(&b'T') && !text.contains(['[', ' ', ','])
}

/// Writes a time with milliseconds, the rest cut off, and the offset of Europe/Oslo:
/// `2026-07-01T12:00:00.250+02:00`.
pub fn write(time: Timestamp) -> String {
    Zoned::new(time, norway()).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
}

/// Five seconds earlier, as the reference stamps its own documents: receivers refuse a creation time in the future,
/// and clocks differ.
pub(super) fn backdated(now: Timestamp) -> Timestamp {
    now.checked_sub(jiff::SignedDuration::from_secs(5)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_offsets_and_norwegian_time() {
        let utc = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(parse("2026-11-20T09:30:00.123+01:00"), Some(utc("2026-11-20T08:30:00.123Z")));
        assert_eq!(parse("2026-12-01T12:00:00"), Some(utc("2026-12-01T11:00:00Z")));
        assert_eq!(parse("2026-07-01T12:00:00"), Some(utc("2026-07-01T10:00:00Z")));
        for text in ["2026-12-01", "12:00", "i morgen", "2026-12-01 12:00:00", "2026-12-01T12:00:00[Europe/Oslo]"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn writes_what_it_reads() {
        let time = parse("2026-07-01T12:00:00.250+02:00").unwrap();
        assert_eq!(write(time), "2026-07-01T12:00:00.250+02:00");
        assert_eq!(parse(&write(time)), Some(time));
    }
}
