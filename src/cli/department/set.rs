//! `wvl department set`

use wvl::error::Result;
use wvl::party::department::{self, Change};

use crate::cli::{Context, flags, registers};

/// Say who heads a department (keine: nobody) and what it is called
///
/// Examples:
///   wvl department set Technik --head 14
///   wvl department set Technik --name Service
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The departments' names
    #[arg(required = true)]
    names: Vec<String>,
    #[command(flatten)]
    changes: Changes,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct Changes {
    /// Who heads it
    #[arg(long, value_name = "NUMBER")]
    head: Option<String>,
    /// Its name
    #[arg(long, value_name = "TEXT", value_parser = flags::filled_line)]
    name: Option<String>,
    /// The company of the group that it belongs to
    #[arg(long, value_name = "NAME")]
    company: Option<String>,
}

/// Changes the departments.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    registers::edit(context, &department::register(), &args.names, None, |connection, stored| {
        let change = Change {
            name: args.changes.name.clone(),
            head_id: flags::employee(connection, args.changes.head.as_ref())?,
            company_id: flags::company(connection, args.changes.company.as_deref())?,
        };
        department::update(connection, stored.id, &change)
    })
}
