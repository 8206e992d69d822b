//! `wvl employee show`

use wvl::error::Result;
use wvl::escalation::types::Record;
use wvl::party::{absence, employee};

use crate::cli::registers::{self, Belongs, Part};
use crate::cli::{Context, parts};

/// One employee with supervisor, deputy, absences, and what is open
///
/// A terminal gets the first ten of each; --limit asks for more.
///
/// Examples:
///   wvl employee show 14
///   wvl employee show 14 --as-of 2027-01-01
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The personnel number
    number: String,
}

/// Prints the record.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let absences = Part::open("absences", "Abwesenheiten", absence::register(), Belongs::Employee);
    let mut all = vec![
        absences.sorted(&["first_day"]).without(&["employee", "employee_name"]),
        Part::owned("assignments", "Vorgesetzte und Vertretungen", employee::assignments()),
        Part::owned("reports", "Ist Vorgesetzter von", employee::led()).without(&["supervisor"]),
        Part::owned("stands_in_for", "Vertritt", employee::deputised()).without(&["deputy"]),
    ];
    all.extend(parts::open_things(Belongs::Employee));
    all.push(parts::mails(Record::Employee));
    registers::show(context, &employee::register(), &args.number, None, all)
}
