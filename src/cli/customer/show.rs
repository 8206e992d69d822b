//! `wvl customer show`

use wvl::error::Result;
use wvl::escalation::types::Record;
use wvl::party::{contact_person, customer};

use crate::cli::registers::{self, Belongs, Part};
use crate::cli::{Context, parts};

/// One customer with everything: address, contact persons, what is open, and the last reminder
///
/// A terminal gets the first ten of each; --limit asks for more. The most urgent comes first, of documents the newest.
///
/// Examples:
///   wvl customer show 10001
///   wvl customer show 10001 --json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The customer's number
    number: String,
}

/// Prints the record.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let people = Part::open("contact_persons", "Ansprechpartner", contact_person::register(), Belongs::Customer);
    let mut all = parts::open_things(Belongs::Customer);
    all.insert(0, people.without(&["customer", "customer_name"]));
    all.push(parts::mails(Record::Customer));
    registers::show(context, &customer::register(), &args.number, None, all)
}
