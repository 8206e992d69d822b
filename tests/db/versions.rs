//! Migrations run once however many start them, and a schema of another version is refused.

use std::sync::Barrier;

use diesel::connection::SimpleConnection;
use wvl::db::migrations;
use wvl::error::Kind;

use crate::env::TestDatabase;

#[test]
fn two_migrations_at_once_do_the_work_once() {
    let database = TestDatabase::empty();
    let barrier = Barrier::new(4);
    let done: Vec<usize> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut connection = database.connect();
                    barrier.wait();
                    migrations::run(&mut connection).unwrap_or_else(|error| panic!("{}", error.full_message())).len()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(done.iter().sum::<usize>(), migrations::all().len(), "{done:?}");
    migrations::check_schema(&mut database.connect()).unwrap();
}

#[test]
fn a_schema_of_another_version_is_never_an_empty_list() {
    let empty = TestDatabase::empty();
    let error = migrations::check_schema(&mut empty.connect()).unwrap_err();
    assert_eq!((error.kind(), error.hints()), (Kind::Config, &["wvl db migrate".to_owned()][..]));

    let database = TestDatabase::new();
    let mut connection = database.connect();
    migrations::check_schema(&mut connection).unwrap();
    connection.batch_execute("INSERT INTO __diesel_schema_migrations VALUES ('209901010000000000')").unwrap();
    let error = migrations::check_schema(&mut connection).unwrap_err();
    assert_eq!(error.kind(), Kind::Config);
    assert!(error.to_string().contains("newer"), "{error}");
    assert_eq!(migrations::run(&mut connection).unwrap_err().kind(), Kind::Config);

    connection
        .batch_execute("DELETE FROM __diesel_schema_migrations WHERE version IN (SELECT max(version) FROM __diesel_schema_migrations)")
        .unwrap();
    connection
        .batch_execute("DELETE FROM __diesel_schema_migrations WHERE version IN (SELECT max(version) FROM __diesel_schema_migrations)")
        .unwrap();
    let error = migrations::check_schema(&mut connection).unwrap_err();
    assert_eq!(error.kind(), Kind::Config);
}

#[test]
fn the_script_of_a_dry_run_makes_the_same_schema() {
    let database = TestDatabase::empty();
    let pending = migrations::pending(&mut database.connect()).unwrap();
    assert_eq!(pending.len(), migrations::all().len());
    database.execute(&migrations::script(&pending));
    migrations::check_schema(&mut database.connect()).unwrap();
    assert!(migrations::pending(&mut database.connect()).unwrap().is_empty());
}

#[test]
fn down_takes_back_what_up_made() {
    let database = TestDatabase::new();
    let before = schema(&database);
    let mut connection = database.connect();
    migrations::revert(&mut connection, usize::MAX).unwrap_or_else(|error| panic!("{}", error.full_message()));
    let left = "SELECT count(*) FROM pg_class WHERE relnamespace = 'wvl'::regnamespace AND relkind IN ('r', 'v', 'S') \
                AND relname <> '__diesel_schema_migrations'";
    assert_eq!(database.number(left), 0, "down leaves something behind");
    migrations::run(&mut connection).unwrap_or_else(|error| panic!("{}", error.full_message()));
    assert_eq!(schema(&database), before);
}

/// Everything that a migration can make, as text.
pub fn schema(database: &TestDatabase) -> String {
    database.text(
            "SELECT string_agg(line, E'\\n' ORDER BY line) FROM ( \
                 SELECT format('%s %s %s %s', relname, attname, format_type(atttypid, atttypmod), attnotnull) AS line \
                 FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid \
                 WHERE relnamespace = 'wvl'::regnamespace AND attnum > 0 \
                 UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON pg_class.oid = indrelid \
                 WHERE relnamespace = 'wvl'::regnamespace \
                 UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'wvl'::regnamespace \
                 UNION ALL SELECT pg_get_viewdef(oid) FROM pg_class \
                 WHERE relkind = 'v' AND relnamespace = 'wvl'::regnamespace \
                 UNION ALL SELECT pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid \
                 WHERE relnamespace = 'wvl'::regnamespace AND NOT tgisinternal \
                 UNION ALL SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint \
                 WHERE connamespace = 'wvl'::regnamespace \
                 UNION ALL SELECT relname || relacl::text FROM pg_class WHERE relnamespace = 'wvl'::regnamespace) lines",
        )
}
