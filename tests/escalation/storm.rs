//! Eight processes at the same instant, round after round, without the lock of the job: the unique key alone decides.
//!
//! In every round new items are due, backdated ones among them, older ones have reached their next stage, some have moved
//! away or come back, some are closed. Half of the rounds hold all processes until each has found everything and wants to
//! claim it.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::every_hour::{Told, collect, hour, offer, sections, steps, task, told};
use super::house::environment;
use crate::env::environment::Run;
use crate::env::{TestDatabase, TestEnvironment};

const PROCESSES: usize = 8;
const ROUNDS: i64 = 50;
/// An item is closed so many hours after it was first seen.
const LIFE: i64 = 7;

#[test]
fn fifty_rounds_of_bundles() {
    storm(true);
}

#[test]
fn fifty_rounds_of_single_mails() {
    storm(false);
}

fn storm(bundle: bool) {
    let started = Instant::now();
    let environment = environment(&sections(bundle));
    let items: Vec<Item> = (1..=ROUNDS).flat_map(Item::born_in).collect();
    for round in 1..=ROUNDS {
        let changes: String = items.iter().map(|item| item.change_before(round)).collect();
        environment.database.execute(&changes);
        // queued in one round and delivered in the next: also a flush that eight senders fall upon at once
        let no_flush = (round % 2 == 1).then_some("--no-flush");
        let processes = match round % 4 < 2 {
            true => start(&environment, round, no_flush),
            false => start_together(&environment, || start(&environment, round, no_flush)),
        };
        assert_all_end_well(processes, round);
    }

    let (mut expected_steps, mut expected): (Vec<String>, Vec<Told>) = (Vec::new(), Vec::new());
    for (item, step, merged, round) in items.iter().flat_map(Item::steps) {
        expected_steps.extend(merged.map(|step| format!("{item} {step} @{round}")));
        expected_steps.push(format!("{item} {step} @{round}"));
        expected.extend(told(&item, step));
    }
    expected_steps.sort();
    expected.sort();
    assert_eq!(steps(&environment.database), expected_steps);

    let mails = collect(&environment);
    let mut arrived: Vec<Told> = mails.iter().flat_map(|mail| mail.told.clone()).collect();
    arrived.sort();
    assert_eq!(arrived, expected);
    let mut ids: Vec<&str> = mails.iter().map(|mail| mail.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), mails.len(), "every mail has a Message-ID of its own");
    let number = |sql: &str| environment.database.number(sql);
    assert_eq!(number("SELECT count(*) FROM outbox_messages"), i64::try_from(mails.len()).unwrap());
    assert_eq!(number("SELECT count(*) FROM outbox_recipients WHERE state <> 'sent' OR attempt <> 1"), 0);
    let runs = number("SELECT count(*) FROM job_runs WHERE job = 'escalate run' AND exit_code = 0");
    assert_eq!(runs, ROUNDS * i64::try_from(PROCESSES).unwrap(), "none of them stood back for another");
    println!(
        "{PROCESSES} processes, {ROUNDS} rounds, bundle = {bundle}: {} items, {} steps, {} mails about {} of them, {:.1?}",
        items.len(),
        expected_steps.len(),
        mails.len(),
        expected.len(),
        started.elapsed()
    );
}

/// The first live run takes back what was rehearsed. Here eight of them are the first.
#[test]
fn eight_go_live_at_once() {
    let environment = environment(&sections(false));
    let live = std::fs::read_to_string(environment.config()).unwrap();
    environment.write("wvl.toml", live.replace("mode = \"live\"", "mode = \"redirect\""));
    let items = [("A-001", 0), ("A-002", 0), ("A-003", 1), ("A-004", 2), ("T-001", 0), ("T-002", 3)];
    let add = |(number, due): (&str, i64)| match number.starts_with('A') {
        true => offer(number, due),
        false => task(number, due),
    };
    environment.database.execute(&items.map(add).concat());
    for round in 1..=3 {
        assert_all_end_well(start_together(&environment, || start(&environment, round, None)), round);
    }
    assert_eq!(environment.database.number("SELECT count(*) FROM escalation_steps WHERE rehearsal"), 12);
    collect(&environment);

    environment.write("wvl.toml", live);
    assert_all_end_well(start_together(&environment, || start(&environment, 4, None)), 4);
    let expected: Vec<String> = items.iter().map(|(number, _)| format!("{number} 1 @4")).collect();
    assert_eq!(steps(&environment.database), expected);
    let mut arrived: Vec<Told> = collect(&environment).into_iter().flat_map(|mail| mail.told).collect();
    arrived.sort();
    assert_eq!(arrived, items.iter().flat_map(|(number, _)| told(number, 1)).collect::<Vec<_>>());
}

