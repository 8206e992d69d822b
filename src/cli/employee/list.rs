//! `wvl employee list`

use wvl::error::Result;
use wvl::party::employee;

use crate::cli::filter::{Asked, Every, People, State, Team};
use crate::cli::{Context, registers};

/// Employees with department, supervisor and deputy of today
///
/// --as-of shows those of another day.
///
/// Examples:
///   wvl employee list --team Technik
///   wvl employee list --as-of 2027-01-01 --columns number,last_name,supervisor
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only those who work here
    #[arg(long, help_heading = "Filters")]
    open: bool,
    #[command(flatten)]
    people: People,
    #[command(flatten)]
    team: Team,
    #[command(flatten)]
    every: Every,
}

/// Prints the list.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let asked = Asked {
        people: Some(&args.people),
        team: Some(&args.team),
        every: Some(&args.every),
        state: Some(&State { open: args.open, overdue: false }),
        ..Asked::default()
    };
    registers::list(context, &employee::register(), &asked)
}
