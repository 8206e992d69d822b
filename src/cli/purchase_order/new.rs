//! `wvl purchase-order new`

use wvl::error::Result;
use wvl::sales::purchase_order;

use super::Terms;
use crate::cli::{Context, flags, registers};

/// Enter a purchase order; prints its number
///
/// Examples:
///   wvl purchase-order new "Switches für Müller Bau" --supplier 70001 --expected fr --amount 698,00
///   nr=$(wvl purchase-order new Toner --number 4500012345)
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, mut_group("Terms", |group| group.required(false)))]
pub struct Args {
    /// Subject
    #[arg(value_parser = flags::filled_line)]
    title: String,
    /// The number in the ERP [default: the next of ours]
    #[arg(long, value_name = "NUMBER", value_parser = flags::filled_line)]
    number: Option<String>,
    #[command(flatten)]
    terms: Terms,
}

/// Enters the purchase order.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let today = registers::with_moment(context, |moment| Ok(moment.today()))?;
    let read = args.terms.read(context)?;
    registers::create(context, &purchase_order::register(), "wvl purchase-order show {}", |connection| {
        let change = args.terms.look_up(connection, read)?;
        let (id, number) = purchase_order::insert(connection, args.number.as_deref(), &args.title, today)?;
        purchase_order::update(connection, id, &change)?;
        Ok(number)
    })
}
