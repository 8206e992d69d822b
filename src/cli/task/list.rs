//! `wvl task list`

use wvl::agenda::task;
use wvl::error::Result;

use crate::cli::filter::{Asked, Customer, Every, People, Range, State, Team};
use crate::cli::{Context, registers};

/// Tasks, the most urgent first
///
/// --from and --to look at the due date.
///
/// Examples:
///   wvl task list --mine --open
///   wvl task list --team Technik --overdue --sort -due
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
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

/// Prints the tasks.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let asked = Asked {
        people: Some(&args.people),
        team: Some(&args.team),
        customer: Some(&args.customer),
        state: Some(&args.state),
        range: Some(&args.range),
        every: Some(&args.every),
        ..Asked::default()
    };
    registers::list(context, &task::register(), &asked)
}
