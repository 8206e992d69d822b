//! `wvl department show`

use wvl::error::Result;
use wvl::party::department;

use crate::cli::{Context, registers};

/// One department.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The department's name
    number: String,
}

/// Prints the record.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    registers::show(context, &department::register(), &args.number, None, Vec::new())
}
