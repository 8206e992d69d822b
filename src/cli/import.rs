//! `wvl NOUN import FILE`: one command for every register that has a file.

use std::path::PathBuf;

use wvl::error::{Error, Result};
use wvl::import::{self, Options, Outcome, Register, Source};
use wvl::output::Format;

use super::Context;

/// So many problems are shown at a terminal; a file gets them all.
const SHOWN: usize = 100;

/// Bring in a CSV file: what is new is entered, what differs is changed, all rows or none.
///
/// Delimiter, encoding (UTF-8, UTF-16, cp1252) and decimal mark are detected. With -n nothing is written, and the same
/// errors are shown.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file; - reads standard input
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// A column by its heading in the file and its name here: "Kd-Nr=number"; "Kd-Nr=" leaves it out
    #[arg(long, value_name = "HEADING=COLUMN", value_parser = parse_map)]
    map: Vec<(String, String)>,
}

/// Imports the file into the register.
pub fn run(context: &mut Context, register: &Register, args: &Args) -> Result<()> {
    let source = Source::open(&args.file)?;
    let settings = context.settings()?;
    context.connection()?;
    let now = context.now()?;
    let options = Options { maps: args.map.clone(), dry_run: context.global.dry_run, now, zone: settings.zone };

    let bar = context.printer.progress(source.length().unwrap_or(0), source.name());
    let outcome =
        import::import(context.connection()?, register, source, &options, &mut |bytes| bar.set_position(bytes));
    bar.finish_and_clear();
    let outcome = outcome?;

    outcome.warnings.iter().for_each(|warning| context.printer.warn(warning));
    if !outcome.problems.is_empty() {
        return Err(wrong(&outcome, context.printer.to_terminal()));
    }
    if context.global.dry_run {
        context.printer.note("dry run: nothing was written");
    }
    say(context, &outcome)
}

/// Every problem on a line of its own, below one line that says how many.
fn wrong(outcome: &Outcome, to_terminal: bool) -> Error {
    let problems = &outcome.problems;
    let count = if problems.count() == 1 { "1 problem".to_owned() } else { format!("{} problems", problems.count()) };
    let limit = if to_terminal { SHOWN } else { usize::MAX };
    let lines = problems.text(&outcome.file, limit);
    Error::data(format!("{}: {count}, nothing was imported\n{}", outcome.file, lines.trim_end()))
}

fn say(context: &Context, outcome: &Outcome) -> Result<()> {
    let counts = outcome.counts;
    match context.printer.format() {
        Format::Json | Format::Jsonl => {
            let object = serde_json::json!({
                "new": counts.new, "changed": counts.changed, "same": counts.same, "wrong": 0,
            });
            context.printer.data(&format!("{object}\n"))
        }
        _ => context
            .printer
            .data(&format!("new {}, changed {}, same {}, wrong 0\n", counts.new, counts.changed, counts.same)),
    }
}

fn parse_map(text: &str) -> std::result::Result<(String, String), String> {
    let (heading, column) =
        text.rsplit_once('=').ok_or("write the heading in the file, =, and the column: \"Kd-Nr=number\"")?;
    Ok((heading.trim().to_owned(), column.trim().to_owned()))
}
