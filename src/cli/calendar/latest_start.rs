//! `wvl calendar latest-start`.

use rust_decimal::Decimal;
use wvl::calendar::batch::Question;
use wvl::calendar::{Clock, dates};
use wvl::error::{Error, Kind, Result};

use super::json_lines;
use super::opening_hours::{Instant, OpeningHours, echo, instant_or_now, parse_hours, seconds};
use crate::cli::Context;

/// The latest instant since which so many working hours have passed
///
/// What was due then or before has been due for at least as long. Examples:
///
///   wvl calendar latest-start --hours 16 --window 08:00-18:00
///   echo '{"now":"2026-11-20T13:00:00Z","hours":16,"window":["08:00","18:00"]}' | wvl calendar latest-start --jsonl
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Where to look back from [default: now]
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    now: Option<String>,
    /// Working hours, like 16 or 0.25
    #[arg(long, value_name = "HOURS", value_parser = parse_hours, required_unless_present = "jsonl")]
    hours: Option<Decimal>,
    #[command(flatten)]
    opening_hours: OpeningHours,
    /// Answer JSON lines from standard input: {"now","hours","window",…} → "at"
    #[arg(long, conflicts_with_all = ["now", "hours"])]
    jsonl: bool,
}

/// Runs it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let Some(hours) = args.hours else {
        let zone = args.opening_hours.zone(context)?;
        return json_lines::answer(context, Question::LatestStart, zone);
    };
    let calendar = args.opening_hours.calendar(context)?;
    let zone = calendar.zone;
    let now = instant_or_now(context, &calendar, args.now.as_deref(), |text, moment| {
        dates::parse_instant(text, moment, dates::Lean::Back)
    })?;
    echo(context, "now", now, zone);

    let at = Clock::new(calendar).latest_start(now, seconds(hours)?).ok_or_else(|| {
        Error::new(Kind::NotFound, format!("these opening hours held less than {hours} hours in the last 80 years"))
    })?;
    context.printer.record(&Instant { at, zone })
}
