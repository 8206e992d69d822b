//! Days and instants for people who asked for English: as ISO 8601 writes them, with their weekday in front.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;

use super::PromiseDay;

/// `Mon 2026-11-23`.
pub fn day(day: NaiveDate) -> String {
    day.format("%a %Y-%m-%d").to_string()
}

/// `Mon 2026-11-23 14:00`, without the time at 00:00.
pub fn day_and_time(local: NaiveDateTime) -> String {
    if local.time() == NaiveTime::MIN { day(local.date()) } else { local.format("%a %Y-%m-%d %H:%M").to_string() }
}

/// An instant in local time.
pub fn instant(at: DateTime<Utc>, zone: Tz) -> String {
    day_and_time(at.with_timezone(&zone).naive_local())
}

/// A promised date.
pub fn promise(promised: PromiseDay) -> String {
    match promised {
        PromiseDay::Day(promised) => day(promised),
        PromiseDay::Instant(at) => day_and_time(at.naive_local()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_has_a_time_if_it_is_not_midnight() {
        let berlin = chrono_tz::Europe::Berlin;
        assert_eq!(instant("2026-11-23T07:05:00Z".parse().unwrap(), berlin), "Mon 2026-11-23 08:05");
        let midnight = "2026-11-22T23:00:00Z".parse().unwrap();
        assert_eq!(instant(midnight, berlin), "Mon 2026-11-23");
        assert_eq!(promise(PromiseDay::of(midnight, berlin)), "Sun 2026-11-22");
    }
}
