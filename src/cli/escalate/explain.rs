//! `wvl escalate explain`: why somebody heard of an item, or why nobody did.

use wvl::error::Result;
use wvl::escalation::{explain, find};
use wvl::output::{Format, Output};

use crate::cli::Context;

/// Why an item was escalated, or why not yet: the clock, the steps, the people
///
/// Examples:
///   wvl escalate explain AN-137325
///   wvl escalate explain offer-follow-up:AN-137325 --json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// TYPE:REFERENCE, or the reference alone if only one type has it
    #[arg(value_name = "ITEM")]
    item: String,
}

/// Explains the item.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let settings = context.settings()?;
    context.connection()?;
    let now = context.now()?;
    // nothing is written; and where a foreign server breaks off, only a rollback is sure
    let explanation = wvl::db::rehearse(context.connection()?, |connection| {
        wvl::db::set_instant(connection, now, settings.zone)?;
        let (rules, item) = find::open(connection, &settings, &args.item)?;
        explain::explain(connection, &settings, rules, item, now)
    })?;
    match context.printer.format() {
        Format::Table => context.printer.data(&explanation.text()),
        // what is piped without asking for a format is read by people: less, mail
        Format::Tsv if context.global.format.is_none() => context.printer.data(&explanation.text()),
        Format::Jsonl => context.printer.data(&format!("{}\n", explanation.json())),
        Format::Json | Format::Tsv => context.printer.list(&explanation),
    }
}
