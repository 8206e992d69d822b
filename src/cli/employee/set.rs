//! `wvl employee set`

use wvl::error::Result;
use wvl::party::employee::{self, Assignment, Change};

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
    /// Where mails go
    #[arg(long, value_name = "ADDRESS", value_parser = flags::address)]
    email: Option<String>,
    /// Direct line
    #[arg(long, value_name = "TEXT", value_parser = flags::line)]
    phone: Option<String>,
    /// First name
    #[arg(long, value_name = "TEXT", value_parser = flags::filled_line)]
    first_name: Option<String>,
    /// Last name
    #[arg(long, value_name = "TEXT", value_parser = flags::filled_line)]
    last_name: Option<String>,
    /// Whether the employee works here: yes or no
    #[arg(long, value_name = "YES|NO", value_parser = flags::yes_or_no)]
    active: Option<bool>,
    /// Own working days, as mo-do or mo,mi,fr; keine: those of the site
    #[arg(long, value_name = "DAYS")]
    working_days: Option<String>,
    /// Role in the database, for --mine
    #[arg(long, value_name = "ROLE", value_parser = flags::line)]
    pg_role: Option<String>,
    #[command(flatten)]
    place: super::Place,
}

/// Changes the employees.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let working_days = flags::clearable(args.working_days.as_ref(), flags::weekdays)?;
    let from = args.place.read_from(context)?;
    args.place.say_from(context, from)?;
    registers::edit(context, &employee::register(), &args.numbers, None, |connection, stored| {
        let change = Change {
            first_name: args.first_name.clone(),
            last_name: args.last_name.clone(),
            email: flags::text(args.email.as_ref()),
            phone: flags::text(args.phone.as_ref()),
            active: args.active,
            working_days: working_days.clone(),
            pg_role: flags::text(args.pg_role.as_ref()),
        };
        employee::update(connection, stored.id, &change)?;
        let assignment = Assignment {
            supervisor_id: flags::employee(connection, args.place.supervisor.as_ref())?,
            deputy_id: flags::employee(connection, args.place.deputy.as_ref())?,
            department_id: flags::department(connection, args.place.department.as_ref())?,
        };
        employee::assign(connection, stored.id, from, &assignment)
    })
}
