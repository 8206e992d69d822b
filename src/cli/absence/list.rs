//! `wvl absence list`

use wvl::error::Result;
use wvl::party::absence;

use crate::cli::filter::{Asked, Every, People, Range, State, Team};
use crate::cli::{Context, registers};

/// Who is away when
///
/// --open are absences that have not ended, --from and --to look at the first day. The reason is never printed.
///
/// Examples:
///   wvl absence list --open
///   wvl absence list --team Technik --from 2026-12
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only those that have not ended
    #[arg(long, help_heading = "Filters")]
    open: bool,
    #[command(flatten)]
    people: People,
    #[command(flatten)]
    team: Team,
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
        range: Some(&args.range),
        every: Some(&args.every),
        state: Some(&State { open: args.open, overdue: false }),
        ..Asked::default()
    };
    registers::list(context, &absence::register(), &asked)
}
