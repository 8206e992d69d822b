//! `wvl department new`

use wvl::error::Result;
use wvl::party::department::{self, Change};

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
    /// The company of the group that it belongs to [default: the first]
    #[arg(long, value_name = "NAME")]
    company: Option<String>,
}

/// Adds the department.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    registers::create(context, &department::register(), "wvl department show {}", |connection| {
        let change = Change {
            name: None,
            head_id: flags::employee(connection, args.head.as_ref())?,
            company_id: flags::company(connection, args.company.as_deref())?,
        };
        department::insert(connection, &args.name, &change)?;
        Ok(args.name.clone())
    })
}
