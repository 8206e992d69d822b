//! The arithmetic of the stages, row by row: what leaves when, worked out by hand from DESIGN.md §4. Engine and model are
//! both held to it.

use diesel::connection::SimpleConnection;

use super::histories::compare;
use super::histories::office::{Desk, settings};
use super::histories::scenario::{always, plain_house};
use super::model::events::{Entry, Happens, as_of};
use super::model::minutes::{DAY, Minute, Window, at_local, day, day_of, minute, written};
use super::model::people::{self, Person, Who, people};
use super::model::rules::{Register, Rules, Stage};
use super::model::run::Mode;
use super::model::world::World;
use crate::env::TestDatabase;

/// One item and what leaves of it.
struct Row {
    /// What the row shows.
    about: &'static str,
    register: Register,
    /// What is different from a window 08–18, stages after 16, 24 and 40 hours, and a repeat every 40.
    rules: fn(&mut Rules),
    due: &'static str,
    /// From the first to the last day of the runs, which come at 08:00 and 13:00.
    days: (&'static str, &'static str),
    /// What happens at other times.
    happens: &'static [(&'static str, What)],
    /// `23.11. 08:00: 1`.
    leaves: &'static [&'static str],
}

#[derive(Clone, Copy)]
enum What {
    /// The item.
    Item(Happens),
    /// Another item of the same type is entered that is due at that time.
    Rival(&'static str),
    /// One more run.
    Run,
    /// No runs until then.
    Outage(&'static str),
    Baseline,
    Mode(Mode),
    /// Arno is away until the end of that day.
    Away(&'static str),
    /// At most so many mails a run.
    Cap(usize),
    /// So many days of grace from now on.
    Grace(i64),
}

fn offer(_: &mut Rules) {}

fn hours(rules: &mut Rules, hours: [i64; 3]) {
    for (stage, hours) in rules.stages.iter_mut().zip(hours) {
        stage.minutes = (hours > 0).then_some(hours * 60);
    }
}

const DUE: &str = "2026-11-19 00:00";
const TWO_WEEKS: (&str, &str) = ("2026-11-19", "2026-12-02");

/// Minutes since 1970 of an instant in the winter of 2026, for what is written into a table.
const fn november(day: i64, hour: i64) -> Minute {
    // 1 November 2026, 00:00 in Berlin
    29_891_460 + (day - 1) * DAY + hour * 60
}

const ROWS: &[Row] = &[
    Row {
        about: "the example of the design",
        register: Register::Offer,
        rules: offer,
        due: DUE,
        days: TWO_WEEKS,
        happens: &[],
        leaves: &["23.11. 08:00: 1", "24.11. 08:00: 2", "26.11. 08:00: 3", "02.12. 08:00: 101"],
    },
    Row {
        about: "after an outage the employee keeps the time before the supervisor hears of it",
        register: Register::Offer,
        rules: offer,
        due: DUE,
        days: TWO_WEEKS,
        happens: &[("2026-11-20 12:00", What::Outage("2026-11-25 09:00"))],
        // 8 hours from Wed 13:00: Thu 11:00; 16 hours from Thu 13:00: Mon 09:00
        leaves: &["25.11. 13:00: 1", "26.11. 13:00: 2", "30.11. 13:00: 3"],
    },
    Row {
        about: "a date moved and moved back goes on where it stood",
        register: Register::Offer,
        rules: offer,
        due: DUE,
        days: TWO_WEEKS,
        happens: &[
            ("2026-11-23 10:00", What::Item(Happens::Move(Some(november(31, 0))))),
            ("2026-11-25 10:00", What::Item(Happens::Move(None))),
        ],
        // 16 hours from Wed 13:00: Fri 09:00
        leaves: &["23.11. 08:00: 1", "25.11. 13:00: 2", "27.11. 13:00: 3"],
    },
    Row {
        about: "a moved date starts afresh",
        register: Register::Offer,
        rules: offer,
        due: DUE,
        days: ("2026-11-19", "2026-12-01"),
        happens: &[("2026-11-24 10:00", What::Item(Happens::Move(Some(november(26, 0)))))],
        leaves: &["23.11. 08:00: 1", "24.11. 08:00: 2", "30.11. 08:00: 1", "01.12. 08:00: 2"],
    },
    Row {
        about: "closed and reopened under the same date it goes on",
        register: Register::Offer,
        rules: offer,
        due: DUE,
        days: TWO_WEEKS,
        happens: &[("2026-11-23 09:00", What::Item(Happens::Close)), ("2026-11-25 09:00", What::Item(Happens::Close))],
        leaves: &["23.11. 08:00: 1", "25.11. 13:00: 2", "27.11. 13:00: 3"],
    },
    Row {
        about: "a pause only delays (the design's helpdesk-high)",
        register: Register::Ticket,
        rules: |rules| {
            hours(rules, [16, 16, 16]);
            rules.previous = true;
            rules.at_once = true;
            rules.window.from_to = Some((540, 1020));
        },
        due: "2026-11-16 12:00",
        days: ("2026-11-16", "2026-11-27"),
        happens: &[
            ("2026-11-18 12:00", What::Run),
            ("2026-11-19 13:00", What::Item(Happens::Wait)),
            ("2026-11-23 10:00", What::Item(Happens::Wait)),
            ("2026-11-23 16:59", What::Run),
            ("2026-11-23 17:00", What::Run),
            ("2026-11-24 09:00", What::Run),
            ("2026-11-26 09:00", What::Run),
        ],
        leaves: &["18.11. 12:00: 1", "24.11. 09:00: 2", "26.11. 09:00: 3"],
    },
    Row {
        about: "equal thresholds are one mail with a key for each stage",
        register: Register::Offer,
        rules: |rules| hours(rules, [16, 24, 24]),
        due: DUE,
        days: TWO_WEEKS,
        happens: &[],
        leaves: &["23.11. 08:00: 1", "24.11. 08:00: 2", "24.11. 08:00: 3", "30.11. 08:00: 101"],
    },
    Row {
        about: "a stage that is off: the spacing is that to the stage below",
        register: Register::Offer,
        rules: |rules| hours(rules, [16, 0, 40]),
        due: DUE,
        days: ("2026-11-19", "2026-11-30"),
        happens: &[],
        // 24 hours from Mon 08:00: Wed 12:00
        leaves: &["23.11. 08:00: 1", "25.11. 13:00: 3"],
    },
    Row {
        about: "basis previous: each stage from the step before, and equal ones do not merge",
        register: Register::Offer,
        rules: |rules| {
            hours(rules, [16, 16, 16]);
            rules.previous = true;
        },
        due: DUE,
        days: ("2026-11-19", "2026-12-01"),
        happens: &[],
        leaves: &["23.11. 08:00: 1", "25.11. 08:00: 2", "27.11. 08:00: 3"],
    },
    Row {
        about: "under an acknowledgement the clock runs on; one step a run after its lapse",
        register: Register::Offer,
        rules: offer,
        due: DUE,
        days: TWO_WEEKS,
        happens: &[("2026-11-23 09:00", What::Item(Happens::Acknowledge(november(30, 9))))],
        leaves: &["23.11. 08:00: 1", "30.11. 13:00: 2", "02.12. 13:00: 3"],
    },
    Row {
        about: "an acknowledgement is of one date: a moved item speaks",
        register: Register::Offer,
        rules: offer,
        due: DUE,
        days: ("2026-11-19", "2026-11-27"),
        happens: &[
            ("2026-11-23 09:00", What::Item(Happens::Acknowledge(november(30, 9)))),
            ("2026-11-23 10:00", What::Item(Happens::Move(Some(november(20, 0))))),
        ],
        // Fri 10, Mon 6: Mon 14:00; 8 hours from Tue 08:00: Tue 16:00; 40 hours: Wed 18:00, 16 from Wed 08:00: Thu 14:00
        leaves: &["23.11. 08:00: 1", "24.11. 08:00: 1", "25.11. 08:00: 2", "27.11. 08:00: 3"],
    },
    Row {
        about: "muted until a day",
        register: Register::Offer,
        rules: offer,
        due: DUE,
        days: ("2026-11-19", "2026-11-30"),
        happens: &[("2026-11-19 09:00", What::Item(Happens::Mute(november(24, 0))))],
        leaves: &["24.11. 08:00: 1", "25.11. 08:00: 2", "27.11. 08:00: 3"],
    },
    Row {
        about: "what is over the cap leaves with the next run",
        register: Register::Offer,
        rules: |rules| rules.bundle = false,
        due: DUE,
        days: ("2026-11-19", "2026-11-27"),
        happens: &[
            ("2026-11-19 07:00", What::Cap(1)),
            // by the same hours, but due before
            ("2026-11-19 07:01", What::Rival("2026-11-18 20:00")),
            ("2026-11-23 09:30", What::Run),
        ],
        leaves: &["23.11. 09:30: 1", "24.11. 13:00: 2", "26.11. 13:00: 3"],
    },
    Row {
        about: "a baseline records what would be out by now, the rest follows",
        register: Register::Offer,
        rules: offer,
        due: "2026-11-12 00:00",
        days: ("2026-11-18", "2026-11-27"),
        happens: &[("2026-11-18 07:00", What::Baseline)],
        // 16 hours from Wed 07:00: Thu 14:00
        leaves: &["18.11. 07:00: 1 baseline", "18.11. 07:00: 2 baseline", "20.11. 08:00: 3", "26.11. 08:00: 101"],
    },
    Row {
        about: "with basis previous a baseline sums the hours up from due",
        register: Register::Offer,
        rules: |rules| {
            hours(rules, [16, 16, 16]);
            rules.previous = true;
        },
        due: "2026-11-12 00:00",
        days: ("2026-11-18", "2026-11-27"),
        happens: &[("2026-11-18 07:00", What::Baseline)],
        // 16 hours: Fri 14:00, leaves Mon; 32: Tue 17. 10:00, leaves Tue 13:00; 48: Wed 16:00
        leaves: &["18.11. 07:00: 1 baseline", "18.11. 07:00: 2 baseline", "20.11. 08:00: 3", "26.11. 08:00: 101"],
    },
    Row {
        about: "a chain whose last stage is baseline does not repeat",
        register: Register::Offer,
        rules: offer,
        due: "2026-11-05 00:00",
        days: ("2026-11-18", "2026-12-10"),
        happens: &[("2026-11-18 07:00", What::Baseline)],
        leaves: &["18.11. 07:00: 1 baseline", "18.11. 07:00: 2 baseline", "18.11. 07:00: 3 baseline"],
    },
    Row {
        about: "going live after a week of redirect: nothing of it has happened",
        register: Register::Offer,
        rules: offer,
        due: "2026-11-12 00:00",
        days: ("2026-11-16", "2026-11-27"),
        happens: &[("2026-11-16 07:00", What::Mode(Mode::Redirect)), ("2026-11-23 00:00", What::Mode(Mode::Live))],
        leaves: &["23.11. 08:00: 1", "24.11. 08:00: 2", "26.11. 08:00: 3"],
    },
    Row {
        about: "a few days of redirect in between: back to the last real step and its instant",
        register: Register::Offer,
        rules: offer,
        due: DUE,
        days: TWO_WEEKS,
        happens: &[("2026-11-24 00:00", What::Mode(Mode::Redirect)), ("2026-11-27 00:00", What::Mode(Mode::Live))],
        // 16 hours from Fri 08:00: Mon 14:00
        leaves: &["23.11. 08:00: 1", "27.11. 08:00: 2", "01.12. 08:00: 3"],
    },
    Row {
        about: "notices: the nearest of those reached, then the stages from due",
        register: Register::Task,
        rules: |rules| {
            hours(rules, [1, 24, 40]);
            rules.announce_days = vec![90, 30, 3, 1];
        },
        // the end of Monday the 23rd
        due: "2026-11-24 00:00",
        days: ("2026-11-19", "2026-11-28"),
        happens: &[],
        // the day before is a Sunday; 23 hours from Tue 13:00: Thu 16:00
        leaves: &["19.11. 08:00: -30", "20.11. 08:00: -3", "23.11. 08:00: -1", "24.11. 13:00: 1", "27.11. 08:00: 2"],
    },
    Row {
        about: "Christmas: closed days and holidays count nothing and let nothing leave",
        register: Register::Offer,
        rules: offer,
        due: "2026-12-21 00:00",
        days: ("2026-12-21", "2026-12-31"),
        happens: &[],
        leaves: &["23.12. 08:00: 1", "28.12. 08:00: 2", "30.12. 08:00: 3"],
    },
    Row {
        about: "clock wall: every hour counts, but the repeat counts working hours",
        register: Register::Offer,
        rules: |rules| rules.wall = true,
        due: DUE,
        days: ("2026-11-19", "2026-12-01"),
        happens: &[],
        leaves: &["20.11. 08:00: 1", "23.11. 08:00: 2", "24.11. 08:00: 3", "30.11. 08:00: 101"],
    },
    Row {
        about: "grace moves due by calendar days",
        register: Register::Offer,
        rules: |rules| rules.offset_days = 2,
        due: "2026-11-17 00:00",
        days: ("2026-11-17", "2026-11-25"),
        happens: &[],
        leaves: &["23.11. 08:00: 1", "24.11. 08:00: 2"],
    },
    Row {
        about: "grace given later: a chain under way waits for the new due date",
        register: Register::Offer,
        rules: offer,
        due: DUE,
        days: ("2026-11-19", "2026-12-04"),
        happens: &[("2026-11-26 09:00", What::Grace(14))],
        // without it the repeat would leave on the 2nd, a day before the item is due
        leaves: &["23.11. 08:00: 1", "24.11. 08:00: 2", "26.11. 08:00: 3", "03.12. 08:00: 101"],
    },
    Row {
        about: "too old after four more days with a window",
        register: Register::Offer,
        rules: |rules| rules.max_age_days = Some(4),
        due: DUE,
        days: ("2026-11-25", "2026-12-05"),
        happens: &[],
        // Fri, Mon, Tue, Wed
        leaves: &["25.11. 08:00: 1"],
    },
    Row {
        about: "nobody at work: at most three working days later it leaves all the same",
        register: Register::Offer,
        rules: offer,
        due: DUE,
        days: TWO_WEEKS,
        happens: &[("2026-11-19 07:00", What::Away("2026-11-30"))],
        // Tue, Wed, Thu; stage 2 could leave Fri 08:00, and he is back on Tue
        leaves: &["26.11. 08:00: 1", "01.12. 08:00: 2"],
    },
];

#[test]
fn what_leaves_when_is_what_the_design_says() {
    let desk = Desk::new();
    let mut wrong = Vec::new();
    for row in ROWS {
        let (engine, model) = play(row, &desk);
        if engine != row.leaves || model != row.leaves {
            wrong.push(format!("{}\n  by hand {:?}\n  engine  {engine:?}\n  model   {model:?}", row.about, row.leaves));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What has left in the engine and in the model.
fn play(row: &Row, desk: &Desk) -> (Vec<String>, Vec<String>) {
    let database = TestDatabase::new();
    let mut connection = database.connect();
    let mut people: Vec<Person> = people();
    connection.batch_execute(&people::sql(&people)).unwrap();
    let stage = |(number, hours): (i32, i64)| Stage { number, minutes: Some(hours * 60), to: vec![Who::Employee(103)] };
    let mut rules = Rules {
        register: row.register,
        office: plain_house(),
        window: Window { from_to: Some((480, 1080)), saturday: false, sunday: false },
        wall: false,
        previous: false,
        offset_days: 0,
        announce_days: Vec::new(),
        max_age_days: None,
        stages: (1..).zip([16, 24, 40]).map(stage).collect(),
        repeat: 40 * 60,
        collect_at: vec![480, 780],
        at_once: false,
        at_once_amount: None,
        bundle: true,
    };
    (row.rules)(&mut rules);
    let (first, last) = (day(row.days.0), day(row.days.1));
    let mut events: Vec<(Minute, What)> = row.happens.iter().map(|(at, what)| (minute(at), *what)).collect();
    let is_out = |at: Minute| {
        let covers =
            |(from, what): &(Minute, What)| matches!(what, What::Outage(to) if (*from..minute(to)).contains(&at));
        events.iter().any(covers)
    };
    let usual = (first..=last).flat_map(|on| [at_local(on, 480), at_local(on, 780)]).filter(|at| !is_out(*at));
    let usual: Vec<(Minute, What)> = usual.map(|at| (at, What::Run)).collect();
    for (at, what) in row.happens.iter().map(|(at, what)| (minute(at), *what)) {
        if let What::Away(until) = what {
            let arno = people.iter_mut().find(|person| person.id == 3).expect("Arno");
            arno.absences.push((day_of(at), day(until)));
            connection.batch_execute(&people::absence(3, day_of(at), day(until))).unwrap();
        }
    }
    events.extend(usual);
    events.sort_by_key(|(at, _)| *at);
    let mut world = World::new(vec![rules], people, &plain_house(), &always(), first - 60..last + 60);
    let entry =
        |due: &str| Entry { of: 0, due: minute(due), amount: None, handler: 3, is_always: false, is_broken: false };
    let entered = at_local(first, 0).max(minute("2026-11-16 00:00"));
    connection.batch_execute(&format!("{}{}", as_of(entered), world.enter(&entry(row.due)))).unwrap();

    let mut mode = Mode::Live;
    for (at, what) in events {
        let settings = settings(&toml(&world), mode);
        let mut sql = as_of(at);
        match what {
            What::Item(happens) => sql += &world.change(at, 0, happens),
            What::Rival(due) => sql += &world.enter(&entry(due)),
            What::Run => {
                desk.run(&mut connection, &settings, at, false);
                world.run(at, mode, false);
            }
            What::Baseline => {
                desk.baseline(&mut connection, &settings, at);
                world.baseline(at);
            }
            What::Mode(new) => mode = new,
            What::Cap(most) => world.caps.0 = most,
            What::Grace(days) => world.types[0].offset_days = days,
            What::Outage(_) | What::Away(_) => {}
        }
        connection.batch_execute(&sql).unwrap();
    }
    let sent = compare::sent(&mut connection, &world, "true");
    (said(sent), said(compare::expected(&world, |_| true)))
}

fn toml(world: &World) -> String {
    let head = format!("[escalation]\nmax_mails_per_run = {}\n", world.caps.0);
    let types: String = world.types.iter().map(Rules::toml).collect();
    format!("{}{}{head}{types}", plain_house().toml(), always().toml())
}

/// The steps of the first item in the order of time.
fn said(steps: impl IntoIterator<Item = compare::Key>) -> Vec<String> {
    let mut steps: Vec<_> =
        steps.into_iter().filter(|(item, ..)| *item == 0).map(|(_, _, taken)| (taken.at, taken.step, taken)).collect();
    steps.sort_unstable();
    let one = |(at, step, taken): (Minute, i32, super::model::world::Taken)| {
        let written = written(at);
        let more = if taken.is_baseline { " baseline" } else { "" };
        let more = if taken.is_rehearsal { " rehearsal" } else { more };
        format!("{}.{}. {}: {step}{more}", &written[8..10], &written[5..7], &written[11..])
    };
    steps.into_iter().map(one).collect()
}
