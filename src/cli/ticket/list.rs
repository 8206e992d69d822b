//! `wvl ticket list`

use wvl::error::Result;
use wvl::ticket;

use crate::cli::filter::{Asked, Customer, Every, People, Range, State, Team};
use crate::cli::{Context, flags, registers};

/// Tickets, the newest first
///
/// --from and --to look at the day they came in.
///
/// Examples:
///   wvl ticket list --mine --open
///   wvl ticket list --severity high --overdue --sort due
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only in this state: unread, read, assigned, in_progress, waiting, closed
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&ticket::STATUS), hide_possible_values = true, help_heading = "Filters")]
    status: Option<&'static str>,
    /// Only this severity: immediate, high, standard, low, very_low
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&ticket::SEVERITY), hide_possible_values = true, help_heading = "Filters")]
    severity: Option<&'static str>,
    #[command(flatten)]
    people: People,
    #[command(flatten)]
    team: Team,
    #[command(flatten)]
    customer: Customer,
    #[command(flatten)]
    state: State,
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    every: Every,
}

/// Prints the list.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let asked = Asked {
        people: Some(&args.people),
        team: Some(&args.team),
        customer: Some(&args.customer),
        state: Some(&args.state),
        range: Some(&args.range),
        every: Some(&args.every),
        status: args.status,
        severity: args.severity,
        ..Asked::default()
    };
    registers::list(context, &ticket::register(), &asked)
}
