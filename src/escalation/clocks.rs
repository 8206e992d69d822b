//! The calendars of a type under its window, with their gates: by them a run knows what can have been reached, and whether
//! it may leave now.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::{DateTime, TimeDelta, Utc};

use super::collections::Marks;
use super::gate::{self, Gate};
use super::hours::Hours;
use super::items::{CutOffs, NEVER, shift_days};
use super::rules::{Basis, Clock, TypeRules};
use super::settings::MAX_STAGES;
use super::step::Step;
use crate::calendar::{self, Calendar, Timeline};
use crate::error::{Error, Result};
use crate::settings::Settings;

/// In the marks, the calendar of items that name none: the type's, under the type's window.
const OF_THE_TYPE: &str = "";

/// A calendar under the window of one type, its timeline, and whether its gate is open.
pub struct TypeClock {
    /// The calendar's name as it stands in the marks; [`OF_THE_TYPE`] for items that name none.
    pub name: String,
    /// The calendar with the type's window.
    pub calendar: Calendar,
    clock: calendar::Clock,
    range: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Whether its gate is open.
    pub gate: Gate,
    is_collection_due: bool,
}

/// Steps are looked for so far ahead; explanations show instants within it.
const AHEAD: TimeDelta = TimeDelta::days(400);

impl TypeClock {
    fn new(
        name: &str,
        clock: calendar::Clock,
        rules: &TypeRules,
        collected_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> TypeClock {
        let (name, calendar) = (name.to_owned(), clock.calendar().clone());
        let mut new = TypeClock { name, calendar, clock, range: None, gate: Gate::Closed, is_collection_due: false };
        new.turn_to(rules, collected_at, now);
        new
    }

    /// The same clock at another instant.
    fn turn_to(&mut self, rules: &TypeRules, collected_at: Option<DateTime<Utc>>, now: DateTime<Utc>) {
        self.is_collection_due = gate::is_collection_due(rules, &self.calendar, collected_at, now);
        let (calendar, timeline) = self.covering(now, now);
        self.gate = Gate::at(rules, calendar, timeline, collected_at, now);
    }

    /// When a step that is reached at that instant leaves, as far as can be said at `now`.
    pub fn leaves_at(
        &mut self,
        rules: &TypeRules,
        reached_at: DateTime<Utc>,
        at_once: bool,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let has_collection = self.is_collection_due;
        let (calendar, timeline) = self.covering(reached_at.min(now), now);
        match reached_at <= now {
            true if at_once || has_collection => timeline.next_open(now),
            // the collection of this minute has been taken
            true => gate::leaves_at(rules, calendar, timeline, now + TimeDelta::minutes(1), at_once),
            false => gate::leaves_at(rules, calendar, timeline, reached_at, at_once),
        }
    }

    /// The calendar, and its timeline over at least this range and what comes after.
    pub fn covering(&mut self, from: DateTime<Utc>, now: DateTime<Utc>) -> (&Calendar, &Timeline) {
        let (start, end) = self.range.map_or((from, now), |(start, end)| (start.min(from), end.max(now)));
        self.range = Some((start, end));
        (&self.calendar, self.clock.covering(start, end + AHEAD))
    }
}

/// Clocks that cover the years around an instant, by their calendars. Most types go by the same few; a copy of such a
/// clock costs next to nothing, computing it anew for each type a good part of a run that has nothing to say.
#[derive(Debug, Default)]
pub struct ReadyClocks(Vec<calendar::Clock>);

impl ReadyClocks {
    fn clock(&mut self, calendar: &Calendar, now: DateTime<Utc>) -> calendar::Clock {
        if let Some(known) = self.0.iter().find(|clock| clock.calendar() == calendar) {
            return known.clone();
        }
        let mut clock = calendar::Clock::new(calendar.clone());
        clock.covering(now, now + AHEAD);
        self.0.push(clock.clone());
        clock
    }
}

/// The clocks of one type: its own, and those of items with a calendar of their own.
pub struct Clocks<'a> {
    settings: &'a Settings,
    own: TypeClock,
    others: BTreeMap<String, TypeClock>,
}

