//! `wvl notice show`

use wvl::agenda::notice;
use wvl::error::Result;
use wvl::escalation::types::Record;

use crate::cli::{Context, parts, registers};

/// One notice with everything.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The notice's number, as B-2026-0001
    number: String,
}

/// Prints the record.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    registers::show(context, &notice::register(), &args.number, None, vec![parts::mails(Record::Notice)])
}
