//! Writers at work while a run is: the search looks only at what is new, and forgets nothing for that.
//!
//! Sessions open transactions before, during and after runs, enter items with dates long past, move, finish and reopen
//! them, and commit whenever they like, also several runs later; runs overlap without the lock of the job. After each
//! run what was sent is what the model says, which sees what was committed when the run began. `WVL_SCHEDULES=5000` plays
//! more schedules, `WVL_SCHEDULES_SEED=7` other ones.

mod net;
mod points;
mod sessions;

use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use diesel::{PgConnection, RunQueryDsl};
use wvl::escalation::{self, Options};
use wvl::outbox::message_id::SigningKeys;
use wvl::settings::Settings;
use wvl::template::Templates;

use self::points::{NAMES, Points, at_points};
use self::sessions::{MOMENTS, Sessions};
use super::histories::chance::Chance;
use super::histories::office::settings;
use super::histories::scenario::always;
use super::histories::{compare, number};
use super::model::minutes::{DAY, Minute, Office, Window, at_local, day, to_utc, written};
use super::model::people::{self, Person, Who};
use super::model::rules::{Register, Rules, Stage};
use super::model::run::Mode;
use super::model::world::World;
use crate::env::TestDatabase;

/// Schedules of one day, in one database: only the first run of a day looks at everything.
const OF_A_DAY: i64 = 50;

/// Minutes from one schedule to the next.
const APART: i64 = 26;

/// The day they all play on: no holiday, no change of the clock.
const TODAY: &str = "2025-06-24";

#[test]
fn five_hundred_schedules_of_writers_forget_nothing_and_repeat_nothing() {
    let start = Instant::now();
    let seed = number("WVL_SCHEDULES_SEED").unwrap_or(5);
    let schedules = number("WVL_SCHEDULES").unwrap_or(500) as i64;
    let _points = Points::set_up();
    let mut chance = Chance::new(seed);
    let (mut played, mut steps) = (0, 0);
    while played < schedules {
        let of_day = OF_A_DAY.min(schedules - played);
        steps += play(&mut chance.split(), of_day);
        played += of_day;
    }
    eprintln!("{played} schedules of seed {seed}: {steps} steps in {:.1} s", start.elapsed().as_secs_f64());
}

/// The engine, and what every run of a day needs.
struct Desk {
    database: TestDatabase,
    settings: Settings,
    templates: Templates,
    keys: SigningKeys,
    /// Connections that nobody uses right now.
    idle: Mutex<Vec<PgConnection>>,
}

impl Desk {
    /// Works on a connection of its own.
    fn on_connection<T>(&self, work: impl FnOnce(&mut PgConnection) -> T) -> T {
        let idle = self.idle.lock().unwrap().pop();
        let mut connection = idle.unwrap_or_else(|| self.database.connect());
        let value = work(&mut connection);
        self.idle.lock().unwrap().push(connection);
        value
    }

    /// A run; answers how many steps it took.
    fn run(&self, now: Minute, options: Options) -> usize {
        self.on_connection(|connection| self.run_on(connection, now, options))
    }

    fn run_on(&self, connection: &mut PgConnection, now: Minute, options: Options) -> usize {
        let report = escalation::run(connection, &self.settings, &self.templates, &self.keys, to_utc(now), options);
        let report = report.unwrap_or_else(|error| panic!("run at {}: {}", written(now), error.full_message()));
        let report = report.expect("the lock of the job is out of order");
        assert_eq!(report.troubles.len(), 0, "{:?}", report.troubles);
        report.steps.iter().map(|step| step.keys().len()).sum()
    }

    /// Whether a session of this database waits for another one.
    fn is_somebody_waiting(&self) -> bool {
        let waiting = "SELECT count(*) > 0 FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let question = diesel::dsl::sql::<diesel::sql_types::Bool>(&format!("({waiting})"));
        self.on_connection(|connection| diesel::select(question).get_result(connection).unwrap())
    }
}

/// Types that speak soon: one by collections, two at once.
fn rules(chance: &mut Chance, register: Register) -> Rules {
    let hours = chance.one_of(&[[15, 30, 60], [15, 30, 30], [15, 15, 45]]);
    let stage = |(number, minutes): (i32, i64)| Stage { number, minutes: Some(minutes), to: vec![Who::Handler] };
    Rules {
        register,
        office: house(),
        window: Window { from_to: Some((0, DAY)), saturday: true, sunday: true },
        wall: chance.percent(50),
        previous: chance.percent(30),
        offset_days: chance.one_of(&[0, 0, 1]),
        announce_days: chance.one_of(&[vec![], vec![1]]),
        max_age_days: (register == Register::Task && chance.percent(50)).then_some(10),
        stages: (1..).zip(hours).map(stage).collect(),
        repeat: chance.one_of(&[0, 60, 240]),
        collect_at: vec![0, 180, 360, 540, 720, 900, 1080, 1260],
        at_once: register != Register::Offer,
        at_once_amount: None,
        bundle: chance.percent(70),
    }
}

fn house() -> Office {
    Office { name: "default", ..always() }
}

