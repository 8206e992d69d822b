//! `wvl team show`

use wvl::error::Result;
use wvl::party::{absence, employee, team};

use crate::cli::registers::{self, Belongs, Part};
use crate::cli::{Context, parts};

/// One team with its members and what is open
///
/// Example: wvl team show Technik
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The team's name
    number: String,
}

/// Prints the record.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let mut all = vec![
        Part::open("employees", "Mitglieder", employee::register(), Belongs::Team),
        Part::open("absences", "Abwesenheiten", absence::register(), Belongs::Team).sorted(&["first_day"]),
    ];
    all.extend(parts::open_things(Belongs::Team));
    registers::show(context, &team::register(), &args.number, None, all)
}
