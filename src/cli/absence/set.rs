//! `wvl absence set`

use wvl::error::Result;
use wvl::party::absence;

use crate::cli::{Context, flags, registers};

/// Extend, shorten or move an absence; its number is in `wvl absence list`
///
/// Example: wvl absence set 23 --to fr
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The absence's number
    number: String,
    #[command(flatten)]
    changes: Changes,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct Changes {
    /// First day
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    from: Option<String>,
    /// Last day, inclusive
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    to: Option<String>,
    /// vacation, sick or other; nobody else reads it
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&absence::KIND), hide_possible_values = true)]
    kind: Option<&'static str>,
    /// A remark for the office
    #[arg(long, value_name = "TEXT", value_parser = flags::prose)]
    note: Option<String>,
}

/// Changes the absence.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let given = &args.changes;
    let (first_day, last_day) = registers::with_moment(context, |moment| {
        let day = |flag: &str, text: &Option<String>| {
            text.as_deref().map(|text| flags::first_day(flag, text, moment)).transpose()
        };
        Ok((day("--from", &given.from)?, day("--to", &given.to)?))
    })?;
    let numbers = [args.number.clone()];
    registers::edit(context, &absence::register(), &numbers, None, |connection, stored| {
        let change = absence::Change { first_day, last_day, kind: given.kind, note: flags::text(given.note.as_ref()) };
        absence::update(connection, stored.id, &change)
    })
}
