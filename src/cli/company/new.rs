//! `wvl company new`

use wvl::error::Result;
use wvl::party::company;

use crate::cli::{Context, flags, registers};

/// Add a company of the group; prints its name
///
/// Example: wvl company new 'Systemhaus Neckar Service GmbH'
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Its name, as it stands in mails
    #[arg(value_parser = flags::filled_line)]
    name: String,
}

/// Adds the company.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    registers::create(context, &company::register(), "wvl site set NAME --company {}", |connection| {
        company::insert(connection, &args.name)?;
        Ok(args.name.clone())
    })
}
