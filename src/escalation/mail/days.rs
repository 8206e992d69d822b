//! The day an item is due on, and how far it lies from today. Pure; counts local days, not hours.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use crate::calendar::{PromiseDay, local_day, midnight};

/// A due instant as it is printed: the local day, and the time only where it says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DueDay {
    pub(super) day: NaiveDate,
    pub(super) time: Option<NaiveTime>,
}

impl DueDay {
    /// A follow-up stands at 00:00 of its day, a promise at 24:00 of its own (DESIGN.md §3).
    pub(super) fn of(due_at: DateTime<Utc>, is_promise: bool, zone: Tz) -> DueDay {
        if is_promise {
            let promise = PromiseDay::of(due_at, zone);
            return DueDay { day: promise.day(), time: promise.time() };
        }
        let day = local_day(due_at, zone);
        let whole_day = midnight(day, zone) == due_at;
        DueDay { day, time: (!whole_day).then(|| due_at.with_timezone(&zone).time()) }
    }

    /// Local days from the due day to `today`; negative while it lies ahead.
    pub(super) fn days_past(self, today: NaiveDate) -> i64 {
        (today - self.day).num_days()
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Berlin;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_follow_up_is_its_own_day() {
        // the seed's sample: Monday 8 March 2021, 00:00 in Berlin
        let due = DueDay::of(at("2021-03-07T23:00:00Z"), false, Berlin);
        assert_eq!(due, DueDay { day: day("2021-03-08"), time: None });
        assert_eq!(due.days_past(day("2021-03-09")), 1);
    }

    #[test]
    fn a_promise_at_midnight_is_the_day_before() {
        // kept until the evening of 23 November
        let due = DueDay::of(at("2026-11-23T23:00:00Z"), true, Berlin);
        assert_eq!(due, DueDay { day: day("2026-11-23"), time: None });
        let due = DueDay::of(at("2026-11-23T13:30:00Z"), true, Berlin);
        assert_eq!(due.time, NaiveTime::from_hms_opt(14, 30, 0));
    }

    #[test]
    fn days_are_local() {
        // 23:30 UTC is half past midnight of the next day in Berlin, in winter
        let due = DueDay::of(at("2026-01-10T23:30:00Z"), false, Berlin);
        assert_eq!(due.day, day("2026-01-11"));
    }
}
