//! Why an item has (or has not) been escalated: the clock day by day, every step taken, the next one and its people.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use diesel::PgConnection;
use serde_json::{Value, json};

use super::collections;
use super::gate::{self, Gate};
use super::items::Item;
use super::list::{self, DueItem};
use super::plan::{Clocks, Office, is_anybody_there, leaves_at_once};
use super::rules::{Basis, Clock, TypeRules};
use super::step::Step;
use super::step_list::{due_as_cell, hours};
use super::store::{self, PastStep};
use super::timing::{self, Count};
use crate::calendar::{Calendar, DayKind, german, local_day, midnight};
use crate::error::Result;
use crate::output::{Cell, Output, Table, column, german_number, visible};
use crate::settings::Settings;

/// More days than these are told by their sum.
const DAYS_TOLD: usize = 21;

/// One day between due and now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// The local day.
    pub day: NaiveDate,
    /// The windows that count on it, "08:00–18:00".
    pub windows: String,
    /// Seconds that were counted.
    pub seconds: i64,
    /// Counted since due.
    pub sum: i64,
    /// Why nothing or less was counted.
    pub reason: String,
}

/// A stage, its threshold and when that is reached; the spacing to the step before comes on top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Threshold {
    /// The stage.
    pub stage: i16,
    /// Its hours.
    pub hours: rust_decimal::Decimal,
    /// The stage it counts from; none: from due.
    pub since: Option<i16>,
    /// When; none where that is not known yet, or never.
    pub reached_at: Option<DateTime<Utc>>,
}

/// Everything about one item.
pub struct Explanation<'a> {
    /// The item, and what comes next.
    pub due: DueItem<'a>,
    /// The days between due and now.
    pub days: Vec<DayCount>,
    /// The thresholds of its type.
    pub thresholds: Vec<Threshold>,
    /// What was said, oldest first.
    pub history: Vec<PastStep>,
    /// Names of the replaced, by key.
    pub replaced: Vec<(i64, String)>,
    /// Why nothing leaves now, in a sentence; or that it would.
    pub verdict: String,
    /// The instant of the question.
    pub now: DateTime<Utc>,
    /// For instants.
    pub zone: Tz,
}

/// Explains an item at `now`.
pub fn explain<'a>(
    connection: &mut PgConnection,
    settings: &'a Settings,
    rules: &'a TypeRules,
    item: Item,
    now: DateTime<Utc>,
) -> Result<Explanation<'a>> {
    let office = Office::load(connection, settings, now)?;
    let marks = collections::marks(connection)?;
    let history = store::history(connection, &rules.key, &item.id)?;
    let mut clocks = Clocks::new(settings, rules, &marks, now)?;
    let due = list::assess(&office, rules, &mut clocks, item, now);
    let facts = due.item.facts(rules.offset_days, due.is_promise, settings.zone);
    let clock = clocks.of(due.item.calendar.as_deref());
    let gate = clock.gate;
    let (calendar, timeline) = clock.covering(facts.earliest(), now);
    let count = Count::new(rules.clock, timeline, facts.pauses);
    let taken_at = |below: i16| {
        let is_it = |past: &&PastStep| past.due_version == due.item.due_version && past.step == i32::from(below);
        history.iter().find(is_it).map(|past| past.at)
    };
    let mut below = None;
    let thresholds = rules.stages_with_hours().map(|(stage, threshold)| {
        let since = if rules.basis == Basis::Previous { below.replace(stage.number) } else { None };
        let from = since.map_or(Some(facts.due_at), taken_at);
        let reached_at = from.and_then(|from| count.reach(from, threshold));
        Threshold { stage: stage.number, hours: hours(threshold.seconds()), since, reached_at }
    });
    let thresholds = thresholds.collect();
    let days = count_days(rules.clock, &count, calendar, facts.due_at, now, facts.pauses);
    let at_once = leaves_at_once(rules, &due.item);
    let could_leave = due.next.as_ref().map(|next| next.reached_at);
    let could_leave = could_leave.and_then(|at| gate::leaves_at(rules, calendar, timeline, at, at_once)).unwrap_or(now);
    let standing = Standing {
        gate,
        at_once,
        is_too_old: timing::is_too_old(rules, &facts, calendar, now),
        is_anybody_there: is_anybody_there(&due.resolved.recipients, calendar, could_leave, now),
    };
    let verdict = verdict(&due, standing, settings.zone, now);
    let replaced = due.resolved.recipients.iter().filter_map(|to| to.instead_of);
    Ok(Explanation {
        replaced: replaced.filter_map(|id| Some((id, office.people.persons.get(&id)?.name.clone()))).collect(),
        days,
        thresholds,
        history,
        verdict,
        now,
        zone: settings.zone,
        due,
    })
}

