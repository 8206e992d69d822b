//! `wvl demo load`

use wvl::demo::load::{Plan, load};
use wvl::demo::place::Place;
use wvl::error::Result;

use super::{Context, work_in};

/// Makes many open documents, with partners and some lines, in the demo's database.
///
/// The same --seed on the same day (--as-of) gives the same rows. What an earlier load made is replaced; the company stays.
/// A database that the demo did not make is refused.
///
/// Example: wvl demo load --size 1000000 --due 10000
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many documents
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=100_000_000))]
    size: i64,
    /// From which all values follow
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = clap::value_parser!(i64).range(0..=1_000_000_000))]
    seed: i64,
    /// How many of them are offers that have just come to their first stage [default: one in a hundred]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    due: Option<i64>,
}

/// Runs it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    // whoever names a configuration means it; whoever names none means the demo
    if context.global.config.is_none() && context.environment.config.is_none() {
        work_in(context, &Place::usual()?);
    }
    let plan = Plan { size: args.size, seed: args.seed, due: args.due.unwrap_or(args.size / 100).min(args.size) };
    context.connection()?;
    let now = context.now()?;
    let settings = context.settings()?;
    let calendar = super::default_calendar(&settings)?;
    if context.global.dry_run {
        wvl::demo::mark::require(context.connection()?)?;
        return context
            .printer
            .job_done(&format!("{} Belege würden angelegt, davon {} fällige Angebote.", plan.size, plan.due));
    }
    let bar = context.printer.progress(plan.size.unsigned_abs(), "Belege");
    load(context.connection()?, plan, now, calendar, |done| bar.set_position(done.unsigned_abs()))?;
    bar.finish_and_clear();
    context.printer.job_done(&format!("{} Belege sind angelegt, davon {} fällige Angebote.", plan.size, plan.due))
}
