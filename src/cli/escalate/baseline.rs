//! `wvl escalate baseline`: begin without a flood.

use std::time::Instant;

use wvl::error::{Error, Result};
use wvl::escalation::baseline;
use wvl::job::catalog::ESCALATE_BASELINE;

use crate::cli::job::{self, Busy, Done, Ended};
use crate::cli::{Context, next};

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
    let prepare = |context: &mut Context| prepare(context, args);
    job::run(context, &ESCALATE_BASELINE, Busy::FAILS, prepare, |context, (), _| work(context, args))
}

fn prepare(context: &mut Context, args: &Args) -> Result<()> {
    let settings = context.settings()?;
    if let Some(key) = args.type_key.as_deref().filter(|key| settings.escalation.rules(key).is_none()) {
        return Err(super::no_type(&settings, key));
    }
    if !context.global.dry_run && !context.global.yes {
        return Err(Error::usage("nobody gets a mail for what is recorded, and it cannot be taken back")
            .hint("look first with --dry-run, then add --yes"));
    }
    context.connection()?;
    context.now()?;
    Ok(())
}

fn work(context: &mut Context, args: &Args) -> Result<Ended> {
    let settings = context.settings()?;
    let now = context.now()?;
    let dry_run = context.global.dry_run;
    let started = Instant::now();
    let waiting = context.printer.waiting("Bestand");
    let only = args.type_key.as_deref();
    let recorded =
        context.until_free(|context| baseline::record(context.connection()?, &settings, now, only, dry_run))?;
    drop(waiting);
    let Some(baseline) = recorded else { return Ok(Ended::Busy("an escalate run is at work".to_owned())) };
    let counts = serde_json::json!({ "chains": baseline.total(), "seconds": started.elapsed().as_secs() });
    let result = context.printer.list(&baseline);
    if baseline.total() == 0 {
        context.printer.job_done("Nichts ist überfällig: mit dem nächsten Lauf kommt keine Flut.")?;
    }
    if dry_run {
        context.printer.note("Nichts wurde geschrieben (--dry-run).");
        let only = args.type_key.as_deref().map(|key| format!(" --type {key}")).unwrap_or_default();
        next::name(context, &format!("wvl escalate baseline{only} --yes"));
    } else {
        next::name(context, "wvl escalate simulate --days 14");
    }
    Ok(Ended::Done(Done::new(counts, result)))
}