fn count_days(
    clock: Clock,
    count: &Count<'_>,
    calendar: &Calendar,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
    pauses: &[(DateTime<Utc>, DateTime<Utc>)],
) -> Vec<DayCount> {
    let last = local_day(now, calendar.zone);
    let mut sum = 0;
    let mut days = Vec::new();
    for day in local_day(due_at, calendar.zone).iter_days().take_while(|day| *day <= last) {
        let from = midnight(day, calendar.zone).max(due_at);
        let to = day.succ_opt().map_or(now, |next| midnight(next, calendar.zone)).min(now);
        if to <= from {
            continue;
        }
        let seconds = count.seconds(from, to);
        sum += seconds;
        let seen = calendar.day(day);
        let windows = match clock {
            Clock::Wall => "00:00–24:00".to_owned(),
            Clock::Working => {
                let windows = seen.windows.iter().map(|window| format!("{}–{}", window.from(), window.to()));
                windows.collect::<Vec<_>>().join(", ")
            }
        };
        let mut reasons = Vec::new();
        if clock == Clock::Working {
            match seen.kind {
                DayKind::Open => {}
                DayKind::NoWindow => reasons.push("kein Arbeitstag".to_owned()),
                DayKind::Holiday(name) => reasons.push(format!("Feiertag: {name}")),
                DayKind::Closed => reasons.push("geschlossen".to_owned()),
                DayKind::Half(at) => reasons.push(format!("halber Tag bis {at}")),
            }
        }
        let paused = pauses.iter().filter(|(start, end)| *start < to && *end > from);
        reasons.extend(paused.map(|(start, end)| {
            let time = |at: DateTime<Utc>| at.with_timezone(&calendar.zone).format("%H:%M").to_string();
            format!("wartete {}–{}", time((*start).max(from)), if *end >= to { "…".to_owned() } else { time(*end) })
        }));
        days.push(DayCount { day, windows, seconds, sum, reason: reasons.join(", ") });
    }
    days
}

/// What decides, beside the clock, whether a step that is reached leaves now.
struct Standing {
    gate: Gate,
    at_once: bool,
    is_too_old: bool,
    is_anybody_there: bool,
}

fn verdict(due: &DueItem<'_>, standing: Standing, zone: Tz, now: DateTime<Utc>) -> String {
    let rules = due.rules;
    let at = |at: DateTime<Utc>| german::instant(at, zone);
    if !rules.active {
        return format!("Nichts geht: Der Typ {} ist nicht aktiv.", rules.key);
    }
    if standing.is_too_old {
        return "Nichts geht mehr: Seit der Fälligkeit sind mehr Tage vergangen, als der Typ zulässt (max_age_days)."
            .into();
    }
    let Some(next) = &due.next else {
        return "Nichts folgt mehr: Die Kette ist zu Ende und der Typ wiederholt nicht.".into();
    };
    let step = next.highest();
    let leaves = due.leaves_at.map_or("gar nicht".to_owned(), at);
    if next.reached_at > now {
        return format!("{step} ist erreicht am {} und geht am {leaves}.", at(next.reached_at));
    }
    let reached = format!("{step} ist erreicht seit {}", at(next.reached_at));
    if due.resolved.recipients.is_empty() {
        return format!("{reached}, aber niemand ist zu erreichen.");
    }
    match standing.gate {
        Gate::Closed => format!("{reached}; jetzt ist außerhalb des Zeitfensters, sie geht am {leaves}."),
        Gate::AtOnce if !standing.at_once => {
            format!("{reached}; die letzte Sammlung ist schon gegangen, sie geht mit der nächsten am {leaves}.")
        }
        _ if !standing.is_anybody_there => {
            format!("{reached}; keiner der Empfänger arbeitet heute, sie wartet höchstens drei Arbeitstage.")
        }
        _ => format!("{reached} und geht mit dem nächsten Lauf."),
    }
}

