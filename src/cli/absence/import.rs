//! `wvl absence import`

use std::io::Read;
use std::path::{Path, PathBuf};

use wvl::error::{Error, Kind, Result};
use wvl::output::Format;
use wvl::party::absence_import::{self, Outcome};
use wvl::party::{absence, employee, event};

use crate::cli::{Context, registers};

/// A larger calendar is not one of absences.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Bring in absences from a calendar (iCalendar, .ics)
///
/// Whole days and times count; of times the days that they take most of. An event is known by its UID: the same file changes
/// nothing, a moved event moves its absence, a cancelled one takes it back. What is missing from the file stays. Events that
/// repeat are named and left out (exit 3). Subject and text of an event are not kept.
///
/// Examples:
///   wvl absence import urlaub.ics --employee 14 --kind Urlaub
///   wvl absence import team.ics -n
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The file; - reads standard input
    #[arg(value_name = "FILE.ics")]
    file: PathBuf,
    /// Whose calendar it is [default: of those who take part, by their addresses]
    #[arg(long, value_name = "NUMBER")]
    employee: Option<String>,
    /// vacation, sick or other, for new absences; nobody else reads it
    #[arg(long, value_name = "WORD", default_value = "other", value_parser = |word: &str| absence::KIND.parse(word))]
    kind: &'static str,
}

/// Reads the file and enters what it says.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let text = read(&args.file)?;
    let when = registers::when(context)?;
    let events = event::read(&text, when.zone)?;
    let outcome = registers::write(context, when, |connection| {
        let employee = args.employee.as_deref().map(|number| employee::id_by_number(connection, number)).transpose()?;
        absence_import::import(connection, events, employee, args.kind)
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

fn read(path: &Path) -> Result<String> {
    let failed = |error| Error::file("read", path, error);
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        std::fs::File::open(path).map_err(failed)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    }
    if bytes.len() as u64 > LARGEST {
        return Err(Error::data(format!("{} is larger than 16 MB", path.display())));
    }
    String::from_utf8(bytes).map_err(|_| Error::data(format!("{} is not in UTF-8, as calendars are", path.display())))
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
