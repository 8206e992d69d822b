//! `wvl NOUN export`: one command for every register that has a file.

use wvl::error::Result;
use wvl::import::{self, Register};
use wvl::output::Format;
use wvl::register::Filter;

use super::{Context, registers};

/// Write all records with all columns that the import of this noun reads
///
/// Off a terminal as csv; importing that again changes nothing. A record with lines has a row for each line.
///
/// Examples:
///   wvl customer export > kunden.csv
///   wvl customer export -o kunden.xlsx --columns number,name,city
///   wvl customer export -O csv-de -o kunden.csv
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Exit with 4 if there is nothing
    #[arg(long)]
    fail_empty: bool,
}

/// Exports the register; `title` is what the office calls one record.
pub fn run(context: &mut Context, register: &Register, title: &'static str, args: &Args) -> Result<()> {
    context.printer.prefer(Format::Csv);
    let when = registers::when(context)?;
    let listed = import::export(register, title);
    let picked = &context.global.columns;
    let fields = if picked.is_empty() { listed.listed() } else { listed.picked(picked)? };
    let mut filter = Filter { limit: context.global.limit, sort: context.global.sort.clone(), ..Filter::default() };
    let count = registers::print(context, &listed, &fields, &mut filter, when, |_, _| Ok(()))?;
    registers::found(context, count, args.fail_empty, register.noun)
}