/// A baseline says without a mail what a run says with one: each step is said in one of the two ways.
#[test]
fn runs_and_baselines_at_once() {
    let environment = environment(&sections(true));
    for round in 1..=6 {
        let items: String = (0..5).map(|number| offer(&format!("A-{round}{number:02}"), round - 4)).collect();
        environment.database.execute(&items);
        let processes = start_together(&environment, || {
            let baseline = |_| {
                let mut command =
                    environment.command(&["escalate", "baseline", "--yes", "--quiet", "--as-of", &hour(round)]);
                command.env("FAILPOINTS", "no-job-lock=return").stdout(Stdio::piped()).stderr(Stdio::piped());
                command.spawn().unwrap()
            };
            let mut processes = start(&environment, round, None);
            processes.extend((0..4).map(baseline));
            processes
        });
        assert_all_end_well(processes, round);
    }
    let real = "SELECT string_agg(reference || ' ' || step, E'\n') FROM escalation_steps WHERE NOT baseline";
    let real = environment.database.text(real);
    let mut expected: Vec<Told> = real
        .lines()
        .flat_map(|line| line.split_once(' ').map(|(item, step)| told(item, step.parse().unwrap())).unwrap())
        .collect();
    let mut arrived: Vec<Told> = collect(&environment).into_iter().flat_map(|mail| mail.told).collect();
    expected.sort();
    arrived.sort();
    assert_eq!(arrived, expected);
    let stages = "SELECT count(*) FROM escalation_steps WHERE step <= 3";
    assert_eq!(environment.database.number(stages), 6 * 5 * 3, "none is missing, none is there twice");
    assert!(
        !real.is_empty() && environment.database.number("SELECT count(*) FROM escalation_steps WHERE baseline") > 0
    );
    let beside = "SELECT count(*) FROM escalation_chains c WHERE step <> (
        SELECT max(step) FROM escalation_steps s WHERE (s.type, s.item_id, s.due_version) = (c.type, c.item_id, c.due_version))";
    assert_eq!(environment.database.number(beside), 0, "chains beside their steps");
}

fn start(environment: &TestEnvironment, round: i64, flag: Option<&str>) -> Vec<Child> {
    let now = hour(round);
    let start = |_| {
        let mut command = environment.command(&["escalate", "run", "--as-of", &now]);
        command.args(flag).env("FAILPOINTS", "no-job-lock=return").stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    (0..PROCESSES).map(start).collect()
}

fn assert_all_end_well(processes: Vec<Child>, round: i64) {
    for process in processes {
        let run = Run::from(process.wait_with_output().unwrap());
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "round {round}");
    }
}

/// Lets no process take a step before all of them wait for it.
pub fn start_together(environment: &TestEnvironment, start: impl Fn() -> Vec<Child>) -> Vec<Child> {
    let mut barrier = environment.database.connect();
    barrier.batch_execute("BEGIN; LOCK TABLE escalation_steps IN SHARE MODE").unwrap();
    let processes = start();
    wait_for_waiting(&environment.database, processes.len());
    barrier.batch_execute("COMMIT").unwrap();
    processes
}

/// Returns as soon as so many sessions wait for a lock.
pub fn wait_for_waiting(database: &TestDatabase, sessions: usize) {
    let mut connection = database.connect();
    let patience = Instant::now() + Duration::from_secs(60);
    let waiting = "(SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock')";
    loop {
        let count: i64 = diesel::select(sql::<BigInt>(waiting)).get_result(&mut connection).unwrap();
        if count >= i64::try_from(sessions).unwrap() {
            break;
        }
        assert!(Instant::now() < patience, "{count} of {sessions} sessions wait for a lock");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What becomes of an item besides growing older.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stays,
    /// Its date moves away before the second round of its life, and back before the fourth.
    Moves,
    /// It is lost before the second round of its life, and open again before the fourth.
    Returns,
}

struct Item {
    number: String,
    /// The first round that sees it.
    born: i64,
    due: i64,
    fate: Fate,
}

impl Item {
    fn born_in(round: i64) -> Vec<Item> {
        let due = |number: i64| round - 1 - number % 3;
        let fate = |number: i64| match number % 5 {
            0 => Fate::Moves,
            1 => Fate::Returns,
            _ => Fate::Stays,
        };
        let offers = (2 * round..2 * round + 2).map(|number| Item {
            number: format!("A-{number:03}"),
            born: round,
            due: due(number),
            fate: fate(number),
        });
        let task = Item { number: format!("T-{round:03}"), born: round, due: due(round), fate: Fate::Stays };
        offers.chain((round % 2 == 0).then_some(task)).collect()
    }

    /// What happens to it before a round, as SQL.
    fn change_before(&self, round: i64) -> String {
        let (number, age) = (&self.number, round - self.born);
        let table = if number.starts_with('A') { "documents" } else { "tasks" };
        let set = |what: String| format!("UPDATE {table} SET {what} WHERE number = '{number}';");
        match (age, self.fate) {
            (0, _) if table == "tasks" => task(number, self.due),
            (0, _) => offer(number, self.due),
            (1, Fate::Moves) => set(format!("follow_up_at = '{}'", hour(1_000))),
            (3, Fate::Moves) => set(format!("follow_up_at = '{}'", hour(self.due))),
            (1, Fate::Returns) => set("status = 'lost'".to_owned()),
            (3, Fate::Returns) => set("status = 'open'".to_owned()),
            (LIFE, _) => set(format!("status = '{}'", if table == "tasks" { "done" } else { "lost" })),
            _ => String::new(),
        }
    }

    /// Its steps: number, step, the stage merged into it, round.
    fn steps(&self) -> Vec<(String, i32, Option<i32>, i64)> {
        let away = if self.fate == Fate::Stays { 0 } else { 2 };
        let ages: &[(i64, i32, Option<i32>)] = match self.number.starts_with('A') {
            true => &[(0, 1, None), (1, 2, None), (2, 3, None), (4, 101, None), (6, 102, None)],
            false => &[(0, 1, None), (1, 3, Some(2)), (3, 101, None), (5, 102, None)],
        };
        let at = ages.iter().map(|&(age, step, merged)| (if age == 0 { 0 } else { age + away }, step, merged));
        at.filter(|(age, ..)| *age < LIFE && self.born + age <= ROUNDS)
            .map(|(age, step, merged)| (self.number.clone(), step, merged, self.born + age))
            .collect()
    }
}
