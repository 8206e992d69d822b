//! The same decision by a plain model: minute after minute, until the hours are there.

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc, Weekday};
use proptest::prelude::*;

use super::simulator::{BERLIN, Simulator, at, rules};
use crate::escalation::hours::Hours;
use crate::escalation::rules::{Basis, Clock};
use crate::escalation::step::Step;

/// What a random case is made of; all instants lie on whole minutes after the start.
#[derive(Clone, Debug)]
struct Case {
    start: &'static str,
    window: (u16, u16),
    saturday: bool,
    wall: bool,
    previous: bool,
    /// In quarters of an hour, rising.
    hours: [u32; 3],
    due: i64,
    /// The last stage and the minutes after the start at which it left.
    last: Option<(i16, i64)>,
    pauses: Vec<(i64, i64)>,
}

fn cases() -> impl Strategy<Value = Case> {
    let minutes = 0..4 * 24 * 60_i64;
    // the two nights on which the clock changes, Easter, and an ordinary week
    let start = prop_oneof![Just("2026-03-26"), Just("2026-10-22"), Just("2026-04-01"), Just("2026-11-12")];
    let window =
        prop_oneof![Just((8 * 60, 18 * 60)), Just((0, 24 * 60)), Just((60, 2 * 60 + 30)), Just((22 * 60, 1440))];
    let last = proptest::option::of((1..=2_i16, minutes.clone()));
    let pauses = proptest::collection::btree_set(minutes.clone(), 0..5);
    (start, window, any::<[bool; 3]>(), [0..40_u32, 0..20, 0..20], minutes, last, pauses).prop_map(
        |(start, window, [saturday, wall, previous], more, due, last, pauses)| {
            let [first, second, third] = more;
            let ends: Vec<i64> = pauses.into_iter().collect();
            Case {
                start,
                window,
                saturday,
                wall,
                previous,
                hours: [first + 1, first + 1 + second, first + 1 + second + third],
                due,
                last,
                pauses: ends.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect(),
            }
        },
    )
}

impl Case {
    fn instant(&self, minutes: i64) -> DateTime<Utc> {
        at(self.start) + TimeDelta::minutes(minutes)
    }

    /// Good Friday and Easter Monday are the only holidays near the starts.
    fn counts(&self, minute: i64) -> bool {
        if self.pauses.iter().any(|&(from, to)| (from..to).contains(&minute)) {
            return false;
        }
        if self.wall {
            return true;
        }
        let local = self.instant(minute).with_timezone(&BERLIN);
        let day = match local.weekday() {
            Weekday::Sun => false,
            Weekday::Sat => self.saturday,
            _ => !matches!((local.month(), local.day()), (4, 3 | 6)),
        };
        let time = u16::try_from(local.hour() * 60 + local.minute()).unwrap();
        day && (self.window.0..self.window.1).contains(&time)
    }

    /// The first minute from `from` on at which `quarters` have been counted.
    fn reached_after(&self, from: i64, quarters: u32) -> i64 {
        let mut left = quarters * 15;
        let mut minute = from;
        while left > 0 {
            left -= u32::from(self.counts(minute));
            minute += 1;
        }
        minute
    }

    /// The next stage, and when it is reached.
    fn plain(&self) -> Option<(i16, DateTime<Utc>)> {
        let number = self.last.map_or(1, |(stage, _)| stage + 1);
        let index = usize::try_from(number).unwrap() - 1;
        let hours = *self.hours.get(index)?;
        let reached = match self.last {
            None => self.reached_after(self.due, hours),
            // never ahead of due, which may have been put off since
            Some((_, last)) if self.previous => self.reached_after(last, hours).max(self.due),
            Some((_, last)) => {
                let below = self.hours[index - 1];
                self.reached_after(self.due, hours).max(self.reached_after(last, hours - below))
            }
        };
        Some((number, self.instant(reached)))
    }

    fn simulator(&self) -> Simulator {
        let mut rules = rules("offer-follow-up");
        let time = |minutes| crate::calendar::TimeOfDay::from_minutes(minutes);
        (rules.from, rules.to) = (time(self.window.0), time(self.window.1));
        rules.saturday = self.saturday;
        rules.clock = if self.wall { Clock::Wall } else { Clock::Working };
        rules.basis = if self.previous { Basis::Previous } else { Basis::Due };
        for (stage, quarters) in rules.stages.iter_mut().zip(self.hours) {
            stage.hours = Some(Hours::from_seconds(i64::from(quarters) * 900));
        }
        let mut simulator = Simulator::new(rules, self.start);
        simulator.due_on(self.instant(self.due));
        simulator.last = self.last.map(|(stage, minutes)| (Step::Stage(stage), self.instant(minutes)));
        simulator.pauses = self.pauses.iter().map(|&(from, to)| (self.instant(from), self.instant(to))).collect();
        simulator
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_next_stage_is_reached_at_the_first_minute_that_has_the_hours(case in cases()) {
        let simulator = case.simulator();
        let now = case.instant(case.due);
        let found = simulator.next(now).map(|next| (next.steps[0].code(), next.reached_at));
        let plain = case.plain().map(|(stage, reached)| (i32::from(stage), reached));
        prop_assert_eq!(found, plain);
    }
}
