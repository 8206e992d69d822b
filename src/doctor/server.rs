//! The database: version, safety, rights, schema, clock and zone.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz};

use super::report::{Area, Report};
use super::version::{self, Verdict};
use crate::db;
use crate::error::{Error, Kind, Result};

/// Clocks that differ by more make the order of entries in logs a guess.
const CLOCKS_APART: TimeDelta = TimeDelta::seconds(30);
/// By so much, a host's own dates (files that are imported, certificates) are wrong.
const CLOCKS_WRONG: TimeDelta = TimeDelta::minutes(10);
/// What jobs write: the table, how, and the columns where not all of them are meant. As the migrations grant it to `wvl_cron`.
const WRITTEN: [(&str, &[&str], &[&str]); 13] = [
    ("job_runs", &["INSERT", "UPDATE", "DELETE"], &[]),
    ("outbox_messages", &["INSERT", "UPDATE"], &[]),
    ("outbox_recipients", &["INSERT", "UPDATE"], &[]),
    ("outbox_hosts", &["INSERT", "UPDATE"], &[]),
    ("outbox_guards", &["INSERT"], &[]),
    ("outbox_guards", &["UPDATE"], &["held_since", "held_change"]),
    ("escalation_chains", &["INSERT", "UPDATE", "DELETE"], &[]),
    ("escalation_steps", &["INSERT", "UPDATE", "DELETE"], &[]),
    ("escalation_step_messages", &["INSERT"], &[]),
    ("escalation_marks", &["INSERT", "UPDATE", "DELETE"], &[]),
    ("escalation_fallbacks", &["INSERT"], &[]),
    ("escalation_searches", &["INSERT", "UPDATE"], &[]),
    ("escalation_silences", &["DELETE"], &[]),
];

#[derive(Clone, Debug, QueryableByName)]
struct Server {
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Nullable<Bool>)]
    is_superuser: Option<bool>,
    #[diesel(sql_type = Bool)]
    fsync: bool,
    #[diesel(sql_type = Bool)]
    full_page_writes: bool,
    #[diesel(sql_type = Text)]
    synchronous_commit: String,
    #[diesel(sql_type = Bool)]
    is_standby: bool,
    #[diesel(sql_type = Bool)]
    knows_cluster: bool,
    #[diesel(sql_type = Bool)]
    sees_sessions: bool,
    #[diesel(sql_type = Text)]
    encoding: String,
}

/// Looks at the server itself; nothing of wvl need be there. In a private cluster there is nobody beside wvl.
pub fn look(connection: &mut PgConnection, is_private: bool, report: &mut Report) -> Result<()> {
    // tables of nobody are read
    let server: Server = diesel::sql_query(include_str!("server.sql")).get_result(connection)?;
    let reached = format!("Postgres {} as role {}", server.version, server.role);
    match version::judge(&server.version) {
        Verdict::Fine => report.ok(Area::Database, reached),
        Verdict::Unpatched(first) => report.warn(
            Area::Database,
            format!("{reached}: security corrections are missing, the first version with them is {first}"),
            "apt-get update && apt-get upgrade, or ask whoever runs the server",
        ),
        Verdict::Ended => report.error(
            Area::Database,
            format!("{reached}: nobody corrects this version any more"),
            "upgrade to a newer major version of Postgres",
        ),
    }
    for (setting, is_on) in [("fsync", server.fsync), ("full_page_writes", server.full_page_writes)] {
        if !is_on {
            report.error(
                Area::Database,
                format!("{setting} is off: a crash of the server may lose what wvl has reported as done"),
                format!("as a superuser: ALTER SYSTEM SET {setting} = on; SELECT pg_reload_conf();"),
            );
        }
    }
    if server.synchronous_commit == "off" {
        // ours are synchronous all the same
        report.warn(
            Area::Database,
            "synchronous_commit is off by default: wvl switches it on for itself, other programs may lose changes",
            "as a superuser: ALTER SYSTEM SET synchronous_commit = on; SELECT pg_reload_conf();",
        );
    }
    if server.is_standby {
        report.error(
            Area::Database,
            "this server is a standby: nothing can be written",
            "name the primary in [database] url; with several hosts add target_session_attrs=read-write",
        );
    }
    if server.encoding != "UTF8" {
        report.error(
            Area::Database,
            format!("the database stores {}, which has no room for every name", server.encoding),
            "make it anew with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
        );
    }
    if server.is_superuser == Some(true) {
        report.warn(
            Area::Database,
            format!("role {} is a superuser: no right is in force, and a mistake can reach everything", server.role),
            "give wvl a role of its own: CREATE ROLE wvl LOGIN; GRANT wvl_cron TO wvl;",
        );
    }
    if !server.knows_cluster {
        report.error(
            Area::Database,
            "the role may not see which cluster it is in: nothing guards against sending from a copy",
            "as a superuser: GRANT EXECUTE ON FUNCTION pg_control_system() TO wvl_cron;",
        );
    }
    if !server.sees_sessions && !is_private && server.is_superuser != Some(true) {
        report.warn(
            Area::Database,
            "the role does not see for how long transactions of others are open; check can only count what began since",
            format!("as a superuser: GRANT pg_read_all_stats TO {};", server.role),
        );
    }
    Ok(())
}

