//! Who would get how many mails in the days to come: before going live, and for other rules.
//!
//! Everything is loaded in one transaction that is rolled back at once. Then the runs of these days are decided one after
//! the other, by the same functions that decide a run, each on what the one before left behind. No new items are invented
//! and none is finished: who is reminded in time has fewer mails than this says.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, DurationRound, NaiveDate, TimeDelta, Utc};
use diesel::PgConnection;

use super::chains::{self, Bounds};
use super::clocks::{Clocks, ReadyClocks};
use super::collections::{self, Marks};
use super::gate::Gate;
use super::items::{self, Item, View};
use super::messages;
use super::plan::{self, Office, Plan};
use super::rules::TypeRules;
use super::search::Extent;
use super::silences::{self, Silences};
use super::step::Step;
use super::store;
use super::timing;
use super::unsound;
use crate::calendar::{at_local, local_day, midnight};
use crate::error::Result;
use crate::output::{Cell, Output, Table, column};
use crate::settings::Settings;
use crate::{calendar, db};

/// The longest simulation, in days: items that depend on the day are asked for at both of its ends.
pub const MOST_DAYS: u32 = 365;

/// What one person would get on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mailbox {
    /// Name; the address where there is none.
    pub name: String,
    /// How many mails.
    pub mails: usize,
    /// Items told of in them, by kind of step.
    pub items: BTreeMap<Kind, usize>,
}

/// Kinds of steps, in the order of their columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Advance notice.
    Announce,
    /// A stage.
    Stage(i16),
    /// A repetition of the last stage.
    Repeat,
}

impl Kind {
    fn of(step: Step) -> Kind {
        match step {
            Step::Held | Step::Announce(_) => Kind::Announce,
            Step::Stage(stage) => Kind::Stage(stage),
            Step::Repeat(_) => Kind::Repeat,
        }
    }

    fn key(self) -> String {
        match self {
            Kind::Announce => "announced".to_owned(),
            Kind::Stage(stage) => format!("stage{stage}"),
            Kind::Repeat => "repeated".to_owned(),
        }
    }

    fn heading(self) -> String {
        match self {
            Kind::Announce => "Vorlauf".to_owned(),
            Kind::Stage(stage) => format!("Stufe {stage}"),
            Kind::Repeat => "Wiederholt".to_owned(),
        }
    }
}

/// The days to come.
#[derive(Clone, Debug, Default)]
pub struct Simulation {
    /// By day and (lower case) address.
    pub mailboxes: BTreeMap<(NaiveDate, String), Mailbox>,
    /// The kinds of steps that the rules can take.
    pub kinds: BTreeSet<Kind>,
    /// How many days were looked at.
    pub days: u32,
    /// On so many days a run had more to say than the caps allow.
    pub days_over_caps: usize,
    /// Steps that were only rehearsed, and would be taken anew.
    pub undone: usize,
    /// What somebody should put right, each a sentence.
    pub troubles: BTreeSet<String>,
}

/// The instants at which runs are assumed: every full hour, and each collect time of an active type.
pub fn instants(settings: &Settings, now: DateTime<Utc>, days: u32) -> Vec<DateTime<Utc>> {
    let end = end_of(settings, now, days);
    let hour = TimeDelta::hours(1);
    let first = now.duration_trunc(hour).map_or(now, |full| if full < now { full + hour } else { full });
    let hours = std::iter::successors(Some(first), |at| Some(*at + hour)).take_while(|at| *at < end);
    let active = settings.escalation.types.iter().filter(|rules| rules.active);
    let times: BTreeSet<_> = active.flat_map(|rules| rules.collect_at.iter().copied()).collect();
    let days = local_day(now, settings.zone).iter_days().take(days as usize);
    let collections = days.flat_map(|day| times.iter().map(move |time| at_local(day, *time, settings.zone)));
    let all: BTreeSet<DateTime<Utc>> = hours.chain(collections.filter(|at| *at >= now)).collect();
    all.into_iter().collect()
}

