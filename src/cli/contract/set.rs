//! `wvl contract set`

use wvl::contract::{self, Change};
use wvl::error::Result;

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
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The contracts' numbers
    #[arg(required = true)]
    numbers: Vec<String>,
    #[command(flatten)]
    changes: Changes,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct Changes {
    /// Last day of notice
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    notice_by: Option<String>,
    /// Last day of the contract
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    ends: Option<String>,
    /// When it is billed next
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    next_billing: Option<String>,
    /// active, inactive, ended or archived
    #[arg(long, value_name = "WORD", value_parser = |word: &str| contract::STATUS.parse(word))]
    status: Option<&'static str>,
    /// Who works on it
    #[arg(long, value_name = "NUMBER")]
    handler: Option<String>,
    /// What it is about
    #[arg(long, value_name = "TEXT", value_parser = flags::filled_line)]
    name: Option<String>,
    /// A remark
    #[arg(long, value_name = "TEXT", value_parser = flags::prose)]
    note: Option<String>,
}

/// Changes the contracts.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let given = &args.changes;
    let (notice_by, ends_at, next_billing_at) = registers::with_moment(context, |moment| {
        Ok((
            flags::clearable(given.notice_by.as_ref(), |text| flags::promise("--notice-by", text, moment))?,
            flags::clearable(given.ends.as_ref(), |text| flags::promise("--ends", text, moment))?,
            flags::clearable(given.next_billing.as_ref(), |text| flags::event("--next-billing", text, moment))?,
        ))
    })?;
    registers::edit(context, &contract::register(), &args.numbers, None, |connection, stored| {
        let change = Change {
            name: given.name.clone(),
            status: given.status,
            handler_id: flags::employee(connection, given.handler.as_ref())?,
            notice_by,
            ends_at,
            next_billing_at,
            note: flags::text(given.note.as_ref()),
        };
        contract::update(connection, stored.id, &change)
    })
}