/// How much of the database our role may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// The schema is another one, or none.
    None,
    /// Queues and runs, and not everybody's data.
    Looks,
    /// All that is asked here.
    Works,
}

/// Looks at our schema: its version, then what our role may do.
pub fn schema(connection: &mut PgConnection, report: &mut Report) -> Result<Rights> {
    if let Err(error) = db::migrations::check_schema(connection) {
        report.failed(Area::Database, &error);
        return Ok(Rights::None);
    }
    let newest = db::migrations::all().last().map_or("", |migration| migration.name);
    report.ok(Area::Database, format!("the schema fits this wvl ({newest})"));
    let missing: Vec<Missing> = db::read_only(connection, missing_rights)?;
    let role: String = diesel::select(diesel::dsl::sql::<Text>("quote_ident(current_user)")).get_result(connection)?;
    let (unread, unwritten): (Vec<&Missing>, Vec<&Missing>) =
        missing.iter().partition(|missing| missing.privilege == "SELECT");
    match (unread.is_empty(), unwritten.is_empty()) {
        (true, true) => report.ok(Area::Database, "the role may do what jobs need"),
        (_, false) => report.warn(
            Area::Database,
            format!("role {role} may look, and run no jobs: it lacks {}", named(&unwritten)),
            format!("run wvl doctor as the user who runs the jobs; for this one: wvl role grant {role} cron"),
        ),
        (false, true) => report.error(
            Area::Database,
            format!("the role lacks {}", named(&unread)),
            format!("as the owner of the database: wvl role grant {role} cron"),
        ),
    }
    Ok(if unread.is_empty() { Rights::Works } else { Rights::Looks })
}

/// A right that our role lacks.
#[derive(QueryableByName)]
struct Missing {
    #[diesel(sql_type = Text)]
    relation: String,
    #[diesel(sql_type = Text)]
    privilege: String,
}

fn missing_rights(connection: &mut PgConnection) -> Result<Vec<Missing>> {
    // an empty column: the whole table
    let wanted = WRITTEN.iter().flat_map(|(table, verbs, columns)| {
        let columns = if columns.is_empty() { &[""] } else { *columns };
        verbs.iter().flat_map(move |verb| columns.iter().map(move |column| (*table, *verb, *column)))
    });
    let (mut tables, mut verbs, mut columns) = (Vec::new(), Vec::new(), Vec::new());
    for (table, verb, column) in wanted {
        tables.push(table);
        verbs.push(verb);
        columns.push(column);
    }
    Ok(diesel::sql_query(include_str!("rights.sql"))
        .bind::<Array<Text>, _>(tables)
        .bind::<Array<Text>, _>(verbs)
        .bind::<Array<Text>, _>(columns)
        .load(connection)?)
}

