//! `wvl product set`

use wvl::error::Result;
use wvl::sales::product::{self, Change};

use super::Facts;
use crate::cli::{Context, flags, registers};

/// Change a product
///
/// Where a value may be empty, keine empties it.
///
/// Examples:
///   wvl product set SW-24 --price 369,00
///   wvl product set SW-16 --active no
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, mut_group("Facts", |group| group.arg("name")))]
pub struct Args {
    /// The products' numbers
    #[arg(required = true)]
    numbers: Vec<String>,
    /// What it is called
    #[arg(long, value_name = "TEXT", value_parser = flags::filled_line)]
    name: Option<String>,
    #[command(flatten)]
    facts: Facts,
}

/// Changes the products.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let change = Change { name: args.name.clone(), ..args.facts.change()? };
    registers::edit(context, &product::register(), &args.numbers, None, |connection, stored| {
        product::update(connection, stored.id, &change)
    })
}
