//! What a promised date means to those who read it.

use std::fmt;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use super::{end_of_day, german, local_day, midnight};

/// A promise: delivery, payment, the end of a licence. Promised for a day it holds until that day's 24:00 and is
/// stored as that instant, which on the clock is 00:00 of the next day. It is printed, exported and counted in days as
/// the day it was promised for. With another time it is an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromiseDay {
    /// Promised for a day.
    Day(NaiveDate),
    /// Promised for an instant, in local time.
    Instant(DateTime<Tz>),
}

impl PromiseDay {
    /// Reads a stored instant.
    pub fn of(at: DateTime<Utc>, zone: Tz) -> PromiseDay {
        let day = local_day(at, zone);
        if midnight(day, zone) == at {
            // the eve; the first day there is has none
            PromiseDay::Day(day.checked_sub_days(Days::new(1)).unwrap_or(day))
        } else {
            PromiseDay::Instant(at.with_timezone(&zone))
        }
    }

    /// The instant to store for a promise for this day.
    pub fn instant_for(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
        end_of_day(day, zone)
    }

    /// The day in which the promise ends; days are counted to this one.
    pub fn day(&self) -> NaiveDate {
        match self {
            PromiseDay::Day(day) => *day,
            PromiseDay::Instant(at) => at.date_naive(),
        }
    }

    /// The local time of day, if it was promised for one.
    pub fn time(&self) -> Option<NaiveTime> {
        match self {
            PromiseDay::Day(_) => None,
            PromiseDay::Instant(at) => Some(at.time()),
        }
    }
}

impl fmt::Display for PromiseDay {
    /// As the office reads it: `Mo 23.11.2026`, or `Mo 23.11.2026 14:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PromiseDay::Day(day) => f.write_str(&german::day(*day)),
            PromiseDay::Instant(at) => f.write_str(&german::day_and_time(at.naive_local())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: Tz = chrono_tz::Europe::Berlin;

    #[test]
    fn local_midnight_is_the_evening_of_the_day_before() {
        let promised: NaiveDate = "2026-11-23".parse().unwrap();
        let stored = PromiseDay::instant_for(promised, BERLIN);
        assert_eq!(stored.to_rfc3339(), "2026-11-23T23:00:00+00:00");
        let read = PromiseDay::of(stored, BERLIN);
        assert_eq!((read, read.day()), (PromiseDay::Day(promised), promised));
        assert_eq!(read.to_string(), "Mo 23.11.2026");
    }

    #[test]
    fn with_another_time_it_is_an_instant() {
        let read = PromiseDay::of("2026-11-23T13:00:00Z".parse().unwrap(), BERLIN);
        assert_eq!(read.to_string(), "Mo 23.11.2026 14:00");
        assert_eq!(read.day(), "2026-11-23".parse().unwrap());
    }

    #[test]
    fn the_day_of_the_long_night_is_a_day_too() {
        let promised: NaiveDate = "2026-10-25".parse().unwrap();
        assert_eq!(PromiseDay::of(PromiseDay::instant_for(promised, BERLIN), BERLIN), PromiseDay::Day(promised));
    }
}
