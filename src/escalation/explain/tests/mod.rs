//! The pure parts of an explanation against the real calendar, and against the decisions that they explain.

mod intervals;
mod obstacles;
mod pictures;
mod steps;

use chrono::{DateTime, TimeDelta, Utc};

use super::intervals::{Ground, Span};
use crate::calendar::{Calendar, CalendarSettings, Timeline};
use crate::escalation::rules::{Clock, TypeRules};
use crate::escalation::silences::SilenceKind;
use crate::escalation::tests::simulator::{BERLIN, office};

/// A calendar under the window of a type, with its open time.
struct Place {
    rules: TypeRules,
    calendar: Calendar,
    timeline: Timeline,
}

impl Place {
    /// The office of the tests: Baden-Württemberg, Monday to Friday.
    fn new(rules: TypeRules) -> Place {
        Place::within(&office(), rules)
    }

    fn within(settings: &CalendarSettings, rules: TypeRules) -> Place {
        let calendar = rules.windowed(&settings.to_calendar(BERLIN).unwrap());
        let instant = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let timeline = calendar.timeline(instant("2020-01-01T00:00:00Z"), instant("2030-01-01T00:00:00Z"));
        Place { rules, calendar, timeline }
    }

    fn ground<'a>(
        &'a self,
        clock: Clock,
        pauses: &'a [Span],
        silences: &'a [(SilenceKind, DateTime<Utc>, DateTime<Utc>)],
    ) -> Ground<'a> {
        Ground { clock, calendar: &self.calendar, timeline: &self.timeline, pauses, silences }
    }
}

/// Random numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    /// Some minutes, fewer than these days hold.
    fn within_days(&mut self, days: u64) -> TimeDelta {
        TimeDelta::minutes(i64::try_from(self.below(days * 1440)).unwrap())
    }

    /// Up to three pauses after an instant, in order, the last one sometimes without an end.
    fn pauses(&mut self, mut at: DateTime<Utc>) -> Vec<Span> {
        let mut pauses = Vec::new();
        for _ in 0..self.below(4) {
            at += self.within_days(9) + TimeDelta::minutes(1);
            let start = at;
            at += self.within_days(5) + TimeDelta::minutes(1);
            if self.below(10) == 0 {
                pauses.push((start, DateTime::<Utc>::MAX_UTC));
                break;
            }
            pauses.push((start, at));
        }
        pauses
    }
}
