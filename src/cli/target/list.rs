//! `wvl target list`

use wvl::error::Result;
use wvl::sales::target;

use crate::cli::filter::{Asked, Every, People, Range};
use crate::cli::{Context, registers};

/// What each month is meant to bring
///
/// A target is the house's, of one company or of one field rep; the evening mail measures the month against it. What
/// report.target of the configuration says counts where no target was imported. --from and --to look at the month.
///
/// Examples:
///   wvl target list --from 2026-11
///   wvl target list --employee 202
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    #[command(flatten)]
    people: People,
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    every: Every,
}

/// Prints the list.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let asked =
        Asked { people: Some(&args.people), range: Some(&args.range), every: Some(&args.every), ..Asked::default() };
    registers::list(context, &target::register(), &asked)
}
