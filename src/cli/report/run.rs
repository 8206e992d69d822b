//! `wvl report run`

use wvl::error::{Error, Kind, Result};
use wvl::output::{Cell, Column, Format, Printer, Rows, column};
use wvl::report::own::{Own, Run, Value, folder};
use wvl::template::Language;

use super::{how, sending};
use crate::cli::Context;
use crate::cli::filter::Range;

/// Run a report and print its rows in any format
///
/// --from and --to answer what most reports ask; other questions are answered by --set. What a report asks and by which date
/// it counts says "wvl report list". It reads one snapshot and cannot write.
///
/// Examples:
///   wvl report run open-items
///   wvl report run margin --from 2026-01 --to 2026-10 --set by=group -o margin.xlsx
///   wvl report run umsatz-je-kunde --send          for cron: the mail to its readers
///   wvl report run sold-without --set has=FW-200 --set without=FW-SUB
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
    /// What the report asks, as by=group; may stand several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    #[command(flatten)]
    range: Range,
    /// Send it to those whom its head names, each once a day
    #[arg(long)]
    send: bool,
    /// Send it once more
    #[arg(long)]
    resend: bool,
    /// Exit with 4 if there are no rows
    #[arg(long)]
    fail_empty: bool,
}

/// Runs it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let settings = context.settings()?;
    let own = folder::one(settings.report.folder.as_deref(), &args.name, &settings.mail.channels)?;
    if let Some(limit) = context.global.limit.filter(|limit| *limit < 0) {
        return Err(Error::usage(format!("--limit {limit} is less than nothing")));
    }
    let mut given = args.set.clone();
    let range = [("from", &args.range.from), ("to", &args.range.to)];
    given.extend(range.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.clone()?))));
    // said before the database is asked
    given.iter().try_for_each(|(name, _)| own.parameter(name).map(drop))?;
    if args.send || args.resend {
        return sending::own(context, &own, &given, args.resend);
    }
    let run = Run {
        columns: context.global.columns.clone(),
        limit: context.global.limit,
        sort: context.global.sort.clone(),
        ..how(context)?
    };
    let moment = settings.moment(run.when.now);
    let (connection, printer) = context.connection_and_printer()?;
    let values = own.values(connection, &given, &moment)?;
    if printer.format() == Format::Table && printer.has_reader() {
        printer.note(&about(&own, &values, printer.language()));
    }
    let title = own.head.title.as_str();
    let mut waiting = Some(printer.counting(title));
    let mut printed = 0;
    let mut rows: Option<Rows<'_>> = None;
    let count = own.run(connection, &values, &run, |columns: &[Column], fetched| {
        if printer.to_terminal() {
            // what is printed takes its place
            waiting = None;
        }
        printed += fetched.len() as u64;
        waiting.iter().for_each(|waiting| waiting.count(printed));
        let mut open = rows.take().map_or_else(|| printer.rows(title, columns), Ok)?;
        for row in &fetched {
            if !open.push(row)? {
                return Ok(false);
            }
        }
        rows = Some(open);
        Ok(true)
    })?;
    drop(waiting);
    rows.map_or(Ok(()), Rows::finish)?;
    if printer.format() == Format::Xlsx {
        said_on_a_sheet(printer, &own, &values)?;
    }
    if count == 0 && args.fail_empty {
        return Err(Error::new(Kind::NotFound, format!("report {} has no rows", args.name)));
    }
    if count == 0 && context.printer.to_terminal() {
        context.printer.note("nichts gefunden");
    }
    Ok(())
}

/// "Umsatz je Kunde · zählt nach Belegdatum · Von So 01.11.2026".
fn about(own: &Own, values: &[Value], language: Language) -> String {
    let counts_by = match language {
        Language::German => "zählt nach",
        Language::English => "counts by",
    };
    let said =
        values.iter().filter(|value| !value.said.is_empty()).map(|value| format!("{} {}", value.label, value.said));
    let parts = [own.head.title.clone(), format!("{counts_by} {}", own.head.counts_by)].into_iter().chain(said);
    parts.collect::<Vec<_>>().join(" · ")
}

/// A workbook tells on a sheet of its own what its figures are.
fn said_on_a_sheet(printer: &Printer, own: &Own, values: &[Value]) -> Result<()> {
    let (sheet, counts_by) = match printer.language() {
        Language::German => ("Angaben", "Zählt nach"),
        Language::English => ("About", "Counts by"),
    };
    let mut rows = printer.rows(sheet, &[column("about", "Angabe"), column("value", "Wert")])?;
    let facts = [(own.head.title.as_str(), own.head.description.as_str()), (counts_by, own.head.counts_by.as_str())];
    let asked = values.iter().map(|value| (value.label.as_str(), value.said.as_str()));
    for (what, value) in facts.into_iter().chain(asked) {
        rows.push(&[Cell::Text(what.to_owned()), Cell::Text(value.to_owned())])?;
    }
    rows.finish()
}

fn pair(text: &str) -> std::result::Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE, as in by=group".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_has_a_key() {
        assert_eq!(pair("kunde=a=b"), Ok(("kunde".to_owned(), "a=b".to_owned())));
        assert_eq!(pair("kunde="), Ok(("kunde".to_owned(), String::new())));
        assert!(pair("=x").is_err() && pair("kunde").is_err());
    }
}
