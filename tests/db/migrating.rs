//! Migrations among people who work, killed, overtaken, and of another version than the program.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use nix::sys::signal::Signal;
use wvl::db::migrations;
use wvl::error::Kind;

use super::versions::schema;
use crate::env::environment::Run;
use crate::env::{TestDatabase, TestEnvironment};

/// A schema that no program of today knows.
const NEWER: &str = "INSERT INTO __diesel_schema_migrations VALUES ('209901010000000000')";
const TABLES: &str = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = to_regnamespace('wvl')";

/// Who is at work keeps a migration waiting, and it keeps nobody waiting for more than a moment.
#[test]
fn a_table_in_use_is_asked_for_again_and_again() {
    let environment = TestEnvironment::new();
    let database = &environment.database;
    let mut at_work = database.connect();
    let count = migrations::all().iter().rev().position(|migration| migration.name.ends_with("know_companies_by_name"));
    migrations::revert(&mut at_work, count.unwrap() + 1).unwrap();
    at_work.batch_execute("BEGIN; SELECT FROM companies").unwrap();
    std::thread::scope(|scope| {
        let migration = scope.spawn(|| environment.wvl(&["db", "migrate", "--wait", "4s"]));
        let mut longest = Duration::ZERO;
        while !migration.is_finished() {
            let asked = Instant::now();
            database.execute("SELECT FROM companies");
            longest = longest.max(asked.elapsed());
        }
        let refused = migration.join().unwrap();
        assert_eq!(refused.code, 75, "{}", refused.stderr);
        for told in
            ["nothing was changed", "locked by another session", "has been in a transaction since", "--wait 10m"]
        {
            assert!(refused.stderr.contains(told), "{told}: {}", refused.stderr);
        }
        assert!(longest < Duration::from_secs(5), "the house waited {longest:?}");
    });
    // who ends in time is not even noticed
    std::thread::scope(|scope| {
        let migration = scope.spawn(|| environment.wvl(&["db", "migrate"]));
        std::thread::sleep(Duration::from_millis(500));
        at_work.batch_execute("COMMIT").unwrap();
        let done = migration.join().unwrap();
        assert_eq!(done.code, 0, "{}", done.stderr);
    });
    migrations::check_schema(&mut database.connect()).unwrap();
}

/// G23: killed before each migration and after the last, and ended by the server at any time.
#[test]
fn killed_anywhere_it_can_be_run_again() {
    let wanted = schema(&TestDatabase::new());
    let environment = TestEnvironment::with_database(TestDatabase::empty());
    let database = &environment.database;
    let mut points = 0;
    for k in 1.. {
        let mut command = environment.command(&["db", "migrate"]);
        let status = command.env("WVL_KILL_AT", k.to_string()).output().unwrap().status;
        if status.signal() != Some(Signal::SIGKILL as i32) {
            assert!(status.success());
            break;
        }
        points = k;
        assert_eq!(database.number(TABLES), 0, "{k}");
    }
    assert!(points > migrations::all().len(), "{points}");
    assert!(schema(database) == wanted);

    for pause in [60, 90, 130, 180, 240, 320, 420, 600, 900] {
        let environment = TestEnvironment::with_database(TestDatabase::empty());
        let database = &environment.database;
        let child = environment.command(&["db", "migrate"]).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(pause));
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid() \
             AND backend_type = 'client backend'",
        );
        let ended = Run::from(child.wait_with_output().unwrap());
        let is_there = database.number(TABLES) > 0;
        assert!(ended.code == 0 && is_there || [75, 69].contains(&ended.code) && !is_there, "{pause}: {ended:?}");
        environment.ok(&["db", "migrate"]);
        assert!(schema(database) == wanted, "{pause}");
    }
}

