//! What comes again: counted from the original start, so that a short month does not shorten the later ones.

use std::fmt;
use std::str::FromStr;

use chrono::{Days, Months, NaiveDate};

/// What an interval is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Calendar days.
    Day,
    /// Weeks of seven days.
    Week,
    /// Calendar months; the day is clamped to the month's last one.
    Month,
    /// Years; 29 February falls on the 28th in common years.
    Year,
}

/// An interval, `1m`: every month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Every {
    count: u32,
    unit: Unit,
}

impl Every {
    /// Every `count` units; `None` for 0, which would never move on.
    pub fn new(count: u32, unit: Unit) -> Option<Every> {
        (count > 0).then_some(Every { count, unit })
    }

    /// The `n`-th occurrence of what started on `start`; number 0 is `start` itself. `None` beyond the calendar's end.
    pub fn occurrence(self, start: NaiveDate, n: u32) -> Option<NaiveDate> {
        let units = n.checked_mul(self.count)?;
        match self.unit {
            Unit::Day => start.checked_add_days(Days::new(units.into())),
            Unit::Week => start.checked_add_days(Days::new(u64::from(units) * 7)),
            Unit::Month => start.checked_add_months(Months::new(units)),
            Unit::Year => start.checked_add_months(Months::new(units.checked_mul(12)?)),
        }
    }

    /// All occurrences from `start` on, `start` included, to the end of the year 9999.
    pub fn from(self, start: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        (0..=u32::MAX).map_while(move |n| self.occurrence(start, n)).take_while(|date| *date <= LAST_DAY)
    }

    /// The first occurrence after `day` of what started on `start`. `None` beyond the year 9999.
    pub fn next_after(self, start: NaiveDate, day: NaiveDate) -> Option<NaiveDate> {
        // whole units passed at least, so that what started long ago is found at once
        let passed = match self.unit {
            Unit::Day => (day - start).num_days(),
            Unit::Week => (day - start).num_days() / 7,
            Unit::Month => (day - start).num_days() / 31,
            Unit::Year => (day - start).num_days() / 366,
        };
        let first = u32::try_from(passed.max(0)).ok()? / self.count;
        (first..=u32::MAX)
            .map_while(|n| self.occurrence(start, n))
            .find(|date| *date > day)
            .filter(|date| *date <= LAST_DAY)
    }
}

/// The last day that ISO dates of four digits can name.
const LAST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(date) => date,
    None => NaiveDate::MAX,
};

impl FromStr for Every {
    type Err = String;

    /// Reads `10d`, `2w`, `1m`, `1y`.
    fn from_str(text: &str) -> Result<Every, String> {
        let wrong = || format!("\"{text}\" is not an interval; write a number and d, w, m or y, like 14d, 2w, 1m, 1y");
        let unit = match text.chars().last() {
            Some('d') => Unit::Day,
            Some('w') => Unit::Week,
            Some('m') => Unit::Month,
            Some('y') => Unit::Year,
            _ => return Err(wrong()),
        };
        let digits = &text[..text.len() - 1];
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse().ok()).flatten().and_then(|count| Every::new(count, unit)).ok_or_else(wrong)
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Day => 'd',
            Unit::Week => 'w',
            Unit::Month => 'm',
            Unit::Year => 'y',
        };
        write!(f, "{}{unit}", self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(start: &str, every: &str, count: usize) -> Vec<String> {
        let every: Every = every.parse().unwrap();
        every.from(start.parse().unwrap()).take(count).map(|date| date.to_string()).collect()
    }

    #[test]
    fn months_are_clamped_from_the_original_start() {
        assert_eq!(
            dates("2027-01-31", "1m", 5),
            ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]
        );
        assert_eq!(dates("2027-11-30", "3m", 3), ["2027-11-30", "2028-02-29", "2028-05-30"]);
    }

    #[test]
    fn leap_day_falls_on_the_28th_in_common_years() {
        assert_eq!(
            dates("2024-02-29", "1y", 5),
            ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]
        );
    }

    #[test]
    fn days_and_weeks() {
        assert_eq!(dates("2026-12-28", "2w", 2), ["2026-12-28", "2027-01-11"]);
        assert_eq!(dates("2026-12-28", "10d", 2), ["2026-12-28", "2027-01-07"]);
        assert_eq!(dates("9999-12-30", "1d", 10), ["9999-12-30", "9999-12-31"]);
    }

    #[test]
    fn the_next_one_is_found_from_any_day() {
        for text in ["1d", "3d", "2w", "1m", "5m", "1y", "4y"] {
            let every: Every = text.parse().unwrap();
            let start: NaiveDate = "2020-01-31".parse().unwrap();
            for ahead in (0..2500).step_by(37) {
                let day = start + Days::new(ahead);
                let by_hand = every.from(start).find(|date| *date > day);
                assert_eq!(every.next_after(start, day), by_hand, "{text} after {day}");
            }
            assert_eq!(every.next_after(start, "2019-05-01".parse().unwrap()), Some(start));
        }
    }

    #[test]
    fn what_is_no_interval_is_refused() {
        for wrong in ["", "m", "0d", "-1d", "1", "1h", "1.5m", "ä", "99999999999d"] {
            assert!(wrong.parse::<Every>().is_err(), "{wrong}");
        }
        assert_eq!("6m".parse::<Every>().unwrap().to_string(), "6m");
    }
}
