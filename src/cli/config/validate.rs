//! `wvl config validate`: every mistake at once.

use std::path::PathBuf;

use diesel::PgConnection;
use wvl::config::{Complaint, Origin, Problem, all_as_error};
use wvl::db::cluster::Status;
use wvl::db::{self, Cluster};
use wvl::error::{Error, Kind, Result};
use wvl::escalation::view_check::{self, Judgement};
use wvl::escalation::wishes;
use wvl::job::coverage;
use wvl::output::{Cell, Format, Table, column};
use wvl::settings::{Inspection, Settings};

use crate::cli::Context;

/// Check the configuration and tell every mistake at once, with line, column and suggestion
///
/// Mistakes end with exit code 78; warnings alone with 0. With -O json the findings are printed
/// as a list. Nothing is connected to and no password command is run, unless an escalation type
/// has a source of its own: then the database is asked whether that view can be read, which
/// columns it has, and which of its rows would be left out. Where there are channels it is asked
/// who wants to be reached by one that there is not.
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
    if found.problems.is_empty() {
        ask_database(context, &mut found, &source.name());
        look_at_schedule(context, &mut found, &source.name())?;
    }

    if !matches!(context.printer.format(), Format::Table | Format::Tsv) {
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
    super::name_next(context, args.file.as_deref(), "wvl db migrate");
    Ok(())
}

/// Judges the wishes of people, and the views of the types that have a source of their own. A database that cannot be asked is a warning for each.
fn ask_database(context: &Context, found: &mut Inspection, file: &str) {
    let (types, channels) = (&found.settings.escalation.types, &found.settings.mail.channels);
    if channels.names().next().is_some() {
        let unmet =
            connect(context, &found.settings).and_then(|mut connection| wishes::unmet(&mut connection, channels));
        // whether there is a database, others say
        found.warnings.extend(unmet.unwrap_or_default().into_iter().map(|complaint| Problem {
            file: file.to_owned(),
            origin: Origin::Default,
            key: "channel".to_owned(),
            message: complaint.message,
            suggestion: complaint.suggestion,
        }));
    }
    if types.iter().all(|rules| rules.source.is_builtin()) {
        return;
    }
    let judgements = connect(context, &found.settings)
        .and_then(|mut connection| view_check::judge(&mut connection, types))
        .unwrap_or_else(|error| {
            let own = types.iter().filter(|rules| !rules.source.is_builtin());
            own.map(|rules| Judgement::unasked(rules, &error)).collect()
        });
    for Judgement { type_key, faults, doubts } in judgements {
        let is_active = found.settings.escalation.rules(&type_key).is_some_and(|rules| rules.active);
        let key = format!("escalation.{type_key}.source");
        let origin = found.entries.iter().find(|entry| entry.key == key).map(|entry| entry.origin.clone());
        let problem = |complaint: Complaint| Problem {
            file: file.to_owned(),
            origin: origin.clone().unwrap_or(Origin::Default),
            key: key.clone(),
            message: complaint.message,
            suggestion: complaint.suggestion,
        };
        // whoever has not switched it on yet may still be making the view
        let list = if is_active { &mut found.problems } else { &mut found.warnings };
        list.extend(faults.into_iter().map(problem));
        found.warnings.extend(doubts.into_iter().map(problem));
    }
    found.problems.sort_by_key(Problem::position);
    found.warnings.sort_by_key(Problem::position);
}

/// Warns of types whose hours no run of the schedule meets.
fn look_at_schedule(context: &mut Context, found: &mut Inspection, file: &str) -> Result<()> {
    const KEY: &str = "job.escalate-run.schedule";
    let now = context.environment.host_now.ok_or_else(|| Error::bug("main did not read the clock"))?;
    let origin = found.entries.iter().find(|entry| entry.key == KEY).map(|entry| entry.origin.clone());
    let gaps = coverage::gaps(&found.settings, found.settings.zone, now);
    found.warnings.extend(gaps.iter().map(|gap| Problem {
        file: file.to_owned(),
        origin: origin.clone().unwrap_or(Origin::Default),
        key: KEY.to_owned(),
        message: gap.to_string(),
        suggestion: None,
    }));
    found.warnings.sort_by_key(Problem::position);
    Ok(())
}

/// A connection, if there is a database: looking must not make one.
fn connect(context: &Context, settings: &Settings) -> Result<PgConnection> {
    let places = context.environment.places();
    if settings.database.is_private() && Cluster::new(&settings.database, &places)?.status()? == Status::NotCreated {
        return Err(Error::new(Kind::Unavailable, "there is no database yet"));
    }
    db::connect(&settings.database, &places)
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
