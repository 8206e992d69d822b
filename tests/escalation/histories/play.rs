//! Plays a history in the model and in a real database side by side, and compares what was sent after each run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use wvl::settings::Settings;

use super::compare;
use super::office::{Desk, settings};
use super::scenario::{Scenario, always};
use crate::env::TestDatabase;
use crate::escalation::model::events::{Happens, as_of, instant};
use crate::escalation::model::minutes::{Minute, at_local, to_utc, written};
use crate::escalation::model::people;
use crate::escalation::model::rules::Rules;
use crate::escalation::model::run::Mode;
use crate::escalation::model::world::{Taken, World};

/// What was compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counted {
    pub items: usize,
    pub runs: usize,
    pub notices: usize,
    pub stages: usize,
    pub repeats: usize,
    pub baselines: usize,
    /// Still standing at the end: the house never went live.
    pub rehearsals: usize,
}

impl Counted {
    fn of(world: &World, runs: usize) -> Counted {
        let count = |is: fn(&Taken) -> bool| world.steps.values().flatten().filter(|taken| is(taken)).count();
        Counted {
            items: world.items.len(),
            runs,
            notices: count(|taken| taken.step < 0),
            stages: count(|taken| (1..100).contains(&taken.step) && !taken.is_baseline),
            repeats: count(|taken| taken.step > 100),
            baselines: count(|taken| taken.is_baseline),
            rehearsals: count(|taken| taken.is_rehearsal),
        }
    }

    pub fn add(&mut self, other: Counted) {
        self.items += other.items;
        self.runs += other.runs;
        self.notices += other.notices;
        self.stages += other.stages;
        self.repeats += other.repeats;
        self.baselines += other.baselines;
        self.rehearsals += other.rehearsals;
    }
}

/// The first run after which model and engine do not agree.
pub struct Mismatch {
    /// The items concerned, by their place in the scenario.
    pub items: BTreeSet<usize>,
    pub text: String,
}

/// Plays the whole history, or these of its items alone.
pub fn play(scenario: &Scenario, desk: &Desk, only: Option<&BTreeSet<usize>>) -> Result<Counted, Mismatch> {
    let database = TestDatabase::new();
    let mut connection = database.connect();
    execute(&mut connection, &people::sql(&scenario.people));
    for person in &scenario.people {
        for (first, last) in &person.absences {
            execute(&mut connection, &people::absence(person.id, *first, *last));
        }
    }
    let mut world =
        World::new(scenario.types.clone(), scenario.people.clone(), &scenario.house, &always(), scenario.days());
    world.caps = scenario.caps;
    world.is_deputy_instead = scenario.is_deputy_instead;
    let mut play = Play { scenario, world, places: Vec::new(), entered: BTreeMap::new() };

    let in_each_mode = |types: &[Rules]| -> BTreeMap<Mode, Settings> {
        let toml = scenario.toml(types);
        [Mode::Off, Mode::Redirect, Mode::Live].map(|mode| (mode, settings(&toml, mode))).into()
    };
    let mut settings_of = in_each_mode(&scenario.types);
    let mut events: Vec<(Minute, usize, Option<Happens>)> = Vec::new();
    for (place, story) in
        scenario.stories.iter().enumerate().filter(|(place, _)| only.is_none_or(|o| o.contains(place)))
    {
        events.push((story.entered, place, None));
        events.extend(story.happens.iter().map(|(at, what)| (*at, place, Some(*what))));
    }
    events.sort_by_key(|(at, place, _)| (*at, *place));
    let mut events = events.into_iter().peekable();
    for (number, run) in scenario.runs.iter().enumerate() {
        let mut sql = String::new();
        while let Some((at, place, what)) = events.next_if(|(at, ..)| *at < run.at) {
            sql += &play.happens(at, place, what);
        }
        execute(&mut connection, &sql);
        if let Some((_, types)) = scenario.later.as_ref().filter(|(from, _)| *from == number) {
            settings_of = in_each_mode(types);
            play.world.configure(types.clone(), &always(), scenario.days());
        }
        if run.is_baseline {
            desk.baseline(&mut connection, &settings_of[&run.mode], run.at);
            play.world.baseline(run.at);
        }
        desk.run(&mut connection, &settings_of[&run.mode], run.at, run.are_templates_bad);
        play.world.run(run.at, run.mode, run.are_templates_bad);
        let is_whole = number + 1 == scenario.runs.len() || number % 8 == 0;
        play.compare(&mut connection, run.at, run.mode, is_whole)?;
    }
    Ok(Counted::of(&play.world, scenario.runs.len()))
}

