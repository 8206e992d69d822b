//! The diary of the jobs: one row a run in `wvl.job_runs`, written whether it went well or not.
//!
//! The row of the start is committed before the work begins, so that a run that was killed is visible as one without an end.

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::dsl::now;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;

use crate::db::connection::{read_only, transaction, transaction_on_any_schema};
use crate::db::schema::job_runs;
use crate::error::{Error, Kind, Result};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was done.
    Ok,
    /// Some items failed, each was named.
    Partial,
    /// Nothing was done.
    Failed,
    /// Another run was at work, so that nothing was left to do.
    Busy,
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Outcome::Ok => "ok",
            Outcome::Partial => "partial",
            Outcome::Failed => "failed",
            Outcome::Busy => "busy",
        }
    }

    /// The outcome that an error of the whole job means.
    pub fn of(error: &Error) -> Outcome {
        if error.kind() == Kind::Partial { Outcome::Partial } else { Outcome::Failed }
    }
}

/// A run that has begun.
#[derive(Clone, Copy, Debug)]
#[must_use = "a run has to be finished, or it looks killed"]
pub struct Run {
    /// Its row.
    pub id: i64,
}

/// The name of this machine, as the diary notes it.
pub fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned()
}

/// Whether the process of a run on this host is there and a wvl, as far as this user may see it. Its number alone says little:
/// after the machine was started anew somebody else has it.
pub fn is_alive(pid: i32) -> bool {
    let name = |process: String| std::fs::read_to_string(format!("/proc/{process}/comm")).ok();
    let own = name("self".to_owned());
    name(pid.to_string()).is_some_and(|process| Some(process) == own)
}

/// Notes that a job begins (`"escalate run"`), under the configuration of this hash (`Settings::hash`).
pub fn start(connection: &mut PgConnection, job: &str, config_hash: &str) -> Result<Run> {
    let host = host();
    let pid = i32::try_from(std::process::id()).unwrap_or_default();
    transaction(connection, |connection| {
        // the commits of the work are waited for, and bring this one along: it lies before them in the log
        connection.batch_execute("SET LOCAL synchronous_commit = off")?;
        let id = diesel::insert_into(job_runs::table)
            .values((
                job_runs::job.eq(job),
                job_runs::host.eq(host),
                job_runs::pid.eq(pid),
                job_runs::started_at.eq(now),
                job_runs::config_hash.eq(config_hash),
            ))
            .returning(job_runs::id)
            .get_result(connection)?;
        Ok(Run { id })
    })
}

/// Forgets the runs without an end that began before this instant of the database's clock; for a diary out of a dump that was
/// restored then: what became of them stands in the database that was dumped, and here they would look killed. What has begun
/// since is at work here. In the caller's transaction.
pub fn forget_unfinished(connection: &mut PgConnection, before: DateTime<Utc>) -> Result<()> {
    let unfinished = job_runs::finished_at.is_null().and(job_runs::started_at.lt(before));
    diesel::delete(job_runs::table.filter(unfinished)).execute(connection)?;
    Ok(())
}

/// Whether this role may write the diary of this server.
pub fn can_be_noted(connection: &mut PgConnection) -> Result<bool> {
    let question = "has_table_privilege('wvl.job_runs', 'INSERT') AND NOT pg_is_in_recovery()";
    read_only(connection, |connection| {
        Ok(diesel::select(diesel::dsl::sql::<diesel::sql_types::Bool>(question)).get_result(connection)?)
    })
}

/// What runs of this job have complained about since then, a text for each run.
pub fn complaints_since(connection: &mut PgConnection, job: &str, since: DateTime<Utc>) -> Result<Vec<String>> {
    Ok(job_runs::table
        .filter(job_runs::job.eq(job).and(job_runs::started_at.ge(since)))
        .filter(job_runs::outcome.ne(Outcome::Failed.as_str()).and(job_runs::message.is_not_null()))
        .select(job_runs::message.assume_not_null())
        .load(connection)?)
}

/// Forgets runs that began before then; returns how many. The last good one of each job stays.
pub fn forget(connection: &mut PgConnection, before: DateTime<Utc>) -> Result<usize> {
    Ok(diesel::sql_query(include_str!("job_runs_forget.sql")).bind::<Timestamptz, _>(before).execute(connection)?)
}

impl Run {
    /// Notes that the job ended; `counts` is what `status` prints ("mails": 12), `message` one line for a human.
    pub fn finish(
        self,
        connection: &mut PgConnection,
        outcome: Outcome,
        exit_code: u8,
        counts: &serde_json::Value,
        message: Option<&str>,
    ) -> Result<()> {
        // also a run that a newer schema has overtaken has its end
        transaction_on_any_schema(connection, |connection| {
            diesel::update(job_runs::table.find(self.id))
                .set((
                    job_runs::finished_at.eq(now),
                    job_runs::outcome.eq(outcome.as_str()),
                    job_runs::exit_code.eq(i16::from(exit_code)),
                    job_runs::counts.eq(counts),
                    job_runs::message.eq(message),
                ))
                .execute(connection)?;
            Ok(())
        })
    }
}
