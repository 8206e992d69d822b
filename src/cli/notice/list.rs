//! `wvl notice list`

use wvl::agenda::notice;
use wvl::error::Result;

use crate::cli::filter::{Asked, Customer, Every, People, Range, State, Team};
use crate::cli::{Context, flags, registers};

/// Notices on customers and of the system, the oldest first
///
/// --from and --to look at the day they are due.
///
/// Examples:
///   wvl notice list --mine --open
///   wvl notice list --kind system --overdue
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only this kind: customer, system
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&notice::KIND), hide_possible_values = true, help_heading = "Filters")]
    kind: Option<&'static str>,
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
        kind: args.kind,
        ..Asked::default()
    };
    registers::list(context, &notice::register(), &asked)
}
