//! Whether the runs of a schedule ever meet the hours in which an escalation type may speak. Pure.
//!
//! Outside of its window a type says nothing, so that a schedule can be right for cron and still mean that nobody is ever
//! reminded. A year ahead is looked at, run by run, with its holidays and the nights on which the clock is changed.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc, Weekday};
use chrono_tz::Tz;

use super::catalog::ESCALATE_RUN;
use crate::calendar::{Calendar, TimeOfDay, at_local, local_day};
use crate::escalation::rules::TypeRules;
use crate::settings::Settings;

/// A year and a day: every holiday once, and both nights on which the clock is changed.
const DAYS_AHEAD: u64 = 366;

/// Where a type and the schedule do not meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// No run of the year falls into the type's window.
    Never {
        /// The type.
        type_key: String,
    },
    /// On these days of the week no run falls into it: what is due then waits for the next day with one.
    NotOn {
        /// The type.
        type_key: String,
        /// Monday first.
        weekdays: Vec<Weekday>,
    },
    /// After this time of collecting no run comes before the window closes: its mails leave a day later.
    Collection {
        /// The type.
        type_key: String,
        /// When mails are collected.
        at: TimeOfDay,
    },
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Gap::Never { type_key } => {
                write!(f, "escalation.{type_key} is never reminded of: no run falls into its window")
            }
            Gap::NotOn { type_key, weekdays } => {
                let names: Vec<String> = weekdays.iter().map(ToString::to_string).collect();
                write!(f, "escalation.{type_key} has a window on {} and no run falls into it", names.join(", "))
            }
            Gap::Collection { type_key, at } => write!(
                f,
                "what escalation.{type_key} collects at {at} leaves a day later: no run comes between then and the end of \
                 its window"
            ),
        }
    }
}

/// The gaps of all active types under the schedule of `escalate run`, read in the zone of whoever runs it, in the year after
/// `from`. None where it has no schedule: somebody else starts it then.
pub fn gaps(settings: &Settings, zone: Tz, from: DateTime<Utc>) -> Vec<Gap> {
    let Some(schedule) = settings.job.of(&ESCALATE_RUN).and_then(|rules| rules.schedule.as_ref()) else {
        return Vec::new();
    };
    let days = || (0..=DAYS_AHEAD).filter_map(|day| local_day(from, zone).checked_add_days(Days::new(day)));
    let mut runs: Vec<DateTime<Utc>> = days().flat_map(|day| schedule.runs_of(day, zone)).collect();
    runs.sort_unstable();
    let types = settings.escalation.types.iter().filter(|rules| rules.active && !rules.is_silent());
    types
        .filter_map(|rules| Some((rules, settings.calendar(rules.calendar_name(None))?)))
        .flat_map(|(rules, calendar)| gaps_of(rules, &rules.windowed(calendar), &runs, from))
        .collect()
}

/// The gaps of a type, the worst one alone. `runs` are in order.
fn gaps_of(rules: &TypeRules, calendar: &Calendar, runs: &[DateTime<Utc>], from: DateTime<Utc>) -> Vec<Gap> {
    let type_key = || rules.key.clone();
    let first = local_day(from, calendar.zone);
    // the first day may be half over, and the runs of the last one may be those of another zone
    let days = (1..DAYS_AHEAD).filter_map(|day| first.checked_add_days(Days::new(day)));
    let open: Vec<NaiveDate> = days.filter(|day| calendar.opens_on(*day)).collect();
    let is_met = |day: &NaiveDate| has_run(calendar, runs, *day, TimeOfDay::MIDNIGHT);
    if !open.iter().any(is_met) {
        return if open.is_empty() { Vec::new() } else { vec![Gap::Never { type_key: type_key() }] };
    }
    let met: BTreeSet<u32> =
        open.iter().filter(|day| is_met(day)).map(|day| day.weekday().num_days_from_monday()).collect();
    let mut missed: Vec<Weekday> = Vec::new();
    for day in open.iter().map(Datelike::weekday) {
        if !met.contains(&day.num_days_from_monday()) && !missed.contains(&day) {
            missed.push(day);
        }
    }
    if !missed.is_empty() {
        missed.sort_by_key(Weekday::num_days_from_monday);
        return vec![Gap::NotOn { type_key: type_key(), weekdays: missed }];
    }
    // where everything leaves at once nobody waits for a collection
    let collections = rules.collect_at.iter().filter(|_| !rules.at_once);
    let is_late = |at: &&TimeOfDay| {
        // a day that closes before the collection has none
        let mut days = open.iter().filter(|day| calendar.windows_on(**day).any(|window| window.to() > **at)).peekable();
        days.peek().is_some() && !days.any(|day| has_run(calendar, runs, *day, **at))
    };
    collections.filter(is_late).map(|at| Gap::Collection { type_key: type_key(), at: *at }).collect()
}

