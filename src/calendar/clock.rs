//! A calendar whose timeline grows on demand, for questions that do not know their range beforehand.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Calendar, Timeline};

/// Around the instants asked about, so that the next questions find the range ready.
const MARGIN: TimeDelta = TimeDelta::days(400);
/// A search beyond this ends with "none": 80 years hold 160,000 hours of a 40-hour week.
const FARTHEST: TimeDelta = TimeDelta::days(80 * 366);

/// Counts and searches working time without a range; answers as [`Timeline`] does.
#[derive(Clone, Debug)]
pub struct Clock {
    calendar: Calendar,
    timeline: Option<Timeline>,
}

impl Clock {
    /// The clock of this calendar. Nothing is computed yet.
    pub fn new(calendar: Calendar) -> Clock {
        Clock { calendar, timeline: None }
    }

    /// The calendar it goes by.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The timeline over at least this range.
    pub fn covering(&mut self, from: DateTime<Utc>, to: DateTime<Utc>) -> &Timeline {
        // beyond these a timeline holds nothing, and asking again would build it anew each time
        let (from, to) = (Timeline::within_reach(from), Timeline::within_reach(to));
        let calendar = &self.calendar;
        let build = |from: DateTime<Utc>, to: DateTime<Utc>| {
            let from = from.checked_sub_signed(MARGIN).unwrap_or(DateTime::<Utc>::MIN_UTC);
            let to = to.checked_add_signed(MARGIN).unwrap_or(DateTime::<Utc>::MAX_UTC);
            calendar.timeline(from, to)
        };
        let timeline = match self.timeline.take() {
            None => build(from, to),
            Some(timeline) => {
                let (start, end) = timeline.range();
                if start <= from && to <= end { timeline } else { build(from.min(start), to.max(end)) }
            }
        };
        self.timeline.insert(timeline)
    }

    /// Open seconds between `a` and `b`; 0 if `b` is not later.
    pub fn elapsed(&mut self, a: DateTime<Utc>, b: DateTime<Utc>) -> i64 {
        if b <= a { 0 } else { self.covering(a, b).elapsed(a, b) }
    }

    /// The latest `t` with `elapsed(t, now) ≥ seconds`; `None` if the 80 years before `now` hold less open time.
    pub fn latest_start(&mut self, now: DateTime<Utc>, seconds: i64) -> Option<DateTime<Utc>> {
        let mut reach = first_reach(seconds)?;
        loop {
            let from = now.checked_sub_signed(reach)?;
            let found = self.covering(from, now).latest_start(now, seconds);
            if found.is_some() || reach >= FARTHEST {
                return found;
            }
            reach = (reach * 4).min(FARTHEST);
        }
    }

    /// The earliest `t` with `elapsed(a, t) ≥ seconds`; `None` if the 80 years after `a` hold less open time.
    pub fn deadline(&mut self, a: DateTime<Utc>, seconds: i64) -> Option<DateTime<Utc>> {
        let mut reach = first_reach(seconds)?;
        loop {
            let to = a.checked_add_signed(reach)?;
            let found = self.covering(a, to).deadline(a, seconds);
            if found.is_some() || reach >= FARTHEST {
                return found;
            }
            reach = (reach * 4).min(FARTHEST);
        }
    }
}

/// How far to look first: open time is at least a quarter of all time in most calendars. `None` if it cannot be found.
fn first_reach(seconds: i64) -> Option<TimeDelta> {
    if seconds > FARTHEST.num_seconds() {
        return None;
    }
    Some(TimeDelta::seconds(seconds.max(0) * 4).clamp(TimeDelta::days(30), FARTHEST))
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