fn end_of(settings: &Settings, now: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    let last = local_day(now, settings.zone).checked_add_days(Days::new(days.into()));
    last.map_or(now, |day| midnight(day, settings.zone))
}

/// What would leave from `now` to the end of the day `days - 1` days later, if every run took place and reached people.
pub fn simulate(
    connection: &mut PgConnection,
    settings: &Settings,
    now: DateTime<Utc>,
    days: u32,
) -> Result<Simulation> {
    let instants = instants(settings, now, days);
    let horizon = end_of(settings, now, days);
    let loaded = db::rehearse(connection, |connection| {
        db::set_instant(connection, now, settings.zone)?;
        let undone = store::undo_rehearsals(connection)?;
        let mut loaded = Loaded::load(connection, settings, now, horizon)?;
        loaded.undone = undone;
        for at in &instants {
            let day = local_day(*at, settings.zone);
            if let Entry::Vacant(slot) = loaded.offices.entry(day) {
                slot.insert(Office::load(connection, settings, *at)?);
            }
        }
        Ok(loaded)
    })?;
    let Loaded { mut types, offices, mut marks, silences, undone, troubles } = loaded;

    let kinds = types.iter().flat_map(|it| kinds(it.rules)).collect();
    let mut simulation = Simulation { days, kinds, undone, troubles, ..Simulation::default() };
    let mut days_over_caps = BTreeSet::new();
    for at in instants {
        let day = local_day(at, settings.zone);
        let Some(office) = offices.get(&day) else { continue };
        let mut plan = Plan { troubles: office.troubles.clone(), ..Plan::default() };
        for it in &mut types {
            it.consider(&mut plan, office, &silences, &marks, at);
        }
        plan::wait_for_caps(&mut plan, settings);
        if plan.over_caps > 0 {
            days_over_caps.insert(day);
        }
        simulation.deliver(&plan, day);
        marks.extend(plan.collections.iter().map(|collection| (collection.clone(), at)));
        let taken: BTreeMap<_, Step> = plan.steps.iter().map(|step| (step.chain(), step.step())).collect();
        types.iter_mut().for_each(|it| it.advance(&taken, at));
        simulation.troubles.append(&mut plan.troubles);
    }
    simulation.days_over_caps = days_over_caps.len();
    Ok(simulation)
}

fn kinds(rules: &TypeRules) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = rules.stages_with_hours().map(|(stage, _)| Kind::Stage(stage.number)).collect();
    kinds.extend((!rules.announce_days.is_empty()).then_some(Kind::Announce));
    kinds.extend((!rules.repeat.is_zero()).then_some(Kind::Repeat));
    kinds
}

/// Everything that the runs decide on.
struct Loaded<'a> {
    types: Vec<TypeInTime<'a>>,
    offices: BTreeMap<NaiveDate, Office<'a>>,
    marks: Marks,
    silences: Silences,
    undone: usize,
    troubles: BTreeSet<String>,
}

