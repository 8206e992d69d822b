//! A dump back into a database that is empty: all of it in one transaction, or nothing.
//!
//! pg_restore talks to the server itself; no psql reads what stands in the file as commands.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, Text};

use crate::db::Cluster;
use crate::db::connection::{read_only, transaction_on_any_schema};
use crate::db::dump::{parameters, run, server_version};
use crate::db::migrations::{self, Migration};
use crate::db::programs::{self, Program};
use crate::db::settings::{DatabaseSettings, Places};
use crate::error::{Error, Kind, Result};
use crate::failpoint;

/// What is known of a dump before anything is done with it.
#[derive(Clone, Debug)]
pub struct Contents {
    /// The migrations that its database had.
    pub versions: Vec<String>,
    /// How many tables it holds.
    pub tables: usize,
    /// When it was made, as the server of its time said it ("2026-11-22 04:00:01 CET").
    pub made_at: Option<String>,
    /// The schemas of its tables.
    schemas: BTreeSet<String>,
    program: PathBuf,
}

/// Reads what a dump holds and refuses one that is none of ours, or of a newer wvl.
///
/// Errors: of kind `Data` if it cannot be read or is not ours, `Config` if it is too new for this wvl or this pg_restore.
pub fn look(
    connection: &mut PgConnection,
    settings: &DatabaseSettings,
    places: &Places,
    file: &Path,
) -> Result<Contents> {
    // before pg_restore says it in its own words
    std::fs::File::open(file).map_err(|source| Error::file("read", file, source))?;
    if !file.is_file() {
        return Err(Error::usage(format!("{} is no regular file", file.display())));
    }
    let program = programs::find("pg_restore", server_version(connection)?, settings, places)?;
    let list = output(&program, &["--list"], file)?;
    let mut contents = read_list(&list, program.clone());
    let record = ["--data-only", "--schema=wvl", "--table=__diesel_schema_migrations", "--file=-"];
    contents.versions = read_versions(&output(&program, &record, file)?);
    if contents.versions.is_empty() {
        return Err(Error::data(format!("{} is no dump of a database of wvl", file.display()))
            .hint("wvl db dump makes one; what pg_dump has made of the schema wvl will do too"));
    }
    let unknown = migrations::unknown(&contents.versions);
    if unknown > 0 {
        return Err(Error::config(format!(
            "{} was made with a newer wvl: its schema has {unknown} migrations that wvl {} does not know",
            file.display(),
            env!("CARGO_PKG_VERSION")
        ))
        .hint("upgrade wvl on this machine"));
    }
    Ok(contents)
}

/// Refuses a database that is not empty, with what an administrator does then.
pub fn check(
    connection: &mut PgConnection,
    settings: &DatabaseSettings,
    places: &Places,
    (file, contents): (&Path, &Contents),
) -> Result<()> {
    check_empty(connection, &contents.schemas).map_err(|error| {
        if settings.is_private() {
            return match Cluster::new(settings, places) {
                Ok(cluster) => {
                    let data = cluster.data_dir().display().to_string();
                    let file = file.display();
                    error.hint(format!("wvl db stop && mv {data} {data}.before && wvl db restore {file}"))
                }
                Err(_) => error,
            };
        }
        error.hint("make another one (createdb) and name it in [database] url")
    })
}

/// Restores the dump into the database, which has to be empty, and brings the schema to this version. Returns the migrations
/// that were missing in the dump.
///
/// Killed anywhere, the database is empty or whole; whole and of an older version, `wvl db migrate` goes on.
pub fn restore(
    connection: &mut PgConnection,
    settings: &DatabaseSettings,
    places: &Places,
    (file, contents): (&Path, &Contents),
    interrupted: &dyn Fn() -> Option<usize>,
) -> Result<Vec<&'static Migration>> {
    check(connection, settings, places, (file, contents))?;
    transaction_on_any_schema(connection, |connection| {
        // rights are granted to them; they belong to the server and are in no dump
        migrations::ensure_group_roles(connection)?;
        // what migrations that were taken back have left; the first statement fails for whom pg_restore would fail for
        connection.batch_execute(
            "CREATE SCHEMA IF NOT EXISTS wvl; DROP TABLE IF EXISTS wvl.__diesel_schema_migrations; DROP SCHEMA wvl",
        )?;
        Ok(())
    })?;
    failpoint::pass("restore-prepared");
    let parameters = parameters(settings, places)?;
    let mut program = Program::on_database(&contents.program, &parameters)?;
    program.command.args(["--single-transaction", "--exit-on-error", "--no-owner", "--no-password"]);
    program.command.arg("--dbname").arg(parameters.masked()).arg("--").arg(file);
    run(program, Stdio::null(), interrupted).map_err(|error| said_of(file, error))?;
    failpoint::pass("restored");
    let done = migrations::run(connection)?;
    failpoint::pass("restore-migrated");
    Ok(done)
}

/// Gathers the statistics that no dump has: without them the first jobs would take many times as long.
pub fn analyze(connection: &mut PgConnection) -> Result<()> {
    transaction_on_any_schema(connection, |connection| {
        connection.batch_execute("SET LOCAL statement_timeout = 0; SET LOCAL client_min_messages = error; ANALYZE")?;
        Ok(())
    })
}

