//! `wvl notice done`

use wvl::agenda::notice;
use wvl::error::Result;
use wvl::output::Cell;

use crate::cli::{Context, registers};

/// Take note: the notices do not come back.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The notices' numbers
    #[arg(required = true)]
    numbers: Vec<String>,
}

/// Finishes the notices.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let now = registers::with_moment(context, |moment| Ok(moment.now))?;
    registers::edit(context, &notice::register(), &args.numbers, None, |connection, stored| {
        // what was done before keeps its instant
        if *stored.cell("done_at") != Cell::Empty {
            return Ok(());
        }
        let change = notice::Change { done_at: Some(Some(now)), ..notice::Change::default() };
        notice::update(connection, stored.id, &change)
    })
}