fn execute(connection: &mut PgConnection, sql: &str) {
    if !sql.is_empty() {
        connection.batch_execute(sql).unwrap_or_else(|error| panic!("{error}\n{sql}"));
    }
}

struct Play<'a> {
    scenario: &'a Scenario,
    world: World,
    /// Items in the order of their entry: their places in the scenario.
    places: Vec<usize>,
    /// The other way round.
    entered: BTreeMap<usize, usize>,
}

impl Play<'_> {
    /// What has been sent, or only by the last run, must be the same.
    fn compare(&self, connection: &mut PgConnection, now: Minute, mode: Mode, is_whole: bool) -> Result<(), Mismatch> {
        let condition = if is_whole { "true".to_owned() } else { format!("at = {}", instant(now)) };
        let sent = compare::sent(connection, &self.world, &condition);
        let expected = compare::expected(&self.world, |taken| is_whole || taken.at == now);
        if sent == expected {
            return Ok(());
        }
        let differing: BTreeSet<usize> = sent.symmetric_difference(&expected).map(|(item, ..)| *item).collect();
        let mut text = format!("after the run at {} ({mode:?})\n  runs:", written(now));
        for run in self.scenario.runs.iter().filter(|run| run.at <= now) {
            let _ = write!(text, " {}", written(run.at));
        }
        text += "\n";
        let all = |steps: &BTreeSet<compare::Key>| -> Vec<String> {
            let of_now = steps.iter().filter(|(_, _, taken)| taken.at == now);
            of_now.map(|(item, _, taken)| format!("{} {}", self.world.name(*item), taken.step)).collect()
        };
        let _ = writeln!(text, "  all of the model: {:?}\n  all of the engine: {:?}", all(&expected), all(&sent));
        for item in differing.iter().take(3) {
            let _ = writeln!(text, "{}", self.story(*item));
            text += &compare::of_item(&self.world, *item, &expected, &sent);
        }
        Err(Mismatch { items: differing.iter().map(|item| self.places[*item]).collect(), text })
    }

    /// An item and what happened to it.
    fn story(&self, item: usize) -> String {
        let story = &self.scenario.stories[self.places[item]];
        let (entry, it) = (&story.entry, &self.world.items[item]);
        let mut text = format!(
            "{} (entered {} due {}, handler {}, round the clock {}, broken {}) version {}\n",
            self.world.name(item),
            written(story.entered),
            written(entry.due),
            entry.handler,
            entry.is_always,
            entry.is_broken,
            self.world.version(item)
        );
        for (at, what) in &story.happens {
            let what = match what {
                Happens::Move(Some(to)) => format!("Move to {} ({to})", written(*to)),
                Happens::Acknowledge(until) => format!("Acknowledge until {}", written(*until)),
                Happens::Mute(until) => format!("Mute until {}", written(*until)),
                what => format!("{what:?}"),
            };
            let _ = writeln!(text, "  {} {what}", written(*at));
        }
        let _ = write!(text, "  now {it:?}");
        text
    }

    /// Lets it happen in the model; answers the statements that do the same in the database.
    fn happens(&mut self, at: Minute, place: usize, what: Option<Happens>) -> String {
        let sql = match (what, self.entered.get(&place)) {
            (None, _) => {
                self.entered.insert(place, self.places.len());
                self.places.push(place);
                self.world.enter(&self.scenario.stories[place].entry)
            }
            (Some(what), Some(&item)) => self.world.change(at, item, what),
            (Some(_), None) => String::new(),
        };
        as_of(at) + &sql
    }
}

/// Whether midnight of a day is what the model says; keeps the hand-made summer times true.
pub fn is_midnight(day: i64) -> bool {
    let local = to_utc(at_local(day, 0)).with_timezone(&chrono_tz::Europe::Berlin);
    local.format("%H:%M").to_string() == "00:00"
}