impl<'a> Loaded<'a> {
    fn load(
        connection: &mut PgConnection,
        settings: &'a Settings,
        now: DateTime<Utc>,
        horizon: DateTime<Utc>,
    ) -> Result<Loaded<'a>> {
        let (marks, silences) = (collections::marks(connection)?, silences::active(connection, now)?);
        let active: Vec<&TypeRules> = settings.escalation.types.iter().filter(|rules| rules.active).collect();
        let views = items::views(connection, &active)?;
        let mut troubles = BTreeSet::new();
        let (mut types, mut ready) = (Vec::new(), ReadyClocks::default());
        for (rules, view) in active.into_iter().zip(views) {
            let mut clocks = Clocks::new(&mut ready, settings, rules, &marks, now)?;
            // whatever takes its first step within these days lies within the bounds of the last run
            let Some(cut_offs) = clocks.cut_offs(rules, horizon) else { continue };
            let bounds = Bounds {
                type_key: &rules.key,
                cut_offs: &cut_offs,
                versions_tell_due: view.columns.versions_tell_due(),
                judged_since: None,
            };
            let waiting = chains::waiting(connection, &[bounds])?.remove(&rules.key).unwrap_or_default();
            let mut found = BTreeMap::new();
            // a birthday is the nearest one, seen from the day of the run
            for at in [now, horizon] {
                db::set_instant(connection, at, settings.zone)?;
                match open_items(connection, rules, &view, cut_offs.due_until, &waiting, &mut troubles)? {
                    Some(items) => {
                        for item in items {
                            found.entry((item.id.clone(), item.due_version)).or_insert(item);
                        }
                    }
                    None => break,
                }
            }
            let items = found.into_values().map(|item| ItemInTime { item, wakes_at: now }).collect();
            types.push(TypeInTime { settings, rules, clocks, items });
        }
        Ok(Loaded { types, offices: BTreeMap::new(), marks, silences, undone: 0, troubles })
    }
}

/// The items of a view; none, and a trouble more, where it cannot be read.
fn open_items(
    connection: &mut PgConnection,
    rules: &TypeRules,
    view: &View<'_>,
    until: DateTime<Utc>,
    waiting: &BTreeMap<String, BTreeMap<i64, bool>>,
    troubles: &mut BTreeSet<String>,
) -> Result<Option<Vec<Item>>> {
    let found = items::ask(connection, rules, view, |connection| {
        troubles.extend(unsound::unsound_rows(connection, &rules.key, &rules.source, &view.columns)?);
        let new = items::find_new(connection, view, until, Extent::Everything { spent: true })?;
        plan::with_waiting(connection, view, new, waiting)
    })?;
    match found {
        Ok(items) => {
            let (items, twins) = unsound::without_twins(&rules.key, items);
            troubles.extend(twins);
            Ok(Some(items))
        }
        Err(trouble) => {
            troubles.insert(trouble.told);
            Ok(None)
        }
    }
}

/// An item as the runs before have left it.
struct ItemInTime {
    item: Item,
    /// Nothing can happen before.
    wakes_at: DateTime<Utc>,
}

/// A type with its items, at the instant of one run after the other.
struct TypeInTime<'a> {
    settings: &'a Settings,
    rules: &'a TypeRules,
    clocks: Clocks<'a>,
    items: Vec<ItemInTime>,
}

impl<'a> TypeInTime<'a> {
    /// What a run at this instant would do with its items.
    fn consider(
        &mut self,
        plan: &mut Plan<'a>,
        office: &Office<'_>,
        silences: &Silences,
        marks: &Marks,
        now: DateTime<Utc>,
    ) {
        let TypeInTime { settings, rules, clocks, items } = self;
        clocks.turn_to(rules, marks, now);
        plan.collections.extend(clocks.open_collections().map(|name| (rules.key.clone(), name.to_owned())));
        items.retain_mut(|ItemInTime { item, wakes_at }| {
            if *wakes_at > now {
                return true;
            }
            let clock = clocks.of(item.calendar.as_deref());
            if clock.gate == Gate::Closed || clock.gate == Gate::AtOnce && !plan::leaves_at_once(rules, item) {
                return true;
            }
            if let Some(silence) = silences.of(&rules.key, &item.id, item.due_version)
                && silence.until > now
            {
                *wakes_at = silence.until;
                return true;
            }
            let facts = item.facts(rules.offset_days, rules.is_promise, settings.zone);
            let (calendar, timeline) = clock.covering(facts.earliest(), now);
            match timing::next(rules, &facts, calendar, timeline, now) {
                // nothing will ever follow
                None => return false,
                Some(next) if next.reached_at > now => *wakes_at = next.reached_at,
                Some(_) => {
                    plan::consider(plan, office, rules, clocks, &Silences::default(), item.clone(), now);
                }
            }
            true
        });
    }

