//! `wvl contact-person show`

use wvl::error::Result;
use wvl::party::contact_person;

use crate::cli::{Context, registers};

/// One contact person with everything.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The contact person's number
    number: String,
}

/// Prints the record.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    registers::show(context, &contact_person::register(), &args.number, None, Vec::new())
}