/// The error of a restore that took nothing over.
fn said_of(file: &Path, error: Error) -> Error {
    if matches!(error.kind(), Kind::Interrupted | Kind::Terminated) {
        return error;
    }
    let said = error.full_message();
    let broken = ["end of file", "could not find block", "could not read", "corrupt", "uncompress", "decompress"];
    let kind = if broken.iter().any(|sign| said.contains(sign)) { Kind::Data } else { error.kind() };
    let told = if kind == Kind::Data { "is damaged or incomplete" } else { "could not be restored" };
    let mut told = Error::new(kind, format!("{} {told}, and the database is as it was: {}", file.display(), error));
    if said.contains("role") && said.contains("does not exist") {
        told = told.hint("rights in it were granted to a role that this server does not have: CREATE ROLE … NOLOGIN;");
    }
    for hint in error.hints() {
        told = told.hint(hint.clone());
    }
    told
}

/// Refuses a database in which a table could be meant by somebody.
fn check_empty(connection: &mut PgConnection, schemas: &BTreeSet<String>) -> Result<()> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let schemas: Vec<&str> = schemas.iter().map(String::as_str).collect();
    let found: Vec<Found> = read_only(connection, |connection| {
        Ok(diesel::sql_query(
            "SELECT format('%I.%I', nspname, relname) AS name \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace \
             WHERE nspname = ANY ($1) AND relkind IN ('r', 'p', 'v', 'm', 'f') \
               AND NOT (relname = '__diesel_schema_migrations' AND nspname = 'wvl' AND NOT EXISTS ( \
                   SELECT FROM pg_catalog.pg_class other WHERE other.relnamespace = n.oid AND other.oid <> c.oid \
                     AND other.relkind IN ('r', 'p', 'v', 'm', 'f'))) \
             ORDER BY relkind <> 'r', relname = '__diesel_schema_migrations', nspname, relname",
        )
        .bind::<Array<Text>, _>(schemas)
        .load(connection)?)
    })?;
    let [first, rest @ ..] = &found[..] else { return Ok(()) };
    let others = if rest.is_empty() { String::new() } else { format!(" and {} other tables and views", rest.len()) };
    Err(Error::new(
        Kind::Failed,
        format!("the database is not empty: it has {}{others}; a dump is restored into an empty one", first.name),
    ))
}

/// What pg_restore prints of a dump.
fn output(program: &Path, arguments: &[&str], file: &Path) -> Result<String> {
    let mut command = Program::new(program).command;
    command.env("LC_ALL", "C").stdin(Stdio::null()).args(arguments).arg("--").arg(file);
    let output = command.output().map_err(|source| Error::file("run", program, source))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or_default();
    let said = said.strip_prefix("pg_restore: error: ").unwrap_or(said);
    if said.contains("unsupported version") || said.contains("compression") {
        return Err(Error::config(format!("{}: {} cannot read it: {said}", file.display(), program.display()))
            .hint("it was made by a newer Postgres: install its postgresql-client")
            .hint("or name the folder of pg_restore in WVL_PG_BINDIR or as pg_bindir in [database]"));
    }
    Err(Error::data(format!("{} is no dump that can be read: {said}", file.display())))
}

/// `215; 1259 16390 TABLE wvl companies wvl`, and before them a header.
fn read_list(list: &str, program: PathBuf) -> Contents {
    // comments and rights on tables are entries of their own, and name them in another order
    let schema_of = |line: &str| -> Option<String> {
        let mut words = line.split_once("; ")?.1.split(' ').skip(2);
        (words.next()? == "TABLE").then_some(())?;
        words.next().filter(|word| !["DATA", "ATTACH"].contains(word)).map(str::to_owned)
    };
    let schemas: Vec<String> = list.lines().filter(|line| !line.starts_with(';')).filter_map(schema_of).collect();
    Contents {
        versions: Vec::new(),
        tables: schemas.len(),
        made_at: list.lines().find_map(|line| line.strip_prefix("; Archive created at ")).map(str::to_owned),
        schemas: schemas.into_iter().chain(["wvl".to_owned()]).collect(),
        program,
    }
}

/// The rows of a COPY: `202601010000000000<TAB>…` up to `\.`
fn read_versions(script: &str) -> Vec<String> {
    let rows = script.lines().skip_while(|line| !line.starts_with("COPY ")).skip(1).take_while(|line| *line != "\\.");
    rows.filter_map(|row| row.split('\t').next()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read() {
        let list = ";\n; Archive created at 2026-11-22 04:00:01 CET\n;     dbname: wvl\n;\n6; 2615 16386 SCHEMA - wvl wvl\n\
                    215; 1259 16390 TABLE wvl companies wvl\n216; 1259 16391 TABLE own notes anna\n\
                    4001; 0 16390 TABLE DATA wvl companies wvl\n4711; 0 0 COMMENT wvl TABLE companies wvl\n";
        let contents = read_list(list, PathBuf::new());
        assert_eq!((contents.tables, contents.schemas.len()), (2, 2));
        assert_eq!(contents.made_at.as_deref(), Some("2026-11-22 04:00:01 CET"));
    }

    #[test]
    fn the_record_of_the_migrations_is_read() {
        let script = "--\nSET x;\n\nCOPY wvl.__diesel_schema_migrations (version, run_on) FROM stdin;\n2026\t2026-11-22\n\
                      2027\t2026-11-22\n\\.\n\n--\n";
        assert_eq!(read_versions(script), ["2026", "2027"]);
        assert!(read_versions("--\n").is_empty());
    }
}
