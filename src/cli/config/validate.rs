//! `wvl config validate`: every mistake at once.

use std::path::PathBuf;

use wvl::config::{Problem, all_as_error};
use wvl::error::Result;
use wvl::output::{Cell, Format, Table, column};
use wvl::settings::Settings;

use crate::cli::Context;

/// Check the configuration and tell every mistake at once, with line, column and suggestion
///
/// Nothing is connected to and no password command is run. Mistakes end with exit code 78;
/// warnings alone with 0. With -O json the findings are printed as a list.
///
/// Examples:
///   wvl config validate
///   wvl config validate new.toml
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The file to check [default: the one that other commands would use]
    file: Option<PathBuf>,
}

/// Reads everything and says what was found.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let source = super::source(context, args.file.as_deref())?;
    let mut found = Settings::inspect(&source, &[]);
    // for the user who asks: another one may read them
    found.problems.append(&mut found.closed);

    if matches!(context.printer.format(), Format::Json | Format::Jsonl) {
        context.printer.list(&findings(&found.problems, &found.warnings))?;
    } else {
        for warning in &found.warnings {
            context.printer.warn(&warning.to_string());
        }
    }
    if let Some(error) = all_as_error(&found.problems) {
        return Err(error);
    }
    let types = &found.settings.escalation.types;
    let active = types.iter().filter(|rules| rules.active).count();
    context.printer.note(&format!("{}: no mistakes; {active} of {} types active", source.name(), types.len()));
    Ok(())
}

fn findings(problems: &[Problem], warnings: &[Problem]) -> Table {
    let mut table = Table::new(vec![
        column("severity", "Art"),
        column("file", "Datei"),
        column("line", "Zeile"),
        column("column", "Spalte"),
        column("key", "Schlüssel"),
        column("message", "Meldung"),
        column("suggestion", "Vorschlag"),
    ]);
    let rated = problems.iter().map(|problem| ("error", problem)).chain(warnings.iter().map(|it| ("warning", it)));
    for (severity, problem) in rated {
        let number = |number: usize| i64::try_from(number).map_or(Cell::Empty, Cell::Int);
        let place = problem.position();
        table.push(vec![
            Cell::Text(severity.to_owned()),
            Cell::Text(problem.file.clone()),
            place.map_or(Cell::Empty, |at| number(at.line)),
            place.map_or(Cell::Empty, |at| number(at.column)),
            Cell::Text(problem.key.clone()),
            Cell::Text(problem.message.clone()),
            Cell::text(problem.suggestion.clone()),
        ]);
    }
    table
}
