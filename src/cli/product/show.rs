//! `wvl product show`

use wvl::error::Result;
use wvl::sales::product;

use crate::cli::{Context, registers};

/// One product with everything.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The product's number
    number: String,
}

/// Prints the record.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    registers::show(context, &product::register(), &args.number, None, Vec::new())
}
