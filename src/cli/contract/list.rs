//! `wvl contract list`

use wvl::contract;
use wvl::error::Result;

use crate::cli::filter::{Asked, Customer, Every, People, Range, State, Team};
use crate::cli::{Context, flags, registers};

/// Contracts and duties of our own
///
/// --from and --to look at the last day of notice, else at the end.
///
/// Examples:
///   wvl contract list --open --to 2026-q4
///   wvl contract list --customer 10001 --columns number,name,next_billing_at
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only in this state: active, inactive, ended, archived
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&contract::STATUS), hide_possible_values = true, help_heading = "Filters")]
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
    registers::list(context, &contract::register(), &asked)
}
