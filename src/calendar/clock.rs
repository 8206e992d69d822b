//! A calendar whose timeline grows on demand, for questions that do not know their range beforehand.

use chrono::{DateTime, Utc};

use super::{Calendar, Timeline};

/// Seconds around the instants asked about, so that the next questions find the range ready.
const MARGIN: i64 = 400 * DAY;
/// A search beyond this ends with "none": 80 years hold 160,000 hours of a 40-hour week.
const FARTHEST: i64 = 80 * 366 * DAY;
const DAY: i64 = 86_400;

/// Counts and searches working time without a range; answers as [`Timeline`] does.
#[derive(Clone, Debug)]
pub struct Clock {
    calendar: Calendar,
    timeline: Timeline,
}

impl Clock {
    /// The clock of this calendar. Nothing is computed yet.
    pub fn new(calendar: Calendar) -> Clock {
        Clock { calendar, timeline: Timeline::NOTHING }
    }

    /// The calendar it goes by.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The timeline over at least this range.
    pub fn covering(&mut self, from: DateTime<Utc>, to: DateTime<Utc>) -> &Timeline {
        self.covering_seconds(from.timestamp(), to.timestamp())
    }

    /// Open seconds between `a` and `b`; 0 if `b` is not later.
    pub fn elapsed(&mut self, a: DateTime<Utc>, b: DateTime<Utc>) -> i64 {
        if b <= a { 0 } else { self.covering(a, b).elapsed(a, b) }
    }

    /// The latest `t` with `elapsed(t, now) ≥ seconds`; `None` if the 80 years before `now` hold less open time.
    pub fn latest_start(&mut self, now: DateTime<Utc>, seconds: i64) -> Option<DateTime<Utc>> {
        let mut reach = first_reach(seconds)?;
        loop {
            let earliest = now.timestamp() - reach;
            let found = self.covering_seconds(earliest, now.timestamp()).latest_start(now, seconds);
            if found.is_some() || reach >= FARTHEST {
                // the timeline may reach farther, thanks to earlier questions; the answer must not depend on them
                return found.filter(|found| found.timestamp() >= now.timestamp() - FARTHEST);
            }
            reach = (reach * 4).min(FARTHEST);
        }
    }

    /// The earliest `t` with `elapsed(a, t) ≥ seconds`; `None` if the 80 years after `a` hold less open time.
    pub fn deadline(&mut self, a: DateTime<Utc>, seconds: i64) -> Option<DateTime<Utc>> {
        let mut reach = first_reach(seconds)?;
        loop {
            let latest = a.timestamp() + reach;
            let found = self.covering_seconds(a.timestamp(), latest).deadline(a, seconds);
            if found.is_some() || reach >= FARTHEST {
                // as in latest_start
                return found.filter(|found| found.timestamp() <= a.timestamp() + FARTHEST);
            }
            reach = (reach * 4).min(FARTHEST);
        }
    }

    fn covering_seconds(&mut self, from: i64, to: i64) -> &Timeline {
        if !self.timeline.covers(from, to) {
            self.timeline = self.timeline.extended(&self.calendar, from - MARGIN, to + MARGIN);
        }
        &self.timeline
    }
}

/// How many seconds to look first: open time is at least a quarter of all time in most calendars. `None` if that many
/// open seconds cannot be found.
fn first_reach(seconds: i64) -> Option<i64> {
    (seconds <= FARTHEST).then(|| (seconds.max(0) * 4).clamp(30 * DAY, FARTHEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Window;

    #[test]
    fn it_grows_as_far_as_the_answer_lies() {
        let calendar = Calendar::daily(chrono_tz::Europe::Berlin, "08:00-09:00".parse().unwrap());
        let now: DateTime<Utc> = "2026-11-21T12:00:00Z".parse().unwrap();
        let mut clock = Clock::new(calendar);
        // one hour a day: 8000 hours are 8000 days
        let start = clock.latest_start(now, 8000 * 3600).unwrap();
        assert_eq!(clock.elapsed(start, now), 8000 * 3600);
        let end = clock.deadline(now, 8000 * 3600).unwrap();
        assert_eq!(clock.elapsed(now, end), 8000 * 3600);
        assert_eq!(clock.elapsed(end, now), 0);
    }

    #[test]
    fn what_was_asked_before_changes_no_answer() {
        let calendar = Calendar::daily(chrono_tz::Europe::Berlin, "08:00-09:00".parse().unwrap());
        let now: DateTime<Utc> = "2026-11-21T12:00:00Z".parse().unwrap();
        let mut grown = Clock::new(calendar.clone());
        grown.covering("1800-01-01T00:00:00Z".parse().unwrap(), "2300-01-01T00:00:00Z".parse().unwrap());
        // one hour a day: 80 years of 366 days hold 29,280 hours
        for hours in [29_279, 29_280, 29_281, 29_500, 40_000] {
            let fresh = || Clock::new(calendar.clone());
            assert_eq!(grown.deadline(now, hours * 3600), fresh().deadline(now, hours * 3600), "{hours}");
            assert_eq!(grown.latest_start(now, hours * 3600), fresh().latest_start(now, hours * 3600), "{hours}");
        }
        assert_eq!(grown.deadline(now, 29_500 * 3600), None);
    }

    #[test]
    fn none_where_the_calendar_never_opens() {
        let mut calendar = Calendar::daily(chrono_tz::Europe::Berlin, Window::WHOLE_DAY);
        calendar.windows = Default::default();
        let now: DateTime<Utc> = "2026-11-21T12:00:00Z".parse().unwrap();
        let mut clock = Clock::new(calendar);
        assert_eq!(clock.latest_start(now, 1), None);
        assert_eq!(clock.deadline(now, 1), None);
        assert_eq!(clock.deadline(now, i64::MAX), None);
        assert_eq!(clock.deadline(now, 0), Some(now));
    }
}
