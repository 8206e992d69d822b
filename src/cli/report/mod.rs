//! `wvl report`: how the day was, and reports of the house's own.

mod check;
mod department_daily;
mod gf_daily;
mod list;
mod run;
mod sending;
mod show;
mod shown;

use clap::Subcommand;
use wvl::error::Result;
use wvl::report::own::Run;

use super::{Context, registers};

/// The verbs of `wvl report`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  wvl report gf-daily\n  wvl report list\n  wvl report run margin --set by=group -o margin.xlsx"
)]
pub enum Verb {
    GfDaily(gf_daily::Args),
    DepartmentDaily(department_daily::Args),
    List(list::Args),
    Show(show::Args),
    Run(run::Args),
    Check(check::Args),
}

impl Verb {
    /// Whether what it prints has a form as a page.
    pub fn prints_page(&self) -> bool {
        matches!(self, Verb::GfDaily(_) | Verb::DepartmentDaily(_))
    }
}

/// Runs the verb.
pub fn run(context: &mut Context, verb: Verb) -> Result<()> {
    match verb {
        Verb::GfDaily(args) => gf_daily::run(context, &args),
        Verb::DepartmentDaily(args) => department_daily::run(context, &args),
        Verb::List(args) => list::run(context, &args),
        Verb::Show(args) => show::run(context, &args),
        Verb::Run(args) => run::run(context, &args),
        Verb::Check(args) => check::run(context, &args),
    }
}

/// How a report of the house's own is run by this command.
fn how(context: &mut Context) -> Result<Run> {
    let when = registers::when(context)?;
    let settings = context.settings()?;
    Ok(Run::new(when, settings.report.timeout, settings.report.privacy.per_person))
}
