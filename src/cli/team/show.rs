//! `wvl team show`

use wvl::error::Result;
use wvl::party::team;

use crate::cli::{Context, registers};

/// One team with its members.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The team's name
    number: String,
}

/// Prints the record.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    registers::show(context, &team::register(), &args.number, None, Vec::new())
}
