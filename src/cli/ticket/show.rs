//! `wvl ticket show`

use wvl::error::Result;
use wvl::escalation::types::Record;
use wvl::ticket;

use crate::cli::registers::{self, Part};
use crate::cli::{Context, parts};

/// One ticket with everything that happened to it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The ticket's number, as 2026-0001
    number: String,
}

/// Prints the ticket.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let events = Part::owned("events", "Verlauf", ticket::events());
    registers::show(context, &ticket::register(), &args.number, None, vec![events, parts::mails(Record::Ticket)])
}
