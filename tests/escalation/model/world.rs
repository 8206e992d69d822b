//! The state of a house in the model: its items, what was said about them, and what has been sent.

use std::collections::BTreeMap;

use super::minutes::{Day, Minute, Minutes, Office};
use super::people::{Person, PersonId, Who};
use super::rules::{Register, Rules};

/// An item; its place in the list is its number.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its type, by its place in the list of types.
    pub of: usize,
    /// Key in the database.
    pub id: i64,
    pub due: Minute,
    /// The date it had before, if it was moved.
    pub before: Minute,
    /// Of a ticket; everything else goes by `due`.
    pub counter: i64,
    pub is_closed: bool,
    pub is_waiting: bool,
    /// From and to; the last one may still be going on.
    pub pauses: Vec<(Minute, Option<Minute>)>,
    pub amount: Option<i64>,
    pub handler: PersonId,
    /// Its contract counts round the clock.
    pub is_always: bool,
    /// Its mail cannot be made while the templates are bad.
    pub is_broken: bool,
}

/// A step that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Taken {
    /// Negative an advance notice, 1 to 9 a stage, 101 and more repeats.
    pub step: i32,
    pub at: Minute,
    pub is_rehearsal: bool,
    pub is_baseline: bool,
}

/// An acknowledgement (of one version) or a mute.
#[derive(Clone, Debug)]
pub struct Silence {
    pub item: usize,
    pub version: Option<i64>,
    pub since: Minute,
    pub until: Minute,
    pub lifted: Option<Minute>,
}

/// Item and version of its due date.
pub type Chain = (usize, i64);

/// Type (by its place) and whether its items count round the clock.
pub type Counter = (usize, bool);

pub struct World {
    pub types: Vec<Rules>,
    pub people: Vec<Person>,
    /// Deputies stand in, instead of standing beside.
    pub is_deputy_instead: bool,
    /// The most mails of a run, and to one recipient in a run; 0: no cap.
    pub caps: (usize, usize),
    pub items: Vec<Item>,
    pub steps: BTreeMap<Chain, Vec<Taken>>,
    pub silences: Vec<Silence>,
    /// The last run that took a collection, and whether it was a rehearsal.
    pub collected: BTreeMap<Counter, (Minute, bool)>,
    pub minutes: BTreeMap<Counter, Minutes>,
    /// The house itself, which decides who works today.
    pub house: Minutes,
}

impl World {
    /// `always` is the office of contracts that never close.
    pub fn new(
        types: Vec<Rules>,
        people: Vec<Person>,
        house: &Office,
        always: &Office,
        days: std::ops::Range<Day>,
    ) -> World {
        let mut world = World {
            house: Minutes::new(house, None, days.clone()),
            types: Vec::new(),
            people,
            minutes: BTreeMap::new(),
            is_deputy_instead: false,
            caps: (0, 0),
            items: Vec::new(),
            steps: BTreeMap::new(),
            silences: Vec::new(),
            collected: BTreeMap::new(),
        };
        world.configure(types, always, days);
        world
    }

    /// Other rules for the same types, in the same order.
    pub fn configure(&mut self, types: Vec<Rules>, always: &Office, days: std::ops::Range<Day>) {
        for (of, rules) in types.iter().enumerate() {
            self.minutes.insert((of, false), Minutes::new(&rules.office, Some(rules.window), days.clone()));
            // a contract's own calendar beats the type's window
            if rules.register == Register::Ticket {
                self.minutes.insert((of, true), Minutes::new(always, None, days.clone()));
            }
        }
        self.types = types;
    }

    /// `offer-follow-up 40017`.
    pub fn name(&self, item: usize) -> String {
        format!("{} {}", self.types[self.items[item].of].register.key(), self.items[item].id)
    }

    pub fn version(&self, item: usize) -> i64 {
        let item = &self.items[item];
        if self.types[item.of].register == Register::Ticket { item.counter } else { item.due }
    }

    pub fn chain(&self, item: usize) -> Chain {
        (item, self.version(item))
    }

    /// The furthest step of a chain: notices come before stages, stages before repeats.
    pub fn last(&self, chain: Chain) -> Option<Taken> {
        self.steps.get(&chain)?.iter().max_by_key(|taken| taken.step).copied()
    }

    pub fn is_in_view(&self, item: usize) -> bool {
        !self.items[item].is_closed && !self.items[item].is_waiting
    }

    /// The clock of an item.
    pub fn clock(&self, item: usize) -> &Minutes {
        &self.minutes[&(self.items[item].of, self.items[item].is_always)]
    }

    pub fn is_silent(&self, item: usize, now: Minute) -> bool {
        self.silences.iter().any(|silence| {
            silence.item == item
                && silence.version.is_none_or(|version| version == self.version(item))
                && (silence.since..silence.until).contains(&now)
                && silence.lifted.is_none_or(|lifted| now < lifted)
        })
    }

    fn person(&self, id: PersonId) -> &Person {
        self.people.iter().find(|person| person.id == id).expect("nobody has this key")
    }

    /// Who gets the mail of a step, each once.
    pub fn recipients(&self, item: usize, step: &[i32], today: Day) -> Vec<PersonId> {
        let rules = &self.types[self.items[item].of];
        let stages: Vec<i32> = match step[0] {
            // a notice goes to stage 1, a repeat to the last stage with all that are merged into it
            notice if notice < 0 => vec![1],
            repeat if repeat > 100 => rules.last_merged(),
            _ => step.to_vec(),
        };
        let mut people = Vec::new();
        for stage in rules.stages.iter().filter(|stage| stages.contains(&stage.number)) {
            for who in &stage.to {
                let id = match who {
                    Who::Handler => self.items[item].handler,
                    Who::Employee(number) => number - 100,
                };
                let deputy = self.person(id).deputy.filter(|_| self.person(id).is_absent(today));
                if deputy.is_none() || !self.is_deputy_instead {
                    people.push(id);
                }
                people.extend(deputy);
            }
        }
        people.sort_unstable();
        people.dedup();
        people
    }

    pub fn works(&self, id: PersonId, today: Day) -> bool {
        self.person(id).works(today, self.house.opens_on(today))
    }
}
