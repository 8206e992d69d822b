//! `wvl config show`: which values count, and where they come from.

use wvl::config::{Entry, Origin, all_as_error};
use wvl::error::Result;
use wvl::output::{Cell, Table, column};
use wvl::settings::Settings;

use crate::cli::Context;

/// Show every value that counts, defaults included
///
/// Passwords are never shown. Where the configuration has mistakes, the values are shown as far as
/// they could be read, and the mistakes end the command with exit code 78.
///
/// Examples:
///   wvl config show --origin
///   wvl config show escalation.offer-follow-up
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only this key, or the keys of this section
    key: Option<String>,
    /// Also show where each value comes from: the file's line, or the default
    #[arg(long)]
    origin: bool,
}

/// Reads everything and prints the values.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let source = super::source(context, None)?;
    let found = Settings::inspect(&source, &[]);
    let entries = found.entries.into_iter().filter(|entry| is_wanted(entry, args.key.as_deref()));
    context.printer.list(&table(entries, &source.name(), args.origin))?;
    all_as_error(&found.problems).map_or(Ok(()), Err)
}

fn is_wanted(entry: &Entry, wanted: Option<&str>) -> bool {
    match wanted {
        None => true,
        Some(wanted) => entry.key.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')),
    }
}

fn table(entries: impl Iterator<Item = Entry>, file: &str, with_origin: bool) -> Table {
    let mut columns = vec![column("key", "Schlüssel"), column("value", "Wert")];
    if with_origin {
        columns.push(column("origin", "Herkunft"));
    }
    let mut table = Table::new(columns);
    for Entry { key, value, origin, .. } in entries {
        let mut row = vec![Cell::Text(key), Cell::Text(value)];
        if with_origin {
            row.push(Cell::Text(match origin {
                Origin::Default => "default".to_owned(),
                Origin::File(at) => format!("{file}:{}", at.line),
                Origin::Flag(flag) => flag,
            }));
        }
        table.push(row);
    }
    table
}
