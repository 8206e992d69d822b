//! `wvl company list`

use wvl::error::Result;
use wvl::party::company;

use crate::cli::filter::{Asked, Every};
use crate::cli::{Context, registers};

/// Companies of the group
///
/// Example: wvl company list
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    #[command(flatten)]
    every: Every,
}

/// Prints the list.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let asked = Asked { every: Some(&args.every), ..Asked::default() };
    registers::list(context, &company::register(), &asked)
}
