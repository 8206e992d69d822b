//! `wvl department show`

use wvl::error::Result;
use wvl::party::{department, employee};

use crate::cli::Context;
use crate::cli::registers::{self, Part};

/// One department with its people
///
/// Example: wvl department show Technik
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The department's name
    number: String,
}

/// Prints the record.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let people = Part::owned("people", "Mitarbeiter", employee::of_department()).without(&["department"]);
    registers::show(context, &department::register(), &args.number, None, vec![people])
}
