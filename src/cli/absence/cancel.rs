//! `wvl absence cancel`

use wvl::error::Result;
use wvl::party::absence;

use crate::cli::{Context, registers};

/// Take back absences that were entered by mistake or do not take place
///
/// Example: wvl absence cancel 23
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The absences' numbers
    #[arg(required = true)]
    numbers: Vec<String>,
}

/// Deletes the absences.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    registers::remove(context, &absence::register(), &args.numbers, absence::delete)
}
