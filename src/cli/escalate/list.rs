//! `wvl escalate list`: what is due.

use wvl::error::{Error, Kind, Result};
use wvl::escalation::list::{self, Wanted};

use crate::cli::Context;

/// What is due, where its chain stands, and what comes next
///
/// What is acknowledged or muted is listed with its note and whoever said it, also ahead of its due date.
///
/// Examples:
///   wvl escalate list
///   wvl escalate list --acknowledged   seen, but still open
///   wvl escalate list --type offer-follow-up --json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only this type, also if it is not active
    #[arg(long = "type", value_name = "TYPE")]
    type_key: Option<String>,
    /// What somebody has seen and nobody has done
    #[arg(long)]
    acknowledged: bool,
    /// What is muted
    #[arg(long)]
    muted: bool,
    /// What was overdue when `escalate baseline` ran, and has not spoken since
    #[arg(long)]
    baseline: bool,
    /// End with 4 if nothing is due
    #[arg(long)]
    fail_empty: bool,
}

/// Lists the items.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let settings = context.settings()?;
    if let Some(key) = args.type_key.as_deref().filter(|key| settings.escalation.rules(key).is_none()) {
        return Err(super::no_type(&settings, key));
    }
    let limit = context.global.limit;
    if let Some(limit) = limit.filter(|limit| *limit < 0) {
        return Err(Error::usage(format!("--limit {limit} is less than nothing")));
    }
    let wanted = Wanted {
        type_key: args.type_key.as_deref(),
        acknowledged: args.acknowledged,
        muted: args.muted,
        baseline: args.baseline,
        limit,
    };
    context.connection()?;
    let now = context.now()?;
    // nothing is written; and where a foreign server breaks off, only a rollback is sure
    let waiting = context.printer.waiting("Fällige");
    let due = wvl::db::rehearse(context.connection()?, |connection| {
        wvl::db::set_instant(connection, now, settings.zone)?;
        list::load(connection, &settings, now, wanted)
    })?;
    drop(waiting);
    context.printer.list(&due)?;
    for trouble in &due.troubles {
        context.printer.warn(trouble);
    }
    if !due.troubles.is_empty() {
        return Err(Error::new(Kind::Partial, "the types named above could not be looked at"));
    }
    if args.fail_empty && due.items.is_empty() {
        return Err(Error::new(Kind::NotFound, "nothing is due"));
    }
    Ok(())
}
