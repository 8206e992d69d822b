//! Why the next step does not leave now: every obstacle in force, not only the first one met, and when it will. Pure.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::intervals::{Reason, Span};
use super::obstacles::Obstacle;
use crate::calendar::{Calendar, Timeline, local_day, midnight};
use crate::escalation::gate;
use crate::escalation::rules::TypeRules;
use crate::escalation::silences::Silence;
use crate::outbox::settings::MailMode;

/// What is known of the next step and of everything around it.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The rules of the type.
    pub rules: &'a TypeRules,
    /// The calendar under the type's window.
    pub calendar: &'a Calendar,
    /// Its open time from now on for a year.
    pub timeline: &'a Timeline,
    /// When the next step is reached; none if none follows, or never.
    pub reached_at: Option<DateTime<Utc>>,
    /// Whether a step follows at all, however late.
    pub follows: bool,
    /// Whether the item need not wait for a collection.
    pub at_once: bool,
    /// The last run that took a collection.
    pub collected_at: Option<DateTime<Utc>>,
    /// When the item waited.
    pub pauses: &'a [Span],
    /// What holds now.
    pub silences: &'a [Silence],
    /// Whether too many days have gone by.
    pub is_too_old: bool,
    /// Whether the chain ends in a baseline.
    pub ends_in_baseline: bool,
    /// Whether it is not in its view because it waits.
    pub is_waiting: bool,
    /// Whether anybody can be written to.
    pub has_recipients: bool,
    /// Whether one of them works today, or it has waited for long enough.
    pub is_anybody_there: bool,
    /// The day on which it has waited for long enough.
    pub latest: Option<NaiveDate>,
    /// Live, or how it is rehearsed.
    pub mode: MailMode,
    /// Why now is not in the window, if it is not.
    pub outside: Option<Reason>,
    /// The instant of the question.
    pub now: DateTime<Utc>,
}

impl Standing<'_> {
    /// Everything that is in the way, what ends everything first.
    pub fn obstacles(&self) -> Vec<Obstacle> {
        let mut found = Vec::new();
        if !self.rules.active {
            found.push(Obstacle::TypeInactive);
        }
        if let Some(days) = self.rules.max_age_days.filter(|_| self.is_too_old) {
            found.push(Obstacle::TooOld { days });
        } else if self.ends_in_baseline {
            found.push(Obstacle::Baseline);
        } else if !self.follows {
            let is_said = self.rules.stages_with_hours().next().is_some();
            found.push(if is_said { Obstacle::ChainOver } else { Obstacle::NoStages });
        }
        found.extend(self.paused());
        found.extend(self.silences.iter().cloned().map(Obstacle::Silenced));
        let is_over = self.is_too_old || self.ends_in_baseline || !self.follows;
        if !is_over && !self.is_reached() && (self.reached_at.is_some() || self.paused().is_none()) {
            found.push(Obstacle::NotReached { at: self.reached_at });
        }
        // where and when it would leave matters only for what has come so far
        if !is_over && self.is_reached() {
            found.extend(self.gate());
            if !self.has_recipients {
                found.push(Obstacle::NoRecipient);
            } else if self.waits_for_people() {
                found.push(Obstacle::NobodyAtWork { latest: self.latest });
            }
        }
        match self.mode {
            MailMode::Live => {}
            MailMode::Off => found.push(Obstacle::MailOff),
            MailMode::Redirect => found.push(Obstacle::MailRedirect),
        }
        found
    }

    /// On a day without a window nobody is expected to be there.
    fn waits_for_people(&self) -> bool {
        !self.is_anybody_there && self.calendar.opens_on(local_day(self.now, self.calendar.zone))
    }

    fn is_reached(&self) -> bool {
        self.reached_at.is_some_and(|at| at <= self.now)
    }

    /// A pause only delays: what was reached before it began leaves all the same, unless the item left its view.
    fn paused(&self) -> Option<Obstacle> {
        if self.is_reached() && !self.is_waiting {
            return None;
        }
        let (since, _) = self.pauses.iter().find(|(start, end)| *start <= self.now && self.now < *end)?;
        Some(Obstacle::Paused { since: Some(*since).filter(|since| *since > DateTime::<Utc>::MIN_UTC) })
    }

    fn gate(&self) -> Option<Obstacle> {
        if let Some(reason) = self.outside {
            return Some(Obstacle::WindowClosed { reason, opens_at: self.timeline.next_open(self.now) });
        }
        if self.at_once || gate::is_collection_due(self.rules, self.calendar, self.collected_at, self.now) {
            return None;
        }
        Some(Obstacle::CollectionTaken { taken_at: self.collected_at, opens_at: self.next_collection(self.now) })
    }

    /// The first instant after `at` at which a new collection can leave.
    pub fn next_collection(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        gate::leaves_at(self.rules, self.calendar, self.timeline, at + TimeDelta::minutes(1), false)
    }

    /// When the step will leave if runs come every minute and nothing changes; none where nobody can say.
    pub fn leaves_at(&self, obstacles: &[Obstacle]) -> Option<DateTime<Utc>> {
        if !self.follows || self.is_waiting || obstacles.iter().any(Obstacle::is_final) {
            return None;
        }
        let reached_at = self.reached_at?;
        let ready = self.silences.iter().map(Silence::ends_at).fold(reached_at, DateTime::max);
        if ready > self.now {
            return gate::leaves_at(self.rules, self.calendar, self.timeline, ready, self.at_once);
        }
        let is_open = self.at_once || gate::is_collection_due(self.rules, self.calendar, self.collected_at, self.now);
        let ready = if self.has_recipients && self.waits_for_people() {
            let day = self.latest?;
            midnight(day, self.calendar.zone)
        } else {
            self.now
        };
        match is_open {
            true => self.timeline.next_open(ready),
            false => gate::leaves_at(self.rules, self.calendar, self.timeline, ready + TimeDelta::minutes(1), false),
        }
    }
}
