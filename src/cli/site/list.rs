//! `wvl site list`

use wvl::error::Result;
use wvl::party::site;

use crate::cli::filter::{Asked, Every};
use crate::cli::{Context, registers};

/// Sites with their calendars
///
/// Example: wvl site list
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    #[command(flatten)]
    every: Every,
}

/// Prints the list.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let asked = Asked { every: Some(&args.every), ..Asked::default() };
    registers::list(context, &site::register(), &asked)
}
