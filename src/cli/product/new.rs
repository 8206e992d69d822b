//! `wvl product new`

use wvl::error::Result;
use wvl::sales::product;

use super::Facts;
use crate::cli::{Context, flags, registers};

/// Add a product; prints its number
///
/// Example: wvl product new SW-24 "Switch 24 Port" --group Hardware --price 349,00 --cost 260
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, mut_group("Facts", |group| group.required(false)))]
pub struct Args {
    /// Its number
    #[arg(value_parser = flags::filled_line)]
    number: String,
    /// What it is called
    #[arg(value_parser = flags::filled_line)]
    name: String,
    #[command(flatten)]
    facts: Facts,
}

/// Adds the product.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let change = args.facts.change()?;
    registers::create(context, &product::register(), "wvl product show {}", |connection| {
        let id = product::insert(connection, &args.number, &args.name)?;
        product::update(connection, id, &change)?;
        Ok(args.number.clone())
    })
}
