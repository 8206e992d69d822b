//! Whether a job should have run by now. Pure.
//!
//! A job is late where its schedule has asked for it and nothing came: hours in which the schedule asks for nothing raise no
//! alarm, whatever the age of the last run.

use chrono::{DateTime, TimeDelta, Utc};

/// After the planned begin: a run may take some minutes, and clocks differ.
const GRACE: TimeDelta = TimeDelta::minutes(10);

/// What is expected of a job.
pub struct Expected<'a> {
    /// Its name, `escalate run`.
    pub job: &'a str,
    /// Whether there is anything for it to do.
    pub is_wanted: bool,
    /// Whether what wvl promises depends on it.
    pub is_vital: bool,
    /// The first planned begin after an instant; none: never.
    pub next: Box<dyn Fn(DateTime<Utc>) -> Option<DateTime<Utc>> + 'a>,
}

/// The planned begin that was missed; none: it is in time. `active_at` is when it began last with success (or is at work
/// now), else since when it is expected; `max_age` is what somebody said by hand.
pub fn missed(
    expected: &Expected<'_>,
    active_at: DateTime<Utc>,
    now: DateTime<Utc>,
    max_age: Option<TimeDelta>,
) -> Option<DateTime<Utc>> {
    let age = now - active_at;
    let planned = match ((expected.next)(active_at), max_age) {
        (Some(planned), _) => planned,
        // no schedule of ours: the clock alone counts
        (None, Some(max_age)) => active_at + max_age,
        (None, None) => return None,
    };
    let is_late = match max_age {
        Some(max_age) => age > max_age && now - planned > GRACE.min(max_age),
        None => now - planned > GRACE,
    };
    is_late.then_some(planned)
}

#[cfg(test)]
mod tests {
    use chrono::{Datelike, Timelike};

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Every ten minutes from 06:00 to 18:50, Monday to Friday.
    fn office_hours() -> Expected<'static> {
        let is_planned = |at: &DateTime<Utc>| {
            at.weekday().num_days_from_monday() < 5 && (6..19).contains(&at.hour()) && at.minute().is_multiple_of(10)
        };
        let next = move |after: DateTime<Utc>| {
            let first = after.with_second(0)?.with_nanosecond(0)? + TimeDelta::minutes(1);
            (0..10_000).map(|minutes| first + TimeDelta::minutes(minutes)).find(is_planned)
        };
        Expected { job: "escalate run", is_wanted: true, is_vital: true, next: Box::new(next) }
    }

    #[test]
    fn quiet_hours_raise_no_alarm() {
        let job = office_hours();
        // Friday 18:50 was the last run of the week
        let friday = at("2026-11-20T18:50:02Z");
        for quiet in ["2026-11-20T19:30:00Z", "2026-11-22T12:00:00Z", "2026-11-23T06:09:00Z"] {
            assert_eq!(missed(&job, friday, at(quiet), None), None, "{quiet}");
            assert_eq!(missed(&job, friday, at(quiet), Some(TimeDelta::hours(1))), None, "{quiet}");
        }
        let monday = Some(at("2026-11-23T06:00:00Z"));
        assert_eq!(missed(&job, friday, at("2026-11-23T06:11:00Z"), None), monday);
        assert_eq!(missed(&job, friday, at("2026-11-23T06:11:00Z"), Some(TimeDelta::hours(1))), monday);
    }

    #[test]
    fn within_the_day_a_missed_run_is_late_after_the_grace_or_the_age_somebody_named() {
        let job = office_hours();
        let last = at("2026-11-23T09:00:03Z");
        let planned = Some(at("2026-11-23T09:10:00Z"));
        assert_eq!(missed(&job, last, at("2026-11-23T09:20:00Z"), None), None);
        assert_eq!(missed(&job, last, at("2026-11-23T09:20:01Z"), None), planned);
        let hour = Some(TimeDelta::hours(1));
        assert_eq!(missed(&job, last, at("2026-11-23T10:00:00Z"), hour), None);
        assert_eq!(missed(&job, last, at("2026-11-23T10:00:04Z"), hour), planned);
    }

    #[test]
    fn without_a_schedule_only_the_named_age_counts() {
        let job = Expected { next: Box::new(|_| None), ..office_hours() };
        let last = at("2026-11-23T09:00:00Z");
        assert_eq!(missed(&job, last, at("2027-11-23T09:00:00Z"), None), None);
        assert!(missed(&job, last, at("2026-11-23T11:10:01Z"), Some(TimeDelta::hours(2))).is_some());
    }
}
