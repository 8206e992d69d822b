//! `wvl contact-person show`

use wvl::error::Result;
use wvl::escalation::types::Record;
use wvl::party::contact_person;
use wvl::ticket;

use crate::cli::registers::{self, Part};
use crate::cli::{Context, parts};

/// One contact person with open tickets
///
/// Example: wvl contact-person show AP-0001
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The contact person's number
    number: String,
}

/// Prints the record.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let tickets = Part::owned("tickets", "Offene Tickets", ticket::of_contact_person()).sorted(&["due_at"]);
    registers::show(
        context,
        &contact_person::register(),
        &args.number,
        None,
        vec![tickets, parts::mails(Record::ContactPerson)],
    )
}
