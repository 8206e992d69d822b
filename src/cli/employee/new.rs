//! `wvl employee new`

use wvl::error::Result;
use wvl::party::employee::{self, Assignment, NewEmployee};

use super::{Facts, Place};
use crate::cli::{Context, flags, registers};

/// Add an employee; prints the personnel number
///
/// Example: wvl employee new 14 Anna Schmidt --email anna.schmidt@firma.de --supervisor 3 --department Technik
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Personnel number
    #[arg(value_parser = flags::personnel_number)]
    number: i64,
    /// First name
    #[arg(value_parser = flags::filled_line)]
    first_name: String,
    /// Last name
    #[arg(value_parser = flags::filled_line)]
    last_name: String,
    #[command(flatten)]
    facts: Facts,
    #[command(flatten)]
    place: Place,
}

/// Adds the employee.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let from = args.place.read_from(context)?;
    let read = args.facts.read(context)?;
    registers::create(context, &employee::register(), "wvl employee show {}", |connection| {
        let new =
            NewEmployee { number: args.number, first_name: args.first_name.clone(), last_name: args.last_name.clone() };
        let id = employee::insert(connection, &new)?;
        let facts = args.facts.change(connection, read)?;
        employee::update(connection, id, &facts)?;
        let assignment = Assignment {
            supervisor_id: flags::employee(connection, args.place.supervisor.as_ref())?,
            deputy_id: flags::employee(connection, args.place.deputy.as_ref())?,
            department_id: flags::department(connection, args.place.department.as_ref())?,
        };
        employee::assign(connection, id, from, &assignment)?;
        Ok(args.number.to_string())
    })
}
