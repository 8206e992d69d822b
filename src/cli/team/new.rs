//! `wvl team new`

use wvl::error::Result;
use wvl::party::team::{self, Change};

use super::set::members;
use crate::cli::{Context, flags, registers};

/// Add a team; prints its name
///
/// Example: wvl team new Technik --lead 14 --add 7,14,21
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Its name
    #[arg(value_parser = flags::filled_line)]
    name: String,
    /// Who leads it
    #[arg(long, value_name = "NUMBER")]
    lead: Option<String>,
    /// Who belongs to it
    #[arg(long, value_name = "NUMBER", value_delimiter = ',')]
    add: Vec<String>,
}

/// Adds the team.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    registers::create(context, &team::register(), "wvl team show {}", |connection| {
        let id = team::insert(connection, &args.name)?;
        let change = Change {
            name: None,
            lead_id: flags::employee(connection, args.lead.as_ref())?,
            joining: members(connection, &args.add)?,
            leaving: Vec::new(),
        };
        team::update(connection, id, &change)?;
        Ok(args.name.clone())
    })
}
