//! `wvl company set`

use wvl::error::Result;
use wvl::party::company;

use crate::cli::{Context, flags, registers};

/// Give a company its name
///
/// Example: wvl company set Firma --name 'Systemhaus Neckar GmbH'
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The name it has
    company: String,
    /// The name it gets
    #[arg(long, value_name = "TEXT", value_parser = flags::filled_line)]
    name: String,
}

/// Changes the company.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let companies = [args.company.clone()];
    registers::edit(context, &company::register(), &companies, None, |connection, stored| {
        company::rename(connection, stored.id, &args.name)
    })
}
