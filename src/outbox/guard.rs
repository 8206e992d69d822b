//! Whether mails may leave this database: not before somebody has looked, where it was restored or copied.
//!
//! A restored database remembers as queued what was sent after the dump, and does not remember what was queued after it. So
//! the database that may send is written down in `wvl.outbox_guards` by the first flush, and compared before each claim, in
//! the transaction of the claim, with what no dump and no copy brings along: the cluster's identifier, its timeline, the
//! database's oid, and the transaction that wrote the row. Where one of them differs nothing is sent until
//! `wvl mail release`.
//!
//! NOTE: what nobody can see from inside is a copy of the server's files, running beside the original, that was never
//! promoted (a snapshot of a virtual machine). Its `mail.mode` is for the administrator who starts it.

use std::fmt;

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz};

use crate::db;
use crate::error::{Error, Kind, Result};

/// Whether mails may leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Guard {
    /// They may: it is the database that was released last, or one that has never sent anything.
    #[default]
    Open,
    /// Nothing leaves before a [release](super::release).
    Held {
        /// When a restore or a job first noticed; none: nobody has yet.
        since: Option<DateTime<Utc>>,
        /// What has changed.
        change: Change,
    },
}

/// What of the database is another than at the last release; the first that differs, from the largest to the smallest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It lies in another Postgres cluster: restored there, or brought there by an upgrade of Postgres.
    Cluster,
    /// It is another database of the same cluster: restored, or made from a template.
    Database,
    /// The tables of the same database were restored.
    Restored,
    /// The same cluster on another timeline: a standby was promoted, or it was restored to a point in time.
    Timeline,
}

impl Change {
    /// A stable name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Change::Cluster => "cluster",
            Change::Database => "database",
            Change::Restored => "restored",
            Change::Timeline => "timeline",
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Change::Cluster => "the database is in another Postgres cluster than when mails last were allowed to leave",
            Change::Database => "the database is another one than when mails last were allowed to leave: restored or copied",
            Change::Restored => "the tables were restored from a dump since mails last were allowed to leave",
            Change::Timeline => {
                "the server is on another timeline than when mails last were allowed to leave: a failover to a standby, or a \
                 restore to a point in time"
            }
        })
    }
}

impl Guard {
    /// What a person has to hear, the same words every time, so that a job can say them once a day; none if all is well.
    pub fn complaint(&self) -> Option<String> {
        match self {
            Guard::Open => None,
            Guard::Held { change, .. } => {
                Some(format!("no mail leaves: {change}; wvl mail release shows what waits, and lets it go"))
            }
        }
    }
}

/// This database, as the columns of `outbox_guards` that a release writes.
const HERE: &str = "\
    (system_identifier, timeline, database_oid, written_by) \
    SELECT system_identifier, ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer, \
           (SELECT oid::bigint FROM pg_catalog.pg_database WHERE datname = current_database()), \
           pg_current_xact_id()::text::bigint \
    FROM pg_catalog.pg_control_system()";

#[derive(QueryableByName)]
struct Compared {
    #[diesel(sql_type = Bool)]
    is_set: bool,
    #[diesel(sql_type = Nullable<Bool>)]
    same_cluster: Option<bool>,
    #[diesel(sql_type = Nullable<Bool>)]
    same_timeline: Option<bool>,
    #[diesel(sql_type = Nullable<Bool>)]
    same_database: Option<bool>,
    #[diesel(sql_type = Nullable<Bool>)]
    same_row: Option<bool>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    held_since: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    held_change: Option<String>,
}

impl Compared {
    fn guard(&self) -> Guard {
        let changes = [
            (self.same_cluster, Change::Cluster),
            (self.same_database, Change::Database),
            (self.same_row, Change::Restored),
            (self.same_timeline, Change::Timeline),
        ];
        let Some((_, change)) = changes.iter().find(|(same, _)| *same == Some(false)) else { return Guard::Open };
        // to note it has changed the row itself
        let noted = changes.iter().find(|(_, change)| Some(change.as_str()) == self.held_change.as_deref());
        Guard::Held { since: self.held_since, change: noted.map_or(*change, |(_, noted)| *noted) }
    }
}

/// Whether mails may leave; runs inside the caller's transaction and writes nothing.
///
/// Errors: [`Kind::Forbidden`] where the server does not let us see which cluster it is.
pub fn state(connection: &mut PgConnection) -> Result<Guard> {
    Ok(compare(connection)?.guard())
}

