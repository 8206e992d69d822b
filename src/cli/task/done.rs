//! `wvl task done`

use wvl::agenda::task;
use wvl::error::Result;

use crate::cli::{Context, registers};

/// Finish tasks.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The tasks' numbers
    #[arg(required = true)]
    numbers: Vec<String>,
}

/// Finishes the tasks.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let now = registers::with_moment(context, |moment| Ok(moment.now))?;
    registers::edit(context, &task::register(), &args.numbers, None, |connection, stored| {
        // what was done before keeps its instant
        if stored.cell("status").for_programs() == "done" {
            return Ok(());
        }
        task::update(connection, stored.id, &task::finished(now))
    })
}
