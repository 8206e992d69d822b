//! The next step of a chain and the instant it is reached. Pure: facts and rules in, a plan out (DESIGN.md §4).

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::hours::Hours;
use super::rules::{Basis, Clock, TypeRules};
use super::step::Step;
use crate::calendar::{Calendar, Timeline, local_day, midnight};

/// What the decision needs to know of an item.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The due instant, the type's `offset_days` included.
    pub due_at: DateTime<Utc>,
    /// The local day it is due on; a promise is due on the day that ends at its 24:00.
    pub due_day: NaiveDate,
    /// The last step and the instant of its run.
    pub last: Option<(Step, DateTime<Utc>)>,
    /// The last step was recorded without a mail: after the last stage nothing repeats.
    pub baseline: bool,
    /// When the item was waiting; intervals without overlap, in order.
    pub pauses: &'a [(DateTime<Utc>, DateTime<Utc>)],
}

impl Facts<'_> {
    /// The earliest instant that something is counted from.
    pub fn earliest(&self) -> DateTime<Utc> {
        // what was only found has no instant: it must not stretch the timeline to 1970
        self.previous().map_or(self.due_at, |(_, last_at)| self.due_at.min(last_at))
    }

    /// The step that later stages count from, if there is one.
    pub fn previous(&self) -> Option<(Step, DateTime<Utc>)> {
        self.last.filter(|(step, _)| step.counts())
    }
}

/// A step to come: it is due once `now` has come to `reached_at` (or past it).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// The steps it makes; several when stages have the same threshold, the highest decides and stands last.
    pub steps: Vec<Step>,
    /// When its conditions hold.
    pub reached_at: DateTime<Utc>,
}

impl Next {
    /// The step that names the mail.
    pub fn highest(&self) -> Step {
        self.steps.last().copied().unwrap_or(Step::Held)
    }
}

/// Hours, window and pauses: how long it is from one instant to another.
#[derive(Clone, Copy, Debug)]
pub struct Count<'a> {
    clock: Clock,
    timeline: &'a Timeline,
    pauses: &'a [(DateTime<Utc>, DateTime<Utc>)],
}

impl<'a> Count<'a> {
    /// Counts by this clock; `timeline` is the type's window over all instants that will be asked about.
    pub fn new(clock: Clock, timeline: &'a Timeline, pauses: &'a [(DateTime<Utc>, DateTime<Utc>)]) -> Count<'a> {
        Count { clock, timeline, pauses }
    }

    /// Seconds by the clock, pauses included.
    fn raw(&self, a: DateTime<Utc>, b: DateTime<Utc>) -> i64 {
        match self.clock {
            Clock::Working => self.timeline.elapsed(a, b),
            Clock::Wall => (b - a).num_seconds().max(0),
        }
    }

    fn paused(&self, a: DateTime<Utc>, b: DateTime<Utc>) -> i64 {
        self.pauses.iter().map(|&(start, end)| self.raw(start.max(a), end.min(b))).sum()
    }

    /// Seconds by the clock between `a` and `b`, less the pauses.
    pub fn seconds(&self, a: DateTime<Utc>, b: DateTime<Utc>) -> i64 {
        self.raw(a, b) - self.paused(a, b)
    }

    /// The earliest instant at which `hours` have been counted since `a`; `None` if that never comes.
    pub fn reach(&self, a: DateTime<Utc>, hours: Hours) -> Option<DateTime<Utc>> {
        let mut paused = 0;
        loop {
            let seconds = hours.seconds() + paused;
            let at = match self.clock {
                Clock::Working => self.timeline.deadline(a, seconds)?,
                Clock::Wall => a.checked_add_signed(TimeDelta::try_seconds(seconds)?)?,
            };
            let (_, horizon) = self.timeline.range();
            if at > horizon || self.pauses.iter().any(|&(start, end)| start < at && end > horizon) {
                return None;
            }
            match self.paused(a, at) {
                now_paused if now_paused == paused => return Some(at),
                // a pause only delays, so this ends
                now_paused => paused = now_paused,
            }
        }
    }
}

/// The next step of the chain, reached or yet to come; `None` if nothing follows.
///
/// `calendar` and `timeline` are those of the type's window in the item's calendar; `timeline` reaches from the due
/// instant to beyond `now`.
pub fn next(
    rules: &TypeRules,
    facts: &Facts<'_>,
    calendar: &Calendar,
    timeline: &Timeline,
    now: DateTime<Utc>,
) -> Option<Next> {
    let notice = if now < facts.due_at { next_notice(rules, facts, calendar, now) } else { None };
    if notice.is_some() {
        return notice;
    }
    if now >= facts.due_at && is_too_old(rules, facts, calendar, now) {
        return None;
    }
    // a chain that began before the type was given more days of grace waits for its new due date
    next_stage(rules, facts, timeline).map(|next| Next { reached_at: next.reached_at.max(facts.due_at), ..next })
}

