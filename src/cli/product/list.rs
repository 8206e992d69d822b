//! `wvl product list`

use wvl::error::Result;
use wvl::sales::product;

use crate::cli::filter::{Asked, Every, State};
use crate::cli::{Context, registers};

/// Products
///
/// Example: wvl product list --search microsoft
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only what is still sold
    #[arg(long, help_heading = "Filters")]
    open: bool,
    #[command(flatten)]
    every: Every,
}

/// Prints the list.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let asked =
        Asked { state: Some(&State { open: args.open, overdue: false }), every: Some(&args.every), ..Asked::default() };
    registers::list(context, &product::register(), &asked)
}
