//! Bringing the schema to the version of this program, and refusing to work with any other.
//!
//! The migrations are compiled in (build.rs lists them). They are kept in the form and recorded in the table of diesel's own
//! tool, so that it works on the same folder; what we do ourselves is what it does not do: all of them in one transaction,
//! under a lock, and their text for `--dry-run`.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Text};

use crate::db::connection::{read_only, transaction_on_any_schema};
use crate::error::{Error, Kind, Result};
use crate::failpoint;

/// Major version of the oldest server whose views can be `security_invoker`.
pub const OLDEST_SERVER: u32 = 15;
/// What a person or a job may do is granted to these, never to a person.
pub const GROUP_ROLES: [&str; 4] = ["wvl_read", "wvl_work", "wvl_admin", "wvl_cron"];

/// Ours alone among the advisory locks of a database: "wvl" and a number, read as bytes.
const LOCK: i64 = 0x0077_766c_0000_0001;

/// How long a migration asks for a table that somebody uses, in seconds; everybody who comes after it waits as long.
const LOCK_SECONDS: u32 = 2;
/// How long it then leaves the tables to the others.
const PAUSE: Duration = Duration::from_secs(3);
/// How often it comes back.
const PATIENCE: Duration = Duration::from_secs(30);

/// One step of the schema.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Name of its folder.
    pub name: &'static str,
    /// The SQL that takes the step.
    pub up: &'static str,
    /// The SQL that takes it back.
    pub down: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

impl Migration {
    /// The digits before the first underscore, as diesel's tool records them.
    pub fn version(&self) -> String {
        self.name.split('_').next().unwrap_or_default().replace('-', "")
    }
}

/// All migrations of this program, in their order.
pub fn all() -> &'static [Migration] {
    MIGRATIONS
}

/// Refuses a database whose schema is not exactly the one this program was built for.
pub fn check_schema(connection: &mut PgConnection) -> Result<()> {
    match read_only(connection, applied)? {
        None => Err(Error::config("the database is empty: it has no tables of wvl yet").hint("wvl db migrate")),
        Some(applied) => compare(&applied, MIGRATIONS),
    }
}

/// Newer is said before older: a program that knows too little must not migrate anything.
fn compare(applied: &[String], known: &[Migration]) -> Result<()> {
    let strangers = applied.iter().filter(|version| known.iter().all(|known| known.version() != **version)).count();
    if strangers > 0 {
        return Err(Error::config(format!(
            "the database's schema is newer than this wvl {}: it has {strangers} migrations that are not known here",
            env!("CARGO_PKG_VERSION")
        ))
        .hint("upgrade wvl on this machine"));
    }
    let missing = pending_of(applied, known).len();
    if missing > 0 {
        return Err(Error::config(format!(
            "the database's schema is older than this wvl {}: {missing} migrations are missing",
            env!("CARGO_PKG_VERSION")
        ))
        .hint("wvl db migrate"));
    }
    Ok(())
}

/// The versions that the database records; none if it has no schema of wvl.
pub fn versions(connection: &mut PgConnection) -> Result<Vec<String>> {
    Ok(read_only(connection, applied)?.unwrap_or_default())
}

/// How many of these versions this program does not know.
pub fn unknown(versions: &[String]) -> usize {
    versions.iter().filter(|version| MIGRATIONS.iter().all(|known| known.version() != **version)).count()
}

fn pending_of<'a>(applied: &[String], known: &'a [Migration]) -> Vec<&'a Migration> {
    known.iter().filter(|migration| !applied.contains(&migration.version())).collect()
}

/// What [`run`] would do.
pub fn pending(connection: &mut PgConnection) -> Result<Vec<&'static Migration>> {
    let applied = read_only(connection, applied)?.unwrap_or_default();
    Ok(pending_of(&applied, MIGRATIONS))
}

/// The SQL of these migrations as one script, for reading and for a database administrator who runs it himself.
pub fn script(migrations: &[&Migration]) -> String {
    let mut script = String::from("BEGIN;\n");
    script.push_str(&format!("SELECT pg_advisory_xact_lock({LOCK});\n{PREPARE}\n"));
    for role in GROUP_ROLES {
        script.push_str(&format!("{}\n", create_role(role)));
    }
    script.push_str(&format!("{}\n", grants()));
    for migration in migrations {
        script.push_str(&format!("\n-- {}\n{}\n", migration.name, migration.up.trim_end()));
        script.push_str(&format!("INSERT INTO {RECORD} (version) VALUES ('{}');\n", migration.version()));
    }
    script.push_str("COMMIT;\n");
    script
}

/// Runs everything pending in one transaction: all of it or nothing. Of several programs at once one works, and the others
/// find nothing left to do. Returns what was run.
///
/// Where a table is in use it tries again and again, for about half a minute.
pub fn run(connection: &mut PgConnection) -> Result<Vec<&'static Migration>> {
    run_within(connection, PATIENCE)
}

