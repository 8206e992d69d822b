//! `wvl employee show`

use wvl::error::Result;
use wvl::party::employee;

use crate::cli::{Context, registers};

/// One employee with supervisor, deputy and department of today.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The personnel number
    number: String,
}

/// Prints the record.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    registers::show(context, &employee::register(), &args.number, None, Vec::new())
}
