//! What a run at one instant would do: the steps that are reached and may leave, and to whom.
//!
//! Reads, decides, and writes nothing. The claim (see `run`) has the last word.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::caps::Caps;
use super::chains::{self, Bounds, ChainKey, Change, Changes};
use super::clocks::{self, Clocks, ReadyClocks};
use super::collections;
use super::gate::{self, Gate};
use super::items::{self, CutOffs, Item, View};
use super::people::{self, People};
use super::recipients::{NOBODY_NAMED, Policy, Recipient, Resolved, resolve};
use super::rules::{Basis, Clock, DEFAULT_CALENDAR, TypeRules};
use super::search::{self, Extent, Search};
use super::settings::Deputies;
use super::silences::{self, Silences};
use super::step::Step;
use super::store::StepKey;
use super::timing::{self, Count, Next};
use super::token::Token;
use super::unsound;
use crate::calendar::{Calendar, local_day};
use crate::db;
use crate::error::{Error, Kind, Result};
use crate::outbox::settings::MailMode;
use crate::settings::Settings;

/// After so many of the item's working days on which nobody of its recipients works, a step leaves all the same.
pub(super) const DAYS_TO_WAIT: u16 = 3;

/// A step that may leave now.
#[derive(Clone, Debug)]
pub struct Planned<'a> {
    /// The rules of its type.
    pub rules: &'a TypeRules,
    /// The item.
    pub item: Item,
    /// The due instant, offset included.
    pub due_at: DateTime<Utc>,
    /// Whether the due column is a promise.
    pub is_promise: bool,
    /// The steps it takes; the highest names the mail.
    pub next: Next,
    /// To whom.
    pub recipients: Vec<Recipient>,
    /// Real seconds since due; negative ahead of it.
    pub overdue_seconds: i64,
    /// Working seconds since due.
    pub working_seconds: i64,
    /// The calendar whose collection it leaves with; empty: the type's.
    pub collection: String,
    /// Who was written to before and refused it, with the answer; none unless this is told in somebody's place.
    pub refused: Option<String>,
}

impl Planned<'_> {
    /// The step that names the mail.
    pub fn step(&self) -> Step {
        self.next.highest()
    }

    /// Its chain.
    pub fn chain(&self) -> ChainKey {
        (self.rules.key.clone(), self.item.id.clone(), self.item.due_version)
    }

    /// The keys of the step, the deciding one last.
    pub fn keys(&self) -> Vec<StepKey> {
        let key = |code| StepKey {
            type_key: self.rules.key.clone(),
            item_id: self.item.id.clone(),
            due_version: self.item.due_version,
            step: code,
        };
        self.next.steps.iter().map(|taken| key(taken.code())).collect()
    }

    /// Its recipients as history keeps them: each as `Name <address>`, on a line of its own.
    pub fn written_to(&self) -> String {
        let recipients = self.recipients.iter().map(|recipient| match recipient.name.as_str() {
            "" => recipient.address.clone(),
            _ => format!("{} <{}>", recipient.shown_name(), recipient.address).replace('\n', " "),
        });
        recipients.collect::<Vec<_>>().join("\n")
    }

    /// What becomes of its chain if it does not leave after all: a new one waits.
    pub fn held(&self) -> Option<(ChainKey, Change)> {
        (!self.item.is_live).then(|| (self.chain(), Change::Hold))
    }

    /// The stage it speaks for: of a repeat the last one; 0 for an advance notice, which comes before them all.
    pub fn stage(&self) -> i16 {
        stage_of(self.rules, self.step())
    }
}

/// The stage a step speaks for.
pub fn stage_of(rules: &TypeRules, step: Step) -> i16 {
    match step {
        Step::Stage(stage) => stage,
        Step::Repeat(_) => rules.stages_with_hours().last().map_or(0, |(stage, _)| stage.number),
        Step::Held | Step::Announce(_) => 0,
    }
}

/// Everything a run would do.
#[derive(Debug, Default)]
pub struct Plan<'a> {
    /// The steps, in the order of their keys.
    pub steps: Vec<Planned<'a>>,
    /// What becomes of the chains of all that was found and has no step here.
    pub changes: Changes,
    /// Collections that this run takes: type and calendar.
    pub collections: BTreeSet<(String, String)>,
    /// How far the search came, by type.
    pub searches: BTreeMap<String, Search>,
    /// Types that were searched under other rules than before.
    pub under_new_rules: BTreeSet<String>,
    /// How many steps are over the caps and leave with a later run.
    pub over_caps: usize,
    /// What somebody should put right, each a sentence.
    pub troubles: BTreeSet<String>,
    /// Everybody, as of the day of the run.
    pub people: People,
}

