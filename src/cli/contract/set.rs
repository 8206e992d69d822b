//! `wvl contract set`

use wvl::contract::{self, Change};
use wvl::error::Result;

use super::Terms;
use crate::cli::{Context, flags, registers};

/// Move the dates of a contract, end it or hand it over
///
/// Where a value may be empty, keine empties it.
///
/// Examples:
///   wvl contract set W-100 --notice-by 30.9.2027 --ends 31.12.2027
///   wvl contract set W-100 --next-billing 1.1.
///   wvl contract set W-100 --status beendet
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, mut_group("Terms", |group| group.args(["status", "name"])))]
pub struct Args {
    /// The contracts' numbers
    #[arg(required = true)]
    numbers: Vec<String>,
    /// active, inactive, ended or archived
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&contract::STATUS), hide_possible_values = true)]
    status: Option<&'static str>,
    /// What it is about
    #[arg(long, value_name = "TEXT", value_parser = flags::filled_line)]
    name: Option<String>,
    #[command(flatten)]
    terms: Terms,
}

/// Changes the contracts.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let read = Change { name: args.name.clone(), status: args.status, ..args.terms.read(context)? };
    registers::edit(context, &contract::register(), &args.numbers, None, |connection, stored| {
        let change = args.terms.look_up(connection, read.clone())?;
        contract::update(connection, stored.id, &change)
    })
}
