//! Transactions, refusals and losses: each with its kind, none half done.

use diesel::connection::SimpleConnection;
use wvl::db::{self, DatabaseSettings, Places, job_runs, migrations};
use wvl::error::{Error, Kind};

use super::proxy::{Cut, Proxy};
use crate::env::TestDatabase;

#[test]
fn refusals_have_their_kinds() {
    let database = TestDatabase::new();
    let connect_as = |role: &str| {
        let settings = DatabaseSettings { url: Some(database.url_as(role)), ..DatabaseSettings::default() };
        wvl::db::connect(&settings, &Places::default())
    };
    // seen by nobody who is in no group
    let mut stranger = connect_as("wvl_test_stranger").unwrap();
    let error = migrations::check_schema(&mut stranger).unwrap_err();
    assert_eq!(error.kind(), Kind::Forbidden, "{}", error.full_message());
    assert!(
        error.hints().iter().any(|hint| hint.contains("wvl role grant wvl_test_stranger read")),
        "{:?}",
        error.hints()
    );

    // may look, and is told what is missing for more
    database.url_as("wvl_test_reader");
    database.execute_as_superuser("GRANT wvl_read TO wvl_test_reader");
    let mut reader = connect_as("wvl_test_reader").unwrap();
    migrations::check_schema(&mut reader).unwrap();
    let error = job_runs::start(&mut reader, "escalate run", &"5a".repeat(32)).unwrap_err();
    assert_eq!(error.kind(), Kind::Forbidden, "{}", error.full_message());
    assert!(error.hints().iter().any(
        |hint| hint == "role wvl_test_reader lacks the right cron (or admin): wvl role grant wvl_test_reader cron"
    ));
}

#[test]
fn a_server_that_is_not_there_is_unavailable() {
    let settings = |url: &str| DatabaseSettings { url: Some(url.into()), ..DatabaseSettings::default() };
    for url in ["postgresql://wvl:geheim@127.0.0.1:1/wvl", "postgresql:///wvl?host=/nowhere"] {
        let error = wvl::db::connect(&settings(url), &Places::default()).err().unwrap();
        assert_eq!(error.kind(), Kind::Unavailable, "{}", error.full_message());
        assert!(!error.full_message().contains("geheim"));
    }
    let database = TestDatabase::new();
    let nobody = database.url.replacen("wvl@", "nobody_known@", 1);
    let error = wvl::db::connect(&settings(&nobody), &Places::default()).err().unwrap();
    assert_eq!(error.kind(), Kind::Unavailable, "{}", error.full_message());
}

fn settings(url: &str) -> DatabaseSettings {
    DatabaseSettings { url: Some(url.into()), ..DatabaseSettings::default() }
}

#[test]
fn every_transaction_has_our_settings_and_no_session_keeps_them() {
    let database = TestDatabase::new();
    let mut connection = db::connect(&database.settings(), &Places::default()).unwrap();
    let show = |connection: &mut diesel::PgConnection, name: &str| {
        use diesel::prelude::*;
        diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>(&format!("current_setting('{name}')")))
            .get_result::<String>(connection)
            .unwrap()
    };
    let inside = db::transaction(&mut connection, |connection| {
        Ok(["search_path", "lock_timeout", "TimeZone", "synchronous_commit"].map(|name| show(connection, name)))
    });
    assert_eq!(inside.unwrap(), ["wvl, pg_catalog, pg_temp", "30s", "UTC", "on"]);
    assert_ne!(show(&mut connection, "search_path"), "wvl, pg_catalog, pg_temp");
    assert_eq!(show(&mut connection, "application_name"), "wvl");
}

#[test]
fn a_rehearsal_and_a_failed_transaction_leave_nothing() {
    let database = TestDatabase::new();
    let mut connection = database.connect();
    let insert = "INSERT INTO job_runs (job, host, pid) VALUES ('test', 'host', 1)";
    let count = || database.number("SELECT count(*) FROM job_runs");
    let said = db::rehearse(&mut connection, |connection| {
        connection.batch_execute(insert)?;
        Ok("planned")
    });
    assert_eq!((said.unwrap(), count()), ("planned", 0));
    let failed = db::transaction(&mut connection, |connection| {
        connection.batch_execute(insert)?;
        Err::<(), _>(Error::data("line 17"))
    });
    assert_eq!((failed.unwrap_err().kind(), count()), (Kind::Data, 0));
    let refused = db::read_only(&mut connection, |connection| Ok(connection.batch_execute(insert)?));
    assert_eq!((refused.unwrap_err().kind(), count()), (Kind::Temporary, 0));
    db::transaction(&mut connection, |connection| Ok(connection.batch_execute(insert)?)).unwrap();
    assert_eq!(count(), 1);
}

