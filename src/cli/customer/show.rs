//! `wvl customer show`

use wvl::error::Result;
use wvl::party::customer;

use crate::cli::{Context, registers};

/// One customer with everything.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The customer's number
    number: String,
}

/// Prints the record.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    registers::show(context, &customer::register(), &args.number, None, Vec::new())
}
