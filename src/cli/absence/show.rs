//! `wvl absence show`

use wvl::error::Result;
use wvl::party::absence;

use crate::cli::{Context, registers};

/// One absence; never its reason.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The absence's number
    number: String,
}

/// Prints the record.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    registers::show(context, &absence::register(), &args.number, None, Vec::new())
}