    /// Lets the items stand where this run has left them.
    fn advance(&mut self, taken: &BTreeMap<chains::ChainKey, Step>, now: DateTime<Utc>) {
        if taken.is_empty() {
            return;
        }
        let key = &self.rules.key;
        for ItemInTime { item, .. } in &mut self.items {
            if let Some(step) = taken.get(&(key.clone(), item.id.clone(), item.due_version)) {
                (item.last, item.baseline) = (Some((*step, now)), false);
            }
        }
    }
}

impl Simulation {
    /// Puts the mails of one run into the mailboxes of that day.
    fn deliver(&mut self, plan: &Plan<'_>, day: NaiveDate) {
        let steps: Vec<_> = plan.steps.iter().collect();
        for envelope in messages::bundle(&steps, &|_| true) {
            let Some(&(step, place)) = envelope.parts.first() else { continue };
            let recipient = &steps[step].recipients[place];
            let mailbox = self.mailboxes.entry((day, recipient.mailbox())).or_default();
            mailbox.name = recipient.shown_name().into_owned();
            mailbox.mails += 1;
            for (step, _) in envelope.parts {
                *mailbox.items.entry(Kind::of(steps[step].step())).or_default() += 1;
            }
        }
    }

    /// All mails.
    pub fn mails(&self) -> usize {
        self.mailboxes.values().map(|mailbox| mailbox.mails).sum()
    }

    /// What stands below the table: the sum, who gets most on one day, and what is not known.
    pub fn summary(&self) -> Vec<String> {
        let people: BTreeSet<&String> = self.mailboxes.keys().map(|(_, address)| address).collect();
        let items: usize = self.mailboxes.values().flat_map(|mailbox| mailbox.items.values()).sum();
        let mut lines = vec![format!(
            "Zusammen in {} Tagen: {} Mails mit {items} Einträgen an {} Empfänger.",
            self.days,
            self.mails(),
            people.len()
        )];
        if let Some(((day, _), most)) = self.mailboxes.iter().max_by_key(|(_, mailbox)| mailbox.mails) {
            let day = calendar::german::day(*day);
            let mails = if most.mails == 1 { "Mail" } else { "Mails" };
            lines.push(format!("Am meisten auf einmal: {} {mails} am {day} an {}.", most.mails, most.name));
        }
        if self.days_over_caps > 0 {
            lines.push(format!(
                "An {} Tagen bleibt etwas für spätere Läufe liegen: mehr als max_mails_per_run oder max_mails_per_recipient.",
                self.days_over_caps
            ));
        }
        if self.undone > 0 {
            lines.push(format!(
                "{} geprobte Schritte zählen nicht: der erste echte Lauf nimmt sie zurück.",
                self.undone
            ));
        }
        lines.push(
            "Gerechnet mit dem, was jetzt offen ist: nichts kommt hinzu, nichts wird erledigt oder verschoben."
                .to_owned(),
        );
        lines
    }
}

impl Output for Simulation {
    fn table(&self) -> Table {
        let mut columns = vec![
            column("day", "Tag"),
            column("recipient", "Empfänger"),
            column("address", "Adresse").optional(),
            column("mails", "Mails"),
        ];
        columns.extend(self.kinds.iter().map(|kind| column(kind.key(), kind.heading())));
        let mut table = Table::new(columns);
        for ((day, address), mailbox) in &self.mailboxes {
            let number = |count: usize| Cell::Int(i64::try_from(count).unwrap_or(i64::MAX));
            let mut row = vec![
                Cell::Day(*day),
                Cell::Text(mailbox.name.clone()),
                // behind the channel, if there is one
                Cell::Text(address.rsplit('\n').next().unwrap_or_default().to_owned()),
                number(mailbox.mails),
            ];
            row.extend(self.kinds.iter().map(|kind| number(mailbox.items.get(kind).copied().unwrap_or(0))));
            table.push(row);
        }
        table
    }
}