/// Whether a run falls into a window of this day, at or after this time.
fn has_run(calendar: &Calendar, runs: &[DateTime<Utc>], day: NaiveDate, after: TimeOfDay) -> bool {
    calendar.windows_on(day).any(|window| {
        let opens = at_local(day, window.from().max(after), calendar.zone);
        let closes = at_local(day, window.to(), calendar.zone);
        runs.get(runs.partition_point(|run| *run < opens)).is_some_and(|run| *run < closes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Source;

    fn told(schedule: &str, zone: Tz, task: &str) -> Vec<String> {
        let text = format!(
            "[calendar.default]\nstate = \"DE-BW\"\nmon = [\"08:00-17:00\"]\ntue = [\"08:00-17:00\"]\n\
             [job.escalate-run]\nschedule = {schedule:?}\n[escalation.task]\n{task}\n"
        );
        let (settings, _) = Settings::load(&Source::from_text("wvl.toml", &text), &[]).unwrap();
        let from = "2026-11-22T12:00:00Z".parse().unwrap();
        gaps(&settings, zone, from).iter().map(ToString::to_string).collect()
    }

    const BERLIN: Tz = chrono_tz::Europe::Berlin;
    const OFFICE: &str = "active = true\nfrom = \"08:00\"\nto = \"18:00\"\nsaturday = false\nsunday = false";

    #[test]
    fn the_usual_schedules_meet_every_window() {
        for schedule in ["*/10 * * * *", "*/30 7-18 * * 1-5", "0 8,13 * * *", ""] {
            assert_eq!(told(schedule, BERLIN, OFFICE), [""; 0], "{schedule}");
        }
        let weekend = "active = true\nfrom = \"00:00\"\nto = \"24:00\"\nsaturday = true\nsunday = true";
        assert_eq!(told("*/10 * * * *", BERLIN, weekend), [""; 0]);
    }

    #[test]
    fn a_schedule_beside_the_window_is_told() {
        let never = ["escalation.task is never reminded of: no run falls into its window"];
        assert_eq!(told("0 22 * * *", BERLIN, OFFICE), never);
        assert_eq!(told("0 10 * * sat", BERLIN, OFFICE), never);
        assert_eq!(told("0 18 * * *", BERLIN, OFFICE), never, "18:00 is no longer inside");
        // 17:30 in summer is 18:30 or 19:30 in Berlin
        assert_eq!(told("30 17 * * *", Tz::UTC, OFFICE), never);
        assert_eq!(told("0 22 * * *", BERLIN, "active = false").len(), 0);
    }

    #[test]
    fn a_day_without_a_run_is_told() {
        assert_eq!(
            told("*/10 * * * tue-fri", BERLIN, OFFICE),
            ["escalation.task has a window on Mon and no run falls into it"]
        );
        let saturdays = OFFICE.replace("saturday = false", "saturday = true");
        assert_eq!(
            told("0 9,14 * * 1-5", BERLIN, &saturdays),
            ["escalation.task has a window on Sat and no run falls into it"]
        );
    }

    #[test]
    fn a_collection_without_a_run_behind_it_is_told() {
        let late = "what escalation.task collects at 13:00 leaves a day later: no run comes between then and the end of its window";
        assert_eq!(told("0 9 * * *", BERLIN, OFFICE), [late]);
        assert_eq!(told("0 9 * * *", BERLIN, &format!("{OFFICE}\nat_once = true")), [""; 0]);
        assert_eq!(told("0 9 * * *", BERLIN, &format!("{OFFICE}\ncollect_at = [\"08:00\"]")), [""; 0]);
    }
}