#[test]
fn several_processes_do_the_work_once() {
    let environment = TestEnvironment::with_database(TestDatabase::empty());
    let children: Vec<_> = (0..3).map(|_| environment.command(&["db", "migrate"]).spawn().unwrap()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert!(schema(&environment.database) == schema(&TestDatabase::new()));
}

/// An old process goes on while the database is brought to a newer schema: what it is doing is taken back, and it says so.
#[test]
fn who_is_overtaken_leaves_nothing_half_done() {
    let database = TestDatabase::new();
    let mut connection = database.connect();
    let overtaken = wvl::db::transaction(&mut connection, |connection| {
        connection.batch_execute("INSERT INTO partners (number, name) VALUES ('K1', 'Kunde')")?;
        database.execute(NEWER);
        Ok(())
    });
    let error = overtaken.unwrap_err();
    assert_eq!(error.kind(), Kind::Temporary, "{error}");
    assert!(error.to_string().contains("newer schema while this wvl"), "{error}");
    assert_eq!(database.number("SELECT count(*) FROM partners"), 0);
}

/// The main job, between what it has found and what it writes; then the mails, between one batch and the next.
#[test]
fn a_job_that_is_overtaken_says_so() {
    let environment = TestEnvironment::new();
    let database = &environment.database;
    environment.configure(
        "[escalation.task]\nactive = true\nfrom = \"00:00\"\nto = \"24:00\"\nsaturday = true\nsunday = true\nat_once = true\n",
    );
    database.execute(
        "INSERT INTO employees (number, first_name, last_name, email) VALUES (1, 'Ada', 'Auf', 'ada@systemhaus.example'); \
         INSERT INTO tasks (number, title, due_at, handler_id) \
         SELECT 1, 'Eins', now() - interval '9 days', id FROM employees",
    );
    let begin = |arguments: &[&str], point: &str| {
        let mut command = environment.command(arguments);
        let running = command.env("FAILPOINTS", point).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        while database.number("SELECT count(*) FROM job_runs WHERE finished_at IS NULL") == 0 {
            std::thread::sleep(Duration::from_millis(10));
        }
        std::thread::sleep(Duration::from_millis(700));
        database.execute(NEWER);
        let ended = Run::from(running.wait_with_output().unwrap());
        database.execute("DELETE FROM __diesel_schema_migrations WHERE version = '209901010000000000'");
        ended
    };
    let ended = begin(&["escalate", "run"], "found=sleep(3000)");
    assert_eq!(ended.code, 75, "{ended:?}");
    let written = "SELECT (SELECT count(*) FROM escalation_steps) + (SELECT count(*) FROM outbox_messages)";
    assert_eq!((database.number(written), environment.mails().len()), (0, 0));
    assert_eq!(database.text("SELECT outcome FROM job_runs"), "failed", "it has its end in the diary");

    environment.ok(&["escalate", "run", "--no-flush"]);
    let ended = begin(&["mail", "flush"], "leased=sleep(3000)");
    assert_eq!(ended.code, 75, "{ended:?}");
    let states = "SELECT string_agg(DISTINCT state, ' ') FROM outbox_recipients";
    let (sent, state) = (environment.mails().len(), database.text(states));
    assert!((sent, state.as_str()) == (0, "sending") || (sent, state.as_str()) == (1, "sent"), "{sent} {state}");
}

/// Older or newer: no command works on a schema that it was not built for.
#[test]
fn every_command_refuses_another_schema() {
    let commands: &[&[&str]] = &[
        &["today"],
        &["escalate", "run"],
        &["escalate", "list"],
        &["escalate", "baseline", "--yes"],
        &["escalate", "purge"],
        &["mail", "flush"],
        &["mail", "release", "--yes"],
        &["customer", "list"],
        &["customer", "new", "K9", "Neu"],
        &["customer", "import", "kunden.csv"],
        &["customer", "export"],
        &["task", "done", "1"],
        &["import", "run"],
        &["query", "SELECT 1"],
    ];
    let older = TestEnvironment::new();
    migrations::revert(&mut older.database.connect(), 1).unwrap();
    let newer = TestEnvironment::new();
    newer.database.execute(NEWER);
    for (environment, way_out) in [(&older, "wvl db migrate"), (&newer, "upgrade wvl on this machine")] {
        std::fs::create_dir(environment.path().join("eingang")).unwrap();
        environment.write("kunden.csv", "Nummer;Name\nK1;Kunde\n");
        environment.configure("[import]\nfolder = \"eingang\"\n");
        for command in commands {
            let refused = environment.wvl(command);
            assert_eq!(refused.code, 78, "{command:?} {}{}", refused.stdout, refused.stderr);
            assert!(refused.stderr.contains(way_out), "{command:?}: {}", refused.stderr);
        }
        assert_eq!(environment.database.number("SELECT count(*) FROM partners"), 0);
        assert_eq!(environment.database.number("SELECT count(*) FROM job_runs"), 0);
    }
    // the older one is brought up, the newer one is left alone
    assert_eq!(newer.wvl(&["db", "migrate"]).code, 78);
    assert_eq!(older.wvl(&["db", "migrate"]).code, 0);
    assert_eq!(older.wvl(&["customer", "list"]).code, 0);
}

/// Only the owner can change the tables; everybody else is told so, and nothing is changed.
#[test]
fn who_is_not_the_owner_is_told() {
    let mut environment = TestEnvironment::new();
    let before = environment.database.text("SELECT current_database()");
    migrations::revert(&mut environment.database.connect(), 1).unwrap();
    environment.database.url = environment.database.url_as("wvl_test_migrator");
    environment.database.execute_as_superuser(&format!(
        "GRANT wvl_admin TO wvl_test_migrator; GRANT CREATE ON SCHEMA wvl TO wvl_test_migrator; \
         GRANT CREATE ON DATABASE {before} TO wvl_test_migrator"
    ));
    environment.configure("");
    let refused = environment.wvl(&["db", "migrate"]);
    assert_eq!(refused.code, 77, "{}", refused.stderr);
}
