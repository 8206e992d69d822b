//! A database that was restored or copied sends nothing until somebody has said so.

use diesel::connection::SimpleConnection;
use wvl::outbox::guard::{self, Change};
use wvl::outbox::{Class, Guard};

use super::{message, queue, states};
use crate::env::{TestDatabase, TestEnvironment};

fn guard_of(database: &TestDatabase) -> Guard {
    wvl::db::read_only(&mut database.connect(), guard::state).unwrap()
}

fn change_of(database: &TestDatabase) -> Option<Change> {
    match guard_of(database) {
        Guard::Open => None,
        Guard::Held { change, .. } => Some(change),
    }
}

/// A company that has sent one mail and has another queued.
fn sending() -> TestEnvironment {
    let environment = TestEnvironment::new();
    assert_eq!(guard_of(&environment.database), Guard::Open, "a fresh database");
    queue(&environment.database, &[message(Class::Internal, "1", &["ada@x"])]);
    environment.ok(&["mail", "flush"]);
    assert_eq!(environment.database.number("SELECT count(*) FROM outbox_guards"), 1);
    queue(&environment.database, &[message(Class::Internal, "2", &["ada@x", "bo@x"])]);
    environment
}

#[test]
fn a_copy_is_held_and_the_original_is_not() {
    let original = sending();
    let copy = TestEnvironment::with_database(original.database.held_copy());
    assert_eq!(change_of(&copy.database), Some(Change::Database));
    // what came with the copy as claimed by a sender stays as it is
    copy.database
        .execute("UPDATE outbox_recipients SET state = 'sending', leased_until = '2026-01-01' WHERE address = 'bo@x'");
    let refused = copy.wvl(&["mail", "flush"]);
    assert_eq!((refused.code, copy.mails().len()), (3, 0));
    assert!(refused.stderr.contains("wvl mail release"), "{}", refused.stderr);
    assert_eq!(states(&copy.database), "ada:sent:1 ada:queued:0 bo:sending:0");
    let again = copy.wvl(&["mail", "flush"]);
    assert_eq!((again.code, again.stderr.as_str()), (0, ""), "once a day for a job");
    let last = "SELECT outcome || ' ' || exit_code || ' ' || message FROM job_runs ORDER BY id DESC LIMIT 1";
    assert!(copy.database.text(last).starts_with("partial 0 no mail leaves"), "{}", copy.database.text(last));
    for told in [true, false] {
        let run = copy.wvl(&["escalate", "run"]);
        assert_eq!((run.code, run.stderr.contains("wvl mail release")), (0, told), "{}", run.stderr);
    }
    assert!(matches!(guard_of(&copy.database), Guard::Held { since: Some(_), .. }), "the flush has noted it");

    original.ok(&["mail", "flush"]);
    assert_eq!(original.mails().len(), 2);

    let asked = copy.wvl(&["mail", "release"]);
    assert_eq!((asked.code, asked.stdout.as_str()), (2, ""), "{}", asked.stderr);
    assert!(asked.stderr.contains("--yes") && asked.stderr.contains("2 Mails an 2 Adressen"), "{}", asked.stderr);
    let plan: serde_json::Value = copy.ok(&["mail", "release", "-n", "--json"]).parse().unwrap();
    assert_eq!((&plan["waiting"], &plan["change"], &plan["sent"]), (&2.into(), &"database".into(), &2.into()));
    assert_eq!(plan["addresses"][0]["address"], "ada@x");
    assert!(change_of(&copy.database).is_some(), "looking changes nothing");

    assert_eq!(copy.ok(&["mail", "release", "--yes"]), "2\n");
    assert_eq!(guard_of(&copy.database), Guard::Open);
    copy.ok(&["mail", "flush"]);
    assert_eq!(states(&copy.database), "ada:sent:1 ada:sent:1 bo:sent:1");
    assert_eq!(copy.database.number("SELECT count(*) FROM outbox_guards WHERE released_by = 'wvl'"), 1);
    assert_eq!(copy.ok(&["mail", "release", "--yes"]), "", "nothing is held any more");
}

