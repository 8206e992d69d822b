//! `wvl customer list`

use wvl::error::Result;
use wvl::party::customer;

use crate::cli::filter::{Asked, Every, People, Range, State, Team};
use crate::cli::{Context, flags, registers};

/// Customers, prospects and suppliers
///
/// --open are prospects with a follow-up; --overdue, --from and --to look at that.
///
/// Examples:
///   wvl customer list --search müller
///   wvl customer list --kind prospect --overdue --mine
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only this kind: customer, prospect, supplier
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&customer::KIND), hide_possible_values = true, help_heading = "Filters")]
    kind: Option<&'static str>,
    #[command(flatten)]
    people: People,
    #[command(flatten)]
    team: Team,
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
        state: Some(&args.state),
        range: Some(&args.range),
        every: Some(&args.every),
        kind: args.kind,
        ..Asked::default()
    };
    registers::list(context, &customer::register(), &asked)
}
