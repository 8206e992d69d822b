//! `wvl contract show`

use wvl::contract;
use wvl::error::Result;

use crate::cli::{Context, registers};

/// One contract with everything.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The contract's number
    number: String,
}

/// Prints the record.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    registers::show(context, &contract::register(), &args.number, None, Vec::new())
}
