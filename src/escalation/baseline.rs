//! Going live beside a backlog: what would have been said by now is recorded as said, without a mail.
//!
//! The stages that are not reached yet follow by the usual rules; a chain whose last stage stands here does not repeat.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::chains;
use super::clocks::{Clocks, ReadyClocks};
use super::collections;
use super::gate;
use super::items::{self, Item};
use super::plan::leaves_at_once;
use super::rules::{Basis, TypeRules};
use super::step::Step;
use super::store::{self, NewStep, StepKey};
use super::timing::{self, Count, Facts};
use crate::calendar::{Calendar, Timeline};
use crate::db;
use crate::error::Result;
use crate::output::{Cell, Output, Table, column};
use crate::settings::Settings;

/// Items looked at in one go: the backlog of a large company need not fit into memory.
const BATCH: i64 = 5_000;

/// What was recorded: type and stage, and for how many items that is where their chain stands now.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Label and last stage, by type.
    pub chains: BTreeMap<(String, i16), u64>,
    /// Labels of the types.
    labels: BTreeMap<String, String>,
}

impl Baseline {
    /// How many items have a baseline now.
    pub fn total(&self) -> u64 {
        self.chains.values().sum()
    }
}

impl Output for Baseline {
    fn table(&self) -> Table {
        let mut table = Table::new(vec![
            column("type", "Typ"),
            column("label", "Bereich").optional(),
            column("stage", "Stufe"),
            column("items", "Posten"),
        ]);
        for ((key, stage), count) in &self.chains {
            let label = self.labels.get(key).cloned().unwrap_or_default();
            table.push(vec![
                Cell::Text(key.clone()),
                Cell::Text(label),
                Cell::Int(i64::from(*stage)),
                Cell::Int(i64::try_from(*count).unwrap_or(i64::MAX)),
            ]);
        }
        table
    }
}

/// Records the baseline of all active types (or of `only`) at `now`. `None` if a run is at work.
pub fn record(
    connection: &mut PgConnection,
    settings: &Settings,
    now: DateTime<Utc>,
    only: Option<&str>,
    dry_run: bool,
) -> Result<Option<Baseline>> {
    let work = |connection: &mut PgConnection| {
        if !dry_run && !store::try_lock(connection)? {
            return Ok(None);
        }
        db::set_instant(connection, now, settings.zone)?;
        // a rehearsed step would stand in the way now, and vanish on the day of going live
        store::undo_rehearsals(connection)?;
        let marks = collections::marks(connection)?;
        let wanted = |rules: &&TypeRules| only.map_or(rules.active, |key| rules.key == key);
        let types: Vec<&TypeRules> = settings.escalation.types.iter().filter(wanted).collect();
        let (mut baseline, mut ready) = (Baseline::default(), ReadyClocks::default());
        for (rules, view) in types.iter().zip(items::views(connection, &types)?) {
            view.check(rules)?;
            let mut clocks = Clocks::new(&mut ready, settings, rules, &marks, now)?;
            let until = items::shift_days(now, rules.offset_days.saturating_neg(), settings.zone);
            let mut last: Option<Item> = None;
            loop {
                let batch = items::find_due_after(connection, &view, until, last.as_ref(), BATCH)?;
                let Some(end) = batch.last().cloned() else { break };
                last = Some(end);
                record_batch(connection, settings, rules, &mut clocks, &batch, now, &mut baseline)?;
            }
        }
        Ok(Some(baseline))
    };
    if dry_run { db::rehearse(connection, work) } else { db::transaction(connection, work) }
}

fn record_batch(
    connection: &mut PgConnection,
    settings: &Settings,
    rules: &TypeRules,
    clocks: &mut Clocks<'_>,
    items: &[Item],
    now: DateTime<Utc>,
    baseline: &mut Baseline,
) -> Result<()> {
    let (mut steps, mut stands) = (Vec::new(), BTreeMap::new());
    for item in items {
        let facts = item.facts(rules.offset_days, rules.is_promise, settings.zone);
        let (calendar, timeline) = clocks.of(item.calendar.as_deref()).covering(facts.earliest(), now);
        let gone = gone_by(rules, &facts, calendar, timeline, leaves_at_once(rules, item), now);
        let Some(&highest) = gone.last() else { continue };
        if let Step::Stage(stage) = highest {
            *baseline.chains.entry((rules.key.clone(), stage)).or_default() += 1;
        }
        stands.insert((rules.key.clone(), item.id.clone(), item.due_version), highest);
        let key = |step: &Step| StepKey {
            type_key: rules.key.clone(),
            item_id: item.id.clone(),
            due_version: item.due_version,
            step: step.code(),
        };
        steps.extend(gone.iter().map(|step| NewStep {
            key: key(step),
            due_at: facts.due_at,
            reference: &item.reference,
            title: &item.title,
            recipients: String::new(),
        }));
    }
    baseline.labels.entry(rules.key.clone()).or_insert_with(|| rules.label.clone());
    store::record_baseline(connection, &steps, now)?;
    chains::stand_at_baseline(connection, &stands, now)
}

/// The stages that would have left by `now` if a run had taken place at every minute, lowest first. Pure.
///
/// With basis previous the hours are summed up from due (DESIGN.md §4): nothing has left that they could count from.
pub fn gone_by(
    rules: &TypeRules,
    facts: &Facts<'_>,
    calendar: &Calendar,
    timeline: &Timeline,
    at_once: bool,
    now: DateTime<Utc>,
) -> Vec<Step> {
    if now < facts.due_at || timing::is_too_old(rules, facts, calendar, now) {
        return Vec::new();
    }
    let left = |reached_at| gate::leaves_at(rules, calendar, timeline, reached_at, at_once).filter(|at| *at <= now);
    if rules.basis == Basis::Previous {
        let stands = match facts.previous() {
            Some((Step::Stage(stage), _)) => stage,
            Some((Step::Repeat(_), _)) => return Vec::new(),
            _ => 0,
        };
        let count = Count::new(rules.clock, timeline, facts.pauses);
        let mut hours = super::hours::Hours::ZERO;
        let mut gone = Vec::new();
        for (stage, more) in rules.stages_with_hours() {
            hours = super::hours::Hours::from_seconds(hours.seconds() + more.seconds());
            if count.reach(facts.due_at, hours).and_then(left).is_none() {
                break;
            }
            gone.extend((stage.number > stands).then_some(Step::Stage(stage.number)));
        }
        return gone;
    }
    let mut facts = facts.clone();
    let mut gone = Vec::new();
    while let Some(next) = timing::next(rules, &facts, calendar, timeline, now) {
        let Some(at) = left(next.reached_at).filter(|_| matches!(next.highest(), Step::Stage(_))) else { break };
        facts.last = Some((next.highest(), at));
        gone.extend(next.steps);
    }
    gone
}
