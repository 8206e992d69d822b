//! `wvl calendar add`.

use rust_decimal::Decimal;
use wvl::calendar::batch::Question;
use wvl::calendar::{Clock, dates};
use wvl::error::{Error, Kind, Result};

use super::json_lines;
use super::opening_hours::{Instant, OpeningHours, echo, instant_or_now, parse_hours, seconds};
use crate::cli::Context;

/// The instant at which so many working hours have passed
///
/// Examples:
///
///   wvl calendar add --from 19.11.2026 --hours 16 --window 08:00-18:00
///   echo '{"from":"2026-11-19","hours":16,"window":["08:00","18:00"]}' | wvl calendar add --jsonl
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Where to begin [default: now]
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    from: Option<String>,
    /// Working hours, like 16 or 0.25
    #[arg(long, value_name = "HOURS", value_parser = parse_hours, required_unless_present = "jsonl")]
    hours: Option<Decimal>,
    #[command(flatten)]
    opening_hours: OpeningHours,
    /// Answer JSON lines from standard input: {"from","hours","window",…} → "at"
    #[arg(long, conflicts_with_all = ["from", "hours"])]
    jsonl: bool,
}

/// Runs it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let Some(hours) = args.hours else {
        let zone = args.opening_hours.zone(context)?;
        return json_lines::answer(context, Question::Add, zone);
    };
    let calendar = args.opening_hours.calendar(context)?;
    let zone = calendar.zone;
    let from = instant_or_now(context, &calendar, args.from.as_deref(), |text, moment| {
        dates::parse_instant(text, moment, dates::Lean::Back)
    })?;
    echo(context, "from", from, zone);

    let at = Clock::new(calendar).deadline(from, seconds(hours)?).ok_or_else(|| {
        Error::new(Kind::NotFound, format!("these opening hours hold less than {hours} hours in the next 80 years"))
    })?;
    context.printer.record(&Instant { at, zone })
}