#[test]
fn what_was_queued_before_can_be_discarded() {
    let original = sending();
    for (flags, code, expected) in [
        (&["--discard"][..], 0, "ada:sent:1 ada:discarded:0 bo:discarded:0 new:queued:0"),
        (&["--discard-before", "2020-01-01"], 0, "ada:sent:1 ada:queued:0 bo:queued:0 new:queued:0"),
        (&["--discard-before", "+1d"], 0, "ada:sent:1 ada:discarded:0 bo:discarded:0 new:discarded:0"),
        (&["--discard-before", "gibtesnicht"], 2, "ada:sent:1 ada:queued:0 bo:queued:0 new:queued:0"),
    ] {
        let copy = TestEnvironment::with_database(original.database.held_copy());
        copy.wvl(&["mail", "flush"]);
        queue(&copy.database, &[message(Class::Internal, "3", &["new@x"])]);
        let mut arguments = vec!["mail", "release", "--yes"];
        arguments.extend(flags);
        let run = copy.wvl(&arguments);
        assert_eq!((run.code, states(&copy.database).as_str()), (code, expected), "{flags:?} {}", run.stderr);
        assert_eq!(change_of(&copy.database).is_none(), code == 0);
        let silent = "SELECT count(*) FROM outbox_recipients WHERE state = 'discarded' AND (last_reply IS NULL OR done_at IS NULL)";
        assert_eq!(copy.database.number(silent), 0, "each says why");
    }
}

/// Reminders that the first run after a restore queues are no older than it: no flush has noticed anything before them.
#[test]
fn what_the_first_run_queues_is_not_from_before() {
    for first in [&["escalate", "run"][..], &["escalate", "run", "--no-flush"]] {
        let copy = TestEnvironment::with_database(sending().database.held_copy());
        copy.configure("[escalation]\ncompany_heads = [1]\n[escalation.task]\nactive = true\nat_once = true\n");
        copy.database.execute(
            "INSERT INTO employees (number, first_name, last_name, email) VALUES (1, 'Ada', 'Berg', 'new@x.example'); \
             INSERT INTO tasks (number, title, due_at, handler_id) SELECT 7, 'Serverraum', '2026-11-19T23:00Z', id FROM employees",
        );
        let mut arguments = first.to_vec();
        arguments.extend(["--as-of", "2026-11-23T10:05"]);
        copy.ok(&arguments);
        assert_eq!(states(&copy.database), "ada:sent:1 ada:queued:0 bo:queued:0 new:queued:0");
        let plan: serde_json::Value = copy.ok(&["mail", "release", "-n", "--json"]).parse().unwrap();
        assert_eq!((&plan["waiting"], &plan["from_before"]), (&3.into(), &2.into()), "{first:?}");
        copy.ok(&["mail", "release", "--discard", "--yes"]);
        assert_eq!(states(&copy.database), "ada:sent:1 ada:discarded:0 bo:discarded:0 new:queued:0", "{first:?}");
    }
}

/// Where nothing has run yet, whoever discards has to say from when on mails are new.
#[test]
fn without_a_hold_nothing_is_from_before() {
    let copy = TestEnvironment::with_database(sending().database.held_copy());
    for arguments in [&["mail", "release", "--discard", "--yes"][..], &["mail", "release", "--discard", "-n"]] {
        let refused = copy.wvl(arguments);
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{}", refused.stderr);
        assert!(refused.stderr.contains("--discard-before WHEN"), "{}", refused.stderr);
    }
    let asked = copy.wvl(&["mail", "release"]);
    assert!(asked.stderr.contains("--discard-before ZEITPUNKT"), "{}", asked.stderr);
    let plan: serde_json::Value = copy.ok(&["mail", "release", "-n", "--json"]).parse().unwrap();
    assert_eq!((&plan["waiting"], &plan["from_before"]), (&2.into(), &serde_json::Value::Null));
    copy.ok(&["mail", "release", "--discard-before", "+1d", "--yes"]);
    assert_eq!(states(&copy.database), "ada:sent:1 ada:discarded:0 bo:discarded:0");
}

