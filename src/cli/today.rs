//! `wvl today`: what somebody wants to know who opens a shell in the morning.

use wvl::error::{Error, Kind, Result};
use wvl::escalation::today::{self, Morning};
use wvl::output::Format;
use wvl::party::employee;

use super::{Context, next};

/// More lines of a list are no morning's reading.
const LINES_AT_A_TERMINAL: usize = 20;

/// What is due for me, for my team, and which dates come up
///
/// Due things are those of the active escalation types; the team are those who are in a team with me or report to me.
/// Who I am says the database role of this connection (wvl employee set NUMBER --pg-role ROLE).
///
/// Examples:
///   wvl today
///   wvl today --employee 103 --days 14
///   wvl today --json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// As this employee sees it
    #[arg(long, value_name = "NUMBER")]
    employee: Option<String>,
    /// How many days ahead dates are shown
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(0..=366))]
    days: u32,
    /// End with 4 if there is nothing at all
    #[arg(long)]
    fail_empty: bool,
}

/// Shows today.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    context.tell_warnings()?;
    let settings = context.settings()?;
    let limit = match context.global.limit {
        None => None,
        Some(limit) => {
            Some(usize::try_from(limit).map_err(|_| Error::usage(format!("--limit {limit} is less than nothing")))?)
        }
    };
    context.connection()?;
    let now = context.now()?;
    let waiting = context.printer.waiting("today");
    let mut today = wvl::db::read_only(context.connection()?, |connection| {
        wvl::db::set_instant(connection, now, settings.zone)?;
        let employee = match &args.employee {
            Some(number) => employee::id_by_number(connection, number)?,
            None => employee::id_of_current_user(connection)?,
        };
        today::load(connection, &settings, employee, args.days, now)
    })?;
    drop(waiting);
    for trouble in &today.troubles {
        context.printer.warn(trouble);
    }
    let is_empty = today.mine.is_empty() && today.team.is_empty() && today.dates.is_empty();
    if context.printer.format() == Format::Table && context.global.columns.is_empty() {
        let most = limit.unwrap_or(LINES_AT_A_TERMINAL);
        context.printer.data(&Morning { today: &today, most, width: context.printer.width() }.text())?;
    } else {
        today.truncate(limit.unwrap_or(usize::MAX));
        // the limit is one for each of its lists
        context.printer.page(&today)?;
    }
    next::name(context, "wvl escalate run --dry-run");
    if args.fail_empty && is_empty {
        return Err(Error::new(Kind::NotFound, "nothing is due, and no date comes up"));
    }
    Ok(())
}
