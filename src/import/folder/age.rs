//! Of which time a file speaks, as its name says it: `offers-2026-11-22.csv`, `OP_20261122_0400.txt`, `Liste
//! 22.11.2026.csv`. Pure.

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime};

/// Eight digits that lie outside of these years are no date but a number.
const YEARS: std::ops::RangeInclusive<u32> = 1990..=2199;

/// The time of which a name speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    day: NaiveDate,
    time: Option<NaiveTime>,
}

impl Said {
    /// As an instant to sort by; a day alone is its 00:00.
    pub fn at(self) -> NaiveDateTime {
        self.day.and_time(self.time.unwrap_or(NaiveTime::MIN))
    }

    /// Whether it is later. Of two on one day only those are compared that both have a time.
    pub fn is_after(self, other: Said) -> bool {
        let is_later = || self.time.zip(other.time).is_some_and(|(own, other)| own > other);
        self.day > other.day || self.day == other.day && is_later()
    }

    /// Whether a file can speak of it that was there on this day: a clock may be one day ahead, a slip is more.
    pub fn is_likely_on(self, day: Said) -> bool {
        day.day.checked_add_days(Days::new(1)).is_some_and(|last| self.day <= last)
    }
}

/// A run of digits and the character behind it.
struct Run<'a> {
    digits: &'a str,
    behind: Option<char>,
}

/// The last date in a name, with the time behind it. Of a name with two ("from … to …") the
/// last is the one up to which it speaks.
pub(super) fn said_in(name: &str) -> Option<Said> {
    let runs = runs(name);
    (0..runs.len()).rev().find_map(|at| {
        let (day, rest) = date(&runs[at..])?;
        Some(Said { day, time: time(rest) })
    })
}

fn runs(name: &str) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    let mut rest = name;
    while let Some(begin) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let digits = &rest[begin..];
        let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
        rest = &digits[end..];
        // what stands between two runs must be one character for them to be one date
        let mut between = rest.chars();
        let behind = between.next().filter(|_| between.next().is_some_and(|next| next.is_ascii_digit()));
        runs.push(Run { digits: &digits[..end], behind });
    }
    runs
}

/// The date with which these runs begin, and the runs behind it; a time in the same run stays.
fn date<'a, 'r>(runs: &'r [Run<'a>]) -> Option<(NaiveDate, Rest<'a, 'r>)> {
    let first = runs.first()?;
    if matches!(first.digits.len(), 8 | 12 | 14) {
        let (date, time) = first.digits.split_at(8);
        let found = of_parts(&date[..4], &date[4..6], &date[6..])
            .or_else(|| of_parts(&date[4..], &date[2..4], &date[..2]).filter(|_| time.is_empty()))?;
        return Some((found, Rest { time, runs: &runs[1..] }));
    }
    let [first, second, third, ..] = runs else { return None };
    let is_one = matches!(first.behind, Some('-' | '_' | '.')) && first.behind == second.behind;
    let found = match (first.digits.len(), second.digits.len(), third.digits.len()) {
        (4, 2, 2) if is_one => of_parts(first.digits, second.digits, third.digits),
        (1..=2, 1..=2, 4) if is_one && first.behind == Some('.') => of_parts(third.digits, second.digits, first.digits),
        _ => None,
    };
    found.map(|found| (found, Rest { time: "", runs: if third.behind.is_some() { &runs[3..] } else { &[] } }))
}

/// What stands behind a date.
struct Rest<'a, 'r> {
    time: &'a str,
    runs: &'r [Run<'a>],
}

/// `0400`, `040000`, `04-00`, `04.00.00`.
fn time(rest: Rest<'_, '_>) -> Option<NaiveTime> {
    let number = |text: &str| text.parse::<u32>().ok();
    let of_digits = |digits: &str| match digits.len() {
        4 => NaiveTime::from_hms_opt(number(&digits[..2])?, number(&digits[2..])?, 0),
        6 => NaiveTime::from_hms_opt(number(&digits[..2])?, number(&digits[2..4])?, number(&digits[4..])?),
        _ => None,
    };
    if !rest.time.is_empty() {
        return of_digits(rest.time);
    }
    match rest.runs {
        [hours, minutes, ..] if hours.digits.len() == 2 && minutes.digits.len() == 2 && hours.behind.is_some() => {
            NaiveTime::from_hms_opt(number(hours.digits)?, number(minutes.digits)?, 0)
        }
        [together, ..] => of_digits(together.digits),
        [] => None,
    }
}

fn of_parts(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    let year = year.parse().ok().filter(|year| YEARS.contains(year))?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month.parse().ok()?, day.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_their_day() {
        let said = |name: &str| said_in(name).map(|said| said.at().format("%Y-%m-%d %H:%M:%S").to_string());
        for (name, expected) in [
            ("offers-2026-11-22.csv", "2026-11-22 00:00:00"),
            ("OP_20261122.txt", "2026-11-22 00:00:00"),
            ("OP_20261122_0400.txt", "2026-11-22 04:00:00"),
            ("OP20261122040030.txt", "2026-11-22 04:00:30"),
            ("202611220400.csv", "2026-11-22 04:00:00"),
            ("Liste 22.11.2026.csv", "2026-11-22 00:00:00"),
            ("liste_22112026.csv", "2026-11-22 00:00:00"),
            ("offers-2026-11-22-04-15.csv", "2026-11-22 04:15:00"),
            ("offers-2026-11-22T041500.csv", "2026-11-22 04:15:00"),
            ("12345678-2026_11_22.csv", "2026-11-22 00:00:00"),
            ("von-2026-11-01-bis-2026-11-22.csv", "2026-11-22 00:00:00"),
            ("größe-2026-11-22-ü.csv", "2026-11-22 00:00:00"),
            ("offers-2026-11-22.2.csv", "2026-11-22 00:00:00"),
            ("offers-2026-11-22 (3).csv", "2026-11-22 00:00:00"),
        ] {
            assert_eq!(said(name).as_deref(), Some(expected), "{name}");
        }
        for name in
            ["", "offers.csv", "offers-1.csv", "kunde-12345678.csv", "2026-13-01.csv", "offers-2026-11.csv", "1-2-3"]
        {
            assert_eq!(said(name), None, "{name}");
        }
    }

    #[test]
    fn what_is_later_is_certain() {
        let said = |name: &str| said_in(name).unwrap();
        let is_after = |one: &str, other: &str| said(one).is_after(said(other));
        assert!(is_after("a-2026-11-22.csv", "a-2026-11-21.csv") && is_after("a-20261122_0401", "a-20261122_0400"));
        // 0059 may be a number, since 0060 is no time
        assert!(!is_after("a_20261122_0059", "a_20261122_0060") && !is_after("a_20261122_0060", "a_20261122_0059"));
        assert!(!is_after("a-2026-11-22", "a-2026-11-22") && !is_after("a-20261122_0400", "a-20261122"));
        let likely = |name: &str| said(name).is_likely_on(said("2026-11-22-0400"));
        assert!(likely("a-2026-11-22") && likely("a-2026-11-23") && likely("a-2001-01-01") && !likely("a-2062-11-22"));
    }
}
