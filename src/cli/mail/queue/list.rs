//! `wvl mail queue list`

use wvl::error::Result;
use wvl::outbox::queue;

use super::chosen::Filters;
use crate::cli::{Context, registers};

/// Who has not got which mail yet, or not at all; the oldest first
///
/// Without --state everything that did not arrive and was not discarded. --from and --to look at the day on which a mail was
/// queued, --employee and --mine at whom it is for.
///
/// Examples:
///   wvl mail queue list
///   wvl mail queue list --state failed,unknown --from -1w
///   wvl mail queue list --state sent --search berg@firma.de --limit 20 --sort -queued
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Also what arrived and what was discarded
    #[arg(long, conflicts_with = "state", help_heading = "Filters")]
    all: bool,
    #[command(flatten)]
    filters: Filters,
}

/// Prints the queue.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let when = registers::when(context)?;
    let mut filter = args.filters.read(context, &[])?;
    filter.open = !args.all && !args.filters.names_states();
    let register = queue::register();
    let picked = context.global.columns.clone();
    let fields = if picked.is_empty() { register.listed() } else { register.picked(&picked)? };
    let count = registers::print(context, &register, &fields, &mut filter, when, |connection, filter| {
        args.filters.look_up(connection, filter)
    })?;
    registers::found(context, count, args.filters.every.fail_empty, "mail")
}
