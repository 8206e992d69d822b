//! `wvl calendar recur`.

use chrono::NaiveDate;
use wvl::calendar::batch::Question;
use wvl::calendar::dates::{self, Lean};
use wvl::calendar::{Every, german};
use wvl::error::Result;
use wvl::output::{Cell, Table, column};

use super::json_lines;
use crate::cli::Context;

/// Recurring dates, counted from their first
///
/// From the 31st of January every month gives the last of February and the 31st of March. Examples:
///
///   wvl calendar recur --start 31.1.2027 --every 1m --count 12
///   echo '{"start":"2027-01-31","every":"2w","until":"2027-12-31"}' | wvl calendar recur --jsonl
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
#[command(group = clap::ArgGroup::new("end").args(["until", "count", "jsonl"]).required(true).multiple(true))]
pub struct Args {
    /// The first day
    #[arg(long, value_name = "DAY", required_unless_present = "jsonl", allow_hyphen_values = true)]
    start: Option<String>,
    /// The interval: 10d, 2w, 1m, 1y
    #[arg(long, value_name = "INTERVAL", required_unless_present = "jsonl")]
    every: Option<Every>,
    /// No day after this one
    #[arg(long, value_name = "DAY", allow_hyphen_values = true)]
    until: Option<String>,
    /// At most so many days
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    /// Answer JSON lines from standard input: {"start","every","until"|"count"} → "dates"
    #[arg(long, conflicts_with_all = ["start", "every", "until", "count"])]
    jsonl: bool,
}

/// Runs it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let settings = context.settings()?;
    let (Some(start), Some(every)) = (&args.start, args.every) else {
        return json_lines::answer(context, Question::Recur, settings.zone);
    };
    let moment = settings.moment(context.now()?);
    let start = dates::parse_day(start, &moment, Lean::Forward)?;
    let until = args.until.as_deref().map(|text| dates::parse_day(text, &moment, Lean::Forward)).transpose()?;
    if context.printer.to_terminal() {
        context.printer.note(&format!("from {}, every {every}", german::day(start)));
    }

    let last = until.unwrap_or(NaiveDate::MAX);
    let dates = every.from(start).take(args.count.unwrap_or(usize::MAX)).take_while(|date| *date <= last);
    let mut table = Table::new(vec![column("date", "Datum")]);
    dates.for_each(|date| table.push(vec![Cell::Day(date)]));
    context.printer.list(&table)
}
