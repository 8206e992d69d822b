//! `wvl contact-person list`

use wvl::error::Result;
use wvl::party::contact_person;

use crate::cli::filter::{Asked, Customer, Every, People, State, Team};
use crate::cli::{Context, registers};

/// The people at customers
///
/// --mine are those of my customers.
///
/// Examples:
///   wvl contact-person list --customer 10001
///   wvl contact-person list --search schmidt
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only those who still work there
    #[arg(long, help_heading = "Filters")]
    open: bool,
    #[command(flatten)]
    people: People,
    #[command(flatten)]
    team: Team,
    #[command(flatten)]
    customer: Customer,
    #[command(flatten)]
    every: Every,
}

/// Prints the list.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let asked = Asked {
        people: Some(&args.people),
        team: Some(&args.team),
        state: Some(&State { open: args.open, overdue: false }),
        customer: Some(&args.customer),
        every: Some(&args.every),
        ..Asked::default()
    };
    registers::list(context, &contact_person::register(), &asked)
}
