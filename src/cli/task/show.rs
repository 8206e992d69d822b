//! `wvl task show`

use wvl::agenda::task;
use wvl::error::Result;
use wvl::escalation::types::Record;

use crate::cli::{Context, parts, registers};

/// One task with everything.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The task's number, as A-2026-0001
    number: String,
}

/// Prints the task.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    registers::show(context, &task::register(), &args.number, None, vec![parts::mails(Record::Task)])
}
