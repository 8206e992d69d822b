//! What an employee has before him or her today: the own due things, those of the people around, and dates.
//!
//! One load, the rest is pure: [`circle`] says whose an item is, [`dates`] which days come up, [`morning`] and
//! [`table`] how it looks.

mod circle;
mod dates;
mod morning;
mod table;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use diesel::PgConnection;

use self::circle::{Circle, Place};
use super::clocks::{Clocks, ReadyClocks};
use super::collections;
use super::items::{self, Item};
use super::list::{self, DueItem};
use super::people::People;
use super::plan::Office;
use super::rules::TypeRules;
use super::silences::{self, Silence, Silences};
use super::timing;
use crate::calendar::{end_of_day, local_day};
use crate::error::{Error, Result};
use crate::settings::Settings;

pub use self::dates::{DateKind, Occasion};
pub use self::morning::Morning;

/// The birthdays of partners are dates, not work: this type speaks among the dates.
const BIRTHDAYS: &str = "birthday";

/// Today, as one employee sees it.
pub struct Today<'a> {
    /// Whose it is, by name.
    pub name: String,
    /// By personnel number.
    pub number: i64,
    /// The own things due up to the end of today, the longest overdue first.
    pub mine: Vec<Entry<'a>>,
    /// The same of those who are in a team with the employee or report to him or her.
    pub team: Vec<Entry<'a>>,
    /// What comes up in the next days, the nearest first.
    pub dates: Vec<Occasion>,
    /// Types whose items could not be read, each a sentence.
    pub troubles: Vec<String>,
    /// The instant of the question.
    pub now: DateTime<Utc>,
    /// For instants.
    pub zone: Tz,
}

/// Something that is due.
pub struct Entry<'a> {
    /// The item, and what comes next.
    pub due: DueItem<'a>,
    /// What somebody said to its reminders, if that holds.
    pub silence: Option<Silence>,
    /// Whose it is, by name; none: the employee's own.
    pub of: Option<String>,
}

/// Loads today for the employee with this key; dates of so many days ahead.
pub fn load<'a>(
    connection: &mut PgConnection,
    settings: &'a Settings,
    employee: i64,
    days: u32,
    now: DateTime<Utc>,
) -> Result<Today<'a>> {
    let office = Office::load(connection, settings, now)?;
    let person = office.people.persons.get(&employee).ok_or_else(|| Error::bug("an employee was lost"))?;
    let circle = Circle::of(employee, &office.people);
    let today = local_day(now, settings.zone);
    let silences = silences::active(connection, now)?;
    let marks = collections::marks(connection)?;
    let active: Vec<&TypeRules> = settings.escalation.types.iter().filter(|rules| rules.active).collect();
    let mut found = Today {
        name: person.name.clone(),
        number: person.number,
        mine: Vec::new(),
        team: Vec::new(),
        dates: Vec::new(),
        troubles: Vec::new(),
        now,
        zone: settings.zone,
    };
    let end_of_today = end_of_day(today, settings.zone);
    let views = items::views(connection, &active)?;
    let mut ready = ReadyClocks::default();
    for (rules, view) in active.into_iter().zip(views).filter(|(rules, _)| rules.key != BIRTHDAYS) {
        let until = items::shift_days(end_of_today, rules.offset_days.saturating_neg(), settings.zone);
        let asked = items::ask(connection, rules, &view, |connection| match circle.is_named_in(rules.first_stage()) {
            true => items::find_due(connection, &view, until, i64::MAX),
            false => items::find_due_of(connection, &view, until, &circle.people(), &circle.teams()),
        })?;
        let items = match asked {
            Ok(items) => items,
            Err(trouble) => {
                found.troubles.push(trouble.told);
                continue;
            }
        };
        let mut clocks = Clocks::new(&mut ready, settings, rules, &marks, now)?;
        for item in items {
            sort_in(&mut found, &office, &circle, rules, &mut clocks, &silences, item, today);
        }
    }
    // by the day that people read: a promise stands at the end of its own
    let order = |entry: &Entry<'_>| (entry.due_day(settings.zone), entry.due.due_at);
    found.mine.sort_by_key(order);
    found.team.sort_by_key(order);
    let occasions = dates::load(connection, &circle, today, days, settings.zone)?;
    found.dates = dates::in_order(occasions, today, days);
    found.dates.retain(|occasion| !is_among(&found.mine, occasion) && !is_among(&found.team, occasion));
    Ok(found)
}

impl Entry<'_> {
    /// The local day on which it is due.
    fn due_day(&self, zone: Tz) -> NaiveDate {
        items::due_day(self.due.due_at, self.due.is_promise, zone)
    }
}

impl Today<'_> {
    /// Keeps so many lines of each list.
    pub fn truncate(&mut self, most: usize) {
        self.mine.truncate(most);
        self.team.truncate(most);
        self.dates.truncate(most);
    }
}

#[expect(clippy::too_many_arguments, reason = "all that one item is judged by")]
fn sort_in<'a>(
    found: &mut Today<'a>,
    office: &Office<'_>,
    circle: &Circle,
    rules: &'a TypeRules,
    clocks: &mut Clocks<'_>,
    silences: &Silences,
    item: Item,
    today: NaiveDate,
) {
    let people: &People = &office.people;
    let Some(place) = circle.place_of(rules.first_stage(), &item.roles, people) else { return };
    let facts = item.facts(rules.offset_days, rules.is_promise, found.zone);
    if facts.due_day > today {
        return;
    }
    let (calendar, _) = clocks.of(item.calendar.as_deref()).covering(facts.earliest(), found.now);
    if timing::is_too_old(rules, &facts, calendar, found.now) {
        return;
    }
    let silence = silences.of(&rules.key, &item.id, item.due_version).cloned();
    let name = |id: i64| people.persons.get(&id).map(|person| person.name.clone());
    let due = list::assess(office, rules, clocks, item, found.now);
    match place {
        Place::Mine { instead_of } => {
            found.mine.push(Entry { due, silence, of: instead_of.and_then(name) });
        }
        Place::Team { of } => found.team.push(Entry { due, silence, of: of.and_then(name) }),
    }
}

/// Whether the occasion is one of the entries already.
fn is_among(entries: &[Entry<'_>], occasion: &Occasion) -> bool {
    entries.iter().any(|entry| {
        occasion.kind.types().contains(&entry.due.rules.key.as_str())
            && occasion.reference.as_deref() == Some(entry.due.item.reference.as_str())
    })
}
