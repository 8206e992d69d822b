//! `wvl runs list`

use wvl::error::{Error, Result};
use wvl::job::runs::{Question, RunList};
use wvl::job::{self, JOBS};

use crate::cli::filter::{Asked, Every, Range};
use crate::cli::{Context, registers};

/// So many runs are shown at a terminal unless --limit says otherwise; whoever reads on gets all of them.
const AT_A_TERMINAL: i64 = 50;

/// When which job ran, how it ended, and what it said
///
/// The latest come last; --limit keeps the latest. A run that was killed is „abgebrochen“: it has no end, and its process is
/// gone. How long runs are kept says keep_days in [job].
///
/// Examples:
///   wvl runs list
///   wvl runs list --job mail-flush --failed --from -1w
///   wvl runs list --from gestern --json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only of this job: escalate-run, mail-flush, import-run, escalate-purge, escalate-baseline, db-dump
    #[arg(long, value_name = "JOB", help_heading = "Filters")]
    job: Option<String>,
    /// Only what failed, in part or as a whole, or was killed
    #[arg(long, help_heading = "Filters")]
    failed: bool,
    /// Only on this machine
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    host: Option<String>,
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    every: Every,
}

/// Prints the runs.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let job = args.job.as_deref().map(named).transpose()?;
    // its clock counts, also for --from and --to
    context.connection()?;
    let (zone, now) = (context.settings()?.zone, wvl::db::clock(context.connection()?)?);
    let asked = Asked { range: Some(&args.range), every: Some(&args.every), ..Asked::default() };
    let mut filter = asked.read(context)?;
    let is_cut = context.printer.to_terminal() && filter.limit.is_none();
    if is_cut {
        filter.limit = Some(AT_A_TERMINAL);
    }
    let question = Question { id: None, job, host: args.host.clone(), failed: args.failed, filter };
    let runs = super::load(context.connection()?, &question, now)?;
    let count = runs.len();
    let wording = registers::wording(context);
    context.printer.list(&RunList { runs, zone, wording, is_whole: false })?;
    if is_cut && i64::try_from(count) == Ok(AT_A_TERMINAL) {
        context.printer.note(&format!("nur die letzten {AT_A_TERMINAL}; --limit zeigt mehr"));
    }
    registers::found(context, u64::try_from(count).unwrap_or_default(), args.every.fail_empty, "run")
}

/// The name of a job in the diary; one that is no longer there may still stand in it.
fn named(name: &str) -> Result<String> {
    match job::named(name) {
        Some(job) => Ok(job.name.to_owned()),
        None => {
            let known: Vec<&str> = JOBS.iter().map(|job| job.key).collect();
            let error = Error::usage(format!("there is no job “{name}”"));
            Err(error.hint(match wvl::config::nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("one of {}", known.join(", ")),
            }))
        }
    }
}
