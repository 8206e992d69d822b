//! `wvl purchase-order close`

use wvl::error::Result;
use wvl::sales::purchase_order;

use crate::cli::{Context, registers};

/// Close purchase orders: nothing more will come, or all has come.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The purchase orders' numbers
    #[arg(required = true)]
    numbers: Vec<String>,
}

/// Closes the purchase orders.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let now = registers::with_moment(context, |moment| Ok(moment.now))?;
    registers::edit(context, &purchase_order::register(), &args.numbers, None, |connection, stored| {
        // what was closed before keeps its instant
        let before = stored.cell("status").for_programs();
        if before == "closed" {
            return Ok(());
        }
        purchase_order::update(connection, stored.id, &purchase_order::in_status(&before, "closed", now))
    })
}
