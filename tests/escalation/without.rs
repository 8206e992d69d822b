//! What the promise rests on: taken away, steps are doubled or runs die. Were it taken out of the source, `storm.rs` and the
//! second half of each test here would be red.

use std::process::{Child, Stdio};

use diesel::connection::SimpleConnection;

use super::every_hour::{collect, hour, offer, sections, steps, told};
use super::house::environment;
use super::storm::{start_together, wait_for_waiting};
use crate::env::environment::Run;
use crate::env::{TestDatabase, TestEnvironment};

const CLAIM: &str = include_str!("../../src/escalation/claim.sql");

/// Three processes that have found the same offer, and then claim it.
fn run_together(environment: &TestEnvironment) -> Vec<Run> {
    let start = || -> Vec<Child> {
        let start = |_| {
            let mut command = environment.command(&["escalate", "run", "--as-of", &hour(1)]);
            command.env("FAILPOINTS", "no-job-lock=return").stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().unwrap()
        };
        (0..3).map(start).collect()
    };
    let processes = start_together(environment, start);
    processes.into_iter().map(|process| Run::from(process.wait_with_output().unwrap())).collect()
}

#[test]
fn without_the_unique_key_every_process_sends_its_own() {
    for is_weakened in [true, false] {
        let environment = environment(&sections(false));
        environment.database.execute(&offer("A-001", 0));
        if is_weakened {
            // the same name, and no two rows that it would keep apart
            environment.database.execute(
                "ALTER TABLE escalation_steps DROP CONSTRAINT escalation_steps_once,
                 ADD CONSTRAINT escalation_steps_once UNIQUE (type, item_id, due_version, step, id)",
            );
        }
        for run in run_together(&environment) {
            assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        }
        let times = if is_weakened { 3 } else { 1 };
        assert_eq!(steps(&environment.database), vec!["A-001 1 @1"; times]);
        let arrived: Vec<_> = collect(&environment).into_iter().flat_map(|mail| mail.told).collect();
        assert_eq!(arrived, vec![told("A-001", 1); times].concat());
    }
}

/// A database that has lost the key is not written to at all.
#[test]
fn without_the_unique_key_of_that_name_nothing_is_claimed() {
    let environment = environment(&sections(false));
    environment.database.execute(&offer("A-001", 0));
    environment.database.execute("ALTER TABLE escalation_steps DROP CONSTRAINT escalation_steps_once");
    for run in run_together(&environment) {
        assert_ne!(run.code, 0);
        assert!(run.stderr.contains("escalation_steps_once"), "{}", run.stderr);
    }
    assert_eq!(steps(&environment.database), [""; 0]);
    assert_eq!(collect(&environment), []);
}

/// Two claims of the same two steps, found in opposite orders, each stopped before its second row.
#[test]
fn unsorted_claims_deadlock_and_sorted_ones_wait() {
    let order = "ORDER BY type, item_id, due_version, step\n";
    let unsorted = CLAIM.replace(order, "");
    assert_ne!(unsorted, CLAIM, "the claim sorts its rows otherwise now: {CLAIM}");

    let errors = claim_in_opposite_orders(&unsorted);
    assert_eq!(errors.len(), 1, "one of the two is the victim: {errors:?}");
    assert!(errors[0].contains("deadlock detected"), "{errors:?}");
    assert_eq!(claim_in_opposite_orders(CLAIM), [""; 0]);
}

fn claim_in_opposite_orders(claim: &str) -> Vec<String> {
    let database = TestDatabase::new();
    database.execute(
        "CREATE FUNCTION stop_before_second_row() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             IF current_setting('test.rows', true) = '1' THEN
                 PERFORM pg_advisory_xact_lock_shared(1);
             END IF;
             PERFORM set_config('test.rows', '1', true);
             RETURN NEW;
         END
         $$;
         CREATE TRIGGER stop_before_second_row BEFORE INSERT ON escalation_steps FOR EACH ROW
             EXECUTE FUNCTION stop_before_second_row()",
    );
    let mut barrier = database.connect();
    barrier.batch_execute("SELECT pg_advisory_lock(1)").unwrap();
    let errors: Vec<String> = std::thread::scope(|scope| {
        let claims: Vec<_> = [["1", "2"], ["2", "1"]]
            .map(|items| {
                let sql = format!("BEGIN; {}; COMMIT", with_values(claim, &items));
                let mut connection = database.connect();
                scope.spawn(move || connection.batch_execute(&sql).err().map(|error| error.to_string()))
            })
            .into_iter()
            .collect();
        wait_for_waiting(&database, claims.len());
        barrier.batch_execute("SELECT pg_advisory_unlock(1)").unwrap();
        claims.into_iter().filter_map(|claim| claim.join().unwrap()).collect()
    });
    assert_eq!(database.number("SELECT count(*) FROM escalation_steps"), 2);
    errors
}

/// The claim with literals in place of its parameters.
fn with_values(claim: &str, items: &[&str; 2]) -> String {
    let [first, second] = items;
    let same = |value: &str, kind: &str| format!("ARRAY[{value}, {value}]::{kind}[]");
    let values = [
        same("'offer-follow-up'", "text"),
        format!("ARRAY['{first}', '{second}']"),
        same("7", "bigint"),
        same("1", "integer"),
        same("'2026-11-23T00:00Z'", "timestamptz"),
        same("'A'", "text"),
        same("''", "text"),
        same("'arno'", "text"),
        "'2026-11-23T00:00Z'::timestamptz".to_owned(),
        "false".to_owned(),
    ];
    // from behind: $10 begins like $1
    let replace = |sql: String, (index, value): (usize, &String)| sql.replace(&format!("${}", index + 1), value);
    let sql = values.iter().enumerate().rev().fold(claim.to_owned(), replace);
    assert!(!sql.contains('$'), "the claim has parameters that this test does not know: {sql}");
    sql
}
