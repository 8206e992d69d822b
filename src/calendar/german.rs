//! Days and instants as the office reads them; the only place that knows the German form of a date.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc, Weekday};
use chrono_tz::Tz;

/// The two letters of a weekday, Monday first.
pub const WEEKDAYS: [&str; 7] = ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"];

/// The weekdays' full names, Monday first.
const WEEKDAY_NAMES: [&str; 7] = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"];

/// `Mo`.
pub fn weekday(weekday: Weekday) -> &'static str {
    WEEKDAYS[weekday.num_days_from_monday() as usize]
}

/// `Montag`.
pub fn weekday_name(weekday: Weekday) -> &'static str {
    WEEKDAY_NAMES[weekday.num_days_from_monday() as usize]
}

/// `23.11.2026`.
pub fn date(date: NaiveDate) -> String {
    format!("{:02}.{:02}.{:04}", date.day(), date.month(), date.year())
}

/// `Mo 23.11.2026`.
pub fn day(day: NaiveDate) -> String {
    format!("{} {}", weekday(day.weekday()), date(day))
}

/// `Mo 23.11.`: a day so near that its year need not be said.
pub fn near_day(day: NaiveDate) -> String {
    format!("{} {:02}.{:02}.", weekday(day.weekday()), day.day(), day.month())
}

/// `Mo 23.11.2026 14:00`, without the time at 00:00.
pub fn day_and_time(local: NaiveDateTime) -> String {
    if local.time() == NaiveTime::MIN {
        return day(local.date());
    }
    format!("{} {:02}:{:02}", day(local.date()), local.hour(), local.minute())
}

/// An instant in local time: `Mo 23.11.2026 14:00`, without the time at 00:00.
///
/// For promised dates there is [`super::PromiseDay`], which prints midnight as the day before.
pub fn instant(at: DateTime<Utc>, zone: Tz) -> String {
    day_and_time(at.with_timezone(&zone).naive_local())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_has_a_time_if_it_is_not_midnight() {
        let berlin = chrono_tz::Europe::Berlin;
        assert_eq!(instant("2026-11-23T07:05:00Z".parse().unwrap(), berlin), "Mo 23.11.2026 08:05");
        assert_eq!(instant("2026-11-22T23:00:00Z".parse().unwrap(), berlin), "Mo 23.11.2026");
        assert_eq!(weekday_name(Weekday::Thu), "Donnerstag");
    }
}