/// The plan of a run at `now`.
///
/// Errors: as of [`plan_without`].
pub fn plan<'a>(connection: &mut PgConnection, settings: &'a Settings, now: DateTime<Utc>) -> Result<Plan<'a>> {
    plan_without(connection, settings, &BTreeMap::new(), now)
}

/// The plan of a run at `now`, without the types that could not be read (by key, with what is told of them).
///
/// Errors: one caused by [`items::Unread`] where a further type must be left out, in another transaction.
pub fn plan_without<'a>(
    connection: &mut PgConnection,
    settings: &'a Settings,
    unread: &BTreeMap<String, String>,
    now: DateTime<Utc>,
) -> Result<Plan<'a>> {
    // before anything is searched
    let searches = search::begin(connection)?;
    let office = Office::load(connection, settings, now)?;
    let marks = collections::marks(connection)?;
    let silences = silences::active(connection, now)?;
    let rehearsal = settings.mail.mode != MailMode::Live;
    let is_asked = |rules: &&TypeRules| rules.active && !unread.contains_key(&rules.key);
    let mut active: Vec<&TypeRules> = settings.escalation.types.iter().filter(is_asked).collect();
    // first what may fail: little was done in vain
    active.sort_by_key(|rules| rules.source.is_builtin());
    let definitions = search::Definitions::of(&settings.calendars);
    let (mut speaking, mut ready) = (Vec::new(), ReadyClocks::default());
    for view in items::views(connection, &active)? {
        let Some(rules) = settings.escalation.rules(view.type_key) else { continue };
        let mut clocks = Clocks::new(&mut ready, settings, rules, &marks, now)?;
        if let Some(cut_offs) = clocks.cut_offs(rules, now) {
            let definition = definitions.definition(rules, &view.columns.definition);
            let tells_changes = view.columns.has_changed_txid;
            let extent = searches.extent(&rules.key, &definition, tells_changes, rehearsal, now, settings.zone);
            speaking.push(Speaking { rules, view, clocks, cut_offs, definition, extent });
        }
    }
    let bounds = speaking.iter().map(|it| Bounds {
        type_key: &it.rules.key,
        cut_offs: &it.cut_offs,
        versions_tell_due: it.view.columns.versions_tell_due(),
        judged_since: searches.judged_since(&it.rules.key),
    });
    let mut waiting = chains::waiting(connection, &bounds.collect::<Vec<_>>())?;
    let ranges = speaking.iter().map(|it| (&it.view, it.cut_offs.due_until, it.extent));
    let ranges: Vec<_> = ranges.collect();
    let quiet = match db::savepoint(connection, |connection| items::without_news(connection, &ranges)) {
        Ok(quiet) => quiet,
        // one view is broken: each is asked by itself, and that one is named
        Err(_) if db::clock(connection).is_ok() => BTreeSet::new(),
        Err(error) => return Err(error),
    };
    drop(ranges);

    let mut plan = Plan { troubles: office.troubles.clone(), ..Plan::default() };
    plan.troubles.extend(unread.values().cloned());
    for Speaking { rules, view, mut clocks, cut_offs, definition, extent } in speaking {
        let waiting = waiting.remove(&rules.key).unwrap_or_default();
        let is_quiet = quiet.contains(&rules.key);
        let found = match waiting.is_empty() && is_quiet {
            true => Ok(Vec::new()),
            false => items::ask(connection, rules, &view, |connection| {
                // reads the whole view, whatever is due: once a day, as often as a trouble is told
                if !searches.has_looked_today(&rules.key, &definition, now, settings.zone) {
                    plan.troubles.extend(unsound::unsound_rows(connection, &rules.key, &rules.source, &view.columns)?);
                }
                let new = match is_quiet {
                    true => Vec::new(),
                    false => items::find_new(connection, &view, cut_offs.due_until, extent)?,
                };
                with_waiting(connection, &view, new, &waiting)
            })?,
        };
        let items = match found {
            Ok(items) => {
                let (items, twins) = unsound::without_twins(&rules.key, items);
                plan.troubles.extend(twins);
                items
            }
            Err(unread) if unread.spoils_commit => {
                return Err(Error::new(Kind::Temporary, "a view broke the run").caused_by(unread));
            }
            Err(unread) => {
                plan.troubles.insert(unread.told);
                continue;
            }
        };
        plan.collections.extend(clocks.open_collections().map(|calendar| (rules.key.clone(), calendar.to_owned())));
        if extent == (Extent::Everything { spent: true }) {
            plan.under_new_rules.insert(rules.key.clone());
        }
        let done = searches.done(&rules.key, definition, extent, cut_offs.due_until, rehearsal, now);
        plan.searches.insert(rules.key.clone(), done);
        // what is not there any more under its due date
        let chain = |item: &str, version: i64| (rules.key.clone(), item.to_owned(), version);
        let live = waiting.iter().flat_map(|(item, versions)| versions.iter().map(move |it| (item, it)));
        let left = live.filter(|(_, (_, is_live))| **is_live).map(|(item, (version, _))| chain(item, *version));
        plan.changes.extend(left.map(|chain| (chain, Change::Leave)));
        for item in items {
            consider(&mut plan, &office, rules, &mut clocks, &silences, item, now);
        }
    }
    wait_for_caps(&mut plan, settings);
    plan.steps.sort_by_cached_key(Planned::chain);
    plan.people = office.people;
    Ok(plan)
}

