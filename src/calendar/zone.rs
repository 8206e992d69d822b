//! From local days to instants and back, on the nights too on which a zone changes its offset.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::TimeOfDay;

/// The instant at which the local day begins: usually 00:00, the jump if the zone skips midnight.
pub fn midnight(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    from_local(date.and_time(NaiveTime::MIN), zone)
}

/// 24:00 of the local day, which is where the next one begins.
pub fn end_of_day(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    date.checked_add_days(Days::new(1)).map_or(DateTime::<Utc>::MAX_UTC, |next| midnight(next, zone))
}

/// The local day on which the instant lies.
pub fn local_day(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// The instant of a time of day: the first of the two in a repeated hour, the jump in a missing one; 24:00 is where the
/// next day begins.
pub fn at_local(date: NaiveDate, time: TimeOfDay, zone: Tz) -> DateTime<Utc> {
    match NaiveTime::from_hms_opt(u32::from(time.minutes()) / 60, u32::from(time.minutes()) % 60, 0) {
        Some(time) => from_local(date.and_time(time), zone),
        None => end_of_day(date, zone),
    }
}

/// The instant of a local date and time: the first of the two in a repeated hour, the jump in a missing one.
pub fn from_local(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    match zone.from_local_datetime(&local).earliest() {
        Some(instant) => instant.with_timezone(&Utc),
        None => {
            let noon = local.and_utc();
            let day = TimeDelta::days(1);
            // a missing local time lies within a day of the jump that swallowed it
            let before = noon.checked_sub_signed(day).unwrap_or(noon).timestamp();
            let after = noon.checked_add_signed(day).unwrap_or(noon).timestamp();
            instant(next_offset_change(zone, before, after).unwrap_or(noon.timestamp()))
        }
    }
}

/// A stretch of time in which local time is UTC plus a constant; all in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub start: i64,
    pub end: i64,
    pub offset: i64,
}

/// Cuts `[start, end)` (UTC seconds) where the zone's offset changes.
pub(crate) fn stretches(zone: Tz, start: i64, end: i64) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let mut from = start;
    while from < end {
        let to = next_offset_change(zone, from, end).unwrap_or(end);
        stretches.push(Stretch { start: from, end: to, offset: offset_at(zone, from) });
        from = to;
    }
    stretches
}

/// The first second in `(start, end)` at which the offset is another than just before.
fn next_offset_change(zone: Tz, start: i64, end: i64) -> Option<i64> {
    // No zone changes its offset twice within a day.
    const STEP: i64 = 86_400;
    let offset = offset_at(zone, start);
    let mut same = start;
    while same < end - 1 {
        let mut other = (same + STEP).min(end - 1);
        if offset_at(zone, other) == offset {
            same = other;
            continue;
        }
        while other - same > 1 {
            let middle = same + (other - same) / 2;
            if offset_at(zone, middle) == offset { same = middle } else { other = middle }
        }
        return Some(other);
    }
    None
}

fn offset_at(zone: Tz, seconds: i64) -> i64 {
    i64::from(zone.offset_from_utc_datetime(&instant(seconds).naive_utc()).fix().local_minus_utc())
}

/// The instant this many seconds after 1970; the nearest one that exists.
pub(crate) fn instant(seconds: i64) -> DateTime<Utc> {
    let nearest = if seconds < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    DateTime::from_timestamp(seconds, 0).unwrap_or(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: Tz = chrono_tz::Europe::Berlin;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn days_begin_from_local_midnight_on_both_sides_of_a_change() {
        assert_eq!(midnight(date("2026-03-29"), BERLIN).to_rfc3339(), "2026-03-28T23:00:00+00:00");
        assert_eq!(end_of_day(date("2026-03-29"), BERLIN).to_rfc3339(), "2026-03-29T22:00:00+00:00");
        assert_eq!(end_of_day(date("2026-10-25"), BERLIN).to_rfc3339(), "2026-10-25T23:00:00+00:00");
        assert_eq!(local_day(midnight(date("2026-10-25"), BERLIN), BERLIN), date("2026-10-25"));
    }

    #[test]
    fn a_day_whose_midnight_is_skipped_begins_at_the_jump() {
        // in Beirut the clock went from 24:00 of 25 March 2022 + 1 day to 01:00
        let zone = chrono_tz::Asia::Beirut;
        let start = midnight(date("2022-03-27"), zone);
        assert_eq!(start.with_timezone(&zone).to_rfc3339(), "2022-03-27T01:00:00+03:00");
        assert_eq!(end_of_day(date("2022-03-26"), zone), start);
    }

    #[test]
    fn missing_and_repeated_local_times() {
        let at = |text: &str| from_local(text.parse().unwrap(), BERLIN).to_rfc3339();
        assert_eq!(at("2026-03-29T02:30:00"), "2026-03-29T01:00:00+00:00");
        assert_eq!(at("2026-10-25T02:30:00"), "2026-10-25T00:30:00+00:00");
    }

    #[test]
    fn times_of_day() {
        let at = |time: &str| at_local(date("2026-11-30"), time.parse().unwrap(), BERLIN).to_rfc3339();
        assert_eq!(at("08:15"), "2026-11-30T07:15:00+00:00");
        assert_eq!(at("24:00"), "2026-11-30T23:00:00+00:00");
    }

    #[test]
    fn a_range_is_cut_at_each_change_of_offset() {
        let start = midnight(date("2026-01-01"), BERLIN).timestamp();
        let end = midnight(date("2027-01-01"), BERLIN).timestamp();
        let cut = stretches(BERLIN, start, end);
        assert_eq!(cut.iter().map(|stretch| stretch.offset / 3600).collect::<Vec<_>>(), [1, 2, 1]);
        assert_eq!(instant(cut[1].start).to_rfc3339(), "2026-03-29T01:00:00+00:00");
        assert_eq!(instant(cut[2].start).to_rfc3339(), "2026-10-25T01:00:00+00:00");
        assert_eq!((cut[0].start, cut[2].end), (start, end));
    }
}