/// Whether nothing can ever follow under these rules. What is merely out of sight (a pause without an end, thousands of
/// hours) is not over.
pub fn is_over(rules: &TypeRules, facts: &Facts<'_>, calendar: &Calendar, now: DateTime<Utc>) -> bool {
    if now < facts.due_at && next_notice(rules, facts, calendar, now).is_some() {
        return false;
    }
    if now >= facts.due_at && is_too_old(rules, facts, calendar, now) {
        return true;
    }
    let previous = facts.previous();
    let is_done = rules.stages_with_hours().all(|(stage, _)| match previous {
        Some((Step::Repeat(_), _)) => true,
        Some((Step::Stage(last), _)) => stage.number <= last,
        _ => false,
    });
    is_done && (previous.is_none() || !repeats(rules, facts))
}

/// Whether the last stage is said again.
fn repeats(rules: &TypeRules, facts: &Facts<'_>) -> bool {
    !facts.baseline && !rules.repeat.is_zero() && rules.stages_with_hours().next().is_some()
}

/// Whether more open days lie between due and now than the type still speaks after.
pub fn is_too_old(rules: &TypeRules, facts: &Facts<'_>, calendar: &Calendar, now: DateTime<Utc>) -> bool {
    rules.max_age_days.is_some_and(|days| {
        calendar.open_days_between(local_day(facts.due_at, calendar.zone), local_day(now, calendar.zone))
            > days as usize
    })
}

/// Of the notices reached only the nearest to due is sent, the others are passed over for good.
fn next_notice(rules: &TypeRules, facts: &Facts<'_>, calendar: &Calendar, now: DateTime<Utc>) -> Option<Next> {
    let already = match facts.last {
        Some((Step::Announce(days), _)) => days,
        Some((step, _)) if step.counts() => return None,
        _ => u32::MAX,
    };
    let instant = |days: u32| Some(midnight(facts.due_day.checked_sub_days(Days::new(days.into()))?, calendar.zone));
    let mut notices: Vec<(u32, DateTime<Utc>)> = rules
        .announce_days
        .iter()
        .filter(|&&days| days < already)
        .filter_map(|&days| Some((days, instant(days)?)))
        .filter(|&(_, at)| at < facts.due_at)
        .collect();
    notices.sort_by_key(|&(_, at)| at);
    let reached = notices.iter().rfind(|(_, at)| *at <= now);
    let (days, reached_at) = *reached.or(notices.first())?;
    Some(Next { steps: vec![Step::Announce(days)], reached_at })
}

fn next_stage(rules: &TypeRules, facts: &Facts<'_>, timeline: &Timeline) -> Option<Next> {
    let count = Count::new(rules.clock, timeline, facts.pauses);
    let previous = facts.previous();
    let last_stage = match previous {
        Some((Step::Repeat(_), _)) => i16::MAX,
        Some((Step::Stage(stage), _)) => stage,
        _ => 0,
    };
    let Some((stage, hours)) = rules.stages_with_hours().find(|(stage, _)| stage.number > last_stage) else {
        return next_repeat(rules, facts, timeline);
    };
    let below = rules.stages_with_hours().take_while(|(lower, _)| lower.number < stage.number).last();
    let reached_at = match (rules.basis, previous) {
        (_, None) => count.reach(facts.due_at, hours)?,
        (Basis::Previous, Some((_, last_at))) => count.reach(last_at, hours)?,
        (Basis::Due, Some((_, last_at))) => {
            let spacing =
                below.map_or(Hours::ZERO, |(_, below)| Hours::from_seconds(hours.seconds() - below.seconds()));
            // after an outage the employee keeps the time before the supervisor hears of it
            count.reach(facts.due_at, hours)?.max(count.reach(last_at, spacing)?)
        }
    };
    let merged = rules.stages_with_hours().filter(|(other, threshold)| {
        other.number == stage.number || rules.basis == Basis::Due && other.number > stage.number && *threshold == hours
    });
    Some(Next { steps: merged.map(|(stage, _)| Step::Stage(stage.number)).collect(), reached_at })
}

/// After the last stage nothing falls silent: it is said again, always by working hours.
fn next_repeat(rules: &TypeRules, facts: &Facts<'_>, timeline: &Timeline) -> Option<Next> {
    let (step, last_at) = facts.previous()?;
    if !repeats(rules, facts) {
        return None;
    }
    let times = match step {
        Step::Repeat(times) => times.checked_add(1)?,
        _ => 1,
    };
    let reached_at = Count::new(Clock::Working, timeline, facts.pauses).reach(last_at, rules.repeat)?;
    Some(Next { steps: vec![Step::Repeat(times)], reached_at })
}
