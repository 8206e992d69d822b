//! `wvl escalate baseline`: begin without a flood.

use std::time::Instant;

use wvl::db::job_runs;
use wvl::error::{Error, Kind, Result};
use wvl::escalation::baseline;

use crate::cli::Context;

/// Record what is overdue today as said, without a mail
///
/// For the day on which a company with a backlog goes live. Every stage that would have left by now counts as taken;
/// stages that are not reached yet follow by the usual rules, and what stands at its last stage is not repeated.
/// Rehearsed steps are taken back first. `wvl escalate list --baseline` shows the items.
///
/// Examples:
///   wvl escalate baseline --dry-run                 how many items, by type and stage
///   wvl escalate baseline --yes                     record them
///   wvl escalate baseline --type invoice-overdue --yes
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only this type, whether it is active or not
    #[arg(long = "type", value_name = "TYPE")]
    type_key: Option<String>,
}

/// Records it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let settings = context.settings()?;
    if let Some(key) = args.type_key.as_deref().filter(|key| settings.escalation.rules(key).is_none()) {
        return Err(super::no_type(&settings, key));
    }
    let dry_run = context.global.dry_run;
    if !dry_run && !context.global.yes {
        return Err(Error::usage("nobody gets a mail for what is recorded, and it cannot be taken back")
            .hint("look first with --dry-run, then add --yes"));
    }
    context.connection()?;
    let now = context.now()?;
    let started = Instant::now();
    let job = if dry_run { None } else { Some(job_runs::start(context.connection()?, "escalate baseline")?) };
    let waiting = context.printer.waiting("Bestand");
    let only = args.type_key.as_deref();
    let outcome = context.until_free(|context| baseline::record(context.connection()?, &settings, now, only, dry_run));
    let outcome = outcome.and_then(|baseline| {
        baseline.ok_or_else(|| Error::new(Kind::Temporary, "an escalate run is at work").hint("try again later"))
    });
    drop(waiting);
    if let Some(job) = job {
        let (ended, code, told) = match &outcome {
            Ok(_) => (job_runs::Outcome::Ok, 0, None),
            Err(error) => (job_runs::Outcome::of(error), error.kind().exit_code(), Some(error.full_message())),
        };
        let counts = serde_json::json!({
            "chains": outcome.as_ref().map_or(0, baseline::Baseline::total),
            "seconds": started.elapsed().as_secs(),
        });
        job.finish(context.connection()?, ended, code, &counts, told.as_deref())?;
    }
    let baseline = outcome?;
    context.printer.list(&baseline)?;
    if dry_run {
        context.printer.note("Nichts wurde geschrieben (--dry-run).");
    }
    Ok(())
}
