//! `wvl runs`: the diary of the jobs.

mod list;
mod show;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use diesel::PgConnection;
use wvl::db;
use wvl::db::job_runs;
use wvl::error::Result;
use wvl::job::runs::{self, Here, Question, Run, State};

use super::Context;

/// The verbs of `wvl runs`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  wvl runs list --failed --from -1w\n  wvl runs show 4711")]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::List(args) => list::run(context, &args),
        Verb::Show(args) => show::run(context, &args),
    }
}

fn load(connection: &mut PgConnection, question: &Question, now: DateTime<Utc>) -> Result<Vec<(Run, State)>> {
    let host = job_runs::host();
    let here = Here { host: &host, is_alive: &job_runs::is_alive, now };
    db::read_only(connection, |connection| runs::load(connection, question, &here))
}
