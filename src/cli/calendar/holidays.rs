//! `wvl calendar holidays`.

use std::collections::BTreeSet;

use chrono::Datelike;
use wvl::calendar::batch::Question;
use wvl::calendar::{Holiday, HolidayRules, Regional, State, german, local_day};
use wvl::error::{Error, Result};
use wvl::output::{Cell, Output, Table, column};

use super::json_lines;
use crate::cli::{Context, registers};

/// The legal holidays of a year
///
/// Without --state those of the configured calendar "default". Examples:
///
///   wvl calendar holidays --year 2027 --state DE-BW
///   wvl calendar holidays --state DE-BY --regional assumption --json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The year [default: this year]
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i32).range(1..=9999))]
    year: Option<i32>,
    /// The state
    #[arg(long, value_name = "DE-XX")]
    state: Option<State>,
    /// Holidays of parts of the state: assumption, augsburg, corpus-christi
    #[arg(long, value_name = "NAME", value_delimiter = ',', requires = "state")]
    regional: Vec<Regional>,
    /// Answer JSON lines from standard input: {"year","state","regional"} → "days"
    #[arg(long, conflicts_with_all = ["year", "state"])]
    jsonl: bool,
    /// Exit with 4 if there is none
    #[arg(long)]
    fail_empty: bool,
}

/// The holidays of one year; JSON has the two keys that CLI.md promises.
struct Holidays(Vec<Holiday>);

impl Output for Holidays {
    fn table(&self) -> Table {
        let mut table = Table::new(vec![column("date", "Datum"), column("name", "Feiertag"), column("weekday", "Tag")]);
        for Holiday { date, name } in &self.0 {
            let weekday = german::weekday(date.weekday()).to_owned();
            table.push(vec![Cell::Day(*date), Cell::Text((*name).to_owned()), Cell::Text(weekday)]);
        }
        table
    }

    fn json(&self) -> serde_json::Value {
        self.0.iter().map(|Holiday { date, name }| serde_json::json!({ "date": date, "name": name })).collect()
    }
}

/// Runs it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    if args.jsonl {
        let zone = context.settings()?.zone;
        return json_lines::answer(context, Question::Holidays, zone);
    }
    let rules = rules(context, args)?;
    let year = match args.year {
        Some(year) => year,
        None => {
            let zone = context.settings()?.zone;
            local_day(context.now()?, zone).year()
        }
    };
    let mut holidays = rules.in_year(year);
    context.printer.list(&Holidays(holidays.clone()))?;
    holidays.truncate(context.global.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX));
    registers::found(context, holidays.len() as u64, args.fail_empty, "holiday")
}

fn rules(context: &mut Context, args: &Args) -> Result<HolidayRules> {
    if let Some(state) = args.state {
        let regional = BTreeSet::from_iter(args.regional.iter().copied());
        return match regional.iter().find(|holiday| !holiday.states().contains(&state)) {
            None => Ok(HolidayRules { state: Some(state), regional }),
            Some(elsewhere) => {
                let states: Vec<&str> = elsewhere.states().iter().map(|state| state.code()).collect();
                Err(Error::usage(format!("{} is no holiday in {state}", elsewhere.code()))
                    .hint(format!("it is one in parts of {}", states.join(", "))))
            }
        };
    }
    let settings = context.settings()?;
    let configured = settings.calendars.get("default").map(|calendar| calendar.holidays.clone());
    configured.filter(|rules| rules.state.is_some()).ok_or_else(|| {
        Error::usage("of which state? The calendar \"default\" names none").hint("say it, like --state DE-BW")
    })
}
