//! `wvl escalate purge`: the job that forgets what is long over.

use chrono::{DateTime, Days, Utc};
use diesel::PgConnection;
use wvl::db;
use wvl::db::job_runs;
use wvl::error::{Error, Kind, Result};
use wvl::escalation::purge::{self, Job, PurgeList};
use wvl::job::catalog::ESCALATE_PURGE;

use crate::cli::Context;
use crate::cli::job::{self, Busy, Done, Ended};

/// Delete the history of items that have left their view long ago
///
/// Made for cron, once a night. An item that any row of its view still shows keeps all of its history, however old. Runs of
/// jobs leave the diary after keep_days of [job], but never the last good one of a job.
/// Silent on success; ends with 3 if the view of a type cannot be read (the type is named and left alone).
///
/// Examples:
///   wvl escalate purge --dry-run         how much would go, of which type
///   wvl escalate purge --older-than 730  two years after the last step
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Days since the last step [default: purge_after_days of [escalation]]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    older_than: Option<u32>,
    #[command(flatten)]
    busy: Busy,
}

/// Runs the job.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let prepare = |context: &mut Context| prepare(context, args);
    job::run(context, &ESCALATE_PURGE, args.busy, prepare, |context, days, _| work(context, days))
}

/// After how many days something is long over.
fn prepare(context: &mut Context, args: &Args) -> Result<u32> {
    context.connection()?;
    let now = context.now()?;
    // what is deleted does not come back, so nobody may try another day with it
    if !context.global.dry_run && now > wvl::db::clock(context.connection()?)? {
        return Err(Error::usage("--as-of names an instant ahead: more would be deleted than is old")
            .hint("add --dry-run to look"));
    }
    purge::check_permitted(context.connection()?)?;
    Ok(args.older_than.unwrap_or(context.settings()?.escalation.purge_after_days))
}

fn work(context: &mut Context, days: u32) -> Result<Ended> {
    let now = context.now()?;
    if context.global.dry_run {
        let (purged, troubles) = forget(context, now, days)?;
        context.printer.list(&purged)?;
        match forget_runs(context, now)? {
            0 => {}
            runs => context.printer.note(&format!("Im Tagebuch der Jobs: {runs} alte Läufe.")),
        }
        return Ok(Ended::Done(Done::new(serde_json::json!({}), ending(&troubles))));
    }
    context.note_signals()?;
    let (purged, troubles) = forget(context, now, days)?;
    let runs = forget_runs(context, now)?;
    let (chains, steps, silences) = purged.sums();
    let counts = serde_json::json!({ "chains": chains, "steps": steps, "silences": silences, "runs": runs });
    let result = context.printer.job_done(&said(&purged, runs)).and_then(|()| ending(&troubles));
    Ok(Ended::Done(Done::new(counts, result)))
}

/// Forgets runs of jobs that began longer ago than the diary keeps them.
fn forget_runs(context: &mut Context, now: DateTime<Utc>) -> Result<usize> {
    let settings = context.settings()?;
    let before = now.checked_sub_days(Days::new(u64::from(settings.job.keep_days))).unwrap_or(DateTime::<Utc>::MIN_UTC);
    let dry_run = context.global.dry_run;
    let connection = context.connection()?;
    let work = |connection: &mut PgConnection| job_runs::forget(connection, before);
    if dry_run { db::rehearse(connection, work) } else { db::transaction(connection, work) }
}

/// Purges one type after the other; names those whose view cannot be read.
fn forget(context: &mut Context, now: DateTime<Utc>, days: u32) -> Result<(PurgeList, Vec<String>)> {
    let settings = context.settings()?;
    let dry_run = context.global.dry_run;
    let mut list = PurgeList::default();
    let mut troubles = Vec::new();
    let _waiting = context.printer.waiting("Aufräumen");
    for job in purge::jobs(context.connection()?, &settings)? {
        context.check_signals()?;
        match purge::purge(context.connection()?, &settings, &job, (now, days), dry_run) {
            Ok(purged) if purged.is_empty() => {}
            Ok(purged) => {
                if job.rules.is_none() {
                    let (key, steps) = (&job.type_key, purged.steps);
                    let verb = if dry_run { "would be" } else { "were" };
                    context
                        .printer
                        .note(&format!("{key} is no longer configured: {steps} old steps of it {verb} purged"));
                }
                list.types.push(purged);
            }
            Err(error) if is_everywhere(&error, &job) || wvl::db::clock(context.connection()?).is_err() => {
                return Err(error);
            }
            Err(error) => {
                let trouble =
                    format!("{} is left alone, its items cannot be read: {}", job.type_key, error.full_message());
                context.printer.warn(&trouble);
                troubles.push(trouble);
            }
        }
    }
    Ok((list, troubles))
}

/// Whether the next type would fail in the same way; what a view of somebody else fails with concerns its type alone.
fn is_everywhere(error: &Error, job: &Job<'_>) -> bool {
    let is_ours = job.rules.is_none_or(|rules| rules.source.is_builtin());
    error.kind() == Kind::Bug || error.kind() == Kind::Temporary && is_ours
}

fn ending(troubles: &[String]) -> Result<()> {
    match troubles {
        [] => Ok(()),
        [only] => Err(Error::new(Kind::Partial, only.as_str())),
        _ => Err(Error::new(Kind::Partial, format!("{} types were left alone, named above", troubles.len()))),
    }
}

fn said(purged: &PurgeList, runs: usize) -> String {
    match (purged.sums(), runs) {
        ((0, 0, 0), 0) => "Nichts zu löschen.".to_owned(),
        ((chains, steps, silences), runs) => format!(
            "Gelöscht: Ketten {chains}, Schritte {steps}, Quittierungen und Stummschaltungen {silences}, alte Läufe {runs}."
        ),
    }
}