/// The same with so much patience with who uses the tables. A lock is asked for only for a moment at a time: who waits for an
/// exclusive one keeps everybody waiting who comes after him.
///
/// Errors: of kind `Temporary` if the tables were in use all the time.
pub fn run_within(connection: &mut PgConnection, patience: Duration) -> Result<Vec<&'static Migration>> {
    let begun = Instant::now();
    loop {
        match run_these(connection, MIGRATIONS) {
            Err(error) if is_of_a_lock(&error) && begun.elapsed() < patience => {
                std::thread::sleep(PAUSE.min(patience.saturating_sub(begun.elapsed())));
            }
            Err(error) if is_of_a_lock(&error) => return Err(with_holders(connection, error)),
            done => return done,
        }
    }
}

/// Another session holds what is asked for; a deadlock is the same.
fn is_of_a_lock(error: &Error) -> bool {
    let said = error.full_message();
    error.kind() == Kind::Temporary && (said.contains("locked by another") || said.contains("another order"))
}

/// Who is at work in this database, as far as we may see it.
fn with_holders(connection: &mut PgConnection, error: Error) -> Error {
    #[derive(QueryableByName)]
    struct Holder {
        #[diesel(sql_type = Text)]
        said: String,
    }
    let holders: Result<Vec<Holder>> = read_only(connection, |connection| {
        Ok(diesel::sql_query(
            "SELECT format('process %s (%s, role %s) has been in a transaction since %s UTC', pid, \
                    coalesce(nullif(application_name, ''), 'without a name'), usename, \
                    to_char(xact_start, 'HH24:MI:SS')) AS said \
             FROM pg_catalog.pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL \
             ORDER BY xact_start LIMIT 3",
        )
        .load(connection)?)
    });
    let error = holders.into_iter().flatten().fold(error, |error, holder| error.hint(holder.said));
    error.hint("run wvl db migrate again when they have ended, or with --wait 10m")
}

