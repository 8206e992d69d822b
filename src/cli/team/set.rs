//! `wvl team set`

use diesel::PgConnection;
use wvl::error::Result;
use wvl::party::employee;
use wvl::party::team::{self, Change};

use crate::cli::{Context, flags, registers};

/// Say who leads a team and who belongs to it
///
/// Examples:
///   wvl team set Technik --lead 14
///   wvl team set Technik --add 7,21 --remove 12
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The team's name
    #[arg(value_name = "NAME")]
    team: String,
    #[command(flatten)]
    changes: Changes,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct Changes {
    /// Its name
    #[arg(long, value_name = "TEXT", value_parser = flags::filled_line)]
    name: Option<String>,
    /// Who leads it; keine: nobody
    #[arg(long, value_name = "NUMBER")]
    lead: Option<String>,
    /// Who joins
    #[arg(long, value_name = "NUMBER", value_delimiter = ',')]
    add: Vec<String>,
    /// Who leaves
    #[arg(long, value_name = "NUMBER", value_delimiter = ',')]
    remove: Vec<String>,
}

/// Changes the team.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let names = [args.team.clone()];
    let given = &args.changes;
    registers::edit(context, &team::register(), &names, None, |connection, stored| {
        let change = Change {
            name: given.name.clone(),
            lead_id: flags::employee(connection, given.lead.as_ref())?,
            joining: members(connection, &given.add)?,
            leaving: members(connection, &given.remove)?,
        };
        team::update(connection, stored.id, &change)
    })
}

/// The employees with these numbers.
pub(super) fn members(connection: &mut PgConnection, numbers: &[String]) -> Result<Vec<i64>> {
    numbers.iter().map(|number| employee::id_by_number(connection, number)).collect()
}
