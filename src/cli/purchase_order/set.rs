//! `wvl purchase-order set`

use wvl::error::Result;
use wvl::sales::document::PROGRESS;
use wvl::sales::purchase_order::{self, Change};

use crate::cli::{Context, flags, registers};

/// Move the expected receipt of a purchase order, note what came
///
/// Where a value may be empty, keine empties it.
///
/// Examples:
///   wvl purchase-order set B-4711 --expected fr
///   wvl purchase-order set B-4711 --receipt complete
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The purchase orders' numbers
    #[arg(required = true)]
    numbers: Vec<String>,
    #[command(flatten)]
    changes: Changes,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct Changes {
    /// When the goods are expected; a day means its end
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    expected: Option<String>,
    /// How much has come: none, partial or complete
    #[arg(long, value_name = "WORD", value_parser = |word: &str| PROGRESS.parse(word))]
    receipt: Option<&'static str>,
    /// open, closed or void
    #[arg(long, value_name = "WORD", value_parser = |word: &str| purchase_order::STATUS.parse(word))]
    status: Option<&'static str>,
    /// Who works on it
    #[arg(long, value_name = "NUMBER")]
    handler: Option<String>,
    /// Subject
    #[arg(long, value_name = "TEXT", value_parser = flags::filled_line)]
    title: Option<String>,
}

/// Changes the purchase orders.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let given = &args.changes;
    let (expected_at, now) = registers::with_moment(context, |moment| {
        let expected = flags::clearable(given.expected.as_ref(), |text| flags::promise("--expected", text, moment))?;
        Ok((expected, moment.now))
    })?;
    registers::edit(context, &purchase_order::register(), &args.numbers, None, |connection, stored| {
        let before = stored.cell("status").for_programs();
        let status = given.status.filter(|status| before != *status);
        let status = status.map(|status| purchase_order::in_status(&before, status, now)).unwrap_or_default();
        let change = Change {
            title: given.title.clone(),
            handler_id: flags::employee(connection, given.handler.as_ref())?,
            expected_at,
            receipt_status: given.receipt,
            ..status
        };
        purchase_order::update(connection, stored.id, &change)
    })
}
