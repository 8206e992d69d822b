//! Dates as files write them: `30.11.2026` or `2026-11-30`, also with a time, and nothing else. A day that does not exist
//! and a year that nobody means are errors.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::report::shown;

/// Years that a business date can have; others are typing mistakes, or an ERP's "never" (31.12.9999).
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

/// What a date can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// A day alone.
    Day(NaiveDate),
    /// A local time.
    Local(NaiveDateTime),
    /// A time with its offset.
    Instant(DateTime<FixedOffset>),
}

/// A day, alone or with a time.
pub(super) fn moment(text: &str) -> Result<Moment, String> {
    let wrong =
        || format!("{} is no date; write 30.11.2026 or 2026-11-30, with a time as in 30.11.2026 14:30", shown(text));
    let (date_text, time_text) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (date, Some(time.trim())),
        None => (text, None),
    };
    let date = existing_day(date_text, text)?.ok_or_else(wrong)?;
    let Some(time_text) = time_text else { return Ok(Moment::Day(date)) };
    let (time_text, offset) = split_offset(time_text).ok_or_else(wrong)?;
    let time_text = time_text.trim_end_matches("Uhr").trim_end();
    if time_text == "24:00" && offset.is_none() {
        let next = date.succ_opt().ok_or_else(wrong)?;
        return Ok(Moment::Local(next.and_time(NaiveTime::MIN)));
    }
    let time = ["%H:%M", "%H:%M:%S", "%H:%M:%S%.f"]
        .iter()
        .find_map(|format| NaiveTime::parse_from_str(time_text, format).ok())
        // a leap second is no business time
        .filter(|time| time.nanosecond() < 1_000_000_000)
        .ok_or_else(wrong)?;
    let local = date.and_time(time);
    match offset {
        None => Ok(Moment::Local(local)),
        Some(offset) => local.and_local_timezone(offset).single().map(Moment::Instant).ok_or_else(wrong),
    }
}

/// Takes `Z`, `+01:00` or `+01` off the end of a time; `None` if what stands there is no offset.
fn split_offset(time: &str) -> Option<(&str, Option<FixedOffset>)> {
    if let Some(rest) = time.strip_suffix('Z') {
        return Some((rest, FixedOffset::east_opt(0)));
    }
    let Some(at) = time.rfind(['+', '-']) else { return Some((time, None)) };
    let (rest, offset) = time.split_at(at);
    let digits: String = offset[1..].chars().filter(|letter| *letter != ':').collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes): (i32, i32) = match digits.len() {
        2 => (digits.parse().ok()?, 0),
        4 => (digits[..2].parse().ok()?, digits[2..].parse().ok()?),
        _ => return None,
    };
    let seconds = (hours * 60 + minutes) * 60;
    FixedOffset::east_opt(if offset.starts_with('-') { -seconds } else { seconds })
        .map(|offset| (rest.trim(), Some(offset)))
}

/// A day alone; a time of 00:00 behind it is what databases write and is left out.
pub(super) fn day(text: &str) -> Result<NaiveDate, String> {
    match moment(text)? {
        Moment::Day(day) => Ok(day),
        Moment::Local(local) if local.time() == NaiveTime::MIN => Ok(local.date()),
        _ => Err(format!("{} has a time where only a day is asked", shown(text))),
    }
}

/// The first day of a month: `2026-11`, `11/2026`, `11.2026`, or that day itself.
pub(super) fn month(text: &str) -> Result<NaiveDate, String> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts = match text.split_once('-') {
        Some((year, month)) => Some((year, month)),
        None => text.split_once(['/', '.']).map(|(month, year)| (year, month)),
    };
    if let Some((year, month)) = parts.filter(|(year, month)| is_number(year) && is_number(month)) {
        if year.len() != 4 || month.len() > 2 {
            return Err(format!("{} is no month; write 2026-11 or 11/2026", shown(text)));
        }
        return existing_day(&format!("{year}-{month:0>2}-01"), text)?
            .ok_or_else(|| format!("{} is no month; write 2026-11 or 11/2026", shown(text)));
    }
    let first = day(text)?;
    if first.day() != 1 {
        return Err(format!("{} is a day within a month; write 2026-11 or its first day", shown(text)));
    }
    Ok(first)
}

/// The day if the text has the form of one; an error if there is no such day.
fn existing_day(date: &str, shown_text: &str) -> Result<Option<NaiveDate>, String> {
    let number = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        let is_number = lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse::<i32>().ok()).flatten()
    };
    let parts: Vec<&str> = date.split(['.', '-']).collect();
    let [first, second, third] = parts.as_slice() else { return Ok(None) };
    let read = if date.contains('.') {
        if third.len() == 2 {
            return Err(format!("{}: write the year with four digits", shown(shown_text)));
        }
        (number(third, 4..=4), number(second, 1..=2), number(first, 1..=2))
    } else {
        (number(first, 4..=4), number(second, 2..=2), number(third, 2..=2))
    };
    let (Some(year), Some(month), Some(day)) = read else { return Ok(None) };
    let Some(date) = NaiveDate::from_ymd_opt(year, month.unsigned_abs(), day.unsigned_abs()) else {
        return Err(format!("{}: there is no such day", shown(shown_text)));
    };
    if !YEARS.contains(&date.year()) {
        return Err(format!(
            "{}: the year {} is not meant; leave the cell empty for no date",
            shown(shown_text),
            date.year()
        ));
    }
    Ok(Some(date))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(moment("1.7.2026"), Ok(Moment::Day(day("2026-07-01"))));
        assert_eq!(moment("2026-07-01"), Ok(Moment::Day(day("2026-07-01"))));
        assert_eq!(
            moment("01.07.2026 14:30 Uhr"),
            Ok(Moment::Local(day("2026-07-01").and_hms_opt(14, 30, 0).unwrap()))
        );
        assert_eq!(moment("2026-07-01T24:00"), Ok(Moment::Local(day("2026-07-02").and_hms_opt(0, 0, 0).unwrap())));
        let Ok(Moment::Instant(instant)) = moment("2026-07-01T14:30:00+0200") else { panic!("no instant") };
        assert_eq!(instant.to_rfc3339(), "2026-07-01T14:30:00+02:00");
    }
}
