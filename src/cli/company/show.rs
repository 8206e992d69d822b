//! `wvl company show`

use wvl::error::Result;
use wvl::party::company;

use crate::cli::{Context, registers};

/// One company.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The company's name
    name: String,
}

/// Prints the record.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    registers::show(context, &company::register(), &args.name, None, Vec::new())
}
