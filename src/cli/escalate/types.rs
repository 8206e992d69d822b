//! `wvl escalate types`: the rules in force.

use wvl::error::Result;
use wvl::escalation::type_list::TypeList;
use wvl::output::Output;

use crate::cli::{Context, registers};

/// The escalation types with their rules: hours, window, recipients
///
/// Examples:
///   wvl escalate types
///   wvl escalate types --columns type,active,stage1,stage1_to
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only the active ones
    #[arg(long)]
    active: bool,
    /// Exit with 4 if there is none
    #[arg(long)]
    fail_empty: bool,
}

/// Shows the types.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let settings = context.settings()?;
    let list = TypeList { settings: &settings.escalation, only_active: args.active };
    context.printer.list(&list)?;
    for rules in settings.escalation.types.iter().filter(|rules| rules.is_silent()) {
        context.printer.warn(&format!("{} is active, but none of its stages has hours: it says nothing", rules.key));
    }
    registers::found(context, list.table().rows.len() as u64, args.fail_empty, "escalation type")
}
