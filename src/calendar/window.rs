//! Times of day, windows, and days of the year, as they are written in the configuration.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};

/// A time of day in whole minutes, 00:00 to 24:00; 24:00 is the end of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// 00:00, where a day begins.
    pub const MIDNIGHT: TimeOfDay = TimeOfDay(0);
    /// 24:00, where a day ends.
    pub const END: TimeOfDay = TimeOfDay(24 * 60);

    /// The time this many minutes after 00:00; `None` beyond 24:00.
    pub fn from_minutes(minutes: u16) -> Option<TimeOfDay> {
        (minutes <= TimeOfDay::END.0).then_some(TimeOfDay(minutes))
    }

    /// Minutes since 00:00, 0 to 1440.
    pub fn minutes(self) -> u16 {
        self.0
    }

    /// Seconds since 00:00.
    pub(crate) fn seconds(self) -> i64 {
        i64::from(self.0) * 60
    }
}

impl FromStr for TimeOfDay {
    type Err = String;

    /// Reads `8:00`, `08:00` and `24:00`.
    fn from_str(text: &str) -> Result<TimeOfDay, String> {
        let number = |digits: &str, lengths: &[usize]| {
            let plain = lengths.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse::<u16>().ok()).flatten()
        };
        text.split_once(':')
            .and_then(|(hours, minutes)| Some((number(hours, &[1, 2])?, number(minutes, &[2])?)))
            .filter(|(_, minutes)| *minutes < 60)
            .and_then(|(hours, minutes)| TimeOfDay::from_minutes(hours * 60 + minutes))
            .ok_or_else(|| format!("\"{text}\" is not a time of day; write it like 08:00, at most 24:00"))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// Open time within one day, from (included) to (excluded).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    from: TimeOfDay,
    to: TimeOfDay,
}

impl Window {
    /// The whole day.
    pub const WHOLE_DAY: Window = Window { from: TimeOfDay::MIDNIGHT, to: TimeOfDay::END };

    /// A window of one day; an error says how to write a night.
    pub fn new(from: TimeOfDay, to: TimeOfDay) -> Result<Window, String> {
        if to <= from {
            return Err(format!(
                "the window {from}-{to} ends before it begins; write a night as two windows, {from}-24:00 and 00:00-{to}"
            ));
        }
        Ok(Window { from, to })
    }

    /// When it opens.
    pub fn from(&self) -> TimeOfDay {
        self.from
    }

    /// When it closes.
    pub fn to(&self) -> TimeOfDay {
        self.to
    }

    /// What is left of it if the day closes at `at`.
    pub(crate) fn until(self, at: TimeOfDay) -> Option<Window> {
        Window::new(self.from, self.to.min(at)).ok()
    }
}

impl FromStr for Window {
    type Err = String;

    /// Reads `08:00-18:00`.
    fn from_str(text: &str) -> Result<Window, String> {
        let (from, to) = text
            .split_once(['-', '–'])
            .ok_or_else(|| format!("\"{text}\" is not a window; write it like 08:00-18:00"))?;
        Window::new(from.trim().parse()?, to.trim().parse()?)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

/// The windows of one day in order, overlapping and touching ones made one.
pub fn sort_windows(mut windows: Vec<Window>) -> Vec<Window> {
    windows.sort_unstable();
    windows.dedup_by(|later, earlier| {
        let joined = later.from <= earlier.to;
        if joined {
            earlier.to = earlier.to.max(later.to);
        }
        joined
    });
    windows
}

/// A day of every year, `12-24`. 29 February exists in leap years only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonthDay {
    month: u8,
    day: u8,
}

impl MonthDay {
    /// The day of the year that `date` is.
    pub fn of(date: NaiveDate) -> MonthDay {
        MonthDay { month: date.month() as u8, day: date.day() as u8 }
    }
}

impl FromStr for MonthDay {
    type Err = String;

    /// Reads `12-24`, month first.
    fn from_str(text: &str) -> Result<MonthDay, String> {
        // 2000 is a leap year, so 29 February is accepted
        NaiveDate::parse_from_str(&format!("2000-{text}"), "%Y-%m-%d")
            .ok()
            .filter(|_| text.len() == 5)
            .map(MonthDay::of)
            .ok_or_else(|| format!("\"{text}\" is not a day of the year; write month and day like 12-24"))
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_whole_minutes_up_to_24_00() {
        assert_eq!("08:00".parse::<TimeOfDay>().unwrap().minutes(), 480);
        assert_eq!("8:05".parse::<TimeOfDay>().unwrap().to_string(), "08:05");
        assert_eq!("24:00".parse::<TimeOfDay>(), Ok(TimeOfDay::END));
        for wrong in ["24:01", "25:00", "8", "08:60", "08:0", "+8:00", "", ":", "08:00:00"] {
            assert!(wrong.parse::<TimeOfDay>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_window_that_ends_before_it_begins_is_refused_with_the_way_out() {
        let message = "22:00-06:00".parse::<Window>().unwrap_err();
        assert!(message.contains("22:00-24:00 and 00:00-06:00"), "{message}");
        assert!("08:00-08:00".parse::<Window>().is_err());
        assert_eq!("08:00-24:00".parse::<Window>().unwrap().to_string(), "08:00-24:00");
    }

    #[test]
    fn windows_of_a_day_are_sorted_and_joined() {
        let windows = ["13:00-17:00", "08:00-12:00", "16:00-18:00", "12:00-12:30"].map(|text| text.parse().unwrap());
        let joined: Vec<String> = sort_windows(windows.to_vec()).iter().map(Window::to_string).collect();
        assert_eq!(joined, ["08:00-12:30", "13:00-18:00"]);
    }

    #[test]
    fn days_of_the_year() {
        assert_eq!("12-24".parse::<MonthDay>().unwrap().to_string(), "12-24");
        assert!("02-29".parse::<MonthDay>().is_ok());
        for wrong in ["13-01", "02-30", "1-1", "24.12.", ""] {
            assert!(wrong.parse::<MonthDay>().is_err(), "{wrong}");
        }
    }
}