/// An active type that has something to say, and where it is looked for.
struct Speaking<'a, 'v> {
    rules: &'a TypeRules,
    view: View<'v>,
    clocks: Clocks<'a>,
    cut_offs: CutOffs,
    definition: String,
    extent: Extent,
}

/// The new items of a type, and those of the waiting chains, each once.
pub(super) fn with_waiting(
    connection: &mut PgConnection,
    view: &View<'_>,
    mut items: Vec<Item>,
    waiting: &BTreeMap<String, BTreeMap<i64, bool>>,
) -> Result<Vec<Item>> {
    if !waiting.is_empty() {
        let new: BTreeSet<(String, i64)> = items.iter().map(|item| (item.id.clone(), item.due_version)).collect();
        let ids: Vec<&str> = waiting.keys().map(String::as_str).collect();
        let is_awaited = |item: &Item| {
            let has_version = waiting.get(&item.id).is_some_and(|versions| versions.contains_key(&item.due_version));
            has_version && !new.contains(&(item.id.clone(), item.due_version))
        };
        let awaited: Vec<Item> = items::find_by_ids(connection, view, &ids)?.into_iter().filter(is_awaited).collect();
        if view.columns.has_changed_txid {
            // moved back between the two statements: the later one is right
            let moved: BTreeSet<&str> = awaited.iter().map(|item| item.id.as_str()).collect();
            items.retain(|item| !moved.contains(item.id.as_str()));
        }
        items.extend(awaited);
    }
    Ok(items)
}

/// One item: is a step reached, does anything hold it back, and is anybody there to read it?
pub(super) fn consider<'a>(
    plan: &mut Plan<'a>,
    office: &Office<'_>,
    rules: &'a TypeRules,
    clocks: &mut Clocks<'_>,
    silences: &Silences,
    item: Item,
    now: DateTime<Utc>,
) {
    let is_promise = rules.is_promise;
    let at_once = leaves_at_once(rules, &item);
    let facts = item.facts(rules.offset_days, is_promise, office.settings.zone);
    let due_at = facts.due_at;
    let clock = clocks.of(item.calendar.as_deref());
    let (gate, collection) = (clock.gate, clock.name.clone());
    let (calendar, timeline) = clock.covering(facts.earliest(), now);
    let chain = (rules.key.clone(), item.id.clone(), item.due_version);
    let next = timing::next(rules, &facts, calendar, timeline, now);
    let is_over = next.is_none() && timing::is_over(rules, &facts, calendar, now);
    match (is_over, item.is_live) {
        (true, _) => plan.changes.insert(chain, Change::Spend),
        // a live chain keeps what it says
        (false, true) => plan.changes.remove(&chain),
        (false, false) => plan.changes.insert(chain, Change::Hold),
    };
    let Some(next) = next else { return };
    let is_silent = || silences.of(&rules.key, &item.id, item.due_version).is_some();
    if next.reached_at > now || gate == Gate::Closed || gate == Gate::AtOnce && !at_once || is_silent() {
        return;
    }
    // with the step it concerns, not with every run
    if let Some(name) = item.calendar.as_deref().filter(|name| !office.settings.calendars.contains_key(*name)) {
        let item = format!("{}:{}", rules.key, item.reference);
        plan.troubles
            .insert(format!("{item} names the calendar “{name}”, which is not configured; the type's is used"));
    }
    let Resolved { recipients, troubles } = office.recipients(rules, &item, &next);
    plan.troubles.extend(troubles.into_iter().map(|trouble| match recipients.is_empty() || trouble == NOBODY_NAMED {
        true => format!("{}:{}: {trouble}", rules.key, item.reference),
        false => trouble,
    }));
    let could_leave = gate::leaves_at(rules, calendar, timeline, next.reached_at, at_once).unwrap_or(next.reached_at);
    if recipients.is_empty() || !is_anybody_there(&recipients, calendar, could_leave, now) {
        return;
    }
    let planned = Planned {
        overdue_seconds: (now - due_at).num_seconds(),
        working_seconds: Count::new(Clock::Working, timeline, facts.pauses).seconds(due_at, now),
        rules,
        due_at,
        is_promise,
        next,
        recipients,
        collection,
        refused: None,
        item,
    };
    // the step says what becomes of it
    plan.changes.remove(&planned.chain());
    plan.steps.push(planned);
}

