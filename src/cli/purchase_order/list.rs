//! `wvl purchase-order list`

use wvl::error::Result;
use wvl::sales::purchase_order;

use crate::cli::filter::{Asked, Customer, Every, People, Range, State, Team};
use crate::cli::{Context, flags, registers};

/// Purchase orders, the newest first
///
/// --from and --to look at the day of the order.
///
/// Examples:
///   wvl purchase-order list --open --overdue
///   wvl purchase-order list --customer 70001
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only in this state: open, closed, void
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&purchase_order::STATUS), hide_possible_values = true, help_heading = "Filters")]
    status: Option<&'static str>,
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
        ..Asked::default()
    };
    registers::list(context, &purchase_order::register(), &asked)
}