/// Plays a day of so many schedules; answers how many steps were taken.
fn play(chance: &mut Chance, schedules: i64) -> usize {
    let types = [Register::Ticket, Register::Offer, Register::Task].map(|register| rules(chance, register));
    let handler = Person { id: 10, in_control_room: true, week: None, deputy: None, absences: Vec::new() };
    let today = day(TODAY);
    let mut world = World::new(types.into(), vec![handler.clone()], &house(), &always(), today - 60..today + 60);
    world.caps = chance.one_of(&[(0, 0), (0, 0), (4, 0), (0, 2)]);
    let (per_run, per_recipient) = world.caps;
    let mut toml = format!("{}{}[escalation]\n", house().toml(), always().toml());
    toml += &format!("max_mails_per_run = {per_run}\nmax_mails_per_recipient = {per_recipient}\n");
    toml += &world.types.iter().map(Rules::toml).collect::<String>();
    let desk = Desk {
        database: TestDatabase::new(),
        settings: settings(&toml, Mode::Live),
        templates: Templates::embedded().unwrap(),
        keys: SigningKeys::new(&["a key of these tests"]).unwrap(),
        idle: Mutex::default(),
    };
    desk.database.execute(&people::sql(&[handler]));

    let first = at_local(today, 10);
    desk.run(first, Options::default());
    world.run(first, Mode::Live, false);
    let mut sessions = Sessions::new(&desk.database, chance.split());
    let mut runs = 0;
    for schedule in 0..schedules {
        let mut now = first + 5 + schedule * APART;
        for _ in 0..2 {
            let flickers = sessions.draw(runs * MOMENTS, &world, now);
            let overlap = chance.percent(if flickers { 75 } else { 40 }).then(|| Overlap {
                // a run that has decided and not yet committed is the one that may undo what others see
                at: if flickers && chance.percent(70) { "before-commit" } else { chance.one_of(&NAMES) },
                now: now + chance.within(0..2),
            });
            run_among(&desk, &mut sessions, &mut world, runs * MOMENTS, now, overlap);
            runs += 1;
            check(&desk, &sessions, &world, &toml);
            now += chance.within(1..8);
        }
        if chance.percent(75) {
            sessions.end_all(&mut world);
        }
        loop {
            let steps = desk.run(now, Options::default());
            sessions.log.push(format!("run at {}, {steps} steps", written(now)));
            world.run(now, Mode::Live, false);
            check(&desk, &sessions, &world, &toml);
            if steps == 0 {
                break;
            }
        }
        if schedule % 10 == 9 {
            net::catches_nothing(&desk, now);
        }
    }
    net::was_used_once(&desk.database, first);
    net::was_not_doubled(&desk.database);
    world.steps.values().map(Vec::len).sum()
}

/// Another run that begins at a point of the first one.
#[derive(Clone, Copy, Debug)]
struct Overlap {
    at: &'static str,
    now: Minute,
}

/// A run with sessions at its points. Of two runs that want the same step the one that has claimed it first gets it: the
/// other waits for its commit, and then has nothing to do.
fn run_among(
    desk: &Desk,
    sessions: &mut Sessions<'_>,
    world: &mut World,
    first: usize,
    now: Minute,
    overlap: Option<Overlap>,
) {
    sessions.act(first, world);
    sessions.log.push(format!("run at {} ({overlap:?})", written(now)));
    let own = world.plan(now);
    let mut other = None;
    std::thread::scope(|scope| {
        let (told, points) = mpsc::channel();
        let (go_on, waits) = mpsc::channel();
        let run = scope.spawn(move || at_points(told, waits, || desk.run(now, Options::default())));
        let mut runs = vec![run];
        // the run's end of the channel is gone as soon as it has ended
        while let Ok(name) = points.recv() {
            let place = NAMES.iter().position(|other| *other == name).expect("a point");
            sessions.log.push(format!("at {name}"));
            sessions.act(first + 1 + place, world);
            if let Some(overlap) = overlap.filter(|overlap| overlap.at == name && other.is_none()) {
                other = Some((name, world.plan(overlap.now)));
                let run = scope.spawn(move || desk.run(overlap.now, Options::default()));
                while !run.is_finished() && !desk.is_somebody_waiting() {
                    std::thread::sleep(Duration::from_millis(1));
                }
                runs.push(run);
            }
            go_on.send(()).unwrap();
        }
        let ended: Vec<_> = runs.into_iter().map(|run| run.join()).collect();
        if ended.iter().any(Result::is_err) {
            panic!("a run failed after\n{}", tail(sessions));
        }
    });
    match other {
        // nothing was claimed yet, so the second run did all of its work in between
        Some(("found", other)) => [other, own].map(|plan| world.write(plan, Mode::Live, false)),
        Some((_, other)) => [own, other].map(|plan| world.write(plan, Mode::Live, false)),
        None => [world.write(own, Mode::Live, false), 0],
    };
    sessions.act(first + MOMENTS - 1, world);
}

fn tail(sessions: &Sessions<'_>) -> String {
    sessions.log[sessions.log.len().saturating_sub(60)..].join("\n")
}

/// What was sent is what the model says.
fn check(desk: &Desk, sessions: &Sessions<'_>, world: &World, toml: &str) {
    let sent = desk.on_connection(|connection| compare::sent(connection, world, "true"));
    let expected = compare::expected(world, |_| true);
    let Some((item, ..)) = sent.symmetric_difference(&expected).next() else { return };
    let of_item: Vec<&String> = sessions.log.iter().filter(|line| line.contains(&world.name(*item))).collect();
    panic!(
        "{}\n{:?}\n{}\n{of_item:#?}\n{}\n{toml}",
        world.name(*item),
        world.items[*item],
        compare::of_item(world, *item, &expected, &sent),
        tail(sessions)
    );
}
