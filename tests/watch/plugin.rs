//! What a monitoring program expects of a plugin, whatever happens to it.

use super::{AS_OF, good_day};
use crate::env::{TestEnvironment, bare_command, run};

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[test]
fn whatever_prevents_an_answer_is_unknown() {
    let environment = good_day();
    for arguments in [
        &["check", "--no-such-flag"][..],
        &["check", "--max-age", "escalate"],
        &["check", "--max-age", "nothing=1h"],
        &["check", "--failed", "x"],
        &["check", "--ignore", "all"],
        &["--limit", "5", "check", "too", "much"],
        &["-q", "--lang", "en", "check", "--oldest=1w"],
        &["--as-of", "someday", "check"],
    ] {
        let answer = environment.wvl(arguments);
        assert_eq!(answer.code, 3, "{arguments:?} {answer:?}");
        assert!(first_line(&answer.stdout).starts_with("WVL UNKNOWN - "), "{arguments:?} {answer:?}");
        assert!(!first_line(&answer.stdout).contains('|'), "{answer:?}");
    }
    // a wrong command line of another command is none of its business
    assert_eq!(environment.wvl(&["status", "check"]).code, 2);
    assert_eq!(environment.wvl(&["--sort", "check", "customer", "lst"]).code, 2);
    let help = environment.wvl(&["check", "--help"]);
    assert_eq!(help.code, 0);

    let nowhere = run(&mut bare_command(&["check"]));
    assert_eq!((nowhere.code, first_line(&nowhere.stdout).starts_with("WVL UNKNOWN - cannot connect")), (3, true));
    let broken = run(environment.command(&["check"]).env("FAILPOINTS", "watched=panic"));
    assert_eq!(broken.code, 3, "{broken:?}");
    assert_eq!(first_line(&broken.stdout), "WVL UNKNOWN - wvl check broke off; standard error says where");
}

#[test]
fn programs_get_the_same_as_json() {
    let environment = good_day();
    let answer: serde_json::Value =
        environment.ok(&["--as-of", AS_OF, "check", "--ignore", "durability", "--json"]).parse().unwrap();
    assert_eq!((answer["state"].as_str(), answer["code"].as_i64()), (Some("OK"), Some(0)));
    assert_eq!(answer["findings"], serde_json::json!([]));
    assert_eq!(answer["numbers"]["escalate-run-age"], 299);
}

#[test]
fn a_glance_is_one_object_for_programs_and_one_line_in_a_pipe() {
    let environment = good_day();
    environment
        .database
        .execute("INSERT INTO tasks (number, title, due_at) VALUES (7, 'Serverraum', '2026-11-19T23:00Z')");
    let glance: serde_json::Value = environment.ok(&["--as-of", AS_OF, "status", "--json"]).parse().unwrap();
    assert_eq!((&glance["mode"], &glance["transport"]), (&"live".into(), &"maildir".into()));
    assert_eq!(
        (&glance["due"], &glance["types"][0]["type"], &glance["types"][0]["waiting"]),
        (&1.into(), &"task".into(), &1.into())
    );
    assert_eq!(glance["jobs"][0]["counts"]["mails"], 5);
    assert_eq!(glance["jobs"][0]["last_at"], "2026-11-23T10:00:01+01:00");
    let due = environment.ok(&["--as-of", AS_OF, "status", "--columns", "mode,due,held"]);
    assert_eq!(due, "live\t1\t0\n");
}

