//! `wvl calendar elapsed`.

use rust_decimal::Decimal;
use wvl::calendar::batch::Question;
use wvl::calendar::{Clock, dates};
use wvl::error::Result;
use wvl::output::{Cell, Table, column};

use super::json_lines;
use super::opening_hours::{OpeningHours, echo, instant_or_now};
use crate::cli::Context;

/// Working time between two instants, in seconds and hours
///
/// A day given as the end is included. Examples:
///
///   wvl calendar elapsed --from 19.11.2026 --window 08:00-18:00
///   echo '{"from":"2026-11-19","to":"2026-11-20","window":["08:00","18:00"]}' | wvl calendar elapsed --jsonl
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Where to begin [default: now]
    #[arg(long, value_name = "WHEN", required_unless_present_any = ["to", "jsonl"], allow_hyphen_values = true)]
    from: Option<String>,
    /// Where to end [default: now]
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    to: Option<String>,
    #[command(flatten)]
    hours: OpeningHours,
    /// Answer JSON lines from standard input: {"from","to","window",…} → "seconds"
    #[arg(long, conflicts_with_all = ["from", "to"])]
    jsonl: bool,
}

/// Runs it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    if args.jsonl {
        let zone = args.hours.zone(context)?;
        return json_lines::answer(context, Question::Elapsed, zone);
    }
    let calendar = args.hours.calendar(context)?;
    let zone = calendar.zone;
    let back = dates::Lean::Back;
    let from = instant_or_now(context, &calendar, args.from.as_deref(), |text, moment| {
        dates::parse_instant(text, moment, back)
    })?;
    let to =
        instant_or_now(context, &calendar, args.to.as_deref(), |text, moment| dates::parse_end(text, moment, back))?;
    echo(context, "from", from, zone);
    echo(context, "to", to, zone);

    let seconds = Clock::new(calendar).elapsed(from, to);
    let hours = (Decimal::from(seconds) / Decimal::from(3600)).round_dp(4).normalize();
    let mut table = Table::new(vec![
        column("seconds", "Sekunden"),
        column("hours", "Stunden"),
        column("from", "von"),
        column("to", "bis"),
    ]);
    table.push(vec![
        Cell::Int(seconds),
        Cell::Number(hours),
        Cell::Instant(from.with_timezone(&zone)),
        Cell::Instant(to.with_timezone(&zone)),
    ]);
    context.printer.record(&table)
}
