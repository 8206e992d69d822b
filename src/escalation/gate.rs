//! When what is reached may leave: only inside the type's window, and only when a collection is open. Pure.

use chrono::{DateTime, Utc};

use super::rules::TypeRules;
use crate::calendar::{Calendar, Timeline, at_local, local_day};

/// How far the search for a collection looks: no office is closed for longer.
const DAYS_SEARCHED: usize = 400;

/// The state of the gate for one type and calendar at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Outside of the window: nothing leaves.
    Closed,
    /// Inside the window; only what leaves at once may go, the collection has been taken.
    AtOnce,
    /// Inside the window, and a collection is open: everything reached may go.
    Open,
}

impl Gate {
    /// The gate at `now`; `collected_at` is the last run that took a collection.
    pub fn at(
        rules: &TypeRules,
        calendar: &Calendar,
        timeline: &Timeline,
        collected_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Gate {
        match (timeline.is_open(now), is_collection_due(rules, calendar, collected_at, now)) {
            (false, _) => Gate::Closed,
            (true, false) => Gate::AtOnce,
            (true, true) => Gate::Open,
        }
    }
}

/// Whether a collection waits to be taken; `collected_at` is the last run that took one.
pub fn is_collection_due(
    rules: &TypeRules,
    calendar: &Calendar,
    collected_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> bool {
    match (collected_at, last_collect_time(rules, calendar, now)) {
        (None, _) => true,
        // a mark of the future was left by somebody who tried another day with --as-of
        (Some(collected_at), Some(last)) => last > collected_at || collected_at > now,
        (Some(_), None) => false,
    }
}

/// The latest collect time up to `now` on a day on which the window opens.
pub fn last_collect_time(rules: &TypeRules, calendar: &Calendar, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let today = local_day(now, calendar.zone);
    std::iter::successors(Some(today), |day| day.pred_opt())
        .take(DAYS_SEARCHED)
        .filter(|day| calendar.opens_on(*day))
        .flat_map(|day| rules.collect_at.iter().rev().map(move |time| at_local(day, *time, calendar.zone)))
        .find(|at| *at <= now)
}

/// The first instant at or after `reached_at` at which a run that comes every minute would let it leave, if nobody has
/// taken that collection before: for explanations.
pub fn leaves_at(
    rules: &TypeRules,
    calendar: &Calendar,
    timeline: &Timeline,
    reached_at: DateTime<Utc>,
    at_once: bool,
) -> Option<DateTime<Utc>> {
    if at_once {
        return timeline.next_open(reached_at);
    }
    local_day(reached_at, calendar.zone)
        .iter_days()
        .take(DAYS_SEARCHED)
        .filter(|day| calendar.opens_on(*day))
        .flat_map(|day| rules.collect_at.iter().map(move |time| at_local(day, *time, calendar.zone)))
        .filter_map(|collect| timeline.next_open(collect))
        .find(|leaves| *leaves >= reached_at)
}
