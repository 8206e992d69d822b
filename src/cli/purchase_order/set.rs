//! `wvl purchase-order set`

use rust_decimal::Decimal;
use wvl::error::Result;
use wvl::sales::purchase_order::{self, Change};

use super::Terms;
use crate::cli::{Context, flags, registers};

/// Move the expected receipt of a purchase order, note what came
///
/// Where a value may be empty, keine empties it.
///
/// Examples:
///   wvl purchase-order set B-4711 --expected fr
///   wvl purchase-order set B-4711 --receipt complete
///   wvl purchase-order set B-4711 --line 1 --received 3
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, mut_group("Terms", |group| group.args(["status", "title", "received"])))]
pub struct Args {
    /// The purchase orders' numbers
    #[arg(required = true)]
    numbers: Vec<String>,
    /// open, closed or void
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&purchase_order::STATUS), hide_possible_values = true)]
    status: Option<&'static str>,
    /// Subject
    #[arg(long, value_name = "TEXT", value_parser = flags::filled_line)]
    title: Option<String>,
    /// The line that --received is about
    #[arg(long, value_name = "N", requires = "received")]
    line: Option<i32>,
    /// How much of the line has come in, in all
    #[arg(long, value_name = "QUANTITY", value_parser = flags::amount, allow_hyphen_values = true, requires = "line")]
    received: Option<Decimal>,
    /// More may come in than was ordered
    #[arg(long, requires = "line")]
    more_than_open: bool,
    #[command(flatten)]
    terms: Terms,
}

/// Changes the purchase orders.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let read = args.terms.read(context)?;
    let now = registers::with_moment(context, |moment| Ok(moment.now))?;
    registers::edit(context, &purchase_order::register(), &args.numbers, None, |connection, stored| {
        let before = stored.cell("status").for_programs();
        let status = args.status.filter(|status| before != *status);
        let status = status.map(|status| purchase_order::in_status(&before, status, now)).unwrap_or_default();
        let change = Change {
            title: args.title.clone(),
            status: status.status,
            closed_at: status.closed_at,
            ..args.terms.look_up(connection, read.clone())?
        };
        // lines first: what follows from them gives way to what is said
        if let (Some(line), Some(received)) = (args.line, args.received) {
            purchase_order::receive(connection, stored.id, line, received, args.more_than_open)?;
        }
        purchase_order::follow_receipt(connection, stored.id, &change)?;
        purchase_order::update(connection, stored.id, &change)
    })
}
