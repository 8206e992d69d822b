//! `wvl site show`

use wvl::error::Result;
use wvl::party::site;

use crate::cli::{Context, registers};

/// One site.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The site's name
    name: String,
}

/// Prints the record.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    registers::show(context, &site::register(), &args.name, None, Vec::new())
}
