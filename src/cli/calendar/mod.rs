//! `wvl calendar`: working time, holidays and recurring dates for scripts and other programs.

use clap::Subcommand;
use wvl::error::Result;

use super::Context;

mod add;
mod elapsed;
mod holidays;
mod json_lines;
mod latest_start;
mod opening_hours;
mod recur;

/// The verbs of `wvl calendar`; each one's help stands at its `Args`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  wvl calendar elapsed --from 19.11.2026 --window 08:00-18:00\n  wvl calendar holidays --year 2027 --state DE-BW"
)]
pub enum Verb {
    Elapsed(elapsed::Args),
    Add(add::Args),
    LatestStart(latest_start::Args),
    Holidays(holidays::Args),
    Recur(recur::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::Elapsed(args) => elapsed::run(context, &args),
        Verb::Add(args) => add::run(context, &args),
        Verb::LatestStart(args) => latest_start::run(context, &args),
        Verb::Holidays(args) => holidays::run(context, &args),
        Verb::Recur(args) => recur::run(context, &args),
    }
}