#[test]
fn a_run_of_a_job_is_noted() {
    let database = TestDatabase::new();
    let mut connection = database.connect();
    let run = job_runs::start(&mut connection, "escalate run", &"5a".repeat(32)).unwrap();
    assert_eq!(database.number("SELECT count(*) FROM job_runs WHERE finished_at IS NULL AND pid > 0"), 1);
    let counts = serde_json::json!({ "mails": 3 });
    run.finish(&mut connection, job_runs::Outcome::Partial, 3, &counts, Some("1 item failed")).unwrap();
    let row = database.text("SELECT concat_ws(' ', job, outcome, exit_code, counts->>'mails', message) FROM job_runs");
    assert_eq!(row, "escalate run partial 3 3 1 item failed");
}

#[test]
fn a_connection_that_ends_in_mid_run_is_safe_to_run_again() {
    let database = TestDatabase::new();
    let mut connection = database.connect();
    let lost = db::transaction(&mut connection, |connection| {
        connection.batch_execute("INSERT INTO job_runs (job, host, pid) VALUES ('test', 'host', 1)")?;
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        connection.batch_execute("SELECT 1")?;
        Ok(())
    });
    let error = lost.unwrap_err();
    assert_eq!(error.kind(), Kind::Temporary, "{}", error.full_message());
    assert_eq!(database.number("SELECT count(*) FROM job_runs"), 0);
}

#[test]
fn a_lock_of_somebody_else_is_temporary() {
    let database = TestDatabase::new();
    let mut other = database.connect();
    other.batch_execute("BEGIN; LOCK TABLE job_runs").unwrap();
    let waited = db::transaction(&mut database.connect(), |connection| {
        connection.batch_execute("SET LOCAL lock_timeout = '50ms'; LOCK TABLE job_runs")?;
        Ok(())
    });
    let error = waited.unwrap_err();
    assert_eq!(error.kind(), Kind::Temporary);
    assert!(error.to_string().contains("locked"), "{error}");
}

/// G9: whatever happens around COMMIT, what wvl says about it is true.
#[test]
fn a_lost_commit_is_told_as_it_was() {
    let database = TestDatabase::new();
    for (cut, kind, rows) in [(Cut::BeforeCommit, Kind::Temporary, 0), (Cut::BeforeItsAnswer, Kind::Failed, 1)] {
        let proxy = Proxy::start(&database.url);
        let settings = settings(&proxy.url);
        let mut connection = db::connect(&settings, &Places::default()).unwrap();
        proxy.cut_at(cut);
        let lost = db::transaction(&mut connection, |connection| {
            connection.batch_execute("INSERT INTO job_runs (job, host, pid) VALUES ('test', 'host', 1)")?;
            Ok(())
        });
        let error = lost.unwrap_err();
        assert!(error.to_string().contains("during COMMIT"), "{}", error.full_message());
        proxy.cut_at(Cut::Never);
        let error = db::after_lost_commit(&settings, &Places::default(), error);
        assert_eq!(error.kind(), kind, "{}", error.full_message());
        assert_eq!(database.number("SELECT count(*) FROM job_runs"), rows);
    }
}

#[test]
fn a_list_whose_reader_has_gone_ends_and_the_connection_lives_on() {
    use std::time::{Duration, Instant};

    use wvl::register::{Field, Filter, Filters, Register, When, Wording};

    let database = TestDatabase::new();
    let mut connection = db::connect(&database.settings(), &Places::default()).unwrap();
    // the server alone would be at it for a minute
    let endless = Register {
        noun: "number",
        title: "Zahl",
        from: "(SELECT generate_series(1, 300000000) AS id) d",
        key: "d.id::text",
        titled_by_kind: false,
        fields: vec![Field::text("number", "Zahl", "d.id")],
        filters: Filters::default(),
        order: "NULL::int",
    };
    let when = When { now: "2026-11-23T08:00:00Z".parse().unwrap(), zone: chrono_tz::Europe::Berlin };
    let started = Instant::now();
    let count = db::read_only(&mut connection, |connection| {
        let process = db::server_process(connection)?;
        let fields: Vec<&Field> = endless.listed();
        endless.each(connection, &fields, &Filter::default(), when, Wording::Stored, |_| {
            db::cancel(&database.settings(), &Places::default(), process)?;
            Ok(false)
        })
    });
    assert_eq!(count.unwrap(), 1);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    let clock = db::read_only(&mut connection, |connection| {
        db::set_instant(connection, when.now, when.zone)?;
        db::clock(connection)
    });
    assert!(clock.is_ok(), "{clock:?}");
}
