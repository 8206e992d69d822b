//! `wvl demo load`

use wvl::demo::load::{Plan, load};
use wvl::demo::place::Place;
use wvl::error::Result;

use super::{Context, work_in};

/// Make many open documents, with partners and some lines, in the demo's database.
///
/// The same --seed on the same day (--as-of) gives the same rows. What an earlier load made is replaced; the company stays.
/// A database that the demo did not make is refused.
///
/// With --backlog there are also offers that nobody has closed for up to two years: overdue, told of at all three stages, the last
/// time on the working day before, so that no repetition is due yet.
///
/// Examples:
///   wvl demo load --size 1000000 --due 10000
///   wvl demo load --size 1000000 --due 10000 --backlog 100000
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
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
    /// How many others are offers that have stood at stage 3 since the last working day
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..))]
    backlog: i64,
}

/// Runs it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    // whoever names a configuration means it; whoever names none means the demo
    if context.global.config.is_none() && context.environment.config.is_none() {
        work_in(context, &Place::usual()?);
    }
    let due = args.due.unwrap_or(args.size / 100).min(args.size);
    let backlog = args.backlog.min(args.size - due);
    let plan = Plan { size: args.size, seed: args.seed, due, backlog };
    context.connection()?;
    let now = context.now()?;
    let settings = context.settings()?;
    let calendar = super::default_calendar(&settings)?;
    if context.global.dry_run {
        wvl::demo::mark::require(context.connection()?)?;
        return context.printer.job_done(&format!("{} Belege würden angelegt{}", plan.size, of_which(plan)));
    }
    let bar = context.printer.progress(plan.size.unsigned_abs(), "Belege");
    load(context.connection()?, plan, now, calendar, |done| bar.set_position(done.unsigned_abs()))?;
    bar.finish_and_clear();
    context.printer.job_done(&format!("{} Belege sind angelegt{}", plan.size, of_which(plan)))
}

fn of_which(plan: Plan) -> String {
    match plan.backlog {
        0 => format!(", davon {} fällige Angebote.", plan.due),
        backlog => format!(", davon {} fällige Angebote und {backlog} seit Langem liegen gebliebene.", plan.due),
    }
}
