//! The office: is its calendar that of this year, do people have addresses, does every type reach somebody?

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Utc};
use diesel::PgConnection;

use super::report::{Area, Report};
use super::ways;
use crate::calendar::{Calendar, local_day};
use crate::db;
use crate::error::Result;
use crate::escalation::people::{self, People, Person};
use crate::escalation::recipients::{Policy, Roles, resolve};
use crate::escalation::rules::{DEFAULT_CALENDAR, TypeRules};
use crate::escalation::settings::Deputies;
use crate::escalation::token::Token;
use crate::escalation::view_check;
use crate::settings::Settings;

/// So many people are named.
const NAMED: usize = 8;

/// State, windows and what is closed.
pub fn calendars(settings: &Settings, now: DateTime<Utc>, report: &mut Report) {
    let year = local_day(now, settings.zone).year();
    for (name, calendar) in &settings.calendars {
        let holidays = |year: i32| calendar.holidays.in_year(year).len();
        // whoever is there every day of the week knows no holidays either
        let is_always_open = calendar.windows.iter().all(|windows| !windows.is_empty());
        if calendar.holidays.state.is_none() && is_always_open {
            report.ok(Area::Calendar, format!("calendar {name}: open every day of the week, no holidays"));
        } else if calendar.holidays.state.is_none() {
            report.warn(
                Area::Calendar,
                format!("calendar {name} knows no holidays: no state is set"),
                format!("[calendar.{name}] state = \"DE-BW\", or where your office is"),
            );
        }
        if calendar.windows.iter().all(Vec::is_empty) {
            report.error(
                Area::Calendar,
                format!("calendar {name} never opens: nothing that counts by it is ever reminded of"),
                format!("[calendar.{name}] mon = [\"08:00-17:00\"], and so on for the other days"),
            );
            continue;
        }
        if is_outdated(calendar, year) {
            report.warn(
                Area::Calendar,
                format!("calendar {name}: every company holiday in it lies in past years"),
                format!("[calendar.{name}] closed = [\"{year}-12-28..{year}-12-31\"], or take the old ones out"),
            );
        }
        if let Some(state) = calendar.holidays.state {
            report.ok(
                Area::Calendar,
                format!(
                    "calendar {name}: {}, {} holidays in {year}, {} in {}",
                    state.code(),
                    holidays(year),
                    holidays(year + 1),
                    year + 1
                ),
            );
        }
    }
}

/// Somebody has entered company holidays once, and not since.
fn is_outdated(calendar: &Calendar, year: i32) -> bool {
    !calendar.closed.is_empty() && calendar.closed.iter().all(|range| range.end().year() < year)
}

/// Whether the active types reach somebody, and everybody can be reached.
pub fn escalation(
    connection: &mut PgConnection,
    settings: &Settings,
    now: DateTime<Utc>,
    report: &mut Report,
) -> Result<()> {
    let active: Vec<&TypeRules> = settings.escalation.types.iter().filter(|rules| rules.active).collect();
    if active.is_empty() {
        report.warn(
            Area::Escalation,
            "no type is active: nobody is ever reminded of anything",
            "[escalation.offer-follow-up] active = true; wvl escalate types shows all",
        );
    }
    for rules in active.iter().filter(|rules| rules.is_silent()) {
        report.warn(
            Area::Escalation,
            format!("{} is active, but no stage has hours: it never reminds", rules.key),
            format!("[escalation.{}] stage1 = {{ hours = 8, to = \"handler\" }}, or what fits", rules.key),
        );
    }
    let people = db::read_only(connection, |connection| {
        let named = |name: Option<&str>| settings.calendar(name.unwrap_or(DEFAULT_CALENDAR));
        let fallback = settings.calendars.get(DEFAULT_CALENDAR);
        match fallback {
            Some(fallback) => {
                people::load(connection, local_day(now, settings.zone), |name| named(name).unwrap_or(fallback))
            }
            None => Ok(People::default()),
        }
    })?;
    // a new database: that nobody can be named yet says it all
    if people.persons.is_empty() {
        report.warn(
            Area::Escalation,
            "there are no employees: nobody can be reminded",
            "wvl employee import FILE.csv --dry-run, or wvl employee new",
        );
        return views(connection, settings, report);
    }
    let heads = heads(settings, &people, report);
    let mut troubles: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for rules in &active {
        for trouble in unreached(settings, rules, &people, &heads) {
            troubles.entry(trouble).or_default().push(&rules.key);
        }
    }
    if troubles.is_empty() && !active.is_empty() {
        report.ok(Area::Escalation, format!("{} active types, each reaches somebody", active.len()));
    }
    for (trouble, types) in troubles {
        report.warn(
            Area::Escalation,
            format!("{trouble} ({})", some(&types)),
            "company_heads in [escalation], fallback in the type, or mend the name in its stages",
        );
    }
    staff(&people, report);
    ways::look(settings, &active, &people, &heads, report);
    views(connection, settings, report)
}

