//! What is due: every item past its due instant, where its chain stands, and when it is next said to whom.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::PgConnection;

use super::collections;
use super::items::{self, Item};
use super::plan::{Clocks, Office, leaves_at_once};
use super::recipients::Resolved;
use super::rules::TypeRules;
use super::step_list::due_as_cell;
use super::timing::{self, Next};
use crate::error::Result;
use crate::output::{Cell, Output, Table, column};
use crate::settings::Settings;

/// One item that is due.
pub struct DueItem<'a> {
    /// The rules of its type.
    pub rules: &'a TypeRules,
    /// The item.
    pub item: Item,
    /// Due, offset included.
    pub due_at: DateTime<Utc>,
    /// Whether the due column is a promise.
    pub is_promise: bool,
    /// The next step, if one follows.
    pub next: Option<Next>,
    /// When it leaves, if nothing changes.
    pub leaves_at: Option<DateTime<Utc>>,
    /// Who will hear of it, and what stands in the way.
    pub resolved: Resolved,
}

/// What is due in all active types.
pub struct DueList<'a> {
    /// The items, by type, the longest due first.
    pub items: Vec<DueItem<'a>>,
    /// Types that could not be looked at, each a sentence.
    pub troubles: Vec<String>,
    /// For instants.
    pub zone: Tz,
}

/// Loads what is due by `now`; `only` is a type's key, `limit` the most items.
pub fn load<'a>(
    connection: &mut PgConnection,
    settings: &'a Settings,
    now: DateTime<Utc>,
    only: Option<&str>,
    limit: i64,
) -> Result<DueList<'a>> {
    let office = Office::load(connection, settings, now)?;
    let marks = collections::marks(connection)?;
    let (mut found, mut troubles) = (Vec::new(), Vec::new());
    let wanted = |rules: &&TypeRules| only.map_or(rules.active, |key| rules.key == key);
    let types: Vec<&TypeRules> = settings.escalation.types.iter().filter(wanted).collect();
    let views = items::views(connection, &types)?;
    for (rules, view) in types.into_iter().zip(views) {
        let mut clocks = Clocks::new(settings, rules, &marks, now)?;
        let until = items::shift_days(now, rules.offset_days.saturating_neg(), settings.zone);
        let due = items::ask(connection, rules, &view, |connection| items::find_due(connection, &view, until, limit))?;
        match due {
            Ok(due) => found.extend(due.into_iter().map(|item| assess(&office, rules, &mut clocks, item, now))),
            Err(trouble) => troubles.push(trouble),
        }
    }
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(DueList { items: found, troubles, zone: settings.zone })
}

/// Where an item stands and what comes next.
pub fn assess<'a>(
    office: &Office<'_>,
    rules: &'a TypeRules,
    clocks: &mut Clocks<'_>,
    item: Item,
    now: DateTime<Utc>,
) -> DueItem<'a> {
    let is_promise = rules.is_promise;
    let facts = item.facts(rules.offset_days, is_promise, office.settings.zone);
    let due_at = facts.due_at;
    let clock = clocks.of(item.calendar.as_deref());
    let (calendar, timeline) = clock.covering(facts.earliest(), now);
    let next = timing::next(rules, &facts, calendar, timeline, now);
    let at_once = leaves_at_once(rules, &item);
    let leaves_at = next.as_ref().and_then(|next| clock.leaves_at(rules, next.reached_at, at_once, now));
    let resolved = next.as_ref().map(|next| office.recipients(rules, &item, next)).unwrap_or_default();
    DueItem { rules, due_at, is_promise, next, leaves_at, resolved, item }
}

impl Output for DueList<'_> {
    fn table(&self) -> Table {
        let mut table = Table::new(vec![
            column("type", "Typ").optional(),
            column("reference", "Nummer"),
            column("title", "Beschreibung").optional(),
            column("partner", "Kunde"),
            column("due_at", "Fällig"),
            column("last_step", "Zuletzt").optional(),
            column("last_at", "am").optional(),
            column("next_step", "Als Nächstes"),
            column("leaves_at", "geht am"),
            column("recipients", "an").optional(),
        ]);
        for due in &self.items {
            let last = due.item.last.filter(|(step, _)| step.code() != 0);
            table.push(vec![
                Cell::Text(due.rules.key.clone()),
                Cell::Text(due.item.reference.clone()),
                Cell::Text(due.item.title.clone()),
                Cell::text(due.item.partner.clone()),
                due_as_cell(due.due_at, due.is_promise, self.zone),
                Cell::text(last.map(|(step, _)| step.to_string())),
                Cell::instant(last.map(|(_, at)| at), self.zone),
                Cell::text(due.next.as_ref().map(|next| next.highest().to_string())),
                Cell::instant(due.leaves_at, self.zone),
                Cell::List(due.resolved.recipients.iter().map(|to| to.shown_name().to_owned()).collect()),
            ]);
        }
        table
    }
}
