//! `wvl department set`

use wvl::error::Result;
use wvl::party::department;

use crate::cli::{Context, flags, registers};

/// Say who heads a department; keine: nobody
///
/// Example: wvl department set Technik --head 14
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The departments' names
    #[arg(required = true)]
    names: Vec<String>,
    /// Who heads it
    #[arg(long, value_name = "NUMBER")]
    head: String,
}

/// Changes the departments.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    registers::edit(context, &department::register(), &args.names, None, |connection, stored| {
        let head = flags::employee(connection, Some(&args.head))?.flatten();
        department::set_head(connection, stored.id, head)
    })
}