/// "DELETE, INSERT on job_runs", and how many more tables.
fn named(missing: &[&Missing]) -> String {
    let tables: Vec<&[&Missing]> = missing.chunk_by(|one, other| one.relation == other.relation).collect();
    let shown = if tables.len() > 4 { 3 } else { tables.len() };
    let on = |table: &&[&Missing]| {
        let verbs: Vec<&str> = table.iter().map(|missing| missing.privilege.as_str()).collect();
        format!("{} on {}", verbs.join(", "), table[0].relation)
    };
    let mut said = tables.iter().take(shown).map(on).collect::<Vec<_>>().join("; ");
    if tables.len() > shown {
        said.push_str(&format!("; and on {} more", tables.len() - shown));
    }
    said
}

/// Compares this machine's clock with the database's: `read` reads it before and after the question.
pub fn clocks(connection: &mut PgConnection, report: &mut Report, read: impl Fn() -> DateTime<Utc>) -> Result<()> {
    let before = read();
    let theirs = db::clock(connection)?;
    judge_clocks(before, theirs, read(), report);
    Ok(())
}

fn judge_clocks(before: DateTime<Utc>, theirs: DateTime<Utc>, after: DateTime<Utc>, report: &mut Report) {
    // whatever the way took lies between the two
    let apart = if theirs < before { before - theirs } else { (theirs - after).max(TimeDelta::zero()) };
    let said = format!("this machine's clock and the database's differ by {} s", apart.num_seconds());
    let way_out = "timedatectl set-ntp true, on both machines";
    match apart {
        _ if apart > CLOCKS_WRONG => report.error(Area::Time, said, way_out),
        _ if apart > CLOCKS_APART => report.warn(Area::Time, said, way_out),
        _ => report.ok(Area::Time, "this machine's clock and the database's agree"),
    }
}

/// Compares what wvl and the server know of the zone: the same hour of each week of two years.
pub fn zone(connection: &mut PgConnection, report: &mut Report, zone: Tz, now: DateTime<Utc>) -> Result<()> {
    #[derive(QueryableByName)]
    struct Offset {
        #[diesel(sql_type = Timestamptz)]
        at: DateTime<Utc>,
        #[diesel(sql_type = BigInt)]
        seconds: i64,
    }
    let weeks: Vec<DateTime<Utc>> = (-52..104).map(|week| now + TimeDelta::weeks(week)).collect();
    let question = "SELECT at, extract(epoch FROM (at AT TIME ZONE $2) - (at AT TIME ZONE 'UTC'))::bigint AS seconds
                    FROM unnest($1) AS at ORDER BY at";
    let offsets: Result<Vec<Offset>, _> =
        diesel::sql_query(question).bind::<Array<Timestamptz>, _>(weeks).bind::<Text, _>(zone.name()).load(connection);
    let offsets = match offsets.map_err(Error::from) {
        Ok(offsets) => offsets,
        Err(error) if error.kind() == Kind::Temporary => return Err(error),
        Err(error) => {
            report.error(
                Area::Time,
                format!("the server does not know the zone {zone}: {}", error.full_message()),
                "install tzdata on the database's machine",
            );
            return Ok(());
        }
    };
    let differs = offsets.iter().find(|offset| {
        use chrono::Offset as _;
        let ours = offset.at.with_timezone(&zone).offset().fix().local_minus_utc();
        i64::from(ours) != offset.seconds
    });
    match differs {
        None => report.ok(Area::Time, format!("the zone {zone} is the same to wvl and to the server")),
        Some(offset) => report.error(
            Area::Time,
            format!("wvl and the server disagree about the zone {zone}, first on {}", offset.at.date_naive()),
            "update tzdata on the database's machine, and wvl",
        ),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::report::Level;
    use super::*;

    #[test]
    fn a_slow_answer_is_no_wrong_clock() {
        let before: DateTime<Utc> = "2026-11-23T09:00:00Z".parse().unwrap();
        let after = before + TimeDelta::seconds(40);
        for (theirs, level) in [
            (20, Level::Ok),
            (-20, Level::Ok),
            (65, Level::Ok),
            (-31, Level::Warning),
            (80, Level::Warning),
            (-601, Level::Error),
            (700, Level::Error),
        ] {
            let mut report = Report::default();
            judge_clocks(before, before + TimeDelta::seconds(theirs), after, &mut report);
            assert_eq!(report.findings()[0].level, level, "{theirs}");
        }
    }
}