/// What a dump, a failover or another cluster changes, one at a time.
#[test]
fn each_change_is_seen() {
    let environment = sending();
    let database = &environment.database;
    let release = || environment.ok(&["mail", "release", "--yes"]);
    for (change, sql) in [
        (
            Change::Timeline,
            "UPDATE outbox_guards SET timeline = timeline + 1, written_by = pg_current_xact_id()::text::bigint",
        ),
        (
            Change::Cluster,
            "UPDATE outbox_guards SET system_identifier = 1, written_by = pg_current_xact_id()::text::bigint",
        ),
        // what TRUNCATE and COPY, or DROP and CREATE in the same database leave behind
        (
            Change::Restored,
            "CREATE TEMP TABLE kept ON COMMIT DROP AS TABLE outbox_guards; TRUNCATE outbox_guards; \
             INSERT INTO outbox_guards TABLE kept",
        ),
    ] {
        assert_eq!(change_of(database), None);
        database.execute(sql);
        assert_eq!(change_of(database), Some(change));
        assert_eq!(environment.wvl(&["mail", "flush"]).code, 3);
        assert_eq!(change_of(database), Some(change), "noted as it was found");
        release();
    }
    wvl::db::transaction(&mut database.connect(), guard::hold).unwrap();
    assert_eq!(change_of(database), Some(Change::Restored));
    release();
    database.execute("VACUUM (FULL, FREEZE) outbox_guards");
    assert_eq!(change_of(database), None, "nothing was restored");
    environment.ok(&["mail", "flush"]);
    assert_eq!(environment.mails().len(), 2);
}

/// A restore that never sent anything itself is told of by who restores it.
#[test]
fn a_database_without_a_guard_can_be_held() {
    let database = TestDatabase::new();
    wvl::db::transaction(&mut database.connect(), guard::hold).unwrap();
    assert!(matches!(guard_of(&database), Guard::Held { since: Some(_), change: Change::Restored }));
}

/// Restored beside a flush that is running: what it has not claimed yet stays.
#[test]
fn a_running_flush_stops_at_the_next_claim() {
    let environment = TestEnvironment::new();
    let messages: Vec<_> = (0..120).map(|number| message(Class::Internal, &number.to_string(), &["a@x"])).collect();
    queue(&environment.database, &messages);
    let mut command = environment.command(&["mail", "flush"]);
    let running = command.env("FAILPOINTS", "before-delivery=sleep(20)").stderr(std::process::Stdio::piped()).spawn();
    let running = running.unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while environment.mails().is_empty() && std::time::Instant::now() < deadline {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    wvl::db::transaction(&mut environment.database.connect(), guard::hold).unwrap();
    let output = running.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    let sent = environment.mails().len();
    assert!((1..=100).contains(&sent), "{sent}");
    assert_eq!(
        environment.database.number("SELECT count(*) FROM outbox_recipients WHERE state = 'queued'"),
        120 - sent as i64
    );
}

/// Jobs may send and be held; to let mails go is for administrators, and nobody else can write the row by hand.
#[test]
fn who_may_release() {
    let mut original = sending();
    let may = |database: &TestDatabase, role: &str, sql: &str| {
        let settings = wvl::db::DatabaseSettings { url: Some(database.url_as(role)), ..Default::default() };
        let mut connection = wvl::db::connect(&settings, &wvl::db::Places::default()).unwrap();
        connection.batch_execute(sql).map_err(|error| error.to_string())
    };
    original.database = original.database.held_copy();
    for group in ["read", "work", "cron", "admin"] {
        let role = format!("wvl_test_release_{group}");
        original.database.url_as(&role);
        original.database.execute_as_superuser(&format!("GRANT wvl_{group} TO {role}"));
        let written = may(&original.database, &role, "UPDATE wvl.outbox_guards SET written_by = 1");
        assert_eq!(written.is_ok(), group == "admin", "{group}: {written:?}");
        let mut own = TestEnvironment::with_database(original.database.held_copy());
        own.database.url = own.database.url_as(&role);
        own.configure("");
        let flush = own.wvl(&["mail", "flush"]);
        let can_flush = ["cron", "admin"].contains(&group);
        assert_eq!(flush.code, if can_flush { 3 } else { 77 }, "{group}: {}", flush.stderr);
        let release = own.wvl(&["mail", "release", "--yes"]);
        assert_eq!(release.code, if group == "admin" { 0 } else { 77 }, "{group}: {}", release.stderr);
    }
}
