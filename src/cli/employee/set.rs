//! `wvl employee set`

use wvl::error::{Error, Result};
use wvl::party::employee::{self, Assignment, Change};

use super::{Facts, Place};
use crate::cli::{Context, flags, registers};

/// Change an employee
///
/// Where a value may be empty, keine empties it. Supervisor, deputy and department hold from --from on (today).
///
/// Examples:
///   wvl employee set 14 --deputy 7
///   wvl employee set 14 --supervisor 3 --department Technik --from 1.1.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Personnel numbers
    #[arg(required = true)]
    numbers: Vec<String>,
    /// First name
    #[arg(long, value_name = "TEXT", value_parser = flags::filled_line)]
    first_name: Option<String>,
    /// Last name
    #[arg(long, value_name = "TEXT", value_parser = flags::filled_line)]
    last_name: Option<String>,
    /// Whether the employee works here: yes or no
    #[arg(long, value_name = "YES|NO", value_parser = flags::yes_or_no)]
    active: Option<bool>,
    #[command(flatten)]
    facts: Facts,
    #[command(flatten)]
    place: Place,
}

/// Changes the employees.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let read = args.facts.read(context)?;
    let from = args.place.read_from(context)?;
    args.place.say_from(context, from)?;
    registers::edit(context, &employee::register(), &args.numbers, None, |connection, stored| {
        let change = Change {
            first_name: args.first_name.clone(),
            last_name: args.last_name.clone(),
            // who comes back has not left
            left_on: (args.active == Some(true)).then_some(None),
            active: args.active,
            ..args.facts.change(connection, read.clone())?
        };
        let assignment = Assignment {
            supervisor_id: flags::employee(connection, args.place.supervisor.as_ref())?,
            deputy_id: flags::employee(connection, args.place.deputy.as_ref())?,
            department_id: flags::department(connection, args.place.department.as_ref())?,
        };
        if change == Change::default() && assignment == Assignment::default() {
            return Err(
                Error::usage("nothing to change was named").hint("“wvl employee set --help” lists what there is")
            );
        }
        employee::update(connection, stored.id, &change)?;
        employee::assign(connection, stored.id, from, &assignment)
    })
}