#[test]
fn a_long_transaction_is_named_with_process_and_role() {
    use diesel::connection::SimpleConnection;

    let environment = good_day();
    let mut holder = environment.database.connect();
    holder.batch_execute("SET application_name = 'a | forgotten psql'; BEGIN; SELECT pg_current_xact_id()").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let answer = environment.wvl(&["--as-of", AS_OF, "check", "--ignore", "durability", "--transaction", "0,1h"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    let line = first_line(&answer.stdout);
    assert!(line.starts_with("WVL WARNING - a transaction (server process "), "{line}");
    assert!(line.contains(", wvl, a ¦ forgotten psql) is open for less than 1 min"), "{line}");
    assert_eq!(line.matches('|').count(), 1, "{line}");
    drop(holder);
}

#[test]
fn an_age_that_somebody_names_counts_also_without_a_schedule() {
    let environment = good_day();
    environment.configure(&format!("{}\n[job.escalate-run]\nschedule = \"\"\n", super::TASKS));
    environment.database.execute("UPDATE job_runs SET started_at = '2026-11-23T03:00Z' WHERE job = 'escalate run'");
    let check = |more: &[&str]| {
        let arguments = [&["--as-of", AS_OF, "check", "--ignore", "durability"], more].concat();
        environment.wvl(&arguments)
    };
    assert_eq!(check(&[]).code, 0);
    for job in ["escalate=1h", "escalate-run=1h", "escalate run=60min"] {
        let answer = check(&["--max-age", job]);
        assert_eq!(answer.code, 2, "{answer:?}");
        assert!(answer.stdout.contains("escalate-run-age=21900s;;3600;0"), "{answer:?}");
    }
    assert_eq!(check(&["--max-age", "escalate=1d"]).code, 0);
}

#[test]
fn a_server_that_may_lose_what_it_has_committed_is_a_warning() {
    // the tests' own server does not wait for its disk
    let answer = good_day().wvl(&["--as-of", AS_OF, "check"]);
    assert_eq!(answer.code, 1);
    assert!(first_line(&answer.stdout).starts_with("WVL WARNING - the server runs with fsync = off"), "{answer:?}");
}

#[test]
fn looking_changes_nothing_and_waits_for_nobody() {
    use diesel::connection::SimpleConnection;

    let environment: TestEnvironment = good_day();
    let dump = |environment: &TestEnvironment| {
        environment.database.text("SELECT string_agg(r::text, ' ' ORDER BY id) FROM job_runs r")
    };
    let before = dump(&environment);
    // somebody else changes the very rows
    let mut other = environment.database.connect();
    other.batch_execute("BEGIN; UPDATE job_runs SET pid = 1; LOCK TABLE job_runs IN ROW EXCLUSIVE MODE").unwrap();
    for command in [&["check"][..], &["status"], &["status", "--attention"], &["doctor", "--offline"]] {
        let looked = environment.wvl(command);
        assert!(looked.code < 4, "{looked:?}");
    }
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(dump(&environment), before);
    assert_eq!(environment.database.number("SELECT count(*) FROM outbox_guards"), 0);
}

#[test]
fn a_role_that_may_only_look_is_enough() {
    let environment = good_day();
    let url = environment.database.url_as("wvl_watcher");
    environment.database.execute_as_superuser("GRANT wvl_read TO wvl_watcher");
    let text = std::fs::read_to_string(environment.config()).unwrap();
    environment.write("wvl.toml", text.replace(&environment.database.url, &url));
    let answer = environment.wvl(&["--as-of", AS_OF, "check", "--ignore", "durability"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(environment.wvl(&["--as-of", AS_OF, "status"]).code, 0);
}

#[test]
fn every_command_that_is_named_exists() {
    let environment = good_day();
    let told = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/watch.txt")).unwrap();
    let commands = told.lines().filter_map(|line| line.trim().strip_prefix("→ wvl "));
    let commands: std::collections::BTreeSet<&str> = commands.collect();
    assert!(commands.len() > 8, "{commands:?}");
    for command in commands {
        if let Some(question) = command.strip_prefix("query \"") {
            environment.ok(&["query", question.trim_end_matches('"')]);
            continue;
        }
        // numbers and names are those of the examples
        let mut words: Vec<&str> = command.split(' ').filter(|word| word.parse::<i64>().is_err()).collect();
        words.push("--help");
        let help = environment.wvl(&words);
        assert_eq!(help.code, 0, "{command}: {help:?}");
    }
}

#[test]
fn who_looks_makes_no_database_and_starts_none() {
    let environment = good_day();
    environment.write("wvl.toml", "[calendar.default]\nstate = \"DE-BW\"\n[database]\nstate_dir = \"state\"\n");
    for command in [&["check"][..], &["status"], &["doctor"]] {
        let looked = environment.wvl(command);
        let said = format!("{}{}", looked.stdout, looked.stderr);
        assert!(said.contains("there is no database yet") && said.contains("wvl db migrate"), "{command:?} {said}");
    }
    assert!(!environment.path().join("state").exists());
}

#[test]
fn a_view_that_cannot_be_read_hides_no_other_type() {
    let environment = good_day();
    environment.configure(&format!(
        "{}\n[escalation.rental-cars]\nactive = true\nsource = \"view:crm.cars\"\nstage1 = {{ hours = 8, to = \"handler\" }}\n",
        super::TASKS
    ));
    environment
        .database
        .execute("INSERT INTO tasks (number, title, due_at) VALUES (7, 'Serverraum', '2026-11-19T23:00Z')");
    let glance = environment.ok(&["--as-of", AS_OF, "-O", "table", "status"]);
    assert!(glance.contains(" Aufgaben      ") && glance.contains(" ! rental-cars: "), "{glance}");
}
