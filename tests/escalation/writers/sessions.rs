//! Sessions of people and imports: each has a transaction of its own that begins and ends when it likes.

use std::collections::{BTreeMap, BTreeSet};

use diesel::PgConnection;
use diesel::connection::SimpleConnection;

use crate::env::TestDatabase;
use crate::escalation::histories::chance::Chance;
use crate::escalation::model::events::{Entry, Happens, as_of};
use crate::escalation::model::minutes::{DAY, Minute, written};
use crate::escalation::model::world::{Item, World};

/// Moments of a run at which sessions act: before it, and at each of its points.
pub const MOMENTS: usize = 6;

/// One transaction.
struct Session {
    number: usize,
    connection: PgConnection,
    /// When it does something, counted over all runs; the first begins it.
    acts_at: Vec<usize>,
    ends_at: usize,
    gives_up: bool,
    /// What registers take for the instant of its changes.
    now: Minute,
    /// Finishes or reopens this item, and does nothing else.
    flickers: Option<usize>,
    has_begun: bool,
    /// The items it has touched, as it sees them.
    drafts: BTreeMap<usize, Item>,
    /// Those that it entered.
    entered: BTreeSet<usize>,
}

/// All sessions that have not ended.
pub struct Sessions<'a> {
    database: &'a TestDatabase,
    open: Vec<Session>,
    idle: Vec<PgConnection>,
    /// Items of sessions that gave up: they never were.
    never: BTreeSet<usize>,
    number: usize,
    chance: Chance,
    /// What happened, for whoever looks for the reason of a failure.
    pub log: Vec<String>,
}