/// Takes what is over the caps out of the plan. Its collection stays open: it leaves with the next run.
pub(super) fn wait_for_caps(plan: &mut Plan<'_>, settings: &Settings) {
    let caps = Caps {
        per_run: settings.escalation.max_mails_per_run,
        per_recipient: settings.escalation.max_mails_per_recipient,
    };
    let over = caps.over(&[], &plan.steps.iter().collect::<Vec<_>>());
    plan.over_caps = over.len();
    let steps = std::mem::take(&mut plan.steps);
    for (index, step) in steps.into_iter().enumerate() {
        if over.contains(&index) {
            plan.changes.extend(step.held());
            plan.collections.remove(&(step.rules.key.clone(), step.collection.clone()));
        } else {
            plan.steps.push(step);
        }
    }
}

/// Whether one of the recipients works today, or the step has waited for long enough since it could leave.
pub(super) fn is_anybody_there(
    recipients: &[Recipient],
    calendar: &Calendar,
    could_leave: DateTime<Utc>,
    now: DateTime<Utc>,
) -> bool {
    let waited = || calendar.open_days_between(local_day(could_leave, calendar.zone), local_day(now, calendar.zone));
    recipients.iter().any(|recipient| recipient.at_work) || waited() >= usize::from(DAYS_TO_WAIT)
}

/// Whether an item need not wait for a collection.
pub fn leaves_at_once(rules: &TypeRules, item: &Item) -> bool {
    let is_large = || rules.at_once_amount.zip(item.amount).is_some_and(|(limit, amount)| amount >= limit);
    rules.at_once || is_large()
}

/// The people, and the settings that say how they are reached.
pub struct Office<'a> {
    pub(super) settings: &'a Settings,
    pub(super) people: People,
    company_heads: Vec<i64>,
    /// What is wrong with the settings, seen from the people there are.
    pub(super) troubles: BTreeSet<String>,
}

impl<'a> Office<'a> {
    /// Everybody as of the local day of `now`.
    pub fn load(connection: &mut PgConnection, settings: &'a Settings, now: DateTime<Utc>) -> Result<Office<'a>> {
        let fallback = clocks::calendar_named(settings, DEFAULT_CALENDAR)?;
        let named = |name: Option<&str>| name.and_then(|name| settings.calendars.get(name)).unwrap_or(fallback);
        let people = people::load(connection, local_day(now, settings.zone), named)?;
        let mut company_heads = Vec::new();
        let mut troubles = BTreeSet::new();
        for number in &settings.escalation.company_heads {
            match people.persons.values().find(|person| person.number == *number) {
                Some(head) => company_heads.push(head.id),
                None => {
                    troubles.insert(format!("escalation.company_heads names employee {number}, who does not exist"));
                }
            }
        }
        Ok(Office { settings, people, company_heads, troubles })
    }

    /// Who hears of this step.
    pub fn recipients(&self, rules: &TypeRules, item: &Item, next: &Next) -> Resolved {
        let of_stage = |number: i16| rules.stages.iter().find(|stage| stage.number == number).map(|s| s.to.tokens());
        let tokens: Vec<&[Token]> = next
            .steps
            .iter()
            .flat_map(|step| match step {
                Step::Stage(number) => vec![*number],
                Step::Repeat(_) => last_merged_stages(rules),
                Step::Held | Step::Announce(_) => rules.stages.first().map(|stage| stage.number).into_iter().collect(),
            })
            .filter_map(of_stage)
            .collect();
        let policy = Policy {
            first_stage: rules.first_stage(),
            fallback: rules.fallback.tokens(),
            company_heads: &self.company_heads,
            deputy_instead: self.settings.escalation.deputies == Deputies::Instead,
            channels: Some(&self.settings.mail.channels),
        };
        resolve(&tokens, &item.roles, &self.people, &policy)
    }
}

/// The last stage, and with basis due those below it with the same threshold.
fn last_merged_stages(rules: &TypeRules) -> Vec<i16> {
    let last = rules.stages_with_hours().last();
    rules
        .stages_with_hours()
        .filter(|(stage, hours)| {
            last.is_some_and(|(last, threshold)| {
                last.number == stage.number || rules.basis == Basis::Due && *hours == threshold
            })
        })
        .map(|(stage, _)| stage.number)
        .collect()
}
