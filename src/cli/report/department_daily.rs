//! `wvl report department-daily`

use std::path::PathBuf;

use diesel::prelude::*;
use wvl::db;
use wvl::db::schema::departments;
use wvl::edition::{DEPARTMENT_DAILY, PERSONAL_DAILY};
use wvl::error::{Error, Kind, Result};
use wvl::job::catalog::REPORT_DEPARTMENT_DAILY;
use wvl::report::evening::Scope;

use super::{sending, shown};
use crate::cli::Context;

/// How was the day of a department?
///
/// Without --send it prints the day of the one that --department names. With --send it is a job: the readers of
/// [report.department-daily] get one mail an evening and department; with [report.personal] everybody gets the own figures.
///
/// Examples:
///   wvl report department-daily --department Technik
///   wvl report department-daily --send -n             who would get which mail
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The department, by its name
    #[arg(long, value_name = "NAME", required_unless_present_any = ["send", "resend"])]
    department: Option<String>,
    #[command(flatten)]
    shown: shown::Shown,
    #[command(flatten)]
    sending: sending::Sending,
    /// Also write the mails as .eml files into this folder
    #[arg(long, value_name = "DIR")]
    eml_dir: Option<PathBuf>,
}

/// Prints or sends it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let Some(name) = args.department.as_deref().filter(|_| !args.sending.sends()) else {
        let reports = [DEPARTMENT_DAILY, PERSONAL_DAILY];
        return sending::run(context, &REPORT_DEPARTMENT_DAILY, &reports, args.sending, args.eml_dir.as_deref());
    };
    let all: Vec<(i64, String)> = db::read_only(context.connection()?, |connection| {
        let names = departments::table.order(departments::name).select((departments::id, departments::name));
        Ok(names.load(connection)?)
    })?;
    let Some((id, _)) = all.iter().find(|(_, known)| known.to_lowercase() == name.to_lowercase()) else {
        let error = Error::new(Kind::NotFound, format!("there is no department “{name}”"));
        let near = wvl::config::nearest(name, all.iter().map(|(_, known)| known.as_str()));
        return Err(error.hint(match near {
            Some(near) => format!("did you mean {near}?"),
            None => "wvl department list shows them".to_owned(),
        }));
    };
    shown::run(context, Scope::Department(*id), &args.shown)
}
