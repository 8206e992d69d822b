//! What a run does in the model: DESIGN.md §4, "When it leaves", caps, rehearsals, baseline.

use std::collections::{BTreeMap, BTreeSet};

use super::minutes::{Minute, at_local, day_of};
use super::people::PersonId;
use super::world::{Chain, Counter, Taken, World};

/// `mail.mode`, as far as steps are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    Off,
    Redirect,
    Live,
}

impl Mode {
    pub fn is_rehearsal(self) -> bool {
        self != Mode::Live
    }
}

/// After so many working days on which nobody was there it leaves all the same.
const DAYS_TO_WAIT: usize = 3;

/// What may leave: item, steps, recipients.
struct Leaving {
    item: usize,
    /// The item's chain as the run found it.
    chain: Chain,
    steps: Vec<i32>,
    to: Vec<PersonId>,
}

/// What a run has found and decided.
pub struct Plan {
    now: Minute,
    leaving: Vec<Leaving>,
    taken: BTreeSet<Counter>,
}

impl World {
    /// A run at `now`; while the templates are bad, broken items cannot be rendered.
    pub fn run(&mut self, now: Minute, mode: Mode, are_templates_bad: bool) -> usize {
        if mode == Mode::Live {
            self.go_live();
        }
        let plan = self.plan(now);
        self.write(plan, mode, are_templates_bad)
    }

    /// What a run finds and decides.
    pub fn plan(&self, now: Minute) -> Plan {
        let mut taken: BTreeSet<Counter> =
            self.minutes.keys().filter(|counter| self.is_collection_open(**counter, now)).copied().collect();
        let mut leaving: Vec<Leaving> =
            (0..self.items.len()).filter_map(|item| self.leaving(item, &taken, now)).collect();
        let over = self.cap(&mut leaving);
        taken.retain(|counter| !over.contains(counter));
        Plan { now, leaving, taken }
    }

    /// Writes what was decided, except what another run has written since; answers how many steps that are.
    pub fn write(&mut self, plan: Plan, mode: Mode, are_templates_bad: bool) -> usize {
        let Plan { now, leaving, taken } = plan;
        let mut count = 0;
        for Leaving { item, chain, steps, .. } in leaving {
            let written = self.steps.entry(chain).or_default();
            let is_there = written.iter().any(|taken| Some(&taken.step) == steps.last());
            if is_there || are_templates_bad && self.items[item].is_broken {
                continue;
            }
            count += steps.len();
            let is_rehearsal = mode.is_rehearsal();
            written.extend(steps.into_iter().map(|step| Taken { step, at: now, is_rehearsal, is_baseline: false }));
        }
        for counter in taken {
            let before = self.collected.get(&counter).map_or(now, |(before, _)| *before);
            self.collected.insert(counter, (now.max(before), mode.is_rehearsal()));
        }
        count
    }

    /// Nothing of a rehearsal has happened: no step, no collection.
    fn go_live(&mut self) {
        for taken in self.steps.values_mut() {
            taken.retain(|taken| !taken.is_rehearsal);
        }
        self.collected.retain(|_, (_, is_rehearsal)| !*is_rehearsal);
    }

    /// Inside the window, and a collect time of a day with a window has passed since one was taken.
    fn is_collection_open(&self, counter: Counter, now: Minute) -> bool {
        let clock = &self.minutes[&counter];
        if !clock.is_open(now) {
            return false;
        }
        let Some((taken, _)) = self.collected.get(&counter) else { return true };
        let times = &self.types[counter.0].collect_at;
        (day_of(*taken)..=day_of(now))
            .filter(|day| clock.opens_on(*day))
            .flat_map(|day| times.iter().map(move |time| at_local(day, *time)))
            .any(|collection| *taken < collection && collection <= now)
    }

    fn leaves_at_once(&self, item: usize) -> bool {
        let rules = &self.types[self.items[item].of];
        rules.at_once || rules.at_once_amount.zip(self.items[item].amount).is_some_and(|(from, amount)| amount >= from)
    }

