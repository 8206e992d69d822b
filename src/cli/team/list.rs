//! `wvl team list`

use wvl::error::Result;
use wvl::party::team;

use crate::cli::filter::{Asked, Every, People};
use crate::cli::{Context, registers};

/// Teams with their leads and members
///
/// --mine are those I belong to.
///
/// Example: wvl team list --mine
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    #[command(flatten)]
    people: People,
    #[command(flatten)]
    every: Every,
}

/// Prints the list.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let asked = Asked { people: Some(&args.people), every: Some(&args.every), ..Asked::default() };
    registers::list(context, &team::register(), &asked)
}
