//! How the evening reports are printed where they are not sent.

use chrono::NaiveDate;
use wvl::calendar::local_day;
use wvl::db;
use wvl::edition;
use wvl::error::{Error, Result};
use wvl::outbox::settings::MailMode;
use wvl::output::{Column, Rows};
use wvl::report::evening::{Period, Question, Scope};
use wvl::report::{self, Detail, page};

use crate::cli::Context;

/// What is asked of a report of the day.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Shown {
    /// All counts: documents, purchase orders, tickets, tasks, escalations, by company, department and field rep
    #[arg(long)]
    extended: bool,
    /// The rows behind a figure, as invoices or margin:total; an unknown one lists them all
    #[arg(long, value_name = "FIGURE[:now|usual|total]", conflicts_with = "extended")]
    detail: Option<String>,
    /// How much is looked at together
    #[arg(long, value_name = "PERIOD", value_parser = ["day", "week", "month"], default_value = "day")]
    period: String,
}

/// The mail that tells the same, and what it is about.
fn edition_of(scope: Scope, period: Period) -> (&'static str, String) {
    match (scope, period) {
        (Scope::House, Period::Day) => (edition::GF_DAILY, String::new()),
        (Scope::House, Period::Week) => (edition::GF_WEEKLY, String::new()),
        (Scope::House, Period::Month) => (edition::GF_MONTHLY, String::new()),
        (Scope::Department(id), _) => (edition::DEPARTMENT_DAILY, format!("department:{id}")),
        (Scope::Employee(id), _) => (edition::PERSONAL_DAILY, format!("employee:{id}")),
    }
}

/// Prints the report of the day of --as-of, or the rows behind one of its figures.
pub fn run(context: &mut Context, scope: Scope, flags: &Shown) -> Result<()> {
    let settings = context.settings()?;
    let detail = flags.detail.as_deref().map(str::parse::<Detail>).transpose().map_err(|complaint| {
        let error = Error::usage(format!("--detail: {}", complaint.message));
        complaint.suggestion.into_iter().fold(error, Error::hint)
    })?;
    context.connection()?;
    let now = context.now()?;
    let day: NaiveDate = local_day(now, settings.zone);
    let period = match flags.period.as_str() {
        "week" => Period::Week,
        "month" => Period::Month,
        _ => Period::Day,
    };
    let extended = flags.extended || settings.report.gf_daily.extended;
    let (connection, printer) = context.connection_and_printer()?;
    let since = db::read_only(connection, |connection| {
        let (report, scope) = edition_of(scope, period);
        let rehearsal = settings.mail.mode != MailMode::Live;
        edition::seen_before(connection, report, &scope, day, rehearsal)
    })?;
    let question = Question { settings: &settings, now, day, period, scope, extended, since };
    let Some(what) = detail else {
        let evening = report::evening(connection, &question)?;
        return page::print(printer, &settings, &evening);
    };
    let mut rows: Option<Rows<'_>> = None;
    let count = report::detail(connection, &question, what, |columns: &[Column], fetched| {
        let mut open = rows.take().map_or_else(|| printer.rows("Belege", columns), Ok)?;
        for row in &fetched {
            if !open.push(row)? {
                return Ok(false);
            }
        }
        rows = Some(open);
        Ok(true)
    })?;
    rows.map_or(Ok(()), Rows::finish)?;
    if count == 0 && printer.to_terminal() {
        printer.note("nichts gefunden");
    }
    Ok(())
}
