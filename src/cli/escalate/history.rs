//! `wvl escalate history`: what was said, and what people said to it.

use wvl::db;
use wvl::error::{Error, Kind, Result};
use wvl::escalation::find;
use wvl::escalation::history::{self, Question};

use crate::cli::Context;
use crate::cli::filter::{Asked, Every, People, Range};

/// Every step ever taken, every acknowledgement and every mute, in one time line
///
/// Also of items that are closed or deleted. The latest come last; --limit keeps the latest.
///
/// Examples:
///   wvl escalate history AN-137325
///   wvl escalate history --employee 103 --from -1w
///   wvl escalate history --type offer-follow-up --limit 50 --json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// TYPE:REFERENCE, or the reference alone if only one type has it; none: everything
    #[arg(value_name = "ITEM")]
    item: Option<String>,
    /// Only this type, also one that is no longer configured
    #[arg(long = "type", value_name = "TYPE", conflicts_with = "item", help_heading = "Filters")]
    type_key: Option<String>,
    #[command(flatten)]
    people: People,
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    every: Every,
}

/// Prints the time line.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let settings = context.settings()?;
    // its clock counts, also for --from and --to
    context.connection()?;
    let now = context.now()?;
    let asked =
        Asked { people: Some(&args.people), range: Some(&args.range), every: Some(&args.every), ..Asked::default() };
    let mut filter = asked.read(context)?;
    let waiting = context.printer.waiting("Verlauf");
    let history = db::read_only(context.connection()?, |connection| {
        db::set_instant(connection, now, settings.zone)?;
        asked.look_up(connection, &mut filter)?;
        let question = match (&args.item, &args.type_key) {
            (Some(item), _) => Question::about(find::known(connection, &settings, item)?, filter),
            (None, Some(key)) => {
                find::check_type(connection, &settings, key)?;
                Question { type_key: Some(key.clone()), item_ids: None, filter }
            }
            (None, None) => Question { filter, ..Question::default() },
        };
        history::load(connection, &question, settings.zone)
    })?;
    drop(waiting);
    context.printer.list(&history)?;
    if !history.events.is_empty() {
        return Ok(());
    }
    if args.every.fail_empty {
        return Err(Error::new(Kind::NotFound, "nothing was said"));
    }
    if context.printer.to_terminal() {
        context.printer.note("nichts gefunden");
    }
    Ok(())
}
