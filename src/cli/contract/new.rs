//! `wvl contract new`

use wvl::contract;
use wvl::error::Result;

use super::Terms;
use crate::cli::{Context, flags, registers};

/// Enter a contract or a duty of our own; prints its number
///
/// Examples:
///   wvl contract new "Wartung Server" --customer 10001 --notice-by 30.9.2027 --ends 31.12.2027 --amount 180,00
///   nr=$(wvl contract new "TÜV Sprinter" --ends 31.3.2027 --handler 14)
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, mut_group("Terms", |group| group.required(false)))]
pub struct Args {
    /// What it is about
    #[arg(value_parser = flags::filled_line)]
    name: String,
    /// The number in the ERP [default: the next of ours]
    #[arg(long, value_name = "NUMBER", value_parser = flags::filled_line)]
    number: Option<String>,
    #[command(flatten)]
    terms: Terms,
}

/// Enters the contract.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let today = registers::with_moment(context, |moment| Ok(moment.today()))?;
    let read = args.terms.read(context)?;
    registers::create(context, &contract::register(), "wvl contract show {}", |connection| {
        let change = args.terms.look_up(connection, read)?;
        let (id, number) = contract::insert(connection, args.number.as_deref(), &args.name, today)?;
        contract::update(connection, id, &change)?;
        Ok(number)
    })
}
