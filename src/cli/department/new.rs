//! `wvl department new`

use wvl::error::Result;
use wvl::party::department;

use crate::cli::{Context, flags, registers};

/// Add a department; prints its name
///
/// Example: wvl department new Technik --head 14
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Its name
    #[arg(value_parser = flags::filled_line)]
    name: String,
    /// Who heads it
    #[arg(long, value_name = "NUMBER")]
    head: Option<String>,
}

/// Adds the department.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    registers::create(context, &department::register(), "wvl department show {}", |connection| {
        let head = flags::employee(connection, args.head.as_ref())?.flatten();
        department::insert(connection, &args.name, head)?;
        Ok(args.name.clone())
    })
}