fn compare(connection: &mut PgConnection) -> Result<Compared> {
    diesel::sql_query(include_str!("guard.sql")).get_result(connection).map_err(|error| {
        let error = Error::from(error);
        if error.kind() != Kind::Forbidden {
            return error;
        }
        error.hint("a superuser runs once: GRANT EXECUTE ON FUNCTION pg_control_system() TO wvl_read, wvl_work, wvl_admin, wvl_cron")
    })
}

/// Asked before the first claim of a flush, before a dump, and before a job queues anything: what it queues is then younger than
/// the hold, and a release can tell it from what came with the restore. A database that has never sent anything is written down as the
/// one that may, so that every dump holds a row that will not fit; one that is held gets the instant at which that was first
/// seen. In a transaction of its own.
pub fn ask(connection: &mut PgConnection) -> Result<Guard> {
    let compared = db::transaction(connection, compare)?;
    match compared.guard() {
        Guard::Open if !compared.is_set => db::transaction(connection, |connection| {
            // of two flushes at once the second finds the row of the first
            diesel::sql_query(format!("INSERT INTO wvl.outbox_guards {HERE} ON CONFLICT (id) DO NOTHING"))
                .execute(connection)?;
            state(connection)
        }),
        Guard::Held { since: None, .. } => db::transaction(connection, |connection| {
            // whoever releases meanwhile writes the row that fits; to touch it would hold everything again
            diesel::sql_query("SELECT FROM wvl.outbox_guards FOR UPDATE").execute(connection)?;
            let Guard::Held { change, .. } = state(connection)? else { return Ok(Guard::Open) };
            diesel::sql_query("UPDATE wvl.outbox_guards SET held_since = now(), held_change = $1")
                .bind::<Text, _>(change.as_str())
                .execute(connection)?;
            state(connection)
        }),
        guard => Ok(guard),
    }
}

/// From now on nothing leaves; inside the caller's transaction.
pub fn hold(connection: &mut PgConnection) -> Result<()> {
    let since = db::clock(connection)?;
    hold_since(connection, since)
}

/// Nothing leaves, and what is queued since then is new; for who has just restored the tables, inside his transaction or after
/// it. `since` is before the tables were there: a job of another host may have queued something meanwhile.
pub fn hold_since(connection: &mut PgConnection, since: DateTime<Utc>) -> Result<()> {
    diesel::sql_query(format!("INSERT INTO wvl.outbox_guards {HERE} ON CONFLICT (id) DO NOTHING"))
        .execute(connection)?;
    diesel::sql_query("UPDATE wvl.outbox_guards SET written_by = 0, held_since = $1, held_change = 'restored'")
        .bind::<Timestamptz, _>(since)
        .execute(connection)?;
    Ok(())
}

/// Lets mails leave the same data in their new cluster, if nothing held them in the old one: for who has upgraded Postgres and
/// knows that nothing else has happened. In a transaction of its own.
pub fn carry_over(connection: &mut PgConnection, identifier: i64, timeline: i32) -> Result<()> {
    db::transaction(connection, |connection| {
        let fits = diesel::sql_query(
            "SELECT FROM wvl.outbox_guards AS g WHERE system_identifier = $1 AND timeline = $2 AND held_since IS NULL \
             AND written_by % 4294967296 = g.xmin::text::bigint AND database_oid = \
             (SELECT oid::bigint FROM pg_catalog.pg_database WHERE datname = current_database()) FOR UPDATE",
        )
        .bind::<BigInt, _>(identifier)
        .bind::<Integer, _>(timeline)
        .execute(connection)?;
        if fits == 1 { open(connection) } else { Ok(()) }
    })
}

/// From now on mails leave this database; in the caller's transaction, which is no savepoint of another.
pub(super) fn open(connection: &mut PgConnection) -> Result<()> {
    diesel::sql_query(format!(
        "INSERT INTO wvl.outbox_guards {HERE} ON CONFLICT (id) DO UPDATE SET \
         (system_identifier, timeline, database_oid, written_by, released_at, released_by, held_since, held_change) = \
         (excluded.system_identifier, excluded.timeline, excluded.database_oid, excluded.written_by, now(), current_user, NULL, NULL)"
    ))
    .execute(connection)?;
    match state(connection)? {
        Guard::Open => Ok(()),
        held => Err(Error::bug(format!("the outbox was released and is held all the same: {held:?}"))),
    }
}
