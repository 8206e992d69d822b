//! `wvl runs show`

use wvl::error::{Error, Result};
use wvl::job::runs::{Question, RunList};

use crate::cli::{Context, registers};

/// Everything about one run
///
/// Example: wvl runs show 4711
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Its number, as wvl runs list shows it
    #[arg(value_name = "NUMBER")]
    id: i64,
}

/// Prints it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let now = wvl::db::clock(context.connection()?)?;
    let question = Question { id: Some(args.id), ..Question::default() };
    let runs = super::load(context.connection()?, &question, now)?;
    if runs.is_empty() {
        return Err(Error::not_found("run", args.id).hint("wvl runs list shows those that are kept"));
    }
    let (zone, wording) = (context.settings()?.zone, registers::wording(context));
    context.printer.record(&RunList { runs, zone, wording, is_whole: true })
}