/// The views of types that the admin made.
fn views(connection: &mut PgConnection, settings: &Settings, report: &mut Report) -> Result<()> {
    for judgement in view_check::judge(connection, &settings.escalation.types)? {
        for fault in &judgement.faults {
            let way_out = fault.suggestion.clone().unwrap_or_else(|| "wvl config validate".to_owned());
            report.error(Area::Escalation, format!("{}: {}", judgement.type_key, fault.message), way_out);
        }
        for doubt in &judgement.doubts {
            let way_out = doubt.suggestion.clone().unwrap_or_else(|| "wvl config validate".to_owned());
            report.warn(Area::Escalation, format!("{}: {}", judgement.type_key, doubt.message), way_out);
        }
    }
    Ok(())
}

/// The company heads who are there, by internal key.
fn heads(settings: &Settings, people: &People, report: &mut Report) -> Vec<i64> {
    let mut heads = Vec::new();
    for number in &settings.escalation.company_heads {
        let person = people.persons.values().find(|person| person.number == *number);
        let wrong = match person {
            None => "does not exist",
            Some(person) if !person.active => "has left",
            Some(person) if person.address.is_none() => "has no usable mail address",
            Some(person) => {
                heads.push(person.id);
                continue;
            }
        };
        report.error(
            Area::Escalation,
            format!("escalation.company_heads names employee {number}, who {wrong}"),
            "wvl employee list shows the numbers; wvl employee set NUMBER --email ADDRESS",
        );
    }
    heads
}

/// What keeps an item of a type from reaching anybody, whoever is named on it.
fn unreached(settings: &Settings, rules: &TypeRules, people: &People, heads: &[i64]) -> Vec<String> {
    let policy = Policy {
        first_stage: rules.first_stage(),
        fallback: rules.fallback.tokens(),
        company_heads: heads,
        deputy_instead: settings.escalation.deputies == Deputies::Instead,
        // who is reached how is looked at below
        channels: None,
    };
    let mut found = Vec::new();
    let stages: Vec<&[Token]> = rules.stages_with_hours().map(|(stage, _)| stage.to.tokens()).collect();
    for tokens in &stages {
        // those that do not depend on an item
        let fixed: Vec<Token> = tokens
            .iter()
            .filter(|token| {
                matches!(
                    token.whom(),
                    Token::Team(_) | Token::Employee(_) | Token::All | Token::Mail(_) | Token::Place { .. }
                )
            })
            .map(|token| token.whom().clone())
            .collect();
        if !fixed.is_empty() {
            let resolved = resolve(&[&fixed], &Roles::default(), people, &policy);
            // that nobody is left is said below, of the whole type
            found.extend(resolved.troubles.into_iter().filter(|trouble| !trouble.starts_with("nobody can be reached")));
        }
    }
    // an item on which nobody is named, or whose people have left
    let nobody = resolve(&stages, &Roles::default(), people, &policy);
    if !stages.is_empty() && nobody.recipients.is_empty() {
        found.push("an item without handler, adm and idm reaches nobody".to_owned());
    }
    found.sort();
    found.dedup();
    found
}

fn staff(people: &People, report: &mut Report) {
    let active: Vec<&Person> = people.persons.values().filter(|person| person.active).collect();
    if active.is_empty() {
        report.warn(Area::Escalation, "every employee has left: nobody can be reminded", "wvl employee new");
        return;
    }
    let mut without: Vec<i64> = active.iter().filter(|it| it.address.is_none()).map(|it| it.number).collect();
    without.sort_unstable();
    match without.as_slice() {
        [] => report.ok(Area::Escalation, format!("{} employees, each with a mail address", active.len())),
        [first, ..] => report.warn(
            Area::Escalation,
            format!("{} of {} employees have no usable mail address: {}", without.len(), active.len(), some(&without)),
            format!("wvl employee set {first} --email ADDRESS; without one the fallback gets their mails"),
        ),
    }
}

/// The first of them, and how many more there are.
pub(super) fn some<T: ToString>(all: &[T]) -> String {
    let named: Vec<String> = all.iter().take(NAMED).map(T::to_string).collect();
    match all.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
