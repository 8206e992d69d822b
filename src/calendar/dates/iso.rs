//! Dates that mean the same on every day: ISO 8601 and the German full date.

use chrono::{Days, FixedOffset, Months, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

use super::meaning::{Meaning, digits};
use crate::calendar::zone::from_local;

/// Reads ISO dates, with time, with offset, months, quarters and weeks of a year, and `30.11.2026` with or without a
/// time. `text` is in lower case.
pub(crate) fn iso_meaning(text: &str, zone: Tz) -> Option<Meaning> {
    if let Some(days) = days(text) {
        return Some(days);
    }
    let (day, time) = text.split_once(['t', ' '])?;
    let date = full_date(day)?;
    let time = time.trim_start();
    if let Some(time) = time.strip_suffix('z') {
        return Some(Meaning::Instant(date.and_time(clock_time(time)?).and_utc()));
    }
    match time.find(['+', '-']) {
        Some(sign) => {
            let offset: FixedOffset = time[sign..].parse().ok()?;
            let local = date.and_time(clock_time(&time[..sign])?);
            Some(Meaning::Instant(offset.from_local_datetime(&local).single()?.with_timezone(&Utc)))
        }
        None => Some(Meaning::Instant(from_local(date.and_time(clock_time(time)?), zone))),
    }
}

fn days(text: &str) -> Option<Meaning> {
    if let Some(date) = full_date(text) {
        return Some(Meaning::Days(date, date));
    }
    let (year, part) = text.split_once('-')?;
    let year = digits(year, 4..=4)? as i32;
    if let Some(quarter) = part.strip_prefix('q') {
        let quarter = digits(quarter, 1..=1).filter(|quarter| (1..=4).contains(quarter))?;
        return months(year, quarter * 3 - 2, 3);
    }
    if let Some(number) = part.strip_prefix("kw").or_else(|| part.strip_prefix('w')) {
        return week(year, digits(number, 1..=2)?);
    }
    months(year, digits(part, 2..=2)?, 1)
}

/// The days of `count` months, from the first of `month` on.
fn months(year: i32, month: u32, count: u32) -> Option<Meaning> {
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    Some(Meaning::Days(first, first.checked_add_months(Months::new(count))?.pred_opt()?))
}

/// Monday to Sunday of an ISO week.
pub(super) fn week(year: i32, number: u32) -> Option<Meaning> {
    let monday = NaiveDate::from_isoywd_opt(year, number, Weekday::Mon)?;
    Some(Meaning::Days(monday, monday.checked_add_days(Days::new(6))?))
}

fn full_date(text: &str) -> Option<NaiveDate> {
    let (year, month, day) = if text.contains('.') {
        let mut parts = text.splitn(3, '.');
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        (digits(year, 4..=4)?, digits(month, 1..=2)?, digits(day, 1..=2)?)
    } else {
        let mut parts = text.splitn(3, '-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        (digits(year, 4..=4)?, digits(month, 2..=2)?, digits(day, 2..=2)?)
    };
    // year 0 is nobody's date
    NaiveDate::from_ymd_opt(year as i32, month, day).filter(|_| year > 0)
}

/// `9:00`, `09:00:30`.
pub(super) fn clock_time(text: &str) -> Option<NaiveTime> {
    let mut parts = text.splitn(3, ':');
    let (hour, minute) = (digits(parts.next()?, 1..=2)?, digits(parts.next()?, 2..=2)?);
    let (second, nanosecond) = match parts.next() {
        None => (0, 0),
        Some(seconds) => match seconds.split_once('.') {
            None => (digits(seconds, 2..=2)?, 0),
            Some((seconds, fraction)) => {
                let value = digits(fraction, 1..=9)?;
                (digits(seconds, 2..=2)?, value * 10_u32.pow(9 - fraction.len() as u32))
            }
        },
    };
    NaiveTime::from_hms_nano_opt(hour, minute, second, nanosecond)
}
