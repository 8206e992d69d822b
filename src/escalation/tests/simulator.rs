//! One item under one type, with a run every quarter of an hour: what leaves when. Decision and gate only, no database.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::calendar::{Calendar, CalendarSettings, Timeline, zone};
use crate::escalation::gate::Gate;
use crate::escalation::items::{due_day, shift_days};
use crate::escalation::rules::TypeRules;
use crate::escalation::step::Step;
use crate::escalation::timing::{Facts, Next, next};
use crate::escalation::types;

pub const BERLIN: Tz = chrono_tz::Europe::Berlin;

/// `2026-11-19 08:15` in Berlin; a day alone is its 00:00.
pub fn at(text: &str) -> DateTime<Utc> {
    let text = if text.len() == 10 { format!("{text} 00:00") } else { text.to_owned() };
    zone::from_local(NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M").unwrap(), BERLIN)
}

/// `Mon 2026-11-23 08:00`.
pub fn shown(at: DateTime<Utc>) -> String {
    at.with_timezone(&BERLIN).format("%a %Y-%m-%d %H:%M").to_string()
}

/// The office of the tests: Baden-Württemberg, 24 and 31 December closed, Monday to Friday 08:00-17:00.
pub fn office() -> CalendarSettings {
    let weekday = vec!["08:00-17:00".to_owned()];
    CalendarSettings {
        state: Some("DE-BW".to_owned()),
        closed: vec!["12-24".to_owned(), "12-31".to_owned()],
        mon: weekday.clone(),
        tue: weekday.clone(),
        wed: weekday.clone(),
        thu: weekday.clone(),
        fri: weekday,
        ..CalendarSettings::default()
    }
}

/// The rules of a type as in the seed.
pub fn rules(key: &str) -> TypeRules {
    types::find(key).unwrap().rules()
}

/// The same rules with these hours; 0 is off.
pub fn with_hours(key: &str, hours: [&str; 3]) -> TypeRules {
    let mut rules = rules(key);
    for (stage, hours) in rules.stages.iter_mut().zip(hours) {
        stage.hours = Some(hours.parse().unwrap()).filter(|hours: &crate::escalation::hours::Hours| !hours.is_zero());
    }
    rules
}

/// An item, its type and calendar, and what has been said about it.
pub struct Simulator {
    pub rules: TypeRules,
    pub calendar: Calendar,
    due_at: DateTime<Utc>,
    pub last: Option<(Step, DateTime<Utc>)>,
    pub pauses: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    pub collected_at: Option<DateTime<Utc>>,
}

impl Simulator {
    /// In the office of the tests.
    pub fn new(rules: TypeRules, due_at: &str) -> Simulator {
        Simulator::within(&office(), rules, due_at)
    }

    pub fn within(settings: &CalendarSettings, rules: TypeRules, due_at: &str) -> Simulator {
        let calendar = rules.windowed(&settings.to_calendar(BERLIN).unwrap());
        Simulator { rules, calendar, due_at: at(due_at), last: None, pauses: Vec::new(), collected_at: None }
    }

    /// Due at an instant of its own.
    pub fn due_on(&mut self, due_at: DateTime<Utc>) {
        self.due_at = due_at;
    }

    /// The next step as seen at `now`.
    pub fn next(&self, now: DateTime<Utc>) -> Option<Next> {
        self.next_by(&self.timeline(now, now), now)
    }

    /// From due, or the first of these if earlier, to the last, with room on both sides.
    fn timeline(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Timeline {
        let room = TimeDelta::days(100);
        self.calendar.timeline(self.due_at.min(from) - room, self.due_at.max(to) + room)
    }

    fn next_by(&self, timeline: &Timeline, now: DateTime<Utc>) -> Option<Next> {
        let due_at = shift_days(self.due_at, self.rules.offset_days, BERLIN);
        let due_day = due_day(due_at, self.rules.is_promise, BERLIN);
        let facts = Facts { due_at, due_day, last: self.last, baseline: false, pauses: &self.pauses };
        next(&self.rules, &facts, &self.calendar, timeline, now)
    }

    /// `2 Mon 2026-11-23 17:00`: the steps to come and when they are reached, as seen at `now`; "" for none.
    pub fn reached(&self, now: &str) -> String {
        self.next(at(now)).map(|next| format!("{} {}", codes(&next), shown(next.reached_at))).unwrap_or_default()
    }

    /// A run every quarter of an hour; `Mon 2026-11-23 08:00 1` for each that sends, merged steps as `2+3`.
    pub fn run(&mut self, from: &str, to: &str) -> Vec<String> {
        let (from, to) = (at(from), at(to));
        let timeline = self.timeline(from, to);
        let runs = std::iter::successors(Some(from), |now| Some(*now + TimeDelta::minutes(15)));
        runs.take_while(|now| *now < to).filter_map(|now| self.step(&timeline, now)).collect()
    }

    /// One run.
    pub fn run_at(&mut self, now: &str) -> Option<String> {
        self.step(&self.timeline(at(now), at(now)), at(now))
    }

    fn step(&mut self, timeline: &Timeline, now: DateTime<Utc>) -> Option<String> {
        let gate = Gate::at(&self.rules, &self.calendar, timeline, self.collected_at, now);
        if gate == Gate::Open {
            self.collected_at = Some(now);
        }
        let may_leave = gate == Gate::Open || gate == Gate::AtOnce && self.rules.at_once;
        let next = self.next_by(timeline, now).filter(|next| may_leave && next.reached_at <= now)?;
        self.last = Some((next.highest(), now));
        Some(format!("{} {}", shown(now), codes(&next)))
    }
}

/// `2+3`.
fn codes(next: &Next) -> String {
    next.steps.iter().map(|step| step.code().to_string()).collect::<Vec<_>>().join("+")
}
