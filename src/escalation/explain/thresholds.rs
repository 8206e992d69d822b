//! Where each threshold of an item falls: its conditions, how far each has been counted, and when it was said. Pure.

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::calendar::{Calendar, midnight};
use crate::escalation::hours::Hours;
use crate::escalation::rules::{Basis, Clock, TypeRules};
use crate::escalation::step::Step;
use crate::escalation::timing::Count;

/// What hours are counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// The due instant.
    Due(DateTime<Utc>),
    /// A step that has been taken.
    Step(Step, DateTime<Utc>),
    /// A step that has not been taken yet.
    Later(Step),
}

impl Since {
    /// From when, if that is known.
    pub fn instant(self) -> Option<DateTime<Utc>> {
        match self {
            Since::Due(at) | Since::Step(_, at) => Some(at),
            Since::Later(_) => None,
        }
    }
}

/// So many hours since something; a step needs all of its conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// From where.
    pub since: Since,
    /// How many.
    pub hours: Hours,
    /// Of which kind; repeats always count working hours.
    pub clock: Clock,
    /// Seconds counted up to now, not more than it needs.
    pub counted: i64,
    /// When it is met; none: not known yet, or never.
    pub reached_at: Option<DateTime<Utc>>,
}

/// A step that the rules know for an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Threshold {
    /// The step.
    pub step: Step,
    /// What must be counted; none for an advance notice, which has a day.
    pub conditions: Vec<Condition>,
    /// When the last of them is met.
    pub reached_at: Option<DateTime<Utc>>,
    /// The run that took it.
    pub taken_at: Option<DateTime<Utc>>,
    /// An advance notice that is not given any more: a nearer one was, or the item is due.
    pub is_passed_over: bool,
}

/// The facts of one item under one due date.
#[derive(Clone, Copy, Debug)]
pub struct Course<'a> {
    /// The rules of its type.
    pub rules: &'a TypeRules,
    /// The calendar under the type's window.
    pub calendar: &'a Calendar,
    /// Counts by the type's clock.
    pub count: Count<'a>,
    /// Counts working hours.
    pub working: Count<'a>,
    /// Due, offset included.
    pub due_at: DateTime<Utc>,
    /// The day it is due on.
    pub due_day: NaiveDate,
    /// The steps taken under this due date, oldest first.
    pub taken: &'a [(Step, DateTime<Utc>)],
    /// The instant of the question.
    pub now: DateTime<Utc>,
}

impl Course<'_> {
    /// Advance notices, stages, and the repeat to come.
    pub fn thresholds(&self) -> Vec<Threshold> {
        let mut found: Vec<Threshold> = self.rules.announce_days.iter().filter_map(|days| self.notice(*days)).collect();
        found.extend(self.stages());
        found.extend(self.repeat());
        found
    }

    fn taken_at(&self, step: Step) -> Option<DateTime<Utc>> {
        self.taken.iter().find(|(taken, _)| *taken == step).map(|(_, at)| *at)
    }

    fn notice(&self, days: u32) -> Option<Threshold> {
        let day = self.due_day.checked_sub_days(Days::new(days.into()))?;
        let reached_at = midnight(day, self.calendar.zone);
        if reached_at >= self.due_at {
            return None;
        }
        let step = Step::Announce(days);
        let taken_at = self.taken_at(step);
        let nearer = |step: &Step| matches!(step, Step::Announce(other) if *other < days) || step.counts();
        let is_passed_over = taken_at.is_none()
            && (self.now >= self.due_at || self.taken.iter().any(|(step, _)| nearer(step)) || self.is_overtaken(days));
        Some(Threshold { step, conditions: Vec::new(), reached_at: Some(reached_at), taken_at, is_passed_over })
    }

    /// Of the notices that are reached only the nearest to due is given.
    fn is_overtaken(&self, days: u32) -> bool {
        let reached = |other: u32| {
            let day = self.due_day.checked_sub_days(Days::new(other.into()));
            day.is_some_and(|day| midnight(day, self.calendar.zone) <= self.now)
        };
        self.rules.announce_days.iter().any(|other| *other < days && reached(*other))
    }

    fn stages(&self) -> Vec<Threshold> {
        let mut below: Option<(i16, Hours)> = None;
        let mut found = Vec::new();
        for (stage, hours) in self.rules.stages_with_hours() {
            let step = Step::Stage(stage.number);
            let mut conditions = Vec::new();
            if self.rules.basis == Basis::Due || below.is_none() {
                conditions.push(self.condition(Since::Due(self.due_at), hours, self.rules.clock));
            }
            match below {
                // merged stages are one step: what holds for the lower one holds for both
                Some((_, lower)) if self.rules.basis == Basis::Due && lower == hours => {
                    conditions = found.last().map_or(conditions, |merged: &Threshold| merged.conditions.clone());
                }
                Some((number, lower)) => {
                    let spacing = match self.rules.basis {
                        Basis::Due => Hours::from_seconds(hours.seconds() - lower.seconds()),
                        Basis::Previous => hours,
                    };
                    let before = self.step_before(stage.number, number);
                    conditions.push(self.condition(before, spacing, self.rules.clock));
                }
                None => {}
            }
            found.push(self.threshold(step, conditions));
            below = Some((stage.number, hours));
        }
        found
    }

    /// The step that a stage's spacing is counted from: the last one below it, once all that come before it are taken.
    fn step_before(&self, stage: i16, below: i16) -> Since {
        let taken = |number: i16| self.taken.iter().any(|(step, _)| *step == Step::Stage(number));
        let lower = self.taken.iter().rfind(|(step, _)| matches!(step, Step::Stage(number) if *number < stage));
        let Some((Step::Stage(last), at)) = lower else { return Since::Later(Step::Stage(below)) };
        let waits_for_another =
            self.rules.stages_with_hours().any(|(other, _)| *last < other.number && other.number < stage);
        match waits_for_another && !taken(stage) {
            true => Since::Later(Step::Stage(below)),
            false => Since::Step(Step::Stage(*last), *at),
        }
    }

    fn repeat(&self) -> Option<Threshold> {
        let last_stage = self.rules.stages_with_hours().last()?.0.number;
        if self.rules.repeat.is_zero() {
            return None;
        }
        let counting = self.taken.iter().rfind(|(step, _)| step.counts());
        let (times, since) = match counting {
            Some((Step::Repeat(times), at)) => (times.checked_add(1)?, Since::Step(Step::Repeat(*times), *at)),
            Some((step @ Step::Stage(number), at)) if *number >= last_stage => (1, Since::Step(*step, *at)),
            _ => (1, Since::Later(Step::Stage(last_stage))),
        };
        let condition = self.condition(since, self.rules.repeat, Clock::Working);
        Some(self.threshold(Step::Repeat(times), vec![condition]))
    }

    fn condition(&self, since: Since, hours: Hours, clock: Clock) -> Condition {
        let count = if clock == Clock::Working { &self.working } else { &self.count };
        let reached_at = since.instant().and_then(|from| count.reach(from, hours));
        let counted = since.instant().map_or(0, |from| count.seconds(from, self.now.max(from)).min(hours.seconds()));
        Condition { since, hours, clock, counted, reached_at }
    }

    fn threshold(&self, step: Step, conditions: Vec<Condition>) -> Threshold {
        let all: Option<Vec<DateTime<Utc>>> = conditions.iter().map(|condition| condition.reached_at).collect();
        let reached_at = all.and_then(|all| all.into_iter().max());
        Threshold { step, conditions, reached_at, taken_at: self.taken_at(step), is_passed_over: false }
    }
}
