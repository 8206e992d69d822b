//! `wvl employee`: who works here, under whom, and who stands in.

mod list;
mod new;
mod set;
mod show;

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use wvl::calendar::german;
use wvl::error::Result;

use super::{Context, flags, registers};

/// The verbs of `wvl employee`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  wvl employee list --team Technik\n  wvl employee set 14 --supervisor 3 --from 1.1."
)]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
    New(new::Args),
    Set(set::Args),
    #[command(after_long_help = wvl::import::columns_help(&wvl::party::import::EMPLOYEES))]
    Import(super::import::Args),
    Export(super::export::Args),
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::List(args) => list::run(context, &args),
        Verb::Show(args) => show::run(context, &args),
        Verb::New(args) => new::run(context, &args),
        Verb::Set(args) => set::run(context, &args),
        Verb::Import(args) => super::import::run(context, &wvl::party::import::EMPLOYEES, &args),
        Verb::Export(args) => {
            super::export::run(context, &wvl::party::import::EMPLOYEES, wvl::party::employee::register().title, &args)
        }
    }
}

/// Where an employee stands, from a day on.
#[derive(Debug, Args)]
struct Place {
    /// Supervisor
    #[arg(long, value_name = "NUMBER")]
    supervisor: Option<String>,
    /// Who stands in during absences
    #[arg(long, value_name = "NUMBER")]
    deputy: Option<String>,
    /// Department
    #[arg(long, value_name = "NAME")]
    department: Option<String>,
    /// First day on which supervisor, deputy and department hold [default: today]
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    from: Option<String>,
}

impl Place {
    fn read_from(&self, context: &mut Context) -> Result<NaiveDate> {
        registers::with_moment(context, |moment| match &self.from {
            Some(text) => flags::day("--from", text, moment),
            None => Ok(moment.today()),
        })
    }

    /// What holds only later is not among the changes that are said.
    fn say_from(&self, context: &mut Context, from: NaiveDate) -> Result<()> {
        let today = registers::with_moment(context, |moment| Ok(moment.today()))?;
        if self.from.is_some() && from != today && context.printer.to_terminal() {
            context.printer.note(&format!("gilt ab {}", german::day(from)));
        }
        Ok(())
    }
}