    fn leaving(&self, item: usize, open: &BTreeSet<Counter>, now: Minute) -> Option<Leaving> {
        if !self.is_in_view(item) || self.is_silent(item, now) || !self.clock(item).is_open(now) {
            return None;
        }
        let is_collected = open.contains(&(self.items[item].of, self.items[item].is_always));
        if !is_collected && !self.leaves_at_once(item) {
            return None;
        }
        let steps = self.reached(item, now);
        if steps.is_empty() {
            return None;
        }
        let today = day_of(now);
        let to = self.recipients(item, &steps, today);
        let is_anybody_there = to.iter().any(|person| self.works(*person, today));
        let has_waited = || {
            let last = self.last(self.chain(item));
            let could_leave = self.could_leave(item, self.reached_since(item, last, &steps, now));
            self.clock(item).open_days(day_of(could_leave), today) >= DAYS_TO_WAIT
        };
        (is_anybody_there || has_waited()).then(|| Leaving { item, chain: self.chain(item), steps, to })
    }

    /// When a run a minute, with no collection missed, would have let go what was reached then.
    pub fn could_leave(&self, item: usize, reached: Minute) -> Minute {
        let clock = self.clock(item);
        if self.leaves_at_once(item) {
            return clock.next_open(reached);
        }
        let times = &self.types[self.items[item].of].collect_at;
        let collections = (day_of(reached)..).filter(|day| clock.opens_on(*day));
        let mut taken = collections
            .flat_map(|day| times.iter().map(move |time| at_local(day, *time)))
            .map(|collection| clock.next_open(collection));
        taken.find(|taken| *taken >= reached).expect("another collection")
    }

    /// Takes out what is over the caps; answers the collections that this leaves open.
    fn cap(&self, leaving: &mut Vec<Leaving>) -> BTreeSet<Counter> {
        let (per_run, per_person) = self.caps;
        leaving.sort_by_key(|one| self.rank(one));
        let (mut mails, mut of) = (0, BTreeMap::<PersonId, usize>::new());
        let mut has_bundle = BTreeSet::new();
        let mut over = BTreeSet::new();
        leaving.retain(|one| {
            let is_bundled = self.types[self.items[one.item].of].bundle;
            let new: Vec<PersonId> =
                one.to.iter().filter(|person| !is_bundled || !has_bundle.contains(*person)).copied().collect();
            let fits = |most: usize, mails: usize| most == 0 || mails <= most;
            let weight = if per_run == 0 { new.len() } else { new.len().min(per_run) };
            let is_within = fits(per_run, mails + weight)
                && new.iter().all(|person| fits(per_person, of.get(person).copied().unwrap_or(0) + 1));
            if !is_within {
                over.insert((self.items[one.item].of, self.items[one.item].is_always));
                return false;
            }
            mails += new.len();
            for person in new {
                *of.entry(person).or_default() += 1;
                if is_bundled {
                    has_bundle.insert(person);
                }
            }
            true
        });
        over
    }

    /// High stages first, repeats after stage 1, notices last; then by due date and item.
    fn rank(&self, one: &Leaving) -> (i32, Minute, i64) {
        let class = match *one.steps.last().expect("a step") {
            stage @ 1..=100 => -stage,
            repeat if repeat > 100 => 0,
            _ => 1,
        };
        let item = &self.items[one.item];
        (class, self.types[item.of].shifted(item.due), item.id)
    }

    /// `escalate baseline`: every stage that would be out by now, without a mail.
    pub fn baseline(&mut self, now: Minute) {
        // a rehearsed step would be in its way, and gone on the day of going live
        self.go_live();
        for item in (0..self.items.len()).filter(|item| self.is_in_view(*item)).collect::<Vec<_>>() {
            let stages = self.gone_by(item, now);
            let taken = |step| Taken { step, at: now, is_rehearsal: false, is_baseline: true };
            if !stages.is_empty() {
                self.steps.entry(self.chain(item)).or_default().extend(stages.into_iter().map(taken));
            }
        }
    }
}
