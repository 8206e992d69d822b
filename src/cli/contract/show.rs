//! `wvl contract show`

use wvl::error::Result;
use wvl::escalation::types::Record;
use wvl::{contract, ticket};

use crate::cli::registers::{self, Part};
use crate::cli::{Context, parts};

/// One contract with its open tickets
///
/// Example: wvl contract show W-100
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The contract's number
    number: String,
}

/// Prints the record.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let tickets = Part::owned("tickets", "Offene Tickets", ticket::of_contract()).sorted(&["due_at"]);
    registers::show(context, &contract::register(), &args.number, None, vec![tickets, parts::mails(Record::Contract)])
}