impl<'a> Clocks<'a> {
    /// The clocks of a type, their gates as they stand at `now`.
    pub fn new(
        ready: &mut ReadyClocks,
        settings: &'a Settings,
        rules: &TypeRules,
        marks: &Marks,
        now: DateTime<Utc>,
    ) -> Result<Clocks<'a>> {
        let name = rules.calendar_name(None);
        let calendar = calendar_named(settings, name)?;
        let mut clock = |name: &str, calendar: &Calendar| {
            let collected_at = marks.get(&(rules.key.clone(), name.to_owned())).copied();
            TypeClock::new(name, ready.clock(calendar, now), rules, collected_at, now)
        };
        // an item's own calendar, such as a contract's 24×7, beats the type's window
        let others = settings.calendars.iter();
        let others = others.map(|(other, calendar)| (other.clone(), clock(other, calendar))).collect();
        Ok(Clocks { settings, own: clock(OF_THE_TYPE, &rules.windowed(calendar)), others })
    }

    /// The same clocks at another instant.
    pub(super) fn turn_to(&mut self, rules: &TypeRules, marks: &Marks, now: DateTime<Utc>) {
        for clock in self.all() {
            let collected_at = marks.get(&(rules.key.clone(), clock.name.clone())).copied();
            clock.turn_to(rules, collected_at, now);
        }
    }

    /// The clock of an item that names this calendar, or none.
    pub fn of(&mut self, name: Option<&str>) -> &mut TypeClock {
        match name {
            Some(name) => self.others.get_mut(name).unwrap_or(&mut self.own),
            None => &mut self.own,
        }
    }

    fn all(&mut self) -> impl Iterator<Item = &mut TypeClock> {
        std::iter::once(&mut self.own).chain(self.others.values_mut())
    }

    /// The bounds of the search over all calendars; `None` if the type never speaks.
    pub(super) fn cut_offs(&mut self, rules: &TypeRules, now: DateTime<Utc>) -> Option<CutOffs> {
        let zone = self.settings.zone;
        let stages: Vec<(i16, Hours)> = rules.stages_with_hours().map(|(stage, hours)| (stage.number, hours)).collect();
        let lowest = stages.first().map(|(_, hours)| *hours);
        let notice = |days: u32| now + TimeDelta::days(i64::from(days) + 2);
        let first_notice = rules.announce_days.first().map(|days| notice(*days));
        if lowest.is_none() && first_notice.is_none() {
            return None;
        }
        let due = lowest.and_then(|hours| self.latest_start(rules.clock, hours, now));
        // two hours more: a shift by days may cross a change of the clock
        let in_view =
            |due: DateTime<Utc>| shift_days(due, rules.offset_days.saturating_neg(), zone) + TimeDelta::hours(2);
        let due_until = in_view(due.max(first_notice).unwrap_or(NEVER));
        let announced = next_notices(&rules.announce_days).into_iter();
        let announced_until = announced.map(|(said, next)| (said, in_view(notice(next)))).collect();
        let repeat_until = match rules.repeat {
            never if never.is_zero() => NEVER,
            hours => self.latest_start(Clock::Working, hours, now).unwrap_or(NEVER),
        };
        let highest = stages.last().map_or(0, |(number, _)| *number);
        let mut last_until: Vec<(Step, DateTime<Utc>)> = (1..highest)
            .map(|step| {
                let below = stages.iter().rfind(|(number, _)| *number <= step);
                let Some((_, hours)) = stages.iter().find(|(number, _)| *number > step) else {
                    return (Step::Stage(step), repeat_until);
                };
                let spacing = match (rules.basis, below) {
                    (Basis::Previous, _) => *hours,
                    (Basis::Due, Some((_, below))) => Hours::from_seconds(hours.seconds() - below.seconds()),
                    // the stage below was switched off since: only due counts
                    (Basis::Due, None) => Hours::ZERO,
                };
                (Step::Stage(step), self.latest_start(rules.clock, spacing, now).unwrap_or(NEVER))
            })
            .collect();
        // there may once have been more stages
        last_until.extend((highest.max(1)..=MAX_STAGES).map(|step| (Step::Stage(step), repeat_until)));
        last_until.push((Step::Repeat(1), repeat_until));
        last_until.retain(|(_, until)| *until > NEVER);
        Some(CutOffs { due_until, last_until, announced_until })
    }

    /// The latest instant, over all calendars, from which so many hours have been counted.
    fn latest_start(&mut self, clock: Clock, hours: Hours, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match clock {
            Clock::Wall => now.checked_sub_signed(TimeDelta::seconds(hours.seconds())),
            Clock::Working => self.all().filter_map(|each| each.clock.latest_start(now, hours.seconds())).max(),
        }
    }

    /// Names of the calendars whose collection is open now.
    pub(super) fn open_collections(&self) -> impl Iterator<Item = &str> {
        let all = std::iter::once(&self.own).chain(self.others.values());
        all.filter(|each| each.gate == Gate::Open).map(|each| each.name.as_str())
    }
}

/// What was announced so many days ahead waits for the notice of this many, and after the last one for the due date (0).
fn next_notices(announce_days: &[u32]) -> Vec<(RangeInclusive<u32>, u32)> {
    let mut said = i32::MAX.unsigned_abs();
    let next = announce_days.iter().copied().chain([0]);
    next.map(|days| (days + 1..=std::mem::replace(&mut said, days), days)).collect()
}

/// The calendar of this name, which the configuration is known to have.
pub(super) fn calendar_named<'s>(settings: &'s Settings, name: &str) -> Result<&'s Calendar> {
    settings.calendar(name).ok_or_else(|| Error::bug("no calendar is called default"))
}

#[cfg(test)]
mod tests {
    use super::next_notices;

    #[test]
    fn each_notice_is_followed_by_the_next_smaller_one() {
        let most = i32::MAX.unsigned_abs();
        assert_eq!(next_notices(&[90, 30, 7]), [(91..=most, 90), (31..=90, 30), (8..=30, 7), (1..=7, 0)]);
        assert_eq!(next_notices(&[]), [(1..=most, 0)]);
    }
}