impl<'a> Sessions<'a> {
    pub fn new(database: &'a TestDatabase, chance: Chance) -> Sessions<'a> {
        let (open, idle, never, log) = (Vec::new(), Vec::new(), BTreeSet::new(), Vec::new());
        Sessions { database, open, idle, never, number: 0, chance, log }
    }

    /// Draws the sessions that begin around the run whose moments start at `first`; whether an item vanishes before it and
    /// comes back.
    pub fn draw(&mut self, first: usize, world: &World, now: Minute) -> bool {
        for _ in 0..self.chance.within(0..4) {
            let moment = |chance: &mut Chance, from: usize| from + chance.within(0..MOMENTS as i64) as usize;
            let begins_at = moment(&mut self.chance, first);
            let mut acts_at = vec![begins_at];
            for _ in 0..self.chance.within(0..3) {
                acts_at.push(moment(&mut self.chance, begins_at));
            }
            acts_at.sort_unstable();
            let last = acts_at[acts_at.len() - 1];
            // some stay open over several runs
            let more = if self.chance.percent(15) { self.chance.within(0..40) as usize } else { 0 };
            let ends_at = moment(&mut self.chance, last) + more;
            let gives_up = self.chance.percent(12);
            let now = now - self.chance.within(0..20);
            let session = self.session();
            self.open.push(Session { acts_at, ends_at, gives_up, now, ..session });
        }
        let open: Vec<usize> = (0..world.items.len()).filter(|item| world.is_in_view(*item)).collect();
        let flickers = !open.is_empty() && self.chance.percent(50);
        if flickers {
            let item = self.chance.one_of(&open);
            self.flicker(item, first, now);
        }
        flickers
    }

    /// One finishes the item before the run, and another one takes it up again while the run is at work.
    fn flicker(&mut self, item: usize, first: usize, now: Minute) {
        let back = first + if self.chance.percent(60) { 1 } else { self.chance.within(1..MOMENTS as i64) as usize };
        let ends = back + self.chance.within(0..3) as usize;
        for (acts_at, ends_at) in [(first, first), (back, ends)] {
            let session = self.session();
            self.open.push(Session { acts_at: vec![acts_at], ends_at, now, flickers: Some(item), ..session });
        }
    }

    fn session(&mut self) -> Session {
        self.number += 1;
        Session {
            number: self.number,
            connection: self.idle.pop().unwrap_or_else(|| self.database.connect()),
            acts_at: Vec::new(),
            ends_at: 0,
            gives_up: false,
            now: 0,
            flickers: None,
            has_begun: false,
            drafts: BTreeMap::new(),
            entered: BTreeSet::new(),
        }
    }

    /// Everything up to this moment.
    pub fn act(&mut self, moment: usize, world: &mut World) {
        loop {
            let next = |session: &Session| session.acts_at.first().map_or((session.ends_at, 1), |at| (*at, 0));
            let due = (0..self.open.len()).filter(|place| next(&self.open[*place]).0 <= moment);
            let Some(place) = due.min_by_key(|place| (next(&self.open[*place]), self.open[*place].number)) else {
                return;
            };
            if self.open[place].acts_at.is_empty() {
                self.end(place, world);
            } else {
                self.open[place].acts_at.remove(0);
                self.does_something(place, world);
            }
        }
    }

    fn does_something(&mut self, place: usize, world: &mut World) {
        let elsewhere = |item: usize| {
            self.open.iter().enumerate().any(|(other, session)| other != place && session.drafts.contains_key(&item))
        };
        let free: Vec<usize> =
            (0..world.items.len()).filter(|item| !self.never.contains(item) && !elsewhere(*item)).collect();
        let chance = &mut self.chance;
        let session = &mut self.open[place];
        if session.flickers.is_some_and(|item| !free.contains(&item)) {
            return;
        }
        let mut sql = String::new();
        if !session.has_begun {
            session.has_begun = true;
            sql = "BEGIN;\n".to_owned();
        }
        sql += &as_of(session.now);
        let (item, what) = if free.is_empty() || session.flickers.is_none() && chance.percent(35) {
            let due = a_date(chance, session.now);
            let of = chance.within(0..world.types.len() as i64) as usize;
            let entry = Entry { of, due, amount: Some(1), handler: 10, is_always: false, is_broken: false };
            sql += &world.enter(&entry);
            let item = world.items.len() - 1;
            session.drafts.insert(item, world.items[item].clone());
            session.entered.insert(item);
            // nobody else sees it yet
            world.items[item].is_closed = true;
            (item, format!("enters it, due {}", written(due)))
        } else {
            // what was touched lately is touched again
            let item = match session.flickers {
                Some(item) => item,
                None if chance.percent(50) => free[free.len() - 1],
                None => chance.one_of(&free),
            };
            let what = match chance.within(0..10) {
                _ if session.flickers.is_some() => Happens::Close,
                0..4 => Happens::Move(Some(a_date(chance, session.now))),
                4..6 => Happens::Move(None),
                6..9 => Happens::Close,
                _ => Happens::Wait,
            };
            let committed = world.items[item].clone();
            world.items[item] = session.drafts.get(&item).unwrap_or(&committed).clone();
            sql += &world.change(session.now, item, what);
            session.drafts.insert(item, std::mem::replace(&mut world.items[item], committed));
            (item, format!("{what:?}"))
        };
        self.log.push(format!("session {}: {} {what}", session.number, world.name(item)));
        session.connection.batch_execute(&sql).unwrap_or_else(|error| panic!("{error}\n{sql}"));
    }

    fn end(&mut self, place: usize, world: &mut World) {
        let mut session = self.open.remove(place);
        let (word, statement) = if session.gives_up { ("gives up", "ROLLBACK") } else { ("commits", "COMMIT") };
        self.log.push(format!("session {} {word}", session.number));
        session.connection.batch_execute(statement).unwrap();
        if session.gives_up {
            self.never.extend(session.entered);
        } else {
            session.drafts.into_iter().for_each(|(item, draft)| world.items[item] = draft);
        }
        self.idle.push(session.connection);
    }

    /// Whatever is open ends now.
    pub fn end_all(&mut self, world: &mut World) {
        self.act(usize::MAX, world);
    }
}

/// About to be reached, just reached, long past, or still to come.
fn a_date(chance: &mut Chance, now: Minute) -> Minute {
    match chance.within(0..10) {
        0..4 => now - chance.within(-40..60),
        4..7 => now - chance.within(60..20 * DAY),
        7..9 => now - chance.within(1..20) * DAY,
        _ => now + chance.within(40..2 * DAY),
    }
}