impl Explanation<'_> {
    /// For people at a terminal.
    pub fn text(&self) -> String {
        let item = &self.due.item;
        let rules = self.due.rules;
        let mut text = String::new();
        let mut line = |line: String| {
            text.push_str(&line);
            text.push('\n');
        };
        let at = |at: DateTime<Utc>| german::instant(at, self.zone);
        let number = |number| german_number(number, Some(2));
        line(visible(&format!("{}:{}  {}", rules.key, item.reference, item.title)).into_owned());
        line(
            visible(&format!(
                "{}{}",
                rules.label,
                item.partner.as_ref().map_or(String::new(), |name| format!(" · {name}"))
            ))
            .into_owned(),
        );
        let due = due_as_cell(self.due.due_at, self.due.is_promise, self.zone);
        let by_evening = if matches!(due, Cell::Day(_)) { " (Tagesende)" } else { "" };
        let due = due.for_people();
        line(format!("Fällig {due}{by_evening}, jetzt ist {}", at(self.now)));
        line(String::new());
        line(format!(
            "Uhr ({}):",
            match rules.clock {
                Clock::Working => "Arbeitszeit",
                Clock::Wall => "Wanduhr",
            }
        ));
        let told = self.days.len().saturating_sub(DAYS_TOLD);
        if told > 0 {
            line(format!(
                "  die ersten {told} Tage bis {}: {} Std.",
                german::day(self.days[told - 1].day),
                number(hours(self.days[told - 1].sum))
            ));
        }
        for day in &self.days[told..] {
            let counted = if day.seconds > 0 {
                format!("{:>7} Std.", number(hours(day.seconds)))
            } else {
                "      –     ".to_owned()
            };
            let reason = if day.reason.is_empty() { String::new() } else { format!("  {}", day.reason) };
            line(format!(
                "  {}  {:<13} {counted}  = {:>7}{reason}",
                german::day(day.day),
                day.windows,
                number(hours(day.sum))
            ));
        }
        if self.days.is_empty() {
            line("  noch nicht fällig".to_owned());
        }
        line(String::new());
        line("Stufen:".to_owned());
        for threshold in &self.thresholds {
            let since = threshold.since.map_or(String::new(), |stage| format!(" seit Stufe {stage}"));
            let reached = threshold.reached_at.map_or("–".to_owned(), at);
            line(format!("  Stufe {}  nach {:>6} Std.{since}  {reached}", threshold.stage, number(threshold.hours)));
        }
        if !self.history.is_empty() {
            line(String::new());
            line("Bisher:".to_owned());
        }
        for past in &self.history {
            let names: Vec<&str> = past.recipients.iter().flatten().map(String::as_str).collect();
            let old = if past.due_version == item.due_version { "" } else { " (früherer Termin)" };
            let rehearsal = if past.rehearsal { " (Probe)" } else { "" };
            let step = Step::from_code(past.step);
            line(visible(&format!("  {}  {step}{old}{rehearsal} an {}", at(past.at), names.join("; "))).into_owned());
        }
        line(String::new());
        line(self.verdict.clone());
        for to in &self.due.resolved.recipients {
            let replaced = to.instead_of.and_then(|id| self.replaced.iter().find(|(known, _)| *known == id));
            let replaced = replaced.map_or(String::new(), |(_, name)| {
                format!(", {} {name}", if to.is_deputy { "in Vertretung für" } else { "statt" })
            });
            let away = if to.at_work { "" } else { ", heute nicht da" };
            line(
                visible(&format!("  an {} <{}> ({}{replaced}{away})", to.name, to.address, to.why.word())).into_owned(),
            );
        }
        for trouble in &self.due.resolved.troubles {
            line(visible(&format!("  ! {trouble}")).into_owned());
        }
        text
    }
}

impl Output for Explanation<'_> {
    /// The days, one a row.
    fn table(&self) -> Table {
        let mut table = Table::new(vec![
            column("day", "Tag"),
            column("windows", "Fenster"),
            column("hours", "Stunden"),
            column("sum", "Summe"),
            column("reason", "Grund"),
        ]);
        for day in &self.days {
            table.push(vec![
                Cell::Day(day.day),
                Cell::Text(day.windows.clone()),
                Cell::Number(hours(day.seconds)),
                Cell::Number(hours(day.sum)),
                Cell::Text(day.reason.clone()),
            ]);
        }
        table
    }

    fn json(&self) -> Value {
        let instant = |at: DateTime<Utc>| Cell::Instant(at.with_timezone(&self.zone)).json();
        json!({
            "type": self.due.rules.key,
            "item": self.due.item.id,
            "reference": self.due.item.reference,
            "title": self.due.item.title,
            "due_at": instant(self.due.due_at),
            "now": instant(self.now),
            "days": self.table().json_rows(),
            "stages": self.thresholds.iter().map(|threshold| json!({
                "stage": threshold.stage,
                "hours": Cell::Number(threshold.hours).json(),
                "reached_at": threshold.reached_at.map(instant),
            })).collect::<Vec<_>>(),
            "history": self.history.iter().map(|past| json!({
                "step": past.step, "at": instant(past.at), "due_version": past.due_version,
                "recipients": past.recipients, "rehearsal": past.rehearsal,
            })).collect::<Vec<_>>(),
            "next": self.due.next.as_ref().map(|next| json!({
                "step": next.highest().code(),
                "reached_at": instant(next.reached_at),
                "leaves_at": self.due.leaves_at.map(instant),
                "recipients": self.due.resolved.recipients.iter().map(|to| json!({
                    "name": to.name, "address": to.address, "role": to.why.word(), "at_work": to.at_work,
                })).collect::<Vec<_>>(),
            })),
            "troubles": self.due.resolved.troubles,
            "verdict": self.verdict,
        })
    }
}
