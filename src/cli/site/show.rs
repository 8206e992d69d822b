//! `wvl site show`

use wvl::error::Result;
use wvl::party::{employee, site};

use crate::cli::Context;
use crate::cli::registers::{self, Part};

/// One site with its people
///
/// Example: wvl site show Zentrale
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The site's name
    number: String,
}

/// Prints the record.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let people = Part::owned("people", "Mitarbeiter", employee::of_site());
    registers::show(context, &site::register(), &args.number, None, vec![people])
}
