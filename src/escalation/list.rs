//! What is due: every item past its due instant, where its chain stands, and when it is next said to whom.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::PgConnection;

use super::clocks::{Clocks, ReadyClocks};
use super::collections;
use super::items::{self, Item, View};
use super::plan::{Office, leaves_at_once};
use super::recipients::Resolved;
use super::rules::TypeRules;
use super::silences::{self, Silence, SilenceKind, Silences};
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
    /// What keeps it quiet for the longest time; only a list says so.
    pub silence: Option<Silence>,
}

/// What a list is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// Only this type, also if it is not active.
    pub type_key: Option<&'a str>,
    /// What somebody has seen, due or not.
    pub acknowledged: bool,
    /// What somebody muted, due or not.
    pub muted: bool,
    /// What is due and was there before wvl: its last step was recorded by `escalate baseline`.
    pub baseline: bool,
    /// At most so many items.
    pub limit: Option<i64>,
}

impl Wanted<'_> {
    /// Whether it is asked for what is quiet, not for what is due.
    fn is_about_silences(&self) -> bool {
        self.acknowledged || self.muted
    }

    /// Whether that silence was asked for.
    fn includes(&self, silence: &Silence) -> bool {
        match silence.kind {
            SilenceKind::Acknowledged => self.acknowledged,
            SilenceKind::Muted => self.muted,
        }
    }
}

/// What is due in all active types, or what is quiet.
pub struct DueList<'a> {
    /// The items, by type, the longest due first.
    pub items: Vec<DueItem<'a>>,
    /// Types that could not be looked at, each a sentence.
    pub troubles: Vec<String>,
    /// For instants.
    pub zone: Tz,
    /// Tells of each silence who said it and why.
    pub is_about_silences: bool,
}

/// Loads what is due by `now`, or what is quiet then.
pub fn load<'a>(
    connection: &mut PgConnection,
    settings: &'a Settings,
    now: DateTime<Utc>,
    wanted: Wanted<'_>,
) -> Result<DueList<'a>> {
    let office = Office::load(connection, settings, now)?;
    let marks = collections::marks(connection)?;
    let silences = silences::active(connection, now)?;
    let limit = wanted.limit.unwrap_or(i64::MAX);
    let (mut found, mut troubles) = (Vec::new(), Vec::new());
    let speaks = |rules: &TypeRules| match wanted.is_about_silences() {
        // also where a type was switched off since
        true => silences.items().any(|(key, _)| key == rules.key),
        false => rules.active,
    };
    let is_asked = |rules: &&TypeRules| wanted.type_key.map_or_else(|| speaks(rules), |key| rules.key == key);
    let types: Vec<&TypeRules> = settings.escalation.types.iter().filter(is_asked).collect();
    let views = items::views(connection, &types)?;
    let mut ready = ReadyClocks::default();
    for (rules, view) in types.into_iter().zip(views) {
        let mut clocks = Clocks::new(&mut ready, settings, rules, &marks, now)?;
        let until = items::shift_days(now, rules.offset_days.saturating_neg(), settings.zone);
        let items = items::ask(connection, rules, &view, |connection| match wanted.is_about_silences() {
            true => quiet(connection, &view, &silences, wanted),
            false if wanted.baseline => items::find_baseline(connection, &view, until, limit),
            false => items::find_due(connection, &view, until, limit),
        })?;
        for item in items.unwrap_or_else(|unread| {
            troubles.push(unread.told);
            Vec::new()
        }) {
            let mut due = assess(&office, rules, &mut clocks, item, now);
            let holding = || silences.of_each(&rules.key, &due.item.id, due.item.due_version);
            let longest = |one: &&Silence| (one.until, one.kind);
            let asked = holding().filter(|silence| wanted.includes(silence)).max_by_key(longest);
            let silence = holding().max_by_key(longest);
            if let (Some(silence), Some(next)) = (silence, &due.next) {
                let clock = clocks.of(due.item.calendar.as_deref());
                // not before both are over: the threshold and the silence
                let from = next.reached_at.max(silence.until);
                due.leaves_at = clock.leaves_at(rules, from, leaves_at_once(rules, &due.item), now);
            }
            due.silence = asked.or(silence).cloned();
            found.push(due);
        }
    }
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(DueList { items: found, troubles, zone: settings.zone, is_about_silences: wanted.is_about_silences() })
}

/// The open items of a type that are quiet in the way that was asked for, the longest due first.
fn quiet(connection: &mut PgConnection, view: &View<'_>, silences: &Silences, wanted: Wanted<'_>) -> Result<Vec<Item>> {
    let ids: Vec<&str> = silences.items().filter(|(key, _)| *key == view.type_key).map(|(_, item)| item).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut items = items::find_by_ids(connection, view, &ids)?;
    // the due date may have moved on since it was acknowledged
    items.retain(|item| {
        silences.of_each(view.type_key, &item.id, item.due_version).any(|silence| wanted.includes(silence))
    });
    items.retain(|item| item.baseline || !wanted.baseline);
    items.sort_by(|one, other| (one.due_at, &one.id).cmp(&(other.due_at, &other.id)));
    Ok(items)
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
    DueItem { rules, due_at, is_promise, next, leaves_at, resolved, silence: None, item }
}

impl Output for DueList<'_> {
    fn table(&self) -> Table {
        let mut columns = vec![
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
            column("silent_until", "still bis").optional(),
        ];
        if self.is_about_silences {
            // who said it and why is the question; the rest is for wider terminals
            let asked = ["type", "reference", "title", "partner", "due_at", "silent_until"];
            columns = columns
                .into_iter()
                .map(|it| if asked.contains(&it.key.as_str()) { it } else { it.optional() })
                .collect();
            columns.extend([column("silence", "weil"), column("silent_since", "seit").optional()]);
            columns.extend([column("silent_by", "von"), column("note", "Notiz")]);
        }
        let mut table = Table::new(columns);
        for due in &self.items {
            let last = due.item.last.filter(|(step, _)| step.code() != 0);
            let silence = due.silence.as_ref();
            let until = silence.map_or(Cell::Empty, |silence| due_as_cell(silence.until, true, self.zone));
            let mut row = vec![
                Cell::Text(due.rules.key.clone()),
                Cell::Text(due.item.reference.clone()),
                Cell::Text(due.item.title.clone()),
                Cell::text(due.item.partner.clone()),
                due_as_cell(due.due_at, due.is_promise, self.zone),
                Cell::text(last.map(|(step, _)| step.to_string())),
                Cell::instant(last.map(|(_, at)| at), self.zone),
                Cell::text(due.next.as_ref().map(|next| next.highest().to_string())),
                Cell::instant(due.leaves_at, self.zone),
                Cell::List(due.resolved.recipients.iter().map(|to| to.shown_name().into_owned()).collect()),
                until,
            ];
            if self.is_about_silences {
                row.extend([
                    Cell::text(silence.map(|silence| silence.kind.german())),
                    Cell::instant(silence.map(|silence| silence.since), self.zone),
                    Cell::text(silence.map(|silence| silence.by.as_str())),
                    Cell::text(silence.and_then(|silence| silence.note.as_deref())),
                ]);
            }
            table.push(row);
        }
        table
    }
}
