//! `wvl absence import`: calendars, and tables as for every register.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use wvl::error::{Error, Kind, Result};
use wvl::import::Source;
use wvl::output::Format;
use wvl::party::absence_import::{self, Outcome};
use wvl::party::import::ABSENCES;
use wvl::party::{absence, employee, event};

use crate::cli::{Context, import, registers};

/// A larger calendar is not one of absences.
const LARGEST: u64 = 16 * 1024 * 1024;
/// Why somebody is away of whom the calendar does not say it.
const USUAL_KIND: &str = "other";

/// Bring in absences from a calendar (iCalendar, .ics) or from CSV files
///
/// Of a calendar whole days and times count; of times the days that they take most of. An event is known by its UID: the
/// same file changes nothing, a moved event moves its absence, a cancelled one takes it back. What is missing from the file
/// stays. Events that repeat are named and left out (exit 3). Subject and text of an event are not kept.
/// A CSV file has one row for each absence, known by employee and first day; with -n nothing is written.
///
/// Examples:
///   wvl absence import urlaub.ics --employee 14 --kind Urlaub
///   wvl absence import team.ics -n
///   wvl absence import abwesenheiten.csv
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, mut_arg("files", |arg| arg.value_name("FILE")))]
#[group(skip)]
pub struct Args {
    /// Whose calendar it is [default: of those who take part, by their addresses]
    #[arg(long, value_name = "NUMBER")]
    employee: Option<String>,
    /// vacation, sick or other, for new absences of a calendar [default: other]; nobody else reads it
    #[arg(long, value_name = "WORD", value_parser = crate::cli::flags::Word(&absence::KIND), hide_possible_values = true)]
    kind: Option<&'static str>,
    #[command(flatten)]
    tables: import::Args,
}

/// What was named on the command line.
enum Brought {
    Calendar(Vec<u8>),
    /// A table that came on standard input and has been read to see what it is.
    Text(Vec<u8>),
    Files,
}

/// Reads the file and enters what it says.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    match look(args.tables.files())? {
        Brought::Calendar(bytes) if args.tables.is_about_tables() => {
            drop(bytes);
            Err(Error::usage(
                "--map, --profile, --complete, --max-vanish and --partial are for CSV files, not for calendars",
            ))
        }
        Brought::Calendar(bytes) => import_calendar(context, args, bytes),
        _ if args.employee.is_some() || args.kind.is_some() => {
            Err(Error::usage("--employee and --kind are for calendars; a CSV file says both in its columns")
                .hint("wvl absence import --help lists the columns"))
        }
        Brought::Text(bytes) => {
            let source = Source::new("standard input", Cursor::new(bytes));
            import::run_sources(context, &ABSENCES, &args.tables, vec![source])
        }
        Brought::Files => import::run(context, &ABSENCES, &args.tables),
    }
}

fn import_calendar(context: &mut Context, args: &Args, bytes: Vec<u8>) -> Result<()> {
    let text = String::from_utf8(bytes).map_err(|_| Error::data("the calendar is not in UTF-8, as calendars are"))?;
    let when = registers::when(context)?;
    let events = event::read(&text, when.zone)?;
    let outcome = registers::write(context, when, |connection| {
        let employee = args.employee.as_deref().map(|number| employee::id_by_number(connection, number)).transpose()?;
        absence_import::import(connection, events, employee, args.kind.unwrap_or(USUAL_KIND))
    })?;
    if context.global.dry_run {
        context.printer.note("dry run: nothing was written");
    }
    if outcome.short > 0 {
        context.printer.note(&format!("left out, less than most of a day: {}", outcome.short));
    }
    say(context, &outcome)?;
    match outcome.wrong.len() {
        0 => Ok(()),
        wrong => Err(Error::new(
            Kind::Partial,
            format!("{wrong} of the calendar's events became no absence\n{}", outcome.wrong.join("\n")),
        )),
    }
}

/// Whether a calendar was named, by the file's ending or by how it begins.
fn look(files: &[PathBuf]) -> Result<Brought> {
    if let [only] = files
        && only == Path::new("-")
    {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes);
        read.map_err(|error| Error::file("read", only, error))?;
        refuse_large(&bytes, only)?;
        return Ok(if begins_as_calendar(&bytes) { Brought::Calendar(bytes) } else { Brought::Text(bytes) });
    }
    for file in files {
        let named = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("ics"));
        let failed = |error| Error::file("read", file, error);
        if !named && !file.is_file() {
            continue; // the import of tables says what it is instead
        }
        let mut opened = std::fs::File::open(file).map_err(failed)?;
        let mut bytes = Vec::new();
        opened.by_ref().take(64).read_to_end(&mut bytes).map_err(failed)?;
        if !named && !begins_as_calendar(&bytes) {
            continue;
        }
        if files.len() > 1 {
            return Err(Error::usage(format!("{} is a calendar; import one calendar at a time", file.display())));
        }
        opened.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
        refuse_large(&bytes, file)?;
        return Ok(Brought::Calendar(bytes));
    }
    Ok(Brought::Files)
}

fn refuse_large(bytes: &[u8], path: &Path) -> Result<()> {
    if bytes.len() as u64 > LARGEST {
        let name = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
        return Err(Error::data(format!("{name} is larger than 16 MB")));
    }
    Ok(())
}

fn begins_as_calendar(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes).trim_ascii_start();
    bytes.get(..15).is_some_and(|begin| begin.eq_ignore_ascii_case(b"BEGIN:VCALENDAR"))
}

fn say(context: &Context, outcome: &Outcome) -> Result<()> {
    let Outcome { new, changed, same, removed, wrong, .. } = outcome;
    let wrong = wrong.len();
    match context.printer.format() {
        Format::Json | Format::Jsonl => {
            let object = serde_json::json!({
                "new": new, "changed": changed, "same": same, "removed": removed, "wrong": wrong,
            });
            context.printer.data(&format!("{object}\n"))
        }
        _ => context
            .printer
            .data(&format!("new {new}, changed {changed}, same {same}, removed {removed}, wrong {wrong}\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_is_known_by_how_it_begins() {
        assert!(begins_as_calendar("\u{feff}\r\nbegin:vcalendar\r\n".as_bytes()));
        assert!(!begins_as_calendar(b"Personalnummer;Von;Bis\n") && !begins_as_calendar(b""));
    }
}
