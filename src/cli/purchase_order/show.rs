//! `wvl purchase-order show`

use wvl::error::Result;
use wvl::escalation::types::Record;
use wvl::sales::purchase_order;

use crate::cli::registers::{self, Part};
use crate::cli::{Context, parts};

/// One purchase order with its lines.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The purchase order's number
    number: String,
}

/// Prints the purchase order.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let lines = Part::owned("lines", "Positionen", purchase_order::lines());
    registers::show(
        context,
        &purchase_order::register(),
        &args.number,
        None,
        vec![lines, parts::mails(Record::PurchaseOrder)],
    )
}
