//! `wvl escalate history`: what was said, and what people said to it.

use wvl::db;
use wvl::error::{Error, Kind, Result};
use wvl::escalation::history::{self, Question};
use wvl::escalation::{deliveries, find};
use wvl::outbox::status;

use crate::cli::filter::{Asked, Every, People, Range};
use crate::cli::{Context, follow, registers};

/// Every step ever taken, every acknowledgement and every mute, in one time line
///
/// Also of items that are closed or deleted, and with what became of each mail. The latest come last; --limit keeps the
/// latest. --watch goes on with the mails of the last step of an item.
///
/// Examples:
///   wvl escalate history AN-137325
///   wvl escalate history AN-137325 --watch
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
    #[command(flatten)]
    watch: follow::Watch,
}

/// Prints the time line.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let settings = context.settings()?;
    args.watch.check(context)?;
    if args.watch.watch && args.item.is_none() {
        return Err(
            Error::usage("--watch looks at the mails of one item").hint("wvl escalate history AN-137325 --watch")
        );
    }
    // its clock counts, also for --from and --to
    context.connection()?;
    let now = context.now()?;
    let asked =
        Asked { people: Some(&args.people), range: Some(&args.range), every: Some(&args.every), ..Asked::default() };
    let mut filter = asked.read(context)?;
    let waiting = context.printer.waiting("Verlauf");
    let mut watched = None;
    let history = db::read_only(context.connection()?, |connection| {
        db::set_instant(connection, now, settings.zone)?;
        asked.look_up(connection, &mut filter)?;
        let question = match (&args.item, &args.type_key) {
            (Some(item), _) => {
                let known = find::known(connection, &settings, item)?;
                watched = Some(known.clone());
                Question::about(known, filter)
            }
            (None, Some(key)) => {
                find::check_type(connection, &settings, key)?;
                Question { type_key: Some(key.clone()), item_ids: None, filter }
            }
            (None, None) => Question { filter, ..Question::default() },
        };
        history::load(connection, &question, settings.zone)
    })?;
    drop(waiting);
    if let Some(known) = watched.filter(|_| args.watch.watch) {
        if context.printer.to_terminal() {
            context.printer.list(&history)?;
        }
        return args.watch.follow(context, |connection| {
            let messages = deliveries::last_messages(connection, &known.type_key, &known.item_ids)?;
            status::of_messages(connection, &messages)
        });
    }
    context.printer.list(&history)?;
    if !history.events.is_empty() {
        return Ok(());
    }
    if args.every.fail_empty {
        return Err(Error::new(Kind::NotFound, "nothing was said"));
    }
    if context.printer.to_terminal() {
        context.printer.note(registers::in_language(context, "nichts gefunden", "nothing found"));
    }
    Ok(())
}
