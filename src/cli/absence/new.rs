//! `wvl absence new`

use wvl::error::Result;
use wvl::party::{absence, employee};

use crate::cli::{Context, flags, registers};

/// Enter an absence; prints its number
///
/// Example: wvl absence new 14 --from 21.12. --to 3.1. --kind Urlaub
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Personnel number of who is away
    employee: String,
    /// First day
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    from: String,
    /// Last day, inclusive [default: the first]
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    to: Option<String>,
    /// vacation, sick or other; nobody else reads it
    #[arg(long, value_name = "WORD", default_value = "other", value_parser = flags::Word(&absence::KIND), hide_possible_values = true)]
    kind: &'static str,
    /// A remark for the office
    #[arg(long, value_name = "TEXT", value_parser = flags::prose)]
    note: Option<String>,
}

/// Enters the absence.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let (first_day, last_day) = registers::with_moment(context, |moment| {
        let first_day = flags::first_day("--from", &args.from, moment)?;
        let last_day = args.to.as_deref().map(|text| flags::last_day("--to", text, first_day, moment)).transpose()?;
        Ok((first_day, last_day.unwrap_or(first_day)))
    })?;
    absence::check_order(first_day, last_day)?;
    registers::create(context, &absence::register(), "wvl absence set {} --to DAY", |connection| {
        let new = absence::NewAbsence {
            employee_id: employee::id_by_number(connection, &args.employee)?,
            first_day,
            last_day,
            kind: args.kind,
            note: flags::text(args.note.as_ref()).flatten(),
        };
        Ok(absence::insert(connection, &new)?.to_string())
    })
}