fn run_these(connection: &mut PgConnection, known: &'static [Migration]) -> Result<Vec<&'static Migration>> {
    transaction_on_any_schema(connection, |connection| {
        // building an index on a large table may take as long as it takes
        connection.batch_execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '2min'")?;
        diesel::sql_query("SELECT pg_advisory_xact_lock($1)").bind::<BigInt, _>(LOCK).execute(connection)?;
        connection.batch_execute(&format!("SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))?;
        check_server(connection)?;
        let applied = applied(connection)?;
        let is_new = applied.is_none();
        let applied = applied.unwrap_or_default();
        // an older program must not add its migrations to a newer schema
        if !applied.is_empty() && applied.iter().any(|version| known.iter().all(|known| known.version() != *version)) {
            compare(&applied, known)?;
        }
        let pending = pending_of(&applied, known);
        if pending.is_empty() && !is_new {
            return Ok(pending);
        }
        ensure_group_roles(connection)?;
        connection.batch_execute(PREPARE)?;
        connection.batch_execute(&grants())?;
        for migration in &pending {
            failpoint::pass("migrating");
            apply(connection, migration)?;
        }
        failpoint::pass("migrated");
        Ok(pending)
    })
}

/// Takes back the latest migrations, the newest first; for tests and for a hand on the database, not for a command.
pub fn revert(connection: &mut PgConnection, count: usize) -> Result<()> {
    transaction_on_any_schema(connection, |connection| {
        diesel::sql_query("SELECT pg_advisory_xact_lock($1)").bind::<BigInt, _>(LOCK).execute(connection)?;
        let applied = applied(connection)?.unwrap_or_default();
        let latest = MIGRATIONS.iter().rev().filter(|migration| applied.contains(&migration.version())).take(count);
        for migration in latest {
            connection.batch_execute(migration.down).map_err(|error| named(migration, error))?;
            diesel::sql_query(format!("DELETE FROM {RECORD} WHERE version = $1"))
                .bind::<Text, _>(migration.version())
                .execute(connection)?;
        }
        Ok(())
    })
}

const RECORD: &str = "wvl.__diesel_schema_migrations";

/// The schema and the record of what was run. Nobody gets anything by default; each migration grants what its tables need.
const PREPARE: &str = "\
CREATE SCHEMA IF NOT EXISTS wvl;
REVOKE ALL ON SCHEMA wvl FROM PUBLIC;
CREATE TABLE IF NOT EXISTS wvl.__diesel_schema_migrations (
    version VARCHAR(50) PRIMARY KEY NOT NULL,
    run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
COMMENT ON TABLE wvl.__diesel_schema_migrations IS 'The migrations that were run, in the form of the diesel tool';";

/// Every group may see which version the schema has.
fn grants() -> String {
    let groups = GROUP_ROLES.join(", ");
    format!("GRANT USAGE ON SCHEMA wvl TO {groups}; GRANT SELECT ON {RECORD} TO {groups};")
}

fn apply(connection: &mut PgConnection, migration: &Migration) -> Result<()> {
    connection.batch_execute(migration.up).map_err(|error| named(migration, error))?;
    diesel::sql_query(format!("INSERT INTO {RECORD} (version) VALUES ($1)"))
        .bind::<Text, _>(migration.version())
        .execute(connection)?;
    Ok(())
}

fn named(migration: &Migration, error: diesel::result::Error) -> Error {
    let cause = Error::from(error);
    Error::new(cause.kind(), format!("migration {} failed, nothing was changed", migration.name)).caused_by(cause)
}

fn check_server(connection: &mut PgConnection) -> Result<()> {
    #[derive(QueryableByName)]
    struct Server {
        #[diesel(sql_type = Integer)]
        version: i32,
    }
    let server: Server =
        diesel::sql_query("SELECT current_setting('server_version_num')::int AS version").get_result(connection)?;
    let major = server.version / 10_000;
    if i64::from(major) < i64::from(OLDEST_SERVER) {
        return Err(Error::config(format!("the server is Postgres {major}; wvl needs {OLDEST_SERVER} or newer")));
    }
    Ok(())
}

/// Versions recorded in the database, none if there is no record at all.
fn applied(connection: &mut PgConnection) -> Result<Option<Vec<String>>> {
    #[derive(QueryableByName)]
    struct Present {
        #[diesel(sql_type = Bool)]
        present: bool,
    }
    #[derive(QueryableByName)]
    struct Applied {
        #[diesel(sql_type = Text)]
        version: String,
    }
    let record: Present = diesel::sql_query(
        // every command asks this first; a join would take longer to plan than all the rest of it
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_class WHERE relname = '__diesel_schema_migrations' \
         AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'wvl')) AS present",
    )
    .get_result(connection)?;
    if !record.present {
        return Ok(None);
    }
    let rows: Vec<Applied> =
        diesel::sql_query(format!("SELECT version::text FROM {RECORD} ORDER BY version")).load(connection)?;
    if rows.is_empty() {
        return Ok(None);
    }
    Ok(Some(rows.into_iter().map(|row| row.version).collect()))
}

/// Roles belong to the whole server: another database of it may have made them, or be making them now.
fn create_role(role: &str) -> String {
    format!(
        "DO $$ BEGIN CREATE ROLE {role} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;"
    )
}

/// Makes the group roles that are missing. Errors: of kind `Forbidden`, with the statements for a superuser.
pub(super) fn ensure_group_roles(connection: &mut PgConnection) -> Result<()> {
    #[derive(QueryableByName)]
    struct Creator {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Bool)]
        may_create: bool,
        #[diesel(sql_type = diesel::sql_types::Array<Text>)]
        present: Vec<String>,
    }
    let creator: Creator = diesel::sql_query(
        "SELECT current_user::text AS name, rolcreaterole OR rolsuper AS may_create, \
                ARRAY(SELECT rolname::text FROM pg_catalog.pg_roles \
                      WHERE rolname IN ('wvl_read', 'wvl_work', 'wvl_admin', 'wvl_cron')) AS present \
         FROM pg_catalog.pg_roles WHERE rolname = current_user",
    )
    .get_result(connection)?;
    let missing: Vec<&str> =
        GROUP_ROLES.into_iter().filter(|role| !creator.present.iter().any(|present| present == role)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !creator.may_create {
        let statements: Vec<String> = missing.iter().map(|role| format!("CREATE ROLE {role} NOLOGIN;")).collect();
        return Err(Error::new(
            Kind::Forbidden,
            format!("role {} may not create the group roles {}", creator.name, missing.join(", ")),
        )
        .hint(format!("a superuser runs once: {}", statements.join(" ")))
        .hint("then: wvl db migrate"));
    }
    for role in missing {
        connection.batch_execute(&create_role(role))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Migration] = &[
        Migration { name: "2026-01-01-000000-0000_create_first", up: "", down: "" },
        Migration { name: "2026-01-02-000000-0000_create_second", up: "", down: "" },
    ];

    fn versions(count: usize) -> Vec<String> {
        KNOWN.iter().take(count).map(Migration::version).collect()
    }

    #[test]
    fn versions_are_what_diesels_tool_records() {
        assert_eq!(versions(1), ["202601010000000000"]);
    }

    #[test]
    fn older_and_newer_are_refused_with_different_advice() {
        assert!(compare(&versions(2), KNOWN).is_ok());
        let older = compare(&versions(1), KNOWN).unwrap_err();
        assert_eq!((older.kind(), older.hints()), (Kind::Config, &["wvl db migrate".to_owned()][..]));
        let mut applied = versions(1);
        applied.push("203001010000000000".into());
        let newer = compare(&applied, KNOWN).unwrap_err();
        assert_eq!(newer.kind(), Kind::Config);
        assert!(newer.hints()[0].contains("upgrade wvl"));
    }

    #[test]
    fn names_and_order() {
        for migration in all() {
            let digits = migration.version();
            assert!(digits.len() == 18 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{}", migration.name);
        }
        assert!(all().windows(2).all(|pair| pair[0].version() < pair[1].version()));
    }
}
